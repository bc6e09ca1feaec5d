/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/check.c - what is there against what should be
 */
#include "bound.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRIFT_TEXT 1500

/* Read the sets up to LAST at one moment; again if it changed meanwhile. */
static int
read_sets(struct nft_nl *nl, unsigned last, struct nft_elems *all, char *text)
{
    struct nft_skeleton k;
    int rc = 0;

    do {
        nft_elems_clear(all);
        if (text)
            text[0] = '\0';
        rc = text ? nft_table_inspect(nl, &k, text, DRIFT_TEXT) : 0;
        if (rc == 0)
            rc = nft_dump_all(nl, 0, last, NULL, all);
    } while (rc < 0 && nft_nl_again(nl, rc));
    return rc;
}

static void
compare_wanted(const struct nft_elems *want, const struct nft_elems *all,
               char *text)
{
    for (size_t i = 0; i < want->n; i++) {
        const struct nft_elem *w = &want->v[i];
        const struct nft_elem *f = nft_elems_find(all, w);
        char wanted[NFT_TEXT_MAX];
        char found[NFT_TEXT_MAX];

        nft_elem_text(w, wanted, sizeof(wanted));
        if (!f) {
            nft_text_add(text, DRIFT_TEXT, "missing: %s", wanted);
            continue;
        }
        if (nft_elem_same(w, f) || w->set == SET_BRIDGES)
            continue;
        nft_elem_text(f, found, sizeof(found));
        nft_text_add(text, DRIFT_TEXT, "wanted %s of %s, found %s of \"%s\"",
                     wanted, w->comment, found, f->comment);
    }
}

static void
compare_extra(const struct nft_elems *want, const struct nft_elems *all,
              const char *owner, char *text)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct nft_elem *f = &all->v[i];
        char found[NFT_TEXT_MAX];

        if (strcmp(f->comment, owner) || nft_elems_find(want, f))
            continue;
        nft_elem_text(f, found, sizeof(found));
        nft_text_add(text, DRIFT_TEXT, "extra: %s", found);
    }
}

/* The counts follow from the elements of all owners. */
static int
compare_bound(const struct nft_elems *all, char *text)
{
    struct nft_elems bound = {0};
    int rc = nft_bound_count(all, &bound);

    if (rc == 0)
        compare_wanted(&bound, all, text);
    for (size_t i = 0; rc == 0 && i < all->n; i++) {
        char found[NFT_TEXT_MAX];

        if ((all->v[i].set != SET_BOUND4 && all->v[i].set != SET_BOUND6) ||
            nft_elems_find(&bound, &all->v[i]))
            continue;
        nft_elem_text(&all->v[i], found, sizeof(found));
        nft_text_add(text, DRIFT_TEXT, "extra: %s", found);
    }
    nft_elems_clear(&bound);
    return rc;
}

static int
compare(struct nft_nl *nl, const char *owner, const struct nft_elems *want,
        char *text)
{
    struct nft_elems all = {0};
    int rc = read_sets(nl, SET_BRIDGES, &all, text);

    if (rc == 0) {
        compare_wanted(want, &all, text);
        compare_extra(want, &all, owner, text);
        rc = compare_bound(&all, text);
    }
    nft_elems_clear(&all);
    return rc;
}

/* What R means, with the owner's place in the index. */
static int
want_all(const struct nft *nft, const pp_fw_rules *r, struct nft_elems *want,
         pp_err *err)
{
    struct nft_elem *e = NULL;
    int rc = nft_want_rules(nft, r, want, err);

    if (rc < 0 || want->n == 0)
        return rc;
    e = nft_elems_add(want, SET_OWNERS, r->owner);
    if (!e)
        return pp_host_fail(nft->host, err, PP_E_NOMEM, 0, "out of memory");
    nft_owner_key(e->key, r->owner);
    return nft_want_unique(nft, want, err);
}

int
nft_check(void *self, const pp_fw_rules *r, pp_err *err)
{
    const struct nft *nft = self;
    struct nft_elems want = {0};
    char text[DRIFT_TEXT] = "";
    const char *bridge = NULL;
    struct nft_nl nl;
    int rc = want_all(nft, r, &want, err);

    if (rc == 0)
        rc = nft_nl_open(&nl, nft, err);
    if (rc < 0) {
        nft_elems_clear(&want);
        return rc;
    }
    rc = compare(&nl, r->owner, &want, text);
    if (rc < 0)
        rc = nft_nl_fail(&nl, rc, "owner", r->owner, err);
    nft_nl_close(&nl);
    nft_elems_clear(&want);
    if (rc == 0 && nft_localnet_is_off(nft, r, &bridge))
        nft_text_add(text, sizeof(text),
                     "route_localnet of %s: wanted 1, found 0", bridge);
    if (rc == 0 && text[0] != '\0')
        return pp_host_fail(nft->host, err, PP_E_DRIFT, 0, "owner %s: %s",
                            r->owner, text);
    return rc;
}

static int
compare_net(struct nft_nl *nl, const struct nft_elems *want, char *text)
{
    struct nft_elems all = {0};
    int rc = read_sets(nl, SET_COUNT - 1, &all, text);

    if (rc == 0) {
        compare_wanted(want, &all, text);
        compare_extra(want, &all, want->v[0].comment, text);
    }
    nft_elems_clear(&all);
    return rc;
}

int
nft_net_check(void *self, const pp_fw_net *net, pp_err *err)
{
    const struct nft *nft = self;
    struct nft_elems want = {0};
    char text[DRIFT_TEXT] = "";
    struct nft_nl nl;
    int rc = nft_want_net(nft, net, &want, err);

    nft_elems_sort(&want);
    if (rc == 0)
        rc = nft_nl_open(&nl, nft, err);
    if (rc < 0) {
        nft_elems_clear(&want);
        return rc;
    }
    rc = compare_net(&nl, &want, text);
    if (rc < 0)
        rc = nft_nl_fail(&nl, rc, "network", net->net, err);
    nft_nl_close(&nl);
    nft_elems_clear(&want);
    if (rc == 0 && text[0] != '\0')
        return pp_host_fail(nft->host, err, PP_E_DRIFT, 0, "network %s: %s",
                            net->net, text);
    return rc;
}

static int
name_order(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*x, *y);
}

/* Owners by what carries their name, so one that lost its index is found. */
int
nft_list(void *self, pp_sink *owners, pp_err *err)
{
    const struct nft *nft = self;
    struct nft_elems all = {0};
    const char **names = NULL;
    size_t n = 0;
    struct nft_nl nl;
    int rc = nft_nl_open(&nl, nft, err);

    if (rc < 0)
        return rc;
    rc = read_sets(&nl, SET_BRIDGES, &all, NULL);
    if (rc < 0)
        rc = nft_nl_fail(&nl, rc, "reading", "owners", err);
    nft_nl_close(&nl);
    names = rc == 0 ? calloc(all.n + 1, sizeof(*names)) : NULL;
    for (size_t i = 0; names && i < all.n; i++)
        if (nft_want_owner(nft, all.v[i].comment, NULL) == 0)
            names[n++] = all.v[i].comment;
    if (n > 1)
        qsort(names, n, sizeof(*names), name_order);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (i == 0 || strcmp(names[i], names[i - 1]))
            rc = nft->host->put(owners, names[i], strlen(names[i]) + 1);
    if (rc == 0 && !names)
        rc = pp_host_fail(nft->host, err, PP_E_NOMEM, 0, "out of memory");
    free(names);
    nft_elems_clear(&all);
    return rc;
}
