/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/lock.c - the lock that every user of the legacy tables takes
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL
#define FIRST_NAP (NS_PER_MS / 4)
#define LONGEST_NAP (5 * NS_PER_MS)

const char *
fwi_lock_path(void)
{
    const char *path = secure_getenv("XTABLES_LOCKFILE");

    return path && path[0] ? path : "/run/xtables.lock";
}

static int64_t
now_ns(void)
{
    struct timespec ts = {0, 0};

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* returns  the process that holds a flock on FD's file | 0: not visible */
static long
holder_of(int fd)
{
    struct stat st;
    char line[256];
    long found = 0;

    if (fstat(fd, &st) < 0)
        return 0;
    FILE *f = fopen("/proc/locks", "re");

    if (!f)
        return 0;
    while (!found && fgets(line, sizeof line, f)) {
        char kind[16];
        long pid = 0;
        unsigned int dev_major = 0;
        unsigned int dev_minor = 0;
        unsigned long long inode = 0;

        /* a waiting request has "->" after its number and is not a holder */
        if (sscanf(line, "%*d: %15s %*s %*s %ld %x:%x:%llu", kind, &pid,
                   &dev_major, &dev_minor, &inode) == 5 &&
            strcmp(kind, "FLOCK") == 0 && inode == st.st_ino &&
            dev_major == major(st.st_dev) && dev_minor == minor(st.st_dev))
            found = pid;
    }
    fclose(f);
    return found > 0 ? found : 0;
}

static void
name_of(long pid, char *name, size_t size)
{
    char path[64];

    snprintf(name, size, "unknown");
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    FILE *f = fopen(path, "re");

    if (!f)
        return;
    if (fgets(name, (int)size, f))
        name[strcspn(name, "\n")] = '\0';
    fclose(f);
}

static int
fail_busy(const struct fwi *ctx, int fd, pp_err *err)
{
    char name[64];
    long pid = holder_of(fd);
    double s = (double)ctx->lock_timeout / (double)NS_PER_S;

    if (pid == 0)
        return fwi_fail(ctx, err, PP_E_BUSY, 0,
                        "xtables lock \"%s\" was held by a process that is "
                        "not visible from here for %.1f s; try again",
                        fwi_lock_path(), s);
    name_of(pid, name, sizeof name);
    return fwi_fail(ctx, err, PP_E_BUSY, 0,
                    "xtables lock \"%s\" was held by process %ld (%s) for "
                    "%.1f s; try again when it is done",
                    fwi_lock_path(), pid, name, s);
}

/*
 * Polling, because a library may not use the signal that would interrupt a
 * blocking flock, and because holders are gone within milliseconds.
 */
static int
wait_for(const struct fwi *ctx, int fd, pp_err *err)
{
    int64_t deadline = now_ns() + ctx->lock_timeout;
    long nap = FIRST_NAP;

    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fwi_fail(ctx, err, PP_E_IO, errno, "cannot lock \"%s\"",
                            fwi_lock_path());
        if (now_ns() >= deadline)
            return fail_busy(ctx, fd, err);
        struct timespec ts = {0, nap};

        nanosleep(&ts, NULL);
        if (nap < LONGEST_NAP)
            nap *= 2;
    }
    return 0;
}

int
fwi_lock(const struct fwi *ctx, pp_err *err)
{
    const char *path = fwi_lock_path();
    int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

    if (fd < 0)
        return fwi_fail(ctx, err,
                        errno == EACCES || errno == EPERM ? PP_E_PERM : PP_E_IO,
                        errno, "cannot open the xtables lock \"%s\"", path);
    int rc = wait_for(ctx, fd, err);

    if (rc < 0) {
        close(fd);
        return rc;
    }
    return fd;
}
