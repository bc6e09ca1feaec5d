/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/port.c - published ports as rules, and whose they are
 *
 * The rules in our DNAT chain are the register of published ports.
 */
#include "fwd.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX 4096
#define INVALID(fwd, err, ...)                                                 \
    pp_host_fail((fwd)->host, err, PP_E_INVAL, 0, __VA_ARGS__)

/* What a published port takes of the host, of one family. */
struct taken {
    char ipv[8];
    char proto[8];
    char host[FWD_ADDR_MAX]; /* empty: every address */
    unsigned first;
    unsigned last;
};

static const char *
proto_name(unsigned proto)
{
    return proto == IPPROTO_TCP    ? "tcp"
           : proto == IPPROTO_UDP  ? "udp"
           : proto == IPPROTO_SCTP ? "sctp"
                                   : NULL;
}

static bool
is_range(unsigned first, unsigned count)
{
    return first >= 1 && count >= 1 && first + count - 1 <= UINT16_MAX;
}

/* The host's address, if it is a single one. */
static bool
single(const pp_fw_port *p, struct fwd_prefix *host)
{
    return p->host_ip && fwd_addr_parse(p->host_ip, host) &&
           !fwd_addr_is_any(host);
}

bool
fwd_port_is_for(const pp_fw_port *p, bool v6)
{
    struct fwd_prefix host;

    return !p->host_ip || (fwd_addr_parse(p->host_ip, &host) && host.v6 == v6);
}

static int
check_host_ip(const struct fwd *fwd, const pp_fw_rules *r, const pp_fw_port *p,
              pp_err *err)
{
    static const uint8_t one[16] = {[15] = 1};
    struct fwd_prefix host;

    if (!p->host_ip)
        return 0;
    if (!fwd_addr_parse(p->host_ip, &host))
        return INVALID(fwd, err,
                       "owner %s: port %u: \"%.80s\" is not an "
                       "address",
                       r->owner, p->host_port, p->host_ip);
    if (host.v6 && !memcmp(host.ip, one, sizeof(one)))
        return pp_host_fail(fwd->host, err, PP_E_NOTSUP, 0,
                            "owner %s: port %u can't be published on ::1, "
                            "which never leaves the host; use 127.0.0.1",
                            r->owner, p->host_port);
    if (!fwd_owner_target(r, host.v6))
        return INVALID(fwd, err,
                       "owner %s: port %u on %s has no address to lead to",
                       r->owner, p->host_port, p->host_ip);
    return 0;
}

static int
check_port(const struct fwd *fwd, const pp_fw_rules *r, const pp_fw_port *p,
           pp_err *err)
{
    if (!p || p->struct_size < sizeof(*p))
        return INVALID(fwd, err, "owner %s: a port is missing or too short",
                       r->owner);
    if (p->flags != 0)
        return pp_host_fail(fwd->host, err, PP_E_NOTSUP, 0,
                            "owner %s: unknown port flags 0x%x", r->owner,
                            p->flags);
    if (!proto_name(p->proto))
        return pp_host_fail(fwd->host, err, PP_E_NOTSUP, 0,
                            "owner %s: protocol %u has no ports to publish",
                            r->owner, p->proto);
    if (!is_range(p->host_port, p->count) ||
        !is_range(p->container_port, p->count))
        return INVALID(fwd, err,
                       "owner %s: %u ports from %u to %u leave 1 to 65535",
                       r->owner, p->count, p->host_port, p->container_port);
    return check_host_ip(fwd, r, p, err);
}

/* The same port of the same address twice in one request? */
static bool
is_twice(const pp_fw_port *a, const pp_fw_port *b)
{
    struct fwd_prefix x;
    struct fwd_prefix y;
    bool one = single(a, &x);

    if (a->proto != b->proto || a->host_port + a->count <= b->host_port ||
        b->host_port + b->count <= a->host_port || one != single(b, &y))
        return false;
    if (one)
        return x.v6 == y.v6 && !memcmp(x.ip, y.ip, sizeof(x.ip));
    return (fwd_port_is_for(a, false) && fwd_port_is_for(b, false)) ||
           (fwd_port_is_for(a, true) && fwd_port_is_for(b, true));
}

int
fwd_ports_check(const struct fwd *fwd, const pp_fw_rules *r, pp_err *err)
{
    if (r->n_ports > PORTS_MAX)
        return INVALID(fwd, err,
                       "owner %s: more than %d published ports; use "
                       "ranges",
                       r->owner, PORTS_MAX);
    if (r->n_ports > 0 && r->n_addrs == 0)
        return INVALID(fwd, err,
                       "owner %s: published ports have no address to lead to",
                       r->owner);
    for (uint32_t i = 0; i < r->n_ports; i++) {
        int rc = check_port(fwd, r, r->ports[i], err);

        if (rc < 0)
            return rc;
        for (uint32_t j = 0; j < i; j++)
            if (is_twice(r->ports[i], r->ports[j]))
                return INVALID(fwd, err,
                               "owner %s: host port %u/%s is published twice",
                               r->owner, r->ports[i]->host_port,
                               proto_name(r->ports[i]->proto));
    }
    return 0;
}

