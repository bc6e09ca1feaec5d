/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/gateway.c - the default route moves to a network that is left
 *
 * Of several networks with a default route the first one attached has it, and
 * the others' are not there: when it is left, somebody has to add them.  A
 * child process does, so that no thread of ours is ever in a wrong namespace.
 */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "core/util/cleanup.h"
#include "engine/json.h"
#include "engine/network/network.h"
#include "engine/network/subnet.h"

typedef struct way_out {
    const char *net;
    const char *ifname;
    ppc_addr gateway;
} way_out;

static size_t
length(const ppc_addr *a)
{
    return a->family == AF_INET ? 4 : 16;
}

/* The gateway of a default route of this family, if the attachment has one. */
static bool
find_gateway(const pp_json *att, int family, ppc_addr *out)
{
    const char *all = family == AF_INET ? "0.0.0.0/0" : "::/0";
    const pp_json *routes = pp_json_get(att, "routes");
    const pp_json *ips = pp_json_get(att, "ips");
    const char *gw = NULL;
    size_t i;

    for (i = 0; i < pp_json_len(routes) && !gw; i++)
        if (!strcmp(pp_json_get_str(pp_json_at(routes, i), "dst"), all))
            gw = pp_json_get_str(pp_json_at(routes, i), "gw");
    if (gw && *gw)
        return !ppc_addr_parse(gw, out) && out->family == family;
    for (i = 0; gw && i < pp_json_len(ips); i++)
        if (!ppc_addr_parse(pp_json_get_str(pp_json_at(ips, i), "gateway"),
                            out) &&
            out->family == family)
            return true;
    return false;
}

static bool
find_way_out(const ppc_ctr *c, int family, way_out *out)
{
    const pp_json *status = c->state->network_status;
    size_t i;

    for (i = 0; i < pp_json_len(status); i++) {
        const pp_json *att = pp_json_at(status, i);

        out->net = pp_json_get_str(att, "network");
        out->ifname = pp_json_get_str(att, "ifname");
        if (*out->ifname && find_gateway(att, family, &out->gateway))
            return true;
    }
    return false;
}

/* The message; what it takes of req is its nlmsg_len. */
typedef struct request {
    struct nlmsghdr head;
    struct rtmsg route;
    char attrs[64];
} request;

static void
add_attr(request *req, unsigned short type, const void *data, size_t n)
{
    struct rtattr *a = (void *)((char *)req + NLMSG_ALIGN(req->head.nlmsg_len));

    a->rta_type = type;
    a->rta_len = (unsigned short)RTA_LENGTH(n);
    memcpy(RTA_DATA(a), data, n);
    req->head.nlmsg_len =
        (uint32_t)(NLMSG_ALIGN(req->head.nlmsg_len) + RTA_SPACE(n));
}

/* 0, also when there is a default route, or an errno. */
static int
add_route(const way_out *w)
{
    const unsigned index = if_nametoindex(w->ifname);
    request req = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof req.route),
                            .nlmsg_type = RTM_NEWROUTE,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
                                           NLM_F_CREATE | NLM_F_EXCL},
                   .route = {.rtm_family = (unsigned char)w->gateway.family,
                             .rtm_table = RT_TABLE_MAIN,
                             .rtm_protocol = RTPROT_BOOT,
                             .rtm_scope = RT_SCOPE_UNIVERSE,
                             .rtm_type = RTN_UNICAST}};
    struct {
        struct nlmsghdr head;
        struct nlmsgerr error;
        char rest[256];
    } answer;
    ssize_t n = 0;
    PP_AUTO_FD int fd =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0 || !index)
        return errno;
    add_attr(&req, RTA_GATEWAY, w->gateway.raw, length(&w->gateway));
    add_attr(&req, RTA_OIF, &index, sizeof index);
    if (send(fd, &req, req.head.nlmsg_len, 0) < 0 ||
        (n = recv(fd, &answer, sizeof answer, 0)) < 0)
        return errno;
    if ((size_t)n < NLMSG_LENGTH(sizeof answer.error))
        return EPROTO;
    return answer.error.error == -EEXIST ? 0 : -answer.error.error;
}

/* An errno, 0 if all is well. */
static int
add_inside(int netns_fd, const way_out *w)
{
    int status = 0;
    pid_t child = fork();

    if (!child)
        _exit(setns(netns_fd, CLONE_NEWNET) ? errno : add_route(w));
    if (child < 0)
        return errno;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

int
ppc_network_way_out(const ppc_ctr *c, int netns_fd, pp_err *err)
{
    static const int families[] = {AF_INET, AF_INET6};
    way_out w;
    size_t i;
    int code;

    for (i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (!find_way_out(c, families[i], &w))
            continue;
        code = add_inside(netns_fd, &w);
        if (code)
            return pp_fail(err, PP_E_IO, code,
                           "container %s: cannot make network %s its way out; "
                           "\"polypod network reload\" tries it again",
                           c->config->name, w.net);
    }
    return 0;
}
