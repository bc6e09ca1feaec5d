/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/bdb.h - what the files of this plugin share
 *
 * The store is a folder: "state.db", one btree; "redo", the commits that it
 * does not contain yet; "log.*", Berkeley DB's write-ahead log; "lock", the
 * kernel locks and a header; "spare", space kept back for a full disk.  No
 * memory is shared between processes, so a process that dies leaves nothing
 * but files behind, and a header that says what it was doing to them.
 *
 * A read-write transaction holds the writer's lock and collects its changes
 * in memory.  Commit appends them to redo as one record, syncs it and
 * publishes its end in the header.  Now and then a fold shuts readers out and
 * brings state.db up to date, in one Berkeley DB transaction that also writes
 * the mark: the number of the last commit that is in state.db.
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
#define BDB_PIECE (128u << 10) /* of a fold on a nearly full disk */
#define BDB_FILE "state.db"
#define BDB_REDO "redo"
#define BDB_LOST "redo.lost"
#define BDB_FIRST ((uint64_t)BDB_PAGE) /* where its first record goes */

/* The header at the start of "lock". */
typedef struct bdb_head {
    char magic[8];
    uint64_t seq;    /* the last commit; each has the next number */
    uint32_t dirty;  /* pid of who is changing state.db; 0: it is whole */
    uint32_t append; /* pid of who is writing a record at tail; 0: nobody */
    char boot[40];   /* boot id of the last change */
    uint64_t redo;   /* id of the redo file */
    uint64_t tail;   /* where in it the next record goes */
    uint64_t epoch;  /* random: another one whenever state.db has changed */
    uint64_t size;   /* of state.db, as it was left */
    int64_t mtime;   /* of state.db, in ns */
    uint64_t sum;
} bdb_head;

/* One change: of a commit in redo, or of a transaction that collects it. */
typedef struct bdb_change {
    size_t key_n;
    size_t val_n;
    uint32_t refs;
    uint16_t del;
    uint16_t own; /* the transaction's; else a commit's */
    unsigned char bytes[];
} bdb_change;

typedef struct bdb_changes {
    bdb_change **v; /* in the order of their keys */
    size_t n;
    size_t cap;
    size_t own; /* how many of them are */
    uint32_t refs;
} bdb_changes;

/* The open redo file. */
typedef struct bdb_redo {
    int fd; /* -1: not open */
    uint64_t id;
    uint64_t size;
} bdb_redo;

typedef struct bdb {
    const pp_host *host;
    char *dir;
    int dir_fd;
    int read_only; /* the folder or the file system is */
    uint32_t cache_size;
    uint32_t log_size;
    uint32_t redo_size;    /* of a redo file that is made */
    uint32_t lock_timeout; /* ms, for what has no timeout of its own */
    char boot[40];
    int panic; /* why the last environment panicked, in libdb's codes */
    bdb_redo redo;
    uint64_t epoch;    /* of what follows */
    DB *view;          /* state.db; NULL: not open */
    bdb_changes *over; /* the records of redo up to tail; NULL: not read */
    uint64_t tail;
    uint64_t seq; /* of the last of them */
} bdb;

/* Beside the codes of libdb, which are between -30800 and -30999 or errno. */
#define BDB_REDO_BAD (-40000)    /* damaged */
#define BDB_REDO_ABSENT (-40001) /* state.db says that there is one */
#define BDB_REDO_ALIEN (-40002)  /* that of another state.db */

/* plugin.c */
int bdb_code(int rc);
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
int bdb_is_writing(int fd);

/* head.c */
int bdb_head_read(bdb *s, int fd, bdb_head *head, pp_err *err);
int bdb_head_write(bdb *s, int fd, const bdb_head *head, pp_err *err);
int bdb_head_settle(bdb *s, int fd, bdb_head *head, pp_err *err);
int bdb_head_is_whole(const bdb *s, const bdb_head *head);
int bdb_boot_id(bdb *s, pp_err *err);
int bdb_enter_read(bdb *s, int fd, int64_t deadline, bdb_head *head,
                   pp_err *err);
int bdb_enter_write(bdb *s, int fd, int64_t deadline, bdb_head *head,
                    pp_err *err);

uint64_t bdb_random(void);

/* env.c: the caller is alone; codes of libdb */
typedef struct bdb_env {
    DB_ENV *env;
    DB *db;
    DB_TXN *txn;
} bdb_env;

int bdb_env_change(bdb *s, uint32_t flags, bdb_env *e);
int bdb_env_close(bdb_env *e, int rc);
int bdb_env_db(const bdb *s, bdb_env *e, uint32_t flags);
int bdb_env_commit(bdb_env *e);
int bdb_env_checkpoint(bdb_env *e);
int bdb_env_logs(const bdb *s, int *any);

