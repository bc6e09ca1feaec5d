/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/dispatch.c - from the words of a command line to a command's function
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "near.h"

const cli_cmd *
cli_cmd_find(const cli_cmd *const *list, const char *name)
{
    for (; *list; list++) {
        if (strcmp((*list)->name, name) == 0)
            return *list;
    }
    return NULL;
}

/* A wrong command line: message and where to look. */
static int
fail_usage(const char *path, const pp_err *err)
{
    cli_fail(-PP_E_INVAL, err);
    fprintf(stderr, "See '%s --help'\n", path);
    return CLI_EXIT_ENGINE;
}

static int
fail_unknown(const char *path, const cli_cmd *const *list, const char *word)
{
    cli_near near = cli_near_init(word);
    pp_err err = {0};

    for (; *list; list++)
        cli_near_try(&near, (*list)->name);
    if (near.best)
        pp_fail(&err, PP_E_INVAL, 0,
                "unrecognized command \"%s %s\" (did you mean \"%s\"?)", path,
                word, near.best);
    else
        pp_fail(&err, PP_E_INVAL, 0, "unrecognized command \"%s %s\"", path,
                word);
    return fail_usage(path, &err);
}

static int
check_count(const cli_cmd *cmd, const cli_args *args, pp_err *err)
{
    int n = (int)args->n;

    if (n < cmd->min_args)
        return pp_fail(err, PP_E_INVAL, 0,
                       "requires at least %d arg(s), only received %d",
                       cmd->min_args, n);
    if (cmd->max_args == 0 && n > 0)
        return pp_fail(err, PP_E_INVAL, 0,
                       "takes no arguments, received \"%s\"", args->v[0]);
    if (cmd->max_args > 0 && n > cmd->max_args)
        return pp_fail(err, PP_E_INVAL, 0,
                       "accepts at most %d arg(s), received %d", cmd->max_args,
                       n);
    return 0;
}

/* Parse the words of CMD and run it. */
static int
run_cmd(cli *c, const char *path, const cli_cmd *cmd, char **argv)
{
    static const cli_flag no_flags[] = {{NULL, 0, 0, 0, NULL, NULL, NULL}};
    CLI_AUTO(cli_args_clear) cli_args args = {NULL, 0};
    CLI_AUTO_FREE void *values = cli_alloc(cmd->values_size);
    const cli_scope scopes[] = {{cmd->flags ? cmd->flags : no_flags, values},
                                {cli_global_flags, &c->globals},
                                {NULL, NULL}};
    pp_err err = {0};
    int code = 0;
    int rc;

    cli_flags_init(&scopes[0]);
    rc = cli_flags_parse(scopes, cmd->todo, cmd->bits & CLI_CMD_STOP_AT_ARG,
                         argv, &args, &err);
    c->looks = cmd->bits & CLI_CMD_LOOKS;
    if (c->globals.help)
        cli_help_cmd(stdout, path, cmd);
    else if (rc < 0 || check_count(cmd, &args, &err) < 0)
        code = fail_usage(path, &err);
    else
        code = cmd->run(c, values, &args);
    cli_flags_clear(&scopes[0]);
    return code;
}

static int
run_group(cli *c, const char *path, const cli_cmd *group, char **argv)
{
    const cli_scope scopes[] = {{cli_global_flags, &c->globals}, {NULL, NULL}};
    CLI_AUTO(cli_args_clear) cli_args args = {NULL, 0};
    CLI_AUTO_FREE char *inner = NULL;
    const cli_cmd *cmd;
    pp_err err = {0};
    int rc = cli_flags_parse(scopes, NULL, true, argv, &args, &err);

    if (c->globals.help) {
        cli_help_cmd(stdout, path, group);
        return 0;
    }
    if (rc < 0)
        return fail_usage(path, &err);
    if (args.n == 0) {
        cli_help_cmd(stdout, path, group);
        fprintf(stderr, "Error: missing command '%s COMMAND'\n", path);
        return CLI_EXIT_ENGINE;
    }
    cmd = cli_cmd_find(group->sub, args.v[0]);
    if (!cmd)
        return fail_unknown(path, group->sub, args.v[0]);
    inner = cli_sprintf("%s %s", path, cmd->name);
    if (cmd->sub)
        return run_group(c, inner, cmd, args.v + 1);
    return run_cmd(c, inner, cmd, args.v + 1);
}

/* "help", "help CMD", "help GROUP CMD ..." */
static int
run_help(char **words)
{
    CLI_AUTO_FREE char *path = cli_dup("polypod");
    const cli_cmd *const *list = cli_commands;
    const cli_cmd *cmd = NULL;

    for (; *words; words++) {
        char *inner;

        cmd = list ? cli_cmd_find(list, *words) : NULL;
        if (!cmd)
            return fail_unknown(path, list ? list : cli_commands, *words);
        inner = cli_sprintf("%s %s", path, cmd->name);
        free(path);
        path = inner;
        list = cmd->sub;
    }
    if (cmd)
        cli_help_cmd(stdout, path, cmd);
    else
        cli_help_top(stdout);
    return 0;
}

static int
run_top(cli *c, const cli_args *args)
{
    CLI_AUTO_FREE char *path = NULL;
    const cli_cmd *cmd;

    if (c->globals.version) {
        printf("polypod version %s\n", pp_version());
        return 0;
    }
    if (args->n == 0) {
        cli_help_top(stdout);
        if (c->globals.help)
            return 0;
        fputs("Error: missing command 'polypod COMMAND'\n", stderr);
        return CLI_EXIT_ENGINE;
    }
    if (strcmp(args->v[0], "help") == 0)
        return run_help(args->v + 1);
    cmd = cli_cmd_find(cli_commands, args->v[0]);
    if (!cmd)
        return fail_unknown("polypod", cli_commands, args->v[0]);
    path = cli_sprintf("polypod %s", cmd->name);
    if (cmd->sub)
        return run_group(c, path, cmd, args->v + 1);
    return run_cmd(c, path, cmd, args->v + 1);
}

/* Output that did not reach its reader is a failure, too. */
static int
flush_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    perror("Error: cannot write to standard output");
    return code ? code : CLI_EXIT_ENGINE;
}

int
cli_main(char **argv)
{
    cli c = {.rt = NULL};
    const cli_scope scopes[] = {{cli_global_flags, &c.globals}, {NULL, NULL}};
    CLI_AUTO(cli_args_clear) cli_args args = {NULL, 0};
    pp_err err = {0};
    int code;

    cli_flags_init(&scopes[0]);
    if (cli_flags_parse(scopes, NULL, true, argv + 1, &args, &err) < 0)
        code = fail_usage("polypod", &err);
    else
        code = run_top(&c, &args);
    if (c.looks) {
        /* nothing to undo: the kernel takes a large list back faster than
         * free(3) does */
        if (fflush(stdout) == EOF && !code)
            code = CLI_EXIT_ENGINE;
        _exit(code);
    }
    cli_close(&c);
    cli_flags_clear(&scopes[0]);
    return flush_output(code);
}
