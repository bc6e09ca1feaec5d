/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/view.c - state.db, opened for reading, without logs
 *
 * Kept between transactions for as long as nobody commits: its cache is of
 * one generation.  The file is not mapped (DB_NOMMAP): a mapping of a
 * damaged, short file would end the process with SIGBUS.
 */
#include "bdb.h"

#include <stdio.h>
#include <stdlib.h>

void
bdb_view_close(bdb *s)
{
    if (s->view)
        s->view->close(s->view, DB_NOSYNC);
    s->view = NULL;
}

int
bdb_view(bdb *s, uint64_t generation, pp_err *err)
{
    char *path = NULL;
    DB *db = NULL;
    int rc;

    if (s->view && s->view_generation == generation)
        return 0;
    bdb_view_close(s);
    if (asprintf(&path, "%s/" BDB_FILE, s->dir) < 0)
        return pp_host_fail(s->host, err, PP_E_NOMEM, 0,
                            "state store \"%s\": no memory for a path", s->dir);
    rc = db_create(&db, NULL, 0);
    if (rc == 0) {
        db->get_env(db)->app_private = s;
        db->set_errcall(db, bdb_log_db);
        rc = db->set_cachesize(db, 0, s->cache_size, 1);
    }
    if (rc == 0)
        rc = db->open(db, NULL, path, NULL, DB_BTREE, DB_RDONLY | DB_NOMMAP, 0);
    free(path);
    if (rc != 0) {
        if (db)
            db->close(db, DB_NOSYNC);
        return bdb_fail_db(s, err, rc, "cannot open");
    }
    s->view = db;
    s->view_generation = generation;
    return 0;
}
