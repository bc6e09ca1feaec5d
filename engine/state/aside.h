/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/aside.h - records in quarantine: seen, put back, forgotten
 *
 * What a repair sets aside at one time of one object is a set: its records
 * lie under q/ID/TIME/, each with a note that says where it was and why it
 * is here.  A set is named ID@TIME, where the beginning of either will do,
 * or nothing of the time, if no other set is meant by it.
 *
 * Errors     -PP_E_NOTFOUND and -PP_E_AMBIGUOUS are about the name of the set
 * See also   docs/design/state.md, "Check and repair"
 */
#ifndef ENGINE_STATE_ASIDE_H
#define ENGINE_STATE_ASIDE_H

#include "engine/state/audit.h"

#define PPC_ASIDE_DATA "data" /* last part of the key of a record ... */
#define PPC_ASIDE_WHY "why"   /* ... and of its note                  */

/* In a transaction: move what lies at a change's key to q/. */
int ppc_aside_put(ppc_txn *t, const ppc_change *c, const ppc_moment *when,
                  pp_err *err);
/* The one set that ref names, as below; out is unreffed before. */
int ppc_aside_find(ppc_txn *t, const char *ref, pp_json **out, pp_err *err);
/* A key of its i-th record, part DATA or WHY. */
ppc_key ppc_aside_key(const pp_json *set, size_t i, const char *part);
/* Where a record was, by its note. -PP_E_CORRUPT: it does not say. */
int ppc_aside_home(const pp_json *why, ppc_key *key, pp_err *err);
/* What is kept there: "container", "pod" or "key". */
const char *ppc_aside_kind(const ppc_key *home);

/* All sets, or the one that is named: [{"Ref","Id","Kind","Name","Time",
 * "Reason","Records":[{"Record","Size","Reason"}]}], caller unrefs. */
int ppc_state_aside_list(ppc_state *st, const char *ref, pp_json **out,
                         pp_err *err);

/* The bytes of one record, caller frees. */
int ppc_state_aside_read(ppc_state *st, const char *ref, const char *record,
                         char **data, size_t *n, pp_err *err);

/*
 * Put a set back where it was, and rebuild what follows from it, or nothing.
 *
 * out      the set as it was, caller unrefs
 * returns  0 | -PP_E_EXISTS (ID or name are in use) | -PP_E_CORRUPT (it
 *          still does not fit, and why)
 */
int ppc_state_aside_restore(ppc_state *st, const char *ref, pp_json **out,
                            pp_err *err);

/* Delete a set. out as above. */
int ppc_state_aside_remove(ppc_state *st, const char *ref, pp_json **out,
                           pp_err *err);

#endif
