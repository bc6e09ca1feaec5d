/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/mapstore.h - a strict state back end in memory
 *
 * Keeps to the letter of polypod/state.h and aborts the test when its user
 * does not: slices die at the next call (their bytes are freed), a write
 * ends iterators, one transaction at a time.  It needs no plugin, claims to
 * be durable and to be a store of one, and can be read only; for failures
 * there is state-chaos.
 */
#ifndef TESTS_UNIT_MAPSTORE_H
#define TESTS_UNIT_MAPSTORE_H

#include <stdbool.h>

#include <polypod/state.h>

typedef struct mapstore mapstore;

extern const pp_state_ops mapstore_ops;

mapstore *mapstore_new(void);
void mapstore_free(mapstore *m);

/* Calls so far. */
long mapstore_calls(const mapstore *m);
/* Read-write transactions are refused with -PP_E_PERM. */
void mapstore_set_read_only(mapstore *m, bool ro);
/* Is a transaction open? */
bool mapstore_is_busy(const mapstore *m);
/* Behind the engine's back: val NULL deletes. */
void mapstore_poke(mapstore *m, const void *key, size_t n, const char *val);

#endif
