/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/wait.c - waiting with a deadline, and for whom
 *
 * SQLite's locks are record locks with a pid, but asking for it would need a
 * descriptor of the file, and closing that would drop the locks of our own.
 * /proc/locks tells the same.
 */
#include "lite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define WRITER_AT 120        /* in state.db-shm: the one who writes     */
#define CLOSER_AT 0x40000002 /* in state.db: the last one, closing      */

static int64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
lite_deadline(uint32_t timeout_ms)
{
    return now_ms() + timeout_ms;
}

/* SQLite's busy handler: 0 gives up. */
int
lite_wait(void *opaque, int times)
{
    const lite_conn *c = opaque;
    struct timespec pause = {0, 1000 * 1000};

    if (now_ms() >= c->deadline)
        return 0;
    if (times < 6)
        pause.tv_nsec = 20 * 1000 << times;
    nanosleep(&pause, NULL);
    return 1;
}

/*
 * The pid that has a write lock on this byte of the file, or 0.  The device
 * is not compared: a stacked file system's is not the one that is listed.
 */
static long
holder(const char *path, uint64_t at)
{
    char line[256], kind[16], mode[16];
    struct stat st;
    long pid, found = 0;
    uint64_t ino, from, to;
    FILE *f;

    if (stat(path, &st) < 0)
        return 0;
    f = fopen("/proc/locks", "re");
    while (f && !found && fgets(line, sizeof(line), f)) {
        int n = sscanf(line,
                       "%*d: %15s %*s %15s %ld %*x:%*x:%" SCNu64 " %" SCNu64
                       " %" SCNu64,
                       kind, mode, &pid, &ino, &from, &to);

        if (n == 6 && strcmp(kind, "POSIX") == 0 &&
            strcmp(mode, "WRITE") == 0 && ino == st.st_ino && from <= at &&
            to >= at && pid > 0)
            found = pid;
    }
    if (f)
        fclose(f);
    return found;
}

int
lite_busy(const lite *s, pp_err *err)
{
    char path[64], comm[32] = "";
    long pid = holder(s->shm, WRITER_AT);
    FILE *f;

    if (pid == 0)
        pid = holder(s->path, CLOSER_AT);
    if (pid == 0)
        return pp_host_fail(s->host, err, PP_E_BUSY, 0,
                            "state store \"%s\" is held by another process",
                            s->path);
    snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    f = fopen(path, "re");
    if (f && fgets(comm, sizeof(comm), f))
        comm[strcspn(comm, "\n")] = '\0';
    if (f)
        fclose(f);
    return pp_host_fail(s->host, err, PP_E_BUSY, 0,
                        "state store \"%s\" is being written by process %ld "
                        "(%s)",
                        s->path, pid, comm[0] ? comm : "name unknown");
}
