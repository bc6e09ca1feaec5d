/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_ps.c - polypod ps: list containers
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "filter.h"
#include "format.h"
#include "row.h"

typedef struct ps_values {
    bool all;
    bool latest;
    bool no_trunc;
    bool noheading;
    bool quiet;
    char *format;
    char *sort;
    int64_t last;
    cli_list filters;
} ps_values;

static const cli_flag flags[] = {
    {"all", 'a', CLI_BOOL, offsetof(ps_values, all), NULL, NULL,
     "Show all containers, not only those that run"},
    {"filter", 'f', CLI_LIST, offsetof(ps_values, filters), "KEY=VALUE", NULL,
     "Show those that match: id, name, status, label, exited, network, "
     "volume, ancestor, pod, before, since"},
    {"format", 0, CLI_STR, offsetof(ps_values, format), "TEMPLATE", NULL,
     "json, a template, or table and a template"},
    {"last", 'n', CLI_INT, offsetof(ps_values, last), "N", NULL,
     "Show the N newest containers"},
    {"latest", 'l', CLI_BOOL, offsetof(ps_values, latest), NULL, NULL,
     "Show the newest container"},
    {"no-trunc", 0, CLI_BOOL, offsetof(ps_values, no_trunc), NULL, NULL,
     "Show IDs and commands in full"},
    {"noheading", 0, CLI_BOOL, offsetof(ps_values, noheading), NULL, NULL,
     "Leave the line of titles out"},
    {"quiet", 'q', CLI_BOOL, offsetof(ps_values, quiet), NULL, NULL,
     "Show IDs only"},
    {"sort", 0, CLI_STR, offsetof(ps_values, sort), "FIELD", NULL,
     "Sort by command, created, id, image, names, runningfor or status; "
     "else newest first"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {{"external", 0}, {"ns", 0},   {"pod", 'p'},
                                {"size", 's'},   {"sync", 0}, {"watch", 'w'},
                                {NULL, 0}};

#define DEFAULT_FORMAT                                                         \
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.CreatedHuman}}\t"             \
    "{{.Status}}\t{{.Ports}}\t{{.Names}}"

typedef struct sort_item {
    pp_json *container;
    const char *text;
    int64_t number;
    size_t index;
} sort_item;

static int
compare_items(const void *a, const void *b)
{
    const sort_item *x = a;
    const sort_item *y = b;
    int order = 0;

    if (x->text && y->text)
        order = strcmp(x->text, y->text);
    if (order == 0)
        order = (x->number > y->number) - (x->number < y->number);
    if (order == 0)
        order = (x->index > y->index) - (x->index < y->index);
    return order;
}

/* What a container is sorted by; false: no such field. */
static bool
fill_item(sort_item *item, const char *field)
{
    const pp_json *c = item->container;

    if (strcmp(field, "created") == 0 || strcmp(field, "runningfor") == 0)
        item->number = cli_row_time(c, "Created");
    else if (strcmp(field, "id") == 0)
        item->text = pp_json_get_str(c, "Id");
    else if (strcmp(field, "image") == 0)
        item->text = pp_json_get_str(c, "Image");
    else if (strcmp(field, "names") == 0)
        item->text = pp_json_str(pp_json_at(pp_json_get(c, "Names"), 0));
    else if (strcmp(field, "command") == 0)
        item->text = pp_json_str(pp_json_at(pp_json_get(c, "Command"), 0));
    else if (strcmp(field, "status") == 0)
        item->text = pp_json_get_str(c, "State");
    else
        return false;
    return true;
}

static int
sort_list(pp_json **list, const char *field, pp_err *err)
{
    size_t n = pp_json_len(*list);
    CLI_AUTO_FREE sort_item *items = cli_alloc((n + 1) * sizeof(*items));
    pp_json *sorted;

    if (!fill_item(&items[n], field))
        return pp_fail(err, PP_E_INVAL, 0,
                       "--sort \"%s\": choose from command, created, id, "
                       "image, names, runningfor, status",
                       field);
    for (size_t i = 0; i < n; i++) {
        items[i].container = pp_json_at(*list, i);
        items[i].index = i;
        fill_item(&items[i], field);
    }
    qsort(items, n, sizeof(*items), compare_items);
    sorted = cli_json(pp_json_array());
    for (size_t i = 0; i < n; i++)
        cli_json_add(sorted, pp_json_ref(items[i].container));
    pp_json_unref(*list);
    *list = sorted;
    return 0;
}

static bool
is_running(const pp_json *container)
{
    return strcmp(pp_json_get_str(container, "State"), "running") == 0;
}

