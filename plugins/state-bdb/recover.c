/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/recover.c - files as a crash left them, or as new
 *
 * Berkeley DB finishes or undoes what a fold was doing to state.db.  The mark
 * in it then says which records of redo are still needed, and these are
 * published.  Nothing is moved, so a full disk does not stop recovery.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is to be published: seq and tail, in the redo file with this id. */
typedef struct found {
    uint64_t redo; /* 0: there is none */
    uint64_t seq;
    uint64_t tail;
} found;

/* Somebody renamed redo, to go on without it. */
static int
is_given_up(const bdb *s)
{
    return faccessat(s->dir_fd, BDB_LOST, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * A file with another id than the mark's is one that was just made, if it is
 * empty.  The header knows of no commit that was not synced, but may be an
 * old one.
 */
static int
match_redo(bdb *s, const bdb_head *head, const bdb_mark *mark, found *f)
{
    int any = 0, rc = bdb_redo_open(s, 0);

    *f = (found){0, mark->seq, BDB_FIRST};
    if (rc == BDB_REDO_ABSENT && (!mark->redo || is_given_up(s)))
        return 0;
    if (rc != 0)
        return rc;
    f->redo = s->redo.id;
    rc = bdb_redo_scan(s, mark->seq, &f->seq, &f->tail, &any);
    if (f->redo != mark->redo && any)
        return BDB_REDO_ALIEN;
    if (rc == 0 && f->redo == mark->redo && f->seq < head->seq)
        return BDB_REDO_BAD;
    return rc;
}

/* Not in the transaction of recovery: libdb may only search a file whose
 * pages have been looked at. */
static int
write_mark(bdb *s, const bdb_mark *mark)
{
    bdb_env e = {0};
    int rc = bdb_env_change(s, 0, &e);

    if (rc == 0)
        rc = bdb_env_db(s, &e, 0);
    if (rc == 0)
        rc = bdb_mark_put(e.db, e.txn, mark);
    if (rc == 0)
        rc = bdb_env_commit(&e);
    if (rc == 0)
        rc = bdb_env_checkpoint(&e);
    return bdb_env_close(&e, rc);
}

/* Make a redo file if there is none, or one of another size if nothing is in
 * it that is needed.  The mark names it before it gets a record. */
static int
pair_redo(bdb *s, const bdb_mark *mark, found *f)
{
    bdb_mark now;
    int rc = 0;

    if (!f->redo || (f->tail == BDB_FIRST && bdb_redo_is_other(s)))
        rc = bdb_redo_make(s, &f->redo);
    if (rc != 0 || f->redo == mark->redo)
        return rc;
    now = (bdb_mark){f->redo, f->seq};
    return write_mark(s, &now);
}

/*
 * All pages are looked at in the end: to a page that was zeroed, recovery
 * gives a checksum that is right, and libdb then searches it for ever.
 */
static int
recover_db(bdb *s)
{
    bdb_env e = {0};
    uint32_t page;
    int rc = bdb_look_at_pages(s);

    if (rc == 0)
        rc = bdb_env_change(s, DB_RECOVER, &e);
    if (rc == 0)
        rc = bdb_env_db(s, &e, DB_CREATE);
    if (rc == 0)
        rc = bdb_env_commit(&e);
    if (rc == 0)
        rc = bdb_env_checkpoint(&e);
    rc = bdb_env_close(&e, rc);
    if (rc == 0 && fsync(s->dir_fd) < 0)
        rc = errno;
    return rc ? rc : bdb_verify(s, &page);
}

/* state.db is made, and synced, before redo is.  So it was there. */
static int
is_gone(const bdb *s)
{
    struct stat st;
    int rc = fstatat(s->dir_fd, BDB_FILE, &st, AT_SYMLINK_NOFOLLOW);

    return (rc < 0 ? errno == ENOENT : st.st_size == 0) &&
           faccessat(s->dir_fd, BDB_REDO, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
recover_once(bdb *s, const bdb_head *head, found *f)
{
    bdb_mark mark;
    int rc = is_gone(s) ? ENOENT : recover_db(s);

    if (rc == 0)
        rc = bdb_view_open(s);
    if (rc == 0)
        rc = bdb_mark_get(s->view, NULL, &mark);
    bdb_view_close(s);
    if (rc == 0)
        rc = match_redo(s, head, &mark, f);
    if (rc == 0 && f->seq < head->seq) /* a new beginning: go on counting */
        f->seq = head->seq;
    if (rc == 0)
        rc = pair_redo(s, &mark, f);
    bdb_redo_close(s);
    return rc;
}

/*
 * Before anything is done: what the header that was found says of a record.
 * After a reboot it may be an old one, and the record long since published.
 */
static int
start(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    int same_boot = memcmp(head->boot, s->boot, sizeof(head->boot)) == 0;
    int rc = 0;

    if (head->append && head->redo && same_boot)
        rc = bdb_redo_discard(s, fd, head);
    if (rc > 0)
        return bdb_redo_fail(s, err, rc, "cannot recover");
    head->append = 0;
    head->dirty = (uint32_t)getpid();
    if (head->tail < BDB_FIRST)
        head->tail = BDB_FIRST;
    return bdb_head_write(s, fd, head, err);
}

static int
fail(const bdb *s, int rc, pp_err *err)
{
    if (rc <= BDB_REDO_BAD)
        return bdb_redo_fail(s, err, rc, "cannot recover");
    if (rc == ENOSPC || rc == EDQUOT || rc == EIO || rc == EACCES ||
        rc == ENOMEM || rc == ENOENT)
        return bdb_fail_db(s, err, rc, "cannot recover");
    return pp_host_fail(s->host, err, PP_E_RECOVER, 0,
                        "state store \"%s\" cannot be recovered (%s); "
                        "restore a backup as described in "
                        "polypod-state-bdb(8)",
                        s->dir, db_strerror(rc));
}

/* Also makes a new store: an empty folder is one that is not whole. */
int
bdb_recover(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    found f;
    int rc;

    bdb_forget(s);
    rc = start(s, fd, head, err);
    if (rc < 0)
        return rc;
    rc = recover_once(s, head, &f);
    if (bdb_space_is_out(s, rc)) {
        bdb_space_release(s);
        rc = recover_once(s, head, &f);
    }
    if (bdb_space_is_out(s, rc))
        rc = ENOSPC;
    bdb_space_restore(s);
    if (rc != 0)
        return fail(s, rc, err);
    head->redo = f.redo;
    head->seq = f.seq;
    head->tail = f.tail;
    rc = bdb_head_settle(s, fd, head, err);
    if (rc == 0) /* it was needed once */
        renameat(s->dir_fd, BDB_LOST, s->dir_fd, BDB_LOST ".old");
    return rc;
}
