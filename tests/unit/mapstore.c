/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/mapstore.c - a strict state back end; see mapstore.h */
#include "mapstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <polypod/error.h>

struct entry {
    size_t kn;
    size_t vn;
    unsigned char b[]; /* key, then value */
};

/* What a key held before the transaction wrote it; the key if absent. */
struct undo {
    struct undo *next;
    struct entry *old; /* NULL: there was none */
    struct entry *key; /* an entry with this key and no value */
};

struct mapstore {
    struct entry **v;
    size_t n;
    size_t cap;
    struct txn *open;
    long calls;
    bool read_only;
};

struct txn {
    mapstore *m;
    bool rw;
    struct undo *undo;
    unsigned writes;
    unsigned iters;
    void *lent[2]; /* bytes given out by the last call */
};

struct iter {
    struct txn *t;
    size_t at;
    unsigned writes;
    pp_slice hi;
    unsigned char hib[1024];
};

static void
must(bool ok, const char *rule)
{
    if (ok)
        return;
    fprintf(stderr, "mapstore: broken rule: %s\n", rule);
    abort();
}

static int
cmp(const void *a, size_t an, const void *b, size_t bn)
{
    int c = memcmp(a, b, an < bn ? an : bn);

    if (c)
        return c;
    return an < bn ? -1 : an > bn;
}

static struct entry *
entry_new(pp_slice key, pp_slice val)
{
    struct entry *e = malloc(sizeof *e + key.n + val.n);

    must(e != NULL, "memory");
    e->kn = key.n;
    e->vn = val.n;
    memcpy(e->b, key.p, key.n);
    if (val.n)
        memcpy(e->b + key.n, val.p, val.n);
    return e;
}

static pp_slice
key_of(const struct entry *e)
{
    return pp_slice_of(e->b, e->kn);
}

