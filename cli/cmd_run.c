/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_run.c - polypod run: create and start
 */
#include "attach.h"
#include "commands.h"
#include "spec.h"

typedef struct run_values {
    cli_spec_values spec; /* first: CLI_SPEC_FLAGS */
    bool detach;
    bool sig_proxy;
} run_values;

static const cli_flag flags[] = {
    CLI_SPEC_FLAGS,
    {"detach", 'd', CLI_BOOL, offsetof(run_values, detach), NULL, NULL,
     "Run in the background and print the ID"},
    {"sig-proxy", 0, CLI_BOOL, offsetof(run_values, sig_proxy), NULL, "true",
     "Pass signals on to the container"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

/* With a state that ends with this process nobody else could remove it. */
static int
forget(cli *c, const char *id)
{
    pp_err err = {0};
    int rc = pp_container_remove(c->rt, id, PP_REMOVE_FORCE, -1, &err);

    return rc < 0 && rc != -PP_E_NOSUCHCTR ? cli_fail(rc, &err) : 0;
}

static int
run_foreground(cli *c, const cli_spec *spec, bool sig_proxy, pp_err *err)
{
    CLI_AUTO(cli_streams_close) cli_streams streams = {{0}};
    char id[PP_ID_MAX] = "";
    int code = 0;
    int rc = cli_streams_open(sig_proxy, &streams, err);

    if (rc == 0)
        rc = pp_container_run(c->rt, &spec->spec, &streams.attach, id, &code,
                              err);
    if (rc < 0)
        return cli_fail(rc, err);
    if (!cli_state_is_lasting(c))
        forget(c, id);
    return code;
}

static int
run_detached(cli *c, const cli_spec *spec, pp_err *err)
{
    char id[PP_ID_MAX] = "";
    int rc = pp_container_run(c->rt, &spec->spec, NULL, id, NULL, err);

    if (rc < 0)
        return cli_fail(rc, err);
    puts(id);
    return 0;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const run_values *v = values;
    CLI_AUTO(cli_spec_clear) cli_spec spec = {.rootfs = NULL};
    pp_err err = {0};
    int rc = cli_spec_build(&v->spec, args, &spec, &err);

    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc == 0 && v->detach)
        rc = cli_need_lasting_state(c, "run a detached container", &err);
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    return v->detach ? run_detached(c, &spec, &err)
                     : run_foreground(c, &spec, v->sig_proxy, &err);
}

const cli_cmd cli_cmd_run = {
    .name = "run",
    .args = "--rootfs DIR [COMMAND [ARG...]]",
    .summary = "Run a command in a new container",
    .about =
        "Creates a container from the root file system in DIR and starts it. "
        "Flags have to stand before DIR; the words behind it are the command "
        "and its arguments. DIR itself is used, not a copy of it.\n\n"
        "In the foreground the output of the container is shown until it "
        "ends, signals are passed on to it, and its exit code becomes that "
        "of polypod. With --detach its ID is printed.\n\n"
        "The state driver memory forgets everything when the command ends: "
        "it allows a foreground container only, and removes it at the end "
        "as --rm does.",
    .examples = "polypod run --rm --rootfs /srv/alpine echo hello\n"
                "polypod run -d --name web -p 8080:80 --rootfs /srv/web httpd "
                "-f\n"
                "polypod run --rm -m 256m --cpus 0.5 -v /data:/data:ro "
                "--rootfs /srv/alpine ls /data",
    .exits = "125 polypod failed, 126 the command cannot be invoked, 127 it "
             "was not found; else the exit code of the container",
    .flags = flags,
    .todo = cli_spec_todo,
    .values_size = sizeof(run_values),
    .min_args = 1,
    .max_args = -1,
    .bits = CLI_CMD_STOP_AT_ARG,
    .run = run,
};
