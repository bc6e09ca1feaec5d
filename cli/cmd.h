/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd.h - commands as table rows, and what a command works with
 *
 * cmd_NAME.c defines one const cli_cmd with its flags, its help and its
 * function; commands.c lists them all.  The dispatcher parses the flags into
 * a zeroed struct of values_size bytes and calls run, which returns the exit
 * code.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include <polypod/container.h>

#include "flag.h"

/* Exit codes of the ecosystem; any other is the container's. */
#define CLI_EXIT_ENGINE 125
#define CLI_EXIT_CANNOT_INVOKE 126
#define CLI_EXIT_NOT_FOUND 127

typedef struct cli_globals {
    bool help;
    bool version;
    char *config;
    char *root;
    char *runroot;
    char *state;
    char *firewall;
    char *network_driver;
    char *runtime;
    char *conmon;
    char *cgroup_manager;
    char *nspace;
    char *log_level;
    char *tmpdir;
    cli_list plugin_dirs;
} cli_globals;

extern const cli_flag cli_global_flags[];

/* One run of the command. */
typedef struct cli {
    cli_globals globals;
    pp_runtime *rt; /* NULL until cli_load */
    bool open;
    bool looks; /* CLI_CMD_LOOKS */
} cli;

/* cli_cmd.bits */
#define CLI_CMD_STOP_AT_ARG 0x1u /* words behind the first are not flags */
#define CLI_CMD_ALIAS 0x2u       /* only under "container" */
#define CLI_CMD_LOOKS 0x4u       /* works on a read-only file system too */

typedef struct cli_cmd {
    const char *name;
    const char *args;      /* synopsis of what is no flag */
    const char *summary;   /* one line */
    const char *about;     /* paragraphs, an empty line between */
    const char *examples;  /* command lines */
    const char *exits;     /* what is special about the exit code, or NULL */
    const cli_flag *flags; /* NULL: none */
    const cli_todo *todo;  /* NULL: none */
    size_t values_size;
    int min_args;
    int max_args; /* -1: any number */
    uint32_t bits;
    int (*run)(cli *c, const void *values, const cli_args *args);
    const struct cli_cmd *const *sub; /* NULL-terminated, for a group */
} cli_cmd;

/* All commands, NULL-terminated (commands.c) */
extern const cli_cmd *const cli_commands[];
const cli_cmd *cli_cmd_find(const cli_cmd *const *list, const char *name);

/* Parse argv and run what it names; returns the exit code. */
int cli_main(char **argv);

/* Help (help.c); path is "polypod container rm". */
void cli_help_top(FILE *out);
void cli_help_cmd(FILE *out, const char *path, const cli_cmd *cmd);

/* The runtime (session.c): settings only, or open. 0 | -PP_E_* */
int cli_load(cli *c, pp_err *err);
int cli_open(cli *c, pp_err *err);
int cli_open_with(cli *c, uint32_t flags, pp_err *err); /* PP_OPEN_* */
void cli_close(cli *c);
/* 0, or a failure that says why a record cannot outlive this process */
int cli_need_lasting_state(cli *c, const char *what, pp_err *err);
bool cli_state_is_lasting(cli *c);

/* "Error: ..." on standard error; returns the exit code for rc. */
int cli_fail(int rc, const pp_err *err);
int cli_exit_code(int rc);

#endif
