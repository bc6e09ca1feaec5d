/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/env.c - the Berkeley DB environment of one commit
 *
 * Private to the process, opened when it is alone with the files and closed
 * before it lets go of them.  Every commit ends with a checkpoint, so
 * a log is only ever needed for a commit that did not end, and the next
 * environment may start without recovery.  Without locks, because there is
 * nobody to lock out.
 */
#include "bdb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_BUFFER (8u << 10)
#define ENV_FLAGS (DB_CREATE | DB_PRIVATE | DB_INIT_MPOOL)
#define ENV_LOGGED (DB_INIT_LOG | DB_INIT_TXN)

typedef struct bdb_env {
    DB_ENV *env;
    DB *db;
    DB_TXN *txn;
} bdb_env;

/* libdb tells what made it panic here alone; callers get one code for all. */
static void
note_panic(DB_ENV *env, uint32_t event, void *info)
{
    bdb *s = env->app_private;

    if (event == DB_EVENT_PANIC && info && s->panic == 0)
        memcpy(&s->panic, info, sizeof(s->panic));
}

static int
env_open(bdb *s, uint32_t flags, bdb_env *e)
{
    DB_ENV *env;
    int rc = db_env_create(&env, 0);

    if (rc != 0)
        return rc;
    e->env = env;
    env->app_private = s;
    env->set_errcall(env, bdb_log_db);
    s->panic = 0;
    rc = env->set_event_notify(env, note_panic);
    if (rc == 0)
        rc = env->set_cachesize(env, 0, s->cache_size, 1);
    if (rc == 0)
        rc = env->set_lg_bsize(env, LOG_BUFFER);
    if (rc == 0)
        rc = env->set_lg_max(env, s->log_size);
    if (rc == 0 && (flags & DB_INIT_LOG))
        rc = env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
    if (rc == 0)
        rc = env->open(env, s->dir, ENV_FLAGS | flags, 0600);
    return rc;
}

/*
 * Close what is open; the first failure counts, and of a panic its cause.
 * After a failure libdb may not go on: it has been seen to lose a piece of
 * the log that a full disk refused, and to write pages that rely on it.  In a
 * panic it writes nothing; recovery has the files as they are.
 */
static int
env_close(bdb_env *e, int rc)
{
    const bdb *s = e->env ? e->env->app_private : NULL;
    int rc2;

    if (rc != 0 && e->env)
        e->env->set_flags(e->env, DB_PANIC_ENVIRONMENT, 1);
    if (e->txn)
        e->txn->abort(e->txn);
    if (e->db) {
        rc2 = e->db->close(e->db, DB_NOSYNC);
        rc = rc ? rc : rc2;
    }
    if (e->env) {
        rc2 = e->env->close(e->env, 0);
        rc = rc ? rc : rc2;
    }
    memset(e, 0, sizeof(*e));
    return rc == DB_RUNRECOVERY && s && s->panic ? s->panic : rc;
}

/*
 * Does state.db begin as a btree of ours?  In an environment libdb divides by
 * the page size it finds there, before it looks at the checksum.
 */
static int
look_at_file(const bdb *s)
{
    int fd = openat(s->dir_fd, BDB_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    uint32_t meta[6] = {0}; /* position (2), page, magic, version, page size */
    ssize_t n = fd < 0 ? 0 : read(fd, meta, sizeof(meta));

    if (fd < 0)
        return errno == ENOENT ? 0 : errno;
    close(fd);
    if (n == 0 || (meta[3] == DB_BTREEMAGIC && meta[5] == BDB_PAGE))
        return 0;
    return n < 0 ? EIO : DB_VERIFY_BAD;
}

/* The btree, in a transaction of its own: e->txn. */
static int
db_open(const bdb *s, bdb_env *e, uint32_t flags)
{
    int rc = look_at_file(s);

    if (rc == 0)
        rc = e->env->txn_begin(e->env, NULL, &e->txn, 0);
    if (rc == 0)
        rc = db_create(&e->db, e->env, 0);
    if (rc == 0 && (flags & DB_CREATE))
        rc = e->db->set_pagesize(e->db, BDB_PAGE);
    if (rc == 0 && (flags & DB_CREATE))
        rc = e->db->set_flags(e->db, DB_CHKSUM);
    if (rc == 0)
        rc = e->db->open(e->db, e->txn, BDB_FILE, NULL, DB_BTREE, flags, 0600);
    return rc;
}

/*
 * libdb takes a commit record for written when its first byte is, though
 * writing the others failed: flush once more, which does nothing if all is
 * well.
 */
static int
db_commit(bdb_env *e)
{
    DB_TXN *txn = e->txn;
    int rc;

    e->txn = NULL; /* consumed, whatever commit says */
    rc = txn->commit(txn, DB_TXN_SYNC);
    return rc ? rc : e->env->log_flush(e->env, NULL);
}

/*
 * state.db takes in all that is in the log.  The handle goes first, so that
 * the log's note of it is synced together with the checkpoint's.
 */
static int
checkpoint(bdb_env *e)
{
    DB *db = e->db;
    int rc;

    e->db = NULL;
    rc = db->close(db, DB_NOSYNC);
    return rc ? rc : e->env->txn_checkpoint(e->env, 0, 0, DB_FORCE);
}

/*
 * A log file begins with a record of 28 bytes that says so, or with zeros
 * while it is new.  libdb believes any other length, and reads that far.
 */
static int
log_is_damaged(const bdb *s, const char *name)
{
    int fd = openat(s->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    uint32_t head[7] = {0}; /* previous, length, checksum, magic, ... */
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));

    if (fd >= 0)
        close(fd);
    if (n != sizeof(head))
        return n < 0;
    if (head[1] == 0 && head[3] == 0 && head[5] == 0)
        return 0;
    return head[1] != sizeof(head);
}

