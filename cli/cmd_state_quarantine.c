/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_state_quarantine.c - polypod state quarantine: what a repair has set
 * aside, to be seen, put back or deleted
 */
#include <string.h>

#include <polypod/state_admin.h>

#include "commands.h"
#include "format.h"
#include "human.h"

typedef struct quarantine_values {
    bool all;
    bool noheading;
    bool no_trunc;
    bool quiet;
    char *format;
} quarantine_values;

#define FIELD(f) offsetof(quarantine_values, f)

static const cli_flag ls_flags[] = {
    {"format", 0, CLI_STR, FIELD(format), "TEMPLATE", NULL,
     "json, a template, or table and a template"},
    {"no-trunc", 0, CLI_BOOL, FIELD(no_trunc), NULL, NULL, "Show whole IDs"},
    {"noheading", 'n', CLI_BOOL, FIELD(noheading), NULL, NULL,
     "Leave the line of titles out"},
    {"quiet", 'q', CLI_BOOL, FIELD(quiet), NULL, NULL, "Show SETs only"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_flag show_flags[] = {{"format", 'f', CLI_STR, FIELD(format),
                                       "TEMPLATE", "json",
                                       "json or a template"},
                                      {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_flag rm_flags[] = {
    {"all", 'a', CLI_BOOL, FIELD(all), NULL, NULL, "Delete every set"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

#define DEFAULT_FORMAT                                                         \
    "table {{.Set}}\t{{.Kind}}\t{{.Name}}\t{{.Records}}\t{{.Reason}}"
#define SHORT_ID 12

static pp_json *
headers(void)
{
    static const char *const titles[][2] = {
        {"Set", "SET"},       {"Id", "ID"},     {"Kind", "KIND"},
        {"Name", "NAME"},     {"Time", "TIME"}, {"Records", "RECORDS"},
        {"Reason", "REASON"}, {"Ref", "REF"},
    };
    pp_json *row = cli_json(pp_json_object());

    for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
        cli_json_put(row, titles[i][0], pp_json_string(titles[i][1]));
    return row;
}

static void
put_safe(pp_json *row, const char *key, const char *text)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;

    cli_buf_safe(&b, text);
    cli_json_put(row, key, pp_json_string(cli_buf_get(&b)));
}

/* A row for people: a short name that restore takes, records in words. */
static pp_json *
human_row(const pp_json *set, bool full)
{
    const pp_json *records = pp_json_get(set, "Records");
    const char *id = pp_json_get_str(set, "Id");
    CLI_AUTO(cli_buf_clear) cli_buf words = CLI_BUF_INIT;
    const char *ref = pp_json_get_str(set, "Ref");
    CLI_AUTO_FREE char *shown = cli_sprintf(
        "%.*s%s", full ? PP_ID_MAX : SHORT_ID, id, ref + strcspn(ref, "@"));
    pp_json *row = cli_json(pp_json_object());

    for (size_t i = 0; i < pp_json_len(records); i++)
        cli_buf_printf(&words, "%s%s", i ? "," : "",
                       pp_json_get_str(pp_json_at(records, i), "Record"));
    put_safe(row, "Set", shown);
    put_safe(row, "Ref", ref);
    put_safe(row, "Id", id);
    put_safe(row, "Kind", pp_json_get_str(set, "Kind"));
    put_safe(row, "Name", pp_json_get_str(set, "Name"));
    put_safe(row, "Time", pp_json_get_str(set, "Time"));
    put_safe(row, "Records", cli_buf_get(&words));
    put_safe(row, "Reason", pp_json_get_str(set, "Reason"));
    return row;
}

static int
print_rows(const quarantine_values *v, const cli_format *format,
           const pp_json *list, pp_err *err)
{
    CLI_AUTO_JSON pp_json *rows = cli_json(pp_json_array());
    CLI_AUTO_JSON pp_json *titles = v->noheading ? NULL : headers();

    for (size_t i = 0; i < pp_json_len(list); i++)
        cli_json_add(rows, human_row(pp_json_at(list, i), v->no_trunc));
    return cli_format_rows(format, rows, titles, err);
}

static int
run_ls(cli *c, const void *values, const cli_args *args)
{
    const quarantine_values *v = values;
    const char *text = v->format  ? v->format
                       : v->quiet ? "{{.Ref}}"
                                  : DEFAULT_FORMAT;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *list = NULL;
    pp_err err = {0};
    int rc = cli_format_parse(text, &format, &err);

    (void)args;
    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc == 0)
        rc = pp_store_quarantine(c->rt, NULL, &list, &err);
    if (rc == 0 && format.json)
        cli_print_json(list);
    else if (rc == 0)
        rc = print_rows(v, &format, list, &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

static int
show_set(cli *c, const char *ref, const cli_format *format, pp_err *err)
{
    CLI_AUTO_JSON pp_json *list = NULL;
    int rc = pp_store_quarantine(c->rt, ref, &list, err);

    return rc < 0 ? rc : cli_format_value(format, pp_json_at(list, 0), err);
}

static int
show_bytes(cli *c, const char *ref, const char *record, pp_err *err)
{
    CLI_AUTO_FREE char *data = NULL;
    size_t n = 0;
    int rc = pp_store_quarantine_read(c->rt, ref, record, &data, &n, err);

    if (rc == 0)
        fwrite(data, 1, n, stdout);
    return rc;
}

static int
run_show(cli *c, const void *values, const cli_args *args)
{
    const quarantine_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    pp_err err = {0};
    int rc = cli_format_parse(v->format, &format, &err);

    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc == 0 && args->n > 1)
        rc = show_bytes(c, args->v[0], args->v[1], &err);
    else if (rc == 0)
        rc = show_set(c, args->v[0], &format, &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

typedef int set_fn(pp_runtime *rt, const char *ref, pp_json **out, pp_err *err);

/* Each set by itself; what fails does not keep the others. */
static int
for_each(cli *c, const char *const *refs, size_t n, set_fn *fn)
{
    int code = 0;

    for (size_t i = 0; i < n; i++) {
        CLI_AUTO_JSON pp_json *set = NULL;
        pp_err err = {0};
        int rc = fn(c->rt, refs[i], &set, &err);

        if (rc < 0)
            code = cli_fail(rc, &err);
        else
            printf("%s\n", pp_json_get_str(set, "Ref"));
    }
    return code;
}

static int
run_restore(cli *c, const void *values, const cli_args *args)
{
    pp_err err = {0};
    int rc = cli_load(c, &err);

    (void)values;
    if (rc < 0)
        return cli_fail(rc, &err);
    return for_each(c, (const char *const *)args->v, args->n,
                    pp_store_quarantine_restore);
}

static int
remove_all(cli *c, pp_err *err)
{
    CLI_AUTO_JSON pp_json *list = NULL;
    int rc = pp_store_quarantine(c->rt, NULL, &list, err);
    int code = 0;

    for (size_t i = 0; rc == 0 && i < pp_json_len(list); i++) {
        const char *ref = pp_json_get_str(pp_json_at(list, i), "Ref");
        int one = for_each(c, &ref, 1, pp_store_quarantine_remove);

        code = one ? one : code;
    }
    return rc < 0 ? cli_fail(rc, err) : code;
}

static int
run_rm(cli *c, const void *values, const cli_args *args)
{
    const quarantine_values *v = values;
    pp_err err = {0};
    int rc = 0;

    if (v->all == (args->n > 0))
        rc = pp_fail(&err, PP_E_INVAL, 0, "name the sets, or give --all");
    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    if (v->all)
        return remove_all(c, &err);
    return for_each(c, (const char *const *)args->v, args->n,
                    pp_store_quarantine_remove);
}

static const cli_cmd ls = {
    .name = "ls",
    .args = "",
    .summary = "List what was set aside",
    .about = "Fields of templates: .Set .Ref .Id .Kind .Name .Time .Records "
             ".Reason.",
    .flags = ls_flags,
    .values_size = sizeof(quarantine_values),
    .max_args = 0,
    .run = run_ls,
};

static const cli_cmd show = {
    .name = "show",
    .args = "SET [RECORD]",
    .summary = "Show a set, or the bytes of one of its records",
    .about = "Fields: .Ref .Id .Kind .Name .Time .Reason .Records, each of "
             "which has .Record .Size .Reason. With RECORD its bytes are "
             "written to standard output as they are; they may be anything.",
    .flags = show_flags,
    .values_size = sizeof(quarantine_values),
    .min_args = 1,
    .max_args = 2,
    .run = run_show,
};

static const cli_cmd restore = {
    .name = "restore",
    .args = "SET...",
    .summary = "Put a set back where it was",
    .about = "The records come back as they were, and what follows from them "
             "is rebuilt, all in one transaction. It is refused, with the "
             "reason, while a record still cannot be read, the ID or the name "
             "is in use, or something it needs is not there. If the system "
             "was booted since, the container is as after any boot: "
             "exited.\n\n"
             "This version may read what another could not. A record can also "
             "be mended by hand: in an export, give its line the key that it "
             "had, and import the file with --repair.",
    .min_args = 1,
    .max_args = -1,
    .run = run_restore,
};

static const cli_cmd rm = {
    .name = "rm",
    .args = "SET...",
    .summary = "Delete what was set aside, for good",
    .about = "The folder of a container whose records are deleted goes with "
             "the next boot.",
    .flags = rm_flags,
    .values_size = sizeof(quarantine_values),
    .max_args = -1,
    .run = run_rm,
};

static const cli_cmd *const sub[] = {&ls, &restore, &rm, &show, NULL};

const cli_cmd cli_cmd_state_quarantine = {
    .name = "quarantine",
    .args = "COMMAND [ARG...]",
    .summary = "See, put back or delete what a repair has set aside",
    .about = "A SET is what was taken away of one object at one time. It is "
             "named ID@TIME; the beginning of the ID is enough if no other "
             "set is meant by it.",
    .examples = "polypod state quarantine ls\n"
                "polypod state quarantine show 6ce1 config\n"
                "polypod state quarantine restore 6ce1",
    .sub = sub,
};
