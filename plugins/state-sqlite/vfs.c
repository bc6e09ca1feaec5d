/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/vfs.c - between SQLite and its files
 *
 * Whole pages of state.db get their checksum when they are written there, which
 * is when the log is moved, and are verified whenever they are read.  What is
 * read of the log is verified by the log's own sums, which SQLite itself looks
 * at in recovery only; so the log is what SQLite's documents say it is.
 *
 * All else is handed on.  There is no xFetch: nothing is mapped.
 */
#include "lite.h"

#include <stdio.h>
#include <string.h>

#define RESERVED_AT 20 /* in page 1: bytes reserved in each page */
#define LEAST_PAGE 512
#define HEAD 24            /* of a frame */
#define LOG_HEAD 32        /* of the log */
#define LOG_HEAD_AS_HEAD 8 /* see lite_frame_is_sound */
#define TRIES 3

typedef struct shim {
    sqlite3_file base;
    lite *s;
    int is_log;
} shim; /* the file below stands behind it */

static sqlite3_file *
under(sqlite3_file *file)
{
    return (sqlite3_file *)((shim *)file + 1);
}

static int
read_under(sqlite3_file *file, void *buf, int n, sqlite3_int64 at)
{
    return under(file)->pMethods->xRead(under(file), buf, n, at);
}

static int
refuse(sqlite3_file *file, uint32_t page)
{
    shim *f = (shim *)file;

    f->s->bad_file = f->is_log ? f->s->wal : f->s->path;
    f->s->bad_page = page;
    return SQLITE_IOERR_DATA;
}

/* A first page that claims to have no checksum: file.c asks whose it is. */
static int
claims_no_sums(const unsigned char *page)
{
    return memcmp(page, "SQLite format 3", 16) == 0 && page[RESERVED_AT] == 0;
}

/*
 * A page of state.db.  Where state.db-wal is absent, SQLite may read page 1
 * while another process writes it; so a second look is taken.
 */
static int
read_page(sqlite3_file *file, unsigned char *page, int n, sqlite3_int64 at)
{
    uint32_t number = (uint32_t)(at / LITE_PAGE + 1);
    lite *s = ((shim *)file)->s;
    int tries, rc;

    for (tries = 0; tries < TRIES; tries++) {
        rc = read_under(file, page, n, at);
        if (s->bare || (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ))
            return rc;
        if (rc == SQLITE_OK && n == LITE_PAGE && at % LITE_PAGE == 0 &&
            lite_page_is_sound(page, number))
            return SQLITE_OK;
    }
    s->found_bare |= at == 0 && claims_no_sums(page);
    return refuse(file, number);
}

/* The page of a frame of the log. */
static int
read_frame(sqlite3_file *file, unsigned char *page, sqlite3_int64 at)
{
    sqlite3_int64 frame = at - HEAD;
    unsigned char before[HEAD], head[HEAD];
    int rc = read_under(file, page, LITE_PAGE, at);

    if (rc == SQLITE_OK)
        rc = read_under(file, head, HEAD, frame);
    if (rc == SQLITE_OK)
        rc = read_under(file, before, HEAD,
                        frame == LOG_HEAD ? LOG_HEAD_AS_HEAD
                                          : frame - HEAD - LITE_PAGE);
    if (rc != SQLITE_OK || lite_frame_is_sound(before, head, page))
        return rc;
    return refuse(file,
                  (uint32_t)((frame - LOG_HEAD) / (HEAD + LITE_PAGE)) + 1);
}

/*
 * Less than a page is a header.  SQLite takes from it only what it needs to
 * read page 1, which has it again.  Of the log it also reads frames as a whole,
 * to verify them.
 */
static int
shim_read(sqlite3_file *file, void *buf, int n, sqlite3_int64 at)
{
    if (n < LEAST_PAGE)
        return read_under(file, buf, n, at);
    if (!((shim *)file)->is_log)
        return read_page(file, buf, n, at);
    if (n == LITE_PAGE && (at - LOG_HEAD) % (HEAD + LITE_PAGE) == HEAD)
        return read_frame(file, buf, at);
    return read_under(file, buf, n, at);
}

/*
 * Has this database room for checksums?  Page 1 knows; it is the first to be
 * written where it is written at all.  None has only a database that file.c is
 * about to convert.
 */
static int
has_room(sqlite3_file *file, const unsigned char *page, sqlite3_int64 at,
         int *room)
{
    unsigned char reserved = page[RESERVED_AT];
    int rc = SQLITE_OK;

    if (at > 0)
        rc = read_under(file, &reserved, 1, RESERVED_AT);
    if (rc != SQLITE_OK)
        return rc;
    if (reserved != 0 && reserved != LITE_SUM)
        return refuse(file, 1);
    *room = reserved == LITE_SUM;
    return SQLITE_OK;
}

static int
shim_write(sqlite3_file *file, const void *buf, int n, sqlite3_int64 at)
{
    unsigned char page[LITE_PAGE];
    int room = 0, rc = SQLITE_OK;

    if (!((shim *)file)->is_log && n == LITE_PAGE && at % LITE_PAGE == 0)
        rc = has_room(file, buf, at, &room);
    if (rc != SQLITE_OK)
        return rc;
    if (room) {
        memcpy(page, buf, LITE_PAGE);
        lite_page_sign(page, (uint32_t)(at / LITE_PAGE + 1));
        buf = page;
    }
    return under(file)->pMethods->xWrite(under(file), buf, n, at);
}