/* 0, or a code of libdb's; *any: there are log files. */
static int
look_at_logs(const bdb *s, int *any)
{
    int fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    int rc = 0;

    *any = 0;
    if (!d) {
        rc = errno;
        if (fd >= 0)
            close(fd);
        return rc;
    }
    while (rc == 0 && (entry = readdir(d))) {
        if (strncmp(entry->d_name, "log.", 4) != 0)
            continue;
        *any = 1;
        if (log_is_damaged(s, entry->d_name))
            rc = DB_LOG_VERIFY_BAD;
    }
    closedir(d);
    return rc;
}

/*
 * A state.db without logs is a backup that was put here, or somebody removed
 * the logs: harmless if the file is whole.  Its pages remember positions in
 * logs that are gone; make them forget, before new logs start.
 */
static int
adopt(bdb *s)
{
    struct stat st;
    bdb_env e = {0};
    char name[] = BDB_FILE;
    uint32_t page;
    int rc;

    if (fstatat(s->dir_fd, BDB_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : errno;
    rc = bdb_verify(s, &page);
    if (rc == 0)
        rc = env_open(s, 0, &e);
    if (rc == 0)
        rc = e.env->lsn_reset(e.env, name, 0);
    return env_close(&e, rc);
}

static int
open_for_change(bdb *s, uint32_t flags, bdb_env *e)
{
    int any, rc = look_at_logs(s, &any);

    if (rc == 0 && !any)
        rc = adopt(s);
    return rc ? rc : env_open(s, ENV_LOGGED | flags, e);
}

/*
 * All pages are looked at in the end: to a page that was zeroed, recovery
 * gives a checksum that is right, and libdb then searches it for ever.
 */
static int
recover_once(bdb *s)
{
    bdb_env e = {0};
    uint32_t page;
    int rc = open_for_change(s, DB_RECOVER, &e);

    if (rc == 0)
        rc = db_open(s, &e, DB_CREATE);
    if (rc == 0)
        rc = db_commit(&e);
    if (rc == 0)
        rc = checkpoint(&e);
    rc = env_close(&e, rc);
    if (rc == 0 && fsync(s->dir_fd) < 0)
        rc = errno;
    return rc ? rc : bdb_verify(s, &page);
}

/* Also makes a new store: an empty folder is one that is not whole. */
int
bdb_recover(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    int rc;

    bdb_view_close(s);
    head->dirty = (uint32_t)getpid();
    rc = bdb_head_write(s, fd, head, err);
    if (rc < 0)
        return rc;
    rc = recover_once(s);
    if (bdb_space_is_out(s, rc)) {
        bdb_space_release(s);
        rc = recover_once(s);
    }
    if (bdb_space_is_out(s, rc))
        rc = ENOSPC;
    bdb_space_restore(s);
    if (rc == ENOSPC || rc == EDQUOT || rc == EIO || rc == EACCES ||
        rc == ENOMEM)
        return bdb_fail_db(s, err, rc, "cannot recover");
    if (rc != 0)
        return pp_host_fail(s->host, err, PP_E_RECOVER, 0,
                            "state store \"%s\" cannot be recovered (%s); "
                            "restore a backup as described in "
                            "polypod-state-bdb(8)",
                            s->dir, db_strerror(rc));
    head->dirty = 0;
    head->generation++;
    return bdb_head_write(s, fd, head, err);
}

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

/* *durable: the log holds the commit; what is left may be recovery's work. */
static int
apply_all(bdb *s, const bdb_changes *changes, int *durable)
{
    bdb_env e = {0};
    int rc = open_for_change(s, 0, &e);
    size_t i;

    if (rc == 0)
        rc = db_open(s, &e, 0);
    for (i = 0; rc == 0 && i < changes->n; i++)
        rc = apply_one(&e, changes->v[i]);
    if (rc == 0)
        rc = db_commit(&e);
    *durable = rc == 0;
    if (rc == 0)
        rc = checkpoint(&e);
    return env_close(&e, rc);
}

/* Does state.db, after recovery, say what the changes say? */
static int
is_applied(bdb *s, const bdb_head *head, const bdb_changes *changes)
{
    int same = bdb_view(s, head->generation, NULL) == 0;
    size_t i;

    for (i = 0; same && i < changes->n; i++) {
        const bdb_change *c = changes->v[i];
        DBT key = bdb_dbt(bdb_change_key(c)), val = {0};
        int rc;

        val.flags = DB_DBT_MALLOC;
        rc = s->view->get(s->view, NULL, &key, &val, 0);
        same = c->del
                   ? rc == DB_NOTFOUND
                   : rc == 0 && bdb_cmp(bdb_change_val(c),
                                        pp_slice_of(val.data, val.size)) == 0;
        free(val.data);
    }
    return same;
}

int
bdb_apply(bdb *s, int fd, const bdb_changes *changes, pp_err *err)
{
    int durable = 0, grows, any, rc, rc_db;
    uint64_t need = bdb_space_need(s, changes, &grows);
    bdb_head head;

    rc = bdb_head_read(s, fd, &head, err);
    if (rc == 0)
        rc = bdb_space_reserve(s, need, grows, err);
    if (rc == 0 && look_at_logs(s, &any) == DB_LOG_VERIFY_BAD)
        rc = pp_host_fail(s->host, err, PP_E_CORRUPT, 0,
                          "a log file of state store \"%s\" is damaged; no "
                          "commit was interrupted, so remove \"log.*\" there",
                          s->dir);
    if (rc < 0)
        return rc;
    head.dirty = (uint32_t)getpid();
    rc = bdb_head_write(s, fd, &head, err);
    if (rc < 0)
        return rc;
    bdb_view_close(s);
    rc_db = apply_all(s, changes, &durable);
    if (bdb_space_is_out(s, rc_db))
        rc_db = ENOSPC;
    if (rc_db == 0) {
        head.dirty = 0;
        head.generation++;
        bdb_head_write(s, fd, &head, NULL); /* or the next one recovers */
        bdb_space_restore(s);
        return 0;
    }
    rc = bdb_recover(s, fd, &head, NULL);
    if (durable && rc < 0)
        pp_host_log(s->host, PP_LOG_WARNING,
                    "state store \"%s\": the last commit is in the log, "
                    "\"" BDB_FILE "\" will follow with the next recovery",
                    s->dir);
    if (durable || (rc == 0 && is_applied(s, &head, changes)))
        return 0;
    return bdb_fail_db(s, err, rc_db, "cannot commit to");
}

/* Give free pages back to the file system. */
static int
squeeze(bdb *s)
{
    bdb_env e = {0};
    int rc = open_for_change(s, 0, &e);

    if (rc == 0)
        rc = db_open(s, &e, 0);
    if (rc == 0)
        rc = e.db->compact(e.db, e.txn, NULL, NULL, NULL, DB_FREE_SPACE, NULL);
    if (rc == 0)
        rc = db_commit(&e);
    if (rc == 0)
        rc = checkpoint(&e);
    return env_close(&e, rc);
}

int
bdb_squeeze(bdb *s, int fd, pp_err *err)
{
    struct stat st;
    bdb_head head;
    int rc, rc_db;

    if (fstatat(s->dir_fd, BDB_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return bdb_fail_db(s, err, errno, "cannot compact");
    rc = bdb_head_read(s, fd, &head, err);
    if (rc == 0) /* every page may move, through the log */
        rc =
            bdb_space_reserve(s, (uint64_t)st.st_size * 2 + (1u << 20), 1, err);
    if (rc < 0)
        return rc;
    head.dirty = (uint32_t)getpid();
    rc = bdb_head_write(s, fd, &head, err);
    if (rc < 0)
        return rc;
    bdb_view_close(s);
    rc_db = squeeze(s);
    if (bdb_space_is_out(s, rc_db))
        rc_db = ENOSPC;
    rc = bdb_recover(s, fd, &head, err);
    return rc_db ? bdb_fail_db(s, err, rc_db, "cannot compact") : rc;
}
