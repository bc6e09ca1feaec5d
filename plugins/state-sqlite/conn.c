/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/conn.c - connections and their statements
 */
#include "lite.h"

#include <stdlib.h>

#define RANGE "SELECT key, value FROM item WHERE key >= ?1"

static const char *const texts[LITE_STATEMENTS] = {
    [LITE_BEGIN] = "BEGIN",
    [LITE_BEGIN_RW] = "BEGIN IMMEDIATE",
    [LITE_COMMIT] = "COMMIT",
    [LITE_ROLLBACK] = "ROLLBACK",
    [LITE_LOOK] = "SELECT value FROM item WHERE key = 0",
    [LITE_COUNT] = "UPDATE item SET value = value + 1 WHERE key = 0",
    [LITE_PAGES] = "PRAGMA page_count",
    [LITE_GET] = "SELECT value FROM item WHERE key = ?1",
    [LITE_PUT] = "REPLACE INTO item VALUES(?1, ?2)",
    [LITE_PUT_NEW] = "INSERT OR IGNORE INTO item VALUES(?1, ?2)",
    [LITE_DEL] = "DELETE FROM item WHERE key = ?1",
    [LITE_SCAN] = RANGE " ORDER BY key",
    [LITE_SCAN + LITE_BELOW] = RANGE " AND key < ?2 ORDER BY key",
    [LITE_SCAN + LITE_REVERSE] = RANGE " ORDER BY key DESC",
    [LITE_SCAN + LITE_BELOW + LITE_REVERSE] =
        RANGE " AND key < ?2 ORDER BY key DESC",
};

void
lite_conn_free(lite_conn *c)
{
    int i;

    for (i = 0; i < LITE_STATEMENTS; i++)
        sqlite3_finalize(c->statements[i]);
    lite_file_close(c);
    free(c);
}

/* Lend an idle connection, or a new one. */
int
lite_conn_take(lite *s, uint32_t timeout_ms, lite_conn **out, pp_err *err)
{
    lite_conn *c = s->idle;
    int rc;

    if (c) {
        s->idle = c->next;
        c->deadline = lite_deadline(timeout_ms);
        *out = c;
        return 0;
    }
    c = calloc(1, sizeof(*c));
    if (!c)
        return pp_host_fail(s->host, err, PP_E_NOMEM, 0,
                            "state store \"%s\": out of memory", s->path);
    c->s = s;
    c->deadline = lite_deadline(timeout_ms);
    rc = lite_file_open(c, err);
    if (rc == 0 && !s->checked)
        rc = lite_file_check(c, err);
    if (rc < 0) {
        lite_conn_free(c);
        return rc;
    }
    s->checked = 1;
    *out = c;
    return 0;
}

/*
 * Two are kept: a writer's, and one for a reader beside it.  None is whose
 * transaction did not end, since there was no memory to say so.
 */
void
lite_conn_give(lite_conn *c)
{
    lite *s = c->s;

    if ((s->idle && s->idle->next) || !sqlite3_get_autocommit(c->db)) {
        lite_conn_free(c);
        return;
    }
    c->next = s->idle;
    s->idle = c;
}

/* NULL: see sqlite3_extended_errcode(). */
sqlite3_stmt *
lite_statement(lite_conn *c, int which)
{
    sqlite3_stmt **st = &c->statements[which];

    if (!*st)
        sqlite3_prepare_v3(c->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT,
                           st, NULL);
    return *st;
}

/* A statement without parameters and rows. */
int
lite_run(lite_conn *c, int which)
{
    sqlite3_stmt *st = lite_statement(c, which);
    int rc;

    if (!st)
        return sqlite3_extended_errcode(c->db);
    rc = sqlite3_step(st);
    sqlite3_reset(st);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* The number of the last commit; in a transaction, fixes what it sees. */
int
lite_look(lite_conn *c, uint64_t *generation)
{
    sqlite3_stmt *st = lite_statement(c, LITE_LOOK);
    int rc;

    if (!st)
        return sqlite3_extended_errcode(c->db);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *generation = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    if (rc == SQLITE_DONE)
        return SQLITE_CORRUPT; /* the row is always there */
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* No bytes are not NULL here.  The caller's memory outlives the step. */
int
lite_bind(sqlite3_stmt *st, int at, pp_slice s)
{
    return sqlite3_bind_blob64(st, at, s.n ? s.p : "", s.n, SQLITE_STATIC);
}

pp_slice
lite_column(sqlite3_stmt *st, int at)
{
    const void *p = sqlite3_column_blob(st, at);

    return pp_slice_of(p ? p : "", (size_t)sqlite3_column_bytes(st, at));
}
