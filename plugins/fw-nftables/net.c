/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/net.c - one network's elements, made so or removed
 *
 * Networks are few, so what one has is found by walking their sets.
 */
#include "nft.h"

#include <errno.h>
#include <string.h>

struct change {
    const char *net;
    char comment[NFT_COMMENT_MAX + 1];
    struct nft_elems want; /* empty: remove */
    struct nft_elems old;
    bool thorough;
};

static bool
is_same(const struct nft_elems *a, const struct nft_elems *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!nft_elem_same(&a->v[i], &b->v[i]))
            return false;
    return true;
}

static int
try_change(struct nft_nl *nl, struct change *c)
{
    char text[8] = "";
    struct nft_skeleton k = {0};
    struct nft_batch b;
    int rc = nft_nl_read_gen(nl);

    nft_elems_clear(&c->old);
    if (rc == 0 && c->thorough)
        rc = nft_table_inspect(nl, &k, text, sizeof(text));
    else if (rc == 0)
        rc = nft_table_exists(nl, &k.table);
    if (rc == 0 && k.table)
        rc = nft_dump_all(nl, SET_MASQ4, SET_INTERNAL, c->comment, &c->old);
    if (rc < 0)
        return rc;
    if (k.table && text[0] == '\0' && is_same(&c->want, &c->old))
        return 0;
    nft_batch_init(&b, nl);
    if (c->want.n > 0 && (!k.table || text[0] != '\0'))
        nft_table_build(&b, nl->nft, &k);
    nft_set_put(&b, nl->nft, false, &c->old);
    nft_set_put(&b, nl->nft, true, &c->want);
    rc = nft_nl_commit(nl, &b);
    nft_batch_clear(&b);
    return rc;
}

/* Do the first halves of two keys of SET_MASQ overlap? */
static bool
overlaps(const struct nft_elem *a, const struct nft_elem *b)
{
    size_t len = nft_set_klen(a->set) / 2;

    return a->set == b->set && memcmp(a->key, b->end, len) <= 0 &&
           memcmp(b->key, a->end, len) <= 0;
}

/* 0 if no other network has what this one wants. */
static int
name_clash(struct nft_nl *nl, const struct change *c, pp_err *err)
{
    struct nft_elems all = {0};
    int rc = nft_dump_all(nl, SET_MASQ4, SET_INTERNAL, NULL, &all);

    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        const struct nft_elem *e = &all.v[i];

        if (!strcmp(e->comment, c->comment))
            continue;
        for (size_t k = 0; rc == 0 && k < c->want.n; k++) {
            const struct nft_elem *w = &c->want.v[k];
            char text[NFT_TEXT_MAX];

            if (nft_set_is_interval(w->set) ? !overlaps(w, e)
                                            : nft_elem_order(w, e) != 0)
                continue;
            nft_elem_text(e, text, sizeof(text));
            rc = pp_host_fail(nl->nft->host, err, PP_E_EXISTS, 0,
                              "network %s wants what %s has: %s", c->net,
                              e->comment[0] ? e->comment : "nobody", text);
        }
    }
    nft_elems_clear(&all);
    return rc;
}

static int
change(const struct nft *nft, struct change *c, pp_err *err)
{
    struct nft_nl nl;
    int rc = nft_nl_open(&nl, nft, err);

    if (rc < 0)
        return rc;
    for (;;) {
        rc = try_change(&nl, c);
        if (rc == 0)
            break;
        if (nft_nl_again(&nl, rc))
            continue;
        if (rc == -EEXIST && name_clash(&nl, c, err) == -PP_E_EXISTS) {
            nft_nl_close(&nl);
            return -PP_E_EXISTS;
        }
        if (c->thorough || (rc != -EEXIST && rc != -ENOENT))
            break;
        c->thorough = true;
    }
    if (rc < 0)
        rc = nft_nl_fail(&nl, rc, "network", c->net, err);
    nft_nl_close(&nl);
    return rc;
}

int
nft_net_up(void *self, const pp_fw_net *net, pp_err *err)
{
    const struct nft *nft = self;
    struct change c = {.net = net->net};
    int rc = nft_net_comment(nft, net->net, c.comment, err);

    if (rc == 0)
        rc = nft_want_net(nft, net, &c.want, err);
    if (rc == 0)
        rc = nft_want_unique(nft, &c.want, err);
    if (rc == 0)
        rc = change(nft, &c, err);
    if (rc == 0)
        nft_localnet_set_bridge(nft, net->bridge);
    nft_elems_clear(&c.want);
    nft_elems_clear(&c.old);
    return rc;
}

int
nft_net_down(void *self, const char *net, pp_err *err)
{
    const struct nft *nft = self;
    struct change c = {.net = net};
    int rc = nft_net_comment(nft, net, c.comment, err);

    if (rc == 0)
        rc = change(nft, &c, err);
    nft_elems_clear(&c.old);
    return rc;
}
