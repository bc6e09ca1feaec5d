/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_ls.c - polypod network ls: which networks there are
 */
#include <string.h>

#include "format.h"
#include "netfilter.h"
#include "network.h"

typedef struct ls_values {
    bool noheading;
    bool no_trunc;
    bool quiet;
    char *format;
    cli_list filters;
} ls_values;

#define FIELD(f) offsetof(ls_values, f)

static const cli_flag flags[] = {
    {"filter", 'f', CLI_LIST, FIELD(filters), "KEY=VALUE", NULL,
     "Keep those that match: name, driver, id, label, until"},
    {"format", 0, CLI_STR, FIELD(format), "TEMPLATE", NULL,
     "json, a template, or table and a template"},
    {"no-trunc", 0, CLI_BOOL, FIELD(no_trunc), NULL, NULL, "Show whole IDs"},
    {"noheading", 'n', CLI_BOOL, FIELD(noheading), NULL, NULL,
     "Leave the line of titles out"},
    {"quiet", 'q', CLI_BOOL, FIELD(quiet), NULL, NULL, "Show names only"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

#define DEFAULT_FORMAT "table {{.ID}}\t{{.Name}}\t{{.Driver}}"
#define SHORT_ID 12

static void
add_labels(cli_buf *b, const pp_json *labels)
{
    pp_json_iter it = {0};

    while (pp_json_next(labels, &it))
        cli_buf_printf(b, "%s%s=%s", b->n ? "," : "", it.key,
                       pp_json_str(it.value));
}

/* The fields of a template: those of inspect, and their names of old. */
static pp_json *
make_row(const pp_json *net, bool full)
{
    pp_json *row = cli_json(pp_json_dup(net));
    CLI_AUTO(cli_buf_clear) cli_buf labels = CLI_BUF_INIT;
    const char *id = pp_json_get_str(net, "id");

    add_labels(&labels, pp_json_get(net, "labels"));
    cli_json_put(row, "ID",
                 full ? pp_json_string(id)
                      : pp_json_string_n(id, strnlen(id, SHORT_ID)));
    cli_json_put(row, "Name", pp_json_string(pp_json_get_str(net, "name")));
    cli_json_put(row, "Driver", pp_json_string(pp_json_get_str(net, "driver")));
    cli_json_put(row, "Labels", pp_json_string(cli_buf_get(&labels)));
    return row;
}

static pp_json *
headers(void)
{
    pp_json *row = cli_json(pp_json_object());

    cli_json_put(row, "ID", pp_json_string("NETWORK ID"));
    cli_json_put(row, "Name", pp_json_string("NAME"));
    cli_json_put(row, "Driver", pp_json_string("DRIVER"));
    cli_json_put(row, "Labels", pp_json_string("LABELS"));
    return row;
}

static int
print(const ls_values *v, const cli_format *f, const pp_json *list, pp_err *err)
{
    CLI_AUTO_JSON pp_json *titles = v->noheading ? NULL : headers();
    CLI_AUTO_JSON pp_json *kept = cli_json(pp_json_array());

    for (size_t i = 0; i < pp_json_len(list); i++) {
        pp_json *net = pp_json_at(list, i);

        if (cli_net_filter_keeps(&v->filters, net))
            cli_json_add(kept, f->json ? pp_json_ref(net)
                                       : make_row(net, v->no_trunc));
    }
    if (!f->json)
        return cli_format_rows(f, kept, titles, err);
    cli_print_json(kept);
    return 0;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const ls_values *v = values;
    const char *text = v->format  ? v->format
                       : v->quiet ? "{{.Name}}"
                                  : DEFAULT_FORMAT;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *list = NULL;
    pp_err err = {0};
    int rc = cli_format_parse(text, &format, &err);

    (void)args;
    if (rc == 0)
        rc = cli_net_filter_check(&v->filters, CLI_NET_LS, &err);
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_network_list(c->rt, &list, &err);
    if (rc == 0)
        rc = print(v, &format, list, &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

const cli_cmd cli_cmd_network_ls = {
    .name = "ls",
    .args = "",
    .summary = "List networks",
    .about = "Fields of templates: .ID .Name .Driver .Labels, and those of "
             "polypod network inspect.",
    .examples = "polypod network ls\n"
                "polypod network ls -q --filter driver=bridge",
    .flags = flags,
    .values_size = sizeof(ls_values),
    .max_args = 0,
    .run = run,
};
