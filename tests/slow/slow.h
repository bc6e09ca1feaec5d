/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/slow.h - what the crash and fault tests share
 *
 * Each test is a program: NAME PLUGIN.  It makes a tmpfs in a mount namespace
 * of its own, so nothing outlives it, and runs every attempt in a child of
 * its own with a deadline: a crash or a hang is a result, not the end.
 *
 * POLYPOD_LONG=1 runs the long form, POLYPOD_SEED=N another order of chances.
 */
#ifndef TESTS_SLOW_SLOW_H
#define TESTS_SLOW_SLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/backend.h"

#define SLOW_HUNG 1000 /* from slow_run: past the deadline */
#define SLOW_SIGNAL 128
#define SLOW_WAIT_MS 20000 /* of transactions: above every deadline here */

typedef struct slow {
    const char *plugin;
    bool is_long;
    uint64_t seed;
    char base[32];  /* the tmpfs */
    char store[48]; /* a folder in it, not made yet */
    int failures;
} slow;

/* Shared with the children of a test: what they found. */
typedef struct slow_note {
    volatile int acked; /* steps whose commit returned; -1: not even open */
    int code;           /* of the failure, PP_E_*; 0: none */
    char text[600];
} slow_note;

/* Skips (exit 77) where a private tmpfs cannot be had.  mib: its size. */
void slow_begin(slow *s, int argc, char **argv, unsigned mib);
/* Clean up and say how it went: the exit code. */
int slow_end(slow *s);

/* One failure, in words; the test goes on. */
void slow_fail(slow *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

typedef int (*slow_fn)(void *arg);

/* Run fn in a child: its result 0 to 127, SLOW_SIGNAL + n, or SLOW_HUNG. */
int slow_run(slow_fn fn, void *arg, unsigned seconds);
const char *slow_result(int result, char buf[64]);

/* Memory that children share, zeroed. */
void *slow_share(size_t n);

/* Note a failure for the parent; gives back 1. */
int slow_note_fail(slow_note *n, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* xorshift: a seed means the same everywhere */
uint64_t slow_random(uint64_t *state);
uint64_t slow_below(uint64_t *state, uint64_t bound);

/* Folders of plain files.  Failures end the test. */
void slow_empty(const char *dir); /* makes it, or removes what is in it */
void slow_copy(const char *from, const char *to);
void slow_mount(const char *dir, uint64_t bytes);
void slow_resize(const char *dir, uint64_t bytes);
void slow_unmount(const char *dir);

#endif
