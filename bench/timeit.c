/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/timeit.c - time commands in turn
 *
 * bench-timeit -k KEY -n RUNS [-a] LABEL COMMAND [AFTER] ...
 *
 * Runs A B C A B C ..., so that a machine whose speed drifts slows all of
 * them alike; the first round is not counted.  Prints samples (sample.h):
 * the milliseconds of each run under KEY, and under KEY.kb the largest
 * resident set of the process itself, without its helpers, read from /proc
 * every half millisecond in three more runs.
 * Each COMMAND is one string for sh -c; it has to exec what it measures.
 * With -a every label has one more command, run after each run, not timed.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sample.h"

struct subject {
    const char *label;
    const char *command;
    const char *after; /* or NULL */
};

static pid_t
spawn(const char *command)
{
    pid_t child = fork();

    if (!child) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return child;
}

static void
must_succeed(const struct subject *s, const char *command, pid_t child)
{
    int status = 0;

    if (child < 0 || waitpid(child, &status, 0) != child || status)
        bench_die("%s failed: %s", s->label, command);
}

static void
tidy(const struct subject *s)
{
    if (s->after)
        must_succeed(s, s->after, spawn(s->after));
}

/* One run: milliseconds. */
static double
run(const struct subject *s)
{
    double begin = bench_now();
    double ms;

    must_succeed(s, s->command, spawn(s->command));
    ms = (bench_now() - begin) / 1e3;
    tidy(s);
    return ms;
}

/* VmHWM of a process in KB; 0 when it is gone. */
static long
high_water(pid_t pid)
{
    char path[64], line[256];
    long kb = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    f = fopen(path, "re");
    while (f && !kb && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld kB", &kb) != 1)
            kb = 0;
    if (f)
        fclose(f);
    return kb;
}

static long
peak_memory(const struct subject *s)
{
    const struct timespec nap = {0, 500000};
    pid_t child = spawn(s->command);
    long peak = 0;
    long now;
    int status;

    while (child > 0 && !waitpid(child, &status, WNOHANG)) {
        now = high_water(child);
        peak = now > peak ? now : peak;
        nanosleep(&nap, NULL);
    }
    tidy(s);
    return peak;
}

static void
measure(const char *key, long runs, const struct subject *all, int n)
{
    char kb[64];
    double ms;
    long i, peak, now;
    int k;

    for (i = -1; i < runs; i++)
        for (k = 0; k < n; k++) {
            ms = run(&all[k]);
            if (i >= 0)
                bench_sample(key, all[k].label, ms);
        }
    snprintf(kb, sizeof kb, "%s.kb", key);
    for (k = 0; k < n; k++) {
        for (i = 0, peak = 0; i < 3; i++) {
            now = peak_memory(&all[k]);
            peak = now > peak ? now : peak;
        }
        bench_sample(kb, all[k].label, (double)peak);
    }
}

int
main(int argc, char **argv)
{
    const char *key = NULL;
    struct subject *all;
    bool after = false;
    long runs = 0;
    int n = 0;
    int per, c;

    while ((c = getopt(argc, argv, "+ak:n:")) != -1)
        if (c == 'a')
            after = true;
        else if (c == 'k')
            key = optarg;
        else if (c == 'n')
            runs = (long)bench_number(optarg);
    per = after ? 3 : 2;
    if (!key || !runs || optind >= argc || (argc - optind) % per) {
        fprintf(stderr, "usage: bench-timeit -k KEY -n RUNS [-a] LABEL "
                        "COMMAND [AFTER] ...\n");
        return 2;
    }
    all = bench_alloc((size_t)(argc - optind) * sizeof *all);
    for (; optind < argc; optind += per)
        all[n++] = (struct subject){argv[optind], argv[optind + 1],
                                    after ? argv[optind + 2] : NULL};
    measure(key, runs, all, n);
    free(all);
    return 0;
}
