/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/copy.h - all records of one store into another, and compared
 *
 * Bytes only: nothing is decoded, nothing is too large.
 */
#ifndef ENGINE_STATE_COPY_H
#define ENGINE_STATE_COPY_H

#include "engine/state/store.h"

/* From one snapshot, in several transactions: to is nobody else's yet. */
int ppc_store_copy(ppc_store *from, ppc_store *to, size_t *records,
                   pp_err *err);
/* 0: every key and value is the same. -PP_E_CORRUPT names the first one that
 * is not. */
int ppc_store_compare(ppc_store *a, ppc_store *b, size_t *records,
                      pp_err *err);

#endif
