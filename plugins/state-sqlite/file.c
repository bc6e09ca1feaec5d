/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/file.c - state.db: made, opened, known as our own
 *
 * A store is made in steps of which each may be the last: an empty file, an
 * empty database in WAL mode, and in one transaction the rest.  Whoever
 * comes next goes on from there.
 *
 * On a read-only file system SQLite reads beside a log by itself, as long as
 * state.db-shm is there.  Where it is not, nobody has the store open; if the
 * log is empty too, state.db is all there is and may be read without locks.
 */
#include "lite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * mknod rather than open: there is nothing to close, so no lock to lose.  A
 * store that had commits is not made anew, nor is an empty file opened, for
 * which SQLite would remove the log.
 */
int
lite_file_make(lite *s, pp_err *err)
{
    uint64_t witness = lite_witness_read(s);
    struct stat st;

    if (witness > 0 &&
        (stat(s->path, &st) == 0 ? st.st_size == 0 : errno == ENOENT))
        return lite_lost(s, err, 0, witness);
    if (mknod(s->path, S_IFREG | 0600, 0) == 0 || errno == EEXIST)
        return 0;
    if (errno == EROFS || errno == EACCES || errno == EPERM) {
        s->read_only = 1;
        return 0;
    }
    return pp_host_fail(s->host, err, errno == ENOSPC ? PP_E_FULL : PP_E_IO,
                        errno, "cannot make \"%s\"", s->path);
}

static int
note_frames(void *opaque, sqlite3 *db, const char *name, int frames)
{
    lite_conn *c = opaque;

    (void)db;
    (void)name;
    c->wal_frames = frames;
    return SQLITE_OK;
}

/* Percent-encode what means something in a URI. */
static char *
frozen_uri(const char *path)
{
    static const char tail[] = "?immutable=1";
    char *uri = malloc(3 * strlen(path) + sizeof(tail) + 8), *p = uri;

    if (!uri)
        return NULL;
    p += sprintf(p, "file:");
    for (; *path; path++)
        p += sprintf(p, strchr("%?#", *path) ? "%%%02x" : "%c",
                     (unsigned char)*path);
    memcpy(p, tail, sizeof(tail));
    return uri;
}

static int
open_db(lite_conn *c)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
                SQLITE_OPEN_NOFOLLOW;
    char *uri;
    int rc;

    if (!c->s->frozen)
        return sqlite3_open_v2(c->s->path, &c->db, flags, c->s->vfs_name);
    uri = frozen_uri(c->s->path);
    if (!uri)
        return SQLITE_NOMEM;
    flags ^= SQLITE_OPEN_READWRITE | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    rc = sqlite3_open_v2(uri, &c->db, flags, c->s->vfs_name);
    free(uri);
    return rc;
}

/*
 * What needs no look at the file, then what does.  Nothing may spill into the
 * log before commit: a frame that is written twice has no right sum till then.
 */
