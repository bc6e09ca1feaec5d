/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/cured.c - does a foreign chain that drops let our
 * bridges through?
 *
 * What a warning has told once is not to be told for ever.  A bridge is let
 * through when a rule of the chain itself accepts all that comes in by it,
 * and one accepts something that goes out by it: which, is not judged.
 */
#include "nft.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <string.h>

#define MAX_BRIDGES 64

struct look {
    const struct nft_elems *bridges;
    bool in[MAX_BRIDGES];
    bool out[MAX_BRIDGES];
};

/* What one rule says. */
struct says {
    uint32_t key; /* of the last meta expression */
    char in[IFNAMSIZ];
    char out[IFNAMSIZ];
    bool more; /* anything else restricts it */
    bool accepts;
};

static const char *
name_of(const struct nftnl_expr *e)
{
    const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);

    return name ? name : "";
}

static void
take_cmp(const struct nftnl_expr *e, struct says *s)
{
    char *to = s->key == NFT_META_IIFNAME   ? s->in
               : s->key == NFT_META_OIFNAME ? s->out
                                            : NULL;
    uint32_t n = 0;
    const void *p = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &n);

    s->key = UINT32_MAX;
    /* without the final NUL it is the beginning of a name */
    if (!to || !p || n == 0 || n > IFNAMSIZ || !memchr(p, '\0', n) ||
        nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP) != NFT_CMP_EQ) {
        s->more = true;
        return;
    }
    memcpy(to, p, n);
}

static int
take_expr(struct nftnl_expr *e, void *arg)
{
    struct says *s = arg;
    const char *name = name_of(e);

    if (!strcmp(name, "meta"))
        s->key = nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY);
    else if (!strcmp(name, "cmp"))
        take_cmp(e, s);
    else if (!strcmp(name, "immediate"))
        s->accepts = nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT) &&
                     nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT) == NF_ACCEPT;
    else if (strcmp(name, "counter") != 0)
        s->more = true;
    return 0;
}

static int
look_at_rule(const struct nlmsghdr *nlh, void *arg)
{
    struct look *look = arg;
    struct nftnl_rule *r = nftnl_rule_alloc();
    struct says s = {.key = UINT32_MAX};

    if (!r || nftnl_rule_nlmsg_parse(nlh, r) < 0) {
        errno = r ? EBADMSG : ENOMEM;
        if (r)
            nftnl_rule_free(r);
        return MNL_CB_ERROR;
    }
    nftnl_expr_foreach(r, take_expr, &s);
    if (r)
        nftnl_rule_free(r);
    for (size_t i = 0; s.accepts && i < look->bridges->n; i++) {
        const char *bridge = (const char *)look->bridges->v[i].key;

        if (s.in[0] && !s.out[0] && !s.more)
            look->in[i] = look->in[i] || !strncmp(s.in, bridge, IFNAMSIZ);
        if (s.out[0] && !s.in[0])
            look->out[i] = look->out[i] || !strncmp(s.out, bridge, IFNAMSIZ);
    }
    return MNL_CB_OK;
}

/* When it cannot be told it is not. */
bool
nft_foreign_is_cured(struct nft_nl *nl, uint16_t family, const char *table,
                     const char *chain, const struct nft_elems *bridges)
{
    struct look look = {.bridges = bridges};
    int rc = 0;

    if (bridges->n == 0 || bridges->n > MAX_BRIDGES)
        return false;
    do {
        char buf[512];
        struct nlmsghdr *nlh =
            nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETRULE, family, NLM_F_DUMP, 0);

        mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
        mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
        rc = nft_nl_query(nl, nlh, look_at_rule, &look);
    } while (rc < 0 && nft_nl_again(nl, rc));
    for (size_t i = 0; rc == 0 && i < bridges->n; i++)
        if (!look.in[i] || !look.out[i])
            return false;
    return rc == 0;
}
