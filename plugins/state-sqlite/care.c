/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/care.c - generation, check, compact, backup
 */
#include "lite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
lite_generation(void *self, uint64_t *gen, pp_err *err)
{
    lite *s = self;
    lite_conn *c;
    uint64_t n;
    int rc = lite_conn_take(s, s->lock_timeout, &c, err);

    if (rc < 0)
        return rc;
    rc = lite_look(c, &n);
    if (rc == SQLITE_OK)
        *gen = n;
    else
        rc = lite_fail(c, err, rc, "cannot read");
    lite_conn_give(c);
    return rc;
}

static int
say(const lite *s, pp_sink *report, const char *text)
{
    char line[1024];
    int n = snprintf(line, sizeof(line), "%s: %s\n", s->path, text);

    if (n >= (int)sizeof(line))
        n = (int)sizeof(line) - 1;
    return s->host->put(report, line, (size_t)n);
}

/*
 * SQLITE_CORRUPT: something was found.  Each row is a complaint, or the one
 * word "ok".  report may be NULL.
 */
int
lite_verify(lite_conn *c, int quick, pp_sink *report)
{
    sqlite3_stmt *st = NULL;
    int sound = 0, rc;

    c->s->bad_file = NULL;
    sqlite3_db_release_memory(c->db); /* the disk is asked, not the cache */
    rc = sqlite3_prepare_v2(
        c->db, quick ? "PRAGMA quick_check" : "PRAGMA integrity_check", -1, &st,
        NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(st, 0);

        sound = text && strcmp(text, "ok") == 0;
        if (report)
            say(c->s, report, sound ? "sound" : text ? text : "damaged");
        rc = SQLITE_OK;
    }
    sqlite3_finalize(st);
    if (rc == SQLITE_DONE)
        rc = sound ? SQLITE_OK : SQLITE_CORRUPT;
    return rc;
}

int
lite_check(void *self, uint32_t flags, pp_sink *report, pp_err *err)
{
    lite *s = self;
    lite_conn *c;
    int rc;

    if (flags & ~PP_CHECK_QUICK)
        return lite_bad_flags(s, err, "check", flags);
    rc = lite_conn_take(s, s->lock_timeout, &c, err);
    if (rc < 0)
        return rc;
    rc = lite_verify(c, flags & PP_CHECK_QUICK, report);
    if (rc != SQLITE_OK)
        rc = lite_fail(c, err, rc, "verification found damage in");
    lite_conn_give(c);
    return rc;
}

/* Rewrite the store without holes, and move all of the log into it. */
int
lite_compact(void *self, uint32_t flags, pp_err *err)
{
    lite *s = self;
    lite_conn *c;
    int rc;

    if (flags)
        return lite_bad_flags(s, err, "compact", flags);
    if (s->read_only)
        return pp_host_fail(s->host, err, PP_E_PERM, 0,
                            "state store \"%s\" cannot be written", s->path);
    if (s->writing) /* waiting would be in vain */
        return lite_busy(s, err);
    rc = lite_conn_take(s, s->lock_timeout, &c, err);
    if (rc < 0)
        return rc;
    rc = sqlite3_exec(c->db, LITE_REWRITE, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_wal_checkpoint_v2(c->db, "main",
                                       SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc != SQLITE_OK)
        rc = lite_fail(c, err, rc, "cannot compact");
    lite_conn_give(c);
    return rc;
}

static int
write_all(int fd, const unsigned char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

/*
 * One commit's pages as a file; they pass through memory.  Not serialized at
 * once, since that puts zeros where it cannot read.
 */
static int
copy(lite_conn *c, sqlite3 *mem, int fd, pp_err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(mem, "main", c->db, "main");
    sqlite3_int64 n = 0, at;
    unsigned char *p;
    int rc;

    if (b)
        sqlite3_backup_step(b, -1);
    rc = b ? sqlite3_backup_finish(b) : SQLITE_NOMEM;
    if (rc != SQLITE_OK)
        return lite_fail(c, err, rc, "cannot copy");
    p = sqlite3_serialize(mem, "main", &n, 0);
    if (!p)
        return lite_fail(c, err, SQLITE_NOMEM, "cannot copy");
    for (at = 0; at + LITE_PAGE <= n; at += LITE_PAGE)
        lite_page_sign(p + at, (uint32_t)(at / LITE_PAGE + 1));
    if (write_all(fd, p, (size_t)n) < 0)
        rc = pp_host_fail(c->s->host, err,
                          errno == ENOSPC || errno == EDQUOT ? PP_E_FULL
                                                             : PP_E_IO,
                          errno, "cannot write a copy of \"%s\"", c->s->path);
    sqlite3_free(p);
    return rc;
}

int
lite_backup(void *self, int32_t out_fd, uint32_t flags, pp_err *err)
{
    lite *s = self;
    sqlite3 *mem = NULL;
    lite_conn *c;
    int rc;

    if (flags)
        return lite_bad_flags(s, err, "backup", flags);
    rc = lite_conn_take(s, s->lock_timeout, &c, err);
    if (rc < 0)
        return rc;
    rc = sqlite3_open(":memory:", &mem);
    rc = rc == SQLITE_OK ? copy(c, mem, out_fd, err)
                         : lite_fail(c, err, rc, "cannot copy");
    sqlite3_close(mem);
    lite_conn_give(c);
    return rc;
}
