/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/lite.h - what the files of this plugin share
 *
 * The store is one table in "state.db", in WAL mode:
 *
 *   item(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID
 *
 * SQLite orders blobs as memcmp does, and integers before all blobs: the row
 * with the integer key 0 counts the commits and no scan meets it.
 *
 * A connection of SQLite's is one transaction, so an instance keeps several
 * and lends one to each transaction.
 *
 * SQLite reads and writes its files through a VFS of the instance's own, which
 * keeps a checksum in each page; state.commits holds the number of the last
 * commit, for the day on which the log has lost some.
 *
 * Never open and close state.db or state.db-shm here: closing any descriptor
 * of a file drops all record locks that the process has on it.
 *
 * See also  docs/design/state-sqlite.md
 */
#ifndef STATE_SQLITE_H
#define STATE_SQLITE_H

#include <polypod/state.h>

#include <sqlite3.h>

#define LITE_MAX_KEY 4096u
#define LITE_MAX_VAL (64u << 20)
#define LITE_PAGE 4096
#define LITE_SUM 8                  /* bytes at the end of each page */
#define LITE_CHUNK (32 * LITE_PAGE) /* by which state.db grows */
#define LITE_APP_ID 0x50506f64      /* "PPod" */
#define LITE_BARE 1                 /* version: pages without checksums */
#define LITE_VERSION 2
#define LITE_REWRITE "PRAGMA temp_store=MEMORY;VACUUM"

/* The statements of a connection, each prepared at its first use. */
enum {
    LITE_BEGIN,
    LITE_BEGIN_RW,
    LITE_COMMIT,
    LITE_ROLLBACK,
    LITE_LOOK,
    LITE_COUNT,
    LITE_PAGES,
    LITE_GET,
    LITE_PUT,
    LITE_PUT_NEW,
    LITE_DEL,
    LITE_SCAN, /* + LITE_BELOW, + LITE_REVERSE */
    LITE_STATEMENTS = LITE_SCAN + 4
};
#define LITE_BELOW 1
#define LITE_REVERSE 2

typedef struct lite_conn lite_conn;

typedef struct lite {
    const pp_host *host;
    char *path; /* of state.db, without symbolic links */
    char *wal;
    char *shm;
    char *commits; /* path of the witness */
    int witness;   /* its descriptor; -1: none */
    int read_only;
    int frozen;            /* read without locks: see file.c */
    int checked;           /* it is a store of ours */
    int lost;              /* commits: leave the log as it is */
    int writing;           /* one of our own transactions is */
    uint32_t lock_timeout; /* ms, for what has no timeout of its own */
    int wal_size;
    lite_conn *idle;
    sqlite3_vfs vfs; /* ours, over the one that the system has */
    sqlite3_vfs *under;
    char vfs_name[40];
    int bare;             /* let pages without a checksum pass */
    int found_bare;       /* one of a database that has none was refused */
    const char *bad_file; /* where a checksum did not match last */
    uint32_t bad_page;
} lite;

struct lite_conn {
    lite *s;
    sqlite3 *db;
    lite_conn *next;
    int64_t deadline; /* of every wait */
    int wal_frames;   /* in the log after the last commit */
    sqlite3_stmt *statements[LITE_STATEMENTS];
};

typedef struct lite_txn {
    lite *s;
    lite_conn *conn;
    uint32_t flags;
    uint64_t commit;    /* that it sees */
    int failed;         /* what a write returned: there is no commit any more */
    int changed;        /* commit has something to count */
    uint64_t writes;    /* counts puts and dels: iterators notice them */
    sqlite3_stmt *lent; /* its row was given out last */
} lite_txn;

/* fail.c */
int lite_code(int rc);
int lite_fail(const lite_conn *c, pp_err *err, int rc, const char *what);
int lite_bad_flags(const lite *s, pp_err *err, const char *op, uint32_t flags);
int lite_lost(lite *s, pp_err *err, uint64_t found, uint64_t witness);

/* sum.c */
uint64_t lite_sum(const void *p, size_t n, uint64_t seed);
void lite_page_sign(unsigned char *page, uint32_t number);
int lite_page_is_sound(const unsigned char *page, uint32_t number);
int lite_frame_is_sound(const unsigned char *before, const unsigned char *head,
                        const unsigned char *page);

/* vfs.c */
int lite_vfs_register(lite *s, pp_err *err);
void lite_vfs_unregister(lite *s);

/* witness.c */
void lite_witness_open(lite *s);
uint64_t lite_witness_read(const lite *s);
void lite_witness_write(const lite *s, uint64_t commit);

/* wait.c: every wait ends at a deadline on CLOCK_MONOTONIC, in ms */
int64_t lite_deadline(uint32_t timeout_ms);
int lite_wait(void *conn, int times);
int lite_busy(const lite *s, pp_err *err);

/* file.c */
int lite_file_make(lite *s, pp_err *err);
int lite_file_open(lite_conn *c, pp_err *err);
int lite_file_check(lite_conn *c, pp_err *err);
void lite_file_close(lite_conn *c);

/* conn.c */
int lite_conn_take(lite *s, uint32_t timeout_ms, lite_conn **out, pp_err *err);
void lite_conn_give(lite_conn *c);
void lite_conn_free(lite_conn *c);
sqlite3_stmt *lite_statement(lite_conn *c, int which);
int lite_run(lite_conn *c, int which);
int lite_look(lite_conn *c, uint64_t *generation);
int lite_bind(sqlite3_stmt *st, int at, pp_slice s);
pp_slice lite_column(sqlite3_stmt *st, int at);

/* txn.c */
int lite_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
               pp_err *err);
int lite_get(void *txn, pp_slice key, pp_slice *val, pp_err *err);
int lite_put(void *txn, pp_slice key, pp_slice val, uint32_t flags,
             pp_err *err);
int lite_del(void *txn, pp_slice key, pp_err *err);
int lite_commit(void *txn, uint32_t flags, pp_err *err);
void lite_abort(void *txn);

/* scan.c */
int lite_scan(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it,
              pp_err *err);
int lite_next(void *it, pp_slice *key, pp_slice *val, pp_err *err);
void lite_end(void *it);

/* care.c */
int lite_verify(lite_conn *c, int quick, pp_sink *report);
int lite_generation(void *self, uint64_t *gen, pp_err *err);
int lite_check(void *self, uint32_t flags, pp_sink *report, pp_err *err);
int lite_compact(void *self, uint32_t flags, pp_err *err);
int lite_backup(void *self, int32_t out_fd, uint32_t flags, pp_err *err);

#endif
