/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_plugin.c - polypod plugin: what is installed, and one in detail
 */
#include "commands.h"
#include "format.h"

typedef struct plugin_values {
    bool noheading;
    bool quiet;
    char *format;
} plugin_values;

static const cli_flag ls_flags[] = {
    {"format", 0, CLI_STR, offsetof(plugin_values, format), "TEMPLATE", NULL,
     "json, a template, or table and a template"},
    {"noheading", 0, CLI_BOOL, offsetof(plugin_values, noheading), NULL, NULL,
     "Leave the line of titles out"},
    {"quiet", 'q', CLI_BOOL, offsetof(plugin_values, quiet), NULL, NULL,
     "Show names only"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_flag inspect_flags[] = {
    {"format", 'f', CLI_STR, offsetof(plugin_values, format), "TEMPLATE",
     "json", "json or a template"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

#define DEFAULT_FORMAT                                                         \
    "table {{.Name}}\t{{.Kind}}\t{{.Version}}\t{{.Status}}\t{{.Selected}}\t"   \
    "{{.Summary}}"

static const struct {
    const char *field;
    const char *title;
} titles[] = {
    {"Name", "NAME"},       {"Kind", "KIND"},       {"Version", "VERSION"},
    {"Path", "PATH"},       {"Status", "STATUS"},   {"Summary", "SUMMARY"},
    {"License", "LICENSE"}, {"Package", "PACKAGE"}, {"Selected", "SELECTED"}};

static pp_json *
headers(void)
{
    pp_json *row = cli_json(pp_json_object());

    for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
        cli_json_put(row, titles[i].field, pp_json_string(titles[i].title));
    return row;
}

static const char *
choose_format(const plugin_values *v)
{
    if (v->format)
        return v->format;
    return v->quiet ? "{{.Name}}" : DEFAULT_FORMAT;
}

static int
run_ls(cli *c, const void *values, const cli_args *args)
{
    const plugin_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *list = NULL;
    CLI_AUTO_JSON pp_json *titled = v->noheading ? NULL : headers();
    pp_err err = {0};
    int rc = cli_format_parse(choose_format(v), &format, &err);

    (void)args;
    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc == 0)
        rc = pp_plugin_list(c->rt, &list, &err);
    if (rc == 0 && format.json)
        cli_print_json(list);
    else if (rc == 0)
        rc = cli_format_rows(&format, list, titled, &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

static int
run_inspect(cli *c, const void *values, const cli_args *args)
{
    const plugin_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    pp_err err = {0};
    int code = 0;
    int rc = cli_format_parse(v->format, &format, &err);

    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    for (size_t i = 0; i < args->n; i++) {
        CLI_AUTO_JSON pp_json *plugin = NULL;

        rc = pp_plugin_inspect(c->rt, args->v[i], &plugin, &err);
        if (rc == 0)
            rc = cli_format_value(&format, plugin, &err);
        if (rc < 0)
            code = cli_fail(rc, &err);
    }
    return code;
}

static const cli_cmd ls = {
    .name = "ls",
    .args = "",
    .summary = "List installed plugins",
    .about = "Each plugin is tried in a process of its own; STATUS says "
             "whether it works here.",
    .flags = ls_flags,
    .values_size = sizeof(plugin_values),
    .max_args = 0,
    .run = run_ls,
};

static const cli_cmd inspect = {
    .name = "inspect",
    .args = "NAME...",
    .summary = "Show a plugin with its configuration keys",
    .flags = inspect_flags,
    .values_size = sizeof(plugin_values),
    .min_args = 1,
    .max_args = -1,
    .run = run_inspect,
};

static const cli_cmd *const sub[] = {&inspect, &ls, NULL};

const cli_cmd cli_cmd_plugin = {
    .name = "plugin",
    .args = "COMMAND [ARG...]",
    .summary = "Look at plugins",
    .about = "Plugins keep the state, build the firewall and set up networks. "
             "Which one is used is said by the keys driver of [state], "
             "[firewall] and [network].\n\n"
             "Fields of templates: .Name .Kind .Version .Path .Status "
             ".Summary .License .Package .Selected.",
    .examples = "polypod plugin ls\npolypod plugin inspect state-bdb",
    .sub = sub,
};
