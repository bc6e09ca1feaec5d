/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_start.c - polypod start: start containers that exist
 */
#include "attach.h"
#include "commands.h"
#include "refs.h"

typedef struct start_values {
    bool all;
    bool attach;
    bool latest;
    bool sig_proxy;
} start_values;

static const cli_flag flags[] = {
    {"all", 0, CLI_BOOL, offsetof(start_values, all), NULL, NULL,
     "Start every container that does not run"},
    {"attach", 'a', CLI_BOOL, offsetof(start_values, attach), NULL, NULL,
     "Show its output until it ends and take its exit code"},
    {"latest", 'l', CLI_BOOL, offsetof(start_values, latest), NULL, NULL,
     "Start the newest container"},
    {"sig-proxy", 0, CLI_BOOL, offsetof(start_values, sig_proxy), NULL, "true",
     "With --attach, pass signals on to the container"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {
    {"detach-keys", 0}, {"filter", 'f'}, {"interactive", 'i'}, {NULL, 0}};

/* To start what runs is no failure. */
static int
start_one(cli *c, const char *ref, const void *values, pp_err *err)
{
    int rc = pp_container_start(c->rt, ref, NULL, NULL, err);

    (void)values;
    if (rc == -PP_E_CTRSTATE && cli_ref_is_in_state(c, ref, "running"))
        return 0;
    return rc;
}

static int
start_attached(cli *c, const start_values *v, const cli_list *refs)
{
    CLI_AUTO(cli_streams_close) cli_streams streams = {{0}};
    pp_err err = {0};
    int code = 0;
    int rc;

    if (refs->n != 1) {
        rc = pp_fail(&err, PP_E_INVAL, 0,
                     "you cannot start and attach multiple containers at "
                     "once");
        return cli_fail(rc, &err);
    }
    rc = cli_streams_open(v->sig_proxy, &streams, &err);
    if (rc == 0)
        rc = pp_container_start(c->rt, refs->v[0], &streams.attach, &code,
                                &err);
    return rc < 0 ? cli_fail(rc, &err) : code;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const start_values *v = values;
    const cli_refs_options which = {.all = v->all, .latest = v->latest};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int rc = cli_load(c, &err);

    if (rc == 0)
        rc = cli_need_lasting_state(c, "start a container made by another",
                                    &err);
    if (rc == 0)
        rc = cli_refs_collect(c, &which, args, &refs, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    if (v->attach)
        return start_attached(c, v, &refs);
    return cli_refs_each(c, &refs, start_one, v);
}

const cli_cmd cli_cmd_start = {
    .name = "start",
    .args = "CONTAINER...",
    .summary = "Start containers",
    .about = "Starts containers that were created or have ended, and prints "
             "each as it was named. One that already runs is left alone.",
    .examples = "polypod start web\npolypod start --attach job",
    .exits = "125 polypod failed; with --attach the exit code of the "
             "container",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(start_values),
    .max_args = -1,
    .run = run,
};
