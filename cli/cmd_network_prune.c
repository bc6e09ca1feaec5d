/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_prune.c - polypod network prune: remove the unused ones
 */
#include <stdlib.h>

#include "network.h"

typedef struct prune_values {
    bool force;
} prune_values;

static const cli_flag flags[] = {{"force", 'f', CLI_BOOL,
                                  offsetof(prune_values, force), NULL, NULL,
                                  "Do not ask"},
                                 {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {{"filter", 0}, {NULL, 0}};

/* "y", "yes": anything else, and the end of input, is a no. */
static bool
is_confirmed(void)
{
    CLI_AUTO_FREE char *line = NULL;
    size_t cap = 0;

    fputs("This removes all networks that no container uses.\n"
          "Are you sure you want to continue? [y/N] ",
          stdout);
    fflush(stdout);
    return getline(&line, &cap, stdin) > 0 && (*line == 'y' || *line == 'Y');
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const prune_values *v = values;
    CLI_AUTO_JSON pp_json *gone = NULL;
    pp_err err = {0};
    int rc;

    (void)args;
    if (!v->force && !is_confirmed())
        return 0;
    rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_network_prune(c->rt, &gone, &err);
    for (size_t i = 0; i < pp_json_len(gone); i++)
        puts(pp_json_str(pp_json_at(gone, i)));
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

const cli_cmd cli_cmd_network_prune = {
    .name = "prune",
    .args = "",
    .summary = "Remove all networks that no container uses",
    .about = "The default network stays. The names of those that were removed "
             "are printed. Addresses that were given away before the last "
             "boot, and never given back, are taken back.",
    .examples = "polypod network prune -f",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(prune_values),
    .max_args = 0,
    .run = run,
};
