/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/lock/lock.c - locks between processes; see lock.h */
#include "engine/lock/lock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/str.h"

/* How long to sleep between two tries: doubles from MIN to MAX. */
#define NAP_MIN (PPC_MS / 2)
#define NAP_MAX (20 * PPC_MS)

static int
try_lock(int fd, short type)
{
    struct flock fl = {.l_type = type, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &fl);
}

/* Is the file behind fd still the one that the path names? */
static bool
is_current(int fd, const char *path)
{
    struct stat a, b;

    return !fstat(fd, &a) && !stat(path, &b) && a.st_ino == b.st_ino &&
           a.st_dev == b.st_dev;
}

/* What is left of a longer one stands behind the newline, where nobody looks:
 * to truncate costs a journal's transaction, a millisecond. */
static void
sign(int fd)
{
    char pid[24];
    int n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());

    if (pwrite(fd, pid, (size_t)n, 0) < 0)
        return; /* only the message of a waiter would have used it */
}

static int
fail_held(const char *path, const char *what, const char *key,
          int64_t timeout, pp_err *err)
{
    PP_AUTO_FREE char *text = NULL;
    PP_AUTO_FREE char *comm = NULL;
    char proc[64];
    int64_t pid = 0;

    if (!ppc_file_read(path, 64, &text, NULL, NULL)) {
        text[strcspn(text, "\n")] = '\0';
        if (ppc_parse_i64(text, 1, INT32_MAX, &pid))
            pid = 0;
    }
    snprintf(proc, sizeof proc, "/proc/%d/comm", (int)pid);
    if (pid && !ppc_file_read(proc, 64, &comm, NULL, NULL))
        comm[strcspn(comm, "\n")] = '\0';
    if (!comm)
        return pp_fail(err, PP_E_BUSY, 0,
                       "the lock of %s is held by another process since more "
                       "than %lld ms: try again, or raise %s",
                       what, (long long)(timeout / PPC_MS), key);
    return pp_fail(err, PP_E_BUSY, 0,
                   "the lock of %s is held by process %d (%s) since more than "
                   "%lld ms: try again, or raise %s",
                   what, (int)pid, comm, (long long)(timeout / PPC_MS), key);
}

static int
take(const char *dir, const char *name, short type, int64_t timeout,
     const char *what, const char *key, pp_err *err)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", dir, name);
    int64_t deadline = ppc_monotonic() + timeout;
    int64_t nap = NAP_MIN;
    PP_AUTO_FD int fd = -1;

    if (!path)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to lock %s", what);
    for (;;) {
        if (fd < 0)
            fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return pp_fail(err, PP_E_IO, errno, "cannot open lock \"%s\"",
                           path);
        if (!try_lock(fd, type)) {
            if (is_current(fd, path)) {
                sign(fd);
                return pp_steal_fd(&fd);
            }
            close(pp_steal_fd(&fd));
            continue;
        }
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return pp_fail(err, PP_E_IO, errno, "cannot lock \"%s\"", path);
        if (ppc_monotonic() >= deadline)
            return fail_held(path, what, key, timeout, err);
        ppc_sleep(nap);
        nap = nap * 2 > NAP_MAX ? NAP_MAX : nap * 2;
    }
}

int
ppc_lock_take(const char *dir, const char *name, int64_t timeout,
              const char *what, const char *key, pp_err *err)
{
    return take(dir, name, F_WRLCK, timeout, what, key, err);
}

int
ppc_lock_share(const char *dir, const char *name, int64_t timeout,
               const char *what, const char *key, pp_err *err)
{
    return take(dir, name, F_RDLCK, timeout, what, key, err);
}

void
ppc_lock_forget(const char *dir, const char *name)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", dir, name);

    if (path)
        unlink(path);
}
