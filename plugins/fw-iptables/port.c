/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/port.c - published ports as rules, and whose they are
 *
 * The DNAT chain is the register of published ports: a rule there with
 * another owner's comment is a port that is taken.
 */
#include "owner.h"

#include <netinet/in.h>
#include <string.h>

#include "addr.h"
#include "family.h"

#define PORTS_MAX 4096

static const char *
proto_name(unsigned int proto)
{
    switch (proto) {
    case IPPROTO_TCP:
        return "tcp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_SCTP:
        return "sctp";
    default:
        return "?";
    }
}

static bool
is_range(unsigned int first, unsigned int count)
{
    return first >= 1 && count >= 1 && first + count - 1 <= UINT16_MAX;
}

static int
validate_port(const struct fwi *ctx, const char *owner, const pp_fw_port *p,
              pp_err *err)
{
    struct fwi_prefix ip;

    if (!p || !PP_HAS(pp_fw_port, p, host_ip))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": a port is missing or too short", owner);
    if (p->flags != 0)
        return fwi_fail(ctx, err, PP_E_NOTSUP, 0,
                        "owner \"%s\": unknown flags 0x%x of port %u", owner,
                        p->flags, p->host_port);
    if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP &&
        p->proto != IPPROTO_SCTP)
        return fwi_fail(ctx, err, PP_E_NOTSUP, 0,
                        "owner \"%s\": port %u: protocol %u is none of tcp, "
                        "udp, sctp",
                        owner, p->host_port, p->proto);
    if (!is_range(p->host_port, p->count) ||
        !is_range(p->container_port, p->count))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": port %u to %u, %u times, leaves "
                        "1..65535",
                        owner, p->host_port, p->container_port, p->count);
    if (p->host_ip && !fwi_addr_parse(p->host_ip, &ip))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": port %u: \"%s\" is not an address",
                        owner, p->host_port, p->host_ip);
    return 0;
}

/* The same port of the same address twice in one request? */
static bool
ports_overlap(const pp_fw_port *a, const pp_fw_port *b)
{
    struct fwi_prefix x;
    struct fwi_prefix y;
    bool x_given = a->host_ip && fwi_addr_parse(a->host_ip, &x);
    bool y_given = b->host_ip && fwi_addr_parse(b->host_ip, &y);

    if (a->proto != b->proto || a->host_port + a->count <= b->host_port ||
        b->host_port + b->count <= a->host_port || x_given != y_given)
        return false;
    return !x_given || (x.fam == y.fam && memcmp(x.ip, y.ip, sizeof x.ip) == 0);
}

int
fwi_ports_validate(const struct fwi *ctx, const pp_fw_rules *rules, pp_err *err)
{
    if (rules->n_ports > PORTS_MAX)
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": more than %d published ports; use "
                        "ranges",
                        rules->owner, PORTS_MAX);
    if (rules->n_ports > 0 && rules->n_addrs == 0)
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": published ports have no address to "
                        "lead to",
                        rules->owner);
    for (uint32_t i = 0; i < rules->n_ports; i++) {
        const pp_fw_port *p = rules->ports[i];
        int rc = validate_port(ctx, rules->owner, p, err);

        if (rc < 0)
            return rc;
        for (uint32_t j = 0; j < i; j++) {
            if (ports_overlap(p, rules->ports[j]))
                return fwi_fail(ctx, err, PP_E_INVAL, 0,
                                "owner \"%s\": host port %u/%s is published "
                                "twice",
                                rules->owner, p->host_port,
                                proto_name(p->proto));
        }
    }
    return 0;
}

bool
fwi_port_is_for(const pp_fw_port *port, const struct fwi_family *fam)
{
    struct fwi_prefix ip;

    return !port->host_ip ||
           (fwi_addr_parse(port->host_ip, &ip) && ip.fam == fam);
}

static int
add_dnat(const struct fwi *ctx, const pp_fw_port *port, unsigned int skip,
         unsigned int count, const uint8_t *ip, const char *tag,
         struct fwi_rules *out)
{
    struct fwi_rule *rule = fwi_rules_add_to(out, ctx->dnat, "DNAT", tag);
    struct fwi_prefix host;

    if (!rule)
        return -1;
    rule->proto = (uint8_t)port->proto;
    rule->dport_lo = (uint16_t)(port->host_port + skip);
    rule->dport_hi = (uint16_t)(rule->dport_lo + count - 1);
    memcpy(rule->to, ip, sizeof rule->to);
    rule->to_lo = (uint16_t)(port->container_port + skip);
    rule->to_hi = (uint16_t)(rule->to_lo + count - 1);
    if (count > 1)
        rule->to_base = rule->dport_lo;
    if (port->host_ip && fwi_addr_parse(port->host_ip, &host) &&
        !fwi_addr_is_any(&host)) {
        memcpy(rule->dst, host.ip, sizeof rule->dst);
        rule->dst_bits = host.bits;
    }
    return 0;
}

int
fwi_port_rules(const struct fwi *ctx, const struct fwi_family *fam,
               const pp_fw_port *port, const uint8_t *ip, const char *tag,
               struct fwi_rules *out, pp_err *err)
{
    unsigned int step = ctx->single_nat ? 1 : port->count;

    if (!fwi_port_is_for(port, fam))
        return 0;
    for (unsigned int i = 0; i < port->count; i += step) {
        if (add_dnat(ctx, port, i, step, ip, tag, out) < 0)
            return fwi_oom(ctx, err);
    }
    return 0;
}

static bool
rules_overlap(const struct fwi_rule *a, const struct fwi_rule *b)
{
    if (a->proto != b->proto || a->dport_hi < b->dport_lo ||
        b->dport_hi < a->dport_lo)
        return false;
    return a->dst_bits == 0 || b->dst_bits == 0 ||
           memcmp(a->dst, b->dst, sizeof a->dst) == 0;
}

static int
fail_taken(const struct fwi_table *t, const struct fwi_rule *want,
           const struct fwi_rule *have, pp_err *err)
{
    const char *owner = have->comment + sizeof FWI_OWNER_TAG - 1;
    unsigned int first =
        want->dport_lo > have->dport_lo ? want->dport_lo : have->dport_lo;

    return fwi_fail(t->ctx, err, PP_E_EXISTS, 0,
                    "host port %u/%s (%s) is already published by \"%s\"",
                    first, proto_name(want->proto), t->fam->name, owner);
}

int
fwi_ports_check_free(struct fwi_table *t, const char *tag,
                     const struct fwi_rules *want, pp_err *err)
{
    const struct fwi_family *fam = t->fam;
    struct fwi_rule have;

    if (want->n == 0)
        return 0;
    for (const void *e = fam->first_rule(t->ctx->dnat, t->h); e;
         e = fam->next_rule(e, t->h)) {
        const char *comment = fwi_entry_comment(e, fam);

        if (!comment || strcmp(comment, tag) == 0 ||
            strncmp(comment, FWI_OWNER_TAG, sizeof FWI_OWNER_TAG - 1) != 0)
            continue;
        fwi_rule_decode(e, fam, t->h, &have);
        for (size_t i = 0; i < want->n; i++) {
            const struct fwi_rule *rule = &want->v[i].rule;

            if (strcmp(rule->target, "DNAT") == 0 && rules_overlap(rule, &have))
                return fail_taken(t, rule, &have, err);
        }
    }
    return 0;
}
