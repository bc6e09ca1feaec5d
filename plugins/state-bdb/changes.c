/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/changes.c - what a transaction wants to be different
 *
 * A sorted array of pointers: transactions are small, and the large ones,
 * imports, arrive in order.
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

static bdb_change *
change_new(pp_slice key, const pp_slice *val)
{
    size_t val_n = val ? val->n : 0;
    bdb_change *change = malloc(sizeof(*change) + key.n + val_n);

    if (!change)
        return NULL;
    change->key_n = key.n;
    change->val_n = val_n;
    change->del = !val;
    if (key.n)
        memcpy(change->bytes, key.p, key.n);
    if (val_n)
        memcpy(change->bytes + key.n, val->p, val_n);
    return change;
}

/* val NULL: the key shall be absent.  -1: out of memory, nothing changed. */
int
bdb_changes_set(bdb_changes *c, pp_slice key, const pp_slice *val)
{
    bdb_change *change = change_new(key, val);
    int found;
    size_t at;

    if (!change)
        return -1;
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 16;
        bdb_change **v = realloc(c->v, cap * sizeof(*v));

        if (!v) {
            free(change);
            return -1;
        }
        c->v = v;
        c->cap = cap;
    }
    at = bdb_changes_at(c, key, &found);
    c->bytes += change->key_n + change->val_n;
    if (found) {
        c->bytes -= c->v[at]->key_n + c->v[at]->val_n;
        free(c->v[at]);
        c->v[at] = change;
        return 0;
    }
    memmove(c->v + at + 1, c->v + at, (c->n - at) * sizeof(*c->v));
    c->v[at] = change;
    c->n++;
    return 0;
}

void
bdb_changes_clear(bdb_changes *c)
{
    size_t i;

    for (i = 0; i < c->n; i++)
        free(c->v[i]);
    free(c->v);
    memset(c, 0, sizeof(*c));
}
