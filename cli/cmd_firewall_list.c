/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_firewall_list.c - polypod firewall list: who has rules
 */
#include <polypod/firewall_admin.h>

#include "commands.h"
#include "format.h"
#include "human.h"

typedef struct list_values {
    bool noheading;
    bool no_trunc;
    bool quiet;
    char *format;
} list_values;

static const cli_flag flags[] = {
    {"format", 0, CLI_STR, offsetof(list_values, format), "TEMPLATE", NULL,
     "json, a template, or table and a template"},
    {"no-trunc", 0, CLI_BOOL, offsetof(list_values, no_trunc), NULL, NULL,
     "Show full IDs"},
    {"noheading", 0, CLI_BOOL, offsetof(list_values, noheading), NULL, NULL,
     "Leave the line of titles out"},
    {"quiet", 'q', CLI_BOOL, offsetof(list_values, quiet), NULL, NULL,
     "Show IDs only"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

#define DEFAULT_FORMAT                                                         \
    "table {{.Id}}\t{{.Name}}\t{{.Driver}}\t{{.Status}}\t{{.Addresses}}\t"     \
    "{{.Ports}}"
#define SHORT_ID 12

static const struct {
    const char *field;
    const char *title;
} titles[] = {{"Id", "CONTAINER ID"},     {"Name", "NAME"},
              {"Driver", "DRIVER"},       {"Status", "STATUS"},
              {"Addresses", "ADDRESSES"}, {"Ports", "PORTS"}};

static pp_json *
headers(void)
{
    pp_json *row = cli_json(pp_json_object());

    for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
        cli_json_put(row, titles[i].field, pp_json_string(titles[i].title));
    return row;
}

/* A row for people: text for what are lists. */
static pp_json *
human_row(const pp_json *row, bool full)
{
    CLI_AUTO_FREE char *ports = cli_human_ports(pp_json_get(row, "Ports"));
    CLI_AUTO_FREE char *addresses =
        cli_human_join(pp_json_get(row, "Addresses"), ", ");
    const char *id = pp_json_get_str(row, "Id");
    CLI_AUTO_FREE char *shown =
        cli_sprintf("%.*s", full ? PP_ID_MAX : SHORT_ID, id);
    pp_json *out = cli_json(pp_json_object());

    cli_json_put(out, "Id", pp_json_string(shown));
    cli_json_put(out, "Name", pp_json_string(pp_json_get_str(row, "Name")));
    cli_json_put(out, "Driver", pp_json_string(pp_json_get_str(row, "Driver")));
    cli_json_put(out, "Status", pp_json_string(pp_json_get_str(row, "Status")));
    cli_json_put(out, "Addresses", pp_json_string(addresses));
    cli_json_put(out, "Ports", pp_json_string(ports));
    return out;
}

static int
print_rows(const list_values *v, const cli_format *format, const pp_json *list,
           pp_err *err)
{
    CLI_AUTO_JSON pp_json *rows = cli_json(pp_json_array());
    CLI_AUTO_JSON pp_json *titled = v->noheading ? NULL : headers();

    for (size_t i = 0; i < pp_json_len(list); i++)
        cli_json_add(rows, human_row(pp_json_at(list, i), v->no_trunc));
    return cli_format_rows(format, rows, titled, err);
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const list_values *v = values;
    const char *text = v->format  ? v->format
                       : v->quiet ? "{{.Id}}"
                                  : DEFAULT_FORMAT;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *list = NULL;
    pp_err err = {0};
    int rc = cli_format_parse(text, &format, &err);

    (void)args;
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_firewall_list(c->rt, &list, &err);
    if (rc == 0 && format.json)
        cli_print_json(list);
    else if (rc == 0)
        rc = print_rows(v, &format, list, &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

const cli_cmd cli_cmd_firewall_list = {
    .name = "list",
    .args = "",
    .summary = "List the owners of rules",
    .about = "STATUS is \"present\", \"missing\" for a container that should "
             "have rules and has none, \"none\" for one whose networks do "
             "everything themselves, \"dead\" for rules without a "
             "container.\n\n"
             "Fields of templates: .Id .Name .Driver .Status .Addresses "
             ".Ports.",
    .examples = "polypod firewall list",
    .flags = flags,
    .values_size = sizeof(list_values),
    .max_args = 0,
    .bits = CLI_CMD_LOOKS,
    .run = run,
};
