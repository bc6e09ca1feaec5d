/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/conntrack.c - see conntrack.h
 *
 * One dump of the flows, then a deletion for each that is of no use; a
 * deletion names the flow by its addresses and its ID, so that it never meets
 * a newer one.
 */
#include "engine/firewall/conntrack.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "core/util/cleanup.h"
#include "core/util/log.h"
#include "engine/json.h"
#include "engine/network/network.h"
#include "engine/network/subnet.h"

#define ANSWER_MAX (64 << 10)
#define TUPLE_MAX 160    /* of addresses and ports, either family */
#define FLOWS_MAX 65536u /* forgotten at once */
#define WAIT_S 2
#define ALIGN4(n) (((size_t)(n) + 3) & ~(size_t)3)

PP_DEFINE_CLEANUP(struct ifaddrs *, freeifaddrs);

/* One direction of a flow. */
typedef struct tuple {
    ppc_addr src;
    ppc_addr dst;
    uint8_t proto;
    uint16_t dport;
} tuple;

typedef struct flow {
    tuple orig;
    tuple reply;
    uint8_t family;
    uint16_t zone;                /* network order */
    uint32_t id;                  /* network order */
    size_t n;                     /* bytes of raw */
    unsigned char raw[TUPLE_MAX]; /* orig as the kernel wrote it */
} flow;

typedef struct job {
    const ppc_ctr *c;
    bool published;
    const struct ifaddrs *local;
    flow *v;
    size_t n;
    size_t cap;
} job;

typedef void attr_fn(unsigned type, const unsigned char *p, size_t n,
                     void *arg);

static void
each_attr(const unsigned char *p, size_t left, attr_fn *fn, void *arg)
{
    struct nlattr a;

    while (left >= sizeof a) {
        size_t step;

        memcpy(&a, p, sizeof a);
        if (a.nla_len < sizeof a || a.nla_len > left)
            return;
        fn(a.nla_type & (unsigned)NLA_TYPE_MASK, p + sizeof a,
           a.nla_len - sizeof a, arg);
        step = ALIGN4(a.nla_len);
        if (step >= left)
            return;
        p += step;
        left -= step;
    }
}

static void
take_address(ppc_addr *out, int family, const unsigned char *p, size_t n)
{
    if (n != (family == AF_INET ? 4u : 16u))
        return;
    *out = (ppc_addr){.family = family};
    memcpy(out->raw, p, n);
}

static void
take_ip(unsigned type, const unsigned char *p, size_t n, void *arg)
{
    tuple *t = arg;

    if (type == CTA_IP_V4_SRC)
        take_address(&t->src, AF_INET, p, n);
    else if (type == CTA_IP_V4_DST)
        take_address(&t->dst, AF_INET, p, n);
    else if (type == CTA_IP_V6_SRC)
        take_address(&t->src, AF_INET6, p, n);
    else if (type == CTA_IP_V6_DST)
        take_address(&t->dst, AF_INET6, p, n);
}

static void
take_proto(unsigned type, const unsigned char *p, size_t n, void *arg)
{
    tuple *t = arg;
    uint16_t port;

    if (type == CTA_PROTO_NUM && n >= 1)
        t->proto = *p;
    if (type != CTA_PROTO_DST_PORT || n < sizeof port)
        return;
    memcpy(&port, p, sizeof port);
    t->dport = ntohs(port);
}

static void
take_tuple(unsigned type, const unsigned char *p, size_t n, void *arg)
{
    if (type == CTA_TUPLE_IP)
        each_attr(p, n, take_ip, arg);
    else if (type == CTA_TUPLE_PROTO)
        each_attr(p, n, take_proto, arg);
}

