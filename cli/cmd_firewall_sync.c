/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_firewall_sync.c - polypod firewall sync: make all rules so
 */
#include <polypod/firewall_admin.h>

#include "commands.h"
#include "format.h"

typedef struct sync_values {
    char *format;
} sync_values;

static const cli_flag flags[] = {{"format", 'f', CLI_STR,
                                  offsetof(sync_values, format), "TEMPLATE",
                                  NULL, "Report as json or by a template"},
                                 {NULL, 0, 0, 0, NULL, NULL, NULL}};

static int
run(cli *c, const void *values, const cli_args *args)
{
    const sync_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *report = NULL;
    pp_err err = {0};
    int rc = v->format ? cli_format_parse(v->format, &format, &err) : 0;

    (void)args;
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_firewall_sync(c->rt, &report, &err);
    if (rc == 0 && v->format)
        rc = cli_format_value(&format, report, &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

const cli_cmd cli_cmd_firewall_sync = {
    .name = "sync",
    .args = "",
    .summary = "Restore the rules of all running containers",
    .about = "Makes the kernel hold exactly the rules of all running "
             "containers, of every namespace: what is missing is made, what "
             "belongs to no container is removed. For use after another "
             "program flushed or reloaded the firewall. A switch of drivers "
             "that did not finish is completed, or undone.\n\n"
             "Nothing is printed without --format. Fields of templates: "
             ".Driver .Containers .Networks .Removed.",
    .examples = "polypod firewall sync\n"
                "polypod firewall sync --format json",
    .flags = flags,
    .values_size = sizeof(sync_values),
    .max_args = 0,
    .run = run,
};
