/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_rm.c - polypod network rm: remove networks
 */
#include "network.h"

typedef struct rm_values {
    bool force;
    int64_t time;
} rm_values;

static const cli_flag flags[] = {
    {"force", 'f', CLI_BOOL, offsetof(rm_values, force), NULL, NULL,
     "Remove the containers that use it too; one that does not exist is no "
     "failure"},
    {"time", 't', CLI_INT, offsetof(rm_values, time), "SECONDS", NULL,
     "With --force, wait so long before SIGKILL"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

/* 1 no such network wins over 2 in use, and that over 125. */
static int
merge_code(int code, int rc)
{
    if (code == 1 || rc == -PP_E_NOTFOUND)
        return 1;
    if (code == 2 || rc == -PP_E_CTREXISTS)
        return 2;
    return CLI_EXIT_ENGINE;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const rm_values *v = values;
    const uint32_t bits = v->force ? PP_NETWORK_FORCE : 0;
    const int64_t time = v->time == CLI_UNSET ? -1 : v->time;
    pp_err err = {0};
    int code = 0;
    int rc = 0;

    if (v->time != CLI_UNSET && v->time < 0)
        rc = pp_fail(&err, PP_E_INVAL, 0, "--time: must not be negative");
    else if (v->time != CLI_UNSET && !v->force)
        rc = pp_fail(&err, PP_E_INVAL, 0, "--time needs --force");
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    for (size_t i = 0; i < args->n; i++) {
        err = (pp_err){0};
        rc = pp_network_remove(c->rt, args->v[i], bits, time, &err);
        if (rc == 0)
            puts(args->v[i]);
        if (rc == 0 || (rc == -PP_E_NOTFOUND && v->force))
            continue;
        cli_fail(rc, &err);
        code = merge_code(code, rc);
    }
    return code;
}

const cli_cmd cli_cmd_network_rm = {
    .name = "rm",
    .args = "NETWORK...",
    .summary = "Remove networks",
    .about = "Removes the file and the bridge of each. One that containers "
             "use, running or not, is refused without --force; the default "
             "network always is. Each is printed as it was named.",
    .examples = "polypod network rm inner\npolypod network rm -f -t 0 inner",
    .exits = "1 a network does not exist, 2 containers use one and --force "
             "was not given, 125 another failure",
    .flags = flags,
    .values_size = sizeof(rm_values),
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
