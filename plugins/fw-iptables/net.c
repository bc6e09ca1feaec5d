/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/net.c - what one network wants, as rules
 */
#include "net.h"

#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "family.h"
#include "owner.h"

#define SUBNETS_MAX 64
#define FLAGS (PP_FW_MASQUERADE | PP_FW_ISOLATE | PP_FW_INTERNAL)

void
fwi_net_tag(const char *net, char *tag)
{
    snprintf(tag, FWI_COMMENT_MAX, FWI_NET_TAG "%.*s", FWI_NET_MAX, net);
}

int
fwi_net_validate(const struct fwi *ctx, const pp_fw_net *net, pp_err *err)
{
    struct fwi_prefix subnet;

    if (!net || !PP_HAS(pp_fw_net, net, n_subnets))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "a network is missing or too short");
    if (!fwi_name_valid(net->net, FWI_NET_MAX))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "\"%s\" is not a network's name",
                        net->net ? net->net : "");
    if (net->flags & ~FLAGS)
        return fwi_fail(ctx, err, PP_E_NOTSUP, 0,
                        "network \"%s\": unknown flags 0x%x", net->net,
                        net->flags & ~FLAGS);
    if (net->bridge ? !fwi_iface_valid(net->bridge)
                    : (net->flags & (PP_FW_ISOLATE | PP_FW_INTERNAL)) != 0)
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "network \"%s\": \"%s\" is not an interface's name",
                        net->net, net->bridge ? net->bridge : "");
    if (net->n_subnets > SUBNETS_MAX)
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "network \"%s\": more than %d subnets", net->net,
                        SUBNETS_MAX);
    for (uint32_t i = 0; i < net->n_subnets; i++) {
        if (!fwi_prefix_parse(net->subnets[i], &subnet))
            return fwi_fail(ctx, err, PP_E_INVAL, 0,
                            "network \"%s\": \"%s\" is not a subnet", net->net,
                            net->subnets[i] ? net->subnets[i] : "");
    }
    return 0;
}

static int
add_nat(const struct fwi *ctx, const char *target, const char *tag,
        const struct fwi_prefix *src, const struct fwi_prefix *dst,
        struct fwi_rules *out)
{
    struct fwi_rule *rule = fwi_rules_add_to(out, ctx->masq, target, tag);

    if (!rule)
        return -1;
    memcpy(rule->src, src->ip, sizeof rule->src);
    rule->src_bits = src->bits;
    memcpy(rule->dst, dst->ip, sizeof rule->dst);
    rule->dst_bits = dst->bits;
    return 0;
}

/*
 * A client in the owner's own subnet would get its answer from an address
 * it never asked, and 127.0.0.1 cannot be answered at all: both go through
 * the host's address.
 */
int
fwi_net_return_path(const struct fwi *ctx, const struct fwi_prefix *subnet,
                    const struct fwi_prefix *to, const char *tag,
                    struct fwi_rules *out)
{
    struct fwi_prefix loopback;

    if (add_nat(ctx, "MASQUERADE", tag, subnet, to, out) < 0)
        return -1;
    out->v[out->n - 1].rule.ctstate = FWI_CT_DNAT;
    if (FWI_IS_V6(subnet->fam))
        return 0;
    fwi_prefix_parse("127.0.0.0/8", &loopback);
    if (add_nat(ctx, "MASQUERADE", tag, &loopback, to, out) < 0)
        return -1;
    out->v[out->n - 1].rule.ctstate = FWI_CT_DNAT;
    return 0;
}

/* Rewrite what leaves SUBNET, but not on its way to the network's others. */
static int
masquerade_subnet(const struct fwi *ctx, const pp_fw_net *net, uint32_t which,
                  const char *tag, struct fwi_rules *out)
{
    struct fwi_prefix subnet;
    struct fwi_prefix other;

    fwi_prefix_parse(net->subnets[which], &subnet);
    for (uint32_t i = 0; i < net->n_subnets; i++) {
        fwi_prefix_parse(net->subnets[i], &other);
        if (i != which && other.fam == subnet.fam &&
            add_nat(ctx, "RETURN", tag, &subnet, &other, out) < 0)
            return -1;
    }
    memset(&other, 0, sizeof other);
    other.bits = subnet.fam->multicast_bits;
    other.ip[0] = (uint8_t)subnet.fam->multicast[0];
    if (add_nat(ctx, "RETURN", tag, &subnet, &other, out) < 0 ||
        add_nat(ctx, "MASQUERADE", tag, &subnet, &subnet, out) < 0)
        return -1;
    out->v[out->n - 1].rule.inv = FWI_NOT_DST;
    return 0;
}

