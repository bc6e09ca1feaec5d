/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/over.c - the commits in redo, as a map over state.db
 *
 * Kept between transactions, like the view, for as long as nobody folds: a
 * transaction then reads the records that are new since the last one.  Those
 * that began before keep the map they have.
 */
#include "bdb.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void
drop_over(bdb *s)
{
    bdb_changes_unref(s->over);
    s->over = NULL;
    s->tail = BDB_FIRST;
    s->seq = 0;
}

/* Nothing is known about the files.  No other transaction may be open. */
void
bdb_forget(bdb *s)
{
    bdb_view_close(s);
    drop_over(s);
    s->epoch = 0;
}

/* All that is in p, which begins at s->tail. */
static int
apply(bdb *s, const unsigned char *p, uint64_t n)
{
    uint64_t done, len, seq;
    int rc = 0;

    for (done = 0; done < n && rc == 0; done += len) {
        len = bdb_record_look(p + done, n - done, s->redo.id, s->tail + done,
                              &seq);
        if (len == 0 || (s->tail + done > BDB_FIRST && seq != s->seq + 1))
            return BDB_REDO_BAD;
        s->seq = seq;
        rc = bdb_record_apply(p + done, s->over);
    }
    return rc;
}

/* The header has published records up to its tail: they must be there. */
static int
catch_up(bdb *s, const bdb_head *head)
{
    uint64_t n = head->tail - s->tail;
    unsigned char *p;
    int rc = bdb_redo_open(s, head->redo);

    if (rc != 0)
        return rc;
    if (head->tail > s->redo.size)
        return BDB_REDO_BAD;
    p = malloc((size_t)n);
    if (!p)
        return ENOMEM;
    rc = bdb_redo_read(s, p, n, s->tail);
    if (rc == 0)
        rc = apply(s, p, n);
    free(p);
    if (rc == 0 && s->seq != head->seq)
        rc = BDB_REDO_BAD;
    s->tail = head->tail;
    return rc;
}

/* The map that may be changed: nobody else uses it. */
static int
own_over(bdb *s)
{
    bdb_changes *c = s->over;

    if (!c || c->refs > 1)
        s->over = c ? bdb_changes_copy(c) : bdb_changes_new();
    if (s->over != c)
        bdb_changes_unref(c);
    return s->over ? 0 : ENOMEM;
}

/* Read what is in redo, even if it has been read; for checks. */
int
bdb_look_again(bdb *s, const bdb_head *head, pp_err *err)
{
    drop_over(s);
    return bdb_look(s, head, err);
}

/*
 * View and map are as the header says.  The caller's lock keeps them so.
 * A view stays open as long as it is right: others may be reading from it.
 */
int
bdb_look(bdb *s, const bdb_head *head, pp_err *err)
{
    int rc;

    if (s->epoch != head->epoch)
        bdb_forget(s);
    s->epoch = head->epoch;
    if (head->tail < s->tail)
        drop_over(s);
    if (!s->view) {
        rc = bdb_view_open(s);
        if (rc != 0)
            return bdb_fail_db(s, err, rc, "cannot open");
    }
    if (s->over && s->tail == head->tail)
        return 0;
    rc = own_over(s);
    if (rc == 0 && s->tail < head->tail)
        rc = catch_up(s, head);
    if (rc == 0)
        return 0;
    drop_over(s);
    return bdb_redo_fail(s, err, rc, "cannot read");
}
