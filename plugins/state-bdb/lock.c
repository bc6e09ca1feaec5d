/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/lock.c - who may read, who may write, and who is named
 *
 * Record locks of an open file description on bytes of "lock": the kernel
 * drops them when their holder dies.  They bear no pid, so the place of a
 * lock does: a holder locks the byte at BASE + its pid, and whoever is in
 * the way is read off the offset.
 *
 *   WRITER   one transaction that may change things
 *   GATE     shut by a fold while readers leave, so that it gets its turn
 *   +1       beside each of the two: who is next.  Without it, who leaves
 *            and comes back at once beats those that wait
 *   READERS  a range: every reader has its byte, a fold wants them all
 *   NAME     a range: the holder of WRITER marks its byte
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WRITER ((off_t)0x1000)
#define GATE ((off_t)0x1002)
#define RANGE ((off_t)1 << 32)
#define READERS ((off_t)1 << 32)
#define NAME ((off_t)2 << 32)

static int64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
bdb_deadline(uint32_t timeout_ms)
{
    return now_ms() + timeout_ms;
}

int
bdb_lock_open(bdb *s, int *out, pp_err *err)
{
    int mode = s->read_only ? O_RDONLY : O_RDWR;
    int fd = openat(s->dir_fd, "lock", mode | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return pp_host_fail(s->host, err, PP_E_IO, errno,
                            "cannot open \"%s/lock\"", s->dir);
    *out = fd;
    return 0;
}

static int
set_lock(int fd, int type, off_t at, off_t len)
{
    struct flock l = {0};

    l.l_type = (short)type;
    l.l_whence = SEEK_SET;
    l.l_start = at;
    l.l_len = len;
    return fcntl(fd, F_OFD_SETLK, &l);
}

/* The pid behind a lock in this range, or 0. */
static long
holder(int fd, off_t base)
{
    struct flock l = {0};

    l.l_type = F_WRLCK;
    l.l_whence = SEEK_SET;
    l.l_start = base;
    l.l_len = RANGE;
    if (fcntl(fd, F_OFD_GETLK, &l) < 0 || l.l_type == F_UNLCK)
        return 0;
    return (long)(l.l_start - base);
}

/* Somebody holds the writer's lock. */
int
bdb_is_writing(int fd)
{
    struct flock l = {0};

    l.l_type = F_WRLCK;
    l.l_whence = SEEK_SET;
    l.l_start = WRITER;
    l.l_len = 1;
    return fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}

static int
busy(const bdb *s, int fd, off_t at, pp_err *err)
{
    int reader = at == READERS;
    long pid = holder(fd, reader ? READERS : NAME);
    char path[64], comm[32] = "";
    ssize_t n = -1;
    int comm_fd;

    if (pid <= 0)
        return pp_host_fail(s->host, err, PP_E_BUSY, 0,
                            "state store \"%s\" is held by another process",
                            s->dir);
    snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    comm_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (comm_fd >= 0) {
        n = read(comm_fd, comm, sizeof(comm) - 1);
        close(comm_fd);
    }
    comm[n > 0 ? n : 0] = '\0';
    comm[strcspn(comm, "\n")] = '\0';
    return pp_host_fail(s->host, err, PP_E_BUSY, 0,
                        "state store \"%s\" is being %s by process %ld (%s)",
                        s->dir, reader ? "read" : "written", pid,
                        comm[0] ? comm : "name unknown");
}

/* Poll: the kernel has no wait with a deadline for these locks. */
static int
wait_lock(bdb *s, int fd, int type, off_t at, off_t len, int64_t deadline,
          pp_err *err)
{
    struct timespec pause = {0, 20 * 1000};

    while (set_lock(fd, type, at, len) < 0) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return pp_host_fail(s->host, err, PP_E_IO, errno,
                                "cannot lock \"%s/lock\"", s->dir);
        if (now_ms() >= deadline)
            return busy(s, fd, at, err);
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 1000 * 1000)
            pause.tv_nsec *= 2;
    }
    return 0;
}

/* Wait for one byte as the only one that does. */
static int
wait_turn(bdb *s, int fd, int type, off_t at, int64_t deadline, pp_err *err)
{
    int rc = 0;

    if (!s->read_only) /* opened for reading: no exclusive locks */
        rc = wait_lock(s, fd, F_WRLCK, at + 1, 1, deadline, err);
    if (rc < 0)
        return rc;
    rc = wait_lock(s, fd, type, at, 1, deadline, err);
    set_lock(fd, F_UNLCK, at + 1, 1);
    return rc;
}

int
bdb_lock_read(bdb *s, int fd, int64_t deadline, pp_err *err)
{
    int rc = wait_turn(s, fd, F_RDLCK, GATE, deadline, err);

    if (rc < 0)
        return rc;
    rc = wait_lock(s, fd, F_RDLCK, READERS + getpid(), 1, deadline, err);
    set_lock(fd, F_UNLCK, GATE, 1);
    return rc;
}

void
bdb_unlock_read(int fd)
{
    set_lock(fd, F_UNLCK, READERS + getpid(), 1);
}

int
bdb_lock_write(bdb *s, int fd, int64_t deadline, pp_err *err)
{
    int rc = wait_turn(s, fd, F_WRLCK, WRITER, deadline, err);

    if (rc == 0)
        set_lock(fd, F_WRLCK, NAME + getpid(), 1);
    return rc;
}

/* Needs the writer's lock. */
int
bdb_lock_alone(bdb *s, int fd, int64_t deadline, pp_err *err)
{
    int rc = wait_turn(s, fd, F_WRLCK, GATE, deadline, err);

    if (rc < 0)
        return rc;
    rc = wait_lock(s, fd, F_WRLCK, READERS, RANGE, deadline, err);
    if (rc < 0)
        bdb_unlock_alone(fd);
    return rc;
}

void
bdb_unlock_alone(int fd)
{
    set_lock(fd, F_UNLCK, READERS, RANGE);
    set_lock(fd, F_UNLCK, GATE, 1);
}
