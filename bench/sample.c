/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench/sample.c - what the measuring programs share; see sample.h */
#include "sample.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double
bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

void
bench_sample(const char *key, const char *label, double value)
{
    printf("%s\t%s\t%.3f\n", key, label, value);
    fflush(stdout);
}

void
bench_die(const char *fmt, ...)
{
    va_list ap;

    fputs("bench: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

unsigned long
bench_number(const char *word)
{
    char *end = NULL;
    unsigned long n;

    errno = 0;
    n = strtoul(word, &end, 10);
    if (errno || !n || *end || *word == '-')
        bench_die("\"%s\" is not a number from 1 on", word);
    return n;
}

void *
bench_alloc(size_t n)
{
    void *p = calloc(1, n);

    if (!p)
        bench_die("no memory");
    return p;
}
