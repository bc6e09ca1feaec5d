/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/bdb.h - what the files of this plugin share
 *
 * The store is a folder: "state.db", one btree; "log.*", Berkeley DB's
 * write-ahead log; "lock", the kernel locks and a header of 64 bytes;
 * "spare", space kept back for a full disk.  No memory is shared between
 * processes, so a process that dies leaves nothing but files behind, and a
 * header that says whether it was changing them.
 *
 * A read-write transaction holds the writer's lock and collects its changes
 * in memory.  Commit shuts readers out, applies them in one Berkeley DB
 * transaction, brings state.db up to date and leaves.  So between commits
 * state.db is whole by itself, and readers need no log and no recovery.
 *
 * See also  docs/design/state-bdb.md
 */
#ifndef STATE_BDB_H
#define STATE_BDB_H

#include <polypod/state.h>

#include <sys/types.h>

#include <db.h>

#define BDB_MAX_KEY 4096u
#define BDB_MAX_VAL (64u << 20)
#define BDB_PAGE 4096u
#define BDB_FILE "state.db"

/* The header at the start of "lock".  Valid only under a lock. */
typedef struct bdb_head {
    char magic[8];
    uint64_t generation;
    uint32_t dirty; /* pid of who is changing the files; 0: they are whole */
    uint32_t reserved;
    char boot[40]; /* boot id of the last change */
} bdb_head;

typedef struct bdb {
    const pp_host *host;
    char *dir;
    int dir_fd;
    int read_only; /* the folder or the file system is */
    uint32_t cache_size;
    uint32_t log_size;
    uint32_t lock_timeout; /* ms, for what has no timeout of its own */
    char boot[40];
    int panic; /* why the last environment panicked, in libdb's codes */
    DB *view; /* state.db as of view_generation; NULL: not open */
    uint64_t view_generation;
} bdb;

/* One change that a transaction collected. */
typedef struct bdb_change {
    size_t key_n;
    size_t val_n;
    int del;
    unsigned char bytes[];
} bdb_change;

typedef struct bdb_changes {
    bdb_change **v; /* in the order of their keys */
    size_t n;
    size_t cap;
    uint64_t bytes;
} bdb_changes;

/* plugin.c */
int bdb_fail_db(const bdb *s, pp_err *err, int rc, const char *what);
void bdb_log_db(const DB_ENV *env, const char *prefix, const char *text);
DBT bdb_dbt(pp_slice s);

/* file.c */
void bdb_files_init(void);

/* lock.c: every wait ends at a deadline on CLOCK_MONOTONIC, in ms */
int64_t bdb_deadline(uint32_t timeout_ms);
int bdb_lock_open(bdb *s, int *fd, pp_err *err);
int bdb_lock_read(bdb *s, int fd, int64_t deadline, pp_err *err);
void bdb_unlock_read(int fd);
int bdb_lock_write(bdb *s, int fd, int64_t deadline, pp_err *err);
int bdb_lock_alone(bdb *s, int fd, int64_t deadline, pp_err *err);
void bdb_unlock_alone(int fd);

/* head.c */
int bdb_head_read(bdb *s, int fd, bdb_head *head, pp_err *err);
int bdb_head_write(bdb *s, int fd, const bdb_head *head, pp_err *err);
int bdb_head_is_whole(const bdb *s, const bdb_head *head);
int bdb_boot_id(bdb *s, pp_err *err);
int bdb_enter_read(bdb *s, int fd, int64_t deadline, bdb_head *head,
                   pp_err *err);
int bdb_enter_write(bdb *s, int fd, int64_t deadline, bdb_head *head,
                    pp_err *err);

/* env.c: the caller is alone */
int bdb_apply(bdb *s, int fd, const bdb_changes *changes, pp_err *err);
int bdb_recover(bdb *s, int fd, bdb_head *head, pp_err *err);
int bdb_squeeze(bdb *s, int fd, pp_err *err);

/* space.c */
uint64_t bdb_space_need(bdb *s, const bdb_changes *changes, int *grows);
int bdb_space_is_out(const bdb *s, int rc);
int bdb_space_reserve(bdb *s, uint64_t need, int grows, pp_err *err);
void bdb_space_release(bdb *s);
void bdb_space_restore(bdb *s);

/* view.c */
int bdb_view(bdb *s, uint64_t generation, pp_err *err);
void bdb_view_close(bdb *s);
int bdb_verify(bdb *s, uint32_t *page);

/* changes.c */
int bdb_cmp(pp_slice a, pp_slice b);
size_t bdb_changes_at(const bdb_changes *c, pp_slice key, int *found);
int bdb_changes_set(bdb_changes *c, pp_slice key, const pp_slice *val);
void bdb_changes_clear(bdb_changes *c);

static inline pp_slice
bdb_change_key(const bdb_change *c)
{
    return pp_slice_of(c->bytes, c->key_n);
}

static inline pp_slice
bdb_change_val(const bdb_change *c)
{
    return pp_slice_of(c->bytes + c->key_n, c->val_n);
}

/* txn.c */
typedef struct bdb_txn {
    bdb *s;
    int fd; /* its locks live and die with this descriptor */
    uint32_t flags;
    uint32_t timeout_ms;
    uint64_t writes; /* counts puts and dels: iterators notice them */
    bdb_changes changes;
    DBT key; /* memory behind what was given out last */
    DBT val;
} bdb_txn;

int bdb_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
              pp_err *err);
int bdb_get(void *txn, pp_slice key, pp_slice *val, pp_err *err);
int bdb_put(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *err);
int bdb_del(void *txn, pp_slice key, pp_err *err);
int bdb_commit(void *txn, uint32_t flags, pp_err *err);
void bdb_abort(void *txn);
int bdb_bad_flags(const bdb *s, pp_err *err, const char *op, uint32_t flags);

/* scan.c */
int bdb_scan(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it,
             pp_err *err);
int bdb_next(void *it, pp_slice *key, pp_slice *val, pp_err *err);
void bdb_end(void *it);

/* care.c */
int bdb_generation(void *self, uint64_t *gen, pp_err *err);
int bdb_check(void *self, uint32_t flags, pp_sink *report, pp_err *err);
int bdb_compact(void *self, uint32_t flags, pp_err *err);
int bdb_backup(void *self, int32_t out_fd, uint32_t flags, pp_err *err);

#endif
