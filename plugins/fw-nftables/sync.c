/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/sync.c - make the kernel hold exactly what is wanted
 *
 * If anything differs, everything of ours is written anew in one batch; the
 * kernel swaps old for new at one moment, so no packet sees the table half
 * full.  If nothing differs, nothing is written.
 */
#include "nft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct all {
    struct nft_elems want;
    struct nft_desc *descs; /* of rules, in their order */
    const pp_fw_all *request;
};

static int
out_of_memory(const struct nft *nft, pp_err *err)
{
    return pp_host_fail(nft->host, err, PP_E_NOMEM, 0, "out of memory");
}

static bool
append(struct nft_elems *to, const struct nft_elems *from)
{
    for (size_t i = 0; i < from->n; i++) {
        struct nft_elem *e = nft_elems_add(to, from->v[i].set, "");

        if (!e)
            return false;
        *e = from->v[i];
    }
    return true;
}

/* One owner's elements, and its entry of the index. */
static int
want_one(const struct nft *nft, struct all *a, uint32_t i, pp_err *err)
{
    const pp_fw_rules *r = a->request->rules[i];
    struct nft_elems one = {0};
    struct nft_elem *e = NULL;
    int rc = nft_want_rules(nft, r, &one, err);

    if (rc == 0)
        rc = nft_want_unique(nft, &one, err);
    if (rc == 0 && one.n > 0) {
        nft_desc_encode(&a->descs[i], &one);
        e = nft_elems_add(&a->want, SET_OWNERS, r->owner);
        if (e)
            nft_owner_key(e->key, r->owner);
        if (!e || !append(&a->want, &one))
            rc = out_of_memory(nft, err);
    }
    nft_elems_clear(&one);
    return rc;
}

static int
want_all(const struct nft *nft, struct all *a, pp_err *err)
{
    const pp_fw_all *all = a->request;
    struct nft_elems bound = {0};
    int rc = 0;

    if (all->flags != 0)
        return pp_host_fail(nft->host, err, PP_E_NOTSUP, 0,
                            "sync: unknown flags 0x%x", all->flags);
    a->descs = calloc(all->n_rules + 1u, sizeof(*a->descs));
    if (!a->descs)
        return out_of_memory(nft, err);
    for (uint32_t i = 0; rc == 0 && i < all->n_nets; i++)
        rc = nft_want_net(nft, all->nets[i], &a->want, err);
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++)
        rc = want_one(nft, a, i, err);
    if (rc == 0)
        rc = nft_want_unique(nft, &a->want, err);
    if (rc == 0 &&
        (nft_bound_count(&a->want, &bound) < 0 || !append(&a->want, &bound)))
        rc = out_of_memory(nft, err);
    nft_elems_sort(&a->want);
    nft_elems_clear(&bound);
    return rc;
}

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

/* The elements of sets FROM to TO, as a part of ALL's own memory. */
static struct nft_elems
slice(const struct nft_elems *all, unsigned from, unsigned to)
{
    size_t i = 0;
    size_t n = 0;

    while (i < all->n && all->v[i].set < from)
        i++;
    while (i + n < all->n && all->v[i + n].set <= to)
        n++;
    return (struct nft_elems){.v = all->v + i, .n = n};
}

static int
write_all(struct nft_nl *nl, const struct all *a, const struct nft_skeleton *k)
{
    const struct nft *nft = nl->nft;
    struct nft_elems before = slice(&a->want, 0, SET_OWNERS - 1);
    struct nft_elems after = slice(&a->want, SET_OWNERS + 1, SET_COUNT);
    struct nft_batch b;
    int rc = 0;

    nft_batch_init(&b, nl);
    nft_table_build(&b, nft, k);
    for (unsigned set = 0; set < SET_COUNT; set++)
        nft_set_flush(&b, nft, set);
    nft_set_put(&b, nft, true, &before);
    for (uint32_t i = 0; i < a->request->n_rules; i++)
        if (a->request->rules[i]->n_addrs > 0 ||
            a->request->rules[i]->n_ports > 0)
            nft_set_put_owner(&b, nft, true, a->request->rules[i]->owner,
                              &a->descs[i]);
    nft_set_put(&b, nft, true, &after);
    rc = nft_nl_commit(nl, &b);
    nft_batch_clear(&b);
    return rc;
}

static int
try_sync(struct nft_nl *nl, const struct all *a)
{
    char text[8] = "";
    struct nft_elems found = {0};
    struct nft_skeleton k;
    bool same = false;
    int rc = nft_nl_read_gen(nl);

    if (rc == 0)
        rc = nft_table_inspect(nl, &k, text, sizeof(text));
    if (rc == 0 && text[0] == '\0') {
        rc = nft_dump_all(nl, 0, SET_COUNT - 1, NULL, &found);
        same = is_same(&found, &a->want);
    }
    nft_elems_clear(&found);
    if (rc < 0 || same)
        return rc;
    return write_all(nl, a, &k);
}

static int
sync_all(const struct nft *nft, const struct all *a, pp_err *err)
{
    struct nft_nl nl;
    int rc = nft_nl_open(&nl, nft, err);

    if (rc < 0)
        return rc;
    do
        rc = try_sync(&nl, a);
    while (rc < 0 && nft_nl_again(&nl, rc));
    if (rc == -EBUSY)
        rc = pp_host_fail(nft->host, err, PP_E_BUSY, EBUSY,
                          "table inet %s: a foreign rule uses one of our sets "
                          "or chains, which has the wrong type; remove the "
                          "rule or the table",
                          nft->table);
    else if (rc == -EEXIST)
        rc = pp_host_fail(nft->host, err, PP_E_EXISTS, EEXIST,
                          "table inet %s: the subnets of two networks overlap",
                          nft->table);
    else if (rc < 0)
        rc = nft_nl_fail(&nl, rc, "writing", "everything", err);
    nft_nl_close(&nl);
    return rc;
}

int
nft_sync(void *self, const pp_fw_all *all, pp_err *err)
{
    const struct nft *nft = self;
    struct all a = {.request = all};
    int rc = want_all(nft, &a, err);

    if (rc == 0)
        rc = sync_all(nft, &a, err);
    for (uint32_t i = 0; rc == 0 && i < all->n_nets; i++)
        nft_localnet_set_bridge(nft, all->nets[i]->bridge);
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++)
        nft_localnet_set(nft, all->rules[i]);
    nft_elems_clear(&a.want);
    free(a.descs);
    return rc;
}
