/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/txn.c - one transaction
 *
 * A writer takes SQLite's write lock in begin, so that nothing it has read
 * can change before it commits.  A reader reads once in begin, which fixes
 * the commit that it sees; neither waits for the other.
 */
#include "lite.h"

#include <stdlib.h>

#define LONG_LOG 8       /* times wal_size: wait for readers to shorten it */
#define LONG_LOG_WAIT 50 /* ms */

/* What was lent ends with the next call. */
static void
take_back(lite_txn *t)
{
    if (t->lent)
        sqlite3_reset(t->lent);
    t->lent = NULL;
}

static void
txn_free(lite_txn *t)
{
    lite_conn *c = t->conn;

    take_back(t);
    if (!sqlite3_get_autocommit(c->db))
        lite_run(c, LITE_ROLLBACK);
    if (t->flags & PP_TXN_RW)
        t->s->writing = 0;
    lite_conn_give(c);
    free(t);
}

static int
enter(lite_txn *t, pp_err *err)
{
    lite_conn *c = t->conn;
    uint64_t witness = lite_witness_read(t->s); /* before the look, not after */
    int rc = lite_run(c, t->flags & PP_TXN_RW ? LITE_BEGIN_RW : LITE_BEGIN);

    if (rc == SQLITE_OK)
        rc = lite_look(c, &t->commit);
    if (rc != SQLITE_OK)
        return lite_fail(c, err, rc, "cannot begin with");
    return t->commit < witness ? lite_lost(t->s, err, t->commit, witness) : 0;
}

int
lite_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
           pp_err *err)
{
    lite *s = self;
    lite_txn *t;
    int rc;

    if (flags & ~PP_TXN_RW)
        return lite_bad_flags(s, err, "begin", flags);
    if ((flags & PP_TXN_RW) && s->read_only)
        return pp_host_fail(s->host, err, PP_E_PERM, 0,
                            "state store \"%s\" cannot be written", s->path);
    if ((flags & PP_TXN_RW) && s->writing) /* waiting would be in vain */
        return lite_busy(s, err);
    t = calloc(1, sizeof(*t));
    if (!t)
        return pp_host_fail(s->host, err, PP_E_NOMEM, 0,
                            "state store \"%s\": out of memory", s->path);
    t->s = s;
    t->flags = flags;
    rc = lite_conn_take(s, timeout_ms, &t->conn, err);
    if (rc < 0) {
        free(t);
        return rc;
    }
    s->writing |= (flags & PP_TXN_RW) != 0;
    rc = enter(t, err);
    if (rc < 0) {
        txn_free(t);
        return rc;
    }
    *txn = t;
    return 0;
}

int
lite_get(void *txn, pp_slice key, pp_slice *val, pp_err *err)
{
    lite_txn *t = txn;
    sqlite3_stmt *st;
    int rc;

    take_back(t);
    st = lite_statement(t->conn, LITE_GET);
    rc = st ? lite_bind(st, 1, key) : sqlite3_extended_errcode(t->conn->db);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    t->lent = st;
    if (rc == SQLITE_DONE)
        return -PP_E_NOTFOUND;
    if (rc != SQLITE_ROW)
        return lite_fail(t->conn, err, rc, "cannot read");
    *val = lite_column(st, 0);
    if (sqlite3_errcode(t->conn->db) != SQLITE_NOMEM)
        return 0;
    return lite_fail(t->conn, err, SQLITE_NOMEM, "cannot read");
}

static int
check_write(const lite_txn *t, pp_slice key, size_t val_n, pp_err *err)
{
    const pp_host *host = t->s->host;

    if (!(t->flags & PP_TXN_RW))
        return pp_host_fail(host, err, PP_E_INVAL, 0,
                            "state store \"%s\": the transaction is "
                            "read-only",
                            t->s->path);
    if (t->failed)
        return pp_host_fail(host, err, -t->failed, 0,
                            "state store \"%s\": an earlier change of the "
                            "transaction failed",
                            t->s->path);
    if (key.n > LITE_MAX_KEY || val_n > LITE_MAX_VAL)
        return pp_host_fail(host, err, PP_E_INVAL, 0,
                            "state store \"%s\": a key of %zu bytes with a "
                            "value of %zu is too large",
                            t->s->path, key.n, val_n);
    return 0;
}

/*
 * Run a statement that changes at most one row; 1 if it did.  A failure may
 * have ended the transaction in SQLite, where the next change would then be
 * a transaction of its own: so after one, none is let through.
 */
