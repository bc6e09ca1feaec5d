/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/head.c - the header: what is published, what is going on
 *
 * It says how far the commits go that everybody may see; before something
 * changes, that it is being changed, and afterwards that it is not; one
 * pwrite each.  Nothing orders these writes against a power cut, and nothing
 * has to: after one the boot id differs, and that alone asks for recovery.
 * What the header says then is old or new, so a commit that it knows of must
 * be there.
 *
 * A reader may meet a write half done; the sum tells, and it looks again.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAGIC "PPBDB"
#define MAGIC_1 "PPBDB\0\0\1" /* without redo: it ends after boot */
#define MAGIC_2 "PPBDB\0\0\2"
#define TRIES 50

int
bdb_boot_id(bdb *s, pp_err *err)
{
    const char *path = "/proc/sys/kernel/random/boot_id";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    if (fd >= 0) {
        n = read(fd, s->boot, sizeof(s->boot) - 1);
        close(fd);
    }
    if (n < 36)
        return pp_host_fail(s->host, err, PP_E_UNAVAIL, fd < 0 ? errno : 0,
                            "cannot read \"%s\"; is /proc mounted", path);
    memset(s->boot + 36, 0, sizeof(s->boot) - 36);
    return 0;
}

uint64_t
bdb_random(void)
{
    uint64_t n = 0;

    while (n == 0)
        if (getrandom(&n, sizeof(n), 0) != sizeof(n))
            n = 0;
    return n;
}

static uint64_t
sum_of(const bdb_head *h)
{
    return bdb_sum(h, offsetof(bdb_head, sum), 0);
}

/* What an earlier version wrote: there is nothing but state.db. */
static void
from_1(bdb_head *h)
{
    h->append = 0;
    h->redo = 0;
    h->tail = BDB_FIRST;
    h->epoch = h->seq;
}

/* 1: a header, or none for certain; 0: look again; -1: of a newer version. */
static int
judge(bdb_head *h, ssize_t n)
{
    const ssize_t n_1 = offsetof(bdb_head, redo);

    if (n == n_1 && memcmp(h->magic, MAGIC_1, sizeof(h->magic)) == 0) {
        from_1(h);
        return 1;
    }
    if (n == sizeof(*h) && memcmp(h->magic, MAGIC_2, sizeof(h->magic)) == 0 &&
        h->sum == sum_of(h) && h->tail >= BDB_FIRST)
        return 1;
    if (n >= n_1 && memcmp(h->magic, MAGIC, sizeof(MAGIC)) == 0 &&
        memcmp(h->magic, MAGIC_2, sizeof(h->magic)) != 0)
        return -1;
    memset(h, 0, sizeof(*h));
    return n == 0;
}

/* An empty or foreign file is no failure: it is a header that is not whole. */
int
bdb_head_read(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    const struct timespec pause = {0, 20 * 1000};
    int tries, verdict = 0;
    bdb_head h = {0};

    for (tries = 0; tries < TRIES && verdict == 0; tries++) {
        ssize_t n = pread(fd, &h, sizeof(h), 0);

        if (n < 0)
            return pp_host_fail(s->host, err, PP_E_IO, errno,
                                "cannot read \"%s/lock\"", s->dir);
        verdict = judge(&h, n);
        if (verdict == 0)
            nanosleep(&pause, NULL);
    }
    if (verdict < 0)
        return pp_host_fail(s->host, err, PP_E_NOTSUP, 0,
                            "state store \"%s\" was made by a newer version; "
                            "use that version",
                            s->dir);
    *head = h;
    return 0;
}

int
bdb_head_write(bdb *s, int fd, const bdb_head *head, pp_err *err)
{
    bdb_head h = *head;
    ssize_t n;

    memcpy(h.magic, MAGIC_2, sizeof(h.magic));
    memcpy(h.boot, s->boot, sizeof(h.boot));
    h.sum = sum_of(&h);
    n = pwrite(fd, &h, sizeof(h), 0);
    if (n != sizeof(h))
        return pp_host_fail(
            s->host, err, n >= 0 || errno == ENOSPC ? PP_E_FULL : PP_E_IO,
            n < 0 ? errno : ENOSPC, "cannot write \"%s/lock\"", s->dir);
    return 0;
}

