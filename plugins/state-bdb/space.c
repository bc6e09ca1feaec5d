/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/space.c - a full disk must not tear the store
 *
 * Before a commit touches anything it makes sure that there is room for it.
 * The file "spare" keeps some blocks back: on a full disk small commits,
 * such as those of a removal, may use most of them, and recovery the rest.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SPARE ((uint64_t)1 << 20)     /* kept back in good times */
#define LAST ((uint64_t)256 << 10)    /* of it, for recovery alone */
#define COMFORT ((uint64_t)4 << 20)   /* with this much free, do not look */

static int
spare_open(const bdb *s)
{
    return openat(s->dir_fd, "spare",
                  O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static uint64_t
spare_size(int fd)
{
    struct stat st;

    return fd < 0 || fstat(fd, &st) < 0 ? 0 : (uint64_t)st.st_blocks * 512;
}

static uint64_t
free_space(const bdb *s)
{
    struct statvfs v;

    if (fstatvfs(s->dir_fd, &v) < 0)
        return 0;
    return (uint64_t)v.f_bavail * v.f_frsize;
}

/* Room for need bytes, or -PP_E_FULL with nothing changed. */
int
bdb_space_reserve(bdb *s, uint64_t need, pp_err *err)
{
    uint64_t room = free_space(s), spare, usable;
    int fd;

    if (room >= need + COMFORT)
        return 0;
    fd = spare_open(s);
    spare = spare_size(fd);
    usable = spare > LAST ? spare - LAST : 0;
    if (room + usable < need) {
        if (fd >= 0)
            close(fd);
        return pp_host_fail(s->host, err, PP_E_FULL, 0,
                            "no space for %" PRIu64 " KiB in \"%s\"; free "
                            "some and try again",
                            need / 1024, s->dir);
    }
    if (room < need && ftruncate(fd, (off_t)(spare - (need - room))) < 0)
        pp_host_log(s->host, PP_LOG_WARNING, "cannot shrink \"%s/spare\"",
                    s->dir);
    if (fd >= 0)
        close(fd);
    return 0;
}

/* Give recovery everything. */
void
bdb_space_release(bdb *s)
{
    unlinkat(s->dir_fd, "spare", 0);
}

/* Keep space back again, if there is any to spare. */
void
bdb_space_restore(bdb *s)
{
    int fd;

    if (free_space(s) < SPARE)
        return;
    fd = spare_open(s);
    if (fd < 0)
        return;
    if (spare_size(fd) < SPARE && fallocate(fd, 0, 0, (off_t)SPARE) < 0)
        pp_host_log(s->host, PP_LOG_DEBUG, "no space kept back in \"%s\"",
                    s->dir);
    close(fd);
}
