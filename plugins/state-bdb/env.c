/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/env.c - the Berkeley DB environment of one fold
 *
 * Private to the process, opened when it is alone with the files and closed
 * before it lets go of them.  Every fold ends with a checkpoint, so a log is
 * only ever needed for a fold that did not end, and the next environment may
 * start without recovery.  Without locks, because there is nobody to lock
 * out.
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
#define SMALL_LOG (64u << 10) /* when there is little space */
#define ENV_FLAGS (DB_CREATE | DB_PRIVATE | DB_INIT_MPOOL)
#define ENV_LOGGED (DB_INIT_LOG | DB_INIT_TXN)

/* libdb tells what made it panic here alone; callers get one code for all. */
static void
note_panic(DB_ENV *env, uint32_t event, void *info)
{
    bdb *s = env->app_private;

    if (event == DB_EVENT_PANIC && info && s->panic == 0)
        memcpy(&s->panic, info, sizeof(s->panic));
}

/* Log files take space until the next one is begun, which takes a sync. */
static uint32_t
log_size(const bdb *s)
{
    if (s->log_size > SMALL_LOG && bdb_space_free(s) / 16 < s->log_size)
        return SMALL_LOG;
    return s->log_size;
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
        rc = env->set_lg_max(env, log_size(s));
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
int
bdb_env_close(bdb_env *e, int rc)
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
int
bdb_env_db(const bdb *s, bdb_env *e, uint32_t flags)
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
int
bdb_env_commit(bdb_env *e)
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
int
bdb_env_checkpoint(bdb_env *e)
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
int
bdb_env_logs(const bdb *s, int *any)
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
    return bdb_env_close(&e, rc);
}

int
bdb_env_change(bdb *s, uint32_t flags, bdb_env *e)
{
    int any, rc = bdb_env_logs(s, &any);

    if (rc == 0 && !any)
        rc = adopt(s);
    return rc ? rc : env_open(s, ENV_LOGGED | flags, e);
}
