/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/refs.h - which containers a command is for
 */
#ifndef CLI_REFS_H
#define CLI_REFS_H

#include "cmd.h"

typedef struct cli_refs_options {
    bool all;                 /* --all */
    bool latest;              /* --latest */
    bool running;             /* --all means: all that run */
    bool ignore;              /* a missing --cidfile is no failure */
    const cli_list *cidfiles; /* --cidfile, or NULL */
} cli_refs_options;

/*
 * Names and IDs from the arguments, or from --all, --latest, --cidfile.
 *
 * out      caller clears
 * returns  0 | -PP_E_INVAL: nothing is named, or too much | ...
 */
int cli_refs_collect(cli *c, const cli_refs_options *o, const cli_args *args,
                     cli_list *out, pp_err *err);

/* Whether the container is in that state; false when it cannot be told. */
bool cli_ref_is_in_state(cli *c, const char *ref, const char *state);

/* What happened to several: each failure is printed, the last one counts. */
typedef int cli_ref_fn(cli *c, const char *ref, const void *values,
                       pp_err *err);
int cli_refs_each(cli *c, const cli_list *refs, cli_ref_fn *fn,
                  const void *values);

#endif
