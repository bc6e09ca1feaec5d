/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/txn.c - one transaction
 *
 * A reader holds a reader's lock from begin to end, and sees the commits that
 * were published when it began.  A writer holds the writer's lock, sees its
 * own changes over those, and meets readers only in a fold.
 */
#include "bdb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

int
bdb_bad_flags(const bdb *s, pp_err *err, const char *op, uint32_t flags)
{
    return pp_host_fail(s->host, err, PP_E_NOTSUP, 0,
                        "state store \"%s\": %s: unknown flags 0x%" PRIx32,
                        s->dir, op, flags);
}

static int
no_memory(const bdb *s, pp_err *err)
{
    return pp_host_fail(s->host, err, PP_E_NOMEM, 0,
                        "state store \"%s\": out of memory", s->dir);
}

/* Closing the descriptor drops all locks of the transaction. */
static void
txn_free(bdb_txn *t)
{
    if (t->fd >= 0)
        close(t->fd);
    bdb_changes_unref(t->changes);
    free(t->key.data);
    free(t->val.data);
    free(t);
}

static int
enter(bdb_txn *t, pp_err *err)
{
    int64_t deadline = bdb_deadline(t->timeout_ms);
    int rc = bdb_lock_open(t->s, &t->fd, err);

    if (rc < 0)
        return rc;
    if (t->flags & PP_TXN_RW) {
        rc = bdb_lock_write(t->s, t->fd, deadline, err);
        if (rc == 0)
            rc = bdb_enter_write(t->s, t->fd, deadline, &t->head, err);
    } else {
        rc = bdb_enter_read(t->s, t->fd, deadline, &t->head, err);
    }
    if (rc == 0)
        rc = bdb_look(t->s, &t->head, err);
    if (rc < 0)
        return rc;
    if (t->flags & PP_TXN_RW)
        t->changes = bdb_changes_copy(t->s->over);
    else
        t->changes = bdb_changes_ref(t->s->over);
    return t->changes ? 0 : no_memory(t->s, err);
}

int
bdb_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
          pp_err *err)
{
    bdb *s = self;
    bdb_txn *t;
    int rc;

    if (flags & ~PP_TXN_RW)
        return bdb_bad_flags(s, err, "begin", flags);
    if ((flags & PP_TXN_RW) && s->read_only)
        return pp_host_fail(s->host, err, PP_E_PERM, 0,
                            "state store \"%s\" cannot be written", s->dir);
    t = calloc(1, sizeof(*t));
    if (!t)
        return no_memory(s, err);
    t->s = s;
    t->fd = -1;
    t->flags = flags;
    t->timeout_ms = timeout_ms;
    t->key.flags = t->val.flags = DB_DBT_REALLOC;
    rc = enter(t, err);
    if (rc < 0) {
        txn_free(t);
        return rc;
    }
    *txn = t;
    return 0;
}

int
bdb_get(void *txn, pp_slice key, pp_slice *val, pp_err *err)
{
    bdb_txn *t = txn;
    DBT k = bdb_dbt(key);
    int found, rc;
    size_t at = bdb_changes_at(t->changes, key, &found);

    if (key.n == 0 || (found && t->changes->v[at]->del))
        return -PP_E_NOTFOUND;
    if (found) {
        *val = bdb_change_val(t->changes->v[at]);
        return 0;
    }
    rc = t->s->view->get(t->s->view, NULL, &k, &t->val, 0);
    if (rc == DB_NOTFOUND)
        return -PP_E_NOTFOUND;
    if (rc != 0)
        return bdb_fail_db(t->s, err, rc, "cannot read");
    *val = pp_slice_of(t->val.data, t->val.size);
    return 0;
}

/* Whether the key is there, without its value. */
static int
exists(bdb_txn *t, pp_slice key, pp_err *err)
{
    DBT k = bdb_dbt(key);
    int found, rc;
    size_t at = bdb_changes_at(t->changes, key, &found);

    if (found)
        return !t->changes->v[at]->del;
    rc = t->s->view->exists(t->s->view, NULL, &k, 0);
    if (rc == 0 || rc == DB_NOTFOUND)
        return rc == 0;
    return bdb_fail_db(t->s, err, rc, "cannot read");
}

static int
check_write(const bdb_txn *t, pp_slice key, size_t val_n, pp_err *err)
{
    if (!(t->flags & PP_TXN_RW))
        return pp_host_fail(t->s->host, err, PP_E_INVAL, 0,
                            "state store \"%s\": the transaction is "
                            "read-only",
                            t->s->dir);
    if (key.n == 0 || key.n > BDB_MAX_KEY || val_n > BDB_MAX_VAL)
        return pp_host_fail(t->s->host, err, PP_E_INVAL, 0,
                            "state store \"%s\": a key of %zu bytes with a "
                            "value of %zu cannot be stored",
                            t->s->dir, key.n, val_n);
    return 0;
}

int
bdb_put(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *err)
{
    bdb_txn *t = txn;
    int rc;

    if (flags & ~PP_PUT_NEW)
        return bdb_bad_flags(t->s, err, "put", flags);
    rc = check_write(t, key, val.n, err);
    if (rc == 0 && (flags & PP_PUT_NEW))
        rc = exists(t, key, err);
    if (rc < 0)
        return rc;
    if (rc > 0)
        return pp_host_fail(t->s->host, err, PP_E_EXISTS, 0,
                            "state store \"%s\": the key exists", t->s->dir);
    t->writes++;
    if (bdb_changes_set(t->changes, key, &val, 1) < 0)
        return no_memory(t->s, err);
    return 0;
}

int
bdb_del(void *txn, pp_slice key, pp_err *err)
{
    bdb_txn *t = txn;
    int rc = check_write(t, key, 0, err);

    if (rc < 0)
        return rc;
    t->writes++;
    if (bdb_changes_set(t->changes, key, NULL, 1) < 0)
        return no_memory(t->s, err);
    return 0;
}

void
bdb_abort(void *txn)
{
    txn_free(txn);
}