/* Size and time of state.db; zeros if it is not there. */
static void
stamp(const bdb *s, uint64_t *size, int64_t *mtime)
{
    struct stat st = {0};

    fstatat(s->dir_fd, BDB_FILE, &st, AT_SYMLINK_NOFOLLOW);
    *size = (uint64_t)st.st_size;
    *mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* state.db is whole, and another one than before. */
int
bdb_head_settle(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    head->dirty = 0;
    head->epoch = bdb_random();
    stamp(s, &head->size, &head->mtime);
    return bdb_head_write(s, fd, head, err);
}

/*
 * Did somebody change state.db who is not one of us?  Then its pages are
 * looked at before libdb is let near them.
 */
static int
is_as_left(const bdb *s, const bdb_head *head)
{
    uint64_t size;
    int64_t mtime;

    if (s->view && s->epoch == head->epoch)
        return 1;
    stamp(s, &size, &mtime);
    return size == head->size && mtime == head->mtime;
}

/* One of an earlier version is enough to read by, but asks for a redo. */
int
bdb_head_is_whole(const bdb *s, const bdb_head *head)
{
    return head->magic[0] && !head->dirty && (head->redo || s->read_only) &&
           memcmp(head->boot, s->boot, sizeof(head->boot)) == 0;
}

/* The files may be torn: get alone with them and recover. */
static int
make_whole(bdb *s, int64_t deadline, pp_err *err)
{
    bdb_head head;
    int fd = -1, rc;

    if (s->read_only)
        return pp_host_fail(s->host, err, PP_E_RECOVER, 0,
                            "state store \"%s\" needs recovery but cannot be "
                            "written; make it writable and run the command "
                            "again",
                            s->dir);
    rc = bdb_lock_open(s, &fd, err);
    if (rc < 0)
        return rc;
    rc = bdb_lock_write(s, fd, deadline, err);
    if (rc == 0)
        rc = bdb_enter_write(s, fd, deadline, &head, err);
    close(fd);
    return rc;
}

/*
 * Come out with a reader's lock on files that are whole.  If a writer died in
 * the middle of a record, see to it that the record is none, before anybody
 * is told that the commit did not happen; where that is impossible, it still
 * is not published.
 */
int
bdb_enter_read(bdb *s, int fd, int64_t deadline, bdb_head *head, pp_err *err)
{
    int tried = s->read_only;

    for (;;) {
        int rc = bdb_lock_read(s, fd, deadline, err), whole = 0;

        if (rc == 0)
            rc = bdb_head_read(s, fd, head, err);
        if (rc == 0)
            whole =
                bdb_head_is_whole(s, head) && (tried || is_as_left(s, head));
        if (rc < 0 || (whole && (!head->append || tried || bdb_is_writing(fd))))
            return rc;
        bdb_unlock_read(fd);
        rc = make_whole(s, deadline, whole ? NULL : err);
        if (rc < 0 && !whole)
            return rc;
        tried = 1;
    }
}

/*
 * With the writer's lock held: nobody else can change the files now.  A
 * record that was left in the middle is discarded now, or else by the commit
 * that overwrites it.
 */
int
bdb_enter_write(bdb *s, int fd, int64_t deadline, bdb_head *head, pp_err *err)
{
    int rc = bdb_head_read(s, fd, head, err);

    if (rc < 0)
        return rc;
    if (bdb_head_is_whole(s, head) && is_as_left(s, head)) {
        if (head->append)
            bdb_redo_discard(s, fd, head);
        return 0;
    }
    rc = bdb_lock_alone(s, fd, deadline, err);
    if (rc < 0)
        return rc;
    rc = bdb_recover(s, fd, head, err);
    bdb_unlock_alone(fd);
    return rc;
}
