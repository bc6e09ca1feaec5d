/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/fold.c - state.db takes in the commits of redo
 *
 * The caller has the writer's lock and has readers out.  A Berkeley DB
 * transaction writes the changes and the mark; then the header says that redo
 * is empty.  Nothing is done to redo itself: whoever is killed in between
 * leaves records that the mark has overtaken.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int
apply_one(bdb_env *e, const bdb_change *c)
{
    DBT key = bdb_dbt(bdb_change_key(c)), val = bdb_dbt(bdb_change_val(c));
    int rc;

    if (!c->del)
        return e->db->put(e->db, e->txn, &key, &val, 0);
    rc = e->db->del(e->db, e->txn, &key, 0);
    return rc == DB_NOTFOUND ? 0 : rc;
}

/* What is there for this key, and what will be. */
static uint64_t
weigh(bdb_env *e, const bdb_change *c)
{
    DBT key = bdb_dbt(bdb_change_key(c)), val = bdb_dbt(pp_slice_of(NULL, 0));

    val.flags = DB_DBT_USERMEM; /* of no bytes: only the size comes back */
    e->db->get(e->db, e->txn, &key, &val, 0);
    return val.size + c->val_n + 1024;
}

/* The log may begin anew. */
static int
end_piece(bdb *s, bdb_env *e)
{
    int rc = bdb_env_commit(e);

    if (rc == 0)
        rc = bdb_env_checkpoint(e);
    return rc ? rc : bdb_env_db(s, e, 0);
}

/* First what goes, then what comes, then what the transaction wants. */
enum turn { GOES, COMES, OWN, TURNS };

static enum turn
turn_of(const bdb_change *c)
{
    return c->own ? OWN : c->del ? GOES : COMES;
}

/*
 * When space is short, in pieces; but for the transaction's own, which happen
 * together or not at all.  The others are in redo until the mark says
 * otherwise, so it makes no difference where a crash leaves them.
 */
static int
apply_turn(bdb *s, bdb_env *e, const bdb_changes *all, enum turn turn)
{
    int is_pieced = turn != OWN && !bdb_space_is_ample(s), rc = 0;
    uint64_t weight = 0;
    size_t i;

    for (i = 0; rc == 0 && i < all->n; i++) {
        if (turn_of(all->v[i]) != turn)
            continue;
        if (weight > BDB_PIECE) {
            rc = end_piece(s, e);
            weight = 0;
        }
        if (rc == 0 && is_pieced)
            weight += weigh(e, all->v[i]);
        if (rc == 0)
            rc = apply_one(e, all->v[i]);
    }
    if (rc == 0 && is_pieced)
        rc = end_piece(s, e);
    return rc;
}

/* *durable: the log holds the fold; what is left may be recovery's work. */
static int
apply_all(bdb *s, const bdb_changes *all, const bdb_mark *mark, int *durable)
{
    bdb_env e = {0};
    int rc = bdb_env_change(s, 0, &e), turn;

    if (rc == 0)
        rc = bdb_env_db(s, &e, 0);
    for (turn = GOES; rc == 0 && turn < TURNS; turn++)
        rc = apply_turn(s, &e, all, (enum turn)turn);
    if (rc == 0)
        rc = bdb_mark_put(e.db, e.txn, mark);
    if (rc == 0)
        rc = bdb_env_commit(&e);
    *durable = rc == 0;
    if (rc == 0)
        rc = bdb_env_checkpoint(&e);
    return bdb_env_close(&e, rc);
}

/* Say that state.db is being changed.  A record that nobody may see must not
 * be there any more: the next one will be written at another place. */
static int
start(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    int any, rc = 0;

    if (bdb_env_logs(s, &any) == DB_LOG_VERIFY_BAD)
        return pp_host_fail(s->host, err, PP_E_CORRUPT, 0,
                            "a log file of state store \"%s\" is damaged; no "
                            "fold was interrupted, so remove \"log.*\" there",
                            s->dir);
    if (head->append)
        rc = bdb_redo_discard(s, fd, head);
    if (rc != 0)
        return bdb_redo_fail(s, err, rc, "cannot write to");
    head->dirty = (uint32_t)getpid();
    rc = bdb_head_write(s, fd, head, err);
    bdb_forget(s);
    return rc;
}

/*
 * seq: the last commit that is among the changes, which may be one that redo
 * does not have.
 */
int
bdb_fold(bdb *s, int fd, bdb_head *head, const bdb_changes *all, uint64_t seq,
         pp_err *err)
{
    bdb_mark mark = {head->redo, seq};
    int durable = 0, rc_db, rc = start(s, fd, head, err);

    if (rc < 0)
        return rc;
    rc_db = apply_all(s, all, &mark, &durable);
    if (bdb_space_is_out(s, rc_db))
        rc_db = ENOSPC;
    if (rc_db == 0) {
        head->seq = seq;
        head->tail = BDB_FIRST;
        bdb_head_settle(s, fd, head, NULL); /* or the next one recovers */
        bdb_space_restore(s);
        return 0;
    }
    rc = bdb_recover(s, fd, head, NULL);
    if (durable && rc < 0)
        pp_host_log(s->host, PP_LOG_WARNING,
                    "state store \"%s\": the last commits are in the log, "
                    "\"" BDB_FILE "\" will follow with the next recovery",
                    s->dir);
    if (durable || (rc == 0 && head->seq >= seq))
        return 0;
    return bdb_fail_db(s, err, rc_db, "cannot commit to");
}

/* Give free pages back to the file system. */
static int
squeeze(bdb *s)
{
    bdb_env e = {0};
    int rc = bdb_env_change(s, 0, &e);

    if (rc == 0)
        rc = bdb_env_db(s, &e, 0);
    if (rc == 0)
        rc = e.db->compact(e.db, e.txn, NULL, NULL, NULL, DB_FREE_SPACE, NULL);
    if (rc == 0)
        rc = bdb_env_commit(&e);
    if (rc == 0)
        rc = bdb_env_checkpoint(&e);
    return bdb_env_close(&e, rc);
}

/* redo is empty. */
int
bdb_squeeze(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    bdb_need need = {.grows = 1};
    struct stat st;
    int rc, rc_db;

    if (fstatat(s->dir_fd, BDB_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return bdb_fail_db(s, err, errno, "cannot compact");
    /* every page may move, through the log */
    need.bytes = (uint64_t)st.st_size * 2 + (1u << 20);
    rc = bdb_space_reserve(s, &need, err);
    if (rc == 0)
        rc = start(s, fd, head, err);
    if (rc < 0)
        return rc;
    rc_db = squeeze(s);
    if (bdb_space_is_out(s, rc_db))
        rc_db = ENOSPC;
    rc = bdb_recover(s, fd, head, err);
    return rc_db ? bdb_fail_db(s, err, rc_db, "cannot compact") : rc;
}
