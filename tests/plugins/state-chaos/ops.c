/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ops.c - the ops: ask whether to fail, pass on, and watch the user
 */
#include "chaos.h"

#include <stdlib.h>
#include <string.h>

typedef struct chaos_txn {
    chaos *c;
    void *txn;     /* the inner plugin's */
    int dead;      /* saw a conflict */
    unsigned open; /* iterators */
    void *lent[2]; /* copies of what was given out last */
} chaos_txn;

typedef struct chaos_scan {
    chaos_txn *t;
    void *it; /* the inner plugin's */
} chaos_scan;

/* What was given out is gone with the next call. */
static void
reclaim(chaos_txn *t)
{
    size_t i;

    for (i = 0; i < 2; i++) {
        free(t->lent[i]);
        t->lent[i] = NULL;
    }
}

/* Give out a copy, so that a user who keeps it too long reads freed memory. */
static int
lend(chaos_txn *t, size_t slot, pp_slice *s, pp_err *err)
{
    t->lent[slot] = malloc(s->n ? s->n : 1);
    if (!t->lent[slot])
        return pp_host_fail(t->c->host, err, PP_E_NOMEM, 0,
                            "chaos: no memory for a value");
    if (s->n)
        memcpy(t->lent[slot], s->p, s->n);
    s->p = t->lent[slot];
    return 0;
}

/* Each call on a transaction but its end. */
static int
enter(chaos_txn *t, enum chaos_op op, pp_err *err)
{
    int rc;

    if (t->dead)
        return chaos_blame(t->c, err, "after a conflict only abort is legal");
    reclaim(t);
    rc = chaos_strike(t->c, op, err);
    if (rc == -PP_E_CONFLICT)
        t->dead = 1;
    return rc;
}

static int
noted(chaos_txn *t, int rc)
{
    if (rc == -PP_E_CONFLICT)
        t->dead = 1;
    return rc;
}

static int
chaos_info(void *self, pp_state_info *info, pp_err *err)
{
    chaos *c = self;
    int rc = chaos_strike(c, OP_INFO, err);

    return rc < 0 ? rc : c->ops.info(c->inner, info, err);
}

static int
chaos_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
            pp_err *err)
{
    chaos *c = self;
    chaos_txn *t;
    int rc = chaos_strike(c, OP_BEGIN, err);

    if (rc < 0)
        return rc;
    t = calloc(1, sizeof(*t));
    if (!t)
        return pp_host_fail(c->host, err, PP_E_NOMEM, 0,
                            "chaos: no memory for a transaction");
    rc = c->ops.begin(c->inner, flags, timeout_ms, &t->txn, err);
    if (rc < 0) {
        free(t);
        return rc;
    }
    t->c = c;
    c->open++;
    *txn = t;
    return rc;
}

static int
chaos_get(void *txn, pp_slice key, pp_slice *val, pp_err *err)
{
    chaos_txn *t = txn;
    pp_slice got;
    int rc = enter(t, OP_GET, err);

    if (rc < 0)
        return rc;
    rc = noted(t, t->c->ops.get(t->txn, key, &got, err));
    if (rc < 0)
        return rc;
    rc = lend(t, 0, &got, err);
    if (rc == 0)
        *val = got;
    return rc;
}

static int
chaos_put(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *err)
{
    chaos_txn *t = txn;
    int rc = enter(t, OP_PUT, err);

    if (rc < 0)
        return rc;
    return noted(t, t->c->ops.put(t->txn, key, val, flags, err));
}

static int
chaos_del(void *txn, pp_slice key, pp_err *err)
{
    chaos_txn *t = txn;
    int rc = enter(t, OP_DEL, err);

    return rc < 0 ? rc : noted(t, t->c->ops.del(t->txn, key, err));
}

static int
chaos_scan_new(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it,
               pp_err *err)
{
    chaos_txn *t = txn;
    chaos_scan *s;
    int rc = enter(t, OP_SCAN, err);

    if (rc < 0)
        return rc;
    s = calloc(1, sizeof(*s));
    if (!s)
        return pp_host_fail(t->c->host, err, PP_E_NOMEM, 0,
                            "chaos: no memory for an iterator");
    rc = noted(t, t->c->ops.scan(t->txn, lo, hi, flags, &s->it, err));
    if (rc < 0) {
        free(s);
        return rc;
    }
    s->t = t;
    t->open++;
    *it = s;
    return rc;
}

