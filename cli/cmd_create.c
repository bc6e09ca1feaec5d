/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_create.c - polypod create: make a container, do not start it
 */
#include "commands.h"
#include "spec.h"

static const cli_flag flags[] = {CLI_SPEC_FLAGS,
                                 {NULL, 0, 0, 0, NULL, NULL, NULL}};

static int
run(cli *c, const void *values, const cli_args *args)
{
    CLI_AUTO(cli_spec_clear) cli_spec spec = {.rootfs = NULL};
    char id[PP_ID_MAX] = "";
    pp_err err = {0};
    int rc = cli_spec_build(values, args, &spec, &err);

    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc == 0)
        rc = cli_need_lasting_state(c, "keep a created container", &err);
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_container_create(c->rt, &spec.spec, id, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    puts(id);
    return 0;
}

const cli_cmd cli_cmd_create = {
    .name = "create",
    .args = "--rootfs DIR [COMMAND [ARG...]]",
    .summary = "Create a container without starting it",
    .about = "Takes the flags of polypod run but for --detach, prints the ID "
             "of the new container and leaves it for polypod start.",
    .examples = "polypod create --name web -p 8080:80 --rootfs /srv/web httpd "
                "-f\n"
                "polypod start web",
    .flags = flags,
    .todo = cli_spec_todo,
    .values_size = sizeof(cli_spec_values),
    .min_args = 1,
    .max_args = -1,
    .bits = CLI_CMD_STOP_AT_ARG,
    .run = run,
};
