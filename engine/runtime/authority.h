/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/authority.h - is the configured driver's store the one that
 * counts?
 *
 * Each driver keeps its store in a folder of its own, so a changed key would
 * open an empty one beside all containers.  That is noticed here, and never
 * done silently.
 */
#ifndef ENGINE_RUNTIME_AUTHORITY_H
#define ENGINE_RUNTIME_AUTHORITY_H

#include "engine/runtime/runtime.h"

/* Folder of a driver's store. Caller frees; NULL when out of memory. */
char *ppc_store_folder(const pp_runtime *rt, const char *driver);
/* Containers and pods in a driver's store, without making one. */
int ppc_store_count(pp_runtime *rt, const char *driver, int64_t *n,
                    pp_err *err);
/* Names of the drivers that have a folder here. Caller frees. */
int ppc_store_drivers(const pp_runtime *rt, char ***out, pp_err *err);

/*
 * Before the configured driver's store is opened, inside the gate.
 *
 * returns  1: it is known to be the one | 0: it may become it |
 *          -PP_E_DBBADCONFIG (the containers are in another's: which, where,
 *          and what to do)
 */
int ppc_authority_check(pp_runtime *rt, pp_err *err);

/* After it was opened: note that it is the one, unless it does not last. */
int ppc_authority_claim(pp_runtime *rt, pp_err *err);

#endif
