/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/table.c - the table and its chains
 *
 * The administrator's chain is made if it is missing; after that it is
 * never named in a message again, so its rules are safe from us.
 */
#include "nft.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#define REGULAR (-1)

static const struct {
    const char *name;
    const char *type;
    int hook;
    int prio;
} chains[] = {
    {"guard", "filter", NF_INET_PRE_ROUTING, -300},
    {"prerouting", "nat", NF_INET_PRE_ROUTING, -100},
    {"output", "nat", NF_INET_LOCAL_OUT, -100},
    {"postrouting", "nat", NF_INET_POST_ROUTING, 100},
    {"forward", "filter", NF_INET_FORWARD, 0},
    {"isolation", NULL, REGULAR, 0},
    {"publish", NULL, REGULAR, 0},
};

#define N_CHAINS ((unsigned)(sizeof(chains) / sizeof(chains[0])))
#define ADMIN_BIT (1u << N_CHAINS)

bool
nft_chain_is_ours(const char *name)
{
    for (unsigned i = 0; i < N_CHAINS; i++)
        if (!strcmp(chains[i].name, name))
            return true;
    return false;
}

unsigned
nft_chain_count(void)
{
    return N_CHAINS + 1;
}

/* Append to a list of differences; what does not fit is left out. */
void
nft_text_add(char *text, size_t size, const char *fmt, ...)
{
    size_t n = text ? strlen(text) : 0;
    va_list ap;

    if (!text || n + 4 >= size)
        return;
    if (n > 0)
        n += (size_t)snprintf(text + n, size - n, "; ");
    va_start(ap, fmt);
    vsnprintf(text + n, size - n, fmt, ap);
    va_end(ap);
}

static struct nftnl_table *
table_handle(const struct nft *nft)
{
    struct nftnl_table *t = nftnl_table_alloc();

    if (!t)
        return NULL;
    nftnl_table_set_u32(t, NFTNL_TABLE_FAMILY, NFPROTO_INET);
    nftnl_table_set_str(t, NFTNL_TABLE_NAME, nft->table);
    return t;
}

static int
ignore(const struct nlmsghdr *nlh, void *arg)
{
    (void)nlh;
    (void)arg;
    return MNL_CB_OK;
}

/* One question of constant cost. */
int
nft_table_exists(struct nft_nl *nl, bool *exists)
{
    char buf[512];
    struct nlmsghdr *nlh =
        nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETTABLE, NFPROTO_INET, 0, 0);
    int rc = 0;

    mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, nl->nft->table);
    rc = nft_nl_query(nl, nlh, ignore, NULL);
    *exists = rc == 0;
    return rc == -ENOENT ? 0 : rc;
}

struct look {
    const struct nft *nft;
    struct nft_skeleton *k;
};

static bool
is_as_wanted(const struct nftnl_chain *c, unsigned i)
{
    const char *type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);

    if (chains[i].hook == REGULAR)
        return !nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM);
    return nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM) && type &&
           !strcmp(type, chains[i].type) &&
           (int)nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM) == chains[i].hook &&
           nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO) == chains[i].prio &&
           nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_ACCEPT;
}

static int
look_at_chain(const struct nlmsghdr *nlh, void *arg)
{
    struct look *look = arg;
    struct nftnl_chain *c = nftnl_chain_alloc();
    const char *table = NULL;
    const char *name = NULL;

    if (!c || nftnl_chain_nlmsg_parse(nlh, c) < 0) {
        errno = c ? EBADMSG : ENOMEM;
        if (c)
            nftnl_chain_free(c);
        return MNL_CB_ERROR;
    }
    table = nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE);
    name = nftnl_chain_get_str(c, NFTNL_CHAIN_NAME);
    if (table && name && !strcmp(table, look->nft->table)) {
        if (!strcmp(name, look->nft->admin))
            look->k->chains |= ADMIN_BIT;
        for (unsigned i = 0; i < N_CHAINS; i++) {
            if (strcmp(name, chains[i].name))
                continue;
            look->k->chains |= 1u << i;
            if (!is_as_wanted(c, i))
                look->k->alien |= 1u << i;
        }
    }
    if (c)
        nftnl_chain_free(c);
    return MNL_CB_OK;
}

