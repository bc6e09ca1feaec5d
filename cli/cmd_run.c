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

static int
run_detached(cli *c, const char *id, pp_err *err)
{
    int rc = pp_container_start(c->rt, id, NULL, NULL, err);

    if (rc == 0)
        puts(id);
    return rc;
}

/* conmon's cleanup works beside us: whoever comes second has nothing to do.
 * With a state that ends with this process we are the only one. */
static void
finish(cli *c, const char *id, bool remove)
{
    pp_err err = {0};
    int rc = 0;

    if (!cli_state_is_lasting(c))
        rc = pp_container_remove(c->rt, id, PP_REMOVE_FORCE, -1, &err);
    else if (remove)
        rc = pp_container_cleanup(c->rt, id, &err);
    if (rc < 0 && rc != -PP_E_NOSUCHCTR)
        cli_fail(rc, &err);
}

/* A container that could not be started is of no use to --rm. */
static void
give_up(cli *c, const char *id, bool remove)
{
    pp_err err = {0};
    int rc;

    if (!remove && cli_state_is_lasting(c))
        return;
    rc = pp_container_remove(c->rt, id, PP_REMOVE_FORCE, -1, &err);
    if (rc < 0 && rc != -PP_E_NOSUCHCTR)
        cli_fail(rc, &err);
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const run_values *v = values;
    CLI_AUTO(cli_spec_clear) cli_spec spec = {.rootfs = NULL};
    char id[PP_ID_MAX] = "";
    pp_err err = {0};
    int code = 0;
    int rc = cli_spec_build(&v->spec, args, &spec, &err);

    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc == 0 && v->detach)
        rc = cli_need_lasting_state(c, "run a detached container", &err);
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_container_create(c->rt, &spec.spec, id, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    if (v->detach)
        rc = run_detached(c, id, &err);
    else
        rc = cli_attach_start(c, id, v->sig_proxy, &code, &err);
    if (rc < 0) {
        code = cli_fail(rc, &err);
        give_up(c, id, v->spec.remove);
        return code;
    }
    if (!v->detach)
        finish(c, id, v->spec.remove);
    return code;
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
