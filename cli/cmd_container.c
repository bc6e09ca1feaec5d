/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_container.c - polypod container: the verbs once more, and cleanup
 */
#include "commands.h"
#include "refs.h"

typedef struct cleanup_values {
    bool all;
    bool latest;
} cleanup_values;

static const cli_flag flags[] = {
    {"all", 'a', CLI_BOOL, offsetof(cleanup_values, all), NULL, NULL,
     "Clean up after every container"},
    {"latest", 'l', CLI_BOOL, offsetof(cleanup_values, latest), NULL, NULL,
     "Clean up after the newest container"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {
    {"exec", 0}, {"rm", 0}, {"rmi", 0}, {"stopped-only", 0}, {NULL, 0}};

static int
cleanup_one(cli *c, const char *ref, const void *values, pp_err *err)
{
    (void)values;
    return pp_container_cleanup(c->rt, ref, err);
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const cleanup_values *v = values;
    const cli_refs_options which = {.all = v->all, .latest = v->latest};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int rc = 0;

    /* conmon's command line may be older than the driver of the store */
    if (args->n)
        rc = cli_open_with(c, PP_OPEN_FOLLOW, &err);
    if (rc == 0)
        rc = cli_refs_collect(c, &which, args, &refs, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    return cli_refs_each(c, &refs, cleanup_one, v);
}

static const cli_cmd cleanup = {
    .name = "cleanup",
    .args = "CONTAINER...",
    .summary = "Undo network, firewall and mounts of containers that ended",
    .about = "conmon calls this when a container has ended; there is no harm "
             "in calling it again. A container made with --rm is removed. "
             "Containers that run, or do not exist any more, are left alone.",
    .examples = "polypod container cleanup --all",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(cleanup_values),
    .max_args = -1,
    .run = run,
};

static const cli_cmd *const sub[] = {
    &cleanup,      &cli_cmd_create,       &cli_cmd_inspect, &cli_cmd_kill,
    &cli_cmd_logs, &cli_cmd_container_ls, &cli_cmd_ps,      &cli_cmd_rm,
    &cli_cmd_run,  &cli_cmd_start,        &cli_cmd_stop,    &cli_cmd_wait,
    NULL};

const cli_cmd cli_cmd_container = {
    .name = "container",
    .args = "COMMAND [ARG...]",
    .summary = "The commands for containers, and cleanup",
    .about = "polypod container COMMAND is the same as polypod COMMAND; "
             "cleanup and ls are found here only.",
    .examples = "polypod container ls -a\npolypod container cleanup web",
    .sub = sub,
};