static int
set_up(lite_conn *c)
{
    char pragmas[200];
    int on = 1, chunk = LITE_CHUNK, reserve = LITE_SUM, rc;

    sqlite3_busy_handler(c->db, lite_wait, c);
    sqlite3_wal_hook(c->db, note_frames, c);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_file_control(c->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
    sqlite3_file_control(c->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
    snprintf(pragmas, sizeof(pragmas),
             "PRAGMA page_size=%d;PRAGMA cell_size_check=1;"
             "PRAGMA synchronous=FULL;PRAGMA secure_delete=0;"
             "PRAGMA cache_spill=0;PRAGMA journal_size_limit=%d",
             LITE_PAGE, c->s->wal_size);
    rc = sqlite3_exec(c->db, pragmas, NULL, NULL, NULL);
    if (rc == SQLITE_OK) /* for a new file, or a rewritten one */
        rc = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_RESERVE_BYTES,
                                  &reserve);
    return rc;
}

/*
 * The last one to close moves the log.  Not that of a store which was refused:
 * what is left of it may still help somebody, or is not ours.
 */
void
lite_file_close(lite_conn *c)
{
    if (c->db && (c->s->lost || !c->s->checked))
        sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(c->db);
    c->db = NULL;
}

/* state.db without its helpers, where nobody can make them. */
static int
is_frozen(const lite *s)
{
    struct stat st;

    if (access(s->path, F_OK) < 0 || access(s->shm, F_OK) == 0)
        return 0;
    return access(s->path, W_OK) < 0 && errno == EROFS &&
           (stat(s->wal, &st) < 0 || st.st_size == 0);
}

int
lite_file_open(lite_conn *c, pp_err *err)
{
    lite *s = c->s;
    int rc;

    s->frozen = s->frozen || is_frozen(s);
    rc = open_db(c);
    if (rc == SQLITE_OK)
        rc = set_up(c);
    if (rc == SQLITE_IOERR_DATA && s->found_bare && !s->checked) {
        s->bare = 1; /* lite_file_check goes on from there */
        rc = set_up(c);
    }
    if (rc == SQLITE_OK) {
        s->read_only = sqlite3_db_readonly(c->db, "main") == 1;
        return 0;
    }
    if ((rc & 0xff) == SQLITE_CANTOPEN && access(s->shm, F_OK) < 0 &&
        access(s->path, W_OK) < 0 && errno == EROFS)
        rc = SQLITE_READONLY_CANTINIT;
    rc = lite_fail(c, err, rc, "cannot open");
    lite_file_close(c);
    return rc;
}

/* One number that SQL gives. */
static int
number(lite_conn *c, const char *sql, int64_t *out)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        *out = sqlite3_column_int64(st, 0);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(st);
    return rc;
}

/* A store of ours is in WAL mode; a restored copy may not be. */
static int
use_wal(lite_conn *c, int *is_wal)
{
    sqlite3_stmt *st = NULL;
    int rc =
        sqlite3_prepare_v2(c->db, "PRAGMA journal_mode=WAL", -1, &st, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        const char *mode = (const char *)sqlite3_column_text(st, 0);

        *is_wal = mode && strcmp(mode, "wal") == 0;
        rc = SQLITE_OK;
    }
    sqlite3_finalize(st);
    return rc;
}