static int
add_iface_rule(const char *chain, const char *target, const char *tag,
               const char *in, const char *out_if, unsigned int inv,
               struct fwi_rules *out)
{
    struct fwi_rule *rule = fwi_rules_add_to(out, chain, target, tag);

    if (!rule)
        return -1;
    if (in)
        memcpy(rule->in, in, strnlen(in, sizeof rule->in - 1));
    if (out_if)
        memcpy(rule->out, out_if, strnlen(out_if, sizeof rule->out - 1));
    rule->inv = (uint8_t)inv;
    return 0;
}

/* returns  0 | -1: out of memory */
static int
filter_rules(const struct fwi *ctx, const struct fwi_family *fam,
             const pp_fw_net *net, const char *tag, struct fwi_rules *out)
{
    const char *br = net->bridge;
    int rc = 0;

    if (net->flags & PP_FW_INTERNAL) {
        rc |= add_iface_rule(ctx->iso1, "DROP", tag, br, br, FWI_NOT_OUT, out);
        rc |= add_iface_rule(ctx->iso1, "DROP", tag, br, br, FWI_NOT_IN, out);
    }
    if (net->flags & PP_FW_ISOLATE) {
        rc |=
            add_iface_rule(ctx->iso1, ctx->iso2, tag, br, br, FWI_NOT_OUT, out);
        /* but a published port is open to them as to anybody outside */
        if (rc == 0) {
            struct fwi_rule *rule = &out->v[out->n - 1].rule;

            rule->ctstate = FWI_CT_DNAT;
            rule->inv |= FWI_NOT_CTSTATE;
        }
        rc |= add_iface_rule(ctx->iso2, "DROP", tag, NULL, br, 0, out);
    }
    if (br && !FWI_IS_V6(fam))
        rc |= fwi_localnet_guard(ctx, br, tag, out);
    return rc;
}

int
fwi_net_rules(const struct fwi *ctx, const struct fwi_family *fam, bool is_nat,
              const pp_fw_net *net, struct fwi_rules *out, pp_err *err)
{
    char tag[FWI_COMMENT_MAX];
    struct fwi_prefix subnet;
    bool any = false;
    bool masquerade = is_nat && (net->flags & PP_FW_MASQUERADE) &&
                      !(net->flags & PP_FW_INTERNAL);

    fwi_net_tag(net->net, tag);
    for (uint32_t i = 0; i < net->n_subnets; i++) {
        if (!fwi_prefix_parse(net->subnets[i], &subnet) || subnet.fam != fam)
            continue;
        any = true;
        if (masquerade && masquerade_subnet(ctx, net, i, tag, out) < 0)
            return fwi_oom(ctx, err);
        if (is_nat && fwi_net_return_path(ctx, &subnet, &subnet, tag, out) < 0)
            return fwi_oom(ctx, err);
    }
    if (any && !is_nat && filter_rules(ctx, fam, net, tag, out) < 0)
        return fwi_oom(ctx, err);
    return 0;
}

int
fwi_net_share(const struct fwi *ctx, const struct fwi_family *fam, bool is_nat,
              const pp_fw_rules *rules, struct fwi_rules *out, pp_err *err)
{
    const pp_fw_addr *addr = fwi_owner_port_addr(rules, fam);
    char tag[FWI_COMMENT_MAX];
    struct fwi_prefix subnet;
    int rc = 0;

    if (!addr || !addr->net || !fwi_owner_has_ports(rules, fam))
        return 0;
    fwi_net_tag(addr->net, tag);
    if (is_nat && addr->subnet && fwi_prefix_parse(addr->subnet, &subnet))
        rc = fwi_net_return_path(ctx, &subnet, &subnet, tag, out);
    if (!is_nat && !FWI_IS_V6(fam) && fwi_localnet_of(ctx, rules))
        rc = fwi_localnet_guard(ctx, addr->bridge, tag, out);
    return rc < 0 ? fwi_oom(ctx, err) : 0;
}
