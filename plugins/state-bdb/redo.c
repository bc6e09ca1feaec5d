/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/redo.c - the file of commits that state.db lacks
 *
 * A page that says what it is, which never changes, and room for records.
 * The file is made whole, with zeros, and synced before it gets its name, so
 * the sync of a commit has no metadata to write and needs no space.  After a
 * fold the records begin at the first place again, over the old ones, whose
 * numbers tell that state.db has them.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_REDO BDB_REDO ".new"
#define MAGIC "PPREDO\0\1"
#define MIN_SIZE ((uint64_t)32 << 10)
#define MAX_SIZE ((uint64_t)64 << 20)

typedef struct title {
    char magic[8];
    uint64_t id;
    uint64_t size;
    uint64_t sum;
} title;

static uint64_t
title_sum(const title *t)
{
    return bdb_sum(t, offsetof(title, sum), 0);
}

static int
write_at(int fd, const unsigned char *p, uint64_t n, uint64_t at)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, p, (size_t)n, (off_t)at);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : ENOSPC;
        p += done;
        n -= (uint64_t)done;
        at += (uint64_t)done;
    }
    return 0;
}

/* All there is, up to n. */
static int
read_at(int fd, unsigned char *p, uint64_t n, uint64_t at, uint64_t *got)
{
    *got = 0;
    while (n > *got) {
        ssize_t done =
            pread(fd, p + *got, (size_t)(n - *got), (off_t)(at + *got));

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno;
        if (done == 0)
            break;
        *got += (uint64_t)done;
    }
    return 0;
}

/* A title and zeros, synced. */
static int
fill(int fd, uint64_t id, uint64_t size)
{
    title t = {.magic = MAGIC, .id = id, .size = size};
    unsigned char *p = calloc(1, (size_t)size);
    int rc = p ? 0 : ENOMEM;

    t.sum = title_sum(&t);
    if (p)
        memcpy(p, &t, sizeof(t));
    if (rc == 0)
        rc = write_at(fd, p, size, 0);
    if (rc == 0 && fsync(fd) < 0)
        rc = errno;
    free(p);
    return rc;
}

/* Of a file that is made: less than configured if it would take more than a
 * quarter of the space there is. */
static uint64_t
size_of_new(const bdb *s)
{
    uint64_t size = s->redo_size, room = bdb_space_free(s) / 4;

    if (size > room)
        size = room > MIN_SIZE ? room : MIN_SIZE;
    return size / BDB_PAGE * BDB_PAGE;
}

/* Would one that is made now be of a size that suits better? */
int
bdb_redo_is_other(const bdb *s)
{
    uint64_t want = s->redo_size / BDB_PAGE * BDB_PAGE;

    return s->redo.size > want ||
           (s->redo.size < want && size_of_new(s) == want);
}

