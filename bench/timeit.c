/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/timeit.c - time commands in turn and compare them
 *
 * timeit -n RUNS LABEL COMMAND [LABEL COMMAND]...
 *
 * Runs A B C A B C ..., so that a machine whose speed drifts slows all of
 * them alike; the first round is not counted.  Prints per label the median,
 * the fastest and the slowest run, the ratio of the medians to the first
 * label's, and the largest resident set of any process of the command.
 * Each COMMAND is one string for sh -c; it should exec what it measures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_COMMANDS 16
#define MAX_RUNS 1000

static int
by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* One run: milliseconds, or -1 when the command failed. */
static double
run(const char *command, long *peak)
{
    struct timespec t0, t1;
    struct rusage ru;
    int status = 0;
    pid_t child;

    clock_gettime(CLOCK_MONOTONIC, &t0);
    child = fork();
    if (!child) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &ru) != child || status)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &t1);
    if (ru.ru_maxrss > *peak)
        *peak = ru.ru_maxrss;
    return (double)(t1.tv_sec - t0.tv_sec) * 1e3 +
           (double)(t1.tv_nsec - t0.tv_nsec) / 1e6;
}

static double
median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_size);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

int
main(int argc, char **argv)
{
    static double times[MAX_COMMANDS][MAX_RUNS];
    long peak[MAX_COMMANDS] = {0};
    double first = 0;
    int runs, n, i, k;

    if (argc < 5 || strcmp(argv[1], "-n") || (argc - 3) % 2 ||
        (n = (argc - 3) / 2) > MAX_COMMANDS ||
        (runs = (int)strtol(argv[2], NULL, 10)) < 1 || runs > MAX_RUNS) {
        fprintf(stderr, "usage: timeit -n RUNS LABEL COMMAND ...\n");
        return 2;
    }
    for (i = -1; i < runs; i++)
        for (k = 0; k < n; k++) {
            double ms = run(argv[4 + 2 * k], &peak[k]);

            if (ms < 0) {
                fprintf(stderr, "timeit: %s failed: %s\n", argv[3 + 2 * k],
                        argv[4 + 2 * k]);
                return 1;
            }
            if (i >= 0)
                times[k][i] = ms;
        }
    for (k = 0; k < n; k++) {
        double m = median(times[k], runs);

        first = k ? first : m;
        printf("  %-34s %9.2f ms  (%.2f to %.2f)  x%-7.2f %6ld KB\n",
               argv[3 + 2 * k], m, times[k][0], times[k][runs - 1],
               m / first, peak[k]);
    }
    return 0;
}