static void
take_flow(unsigned type, const unsigned char *p, size_t n, void *arg)
{
    flow *f = arg;

    if (type == CTA_TUPLE_ORIG && n <= sizeof f->raw) {
        memcpy(f->raw, p, n);
        f->n = n;
        each_attr(p, n, take_tuple, &f->orig);
    }
    if (type == CTA_TUPLE_REPLY)
        each_attr(p, n, take_tuple, &f->reply);
    if (type == CTA_ID && n == sizeof f->id)
        memcpy(&f->id, p, n);
    if (type == CTA_ZONE && n == sizeof f->zone)
        memcpy(&f->zone, p, n);
}

/* Is it an address of this host?  All of 127.0.0.0/8 is. */
static bool
is_local(const job *j, const ppc_addr *a)
{
    const struct ifaddrs *i;

    if (a->family == AF_INET && a->raw[0] == 127)
        return true;
    for (i = j->local; i; i = i->ifa_next) {
        const void *p;

        if (!i->ifa_addr || i->ifa_addr->sa_family != a->family)
            continue;
        p = a->family == AF_INET
                ? (const void *)&(
                      (const struct sockaddr_in *)(const void *)i->ifa_addr)
                      ->sin_addr
                : &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)
                       ->sin6_addr;
        if (!memcmp(p, a->raw, a->family == AF_INET ? 4 : 16))
            return true;
    }
    return false;
}

/* "0.0.0.0" and "::" are no address: all of the host's. */
static bool
is_published_at(const job *j, const ppc_port *p, const ppc_addr *dst)
{
    static const ppc_addr any;
    ppc_addr a;

    if (!p->host_ip || ppc_addr_parse(p->host_ip, &a) ||
        !memcmp(a.raw, any.raw, sizeof any.raw))
        return is_local(j, dst);
    return a.family == dst->family && !ppc_addr_cmp(&a, dst);
}

/* Does it go where a port of the container is, or was? */
static bool
is_to_port(const job *j, const tuple *t)
{
    const pp_json *ports = j->c->config->port_mappings;
    size_t i;

    for (i = 0; t->dst.family && i < pp_json_len(ports); i++) {
        const ppc_port p = ppc_port_read(pp_json_at(ports, i));

        if (p.proto == IPPROTO_UDP && t->dport >= p.host_port &&
            t->dport - p.host_port < p.count && is_published_at(j, &p, &t->dst))
            return true;
    }
    return false;
}

static bool
is_own(const ppc_ctr *c, const ppc_addr *a)
{
    const pp_json *status = c->state->network_status;
    size_t i, k;

    for (i = 0; i < pp_json_len(status); i++) {
        const pp_json *ips = pp_json_get(pp_json_at(status, i), "ips");

        for (k = 0; k < pp_json_len(ips); k++) {
            ppc_subnet s;
            const char *text = pp_json_get_str(pp_json_at(ips, k), "address");
            char host[INET6_ADDRSTRLEN];
            size_t n = strcspn(text, "/");

            if (n >= sizeof host)
                continue;
            memcpy(host, text, n);
            host[n] = '\0';
            if (!ppc_addr_parse(host, &s.base) && s.base.family == a->family &&
                !ppc_addr_cmp(&s.base, a))
                return true;
        }
    }
    return false;
}

/* The answers come from whom the packets go to. */
static bool
is_stale(const job *j, const flow *f)
{
    return f->orig.proto == IPPROTO_UDP && f->n && is_to_port(j, &f->orig) &&
           !(j->published && is_own(j->c, &f->reply.src));
}

static int
keep(job *j, const struct nlmsghdr *m)
{
    const size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));
    const unsigned char *p = (const unsigned char *)m;
    flow f = {0};

    if (m->nlmsg_len <= head || j->n >= FLOWS_MAX)
        return 0;
    f.family = ((const struct nfgenmsg *)NLMSG_DATA(m))->nfgen_family;
    each_attr(p + head, m->nlmsg_len - head, take_flow, &f);
    if (!is_stale(j, &f))
        return 0;
    if (j->n == j->cap) {
        size_t cap = j->cap ? 2 * j->cap : 64;
        flow *v = realloc(j->v, cap * sizeof *v);

        if (!v)
            return ENOMEM;
        j->v = v;
        j->cap = cap;
    }
    j->v[j->n++] = f;
    return 0;
}

