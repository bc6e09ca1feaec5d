/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/rules.c - the constant rules, as a table of terms
 *
 * The order inside a chain is the order here.
 */
#include "expr.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TERMS 6
#define RULE_TEXT 2048

struct rule_def {
    const char *chain;
    const char *comment;
    struct nft_term terms[MAX_TERMS];
};

static const struct rule_def rules[] = {
    /* route_localnet lets 127.0.0.0/8 through a bridge: only outwards */
    {"guard",
     "no loopback address from a bridge",
     {{T_IIF_IN, SET_BRIDGES}, {T_V4, 0}, {T_DADDR_LOOP, 0}, {T_DROP, 0}}},
    {"guard",
     "no loopback address from a bridge",
     {{T_IIF_IN, SET_BRIDGES}, {T_V4, 0}, {T_SADDR_LOOP, 0}, {T_DROP, 0}}},

    {"prerouting", "published ports", {{T_LOCAL, 0}, {T_PUBLISH, 0}}},
    {"output", "published ports", {{T_LOCAL, 0}, {T_PUBLISH, 0}}},

    /* ::1 can not leave the host, so let its clients be refused at once */
    {"publish", "", {{T_V6, 0}, {T_DADDR_LOOP6, 0}, {T_RETURN, 0}}},
    {"publish", "one host address", {{T_V4, 0}, {T_DNAT, SET_HOSTPORT4}}},
    {"publish", "every host address", {{T_V4, 0}, {T_DNAT, SET_PORT4}}},
    {"publish", "one host address", {{T_V6, 0}, {T_DNAT, SET_HOSTPORT6}}},
    {"publish", "every host address", {{T_V6, 0}, {T_DNAT, SET_PORT6}}},

    {"postrouting",
     "published ports, by loopback",
     {{T_DNATED, 0},
      {T_V4, 0},
      {T_SADDR_LOOP, 0},
      {T_DADDR_IN, SET_ADDR4},
      {T_MASQ, 0}}},
    {"postrouting",
     "published ports, from containers",
     {{T_DNATED, 0},
      {T_V4, 0},
      {T_SADDR_IN, SET_ADDR4},
      {T_DADDR_IN, SET_ADDR4},
      {T_MASQ, 0}}},
    {"postrouting",
     "published ports, from containers",
     {{T_DNATED, 0},
      {T_V6, 0},
      {T_SADDR_IN, SET_ADDR6},
      {T_DADDR_IN, SET_ADDR6},
      {T_MASQ, 0}}},
    {"postrouting",
     "leaving a network",
     {{T_V4, 0}, {T_PAIR_IN, SET_MASQ4}, {T_MASQ, 0}}},
    {"postrouting",
     "leaving a network",
     {{T_V6, 0}, {T_PAIR_IN, SET_MASQ6}, {T_MASQ, 0}}},

    {"forward", "the administrator's rules", {{T_ADMIN, 0}}},
    {"forward", "", {{T_ISOLATION, 0}}},
    {"forward", "published ports", {{T_DNATED, 0}, {T_ACCEPT, 0}}},
    {"forward",
     "replies",
     {{T_V4, 0}, {T_DADDR_IN, SET_ADDR4}, {T_REPLY, 0}, {T_ACCEPT, 0}}},
    {"forward",
     "containers",
     {{T_V4, 0}, {T_SADDR_IN, SET_ADDR4}, {T_ACCEPT, 0}}},
    {"forward",
     "replies",
     {{T_V6, 0}, {T_DADDR_IN, SET_ADDR6}, {T_REPLY, 0}, {T_ACCEPT, 0}}},
    {"forward",
     "containers",
     {{T_V6, 0}, {T_SADDR_IN, SET_ADDR6}, {T_ACCEPT, 0}}},

    {"isolation",
     "inside a network",
     {{T_IIF_OIF_IN, SET_SAME}, {T_RETURN, 0}}},
    {"isolation", "no way out", {{T_IIF_IN, SET_INTERNAL}, {T_DROP, 0}}},
    {"isolation", "no way in", {{T_OIF_IN, SET_INTERNAL}, {T_DROP, 0}}},
    {"isolation", "published ports", {{T_DNATED, 0}, {T_RETURN, 0}}},
    {"isolation",
     "between isolated networks",
     {{T_IIF_IN, SET_ISOLATED}, {T_OIF_IN, SET_ISOLATED}, {T_DROP, 0}}},
};

#define N_RULES ((unsigned)(sizeof(rules) / sizeof(rules[0])))

unsigned
nft_rule_count(void)
{
    return N_RULES;
}

static bool
put_comment(struct nftnl_rule *r, const char *comment)
{
    struct nftnl_udata_buf *u = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);

    if (!u)
        return false;
    nftnl_udata_put_strz(u, NFTNL_UDATA_RULE_COMMENT, comment);
    nftnl_rule_set_data(r, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(u),
                        nftnl_udata_buf_len(u));
    nftnl_udata_buf_free(u);
    return true;
}

/* Rule I as an object, NULL without memory. */
struct nftnl_rule *
nft_rule_make(const struct nft *nft, unsigned i)
{
    const struct rule_def *d = &rules[i];
    struct nftnl_rule *r = nftnl_rule_alloc();
    bool ok = r != NULL;

    if (!ok)
        return NULL;
    nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, NFPROTO_INET);
    nftnl_rule_set_str(r, NFTNL_RULE_TABLE, nft->table);
    nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, d->chain);
    for (unsigned t = 0; ok && t < MAX_TERMS && d->terms[t].what; t++)
        ok = nft_term_add(r, nft, &d->terms[t]);
    if (ok && d->comment[0])
        ok = put_comment(r, d->comment);
    if (ok)
        return r;
    if (r)
        nftnl_rule_free(r);
    return NULL;
}

