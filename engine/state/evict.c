/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/evict.c - forget a container whose records cannot be read
 *
 * The ordinary removal follows the config to the index entries.  Here there
 * is no config to follow, so every index is searched for the ID.
 */
#include <string.h>

#include "core/util/str.h"
#include "engine/state/objects.h"

struct eviction {
    const char *ref;
    char id[PPC_ID_MAX + 1];
    ppc_key *keys; /* to delete */
    size_t n;
    size_t cap;
};

static int
note_key(struct eviction *e, pp_slice key, pp_err *err)
{
    size_t cap = e->cap ? e->cap * 2 : 16;
    ppc_key *keys;

    if (key.n > PPC_KEY_MAX)
        return 0;
    if (e->n == e->cap) {
        keys = realloc(e->keys, cap * sizeof *keys);
        if (!keys)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of keys");
        e->keys = keys;
        e->cap = cap;
    }
    e->keys[e->n].n = key.n;
    memcpy(e->keys[e->n++].b, key.p, key.n);
    return 0;
}

static int
visit_own(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    (void)val;
    return note_key(arg, key, err);
}

/* n/NAME: the value is the kind and the ID. */
static int
visit_name(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    struct eviction *e = arg;
    const char *p = val.p;

    if (!val.n || *p != PPC_KIND_CTR ||
        !ppc_slice_is(pp_slice_of(p + 1, val.n - 1), e->id))
        return 0;
    return note_key(e, key, err);
}

/* s/NS/c/ID, d/OTHER/ID, g/POD/ID: the ID is the last part. */
static int
visit_index(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    struct eviction *e = arg;
    const char *p = key.p;
    size_t n = strlen(e->id);

    (void)val;
    if (key.n < n + 4 || p[key.n - n - 1] != '\0' ||
        memcmp(p + key.n - n, e->id, n))
        return 0;
    if (*p == 's' && p[key.n - n - 2] != PPC_KIND_CTR)
        return 0;
    return note_key(e, key, err);
}

static int
collect(ppc_txn *t, struct eviction *e, pp_err *err)
{
    const struct {
        ppc_range r;
        ppc_visit_fn visit;
    } searches[] = {
        {ppc_range_below(PPC_KIND_CTR, e->id), visit_own},
        {ppc_range_below('d', e->id), visit_own},
        {ppc_range_letter('n'), visit_name},
        {ppc_range_letter('s'), visit_index},
        {ppc_range_letter('d'), visit_index},
        {ppc_range_letter('g'), visit_index},
    };
    size_t i;
    int rc = 0;

    e->n = 0;
    for (i = 0; !rc && i < sizeof searches / sizeof searches[0]; i++)
        rc = ppc_txn_scan(t, &searches[i].r, searches[i].visit, e, err);
    return rc;
}

/* The reference is an ID that has any record, or a name. */
static int
resolve(ppc_txn *t, struct eviction *e, pp_err *err)
{
    ppc_range r = ppc_range_below(PPC_KIND_CTR, e->ref);
    char letter;
    int rc;

    e->n = 0;
    rc = ppc_txn_scan(t, &r, visit_own, e, err);
    if (rc < 0)
        return rc;
    if (e->n) {
        memcpy(e->id, e->ref, strlen(e->ref) + 1);
        return 0;
    }
    rc = ppc_name_owner(t, e->ref, &letter, e->id, err);
    if (!rc && letter == PPC_KIND_CTR)
        return 0;
    if (rc < 0 && rc != -PP_E_NOTFOUND)
        return rc;
    return pp_fail(err, PP_E_NOSUCHCTR, 0,
                   "no container with name or ID \"%s\" found: no such "
                   "container",
                   e->ref);
}

static int
do_evict(ppc_txn *t, void *arg, pp_err *err)
{
    struct eviction *e = arg;
    int rc = resolve(t, e, err);
    size_t i;

    if (!rc)
        rc = collect(t, e, err);
    for (i = 0; !rc && i < e->n; i++)
        rc = ppc_txn_del(t, e->keys[i], err);
    if (!rc)
        rc = ppc_txn_del(t, ppc_key_spec(e->id), err);
    if (!rc)
        rc = ppc_txn_del(t, ppc_key_intent(e->id), err);
    return rc;
}

int
ppc_state_evict_container(ppc_state *st, const char *ref, char **id,
                          pp_err *err)
{
    struct eviction e = {.ref = ref};
    char *copy;
    int rc;

    if (ppc_str_is_empty(ref))
        return pp_fail(err, PP_E_EMPTYID, 0, "name or ID cannot be empty");
    rc = ppc_store_update(&st->store, do_evict, &e, err);
    free(e.keys);
    if (rc < 0 || !id)
        return rc;
    copy = strdup(e.id);
    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the ID %s", e.id);
    *id = copy;
    return 0;
}