/* 0 or an errno; of the last answer, whatever the first are. */
static int
listen_for(int fd, job *j)
{
    PP_AUTO_FREE char *buf = malloc(ANSWER_MAX);
    const struct nlmsghdr *m;
    ssize_t n;
    int code = 0;

    if (!buf)
        return ENOMEM;
    for (;;) {
        n = recv(fd, buf, ANSWER_MAX, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? errno : EPROTO;
        for (m = (void *)buf; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n)) {
            if (m->nlmsg_type == NLMSG_DONE)
                return code;
            if (m->nlmsg_type == NLMSG_ERROR)
                return -((const struct nlmsgerr *)NLMSG_DATA(m))->error;
            if (j && !code)
                code = keep(j, m);
        }
    }
}

static size_t
put(unsigned char *buf, size_t at, unsigned type, const void *p, size_t n)
{
    const struct nlattr a = {(uint16_t)(sizeof a + n), (uint16_t)type};

    memcpy(buf + at, &a, sizeof a);
    memcpy(buf + at + sizeof a, p, n);
    return at + ALIGN4(sizeof a + n);
}

static int
ask(int fd, unsigned type, unsigned flags, const flow *f)
{
    _Alignas(struct nlmsghdr) unsigned char buf[TUPLE_MAX + 96] = {0};
    struct nlmsghdr head = {.nlmsg_type =
                                (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type),
                            .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)};
    const struct nfgenmsg family = {.nfgen_family = f ? f->family : AF_UNSPEC};
    size_t at = NLMSG_LENGTH(sizeof family);

    if (f) {
        at = put(buf, at, CTA_TUPLE_ORIG | NLA_F_NESTED, f->raw, f->n);
        at = put(buf, at, CTA_ID, &f->id, sizeof f->id);
        if (f->zone)
            at = put(buf, at, CTA_ZONE, &f->zone, sizeof f->zone);
    }
    head.nlmsg_len = (uint32_t)at;
    memcpy(buf, &head, sizeof head);
    memcpy(buf + NLMSG_HDRLEN, &family, sizeof family);
    return send(fd, buf, at, 0) < 0 ? errno : 0;
}

static int
forget_all(job *j)
{
    const struct timeval wait = {.tv_sec = WAIT_S};
    PP_AUTO_FD int fd =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    size_t i;
    int code = fd < 0 ? errno : 0;

    if (!code && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait))
        code = errno;
    if (!code)
        code = ask(fd, IPCTNL_MSG_CT_GET, NLM_F_DUMP, NULL);
    if (!code)
        code = listen_for(fd, j);
    for (i = 0; !code && i < j->n; i++) {
        code = ask(fd, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, &j->v[i]);
        if (!code)
            code = listen_for(fd, NULL);
        if (code == ENOENT) /* it has ended by itself */
            code = 0;
    }
    return code;
}

static bool
has_udp(const ppc_ctr *c)
{
    size_t i;

    for (i = 0; i < pp_json_len(c->config->port_mappings); i++)
        if (ppc_port_read(pp_json_at(c->config->port_mappings, i)).proto ==
            IPPROTO_UDP)
            return true;
    return false;
}

void
ppc_conntrack_forget(const ppc_ctr *c, bool published)
{
    PP_AUTO(freeifaddrs) struct ifaddrs *local = NULL;
    job j = {.c = c, .published = published};
    int code;

    if (!has_udp(c))
        return;
    code = getifaddrs(&local) ? errno : 0;
    j.local = local;
    if (!code)
        code = forget_all(&j);
    free(j.v);
    if (code)
        ppc_log(PP_LOG_DEBUG,
                "container %s: cannot forget old UDP flows to its ports: %s",
                c->config->name, strerror(code));
}