void
nft_rules_build(struct nft_batch *b, const struct nft *nft)
{
    for (unsigned i = 0; i < N_RULES && !b->oom; i++) {
        struct nftnl_rule *r = nft_rule_make(nft, i);
        struct nlmsghdr *nlh =
            nft_batch_msg(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);

        if (r && nlh) {
            nftnl_rule_nlmsg_build_payload(nlh, r);
            nft_batch_end(b, nlh);
        } else {
            b->oom = true;
        }
        if (r)
            nftnl_rule_free(r);
    }
}

struct print {
    char *text;
    size_t n;
};

static int
print_expr(struct nftnl_expr *e, void *arg)
{
    struct print *p = arg;
    int w = 0;

    if (p->n + 4 >= RULE_TEXT)
        return 0;
    w = snprintf(p->text + p->n, RULE_TEXT - p->n, "%s%s ", p->n ? ", " : "",
                 nftnl_expr_get_str(e, NFTNL_EXPR_NAME));
    p->n += (size_t)w;
    if (p->n >= RULE_TEXT)
        return 0;
    w = nftnl_expr_snprintf(p->text + p->n, RULE_TEXT - p->n, e,
                            NFTNL_OUTPUT_DEFAULT, 0);
    p->n += w > 0 ? (size_t)w : 0;
    while (p->n > 0 && p->n < RULE_TEXT && p->text[p->n - 1] == ' ')
        p->text[--p->n] = '\0';
    return 0;
}

/* What the rule does, the same for a wanted and for a found one. */
static void
rule_text(struct nftnl_rule *r, char text[RULE_TEXT])
{
    struct print p = {text, 0};

    text[0] = '\0';
    (void)nftnl_expr_foreach(r, print_expr, &p);
}

struct look {
    const struct nft *nft;
    unsigned next[N_RULES]; /* how many rules of this rule's chain came */
    bool seen[N_RULES];
    bool same;
    char *text;
    size_t size;
    char wanted[RULE_TEXT];
    char found[RULE_TEXT];
};

/* The index of the Nth rule of CHAIN, N_RULES if we want no such rule. */
static unsigned
nth_of(const char *chain, unsigned n)
{
    for (unsigned i = 0; i < N_RULES; i++)
        if (!strcmp(rules[i].chain, chain) && n-- == 0)
            return i;
    return N_RULES;
}

static void
compare(struct look *look, struct nftnl_rule *r, const char *chain)
{
    unsigned first = nth_of(chain, 0);
    unsigned n = look->next[first]++;
    unsigned i = nth_of(chain, n);
    struct nftnl_rule *want = NULL;

    rule_text(r, look->found);
    if (i == N_RULES) {
        look->same = false;
        nft_text_add(look->text, look->size,
                     "rule %u of chain %s is not ours: found \"%s\"", n + 1,
                     chain, look->found);
        return;
    }
    look->seen[i] = true;
    want = nft_rule_make(look->nft, i);
    if (!want)
        return;
    rule_text(want, look->wanted);
    if (want)
        nftnl_rule_free(want);
    if (!strcmp(look->wanted, look->found))
        return;
    look->same = false;
    nft_text_add(look->text, look->size,
                 "rule %u of chain %s: wanted \"%s\", found \"%s\"", n + 1,
                 chain, look->wanted, look->found);
}

static int
look_at_rule(const struct nlmsghdr *nlh, void *arg)
{
    struct look *look = arg;
    struct nftnl_rule *r = nftnl_rule_alloc();
    const char *table = NULL;
    const char *chain = NULL;

    if (!r || nftnl_rule_nlmsg_parse(nlh, r) < 0) {
        errno = r ? EBADMSG : ENOMEM;
        if (r)
            nftnl_rule_free(r);
        return MNL_CB_ERROR;
    }
    table = nftnl_rule_get_str(r, NFTNL_RULE_TABLE);
    chain = nftnl_rule_get_str(r, NFTNL_RULE_CHAIN);
    if (table && chain && !strcmp(table, look->nft->table) &&
        nth_of(chain, 0) < N_RULES)
        compare(look, r, chain);
    if (r)
        nftnl_rule_free(r);
    return MNL_CB_OK;
}

/* The rules of our chains: each there, none more, in this order. */
int
nft_rules_inspect(struct nft_nl *nl, bool *same, char *text, size_t size)
{
    char buf[512];
    struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETRULE,
                                                 NFPROTO_INET, NLM_F_DUMP, 0);
    struct look *look = calloc(1, sizeof(*look));
    int rc = -ENOMEM;

    if (!look)
        return rc;
    look->nft = nl->nft;
    look->same = true;
    look->text = text;
    look->size = size;
    mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, nl->nft->table);
    rc = nft_nl_query(nl, nlh, look_at_rule, look);
    for (unsigned i = 0; rc == 0 && i < N_RULES; i++) {
        if (look->seen[i])
            continue;
        look->same = false;
        nft_text_add(text, size, "a rule of chain %s is missing%s%s",
                     rules[i].chain, rules[i].comment[0] ? ": " : "",
                     rules[i].comment);
    }
    *same = look->same;
    free(look);
    return rc;
}