/* One rule for each family, a range included: DNAT shifts it by a base. */
static int
want_port(const pp_fw_port *p, const pp_fw_addr *to, const char *tag,
          struct fwd_list *want)
{
    unsigned last = p->host_port + p->count - 1u;
    struct fwd_prefix host;
    struct fwd_prefix ip;
    char dst[FWD_ADDR_MAX + 4] = "";
    char dport[16];
    char port[24];
    bool one = single(p, &host);

    fwd_addr_parse(to->address, &ip);
    if (one)
        snprintf(dst, sizeof(dst), "-d %s ", host.text);
    if (p->count == 1) {
        snprintf(dport, sizeof(dport), "%u", p->host_port);
        snprintf(port, sizeof(port), "%u", p->container_port);
    } else {
        snprintf(dport, sizeof(dport), "%u:%u", p->host_port, last);
        snprintf(port, sizeof(port), "%u-%u/%u", p->container_port,
                 p->container_port + p->count - 1u, p->host_port);
    }
    /* one address before every address: the first rule that fits wins */
    return fwd_rule_add(want, ip.v6, "nat", FWD_DNAT, one ? 0 : 1, tag,
                        "%s-p %s --dport %s -j DNAT --to-destination %s%s%s:%s",
                        dst, proto_name(p->proto), dport, ip.v6 ? "[" : "",
                        ip.text, ip.v6 ? "]" : "", port);
}

int
fwd_ports_want(const pp_fw_rules *r, const char *tag, struct fwd_list *want)
{
    for (int v6 = 0; v6 < 2; v6++) {
        const pp_fw_addr *to = fwd_owner_target(r, v6 != 0);

        for (uint32_t i = 0; to && i < r->n_ports; i++)
            if (fwd_port_is_for(r->ports[i], v6 != 0) &&
                want_port(r->ports[i], to, tag, want) < 0)
                return -1;
    }
    return 0;
}

/* returns  1: *T is what the rule takes | 0: it is no port's | -1: no memory */
static int
read_taken(const char *rule, struct taken *t)
{
    const char *dport = NULL;
    const char *proto = NULL;
    const char *host = NULL;
    struct fwd_words w;
    char *end = NULL;

    if (!strstr(rule, FWD_DNAT))
        return 0;
    if (fwd_words_split(&w, rule) < 0)
        return -1;
    proto = fwd_words_after(&w, "-p");
    dport = fwd_words_after(&w, "--dport");
    host = fwd_words_after(&w, "-d");
    if (strcmp(w.v[2], FWD_DNAT) != 0 || !proto || !dport) {
        fwd_words_clear(&w);
        return 0;
    }
    snprintf(t->ipv, sizeof(t->ipv), "%s", w.v[0]);
    snprintf(t->proto, sizeof(t->proto), "%s", proto);
    snprintf(t->host, sizeof(t->host), "%s", host ? host : "");
    t->first = (unsigned)strtoul(dport, &end, 10);
    t->last = *end == ':' ? (unsigned)strtoul(end + 1, NULL, 10) : t->first;
    fwd_words_clear(&w);
    return 1;
}

static bool
overlaps(const struct taken *a, const struct taken *b)
{
    return !strcmp(a->ipv, b->ipv) && !strcmp(a->proto, b->proto) &&
           a->first <= b->last && b->first <= a->last &&
           (!a->host[0] || !b->host[0] || !strcmp(a->host, b->host));
}

/* Does HAVE, of the owner TAG, hold what one of WANT takes? */
static int
check_one(const struct fwd *fwd, const char *have, const char *tag,
          const struct taken *want, size_t n, pp_err *err)
{
    struct taken a;
    int rc = read_taken(have, &a);

    if (rc <= 0)
        return rc < 0 ? FWD_OOM(fwd, err) : 0;
    for (size_t i = 0; i < n; i++)
        if (overlaps(&a, &want[i]))
            return pp_host_fail(
                fwd->host, err, PP_E_EXISTS, 0,
                "host port %u/%s (%s) is already published by %s",
                a.first > want[i].first ? a.first : want[i].first, a.proto,
                a.ipv, tag + strlen(FWD_OWNER_TAG));
    return 0;
}

/* Is none of the ports in WANT, whose comment is TAG, another owner's? */
int
fwd_ports_free(const struct fwd *fwd, const struct fwd_list *have,
               const struct fwd_list *want, const char *tag, pp_err *err)
{
    struct taken *takes = calloc(want->n + 1, sizeof(*takes));
    char other[FWD_TAG_MAX];
    size_t n = 0;
    int rc = 0;

    if (!takes)
        return FWD_OOM(fwd, err);
    for (size_t i = 0; rc >= 0 && i < want->n; i++) {
        rc = read_taken(want->v[i], &takes[n]);
        n += rc > 0;
    }
    rc = rc < 0 ? FWD_OOM(fwd, err) : 0;
    for (size_t i = 0; n > 0 && rc == 0 && i < have->n; i++)
        if (fwd_rule_tag(have->v[i], other, sizeof(other)) &&
            !strncmp(other, FWD_OWNER_TAG, strlen(FWD_OWNER_TAG)) &&
            strcmp(other, tag) != 0)
            rc = check_one(fwd, have->v[i], other, takes, n, err);
    free(takes);
    return rc;
}
