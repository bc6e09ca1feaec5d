/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_rm.c - polypod rm: remove containers
 */
#include "commands.h"
#include "refs.h"

typedef struct rm_values {
    bool all;
    bool force;
    bool ignore;
    bool latest;
    int64_t time;
    cli_list cidfiles;
} rm_values;

static const cli_flag flags[] = {
    {"all", 'a', CLI_BOOL, offsetof(rm_values, all), NULL, NULL,
     "Remove every container"},
    {"cidfile", 0, CLI_LIST, offsetof(rm_values, cidfiles), "FILE", NULL,
     "Read the ID from this file"},
    {"force", 'f', CLI_BOOL, offsetof(rm_values, force), NULL, NULL,
     "Stop it first if it runs; one that does not exist is no failure"},
    {"ignore", 'i', CLI_BOOL, offsetof(rm_values, ignore), NULL, NULL,
     "A container that does not exist is no failure"},
    {"latest", 'l', CLI_BOOL, offsetof(rm_values, latest), NULL, NULL,
     "Remove the newest container"},
    {"time", 't', CLI_INT, offsetof(rm_values, time), "SECONDS", NULL,
     "With --force, wait so long before SIGKILL"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {
    {"depend", 0}, {"filter", 0}, {"volumes", 'v'}, {NULL, 0}};

/* 1 no such container wins over 2 wrong state, and that over 125. */
static int
merge_code(int code, int rc)
{
    if (code == 1 || rc == -PP_E_NOSUCHCTR)
        return 1;
    if (code == 2 || rc == -PP_E_CTRSTATE)
        return 2;
    return CLI_EXIT_ENGINE;
}

static int
remove_all(cli *c, const rm_values *v, const cli_list *refs)
{
    bool ignore = v->ignore || v->force || v->all;
    int64_t time = v->time == CLI_UNSET ? -1 : v->time;
    int code = 0;

    for (size_t i = 0; i < refs->n; i++) {
        pp_err err = {0};
        int rc = pp_container_remove(
            c->rt, refs->v[i], v->force ? PP_REMOVE_FORCE : 0, time, &err);

        if (rc == 0)
            puts(refs->v[i]);
        if (rc == 0 || (rc == -PP_E_NOSUCHCTR && ignore))
            continue;
        cli_fail(rc, &err);
        code = merge_code(code, rc);
    }
    return code;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const rm_values *v = values;
    const cli_refs_options which = {.all = v->all,
                                    .latest = v->latest,
                                    .ignore = v->ignore || v->force,
                                    .cidfiles = &v->cidfiles};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int rc = 0;

    if (v->time != CLI_UNSET && v->time < 0)
        rc = pp_fail(&err, PP_E_INVAL, 0, "--time: must not be negative");
    else if (v->time != CLI_UNSET && !v->force)
        rc = pp_fail(&err, PP_E_INVAL, 0, "--time needs --force");
    if (rc == 0)
        rc = cli_refs_collect(c, &which, args, &refs, &err);
    return rc < 0 ? cli_fail(rc, &err) : remove_all(c, v, &refs);
}

const cli_cmd cli_cmd_rm = {
    .name = "rm",
    .args = "CONTAINER...",
    .summary = "Remove containers",
    .about = "Removes containers with everything that belongs to them; the "
             "folder given with --rootfs stays. A container that runs is "
             "refused without --force. Each is printed as it was named.",
    .examples = "polypod rm web\npolypod rm -f -t 0 web db\npolypod rm -a",
    .exits = "1 a container does not exist, 2 one runs and --force was not "
             "given, 125 another failure",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(rm_values),
    .max_args = -1,
    .run = run,
};
