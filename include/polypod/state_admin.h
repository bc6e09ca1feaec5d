/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polypod/state_admin.h - care of the state store: check, export, import,
 * move to another driver
 *
 * The calls need only the configuration, so they work where pp_runtime_open
 * fails.  On an open runtime info, check and export use its store; import
 * and migrate have to be alone with the store and refuse.
 *
 * Waits      none is longer than state.timeout; -PP_E_BUSY names the holder
 * Threads    one thread at a time per runtime
 * See also   polypod-state(1), docs/design/state.md
 */
#ifndef POLYPOD_STATE_ADMIN_H
#define POLYPOD_STATE_ADMIN_H

#include <polypod/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Facts about the store and its driver.
 *
 * What cannot be found out is left out; "Error" says why the store cannot be
 * read, and is empty otherwise.
 *
 * out      caller unrefs: {"Driver","Configured","Marker","Path","Exists",
 *          "Size","Version","Library","Schema","Generation","Containers",
 *          "Pods","Running","Records","Quarantined","LastCheck",
 *          "Leftovers":[{"Path","Size","Note"}],"Migration",
 *          "Error"}
 * returns  0 | -PP_E_CORRUPT (state.driver cannot be read) | -PP_E_NOMEM
 * since    1.0
 */
PP_API int pp_store_info(pp_runtime *rt, pp_json **out, pp_err *err);

/* pp_store_check flags */
#define PP_STORE_REPAIR 0x1u

/*
 * Structure, schema, records, indexes and references.
 *
 * flags    PP_STORE_REPAIR: rebuild what follows from the records and set
 *          damaged ones aside, in one transaction
 * out      caller unrefs: {"Findings":[{"Kind","Object","Problem","Remedy",
 *          "Repairable","Repaired","Text"}],"Open","Containers","Pods",
 *          "Records","Quarantine":[..]}; "Open" counts what is not repaired
 * returns  0, with or without findings | -PP_E_BUSY | -PP_E_NOTFOUND (there
 *          is no store) | -PP_E_NOTSUP (of a newer version)
 * since    1.0
 */
PP_API int pp_store_check(pp_runtime *rt, uint32_t flags, pp_json **out,
                          pp_err *err);

/*
 * What a repair has set aside: records of one object, taken away at one time.
 *
 * Ref, "ID@TIME", names such a set.  The calls take the beginning of either
 * part, and nothing of the second one, if no other set is meant by it.
 *
 * ref      NULL: all of them
 * out      caller unrefs: [{"Ref","Id","Kind" (container, pod, key),"Name",
 *          "Time","Reason","Records":[{"Record","Size","Reason"}]}]
 * returns  0 | -PP_E_NOTFOUND (no such set, or no store) | -PP_E_AMBIGUOUS |
 *          -PP_E_BUSY
 * since    1.0
 */
PP_API int pp_store_quarantine(pp_runtime *rt, const char *ref, pp_json **out,
                               pp_err *err);

/*
 * The bytes of a record that was set aside.
 *
 * record   "config", "state", "netns", "request", "intent" or "key"
 * data     caller frees; n bytes, which may be anything
 * returns  0 | -PP_E_NOTFOUND | -PP_E_AMBIGUOUS | -PP_E_BUSY
 * since    1.0
 */
PP_API int pp_store_quarantine_read(pp_runtime *rt, const char *ref,
                                    const char *record, char **data, size_t *n,
                                    pp_err *err);

/*
 * Put a set back where it was, in one transaction.
 *
 * What follows from its records is rebuilt.  If the kernel was booted since,
 * what a boot takes away is forgotten, as at any other start.
 *
 * out      the set, as pp_store_quarantine tells it; caller unrefs
 * returns  0 | -PP_E_EXISTS (its ID or name is in use) | -PP_E_CORRUPT (it
 *          cannot be read, or does not fit to the rest) | -PP_E_NOTFOUND |
 *          -PP_E_AMBIGUOUS | -PP_E_BUSY; then nothing changed
 * since    1.0
 */
PP_API int pp_store_quarantine_restore(pp_runtime *rt, const char *ref,
                                       pp_json **out, pp_err *err);

/*
 * Delete a set for good.
 *
 * Files of the container go at the next refresh after a boot.
 *
 * out      the set as it was; caller unrefs
 * returns  0 | -PP_E_NOTFOUND | -PP_E_AMBIGUOUS | -PP_E_BUSY
 * since    1.0
 */
PP_API int pp_store_quarantine_remove(pp_runtime *rt, const char *ref,
                                      pp_json **out, pp_err *err);

/*
 * One snapshot as text, the same bytes from every driver.
 *
 * file     replaced at once, with mode 0600; NULL: written to fd
 * out      caller unrefs: {"Records","Bytes","SHA256"}
 * returns  0 | -PP_E_BUSY | -PP_E_NOTFOUND | -PP_E_IO | -PP_E_FULL
 * since    1.0
 */
PP_API int pp_store_export(pp_runtime *rt, const char *file, int fd,
                           pp_json **out, pp_err *err);

/* pp_store_import flags */
#define PP_STORE_MERGE 0x1u       /* add to what is there; refuse clashes   */
#define PP_STORE_REPLACE 0x2u     /* instead of what is there               */
#define PP_STORE_FORCE 0x4u       /* although containers are running        */
#define PP_STORE_FIX 0x8u         /* repair what does not fit               */
#define PP_STORE_IMPORT_DRY 0x10u /* read and verify the export only        */

/*
 * An export into the store: all of it, in one transaction, or nothing.
 *
 * file     NULL: read from fd
 * flags    PP_STORE_*; without MERGE and REPLACE the store must be empty
 * report   caller frees: each fault on a line, empty if there is none;
 *          untouched unless the export was read
 * out      caller unrefs: {"Records","Containers","Pods"}
 * returns  0 | -PP_E_CORRUPT (FILE:LINE: ..., or not sound) | -PP_E_EXISTS |
 *          -PP_E_CTRSTATE | -PP_E_DBBADCONFIG | -PP_E_NOTSUP | -PP_E_BUSY
 * since    1.0
 */
PP_API int pp_store_import(pp_runtime *rt, const char *file, int fd,
                           uint32_t flags, char **report, pp_json **out,
                           pp_err *err);

/* pp_store_migrate flags */
#define PP_STORE_DRY_RUN 0x1u

/*
 * Move everything into the store of another driver.
 *
 * Nobody else uses either store meanwhile.  Killed at any point, exactly one
 * of the two counts, and a second call finishes or begins anew.
 *
 * to       name of the driver
 * flags    PP_STORE_DRY_RUN: only say what would be done
 * out      caller unrefs: {"From","To","Records","Containers","Pods","SHA256",
 *          "Old","New","Steps":[..]}
 * returns  0 | -PP_E_INVAL (it is that driver already) | -PP_E_EXISTS (the
 *          new store has objects) | -PP_E_BUSY | -PP_E_NOTSUP (the driver
 *          keeps nothing) | -PP_E_CORRUPT (the copy differs)
 * since    1.0
 */
PP_API int pp_store_migrate(pp_runtime *rt, const char *to, uint32_t flags,
                            pp_json **out, pp_err *err);

#ifdef __cplusplus
}
#endif

#endif
