/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_version.c - polypod version
 */
#include <sys/utsname.h>

#include "commands.h"
#include "format.h"

typedef struct version_values {
    char *format;
} version_values;

static const cli_flag flags[] = {{"format", 'f', CLI_STR,
                                  offsetof(version_values, format), "TEMPLATE",
                                  NULL, "json or a template"},
                                 {NULL, 0, 0, 0, NULL, NULL, NULL}};

#define DEFAULT_FORMAT                                                         \
    "table Client:\tPolypod Engine\nVersion:\t{{.Client.Version}}\n"           \
    "API Version:\t{{.Client.APIVersion}}\nCompiler:\t{{.Client.Compiler}}\n"  \
    "OS/Arch:\t{{.Client.OsArch}}"

static pp_json *
describe(void)
{
    struct utsname host = {.machine = ""};
    pp_json *client = cli_json(pp_json_object());
    pp_json *all = cli_json(pp_json_object());
    CLI_AUTO_FREE char *os_arch = NULL;

    uname(&host);
    os_arch = cli_sprintf("linux/%s", host.machine);
    cli_json_put(client, "APIVersion", pp_json_string(pp_version()));
    cli_json_put(client, "Version", pp_json_string(pp_version()));
    cli_json_put(client, "Compiler", pp_json_string(__VERSION__));
    cli_json_put(client, "Os", pp_json_string("linux"));
    cli_json_put(client, "OsArch", pp_json_string(os_arch));
    cli_json_put(all, "Client", client);
    return all;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const version_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *all = describe();
    CLI_AUTO_JSON pp_json *rows = cli_json(pp_json_array());
    pp_err err = {0};
    int rc =
        cli_format_parse(v->format ? v->format : DEFAULT_FORMAT, &format, &err);

    (void)c;
    (void)args;
    if (rc < 0)
        return cli_fail(rc, &err);
    if (format.json) {
        cli_print_json(all);
        return 0;
    }
    cli_json_add(rows, pp_json_ref(all));
    rc = cli_format_rows(&format, rows, NULL, &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

const cli_cmd cli_cmd_version = {
    .name = "version",
    .args = "",
    .summary = "Show the version",
    .about = "Fields of templates: .Client.Version .Client.APIVersion "
             ".Client.Compiler .Client.Os .Client.OsArch.",
    .examples = "polypod version\n"
                "polypod version --format '{{.Client.Version}}'",
    .flags = flags,
    .values_size = sizeof(version_values),
    .max_args = 0,
    .run = run,
};
