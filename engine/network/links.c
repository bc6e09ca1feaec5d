/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/links.c - bridges of this host, by rtnetlink */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "core/util/cleanup.h"
#include "core/util/log.h"
#include "engine/network/attachment.h"
#include "engine/network/definition.h"

#define MAX_LOOKS 20
#define ANSWER_MAX (64 << 10) /* the kernel's messages are shorter */

/* What a look at all links found out about one. */
typedef struct look {
    int index;
    bool is_bridge;
    bool has_ports;
    bool has_address; /* of the link layer, not all zero */
} look;

static int
ask(int fd, int type, int flags, int index)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg link;
    } req = {{.nlmsg_len = sizeof req,
              .nlmsg_type = (uint16_t)type,
              .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)},
             {.ifi_family = AF_UNSPEC, .ifi_index = index}};
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    return sendto(fd, &req, sizeof req, 0, (struct sockaddr *)&kernel,
                  sizeof kernel) < 0
               ? errno
               : 0;
}

/* The attribute behind a, or NULL; *left counts the bytes from a on. */
static const struct rtattr *
next_attr(const struct rtattr *a, size_t *left)
{
    size_t n = RTA_ALIGN((size_t)a->rta_len);

    if (n >= *left)
        return NULL;
    *left -= n;
    return (const void *)((const char *)a + n);
}

/* Does a whole attribute begin here? */
static bool
is_attr(const struct rtattr *a, size_t left)
{
    return a && left >= sizeof *a && a->rta_len >= sizeof *a &&
           a->rta_len <= left;
}

static bool
is_kind(const struct rtattr *info, const char *kind)
{
    const struct rtattr *a = RTA_DATA(info);
    size_t n = RTA_PAYLOAD(info);

    for (; is_attr(a, n); a = next_attr(a, &n))
        if (a->rta_type == IFLA_INFO_KIND)
            return RTA_PAYLOAD(a) >= strlen(kind) &&
                   !memcmp(RTA_DATA(a), kind, strlen(kind));
    return false;
}

static bool
is_zero(const struct rtattr *a)
{
    const unsigned char *p = RTA_DATA(a);
    size_t i;

    for (i = 0; i < RTA_PAYLOAD(a); i++)
        if (p[i])
            return false;
    return true;
}

static void
note_link(const struct nlmsghdr *m, look *l)
{
    const struct ifinfomsg *link = NLMSG_DATA(m);
    const struct rtattr *a = IFLA_RTA(link);
    size_t n = IFLA_PAYLOAD(m);
    uint32_t master;

    for (; is_attr(a, n); a = next_attr(a, &n)) {
        if (a->rta_type == IFLA_LINKINFO && link->ifi_index == l->index)
            l->is_bridge = is_kind(a, "bridge");
        if (a->rta_type == IFLA_ADDRESS && link->ifi_index == l->index)
            l->has_address = !is_zero(a);
        if (a->rta_type != IFLA_MASTER || RTA_PAYLOAD(a) < sizeof master)
            continue;
        memcpy(&master, RTA_DATA(a), sizeof master);
        l->has_ports = l->has_ports || (int)master == l->index;
    }
}

/* Take answers until the last: 0, or an errno; EINTR: links came or went
 * meanwhile, and some may be missing.  l may be NULL. */
static int
listen_for(int fd, look *l)
{
    PP_AUTO_FREE char *buf = malloc(ANSWER_MAX);
    const struct nlmsghdr *m;
    bool torn = false;
    ssize_t n;

    if (!buf)
        return ENOMEM;
    for (;;) {
        n = recv(fd, buf, ANSWER_MAX, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? errno : EPROTO;
        for (m = (void *)buf; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n)) {
            torn = torn || m->nlmsg_flags & NLM_F_DUMP_INTR;
            if (m->nlmsg_type == NLMSG_DONE)
                return torn ? EINTR : 0;
            if (m->nlmsg_type == NLMSG_ERROR)
                return -((const struct nlmsgerr *)NLMSG_DATA(m))->error;
            if (l && m->nlmsg_type == RTM_NEWLINK)
                note_link(m, l);
        }
    }
}

/* A torn look could miss a port; so could one whose answers were lost. */
static int
look_at_all(look *l)
{
    const int index = l->index;
    int code = EINTR;
    int i;

    for (i = 0; i < MAX_LOOKS && (code == EINTR || code == ENOBUFS); i++) {
        PP_AUTO_FD int fd =
            socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

        *l = (look){.index = index};
        code = fd < 0 ? errno : ask(fd, RTM_GETLINK, NLM_F_DUMP, 0);
        if (!code)
            code = listen_for(fd, l);
    }
    return code;
}

/* Look at all links, and delete the one if it is fit for that. */
static int
remove_if(const char *name, bool (*is_fit)(const look *))
{
    look l = {.index = (int)if_nametoindex(name)};
    PP_AUTO_FD int fd = -1;
    int code = 0;

    if (!l.index)
        return 0;
    code = look_at_all(&l);
    if (!code && !is_fit(&l))
        return 0;
    if (code)
        return code;
    fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    code = fd < 0 ? errno : ask(fd, RTM_DELLINK, NLM_F_ACK, l.index);
    if (!code)
        code = listen_for(fd, NULL);
    return code == ENODEV ? 0 : code;
}

static bool
is_idle(const look *l)
{
    return l->is_bridge && !l->has_ports;
}

/* A bridge loses its address with its first port, if nobody gave it one. */
static bool
is_broken(const look *l)
{
    return is_idle(l) && !l->has_address;
}

int
ppc_bridge_remove(const char *name, pp_err *err)
{
    int code = remove_if(name, is_idle);

    return code ? pp_fail(err, PP_E_IO, code, "cannot remove bridge %s", name)
                : 0;
}

void
ppc_bridge_mend(const char *name)
{
    int code = *name ? remove_if(name, is_broken) : 0;

    if (code)
        ppc_log(PP_LOG_WARNING, "cannot remove bridge %s: %s", name,
                strerror(code));
}
