/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/copy.c - a store into another, record by record; see copy.h */
#include "engine/state/copy.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"

/* Of one transaction: no back end has to hold more at once. */
#define BATCH_RECORDS 512
#define BATCH_BYTES ((size_t)4 << 20)

/* A scan over everything, in a transaction of its own. */
struct walk {
    ppc_store *store;
    void *txn;
    void *it;
    pp_slice key;
    pp_slice val;
};

/* A back end may fail without a text. */
static int
explain(int rc, pp_err *err)
{
    if (rc >= 0 || (err && err->code == -rc))
        return rc;
    return pp_fail(err, -rc, 0, "the state store failed: %s",
                   pp_error_kind(rc));
}

static int
walk_begin(struct walk *w, ppc_store *s, pp_err *err)
{
    int rc;

    memset(w, 0, sizeof *w);
    w->store = s;
    rc = s->ops->begin(s->self, 0, s->timeout_ms, &w->txn, err);
    if (rc < 0)
        return explain(rc, err);
    rc = s->ops->scan(w->txn, pp_slice_of("", 1), pp_slice_of("", 0), 0,
                      &w->it, err);
    if (rc >= 0)
        return 0;
    s->ops->abort(w->txn);
    w->txn = NULL;
    return explain(rc, err);
}

static int
walk_next(struct walk *w, pp_err *err)
{
    return explain(w->store->ops->next(w->it, &w->key, &w->val, err), err);
}

static void
walk_end(struct walk *w)
{
    if (!w->txn)
        return;
    w->store->ops->end(w->it);
    w->store->ops->abort(w->txn);
    w->txn = NULL;
}

/* Records on their way: sizes and bytes, one behind the other. */
struct batch {
    ppc_str bytes;
    struct {
        size_t key;
        size_t val;
    } size[BATCH_RECORDS];
    size_t n;
};

static int
write_batch(ppc_txn *t, void *arg, pp_err *err)
{
    struct batch *b = arg;
    const char *p = b->bytes.p;
    size_t i;
    int rc = 0;

    for (i = 0; !rc && i < b->n; i++) {
        rc = ppc_txn_put_raw(t, pp_slice_of(p, b->size[i].key),
                             pp_slice_of(p + b->size[i].key, b->size[i].val),
                             err);
        p += b->size[i].key + b->size[i].val;
    }
    return rc;
}

static int
flush(struct batch *b, ppc_store *to, pp_err *err)
{
    int rc = b->n ? ppc_store_update(to, write_batch, b, err) : 0;

    b->n = 0;
    ppc_str_clear(&b->bytes);
    return rc;
}

static int
copy_all(struct walk *w, struct batch *b, ppc_store *to, size_t *records,
         pp_err *err)
{
    int rc;

    while ((rc = walk_next(w, err)) > 0) {
        b->size[b->n].key = w->key.n;
        b->size[b->n++].val = w->val.n;
        ppc_str_add(&b->bytes, w->key.p, w->key.n);
        ppc_str_add(&b->bytes, w->val.p, w->val.n);
        if (b->bytes.nomem)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory to copy the state");
        ++*records;
        if (b->n == BATCH_RECORDS || b->bytes.n > BATCH_BYTES)
            rc = flush(b, to, err);
        if (rc < 0)
            return rc;
    }
    return rc < 0 ? rc : flush(b, to, err);
}

int
ppc_store_copy(ppc_store *from, ppc_store *to, size_t *records, pp_err *err)
{
    struct batch *b = calloc(1, sizeof *b);
    struct walk w;
    int rc;

    if (!b)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to copy the state");
    *records = 0;
    rc = walk_begin(&w, from, err);
    if (!rc)
        rc = copy_all(&w, b, to, records, err);
    walk_end(&w);
    ppc_str_clear(&b->bytes);
    free(b);
    return rc;
}

static int
differs(const struct walk *w, const char *how, pp_err *err)
{
    char text[64];
    const unsigned char *p = w->key.p;
    size_t i, n = w->key.n < sizeof text ? w->key.n : sizeof text - 1;

    for (i = 0; i < n; i++)
        text[i] = (char)(p[i] > ' ' && p[i] < 0x7f ? p[i] : '/');
    text[n] = '\0';
    return pp_fail(err, PP_E_CORRUPT, 0, "the record %s... %s", text, how);
}

static bool
is_same(pp_slice a, pp_slice b)
{
    return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

static int
compare_all(struct walk *a, struct walk *b, size_t *records, pp_err *err)
{
    int more, other;

    for (;;) {
        more = walk_next(a, err);
        if (more < 0)
            return more;
        other = walk_next(b, err);
        if (other < 0)
            return other;
        if (!more && !other)
            return 0;
        if (more != other)
            return differs(more ? a : b, "is in one store only", err);
        if (!is_same(a->key, b->key))
            return differs(a, "is not in both stores", err);
        if (!is_same(a->val, b->val))
            return differs(a, "is not the same in both stores", err);
        ++*records;
    }
}

int
ppc_store_compare(ppc_store *a, ppc_store *b, size_t *records, pp_err *err)
{
    struct walk wa, wb;
    int rc;

    *records = 0;
    rc = walk_begin(&wa, a, err);
    if (rc < 0)
        return rc;
    rc = walk_begin(&wb, b, err);
    if (!rc)
        rc = compare_all(&wa, &wb, records, err);
    walk_end(&wb);
    walk_end(&wa);
    return rc;
}
