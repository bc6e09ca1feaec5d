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
    char proto[8];
    unsigned first;
    unsigned last;
    const char *host; /* NULL: every address */
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

/* returns  whether the rule is one of the DNAT chain, and *T what it takes */
static bool
read_taken(const struct fwd_words *w, struct taken *t)
{
    const char *proto = fwd_words_after(w, "-p");
    const char *dport = fwd_words_after(w, "--dport");
    char *end = NULL;

    if (w->n < 5 || strcmp(w->v[2], FWD_DNAT) || !proto || !dport)
        return false;
    snprintf(t->proto, sizeof(t->proto), "%s", proto);
    t->first = (unsigned)strtoul(dport, &end, 10);
    t->last = *end == ':' ? (unsigned)strtoul(end + 1, NULL, 10) : t->first;
    t->host = fwd_words_after(w, "-d");
    return true;
}

static bool
overlaps(const struct taken *a, const struct taken *b)
{
    return !strcmp(a->proto, b->proto) && a->first <= b->last &&
           b->first <= a->last &&
           (!a->host || !b->host || !strcmp(a->host, b->host));
}

/* Does HAVE, of another owner, hold what one of WANT takes? */
static int
check_one(const struct fwd *fwd, const char *have, const struct fwd_list *want,
          pp_err *err)
{
    char tag[FWD_TAG_MAX] = "";
    struct fwd_words h;
    struct taken a;
    int rc = 0;

    if (fwd_words_split(&h, have) < 0)
        return FWD_OOM(fwd, err);
    fwd_rule_tag(have, tag, sizeof(tag));
    for (size_t i = 0; read_taken(&h, &a) && rc == 0 && i < want->n; i++) {
        struct fwd_words w;
        struct taken b;

        if (fwd_words_split(&w, want->v[i]) < 0)
            rc = FWD_OOM(fwd, err);
        else if (read_taken(&w, &b) && !strcmp(h.v[0], w.v[0]) &&
                 overlaps(&a, &b))
            rc = pp_host_fail(fwd->host, err, PP_E_EXISTS, 0,
                              "host port %u/%s (%s) is already published by %s",
                              a.first > b.first ? a.first : b.first, a.proto,
                              h.v[0], tag + strlen(FWD_OWNER_TAG));
        fwd_words_clear(&w);
    }
    fwd_words_clear(&h);
    return rc;
}

/* Is none of the ports in WANT, whose comment is TAG, another owner's? */
int
fwd_ports_free(const struct fwd *fwd, const struct fwd_list *have,
               const struct fwd_list *want, const char *tag, pp_err *err)
{
    char other[FWD_TAG_MAX];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < have->n; i++)
        if (strstr(have->v[i], FWD_DNAT) &&
            fwd_rule_tag(have->v[i], other, sizeof(other)) &&
            !strncmp(other, FWD_OWNER_TAG, strlen(FWD_OWNER_TAG)) &&
            strcmp(other, tag))
            rc = check_one(fwd, have->v[i], want, err);
    return rc;
}
