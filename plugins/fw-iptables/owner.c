/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/owner.c - what one owner wants, as rules
 */
#include "owner.h"

#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "family.h"
#include "net.h"

#define ADDRS_MAX 256

void
fwi_owner_tag(const char *owner, char *tag)
{
    snprintf(tag, FWI_COMMENT_MAX, FWI_OWNER_TAG "%.*s", FWI_NAME_MAX, owner);
}

static int
validate_addr(const struct fwi *ctx, const char *owner, const pp_fw_addr *a,
              pp_err *err)
{
    struct fwi_prefix ip;
    struct fwi_prefix subnet;

    if (!a || !PP_HAS(pp_fw_addr, a, bridge))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": an address is missing or too short",
                        owner);
    if (a->flags != 0)
        return fwi_fail(ctx, err, PP_E_NOTSUP, 0,
                        "owner \"%s\": unknown flags 0x%x of an address", owner,
                        a->flags);
    if (!fwi_addr_parse(a->address, &ip) || fwi_addr_is_any(&ip))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": \"%s\" is not an address", owner,
                        a->address ? a->address : "");
    if (a->subnet &&
        (!fwi_prefix_parse(a->subnet, &subnet) || subnet.fam != ip.fam))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": \"%s\" is not the subnet of \"%s\"",
                        owner, a->subnet, a->address);
    if (a->net && !fwi_name_valid(a->net, FWI_NET_MAX))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": \"%s\" is not a network's name", owner,
                        a->net);
    if (a->bridge && !fwi_iface_valid(a->bridge))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": \"%s\" is not an interface's name",
                        owner, a->bridge);
    return 0;
}

int
fwi_owner_validate(const struct fwi *ctx, const pp_fw_rules *rules, pp_err *err)
{
    if (!rules || !PP_HAS(pp_fw_rules, rules, n_ports))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "an owner's rules are missing or too short");
    if (!fwi_name_valid(rules->owner, FWI_NAME_MAX))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "\"%s\" is not an owner's name: 1 to %d of "
                        "A-Z a-z 0-9 _ . -",
                        rules->owner ? rules->owner : "", FWI_NAME_MAX);
    if (rules->flags != 0)
        return fwi_fail(ctx, err, PP_E_NOTSUP, 0,
                        "owner \"%s\": unknown flags 0x%x", rules->owner,
                        rules->flags);
    if (rules->n_addrs > ADDRS_MAX)
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "owner \"%s\": more than %d addresses", rules->owner,
                        ADDRS_MAX);
    for (uint32_t i = 0; i < rules->n_addrs; i++) {
        int rc = validate_addr(ctx, rules->owner, rules->addrs[i], err);

        if (rc < 0)
            return rc;
    }
    return fwi_ports_validate(ctx, rules, err);
}

const pp_fw_addr *
fwi_owner_port_addr(const pp_fw_rules *rules, const struct fwi_family *fam)
{
    struct fwi_prefix ip;

    for (uint32_t i = 0; i < rules->n_addrs; i++) {
        if (fwi_addr_parse(rules->addrs[i]->address, &ip) && ip.fam == fam)
            return rules->addrs[i];
    }
    return NULL;
}

bool
fwi_owner_has_addrs(const pp_fw_rules *rules, const struct fwi_family *fam)
{
    return fwi_owner_port_addr(rules, fam) != NULL;
}

bool
fwi_owner_has_ports(const pp_fw_rules *rules, const struct fwi_family *fam)
{
    if (!fwi_owner_has_addrs(rules, fam))
        return false;
    for (uint32_t i = 0; i < rules->n_ports; i++) {
        if (fwi_port_is_for(rules->ports[i], fam))
            return true;
    }
    return false;
}

/*
 * Forwarding to and from one address.  What the owner did not ask for comes
 * in only through a published port.
 */
static int
filter_rules(const struct fwi *ctx, const struct fwi_prefix *ip,
             bool takes_ports, const char *tag, struct fwi_rules *out,
             pp_err *err)
{
    struct fwi_rule *rule = fwi_rules_add_to(out, ctx->forward, "ACCEPT", tag);

    if (!rule)
        return fwi_oom(ctx, err);
    memcpy(rule->dst, ip->ip, sizeof rule->dst);
    rule->dst_bits = ip->bits;
    rule->ctstate = FWI_CT_RELATED | FWI_CT_ESTABLISHED;
    if (takes_ports)
        rule->ctstate |= FWI_CT_DNAT;

    rule = fwi_rules_add_to(out, ctx->forward, "ACCEPT", tag);
    if (!rule)
        return fwi_oom(ctx, err);
    memcpy(rule->src, ip->ip, sizeof rule->src);
    rule->src_bits = ip->bits;
    return 0;
}

static int
nat_rules(const struct fwi *ctx, const struct fwi_family *fam,
          const pp_fw_rules *rules, const char *tag, struct fwi_rules *out,
          pp_err *err)
{
    const pp_fw_addr *addr = fwi_owner_port_addr(rules, fam);
    struct fwi_prefix ip;
    struct fwi_prefix from;
    int rc = 0;

    fwi_addr_parse(addr->address, &ip);
    /* one address before every address: the first rule that fits wins */
    for (int any = 0; any < 2; any++) {
        for (uint32_t i = 0; rc == 0 && i < rules->n_ports; i++) {
            const pp_fw_port *port = rules->ports[i];
            bool is_any =
                !port->host_ip || (fwi_addr_parse(port->host_ip, &from) &&
                                   fwi_addr_is_any(&from));

            if (is_any == (any == 1) && fwi_port_is_for(port, fam))
                rc = fwi_port_rules(ctx, fam, port, ip.ip, tag, out, err);
        }
    }
    if (rc < 0)
        return rc;
    /* a network has the way back for all its owners, see net.h */
    if (addr->net && addr->subnet)
        return 0;
    if (!addr->subnet || !fwi_prefix_parse(addr->subnet, &from))
        from = ip;
    if (fwi_net_return_path(ctx, &from, &ip, tag, out) < 0)
        return fwi_oom(ctx, err);
    return 0;
}

int
fwi_owner_rules(const struct fwi *ctx, const struct fwi_family *fam,
                bool is_nat, const pp_fw_rules *rules, struct fwi_rules *out,
                pp_err *err)
{
    char tag[FWI_COMMENT_MAX];
    bool has_ports = fwi_owner_has_ports(rules, fam);
    const pp_fw_addr *port_addr = fwi_owner_port_addr(rules, fam);
    int rc = 0;

    fwi_owner_tag(rules->owner, tag);
    if (is_nat)
        return has_ports ? nat_rules(ctx, fam, rules, tag, out, err) : 0;
    for (uint32_t i = 0; rc == 0 && i < rules->n_addrs; i++) {
        const pp_fw_addr *addr = rules->addrs[i];
        struct fwi_prefix ip;

        if (fwi_addr_parse(addr->address, &ip) && ip.fam == fam)
            rc = filter_rules(ctx, &ip, has_ports && addr == port_addr, tag,
                              out, err);
    }
    return rc;
}