/* An empty file of the configured size, under its name for good.  0, errno. */
int
bdb_redo_make(bdb *s, uint64_t *out)
{
    uint64_t id = bdb_random();
    int fd = openat(s->dir_fd, NEW_REDO,
                    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc = fd < 0 ? errno : fill(fd, id, size_of_new(s));

    if (fd >= 0)
        close(fd);
    if (rc == 0 && renameat(s->dir_fd, NEW_REDO, s->dir_fd, BDB_REDO) < 0)
        rc = errno;
    if (rc == 0 && fsync(s->dir_fd) < 0)
        rc = errno;
    if (rc == 0)
        *out = id;
    else
        unlinkat(s->dir_fd, NEW_REDO, 0);
    return rc;
}

void
bdb_redo_close(bdb *s)
{
    if (s->redo.fd >= 0)
        close(s->redo.fd);
    s->redo = (bdb_redo){.fd = -1};
}

static int
read_title(int fd, bdb_redo *redo)
{
    uint64_t got;
    title t;
    int rc = read_at(fd, (unsigned char *)&t, sizeof(t), 0, &got);

    if (rc != 0)
        return rc;
    if (got != sizeof(t) || memcmp(t.magic, MAGIC, sizeof(t.magic)) != 0 ||
        t.sum != title_sum(&t) || t.size > MAX_SIZE || t.size < 2 * BDB_PAGE)
        return BDB_REDO_BAD;
    *redo = (bdb_redo){fd, t.id, t.size};
    return 0;
}

/*
 * s->redo is the file with this id, or with any (0).  0, errno, or one of
 * ours.  The descriptor is kept, so that a failure to write that happens
 * between two commits is reported to the second.
 */
int
bdb_redo_open(bdb *s, uint64_t id)
{
    int fd, rc;

    if (s->redo.fd >= 0 && id && s->redo.id == id)
        return 0;
    bdb_redo_close(s);
    fd = openat(s->dir_fd, BDB_REDO,
                (s->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? BDB_REDO_ABSENT : errno;
    rc = read_title(fd, &s->redo);
    if (rc == 0 && id && s->redo.id != id)
        rc = BDB_REDO_ALIEN;
    if (rc != 0) {
        close(fd);
        s->redo = (bdb_redo){.fd = -1};
    }
    return rc;
}

/* n bytes, or BDB_REDO_BAD: the file is shorter. */
int
bdb_redo_read(const bdb *s, unsigned char *p, uint64_t n, uint64_t at)
{
    uint64_t got;
    int rc = read_at(s->redo.fd, p, n, at, &got);

    return rc == 0 && got != n ? BDB_REDO_BAD : rc;
}

/* Records with numbers that follow each other: the first, the last, and where
 * the next one would be. */
static void
walk(const unsigned char *p, const bdb_redo *redo, uint64_t *first,
     uint64_t *last, uint64_t *end)
{
    uint64_t at = BDB_FIRST, n, seq;

    *first = *last = 0;
    while (at < redo->size &&
           (n = bdb_record_look(p + at, redo->size - at, redo->id, at, &seq))) {
        if (*last && seq != *last + 1)
            break;
        *first = *first ? *first : seq;
        *last = seq;
        at += n;
    }
    *end = at;
}

/* The highest number of any record, wherever it is. */
static uint64_t
highest(const unsigned char *p, const bdb_redo *redo)
{
    uint64_t at, seq, max = 0;

    for (at = BDB_FIRST; at < redo->size; at += BDB_PAGE)
        if (bdb_record_look(p + at, redo->size - at, redo->id, at, &seq) &&
            seq > max)
            max = seq;
    return max;
}

/*
 * What a crash left: the records after the mark, which are all or none, and
 * begin at the first place.  A commit is synced before the next is written,
 * so a record after one that is not there means damage, and not a crash.
 * any: there is a record at all.  They are synced, as the last may not be.
 */
int
bdb_redo_scan(bdb *s, uint64_t mark, uint64_t *seq, uint64_t *tail, int *any)
{
    unsigned char *p = calloc(1, (size_t)s->redo.size);
    uint64_t got, first, last, end, max;
    int rc = p ? read_at(s->redo.fd, p, s->redo.size, 0, &got) : ENOMEM;

    if (rc == 0) {
        walk(p, &s->redo, &first, &last, &end);
        max = highest(p, &s->redo);
        *any = max > 0;
        *seq = last > mark ? last : mark;
        *tail = last > mark ? end : BDB_FIRST;
        if (max > *seq || (last > mark && first != mark + 1))
            rc = BDB_REDO_BAD;
    }
    free(p);
    if (rc == 0 && *tail > BDB_FIRST && fdatasync(s->redo.fd) < 0)
        rc = errno;
    return rc;
}

/* The record at tail is none: what was not published never happened. */
int
bdb_redo_discard(bdb *s, int fd, bdb_head *head)
{
    static const unsigned char zeros[BDB_PAGE];
    int rc = bdb_redo_open(s, head->redo);

    if (rc == 0 && head->tail < s->redo.size)
        rc = write_at(s->redo.fd, zeros, sizeof(zeros), head->tail);
    if (rc == 0 && fdatasync(s->redo.fd) < 0)
        rc = errno;
    if (rc != 0)
        return rc;
    head->append = 0;
    return bdb_head_write(s, fd, head, NULL) < 0 ? EIO : 0;
}

static int
write_record(bdb *s, const bdb_head *head, const bdb_changes *changes,
             uint64_t n)
{
    unsigned char *p =
        bdb_record_make(changes, head->redo, head->seq + 1, head->tail);
    int rc = p ? write_at(s->redo.fd, p, n, head->tail) : ENOMEM;

    free(p);
    if (rc == 0 && fdatasync(s->redo.fd) < 0)
        rc = errno;
    return rc;
}

/*
 * Write, sync, publish.  The header says first that a record is being
 * written: who finds that it still says so makes sure that there is none.
 * After a sync that failed the kernel takes pages for written that may not
 * be: the record is overwritten, and not synced again.
 */
int
bdb_redo_append(bdb *s, int fd, bdb_head *head, const bdb_changes *changes,
                pp_err *err)
{
    uint64_t n = bdb_record_size(changes);
    bdb_head next;
    int rc, rc_io;

    head->append = (uint32_t)getpid();
    rc = bdb_head_write(s, fd, head, err);
    if (rc < 0)
        return rc;
    rc_io = write_record(s, head, changes, n);
    next = *head;
    next.append = 0;
    next.seq++;
    next.tail += n;
    if (rc_io == 0)
        rc = bdb_head_write(s, fd, &next, err);
    if (rc_io == 0 && rc == 0) {
        *head = next;
        return 0;
    }
    bdb_redo_discard(s, fd, head);
    return rc < 0 ? rc : bdb_redo_fail(s, err, rc_io, "cannot commit to");
}

/* rc is errno, or one of ours. */
int
bdb_redo_fail(const bdb *s, pp_err *err, int rc, const char *what)
{
    const char *why = "damaged";

    if (rc > 0)
        return pp_host_fail(s->host, err, bdb_code(rc), rc,
                            "%s \"%s/" BDB_REDO "\"", what, s->dir);
    if (rc == BDB_REDO_ABSENT)
        why = "absent";
    if (rc == BDB_REDO_ALIEN)
        why = "not the one that belongs to \"" BDB_FILE "\"";
    return pp_host_fail(s->host, err, PP_E_CORRUPT, 0,
                        "%s \"%s/" BDB_REDO "\": it is %s; restore a backup, "
                        "or go on without the last commits, as described in "
                        "polypod-state-bdb(8)",
                        what, s->dir, why);
}
