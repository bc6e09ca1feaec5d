/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/gate.c - who uses the state store of a folder; see gate.h
 *
 *   DOOR     read by those who enter, while they do; written by who is alone
 *   INSIDE   a range: everybody inside reads the byte of their pid, who
 *            wants to be alone writes the whole
 *   NAME     a range: who has, or wants, the door alone writes its pid's byte
 */
#include "engine/state/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/str.h"

#define DOOR ((off_t)0x1000)
#define RANGE ((off_t)1 << 32)
#define INSIDE ((off_t)1 << 32)
#define NAME ((off_t)2 << 32)

#define NAP_MIN (PPC_MS / 2)
#define NAP_MAX (20 * PPC_MS)

static int
set_lock(int fd, int type, off_t at, off_t len)
{
    struct flock fl = {.l_type = (short)type,
                       .l_whence = SEEK_SET,
                       .l_start = at,
                       .l_len = len};

    return fcntl(fd, F_OFD_SETLK, &fl);
}

/* The pid behind a lock in a range, or 0. */
static int
holder(int fd, off_t base)
{
    struct flock fl = {.l_type = F_WRLCK,
                       .l_whence = SEEK_SET,
                       .l_start = base,
                       .l_len = RANGE};

    if (fcntl(fd, F_OFD_GETLK, &fl) || fl.l_type == F_UNLCK)
        return 0;
    return (int)(fl.l_start - base);
}

static int
fail_held(int fd, const char *dir, bool alone, int64_t timeout, pp_err *err)
{
    int pid = holder(fd, NAME);
    const char *doing = "moved or replaced";
    PP_AUTO_FREE char *comm = NULL;
    char proc[64];

    if (!pid && alone) {
        pid = holder(fd, INSIDE);
        doing = "used";
    }
    snprintf(proc, sizeof proc, "/proc/%d/comm", pid);
    if (pid && !ppc_file_read(proc, 64, &comm, NULL, NULL))
        comm[strcspn(comm, "\n")] = '\0';
    return pp_fail(err, PP_E_BUSY, 0,
                   "the state store in \"%s\" is being %s by process %d (%s) "
                   "since more than %lld ms: try again, or raise "
                   "state.timeout",
                   dir, doing, pid, comm ? comm : "name unknown",
                   (long long)(timeout / PPC_MS));
}

/* Poll: the kernel has no wait with a deadline for these locks. */
static int
wait_lock(int fd, int type, off_t at, off_t len, int64_t deadline)
{
    int64_t nap = NAP_MIN;

    while (set_lock(fd, type, at, len)) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return -1;
        if (ppc_monotonic() >= deadline) {
            errno = EAGAIN;
            return -1;
        }
        ppc_sleep(nap);
        nap = nap * 2 > NAP_MAX ? NAP_MAX : nap * 2;
    }
    return 0;
}

static int
enter(int fd, int64_t deadline)
{
    if (wait_lock(fd, F_RDLCK, DOOR, 1, deadline) ||
        wait_lock(fd, F_RDLCK, INSIDE + getpid(), 1, deadline))
        return -1;
    return set_lock(fd, F_UNLCK, DOOR, 1);
}

static int
enter_alone(int fd, int64_t deadline)
{
    if (wait_lock(fd, F_WRLCK, DOOR, 1, deadline))
        return -1;
    if (set_lock(fd, F_WRLCK, NAME + getpid(), 1))
        return -1;
    return wait_lock(fd, F_WRLCK, INSIDE, RANGE, deadline);
}

int
ppc_gate_enter(const char *dir, bool alone, int64_t timeout, pp_err *err)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/state.lck", dir);
    int64_t deadline = ppc_monotonic() + timeout;
    PP_AUTO_FD int fd = -1;
    int rc;

    if (!path)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to lock \"%s\"", dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && !alone && (errno == EROFS || errno == EACCES))
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return pp_fail(err, errno == ENOENT ? PP_E_NOTFOUND : PP_E_IO, errno,
                       "cannot open lock \"%s\"", path);
    rc = alone ? enter_alone(fd, deadline) : enter(fd, deadline);
    if (!rc)
        return pp_steal_fd(&fd);
    if (errno == EAGAIN)
        return fail_held(fd, dir, alone, timeout, err);
    return pp_fail(err, PP_E_IO, errno, "cannot lock \"%s\"", path);
}
