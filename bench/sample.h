/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/sample.h - what the measuring programs share
 *
 * A sample is a line "KEY<tab>LABEL<tab>VALUE" on standard output; medians
 * and ratios are made from them in one place, bench/common.bash.
 * Programs of a measurement end at the first failure, with its text.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stddef.h>

/* Microseconds that only go forward. */
double bench_now(void);
void bench_sample(const char *key, const char *label, double value);
void bench_die(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));
/* A number of the command line, 1 or more. */
unsigned long bench_number(const char *word);
/* memory, or the end */
void *bench_alloc(size_t n);

#endif
