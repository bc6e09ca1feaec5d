/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/view.c - state.db, opened for reading, without logs
 *
 * Kept between transactions for as long as nobody folds: its cache is of one
 * epoch.  The file is not mapped (DB_NOMMAP): a mapping of a
 * damaged, short file would end the process with SIGBUS.
 */
#include "bdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define CACHE_SPARE (1u << 20)
#define CACHE_MOST (256u << 20)

void
bdb_view_close(bdb *s)
{
    if (s->view)
        s->view->close(s->view, DB_NOSYNC);
    s->view = NULL;
}

static int
file_open(bdb *s, const char *path, DB **out)
{
    DB *db = NULL;
    int rc = db_create(&db, NULL, 0);

    if (rc == 0) {
        db->get_env(db)->app_private = s;
        db->set_errcall(db, bdb_log_db);
        rc = db->set_cachesize(db, 0, s->cache_size, 1);
    }
    if (rc == 0)
        rc = db->open(db, NULL, path, NULL, DB_BTREE, DB_RDONLY | DB_NOMMAP, 0);
    if (rc != 0 && db)
        db->close(db, DB_NOSYNC);
    if (rc == 0)
        *out = db;
    return rc;
}

static char *
file_path(const bdb *s)
{
    char *path = NULL;

    return asprintf(&path, "%s/" BDB_FILE, s->dir) < 0 ? NULL : path;
}

int
bdb_view_open(bdb *s)
{
    char *path = file_path(s);
    int rc = path ? file_open(s, path, &s->view) : ENOMEM;

    free(path);
    return rc;
}

/* Bring every page in: that compares it with its checksum. */
static int
read_pages(bdb *s, const char *path, uint32_t *page)
{
    DB_MPOOLFILE *pool;
    db_pgno_t last = 0;
    DB *db = NULL;
    void *p;
    int rc = file_open(s, path, &db);

    if (rc != 0)
        return rc;
    pool = db->get_mpf(db);
    rc = pool->get_last_pgno(pool, &last);
    for (*page = 0; rc == 0 && *page <= last; ++*page) {
        rc = pool->get(pool, page, NULL, 0, &p);
        if (rc != 0)
            break;
        rc = pool->put(pool, p, DB_PRIORITY_UNCHANGED, 0);
    }
    db->close(db, DB_NOSYNC);
    return rc;
}

/*
 * Room for all pages, within reason.  Verification keeps notes in a database
 * without a file; when they are pushed out of the cache, libdb makes one in
 * /var/tmp, which would stay there if the process were killed.
 */
static uint32_t
verify_cache(const bdb *s, uint32_t pages)
{
    uint64_t n = CACHE_SPARE + (uint64_t)pages * BDB_PAGE / 4 * 5;

    if (n > CACHE_MOST)
        n = CACHE_MOST;
    return n > s->cache_size ? (uint32_t)n : s->cache_size;
}

/*
 * Walk all of the file: checksums first, then structure and order.  In this
 * sequence, because libdb's verification never ends when it meets a page
 * with a wrong checksum.
 */
int
bdb_verify(bdb *s, uint32_t *page)
{
    char *path = file_path(s);
    DB *db = NULL;
    int rc = path ? read_pages(s, path, page) : ENOMEM;

    if (rc == 0)
        rc = db_create(&db, NULL, 0);
    if (rc == 0) {
        db->get_env(db)->app_private = s;
        db->set_errcall(db, bdb_log_db);
        rc = db->set_cachesize(db, 0, verify_cache(s, *page), 1);
    }
    if (rc == 0) /* it ends the handle, whatever it says */
        rc = db->verify(db, path, NULL, NULL, 0);
    else if (db)
        db->close(db, DB_NOSYNC);
    free(path);
    return rc;
}
