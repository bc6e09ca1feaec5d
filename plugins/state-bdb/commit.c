/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/commit.c - a commit goes to redo, or with a fold
 *
 * A record that fits is appended, and meets no reader.  When redo is half
 * full a fold is tried, for as long as nobody notices; if readers stay, again
 * with every further eighth.  A commit that does not fit waits for them, and
 * goes into state.db together with all that is in redo.
 *
 * What makes the store grow may not use the last quarter of redo, nor any of
 * it when the disk is nearly full.  So removals can always be written there,
 * and the fold that they lead to needs little room.
 */
#include "bdb.h"

#include <inttypes.h>

#define PATIENCE 10 /* ms that a fold in good time waits for readers */

typedef struct commit {
    bdb_txn *t;
    int64_t deadline;
    uint64_t end; /* of the record, if it is appended */
    bdb_need need;
    int is_known; /* need is */
} commit;

static void
look_at_need(commit *c)
{
    if (!c->is_known)
        c->need = bdb_space_need(c->t->s, c->t->changes);
    c->is_known = 1;
}

/* Or else it goes with a fold, which finds out whether there is room. */
static int
can_append(commit *c)
{
    const bdb *s = c->t->s;

    if (c->end > s->redo.size)
        return 0;
    if (c->end <= s->redo.size / 4 * 3 && bdb_space_is_ample(s))
        return 1;
    look_at_need(c);
    return !c->need.grows;
}

static int
fold_with(commit *c, pp_err *err)
{
    bdb_txn *t = c->t;
    int rc;

    look_at_need(c);
    rc = bdb_lock_alone(t->s, t->fd, c->deadline, err);
    if (rc == 0)
        rc = bdb_space_reserve(t->s, &c->need, err);
    if (rc == 0)
        rc = bdb_fold(t->s, t->fd, &t->head, t->changes, t->head.seq + 1, err);
    return rc;
}

/* From one end of the records to the next: does that call for a fold? */
static int
is_due(uint64_t size, uint64_t before, uint64_t after)
{
    uint64_t step = size / 8;

    return after >= size / 2 &&
           (before < size / 2 || before / step != after / step);
}

/* The commit is done; nothing that happens here can change that. */
static void
fold_in_time(commit *c)
{
    bdb_txn *t = c->t;
    int64_t soon = bdb_deadline(PATIENCE);
    int rc;

    if (soon > c->deadline)
        soon = c->deadline;
    if (!bdb_space_is_ample(t->s))
        look_at_need(c);
    c->need.grows = 1; /* leave alone what is kept back */
    rc = bdb_lock_alone(t->s, t->fd, soon, NULL);
    if (rc == 0)
        rc = bdb_space_reserve(t->s, &c->need, NULL);
    if (rc == 0)
        rc = bdb_fold(t->s, t->fd, &t->head, t->changes, t->head.seq, NULL);
    if (rc < 0)
        pp_host_log(t->s->host, PP_LOG_DEBUG,
                    "state store \"%s\": a fold was put off (%d)", t->s->dir,
                    rc);
}

static int
commit_changes(bdb_txn *t, pp_err *err)
{
    commit c = {.t = t, .deadline = bdb_deadline(t->timeout_ms)};
    uint64_t before = t->head.tail;
    int rc = bdb_redo_open(t->s, t->head.redo);

    if (rc != 0)
        return bdb_redo_fail(t->s, err, rc, "cannot commit to");
    c.end = before + bdb_record_size(t->changes);
    if (!can_append(&c))
        return fold_with(&c, err);
    rc = bdb_redo_append(t->s, t->fd, &t->head, t->changes, err);
    if (rc == 0 && is_due(t->s->redo.size, before, c.end))
        fold_in_time(&c);
    return rc;
}

/* Every commit is synced; PP_COMMIT_NOSYNC permits, it does not ask. */
int
bdb_commit(void *txn, uint32_t flags, pp_err *err)
{
    bdb_txn *t = txn;
    int rc = 0;

    if (flags & ~PP_COMMIT_NOSYNC)
        rc = bdb_bad_flags(t->s, err, "commit", flags);
    if (rc == 0 && t->changes->own > 0)
        rc = commit_changes(t, err);
    bdb_abort(t);
    return rc;
}
