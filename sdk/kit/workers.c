/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/workers.c - processes that use the store at the same time
 */
#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

pid_t
worker_start(kit *k, worker_fn *fn, unsigned index, void *arg)
{
    pid_t pid;
    store s;
    int rc;

    fflush(stdout);
    pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    rc = store_open(&s, k);
    if (rc == 0)
        rc = fn(&s, index, arg);
    if (rc == 0)
        store_close(&s);
    fflush(stdout);
    exit(rc == 0 ? 0 : 1);
}

int
worker_wait(pid_t pid)
{
    int status = 0;
    pid_t done;

    if (pid < 0)
        return KIT_FAIL("cannot fork");
    do
        done = waitpid(pid, &status, 0);
    while (done < 0 && errno == EINTR);
    if (WIFSIGNALED(status))
        return KIT_FAIL("a worker was ended by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? 0 : -1;
}

int
workers_run(kit *k, worker_fn *fn, unsigned n, void *arg)
{
    pid_t pids[16];
    unsigned i;
    int rc = 0;

    for (i = 0; i < n; i++)
        pids[i] = worker_start(k, fn, i, arg);
    for (i = 0; i < n; i++)
        if (worker_wait(pids[i]) < 0)
            rc = -1;
    return rc;
}

int64_t
worker_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
worker_sleep_us(unsigned us)
{
    struct timespec t = {us / 1000000, (long)(us % 1000000) * 1000};

    nanosleep(&t, NULL);
}
