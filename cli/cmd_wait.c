/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_wait.c - polypod wait: block until containers end
 */
#include "commands.h"
#include "refs.h"

typedef struct wait_values {
    bool ignore;
    bool latest;
    char *condition;
    int64_t interval;
} wait_values;

static const cli_flag flags[] = {
    {"condition", 0, CLI_STR, offsetof(wait_values, condition), "STATE",
     "stopped", "State to wait for: created, running, paused, stopped, exited"},
    {"ignore", 0, CLI_BOOL, offsetof(wait_values, ignore), NULL, NULL,
     "For a container that does not exist print -1"},
    {"interval", 'i', CLI_DURATION, offsetof(wait_values, interval), "DURATION",
     "250ms", "Time between looks"},
    {"latest", 'l', CLI_BOOL, offsetof(wait_values, latest), NULL, NULL,
     "Wait for the newest container"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static int
wait_one(cli *c, const char *ref, const void *values, pp_err *err)
{
    const wait_values *v = values;
    int code = -1;
    int rc =
        pp_container_wait(c->rt, ref, v->condition, v->interval, &code, err);

    if (rc == -PP_E_NOSUCHCTR && v->ignore) {
        rc = 0;
        code = -1;
    }
    if (rc < 0)
        return rc;
    printf("%d\n", code);
    fflush(stdout);
    return 1;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const wait_values *v = values;
    const cli_refs_options which = {.latest = v->latest};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int rc = cli_refs_collect(c, &which, args, &refs, &err);

    return rc < 0 ? cli_fail(rc, &err) : cli_refs_each(c, &refs, wait_one, v);
}

const cli_cmd cli_cmd_wait = {
    .name = "wait",
    .args = "CONTAINER...",
    .summary = "Wait until containers end and print their exit codes",
    .about = "Waits for one container after the other and prints a line with "
             "the exit code of each.",
    .examples = "polypod wait job\npolypod wait --condition running web",
    .flags = flags,
    .values_size = sizeof(wait_values),
    .max_args = -1,
    .bits = CLI_CMD_LOOKS,
    .run = run,
};
