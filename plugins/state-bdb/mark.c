/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/mark.c - what state.db says about itself
 *
 * A fold writes into state.db, in the transaction of its changes, which
 * commit is the last that state.db contains, and of which redo file.  So
 * whatever a crash leaves in redo, what is in state.db already is known, and
 * so is a redo file that belongs to something else or is not there.
 *
 * The mark's key is the empty one, which no caller may have.
 */
#include "bdb.h"

#include <string.h>

int
bdb_is_mark(const DBT *key)
{
    return key->size == 0;
}

/* A store without one is a store of no commit and no redo. */
int
bdb_mark_get(DB *db, DB_TXN *txn, bdb_mark *mark)
{
    DBT key = bdb_dbt(pp_slice_of(NULL, 0)), val;
    int rc;

    memset(mark, 0, sizeof(*mark));
    memset(&val, 0, sizeof(val));
    val.flags = DB_DBT_USERMEM;
    val.data = mark;
    val.ulen = sizeof(*mark);
    rc = db->get(db, txn, &key, &val, 0);
    if (rc == DB_NOTFOUND)
        return 0;
    return rc == 0 && val.size != sizeof(*mark) ? DB_VERIFY_BAD : rc;
}

int
bdb_mark_put(DB *db, DB_TXN *txn, const bdb_mark *mark)
{
    DBT key = bdb_dbt(pp_slice_of(NULL, 0));
    DBT val = bdb_dbt(pp_slice_of(mark, sizeof(*mark)));

    return db->put(db, txn, &key, &val, 0);
}
