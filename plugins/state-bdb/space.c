/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/space.c - a full disk must not tear the store
 *
 * Before a commit touches anything it makes sure that there is room for it.
 * The file "spare" keeps some blocks back: on a full disk, commits that do
 * not make the store grow may use most of them, so that things can be
 * removed, and recovery may use the rest.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SPARE ((uint64_t)1 << 20)   /* kept back in good times */
#define LAST ((uint64_t)256 << 10)  /* of it, for recovery alone */
#define COMFORT ((uint64_t)4 << 20) /* with this much free, do not look */

static int
spare_open(const bdb *s)
{
    return openat(s->dir_fd, "spare", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                  0600);
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

/* Bytes of a value's pages, and of a page's split. */
static uint64_t
pages(uint64_t n)
{
    return (n / (BDB_PAGE - 128) + 2) * BDB_PAGE;
}

static uint64_t
size_in_file(bdb *s, const bdb_change *c)
{
    DBT key = bdb_dbt(bdb_change_key(c)), val = bdb_dbt(pp_slice_of(NULL, 0));

    val.flags = DB_DBT_USERMEM; /* of no bytes: only the size comes back */
    s->view->get(s->view, NULL, &key, &val, 0);
    return val.size;
}

/* The new pages, and the log of both the new and the old. */
uint64_t
bdb_space_need(bdb *s, const bdb_changes *changes, int *grows)
{
    uint64_t need = 128u << 10, all_now = 0, all_old = 0;
    size_t i;

    for (i = 0; i < changes->n; i++) {
        const bdb_change *c = changes->v[i];
        uint64_t now = pages(c->key_n + c->val_n);
        uint64_t old = pages(c->key_n + size_in_file(s, c));

        need += 2 * now + old + (now + old) / 8;
        all_now += c->del ? 0 : now;
        all_old += old;
    }
    *grows = all_now > all_old;
    return need;
}

/* A write that failed for lack of space may come back as a panic. */
int
bdb_space_is_out(const bdb *s, int rc)
{
    return rc == ENOSPC || rc == EDQUOT ||
           (rc == DB_RUNRECOVERY && free_space(s) < LAST);
}

/* Room for need bytes, or -PP_E_FULL with nothing changed. */
int
bdb_space_reserve(bdb *s, uint64_t need, int grows, pp_err *err)
{
    uint64_t room = free_space(s), spare, usable;
    int fd;

    if (room >= need + COMFORT)
        return 0;
    fd = spare_open(s);
    spare = spare_size(fd);
    usable = spare > LAST && !grows ? spare - LAST : 0;
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

    if (free_space(s) < COMFORT)
        return;
    fd = spare_open(s);
    if (fd < 0)
        return;
    if (spare_size(fd) < SPARE && fallocate(fd, 0, 0, (off_t)SPARE) < 0)
        pp_host_log(s->host, PP_LOG_DEBUG, "no space kept back in \"%s\"",
                    s->dir);
    close(fd);
}
