/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_kill.c - polypod kill: send a signal
 */
#include "commands.h"
#include "refs.h"
#include "value.h"

typedef struct kill_values {
    bool all;
    bool latest;
    char *signal;
    cli_list cidfiles;
} kill_values;

static const cli_flag flags[] = {
    {"all", 'a', CLI_BOOL, offsetof(kill_values, all), NULL, NULL,
     "Signal every container that runs"},
    {"cidfile", 0, CLI_LIST, offsetof(kill_values, cidfiles), "FILE", NULL,
     "Read the ID from this file"},
    {"latest", 'l', CLI_BOOL, offsetof(kill_values, latest), NULL, NULL,
     "Signal the newest container"},
    {"signal", 's', CLI_STR, offsetof(kill_values, signal), "SIGNAL", "KILL",
     "A name or number"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static int
kill_one(cli *c, const char *ref, const void *signal, pp_err *err)
{
    return pp_container_kill(c->rt, ref, *(const int32_t *)signal, err);
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const kill_values *v = values;
    const cli_refs_options which = {.all = v->all,
                                    .latest = v->latest,
                                    .running = true,
                                    .cidfiles = &v->cidfiles};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int32_t signal;
    int rc = cli_value_signal(v->signal, &signal, &err);

    if (rc < 0)
        pp_wrap(&err, rc, "--signal \"%s\"", v->signal);
    else
        rc = cli_refs_collect(c, &which, args, &refs, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    return cli_refs_each(c, &refs, kill_one, &signal);
}

const cli_cmd cli_cmd_kill = {
    .name = "kill",
    .args = "CONTAINER...",
    .summary = "Send a signal to containers",
    .about = "Sends a signal to the first process of each container, which "
             "has to run, and prints each as it was named.",
    .examples = "polypod kill web\npolypod kill -s HUP web",
    .flags = flags,
    .values_size = sizeof(kill_values),
    .max_args = -1,
    .run = run,
};