static int
chains_inspect(struct nft_nl *nl, struct nft_skeleton *k, char *text,
               size_t size)
{
    char buf[512];
    struct look look = {nl->nft, k};
    struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETCHAIN,
                                                 NFPROTO_INET, NLM_F_DUMP, 0);
    int rc = nft_nl_query(nl, nlh, look_at_chain, &look);

    for (unsigned i = 0; rc == 0 && i < N_CHAINS; i++) {
        if (!(k->chains & 1u << i))
            nft_text_add(text, size, "chain %s is missing", chains[i].name);
        else if (k->alien & 1u << i)
            nft_text_add(text, size,
                         "chain %s has another type, hook, priority or policy",
                         chains[i].name);
    }
    if (rc == 0 && !(k->chains & ADMIN_BIT))
        nft_text_add(text, size, "chain %s is missing", nl->nft->admin);
    return rc;
}

/*
 * Compare the table with what we would make, elements apart.  TEXT, which
 * may be NULL, gets the differences and stays as it is without any.
 */
int
nft_table_inspect(struct nft_nl *nl, struct nft_skeleton *k, char *text,
                  size_t size)
{
    int rc = 0;

    memset(k, 0, sizeof(*k));
    rc = nft_table_exists(nl, &k->table);
    if (rc < 0)
        return rc;
    if (!k->table) {
        nft_text_add(text, size, "table inet %s is missing", nl->nft->table);
        return 0;
    }
    rc = chains_inspect(nl, k, text, size);
    if (rc == 0)
        rc = nft_sets_inspect(nl, k, text, size);
    if (rc == 0)
        rc = nft_rules_inspect(nl, &k->rules, text, size);
    return rc;
}

static void
put_chain(struct nft_batch *b, const struct nft *nft, unsigned i, bool make)
{
    struct nftnl_chain *c = nftnl_chain_alloc();
    struct nlmsghdr *nlh =
        make ? nft_batch_msg(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE)
             : nft_batch_msg(b, NFT_MSG_DELCHAIN, 0);

    if (!c || !nlh) {
        b->oom = true;
        if (c)
            nftnl_chain_free(c);
        return;
    }
    nftnl_chain_set_u32(c, NFTNL_CHAIN_FAMILY, NFPROTO_INET);
    nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, nft->table);
    nftnl_chain_set_str(c, NFTNL_CHAIN_NAME,
                        i < N_CHAINS ? chains[i].name : nft->admin);
    if (make && i < N_CHAINS && chains[i].hook != REGULAR) {
        nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, chains[i].type);
        nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, (uint32_t)chains[i].hook);
        nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, chains[i].prio);
        nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
    }
    nftnl_chain_nlmsg_build_payload(nlh, c);
    nft_batch_end(b, nlh);
    if (c)
        nftnl_chain_free(c);
}

static void
flush_chain(struct nft_batch *b, const struct nft *nft, unsigned i)
{
    struct nlmsghdr *nlh = nft_batch_msg(b, NFT_MSG_DELRULE, 0);

    if (!nlh)
        return;
    mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, nft->table);
    mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chains[i].name);
    nft_batch_end(b, nlh);
}

static void
put_table(struct nft_batch *b, const struct nft *nft)
{
    struct nftnl_table *t = table_handle(nft);
    struct nlmsghdr *nlh = nft_batch_msg(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);

    if (t && nlh) {
        nftnl_table_nlmsg_build_payload(nlh, t);
        nft_batch_end(b, nlh);
    } else {
        b->oom = true;
    }
    if (t)
        nftnl_table_free(t);
}

/*
 * Make everything but elements, whatever K says is there.  What has the
 * right type stays with its elements; rules are always written anew.
 */
void
nft_table_build(struct nft_batch *b, const struct nft *nft,
                const struct nft_skeleton *k)
{
    put_table(b, nft);
    for (unsigned i = 0; i < N_CHAINS; i++)
        if (k->chains & 1u << i)
            flush_chain(b, nft, i);
    for (unsigned i = 0; i < N_CHAINS; i++)
        if (k->alien & 1u << i)
            put_chain(b, nft, i, false);
    for (unsigned i = 0; i < SET_COUNT; i++)
        if (k->strange & 1u << i)
            nft_set_delete(b, nft, i);
    for (unsigned i = 0; i < N_CHAINS; i++)
        put_chain(b, nft, i, true);
    if (!(k->chains & ADMIN_BIT))
        put_chain(b, nft, N_CHAINS, true);
    for (unsigned i = 0; i < SET_COUNT; i++)
        nft_set_make(b, nft, i);
    nft_rules_build(b, nft);
}
