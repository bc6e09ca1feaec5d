/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/fail.c - SQLite's codes in the words of the SDK
 */
#include "lite.h"

#include <errno.h>
#include <inttypes.h>

/* Extended codes stand before their primary one. */
static const struct {
    int rc;
    int code;
} codes[] = {
    {SQLITE_BUSY_SNAPSHOT, PP_E_CONFLICT},
    {SQLITE_BUSY, PP_E_BUSY},
    {SQLITE_LOCKED, PP_E_BUSY},
    {SQLITE_PROTOCOL, PP_E_BUSY}, /* somebody stopped inside a lock */
    {SQLITE_FULL, PP_E_FULL},
    {SQLITE_NOMEM, PP_E_NOMEM},
    {SQLITE_IOERR_NOMEM, PP_E_NOMEM},
    {SQLITE_IOERR_SHORT_READ, PP_E_CORRUPT},
    {SQLITE_IOERR_CORRUPTFS, PP_E_CORRUPT},
    {SQLITE_IOERR_DATA, PP_E_CORRUPT},
    {SQLITE_IOERR, PP_E_IO},
    {SQLITE_CORRUPT, PP_E_CORRUPT},
    {SQLITE_NOTADB, PP_E_CORRUPT},
    {SQLITE_FORMAT, PP_E_CORRUPT},
    {SQLITE_CONSTRAINT, PP_E_CORRUPT},
    {SQLITE_MISMATCH, PP_E_CORRUPT},
    {SQLITE_ERROR, PP_E_CORRUPT}, /* our SQL is right, so the table is not */
    {SQLITE_READONLY_RECOVERY, PP_E_RECOVER},
    {SQLITE_READONLY_ROLLBACK, PP_E_RECOVER},
    {SQLITE_READONLY_CANTINIT, PP_E_RECOVER},
    {SQLITE_READONLY_CANTLOCK, PP_E_RECOVER},
    {SQLITE_READONLY, PP_E_PERM},
    {SQLITE_PERM, PP_E_PERM},
    {SQLITE_AUTH, PP_E_PERM},
    {SQLITE_CANTOPEN_SYMLINK, PP_E_PERM},
    {SQLITE_CANTOPEN, PP_E_IO},
    {SQLITE_INTERRUPT, PP_E_CANCELED},
    {SQLITE_TOOBIG, PP_E_INVAL},
};

int
lite_code(int rc)
{
    size_t i;

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].rc == rc || codes[i].rc == (rc & 0xff))
            return codes[i].code;
    return PP_E_INTERNAL;
}

int
lite_fail(const lite_conn *c, pp_err *err, int rc, const char *what)
{
    const lite *s = c->s;
    int code = lite_code(rc), sys_errno = 0;

    if (code == PP_E_IO)
        sys_errno = sqlite3_system_errno(c->db);
    if (sys_errno == ENOSPC || sys_errno == EDQUOT)
        code = PP_E_FULL;
    if (code == PP_E_IO && (sys_errno == EACCES || sys_errno == EPERM))
        code = PP_E_PERM;
    if (code == PP_E_BUSY)
        return lite_busy(s, err);
    if (code == PP_E_FULL)
        return pp_host_fail(s->host, err, code, 0,
                            "%s \"%s\": no space; free some and try again",
                            what, s->path);
    if (code == PP_E_CORRUPT && s->bad_file)
        return pp_host_fail(s->host, err, code, 0,
                            "%s \"%s\": it is damaged (%s %" PRIu32
                            " of \"%s\" does not match its checksum); "
                            "restore a backup as described in "
                            "polypod-state-sqlite(8)",
                            what, s->path,
                            s->bad_file == s->wal ? "frame" : "page",
                            s->bad_page, s->bad_file);
    if (code == PP_E_CORRUPT)
        return pp_host_fail(s->host, err, code, 0,
                            "%s \"%s\": it is damaged (%s); restore a backup "
                            "as described in polypod-state-sqlite(8)",
                            what, s->path, sqlite3_errstr(rc));
    if (code == PP_E_RECOVER)
        return pp_host_fail(s->host, err, code, 0,
                            "%s \"%s\": it needs recovery but cannot be "
                            "written; make it writable and run the command "
                            "again",
                            what, s->path);
    return pp_host_fail(s->host, err, code, sys_errno, "%s \"%s\": %s", what,
                        s->path, sqlite3_errstr(rc));
}

/* Not damage one can see: what is there is whole, but not all there was. */
int
lite_lost(lite *s, pp_err *err, uint64_t found, uint64_t witness)
{
    s->lost = 1;
    return pp_host_fail(s->host, err, PP_E_RECOVER, 0,
                        "state store \"%s\" ends at commit %" PRIu64
                        ", but commit %" PRIu64 " was made: its files are "
                        "damaged or older; restore a backup, or accept the "
                        "loss by removing \"%s\", as described in "
                        "polypod-state-sqlite(8)",
                        s->path, found, witness, s->commits);
}

int
lite_bad_flags(const lite *s, pp_err *err, const char *op, uint32_t flags)
{
    return pp_host_fail(s->host, err, PP_E_NOTSUP, 0,
                        "state store \"%s\": %s: unknown flags 0x%" PRIx32,
                        s->path, op, flags);
}
