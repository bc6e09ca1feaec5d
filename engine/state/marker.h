/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/marker.h - which driver's store is the one that counts
 *
 * DIR/state.driver holds the name of a driver on one line.  It is replaced
 * in one step that survives a power cut: the one point at which the store
 * of another driver takes over.  DIR/state.migrating exists while a
 * migration is under way and says from, to and since when.
 */
#ifndef ENGINE_STATE_MARKER_H
#define ENGINE_STATE_MARKER_H

#include <stdbool.h>

#include <polypod/error.h>

#define PPC_DRIVER_MAX 31
#define PPC_STAMP_MAX 19 /* ppc_time_stamp */

/* [a-z0-9][a-z0-9-]{0,30} */
bool ppc_driver_is_name(const char *name);

/* "" if there is none. 0 | -PP_E_CORRUPT (not a driver's name) | -PP_E_IO */
int ppc_marker_read(const char *dir, char driver[PPC_DRIVER_MAX + 1],
                    pp_err *err);
/* The first one: -PP_E_EXISTS, without text, if somebody was faster. */
int ppc_marker_make(const char *dir, const char *driver, pp_err *err);
int ppc_marker_replace(const char *dir, const char *driver, pp_err *err);

typedef struct ppc_journal {
    char from[PPC_DRIVER_MAX + 1]; /* "": no migration is under way */
    char to[PPC_DRIVER_MAX + 1];
    char stamp[PPC_STAMP_MAX + 1];
} ppc_journal;

int ppc_journal_read(const char *dir, ppc_journal *out, pp_err *err);
int ppc_journal_write(const char *dir, const ppc_journal *j, pp_err *err);
/* An absent one is fine. */
int ppc_journal_remove(const char *dir, pp_err *err);

/* Make renames and removals in a folder survive a power cut. */
int ppc_dir_sync(const char *dir, pp_err *err);

#endif
