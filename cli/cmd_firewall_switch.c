/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_firewall_switch.c - polypod firewall switch: another driver
 */
#include <string.h>

#include <polypod/firewall_admin.h>

#include "commands.h"

/* The configuration decides again when no container has rules any more. */
static void
advise(cli *c, const char *driver)
{
    const char *wanted =
        pp_settings_str(pp_runtime_settings(c->rt), "firewall.driver");

    if (strcmp(wanted, driver) != 0)
        fprintf(stderr,
                "To keep it when no container runs any more, write driver = "
                "%s in [firewall], where it is %s\n",
                driver, wanted);
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    pp_err err = {0};
    int rc = cli_open(c, &err);

    (void)values;
    if (rc == 0)
        rc = pp_firewall_switch(c->rt, args->v[0], &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    puts(args->v[0]);
    advise(c, args->v[0]);
    return 0;
}

const cli_cmd cli_cmd_firewall_switch = {
    .name = "switch",
    .args = "DRIVER",
    .summary = "Move all rules to another firewall driver",
    .about = "Makes the rules of all running containers by the new driver, "
             "checks each of them, and only then removes those of the old "
             "one, so that connections go on. If anything fails, the old "
             "driver stays in force. A switch that is killed is completed or "
             "undone by the next \"polypod firewall sync\" or the next start "
             "of a container.",
    .examples = "polypod firewall switch nftables",
    .values_size = 1,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
