/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/work.h - a scripted workload, and what it must leave
 *
 * Step n of worker WHO is one committed call of the state.  What the store
 * holds after n steps is known: the same steps are run on the map, the strict
 * store of the unit tests, and the two are compared by a digest of every key
 * and value.  After WORK_PERIOD steps nothing is left of a worker, and the
 * script begins again with other contents.
 */
#ifndef TESTS_SLOW_WORK_H
#define TESTS_SLOW_WORK_H

#include "engine/state/state.h"
#include "slow.h"

extern const unsigned WORK_PERIOD;

#define WORK_ALL 0x100u /* for digests: the keys of everybody */

/* The state over a started backend. */
int work_open(backend *b, ppc_state **st, pp_err *err);

/* One transaction. */
int work_step(ppc_state *st, unsigned who, unsigned n, pp_err *err);

/* Of the records of one worker, or with WORK_ALL of all keys. */
int work_digest(const backend *b, unsigned who, uint64_t *digest, pp_err *err);

/* Digests after 0 to n steps of worker who: n + 1 of them, the caller frees.
 * scope: who, or WORK_ALL if there is nobody else.  Begins at first, which
 * is a multiple of WORK_PERIOD. */
uint64_t *work_table(unsigned who, unsigned scope, unsigned first, unsigned n);

/* The digest of a store without any key. */
uint64_t work_nothing(void);

/* 1: the container's bulk is as it was written; 0: torn. */
int work_is_whole(const ppc_ctr *c);

/* The ID of container k of a round. */
void work_id(char out[48], unsigned who, char letter, unsigned k, unsigned n);

/* Linked in by tests that fail allocations: the test's own must not. */
__attribute__((weak)) void memory_hold(bool hold);

#endif
