/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/paths.h - where a user's files are, and where configuration is
 *
 * Ownership  every string is the caller's; NULL means out of memory when
 *            *origin was set, else that the place is not known (no HOME).
 */
#ifndef CORE_CONFIG_PATHS_H
#define CORE_CONFIG_PATHS_H

#include <stdbool.h>

#include <polypod/error.h>

bool ppc_is_rootless(void);
/* Is systemd the init that runs here? */
bool ppc_is_systemd(void);

/* $XDG_DATA_HOME or ~/.local/share, + /polypod. */
char *ppc_path_data(const char **origin);
/* ~/.config/containers/policy.json when it exists. */
char *ppc_path_policy(const char **origin);
/* The user's folder for run-time files, + /polypod: $XDG_RUNTIME_DIR,
 * /run/user/UID, $TMPDIR/user/UID, ~/rundir.  The middle two are made when
 * they are missing, and taken only when they are ours and nobody else's. */
char *ppc_path_run(const char **origin);

/* Where to look for files; NULL: not there. Tests give their own. */
typedef struct ppc_places {
    const char *data;   /* holds polypod.conf                               */
    const char *config; /* holds polypod.conf and polypod.conf.d            */
} ppc_places;

/*
 * The files that exist, in the order they are read.
 *
 * files    caller frees (ppc_strv_free); NULL for none
 * returns  0 | -PP_E_NOMEM | -PP_E_CONFIG (a folder cannot be read)
 */
int ppc_places_files(const ppc_places *places, char ***files, pp_err *err);

/* The places of this process, root or rootless. 0 | -PP_E_NOMEM */
int ppc_places_own(char **data, char **config, pp_err *err);

#endif
