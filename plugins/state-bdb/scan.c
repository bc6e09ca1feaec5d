/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/scan.c - a range of the view with the changes over it
 *
 * Two sorted sources advance side by side: a cursor on state.db, and an
 * index into the changes over it, which hide equal keys of the file.
 */
#include "bdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct bdb_iter {
    bdb_txn *t;
    DBC *cursor; /* its item is in t->key and t->val while in_file */
    int in_file;
    int reverse;
    int started;
    size_t at; /* the next change; in reverse, one past it */
    uint64_t writes;
    DBT key;
    DBT val;
    size_t lo_n;
    size_t hi_n;
    unsigned char bounds[];
} bdb_iter;

static pp_slice
lo_of(const bdb_iter *it)
{
    return pp_slice_of(it->bounds, it->lo_n);
}

static pp_slice
hi_of(const bdb_iter *it)
{
    return pp_slice_of(it->bounds + it->lo_n, it->hi_n);
}

static int
is_inside(const bdb_iter *it, pp_slice key)
{
    return bdb_cmp(key, lo_of(it)) >= 0 &&
           (it->hi_n == 0 || bdb_cmp(key, hi_of(it)) < 0);
}

int
bdb_scan(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **out,
         pp_err *err)
{
    bdb_txn *t = txn;
    bdb_iter *it;
    int rc;

    if (flags & ~PP_SCAN_REVERSE)
        return bdb_bad_flags(t->s, err, "scan", flags);
    it = calloc(1, sizeof(*it) + lo.n + hi.n);
    if (!it)
        return bdb_fail_db(t->s, err, ENOMEM, "cannot scan");
    rc = t->s->view->cursor(t->s->view, NULL, &it->cursor, 0);
    if (rc != 0) {
        free(it);
        return bdb_fail_db(t->s, err, rc, "cannot scan");
    }
    it->t = t;
    it->reverse = (flags & PP_SCAN_REVERSE) != 0;
    it->writes = t->writes;
    it->key.flags = it->val.flags = DB_DBT_REALLOC;
    it->lo_n = lo.n;
    it->hi_n = hi.n;
    if (lo.n)
        memcpy(it->bounds, lo.p, lo.n);
    if (hi.n)
        memcpy(it->bounds + lo.n, hi.p, hi.n);
    *out = it;
    return 0;
}

/* Set the cursor's key to a bound, in memory that libdb may reallocate. */
static int
set_key(bdb_iter *it, pp_slice bound)
{
    void *p = realloc(it->key.data, bound.n ? bound.n : 1);

    if (!p)
        return -1;
    if (bound.n)
        memcpy(p, bound.p, bound.n);
    it->key.data = p;
    it->key.size = (uint32_t)bound.n;
    return 0;
}

static int
first_in_file(bdb_iter *it)
{
    pp_slice bound = it->reverse ? hi_of(it) : lo_of(it);
    int rc;

    if (bound.n == 0)
        return it->cursor->get(it->cursor, &it->key, &it->val,
                               it->reverse ? DB_LAST : DB_FIRST);
    if (set_key(it, bound) < 0)
        return ENOMEM;
    rc = it->cursor->get(it->cursor, &it->key, &it->val, DB_SET_RANGE);
    if (!it->reverse)
        return rc;
    if (rc != 0 && rc != DB_NOTFOUND)
        return rc;
    return it->cursor->get(it->cursor, &it->key, &it->val,
                           rc == 0 ? DB_PREV : DB_LAST);
}

static int
step_in_file(bdb_iter *it)
{
    return it->cursor->get(it->cursor, &it->key, &it->val,
                           it->reverse ? DB_PREV : DB_NEXT);
}

/* Move the cursor, or put it at its start; past the mark. */
static int
advance_file(bdb_iter *it, pp_err *err)
{
    int rc = it->started ? step_in_file(it) : first_in_file(it);

    while (rc == 0 && bdb_is_mark(&it->key))
        rc = step_in_file(it);
    if (rc != 0 && rc != DB_NOTFOUND)
        return bdb_fail_db(it->t->s, err, rc, "cannot scan");
    it->in_file =
        rc == 0 && is_inside(it, pp_slice_of(it->key.data, it->key.size));
    return 0;
}

static int
start(bdb_iter *it, pp_err *err)
{
    pp_slice bound = it->reverse ? hi_of(it) : lo_of(it);
    int found, rc = advance_file(it, err);

    if (rc < 0)
        return rc;
    it->started = 1;
    it->at = bdb_changes_at(it->t->changes, bound, &found);
    if (it->reverse && bound.n == 0)
        it->at = it->t->changes->n;
    return 0;
}

/* The change whose turn it is, or NULL. */
static const bdb_change *
next_change(const bdb_iter *it)
{
    const bdb_changes *c = it->t->changes;
    const bdb_change *change = NULL;

    if (it->reverse && it->at > 0)
        change = c->v[it->at - 1];
    if (!it->reverse && it->at < c->n)
        change = c->v[it->at];
    return change && is_inside(it, bdb_change_key(change)) ? change : NULL;
}

/*
 * Which source comes first: negative the file, 0 both (the change hides the
 * file's item), positive the change.
 */
static int
order(const bdb_iter *it, const bdb_change *change)
{
    int c;

    if (!change || !it->in_file)
        return change ? 1 : -1;
    c = bdb_cmp(pp_slice_of(it->key.data, it->key.size),
                bdb_change_key(change));
    return it->reverse ? -c : c;
}

/* Give out the file's item; its memory moves to the transaction. */
static int
give_file(bdb_iter *it, pp_slice *key, pp_slice *val, pp_err *err)
{
    DBT k = it->key, v = it->val;
    int rc;

    it->key = it->t->key;
    it->val = it->t->val;
    it->t->key = k;
    it->t->val = v;
    rc = advance_file(it, err);
    if (rc < 0)
        return rc;
    *key = pp_slice_of(k.data, k.size);
    *val = pp_slice_of(v.data, v.size);
    return 1;
}

int
bdb_next(void *opaque, pp_slice *key, pp_slice *val, pp_err *err)
{
    bdb_iter *it = opaque;
    int rc = 0;

    if (it->writes != it->t->writes)
        return pp_host_fail(it->t->s->host, err, PP_E_INVAL, 0,
                            "state store \"%s\": the iterator ended with the "
                            "write that followed it",
                            it->t->s->dir);
    if (!it->started)
        rc = start(it, err);
    while (rc == 0) {
        const bdb_change *change = next_change(it);
        int c = order(it, change);

        if (!change && !it->in_file)
            return 0;
        if (c < 0)
            return give_file(it, key, val, err);
        if (c == 0)
            rc = advance_file(it, err);
        if (rc < 0)
            return rc;
        it->at += it->reverse ? (size_t)-1 : 1;
        if (change->del)
            continue;
        *key = bdb_change_key(change);
        *val = bdb_change_val(change);
        return 1;
    }
    return rc;
}

void
bdb_end(void *opaque)
{
    bdb_iter *it = opaque;

    it->cursor->close(it->cursor);
    free(it->key.data);
    free(it->val.data);
    free(it);
}
