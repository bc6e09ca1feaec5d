/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_info.c - polypod info: host, store and plugins
 */
#include "commands.h"
#include "format.h"
#include "yaml.h"

typedef struct info_values {
    char *format;
} info_values;

static const cli_flag flags[] = {{"format", 'f', CLI_STR,
                                  offsetof(info_values, format), "TEMPLATE",
                                  NULL, "json or a template"},
                                 {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {{"debug", 'D'}, {NULL, 0}};

static int
run(cli *c, const void *values, const cli_args *args)
{
    const info_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO(cli_buf_clear) cli_buf text = CLI_BUF_INIT;
    CLI_AUTO_JSON pp_json *info = NULL;
    pp_err err = {0};
    int rc = 0;

    (void)args;
    if (v->format)
        rc = cli_format_parse(v->format, &format, &err);
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_runtime_info(c->rt, &info, &err);
    if (rc == 0 && v->format)
        rc = cli_format_value(&format, info, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    if (!v->format) {
        cli_yaml_print(info, &text);
        fwrite(cli_buf_get(&text), 1, text.n, stdout);
    }
    return 0;
}

const cli_cmd cli_cmd_info = {
    .name = "info",
    .args = "",
    .summary = "Show host, store and plugins",
    .about = "Prints what the engine works with in the form of YAML.",
    .examples = "polypod info\npolypod info -f json",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(info_values),
    .max_args = 0,
    .bits = CLI_CMD_LOOKS,
    .run = run,
};
