/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_stop.c - polypod stop: end containers in an orderly way
 */
#include "commands.h"
#include "refs.h"

typedef struct stop_values {
    bool all;
    bool ignore;
    bool latest;
    int64_t time;
    cli_list cidfiles;
} stop_values;

static const cli_flag flags[] = {
    {"all", 'a', CLI_BOOL, offsetof(stop_values, all), NULL, NULL,
     "Stop every container that runs"},
    {"cidfile", 0, CLI_LIST, offsetof(stop_values, cidfiles), "FILE", NULL,
     "Read the ID from this file"},
    {"ignore", 'i', CLI_BOOL, offsetof(stop_values, ignore), NULL, NULL,
     "A container that does not exist is no failure"},
    {"latest", 'l', CLI_BOOL, offsetof(stop_values, latest), NULL, NULL,
     "Stop the newest container"},
    {"time", 't', CLI_INT, offsetof(stop_values, time), "SECONDS", NULL,
     "Wait so long before SIGKILL; else the container's own time"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {{"filter", 'f'}, {NULL, 0}};

static int
stop_one(cli *c, const char *ref, const void *values, pp_err *err)
{
    const stop_values *v = values;
    int64_t time = v->time == CLI_UNSET ? -1 : v->time;
    int rc = pp_container_stop(c->rt, ref, time, err);

    /* 1: nothing happened, nothing to print */
    if (rc == -PP_E_NOSUCHCTR && (v->ignore || v->all))
        return 1;
    return rc;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const stop_values *v = values;
    const cli_refs_options which = {.all = v->all,
                                    .latest = v->latest,
                                    .running = true,
                                    .ignore = v->ignore,
                                    .cidfiles = &v->cidfiles};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int rc = 0;

    if (v->time != CLI_UNSET && v->time < 0)
        rc = pp_fail(&err, PP_E_INVAL, 0, "--time: must not be negative");
    if (rc == 0)
        rc = cli_refs_collect(c, &which, args, &refs, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    return cli_refs_each(c, &refs, stop_one, v);
}

const cli_cmd cli_cmd_stop = {
    .name = "stop",
    .args = "CONTAINER...",
    .summary = "Stop containers",
    .about = "Sends the stop signal of each container, waits for it to end "
             "and after the timeout sends SIGKILL. A container that does not "
             "run is left alone. Each is printed as it was named.",
    .examples = "polypod stop web\npolypod stop -t 2 web db\npolypod stop -a",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(stop_values),
    .max_args = -1,
    .run = run,
};
