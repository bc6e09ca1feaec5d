/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/timeit.c - time commands in turn and compare them
 *
 * timeit -n RUNS LABEL COMMAND [LABEL COMMAND]...
 *
 * Runs A B C A B C ..., so that a machine whose speed drifts slows all of
 * them alike; the first round is not counted.  Prints per label the median,
 * the fastest and the slowest run, the ratio of the medians to the first
 * label's, and the largest resident set of the process itself, without its
 * helpers: read from /proc every half millisecond in one more run.
 * Each COMMAND is one string for sh -c; it has to exec what it measures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* One run: milliseconds, or -1 when the command failed. */
static double
run(const char *command)
{
    struct timespec t0, t1;
    int status = 0;
    pid_t child;

    clock_gettime(CLOCK_MONOTONIC, &t0);
    child = spawn(command);
    if (child < 0 || waitpid(child, &status, 0) != child || status)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &t1);
    return (double)(t1.tv_sec - t0.tv_sec) * 1e3 +
           (double)(t1.tv_nsec - t0.tv_nsec) / 1e6;
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
peak_memory(const char *command)
{
    const struct timespec nap = {0, 500000};
    pid_t child = spawn(command);
    long peak = 0;
    long now;
    int status;

    while (child > 0 && !waitpid(child, &status, WNOHANG)) {
        now = high_water(child);
        peak = now > peak ? now : peak;
        nanosleep(&nap, NULL);
    }
    return peak;
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
            double ms = run(argv[4 + 2 * k]);

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
               m / first, peak_memory(argv[4 + 2 * k]));
    }
    return 0;
}
