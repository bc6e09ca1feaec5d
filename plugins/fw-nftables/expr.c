/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/expr.c - from terms to kernel expressions
 *
 * Registers: 1 to 4 are 16 bytes each and start at the same place as every
 * fourth of the 4-byte ones, which are counted from 8.  The kernel reports a
 * register by its wide number when it can, so the same is done here, and a
 * rule read back has the text of the one that was sent.
 */
#include "expr.h"

#include <stdio.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* The register that is N 4-byte words into register 1. */
static uint32_t
reg(unsigned words)
{
    return words % 4 == 0 ? NFT_REG_1 + words / 4 : NFT_REG32_00 + words;
}

static struct nftnl_expr *
add(struct nftnl_rule *r, const char *name)
{
    struct nftnl_expr *e = nftnl_expr_alloc(name);

    if (e)
        nftnl_rule_add_expr(r, e);
    return e;
}

static bool
meta(struct nftnl_rule *r, uint32_t key, unsigned words)
{
    struct nftnl_expr *e = add(r, "meta");

    if (!e)
        return false;
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, reg(words));
    return true;
}

static bool
cmp(struct nftnl_rule *r, uint32_t op, const void *p, uint32_t n)
{
    struct nftnl_expr *e = add(r, "cmp");

    if (!e)
        return false;
    nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
    nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, p, n);
    return true;
}

static bool
payload(struct nftnl_rule *r, uint32_t base, uint32_t offset, uint32_t len,
        unsigned words)
{
    struct nftnl_expr *e = add(r, "payload");

    if (!e)
        return false;
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg(words));
    return true;
}

/* Source (DST false) or destination address, of the family of SET. */
static bool
address(struct nftnl_rule *r, unsigned set, bool dst, unsigned words)
{
    bool v6 = set == SET_ADDR6 || set == SET_MASQ6 || set == SET_HOSTPORT6;
    uint32_t len = v6 ? 16 : 4;
    uint32_t first = v6 ? 8 : 12;

    return payload(r, NFT_PAYLOAD_NETWORK_HEADER, first + (dst ? len : 0), len,
                   words);
}

/* The address begins with 127. */
static bool
loopback(struct nftnl_rule *r, uint32_t offset)
{
    static const uint8_t net = 127;

    return payload(r, NFT_PAYLOAD_NETWORK_HEADER, offset, 1, 0) &&
           cmp(r, NFT_CMP_EQ, &net, 1);
}

static bool
loopback6(struct nftnl_rule *r)
{
    static const uint8_t one[16] = {[15] = 1};

    return payload(r, NFT_PAYLOAD_NETWORK_HEADER, 24, 16, 0) &&
           cmp(r, NFT_CMP_EQ, one, 16);
}

static bool
lookup(struct nftnl_rule *r, unsigned set, bool map)
{
    struct nftnl_expr *e = add(r, "lookup");

    if (!e)
        return false;
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
    if (map)
        nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_1);
    nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, nft_set_name(set));
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, set + 1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS, 0);
    return true;
}

static bool
verdict(struct nftnl_rule *r, int code, const char *chain)
{
    struct nftnl_expr *e = add(r, "immediate");

    if (!e)
        return false;
    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)code);
    return !chain || nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain) == 0;
}

/* Any of the bits of MASK is set in what conntrack says of KEY. */
static bool
conntrack(struct nftnl_rule *r, uint32_t key, uint32_t mask)
{
    static const uint32_t zero;
    struct nftnl_expr *ct = add(r, "ct");
    struct nftnl_expr *e = add(r, "bitwise");

    if (!ct || !e)
        return false;
    nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_KEY, key);
    nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_DREG, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, 4);
    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, &mask, 4);
    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, &zero, 4);
    return cmp(r, NFT_CMP_NEQ, &zero, 4);
}