/* SQLITE_OK: made, by us or another who was faster. */
static int
make_tables(lite_conn *c)
{
    char sql[400];
    int64_t id = 0;
    int rc = sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    if (rc != SQLITE_OK)
        return rc;
    snprintf(sql, sizeof(sql),
             "CREATE TABLE item(key BLOB PRIMARY KEY NOT NULL,"
             " value BLOB NOT NULL) WITHOUT ROWID;"
             "INSERT INTO item VALUES(0, 0);"
             "PRAGMA application_id=%d;PRAGMA user_version=%d",
             LITE_APP_ID, LITE_VERSION);
    rc = number(c, "PRAGMA application_id", &id);
    if (rc == SQLITE_OK && id == 0)
        rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

/* A change of the journal mode does not always wait by itself. */
static int
make_ready(lite_conn *c, int is_new, pp_err *err)
{
    int is_wal = 0, times = 0, rc;

    do {
        rc = use_wal(c, &is_wal);
        if (rc == SQLITE_OK && is_wal && is_new)
            rc = make_tables(c);
    } while ((rc & 0xff) == SQLITE_BUSY && lite_wait(c, times++));
    if (rc != SQLITE_OK)
        return lite_fail(c, err, rc, "cannot make");
    if (!is_wal)
        return pp_host_fail(c->s->host, err, PP_E_NOTSUP, 0,
                            "state store \"%s\": the file system has no "
                            "shared mappings; use another",
                            c->s->path);
    return 0;
}

/*
 * Whose file it is.  It gets its id and its table in one commit: seen with a
 * table, the id that is read after that is final.
 */
static int
identify(lite_conn *c, int64_t *id, int64_t *tables)
{
    int rc = number(c, "PRAGMA application_id", id);

    if (rc == SQLITE_OK && *id == 0)
        rc = number(c, "SELECT count(*) FROM sqlite_schema", tables);
    if (rc == SQLITE_OK && *tables > 0)
        rc = number(c, "PRAGMA application_id", id);
    return rc;
}

/* What page 1 says. */
typedef struct label {
    int64_t id;
    int64_t tables; /* counted if there is no id */
    int64_t version;
} label;

static int
read_label(lite_conn *c, label *l, pp_err *err)
{
    lite *s = c->s;
    int rc = identify(c, &l->id, &l->tables);

    if (rc == SQLITE_OK)
        rc = number(c, "PRAGMA user_version", &l->version);
    if (rc != SQLITE_OK)
        return lite_fail(c, err, rc, "cannot open");
    if (l->id != LITE_APP_ID && (l->id != 0 || l->tables > 0 || s->read_only))
        return pp_host_fail(s->host, err, PP_E_NOTSUP, 0,
                            "\"%s\" is a database of another program; move "
                            "it away",
                            s->path);
    if (l->version > LITE_VERSION)
        return pp_host_fail(s->host, err, PP_E_NOTSUP, 0,
                            "state store \"%s\" was made by a newer version; "
                            "use that version",
                            s->path);
    return 0;
}
static int
is_bare(const label *l)
{
    return l->id == LITE_APP_ID && l->version == LITE_BARE;
}

/*
 * Pages without checksums: made by SQLite's own tool, or by the first version.
 * They are read as they are and written anew, in one transaction.  Where only
 * the mark of checksums is missing, page 1 is damaged.
 */
static int
convert(lite_conn *c, const label *l, pp_err *err)
{
    const lite *s = c->s;
    int64_t page = 0;
    char sql[64];
    int rc = number(c, "PRAGMA page_size", &page);

    if (rc == SQLITE_OK && page == LITE_PAGE && l->id && !is_bare(l))
        rc = SQLITE_IOERR_DATA;
    if (rc == SQLITE_OK && s->read_only)
        rc = SQLITE_READONLY_RECOVERY;
    if (rc != SQLITE_OK)
        return lite_fail(c, err, rc, "cannot open");
    if (page != LITE_PAGE)
        return pp_host_fail(s->host, err, PP_E_NOTSUP, 0,
                            "state store \"%s\" has pages of %d bytes instead "
                            "of %d; save and restore it as described in "
                            "polypod-state-sqlite(8)",
                            s->path, (int)page, LITE_PAGE);
    rc = make_ready(c, 0, err);
    if (rc < 0)
        return rc;
    snprintf(sql, sizeof(sql), "PRAGMA user_version=%d",
             l->id ? LITE_VERSION : 0);
    rc = lite_verify(c, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(c->db, LITE_REWRITE, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return lite_fail(c, err, rc, "cannot give checksums to");
    pp_host_log(s->host, PP_LOG_INFO, "\"%s\" has page checksums now", s->path);
    return 0;
}

/*
 * It may be new, ours, a restored copy of ours, or somebody else's.  One that
 * seems new but had commits is left as it is: making it would write to a log
 * of which only the beginning may be damaged.
 */
static int
settle(lite_conn *c, uint64_t witness, pp_err *err)
{
    lite *s = c->s;
    label l = {0, 0, 0};
    int rc = read_label(c, &l, err);

    if (rc == 0 && l.id == 0 && witness > 0)
        return lite_lost(s, err, 0, witness);
    if (rc == 0 && (s->bare || is_bare(&l))) {
        s->bare = 1;
        rc = convert(c, &l, err);
        s->bare = s->found_bare = 0;
        if (rc == 0) {
            lite_file_close(c); /* with what it had read unseen */
            rc = lite_file_open(c, err);
        }
        if (rc == 0)
            rc = read_label(c, &l, err);
    }
    if (rc == 0 && !s->read_only)
        rc = make_ready(c, l.id == 0, err);
    return rc;
}

int
lite_file_check(lite_conn *c, pp_err *err)
{
    uint64_t witness = lite_witness_read(c->s), commit = 0; /* in this order */
    int rc = settle(c, witness, err);

    if (rc < 0)
        return rc;
    rc = lite_look(c, &commit);
    if (rc != SQLITE_OK)
        return lite_fail(c, err, rc, "cannot open");
    return commit < witness ? lite_lost(c->s, err, commit, witness) : 0;
}