static int
shim_close(sqlite3_file *file)
{
    return under(file)->pMethods->xClose(under(file));
}

static int
shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return under(file)->pMethods->xTruncate(under(file), size);
}

static int
shim_sync(sqlite3_file *file, int flags)
{
    return under(file)->pMethods->xSync(under(file), flags);
}

static int
shim_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return under(file)->pMethods->xFileSize(under(file), size);
}

static int
shim_lock(sqlite3_file *file, int kind)
{
    return under(file)->pMethods->xLock(under(file), kind);
}

static int
shim_unlock(sqlite3_file *file, int kind)
{
    return under(file)->pMethods->xUnlock(under(file), kind);
}

static int
shim_is_reserved(sqlite3_file *file, int *answer)
{
    return under(file)->pMethods->xCheckReservedLock(under(file), answer);
}

static int
shim_control(sqlite3_file *file, int op, void *arg)
{
    return under(file)->pMethods->xFileControl(under(file), op, arg);
}

static int
shim_sector(sqlite3_file *file)
{
    return under(file)->pMethods->xSectorSize(under(file));
}

static int
shim_traits(sqlite3_file *file)
{
    return under(file)->pMethods->xDeviceCharacteristics(under(file));
}

static int
shim_shm_map(sqlite3_file *file, int region, int n, int extend,
             void volatile **p)
{
    return under(file)->pMethods->xShmMap(under(file), region, n, extend, p);
}

static int
shim_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    return under(file)->pMethods->xShmLock(under(file), at, n, flags);
}

static void
shim_shm_barrier(sqlite3_file *file)
{
    under(file)->pMethods->xShmBarrier(under(file));
}

static int
shim_shm_unmap(sqlite3_file *file, int remove)
{
    return under(file)->pMethods->xShmUnmap(under(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_is_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static sqlite3_vfs *
system_vfs(sqlite3_vfs *vfs)
{
    return ((lite *)vfs->pAppData)->under;
}

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
         int *out)
{
    sqlite3_vfs *system = system_vfs(vfs);
    shim *f = (shim *)file;
    int rc;

    if (!(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return system->xOpen(system, name, file, flags, out);
    memset(file, 0, (size_t)vfs->szOsFile);
    rc = system->xOpen(system, name, under(file), flags, out);
    if (rc != SQLITE_OK) {
        if (under(file)->pMethods)
            under(file)->pMethods->xClose(under(file));
        return rc;
    }
    f->s = vfs->pAppData;
    f->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    f->base.pMethods = &methods;
    return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    return system_vfs(vfs)->xDelete(system_vfs(vfs), name, sync);
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *answer)
{
    return system_vfs(vfs)->xAccess(system_vfs(vfs), name, flags, answer);
}

static int
vfs_full_path(sqlite3_vfs *vfs, const char *name, int n, char *path)
{
    return system_vfs(vfs)->xFullPathname(system_vfs(vfs), name, n, path);
}

static int
vfs_random(sqlite3_vfs *vfs, int n, char *p)
{
    return system_vfs(vfs)->xRandomness(system_vfs(vfs), n, p);
}

static int
vfs_sleep(sqlite3_vfs *vfs, int us)
{
    return system_vfs(vfs)->xSleep(system_vfs(vfs), us);
}

static int
vfs_time(sqlite3_vfs *vfs, double *now)
{
    return system_vfs(vfs)->xCurrentTime(system_vfs(vfs), now);
}

static int
vfs_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *now)
{
    return system_vfs(vfs)->xCurrentTimeInt64(system_vfs(vfs), now);
}

static int
vfs_errno(sqlite3_vfs *vfs, int n, char *text)
{
    return system_vfs(vfs)->xGetLastError(system_vfs(vfs), n, text);
}

/*
 * SQLite finds a VFS by its name, also in the middle of a compaction.  The list
 * is the process's, so each instance puts one of its own there, under a name
 * that no other can have, and takes it out before it goes.
 */
int
lite_vfs_register(lite *s, pp_err *err)
{
    int rc = SQLITE_ERROR;

    s->under = sqlite3_vfs_find(NULL);
    if (s->under && s->under->iVersion >= 2) {
        snprintf(s->vfs_name, sizeof(s->vfs_name), "polypod-%p", (void *)s);
        s->vfs = (sqlite3_vfs){
            .iVersion = 2,
            .szOsFile = (int)sizeof(shim) + s->under->szOsFile,
            .mxPathname = s->under->mxPathname,
            .zName = s->vfs_name,
            .pAppData = s,
            .xOpen = vfs_open,
            .xDelete = vfs_delete,
            .xAccess = vfs_access,
            .xFullPathname = vfs_full_path,
            .xRandomness = vfs_random,
            .xSleep = vfs_sleep,
            .xCurrentTime = vfs_time,
            .xGetLastError = vfs_errno,
            .xCurrentTimeInt64 = vfs_time_ms,
        };
        rc = sqlite3_vfs_register(&s->vfs, 0);
    }
    if (rc == SQLITE_OK)
        return 0;
    s->under = NULL;
    return pp_host_fail(s->host, err, lite_code(rc), 0,
                        "state store \"%s\": SQLite cannot be started: %s",
                        s->path, sqlite3_errstr(rc));
}

void
lite_vfs_unregister(lite *s)
{
    if (s->under)
        sqlite3_vfs_unregister(&s->vfs);
    s->under = NULL;
}
