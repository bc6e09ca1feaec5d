/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/mapstore.h - a strict state back end in memory, which can fail
 *
 * Keeps to the letter of polypod/state.h and aborts the test when its user
 * does not: slices die at the next call (their bytes are freed), a write
 * ends iterators, after a conflict only abort is legal, one transaction at a
 * time.  One chosen call can be made to fail.
 */
#ifndef TESTS_UNIT_MAPSTORE_H
#define TESTS_UNIT_MAPSTORE_H

#include <stdbool.h>

#include <polypod/state.h>

typedef struct mapstore mapstore;

extern const pp_state_ops mapstore_ops;

mapstore *mapstore_new(void);
void mapstore_free(mapstore *m);

/* From now on: the call after n others fails with -code (0: none does);
 * repeat: so many in a row do.  applied: a failing commit has committed. */
void mapstore_fail(mapstore *m, long n, int code, long repeat, bool applied);
/* Calls since mapstore_fail. */
long mapstore_calls(const mapstore *m);
/* Read-write transactions are refused with -PP_E_PERM. */
void mapstore_set_read_only(mapstore *m, bool ro);
/* Transactions begun so far. */
long mapstore_begun(const mapstore *m);
/* Is a transaction open? */
bool mapstore_is_busy(const mapstore *m);
/* All keys and values as text, for comparison; caller frees. */
char *mapstore_dump(const mapstore *m);
/* Behind the engine's back: val NULL deletes. */
void mapstore_poke(mapstore *m, const void *key, size_t n, const char *val);

#endif
