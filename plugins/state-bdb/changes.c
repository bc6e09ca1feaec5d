/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/changes.c - what is different from state.db
 *
 * A sorted array of pointers: there are few changes, and the many of an
 * import arrive in order.  The commits in redo make one such map, which
 * readers share; a writer has a copy, of pointers only, and puts its own
 * changes into that.
 */
#include "bdb.h"

#include <stdlib.h>
#include <string.h>

int
bdb_cmp(pp_slice a, pp_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;

    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Index of the first change whose key is not less. */
size_t
bdb_changes_at(const bdb_changes *c, pp_slice key, int *found)
{
    size_t lo = 0, hi = c->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (bdb_cmp(bdb_change_key(c->v[mid]), key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *found = lo < c->n && bdb_cmp(bdb_change_key(c->v[lo]), key) == 0;
    return lo;
}

bdb_changes *
bdb_changes_new(void)
{
    bdb_changes *c = calloc(1, sizeof(*c));

    if (c)
        c->refs = 1;
    return c;
}

bdb_changes *
bdb_changes_ref(bdb_changes *c)
{
    c->refs++;
    return c;
}

static void
change_unref(bdb_change *change)
{
    if (--change->refs == 0)
        free(change);
}

void
bdb_changes_unref(bdb_changes *c)
{
    size_t i;

    if (!c || --c->refs > 0)
        return;
    for (i = 0; i < c->n; i++)
        change_unref(c->v[i]);
    free(c->v);
    free(c);
}

/* NULL: out of memory. */
bdb_changes *
bdb_changes_copy(const bdb_changes *c)
{
    bdb_changes *copy = bdb_changes_new();
    size_t i;

    if (!copy)
        return NULL;
    copy->v = c->n ? malloc(c->n * sizeof(*c->v)) : NULL;
    if (c->n && !copy->v) {
        free(copy);
        return NULL;
    }
    copy->n = copy->cap = c->n;
    copy->own = c->own;
    for (i = 0; i < c->n; i++) {
        copy->v[i] = c->v[i];
        copy->v[i]->refs++;
    }
    return copy;
}

static bdb_change *
change_new(pp_slice key, const pp_slice *val, int own)
{
    size_t val_n = val ? val->n : 0;
    bdb_change *change = malloc(sizeof(*change) + key.n + val_n);

    if (!change)
        return NULL;
    change->key_n = key.n;
    change->val_n = val_n;
    change->refs = 1;
    change->del = !val;
    change->own = own != 0;
    if (key.n)
        memcpy(change->bytes, key.p, key.n);
    if (val_n)
        memcpy(change->bytes + key.n, val->p, val_n);
    return change;
}

static int
make_room(bdb_changes *c)
{
    size_t cap = c->cap < 16 ? 16 : c->cap * 2;
    bdb_change **v;

    if (c->n < c->cap)
        return 0;
    v = realloc(c->v, cap * sizeof(*v));
    if (!v)
        return -1;
    c->v = v;
    c->cap = cap;
    return 0;
}

/* val NULL: the key shall be absent.  -1: out of memory, nothing changed. */
int
bdb_changes_set(bdb_changes *c, pp_slice key, const pp_slice *val, int own)
{
    bdb_change *change = change_new(key, val, own);
    int found;
    size_t at;

    if (!change)
        return -1;
    if (make_room(c) < 0) {
        free(change);
        return -1;
    }
    at = bdb_changes_at(c, key, &found);
    c->own += change->own;
    if (found) {
        c->own -= c->v[at]->own;
        change_unref(c->v[at]);
        c->v[at] = change;
        return 0;
    }
    memmove(c->v + at + 1, c->v + at, (c->n - at) * sizeof(*c->v));
    c->v[at] = change;
    c->n++;
    return 0;
}
