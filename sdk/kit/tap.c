/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/tap.c - run cases, each in its own process, and report in TAP
 */
#include "kit.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USUAL_SECONDS 60

static void
say(const char *prefix, const char *fmt, va_list ap)
{
    char text[1024];
    const char *line = text;

    vsnprintf(text, sizeof(text), fmt, ap);
    while (*line) {
        size_t n = strcspn(line, "\n");

        printf("# %s%.*s\n", prefix, (int)n, line);
        line += n + (line[n] != '\0');
    }
}

int
kit_fail(const char *file, int line, const char *fmt, ...)
{
    const char *base = strrchr(file, '/');
    char prefix[64];
    va_list ap;

    snprintf(prefix, sizeof(prefix), "%.40s:%d: ", base ? base + 1 : file,
             line);
    va_start(ap, fmt);
    say(prefix, fmt, ap);
    va_end(ap);
    return -1;
}

int
kit_skip(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("skipped: ", fmt, ap);
    va_end(ap);
    return KIT_SKIPPED;
}

int
kit_matches(const kit *k, const char *name)
{
    return !k->only || strstr(name, k->only);
}

/* Wait for the case's process; at the deadline its group is killed. */
static int
wait_case(pid_t pid, unsigned seconds, int *late)
{
    struct timespec pause = {0, 2 * 1000 * 1000}, begin, now;
    int status = 0;

    *late = 0;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (;;) {
        pid_t done = waitpid(pid, &status, WNOHANG);

        if (done == pid || (done < 0 && errno != EINTR))
            break;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (!*late && now.tv_sec - begin.tv_sec >= (time_t)seconds) {
            *late = 1;
            kill(-pid, SIGKILL);
        }
        nanosleep(&pause, NULL);
    }
    kill(-pid, SIGKILL); /* what the case left behind */
    return status;
}

static void
child(kit *k, const kit_case *c)
{
    int rc;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    rc = kit_fresh(k);
    if (rc == 0)
        rc = c->run(k);
    fflush(stdout);
    exit(rc < 0 ? 1 : rc);
}

static int
run_case(kit *k, const kit_case *c, unsigned number)
{
    unsigned seconds = c->seconds ? c->seconds : USUAL_SECONDS;
    int status, late;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid < 0) {
        printf("not ok %u - %s # cannot fork\n", number, c->name);
        return -1;
    }
    if (pid == 0)
        child(k, c);
    setpgid(pid, pid);
    status = wait_case(pid, seconds, &late);
    if (late)
        printf("# still running after %u s\n", seconds);
    else if (WIFSIGNALED(status))
        printf("# ended by signal %d\n", WTERMSIG(status));
    if (!late && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        printf("ok %u - %s\n", number, c->name);
        return 0;
    }
    if (!late && WIFEXITED(status) && WEXITSTATUS(status) == KIT_SKIPPED) {
        printf("ok %u - %s # SKIP\n", number, c->name);
        return 0;
    }
    printf("not ok %u - %s\n", number, c->name);
    return -1;
}

/* The number of failures. */
int
kit_run_cases(kit *k, const kit_case *const *lists)
{
    const kit_case *const *list;
    const kit_case *c;
    unsigned number = 0;
    int failed = 0;

    for (list = lists; *list; list++)
        for (c = *list; c->name; c++)
            if (kit_matches(k, c->name) && run_case(k, c, ++number) < 0)
                failed++;
    printf("1..%u\n", number);
    fflush(stdout);
    return number ? failed : 1; /* nothing ran: a misspelt -o */
}