static int
chaos_next(void *it, pp_slice *key, pp_slice *val, pp_err *err)
{
    chaos_scan *s = it;
    chaos_txn *t = s->t;
    pp_slice k, v;
    int rc = enter(t, OP_NEXT, err);
    int lent;

    if (rc < 0)
        return rc;
    rc = noted(t, t->c->ops.next(s->it, &k, &v, err));
    if (rc <= 0)
        return rc;
    lent = lend(t, 0, &k, err);
    if (lent == 0)
        lent = lend(t, 1, &v, err);
    if (lent < 0)
        return lent;
    *key = k;
    *val = v;
    return rc;
}

static void
chaos_end(void *it)
{
    chaos_scan *s = it;

    reclaim(s->t);
    s->t->open--;
    s->t->c->ops.end(s->it);
    free(s);
}

/* An iterator that is still open would use the transaction later: then it is
 * left behind rather than freed. */
static void
forget(chaos_txn *t)
{
    reclaim(t);
    t->c->open--;
    if (t->open) {
        chaos_blame(t->c, NULL, "iterators end before their transaction");
        return;
    }
    free(t);
}

static int
chaos_commit(void *txn, uint32_t flags, pp_err *err)
{
    chaos_txn *t = txn;
    chaos *c = t->c;
    int rc = enter(t, OP_COMMIT, err);

    if (rc < 0 && !(!t->dead && chaos_is_applied(c, rc))) {
        c->ops.abort(t->txn);
    } else {
        int done = c->ops.commit(t->txn, flags, rc < 0 ? NULL : err);

        rc = rc < 0 ? rc : done;
    }
    forget(t);
    return rc;
}

static void
chaos_abort(void *txn)
{
    chaos_txn *t = txn;

    t->c->ops.abort(t->txn);
    forget(t);
}

static int
absent(const chaos *c, pp_err *err, const char *op)
{
    return pp_host_fail(c->host, err, PP_E_NOTSUP, 0,
                        "chaos: the inner plugin has no %s", op);
}

static int
chaos_generation(void *self, uint64_t *gen, pp_err *err)
{
    chaos *c = self;
    int rc = chaos_strike(c, OP_GENERATION, err);

    if (rc < 0)
        return rc;
    if (!c->ops.generation)
        return absent(c, err, "generation");
    return c->ops.generation(c->inner, gen, err);
}

static int
chaos_check(void *self, uint32_t flags, pp_sink *report, pp_err *err)
{
    chaos *c = self;
    int rc = chaos_strike(c, OP_CHECK, err);

    if (rc < 0)
        return rc;
    if (!c->ops.check)
        return absent(c, err, "check");
    return c->ops.check(c->inner, flags, report, err);
}

static int
chaos_compact(void *self, uint32_t flags, pp_err *err)
{
    chaos *c = self;
    int rc = chaos_strike(c, OP_COMPACT, err);

    if (rc < 0 || !c->ops.compact)
        return rc; /* nothing to make smaller */
    return c->ops.compact(c->inner, flags, err);
}

static int
chaos_backup(void *self, int32_t out_fd, uint32_t flags, pp_err *err)
{
    chaos *c = self;
    int rc = chaos_strike(c, OP_BACKUP, err);

    if (rc < 0)
        return rc;
    if (!c->ops.backup)
        return absent(c, err, "backup");
    return c->ops.backup(c->inner, out_fd, flags, err);
}

const pp_state_ops chaos_ops = {
    .struct_size = sizeof(pp_state_ops),
    .info = chaos_info,
    .begin = chaos_begin,
    .get = chaos_get,
    .put = chaos_put,
    .del = chaos_del,
    .scan = chaos_scan_new,
    .next = chaos_next,
    .end = chaos_end,
    .commit = chaos_commit,
    .abort = chaos_abort,
    .generation = chaos_generation,
    .check = chaos_check,
    .compact = chaos_compact,
    .backup = chaos_backup,
};