/* mark.c: what state.db says about itself */
typedef struct bdb_mark {
    uint64_t redo; /* id of the file with the commits after it; 0: none */
    uint64_t seq;
} bdb_mark;

int bdb_mark_get(DB *db, DB_TXN *txn, bdb_mark *mark);
int bdb_mark_put(DB *db, DB_TXN *txn, const bdb_mark *mark);
int bdb_is_mark(const DBT *key);

/* page.c */
int bdb_look_at_pages(const bdb *s);

/* recover.c: the caller is alone */
int bdb_recover(bdb *s, int fd, bdb_head *head, pp_err *err);

/* fold.c: the caller is alone */
int bdb_fold(bdb *s, int fd, bdb_head *head, const bdb_changes *all,
             uint64_t seq, pp_err *err);
int bdb_squeeze(bdb *s, int fd, bdb_head *head, pp_err *err);

/* record.c */
uint64_t bdb_sum(const void *p, size_t n, uint64_t seed);
uint64_t bdb_record_size(const bdb_changes *changes);
unsigned char *bdb_record_make(const bdb_changes *changes, uint64_t redo,
                               uint64_t seq, uint64_t at);
uint64_t bdb_record_look(const unsigned char *p, uint64_t n, uint64_t redo,
                         uint64_t at, uint64_t *seq);
int bdb_record_apply(const unsigned char *p, bdb_changes *to);

/* redo.c */
int bdb_redo_is_other(const bdb *s);
int bdb_redo_make(bdb *s, uint64_t *id);
int bdb_redo_open(bdb *s, uint64_t id);
void bdb_redo_close(bdb *s);
int bdb_redo_read(const bdb *s, unsigned char *p, uint64_t n, uint64_t at);
int bdb_redo_scan(bdb *s, uint64_t mark, uint64_t *seq, uint64_t *tail,
                  int *any);
int bdb_redo_append(bdb *s, int fd, bdb_head *head, const bdb_changes *own,
                    pp_err *err);
int bdb_redo_discard(bdb *s, int fd, bdb_head *head);
int bdb_redo_fail(const bdb *s, pp_err *err, int rc, const char *what);

/* over.c */
int bdb_look(bdb *s, const bdb_head *head, pp_err *err);
int bdb_look_again(bdb *s, const bdb_head *head, pp_err *err);
void bdb_forget(bdb *s);

/* space.c */
typedef struct bdb_need {
    uint64_t bytes; /* for a fold of all the changes */
    int grows;      /* the store, by those of the transaction */
} bdb_need;

bdb_need bdb_space_need(bdb *s, const bdb_changes *changes);
uint64_t bdb_space_free(const bdb *s);
int bdb_space_is_out(const bdb *s, int rc);
int bdb_space_is_ample(const bdb *s);
int bdb_space_reserve(bdb *s, const bdb_need *need, pp_err *err);
void bdb_space_release(bdb *s);
void bdb_space_restore(bdb *s);

/* view.c */
int bdb_view_open(bdb *s);
void bdb_view_close(bdb *s);
int bdb_verify(bdb *s, uint32_t *page);

/* changes.c */
int bdb_cmp(pp_slice a, pp_slice b);
bdb_changes *bdb_changes_new(void);
bdb_changes *bdb_changes_copy(const bdb_changes *c);
bdb_changes *bdb_changes_ref(bdb_changes *c);
void bdb_changes_unref(bdb_changes *c);
size_t bdb_changes_at(const bdb_changes *c, pp_slice key, int *found);
int bdb_changes_set(bdb_changes *c, pp_slice key, const pp_slice *val, int own);

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
    uint64_t writes;      /* counts puts and dels: iterators notice them */
    bdb_head head;        /* nobody changes it while this one may write */
    bdb_changes *changes; /* over state.db; a reader's are shared */
    DBT key;              /* memory behind what was given out last */
    DBT val;
} bdb_txn;

int bdb_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
              pp_err *err);
int bdb_get(void *txn, pp_slice key, pp_slice *val, pp_err *err);
int bdb_put(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *err);
int bdb_del(void *txn, pp_slice key, pp_err *err);
void bdb_abort(void *txn);
int bdb_bad_flags(const bdb *s, pp_err *err, const char *op, uint32_t flags);

/* commit.c */
int bdb_commit(void *txn, uint32_t flags, pp_err *err);

/* scan.c */
int bdb_scan(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it,
             pp_err *err);
int bdb_next(void *it, pp_slice *key, pp_slice *val, pp_err *err);
void bdb_end(void *it);

/* care.c */
int bdb_generation(void *self, uint64_t *gen, pp_err *err);
int bdb_check(void *self, uint32_t flags, pp_sink *report, pp_err *err);
int bdb_compact(void *self, uint32_t flags, pp_err *err);

/* backup.c */
int bdb_backup(void *self, int32_t out_fd, uint32_t flags, pp_err *err);

#endif