/* First position whose key is not below. */
static size_t
seek(const mapstore *m, pp_slice key)
{
    size_t lo = 0, hi = m->n, mid;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;
        if (cmp(m->v[mid]->b, m->v[mid]->kn, key.p, key.n) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool
is_at(const mapstore *m, size_t i, pp_slice key)
{
    return i < m->n && !cmp(m->v[i]->b, m->v[i]->kn, key.p, key.n);
}

/* Put e, or remove the key when e is NULL; gives back what was there. */
static struct entry *
swap(mapstore *m, pp_slice key, struct entry *e)
{
    size_t i = seek(m, key);
    struct entry *old = NULL;

    if (is_at(m, i, key)) {
        old = m->v[i];
        if (e) {
            m->v[i] = e;
            return old;
        }
        memmove(&m->v[i], &m->v[i + 1], (m->n - i - 1) * sizeof *m->v);
        m->n--;
        return old;
    }
    if (!e)
        return NULL;
    if (m->n == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 64;
        m->v = realloc(m->v, m->cap * sizeof *m->v);
        must(m->v != NULL, "memory");
    }
    memmove(&m->v[i + 1], &m->v[i], (m->n - i) * sizeof *m->v);
    m->v[i] = e;
    m->n++;
    return NULL;
}

/* Take back what was given out; make its use visible. */
static void
reclaim(struct txn *t)
{
    size_t i;

    for (i = 0; i < 2; i++) {
        free(t->lent[i]);
        t->lent[i] = NULL;
    }
}

static pp_slice
lend(struct txn *t, int slot, const void *p, size_t n)
{
    t->lent[slot] = malloc(n ? n : 1);
    must(t->lent[slot] != NULL, "memory");
    memcpy(t->lent[slot], p, n);
    return pp_slice_of(t->lent[slot], n);
}

/* Each call on a transaction. */
static void
enter(struct txn *t)
{
    reclaim(t);
    t->m->calls++;
}

static int
map_info(void *self, pp_state_info *info, pp_err *err)
{
    (void)self;
    (void)err;
    info->caps = PP_STATE_DURABLE;
    info->max_key = 480;
    info->max_val = 16u << 20;
    return 0;
}

static int
map_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
          pp_err *err)
{
    mapstore *m = self;
    struct txn *t;

    must(!m->open, "one transaction at a time");
    must(timeout_ms > 0, "a transaction has time");
    m->calls++;
    if ((flags & PP_TXN_RW) && m->read_only)
        return pp_fail(err, PP_E_PERM, 0, "the map is read only");
    t = calloc(1, sizeof *t);
    must(t != NULL, "memory");
    t->m = m;
    t->rw = flags & PP_TXN_RW;
    m->open = t;
    *txn = t;
    return 0;
}

static int
map_get(void *txn, pp_slice key, pp_slice *val, pp_err *err)
{
    struct txn *t = txn;
    size_t i;

    (void)err;
    enter(t);
    must(key.n > 0 && key.n <= 480, "a key has 1 to 480 bytes");
    i = seek(t->m, key);
    if (!is_at(t->m, i, key))
        return -PP_E_NOTFOUND;
    *val = lend(t, 0, t->m->v[i]->b + key.n, t->m->v[i]->vn);
    return 0;
}

static void
write_one(struct txn *t, pp_slice key, struct entry *e)
{
    struct undo *u = calloc(1, sizeof *u);

    must(u != NULL, "memory");
    u->key = entry_new(key, pp_slice_of(NULL, 0));
    u->old = swap(t->m, key, e);
    u->next = t->undo;
    t->undo = u;
    t->writes++;
}

static int
map_put(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *err)
{
    struct txn *t = txn;

    (void)err;
    enter(t);
    must(t->rw, "a write needs a read-write transaction");
    must(key.n > 0 && key.n <= 480, "a key has 1 to 480 bytes");
    if ((flags & PP_PUT_NEW) && is_at(t->m, seek(t->m, key), key))
        return -PP_E_EXISTS;
    write_one(t, key, entry_new(key, val));
    return 0;
}

static int
map_del(void *txn, pp_slice key, pp_err *err)
{
    struct txn *t = txn;

    (void)err;
    enter(t);
    must(t->rw, "a write needs a read-write transaction");
    write_one(t, key, NULL);
    return 0;
}

static int
map_scan(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it,
         pp_err *err)
{
    struct txn *t = txn;
    struct iter *i;

    (void)err;
    enter(t);
    must(!flags, "the engine scans forwards only");
    i = calloc(1, sizeof *i);
    must(i && hi.n <= sizeof i->hib, "memory");
    if (hi.n)
        memcpy(i->hib, hi.p, hi.n);
    i->hi = pp_slice_of(i->hib, hi.n);
    i->t = t;
    i->at = seek(t->m, lo);
    i->writes = t->writes;
    t->iters++;
    *it = i;
    return 0;
}

static int
map_next(void *it, pp_slice *key, pp_slice *val, pp_err *err)
{
    struct iter *i = it;
    struct entry *e;

    (void)err;
    enter(i->t);
    if (i->writes != i->t->writes)
        return -PP_E_INVAL;
    if (i->at >= i->t->m->n)
        return 0;
    e = i->t->m->v[i->at];
    if (i->hi.n && cmp(e->b, e->kn, i->hi.p, i->hi.n) >= 0)
        return 0;
    i->at++;
    *key = lend(i->t, 0, e->b, e->kn);
    *val = lend(i->t, 1, e->b + e->kn, e->vn);
    return 1;
}

static void
map_end(void *it)
{
    struct iter *i = it;

    reclaim(i->t);
    i->t->iters--;
    free(i);
}

static void
finish(struct txn *t, bool keep)
{
    struct undo *u;

    must(!t->iters, "iterators end before their transaction");
    reclaim(t);
    while ((u = t->undo)) {
        t->undo = u->next;
        if (keep)
            free(u->old);
        else
            free(swap(t->m, key_of(u->key), u->old));
        free(u->key);
        free(u);
    }
    t->m->open = NULL;
    free(t);
}

static int
map_commit(void *txn, uint32_t flags, pp_err *err)
{
    struct txn *t = txn;

    (void)flags;
    (void)err;
    enter(t);
    finish(t, true);
    return 0;
}

static void
map_abort(void *txn)
{
    finish(txn, false);
}

const pp_state_ops mapstore_ops = {
    .struct_size = sizeof mapstore_ops,
    .info = map_info,
    .begin = map_begin,
    .get = map_get,
    .put = map_put,
    .del = map_del,
    .scan = map_scan,
    .next = map_next,
    .end = map_end,
    .commit = map_commit,
    .abort = map_abort,
};

mapstore *
mapstore_new(void)
{
    return calloc(1, sizeof(mapstore));
}

void
mapstore_free(mapstore *m)
{
    size_t i;

    for (i = 0; m && i < m->n; i++)
        free(m->v[i]);
    if (m)
        free(m->v);
    free(m);
}

long
mapstore_calls(const mapstore *m)
{
    return m->calls;
}

void
mapstore_set_read_only(mapstore *m, bool ro)
{
    m->read_only = ro;
}

bool
mapstore_is_busy(const mapstore *m)
{
    return m->open != NULL;
}

void
mapstore_poke(mapstore *m, const void *key, size_t n, const char *val)
{
    pp_slice k = pp_slice_of(key, n);
    struct entry *e = NULL;

    if (val)
        e = entry_new(k, pp_slice_of(val, strlen(val)));
    free(swap(m, k, e));
}