/* The containers that were asked for; caller unrefs. */
static int
select_containers(cli *c, const ps_values *v, pp_json **out, pp_err *err)
{
    size_t limit = SIZE_MAX;
    bool everything = v->all || cli_filter_wants_all(&v->filters);
    CLI_AUTO_JSON pp_json *all = NULL;
    CLI_AUTO_JSON pp_json *list = NULL;
    int rc = pp_container_list(c->rt, PP_LIST_ALL, &all, err);

    if (rc < 0)
        return rc;
    if (v->latest)
        limit = 1;
    else if (v->last != CLI_UNSET && v->last >= 0)
        limit = (size_t)v->last;
    everything = everything || limit != SIZE_MAX;
    list = cli_json(pp_json_array());
    for (size_t i = 0; i < pp_json_len(all); i++) {
        pp_json *container = pp_json_at(all, i);

        if (pp_json_len(list) == limit)
            break;
        if ((everything || is_running(container)) &&
            cli_filter_keeps(&v->filters, container, all))
            cli_json_add(list, pp_json_ref(container));
    }
    if (v->sort)
        rc = sort_list(&list, v->sort, err);
    if (rc == 0) {
        *out = list;
        list = NULL;
    }
    return rc;
}

typedef struct view {
    const pp_json *list;
    uint32_t wants;
    bool full;
    int64_t now;
} view;

static pp_json *
row_at(const void *arg, size_t i)
{
    const view *v = arg;

    return cli_row_new(pp_json_at(v->list, i), v->wants, v->full, v->now);
}

static int
print_rows(const ps_values *v, const cli_format *f, const pp_json *list,
           pp_err *err)
{
    const view all = {.list = list,
                      .wants = cli_row_wants(f->template),
                      .full = v->no_trunc,
                      .now = time(NULL)};
    CLI_AUTO_JSON pp_json *headers = NULL;

    if (!v->noheading && !v->quiet)
        headers = cli_row_headers();
    return cli_format_each(f, pp_json_len(list), row_at, &all, headers, err);
}

static const char *
choose_format(const ps_values *v)
{
    if (v->format)
        return v->format;
    return v->quiet ? "{{.ID}}" : DEFAULT_FORMAT;
}

static int
check(const ps_values *v, pp_err *err)
{
    if (v->latest && v->last != CLI_UNSET)
        return pp_fail(err, PP_E_INVAL, 0,
                       "last and latest are mutually exclusive");
    if (v->quiet && v->format)
        return pp_fail(err, PP_E_INVAL, 0,
                       "quiet and format are mutually exclusive");
    return cli_filter_check(&v->filters, err);
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const ps_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    pp_json *list = NULL; /* of any size: the end of the process frees it */
    pp_err err = {0};
    int rc = check(v, &err);

    (void)args;
    if (rc == 0)
        rc = cli_format_parse(choose_format(v), &format, &err);
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = select_containers(c, v, &list, &err);
    if (rc == 0 && format.json)
        cli_print_json(list);
    else if (rc == 0)
        rc = print_rows(v, &format, list, &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

#define ABOUT                                                                  \
    "Lists containers that run, newest first. --last, --latest and the "       \
    "filters status and exited look at all of them.\n\n"                       \
    "Filters of different keys must all match; of several with the same key "  \
    "one is enough, but labels must all match. The values of id and name are " \
    "regular expressions.\n\n"                                                 \
    "Fields of templates: .ID .Names .Image .Command .Created .CreatedAt "     \
    ".CreatedHuman .RunningFor .Status .State .Ports .Networks .Mounts "       \
    ".Labels .Pid .ExitCode .Exited .StartedAt .ExitedAt .Pod .IsInfra "       \
    ".AutoRemove .Namespace .Size. The language is described in polypod(1)."

const cli_cmd cli_cmd_ps = {
    .name = "ps",
    .args = "",
    .summary = "List containers",
    .about = ABOUT,
    .examples = "polypod ps -a\n"
                "polypod ps --format 'table {{.ID}}\\t{{.Names}}'\n"
                "polypod ps -a -f status=exited -f label=app=web -q",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(ps_values),
    .max_args = 0,
    .bits = CLI_CMD_LOOKS,
    .run = run,
};

const cli_cmd cli_cmd_container_ls = {
    .name = "ls",
    .args = "",
    .summary = "List containers; the same as ps",
    .about = ABOUT,
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(ps_values),
    .max_args = 0,
    .bits = CLI_CMD_LOOKS,
    .run = run,
};
