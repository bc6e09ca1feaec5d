/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_ls.c - polypod network ls: which networks there are
 */
#include <regex.h>
#include <string.h>

#include "format.h"
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
     "Keep those that match: name, driver, id, label"},
    {"format", 0, CLI_STR, FIELD(format), "TEMPLATE", NULL,
     "json, a template, or table and a template"},
    {"no-trunc", 0, CLI_BOOL, FIELD(no_trunc), NULL, NULL, "Show whole IDs"},
    {"noheading", 'n', CLI_BOOL, FIELD(noheading), NULL, NULL,
     "Leave the line of titles out"},
    {"quiet", 'q', CLI_BOOL, FIELD(quiet), NULL, NULL, "Show names only"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

#define DEFAULT_FORMAT "table {{.ID}}\t{{.Name}}\t{{.Driver}}"
#define SHORT_ID 12

static bool
matches(const char *pattern, const char *text)
{
    regex_t re;
    bool hit;

    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    hit = regexec(&re, text, 0, NULL, 0) == 0;
    regfree(&re);
    return hit;
}

static bool
match_name(const pp_json *net, const char *value)
{
    return matches(value, pp_json_get_str(net, "name"));
}

static bool
match_driver(const pp_json *net, const char *value)
{
    return strcmp(pp_json_get_str(net, "driver"), value) == 0;
}

static bool
match_id(const pp_json *net, const char *value)
{
    return strncmp(pp_json_get_str(net, "id"), value, strlen(value)) == 0;
}

/* "KEY" or "KEY=VALUE" */
static bool
match_label(const pp_json *net, const char *value)
{
    const pp_json *labels = pp_json_get(net, "labels");
    size_t n = strcspn(value, "=");
    CLI_AUTO_FREE char *key = cli_dup_n(value, n);

    return pp_json_has(labels, key) &&
           (!value[n] ||
            strcmp(pp_json_get_str(labels, key), value + n + 1) == 0);
}

static const struct {
    const char *name;
    bool (*match)(const pp_json *net, const char *value);
} keys[] = {{"name", match_name},
            {"driver", match_driver},
            {"id", match_id},
            {"label", match_label}};

#define N_KEYS (sizeof(keys) / sizeof(*keys))

/* Its row of keys; *value points behind the "=". N_KEYS: there is none. */
static size_t
find_key(const char *filter, const char **value)
{
    size_t n = strcspn(filter, "=");
    size_t i;

    *value = filter[n] ? filter + n + 1 : "";
    for (i = 0; i < N_KEYS && filter[n]; i++)
        if (strlen(keys[i].name) == n && strncmp(keys[i].name, filter, n) == 0)
            return i;
    return N_KEYS;
}

static int
check_filters(const cli_list *filters, pp_err *err)
{
    const char *value;

    for (size_t i = 0; i < filters->n; i++)
        if (find_key(filters->v[i], &value) == N_KEYS)
            return pp_fail(err, PP_E_INVAL, 0,
                           "--filter \"%s\" must be KEY=VALUE, KEY one of: "
                           "name, driver, id, label",
                           filters->v[i]);
    return 0;
}

/* Of several filters with one key one is enough, but labels must all hold. */
static bool
is_kept(const cli_list *filters, const pp_json *net)
{
    bool asked[N_KEYS] = {false};
    bool hit[N_KEYS] = {false};

    for (size_t i = 0; i < filters->n; i++) {
        const char *value;
        size_t k = find_key(filters->v[i], &value);
        bool m = keys[k].match(net, value);

        if (asked[k] && keys[k].match == match_label)
            m = m && hit[k];
        hit[k] = asked[k] && keys[k].match != match_label ? hit[k] || m : m;
        asked[k] = true;
    }
    for (size_t k = 0; k < N_KEYS; k++)
        if (asked[k] && !hit[k])
            return false;
    return true;
}

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

        if (is_kept(&v->filters, net))
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
        rc = check_filters(&v->filters, &err);
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
