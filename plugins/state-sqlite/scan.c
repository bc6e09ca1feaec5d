/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/scan.c - an iterator is a statement that has not ended
 *
 * A connection keeps one statement of each kind; an iterator beside another
 * of its kind prepares its own.
 */
#include "lite.h"

#include <stdlib.h>
#include <string.h>

typedef struct lite_iter {
    lite_txn *t;
    sqlite3_stmt *st;
    int which;
    int over;
    uint64_t writes;
    size_t lo_n;
    size_t hi_n;
    unsigned char bounds[];
} lite_iter;

static int
start(lite_iter *it)
{
    lite_conn *c = it->t->conn;
    int rc = SQLITE_OK;

    it->st = lite_statement(c, it->which);
    if (!it->st)
        return sqlite3_extended_errcode(c->db);
    c->statements[it->which] = NULL; /* ours until the end */
    rc = lite_bind(it->st, 1, pp_slice_of(it->bounds, it->lo_n));
    if (rc == SQLITE_OK && it->hi_n)
        rc = lite_bind(it->st, 2, pp_slice_of(it->bounds + it->lo_n, it->hi_n));
    return rc;
}

int
lite_scan(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **out,
          pp_err *err)
{
    lite_txn *t = txn;
    lite_iter *it;
    int rc;

    if (flags & ~PP_SCAN_REVERSE)
        return lite_bad_flags(t->s, err, "scan", flags);
    it = calloc(1, sizeof(*it) + lo.n + hi.n);
    if (!it)
        return lite_fail(t->conn, err, SQLITE_NOMEM, "cannot scan");
    it->t = t;
    it->writes = t->writes;
    it->which =
        LITE_SCAN + (flags ? LITE_REVERSE : 0) + (hi.n ? LITE_BELOW : 0);
    it->lo_n = lo.n;
    it->hi_n = hi.n;
    if (lo.n)
        memcpy(it->bounds, lo.p, lo.n);
    if (hi.n)
        memcpy(it->bounds + lo.n, hi.p, hi.n);
    rc = start(it);
    if (rc != SQLITE_OK) {
        rc = lite_fail(t->conn, err, rc, "cannot scan");
        lite_end(it);
        return rc;
    }
    *out = it;
    return 0;
}

int
lite_next(void *opaque, pp_slice *key, pp_slice *val, pp_err *err)
{
    lite_iter *it = opaque;
    lite_conn *c = it->t->conn;
    int rc;

    if (it->writes != it->t->writes)
        return pp_host_fail(it->t->s->host, err, PP_E_INVAL, 0,
                            "state store \"%s\": the iterator ended with the "
                            "write that followed it",
                            it->t->s->path);
    if (it->over) /* one step more would begin anew */
        return 0;
    rc = sqlite3_step(it->st);
    it->over = rc != SQLITE_ROW;
    if (rc == SQLITE_DONE)
        return 0;
    if (rc != SQLITE_ROW)
        return lite_fail(c, err, rc, "cannot scan");
    *key = lite_column(it->st, 0);
    *val = lite_column(it->st, 1);
    if (sqlite3_errcode(c->db) != SQLITE_NOMEM)
        return 1;
    it->over = 1;
    return lite_fail(c, err, SQLITE_NOMEM, "cannot scan");
}

/* Bounds were borrowed by the statement: it may not keep them. */
void
lite_end(void *opaque)
{
    lite_iter *it = opaque;
    sqlite3_stmt **place = &it->t->conn->statements[it->which];

    if (!it->st) { /* there was no memory to prepare it */
        free(it);
        return;
    }
    sqlite3_reset(it->st);
    sqlite3_clear_bindings(it->st);
    if (*place)
        sqlite3_finalize(it->st);
    else
        *place = it->st;
    free(it);
}