static bool
is_local(struct nftnl_rule *r)
{
    static const uint32_t local = RTN_LOCAL;
    struct nftnl_expr *e = add(r, "fib");

    if (!e)
        return false;
    nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
    nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
    return cmp(r, NFT_CMP_EQ, &local, 4);
}

/* Key in from register 1 on, the map's address and port out, and go there. */
static bool
dnat(struct nftnl_rule *r, unsigned set)
{
    bool v6 = set == SET_PORT6 || set == SET_HOSTPORT6;
    bool with_address = set == SET_HOSTPORT4 || set == SET_HOSTPORT6;
    unsigned at = !with_address ? 0 : v6 ? 4 : 1;
    uint32_t port = reg(v6 ? 4 : 1);
    struct nftnl_expr *e = NULL;

    if ((with_address && !address(r, set, true, 0)) ||
        !meta(r, NFT_META_L4PROTO, at) ||
        !payload(r, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, at + 1) ||
        !lookup(r, set, true))
        return false;
    e = add(r, "nat");
    if (!e)
        return false;
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_FAMILY,
                       v6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MAX, NFT_REG_1);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_PROTO_MIN, port);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_PROTO_MAX, port);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_FLAGS,
                       NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED);
    return true;
}

static bool
family(struct nftnl_rule *r, uint8_t nfproto)
{
    return meta(r, NFT_META_NFPROTO, 0) && cmp(r, NFT_CMP_EQ, &nfproto, 1);
}

static bool
add_match(struct nftnl_rule *r, const struct nft_term *t)
{
    unsigned words = t->set == SET_MASQ6 ? 4 : 1;

    switch (t->what) {
    case T_V4:
        return family(r, NFPROTO_IPV4);
    case T_V6:
        return family(r, NFPROTO_IPV6);
    case T_LOCAL:
        return is_local(r);
    case T_DNATED:
        return conntrack(r, NFT_CT_STATUS, IPS_DST_NAT);
    case T_REPLY:
        return conntrack(r, NFT_CT_STATE,
                         NF_CT_STATE_BIT(IP_CT_ESTABLISHED) |
                             NF_CT_STATE_BIT(IP_CT_RELATED));
    case T_SADDR_LOOP:
        return loopback(r, 12);
    case T_DADDR_LOOP:
        return loopback(r, 16);
    case T_DADDR_LOOP6:
        return loopback6(r);
    case T_SADDR_IN:
        return address(r, t->set, false, 0) && lookup(r, t->set, false);
    case T_DADDR_IN:
        return address(r, t->set, true, 0) && lookup(r, t->set, false);
    case T_PAIR_IN:
        return address(r, t->set, false, 0) &&
               address(r, t->set, true, words) && lookup(r, t->set, false);
    case T_IIF_IN:
        return meta(r, NFT_META_IIFNAME, 0) && lookup(r, t->set, false);
    case T_OIF_IN:
        return meta(r, NFT_META_OIFNAME, 0) && lookup(r, t->set, false);
    case T_IIF_OIF_IN:
        return meta(r, NFT_META_IIFNAME, 0) && meta(r, NFT_META_OIFNAME, 4) &&
               lookup(r, t->set, false);
    default:
        return false;
    }
}

bool
nft_term_add(struct nftnl_rule *r, const struct nft *nft,
             const struct nft_term *term)
{
    switch (term->what) {
    case T_DNAT:
        return dnat(r, term->set);
    case T_MASQ:
        return add(r, "masq") != NULL;
    case T_ACCEPT:
        return verdict(r, NF_ACCEPT, NULL);
    case T_DROP:
        return verdict(r, NF_DROP, NULL);
    case T_RETURN:
        return verdict(r, NFT_RETURN, NULL);
    case T_PUBLISH:
        return verdict(r, NFT_JUMP, "publish");
    case T_ISOLATION:
        return verdict(r, NFT_JUMP, "isolation");
    case T_ADMIN:
        return verdict(r, NFT_JUMP, nft->admin);
    default:
        return add_match(r, term);
    }
}