static int
change(lite_txn *t, int which, pp_slice key, const pp_slice *val, pp_err *err)
{
    lite_conn *c = t->conn;
    sqlite3_stmt *st;
    int rc;

    take_back(t);
    t->writes++;
    st = lite_statement(c, which);
    rc = st ? lite_bind(st, 1, key) : sqlite3_extended_errcode(c->db);
    if (rc == SQLITE_OK && val)
        rc = lite_bind(st, 2, *val);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc != SQLITE_DONE) {
        t->failed = lite_fail(c, err, rc, "cannot write");
        sqlite3_reset(st);
        return t->failed;
    }
    sqlite3_reset(st);
    rc = sqlite3_changes(c->db) > 0;
    t->changed |= rc;
    return rc;
}

int
lite_put(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *err)
{
    lite_txn *t = txn;
    int rc;

    if (flags & ~PP_PUT_NEW)
        return lite_bad_flags(t->s, err, "put", flags);
    rc = check_write(t, key, val.n, err);
    if (rc < 0)
        return rc;
    rc = change(t, flags ? LITE_PUT_NEW : LITE_PUT, key, &val, err);
    if (rc == 0)
        return pp_host_fail(t->s->host, err, PP_E_EXISTS, 0,
                            "state store \"%s\": the key exists", t->s->path);
    return rc < 0 ? rc : 0;
}

int
lite_del(void *txn, pp_slice key, pp_err *err)
{
    lite_txn *t = txn;
    int rc = check_write(t, key, 0, err);

    if (rc == 0)
        rc = change(t, LITE_DEL, key, NULL, err);
    return rc < 0 ? rc : 0;
}

/*
 * Move a log that has grown into state.db.  The commit is done: nothing here
 * can fail it.  Readers of old commits keep the log from being begun anew;
 * only when it is very long, or the disk is full, does a writer wait for
 * them, and not for long.
 */
static void
shorten_log(lite_conn *c, int full)
{
    int64_t size = (int64_t)c->wal_frames * LITE_PAGE;
    int mode = SQLITE_CHECKPOINT_PASSIVE, rc;

    if (size < c->s->wal_size && !full)
        return;
    if (full || size >= (int64_t)LONG_LOG * c->s->wal_size)
        mode = SQLITE_CHECKPOINT_RESTART;
    c->wal_frames = 0;
    c->deadline = lite_deadline(LONG_LOG_WAIT);
    rc = sqlite3_wal_checkpoint_v2(c->db, "main", mode, NULL, NULL);
    if (rc != SQLITE_OK)
        pp_host_log(c->s->host, PP_LOG_DEBUG, "cannot shorten \"%s\": %s",
                    c->s->wal, sqlite3_errstr(rc));
}

/*
 * The commit's pages go to the log now and into state.db some time later.
 * Make room for them there first: a log that cannot be moved could never be
 * begun anew, and on a full disk not even a removal would fit into it.
 */
static int
make_room(lite_conn *c)
{
    sqlite3_stmt *st = lite_statement(c, LITE_PAGES);
    sqlite3_int64 size = 0;
    int rc;

    if (!st)
        return sqlite3_extended_errcode(c->db);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        size = sqlite3_column_int64(st, 0) * LITE_PAGE;
    sqlite3_reset(st);
    if (rc != SQLITE_ROW)
        return rc;
    rc = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_SIZE_HINT, &size);
    return rc == SQLITE_IOERR_WRITE ? SQLITE_FULL : rc;
}

/* Every commit is synced; PP_COMMIT_NOSYNC permits, it does not ask. */
int
lite_commit(void *txn, uint32_t flags, pp_err *err)
{
    lite_txn *t = txn;
    lite_conn *c = t->conn;
    int rc = 0, rc_db = SQLITE_OK, full;

    take_back(t);
    if (flags & ~PP_COMMIT_NOSYNC)
        rc = lite_bad_flags(t->s, err, "commit", flags);
    else if (t->failed)
        rc = check_write(t, pp_slice_of(NULL, 0), 0, err);
    if (rc == 0 && t->changed)
        rc_db = lite_run(c, LITE_COUNT);
    if (rc == 0 && rc_db == SQLITE_OK && t->changed)
        rc_db = make_room(c);
    if (rc == 0 && rc_db == SQLITE_OK)
        rc_db = lite_run(c, LITE_COMMIT);
    if (rc_db != SQLITE_OK)
        rc = lite_fail(c, err, rc_db, "cannot commit to");
    else if (rc == 0 && t->changed)
        lite_witness_write(t->s, t->commit + 1);
    full = rc == -PP_E_FULL;
    if (full && !sqlite3_get_autocommit(c->db))
        lite_run(c, LITE_ROLLBACK);
    if (full || (rc == 0 && t->changed))
        shorten_log(c, full);
    txn_free(t);
    return rc;
}

void
lite_abort(void *txn)
{
    txn_free(txn);
}
