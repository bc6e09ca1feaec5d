/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/audit.h - does a folder hold the old or the new store?
 *
 * A clean process opens the folder and compares all keys and values with
 * what the script must have left.  Then it goes on with the script, runs the
 * back end's own check, opens the store again and compares once more: what
 * was found is not only whole but usable.
 */
#ifndef TESTS_SLOW_AUDIT_H
#define TESTS_SLOW_AUDIT_H

#include "work.h"

#define AUDIT_MORE 3 /* steps the audit goes on for */

typedef struct audit {
    const char *plugin;
    const char *dir;
    const uint64_t *table; /* of work_table, WORK_ALL, worker 0, from 0 */
    int acked;             /* steps that must be there; -1: not even opened */
    bool is_exact;         /* and no further one */
    slow_note *note;
    int found; /* out: the steps that are there; -1: nothing */
} audit;

/* In this process: 0, or 1 with a note.  Leaves the store some steps on. */
int audit_now(audit *a);
/* In a child: a failure is told to s, with what was done.  0 or -1. */
int audit_in_child(slow *s, audit *a, const char *what);

/* The back end's check(): its code. */
int audit_check(const backend *b, pp_err *err);

/* Steps that the store holds: -1 to n, or -2. */
int audit_match(const uint64_t *table, int from, int to, uint64_t digest);

#endif
