/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/flag.h - flags as tables: parsed into a struct, shown in help, manual
 *              pages and completion
 *
 * A table row says where in the command's struct the value goes:
 *
 *     {"all", 'a', CLI_BOOL, offsetof(ps_flags, all), NULL, NULL, "..."}
 *
 *     kind          field      without a default
 *     CLI_BOOL      bool       false
 *     CLI_STR       char *     NULL
 *     CLI_LIST      cli_list   empty; one item per use
 *     CLI_CSV       cli_list   empty; items are also split at commas
 *     CLI_INT       int64_t    CLI_UNSET
 *     CLI_SIZE      int64_t    CLI_UNSET; bytes, "512m"
 *     CLI_DURATION  int64_t    CLI_UNSET; nanoseconds, "250ms"
 *
 * Forms: --flag=value, --flag value, -f value, -fvalue, -f=value, -aq, "--".
 *
 * Ownership  the struct owns its strings and lists (cli_flags_clear);
 *            arguments are borrowed from argv.
 */
#ifndef CLI_FLAG_H
#define CLI_FLAG_H

#include <stdint.h>

#include "buf.h"

#define CLI_UNSET INT64_MIN

enum { CLI_BOOL, CLI_STR, CLI_LIST, CLI_CSV, CLI_INT, CLI_SIZE, CLI_DURATION };

typedef struct cli_flag {
    const char *name; /* NULL ends a table */
    char letter;      /* 0: none */
    int kind;
    size_t offset;
    const char *arg; /* what the value is called in help */
    const char *def; /* parsed before the words; NULL: none */
    const char *help;
} cli_flag;

/* A flag the reference has and this command does not have yet. */
typedef struct cli_todo {
    const char *name; /* NULL ends a list */
    char letter;
} cli_todo;

/* A table and the struct it writes to. */
typedef struct cli_scope {
    const cli_flag *flags; /* NULL ends an array of scopes */
    void *values;
} cli_scope;

typedef struct cli_args {
    char **v; /* NULL-terminated, owned; its strings are argv's */
    size_t n;
} cli_args;

/* Defaults of one table. The struct has to be zeroed. */
void cli_flags_init(const cli_scope *scope);
void cli_flags_clear(const cli_scope *scope);

/*
 * Parse words into the scopes; the first scope that knows a flag has it.
 *
 * scopes         set up by cli_flags_init
 * todo           may be NULL
 * stop_at_arg    the first argument ends the flags
 * args           what is no flag; caller clears (cli_args_clear)
 * returns        0 | -PP_E_INVAL
 */
int cli_flags_parse(const cli_scope *scopes, const cli_todo *todo,
                    bool stop_at_arg, char **argv, cli_args *args, pp_err *err);
void cli_args_clear(cli_args *args);

/* The rows of a table by name; caller frees the array. Returns their number. */
size_t cli_flags_sorted(const cli_flag *flags, const cli_flag ***out);

#endif
