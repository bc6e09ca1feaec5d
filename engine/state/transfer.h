/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/transfer.h - the store as text, out and in
 *
 *   {"format":"polypod-state","schema":1,"version":1}
 *   one line per record, in the order of keys: see line.h
 *   {"records":N}
 *
 * The last line tells a complete export from one that was cut off.  Left out
 * are what belongs to a store and not to its objects: m/schema, which the
 * first line has, and the time of the last check.
 */
#ifndef ENGINE_STATE_TRANSFER_H
#define ENGINE_STATE_TRANSFER_H

#include "engine/state/audit.h"
#include "engine/state/line.h"

#define PPC_TRANSFER_VERSION 1

/* One snapshot as text; records may be NULL. */
int ppc_state_export(ppc_state *st, ppc_str *out, size_t *records,
                     pp_err *err);

/* A parsed export. */
typedef struct ppc_import {
    ppc_item *v; /* sorted by key */
    size_t n;
    size_t cap;
    int64_t schema;
} ppc_import;

void ppc_import_clear(ppc_import *im);

/*
 * Read and verify a whole export; nothing is written anywhere.
 *
 * file     names it in messages
 * paths    what m/path/... lines have to fit; NULL: not compared
 * faults   FILE:LINE: what is wrong, a line each
 * returns  0 | -PP_E_CORRUPT (err has the first fault) | -PP_E_NOTSUP
 *          (version, schema) | -PP_E_DBBADCONFIG (paths)
 */
int ppc_import_parse(pp_slice text, const char *file,
                     const ppc_state_paths *paths, ppc_import *out,
                     ppc_str *faults, pp_err *err);

#define PPC_IMPORT_MERGE 0x1u   /* beside what is there                     */
#define PPC_IMPORT_REPLACE 0x2u /* instead of what is there                 */
#define PPC_IMPORT_FORCE 0x4u   /* also if containers are running           */
#define PPC_IMPORT_REPAIR 0x8u  /* repair what does not fit                 */

/*
 * Put an export into the store and audit the result, in one transaction.
 *
 * flags    PPC_IMPORT_*; without MERGE and REPLACE the store has no objects
 * report   of the audit
 * faults   what clashes or does not fit, a line each
 * returns  0 | -PP_E_EXISTS (clashes) | -PP_E_CTRSTATE (containers run) |
 *          -PP_E_CORRUPT (the result would not be sound); then nothing
 *          changed
 */
int ppc_state_import(ppc_state *st, const ppc_import *im, uint32_t flags,
                     ppc_report *report, ppc_str *faults, pp_err *err);

#endif
