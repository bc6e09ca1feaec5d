/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/space.c - a full disk must not tear the store
 *
 * A commit goes to redo, which has its space, if there is room to fold it.
 * Before a fold touches anything it makes sure of that again.  The file "spare"
 * keeps some blocks back: on a full disk, folds with commits that do not make
 * the store grow may use most of them, so that things can be removed, and
 * recovery may use the rest.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SPARE ((uint64_t)2 << 20)  /* kept back in good times */
#define LAST ((uint64_t)256 << 10) /* of it, for recovery alone */
#define SMALL 768u                 /* no page of its own */
#define LOG_ENTRY 160u
#define SLACK 512u /* what a note, or an end, may add without "growing" */
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

uint64_t
bdb_space_free(const bdb *s)
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

/* Bytes of the item as the transaction found it, in redo or in the file. */
static uint64_t
size_before(bdb *s, const bdb_change *c)
{
    uint64_t in_file;
    int found = 0;
    size_t at = 0;

    if (s->over)
        at = bdb_changes_at(s->over, bdb_change_key(c), &found);
    if (found)
        return s->over->v[at]->del ? 0 : c->key_n + s->over->v[at]->val_n;
    in_file = size_in_file(s, c);
    return in_file || c->del ? c->key_n + in_file : 0;
}

static uint64_t
pages_in_file(const bdb *s)
{
    struct stat st = {0};

    fstatat(s->dir_fd, BDB_FILE, &st, AT_SYMLINK_NOFOLLOW);
    return (uint64_t)st.st_size / BDB_PAGE + 2;
}

/* What one change writes: new pages, and the log of both the new and the old.
 * Small items share pages. */
static uint64_t
cost(uint64_t n, uint64_t n_old, int del)
{
    uint64_t now = del ? 0 : pages(n), old = pages(n_old);

    if (n < SMALL && n_old < SMALL)
        return 2 * (n + n_old) + LOG_ENTRY;
    return 2 * now + old + (now + old) / 8;
}

/* Sums over changes, of redo's commits or of the transaction. */
typedef struct sums {
    uint64_t cost;
    uint64_t most; /* of one change */
    uint64_t now;  /* bytes in pages, and before */
    uint64_t old;
    uint64_t bytes; /* of keys and values, and before */
    uint64_t bytes_old;
    uint64_t splits; /* that small items may cause */
} sums;

static void
add(sums *t, bdb *s, const bdb_change *c)
{
    uint64_t n = c->key_n + c->val_n, n_old = c->key_n + size_in_file(s, c);
    uint64_t one = cost(n, n_old, c->del);

    t->cost += one;
    t->most = one > t->most ? one : t->most;
    t->now += c->del ? 0 : pages(n);
    t->old += pages(n_old);
    t->bytes += c->del ? 0 : n;
    t->bytes_old += c->own ? size_before(s, c) : 0;
    t->splits += n < SMALL && n > n_old && !c->del;
}

/*
 * A fold on a nearly full disk goes piece by piece, so its log is that of the
 * largest piece: the transaction's changes are one.  Whether the store grows
 * is asked of those alone; the others were let in.
 */
bdb_need
bdb_space_need(bdb *s, const bdb_changes *changes)
{
    sums own = {0}, other = {0};
    bdb_need need = {128u << 10, 0};
    uint64_t piece, split = pages_in_file(s);
    size_t i;

    for (i = 0; i < changes->n; i++)
        add(changes->v[i]->own ? &own : &other, s, changes->v[i]);
    piece = other.most > 4 * BDB_PIECE ? other.most : 4 * BDB_PIECE;
    if (piece > other.cost)
        piece = other.cost;
    if (split > own.splits + other.splits)
        split = own.splits + other.splits;
    need.bytes += piece > own.cost ? piece : own.cost;
    need.bytes += 2 * BDB_PAGE * split;
    need.bytes += other.now > other.old ? other.now - other.old : 0;
    need.grows = own.bytes > own.bytes_old + SLACK;
    return need;
}

/* All that fits into redo can be folded, without a closer look. */
int
bdb_space_is_ample(const bdb *s)
{
    return bdb_space_free(s) >= COMFORT + 4 * s->redo.size;
}

/* A write that failed for lack of space may come back as a panic. */
int
bdb_space_is_out(const bdb *s, int rc)
{
    return rc == ENOSPC || rc == EDQUOT ||
           (rc == DB_RUNRECOVERY && bdb_space_free(s) < LAST);
}

/* Room for a fold, or -PP_E_FULL with nothing changed. */
int
bdb_space_reserve(bdb *s, const bdb_need *need, pp_err *err)
{
    uint64_t room = bdb_space_free(s), spare, usable;
    int fd;

    if (room >= need->bytes + COMFORT)
        return 0;
    fd = spare_open(s);
    spare = spare_size(fd);
    usable = spare > LAST && !need->grows ? spare - LAST : 0;
    if (room + usable < need->bytes) {
        if (fd >= 0)
            close(fd);
        return pp_host_fail(s->host, err, PP_E_FULL, 0,
                            "no space for %" PRIu64 " KiB in \"%s\"; free "
                            "some and try again",
                            need->bytes / 1024, s->dir);
    }
    if (room < need->bytes &&
        ftruncate(fd, (off_t)(spare - (need->bytes - room))) < 0)
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

    if (bdb_space_free(s) < COMFORT)
        return;
    fd = spare_open(s);
    if (fd < 0)
        return;
    if (spare_size(fd) < SPARE && fallocate(fd, 0, 0, (off_t)SPARE) < 0)
        pp_host_log(s->host, PP_LOG_DEBUG, "no space kept back in \"%s\"",
                    s->dir);
    close(fd);
}
