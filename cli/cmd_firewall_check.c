/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_firewall_check.c - polypod firewall check, diff: are all rules there
 */
#include <string.h>

#include <polypod/firewall_admin.h>

#include "commands.h"
#include "format.h"
#include "human.h"

#define EXIT_DRIFT 1

typedef struct check_values {
    char *format;
} check_values;

static const cli_flag flags[] = {{"format", 'f', CLI_STR,
                                  offsetof(check_values, format), "TEMPLATE",
                                  NULL, "json or a template"},
                                 {NULL, 0, 0, 0, NULL, NULL, NULL}};

/* How the text forms show a report; returns nothing, prints safely. */
typedef void show_fn(const pp_json *report);

static void
print(const char *head, const char *text)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;

    cli_buf_safe(&b, text);
    printf("%s%s\n", head, cli_buf_get(&b));
}

static void
show_words(const char *what, const pp_json *rows)
{
    for (size_t i = 0; i < pp_json_len(rows); i++) {
        const pp_json *row = pp_json_at(rows, i);
        const char *status = pp_json_get_str(row, "Status");
        CLI_AUTO_FREE char *head =
            cli_sprintf("%s %s: ", what, pp_json_get_str(row, "Name"));

        print(head,
              strcmp(status, "ok") == 0 ? "ok" : pp_json_get_str(row, "Text"));
    }
}

static void
show_check(const pp_json *report)
{
    const pp_json *dead = pp_json_get(report, "Dead");
    const char *unfinished = pp_json_get_str(report, "Unfinished");
    const char *warning = pp_json_get_str(report, "Warning");

    show_words("container", pp_json_get(report, "Containers"));
    show_words("network", pp_json_get(report, "Networks"));
    for (size_t i = 0; i < pp_json_len(dead); i++) {
        const pp_json *row = pp_json_at(dead, i);
        CLI_AUTO_FREE char *head = cli_sprintf("left over in %s: rules of ",
                                               pp_json_get_str(row, "Driver"));

        print(head, pp_json_get_str(row, "Id"));
    }
    if (*unfinished)
        print("unfinished: a switch from ", unfinished);
    if (*warning)
        print("warning: ", warning);
    if (!pp_json_get_bool(report, "Clean"))
        fputs("Run \"polypod firewall sync\" to restore what is wanted\n",
              stderr);
}

static void
show_difference(const pp_json *d)
{
    if (pp_json_has(d, "Wanted"))
        print("-", pp_json_get_str(d, "Wanted"));
    if (pp_json_has(d, "Found"))
        print("+", pp_json_get_str(d, "Found"));
    if (pp_json_has(d, "Note"))
        print("! ", pp_json_get_str(d, "Note"));
}

static void
show_differences(const char *what, const pp_json *rows, const char *driver)
{
    for (size_t i = 0; i < pp_json_len(rows); i++) {
        const pp_json *row = pp_json_at(rows, i);
        const pp_json *list = pp_json_get(row, "Differences");
        CLI_AUTO_FREE char *wanted = cli_sprintf("--- %s ", what);
        CLI_AUTO_FREE char *found = cli_sprintf("+++ %s ", driver);

        if (pp_json_len(list) == 0)
            continue;
        print(wanted, pp_json_get_str(row, "Name"));
        print(found, pp_json_get_str(row, "Name"));
        for (size_t k = 0; k < pp_json_len(list); k++)
            show_difference(pp_json_at(list, k));
    }
}

static void
show_diff(const pp_json *report)
{
    const char *driver = pp_json_get_str(report, "Driver");
    const pp_json *dead = pp_json_get(report, "Dead");

    show_differences("container", pp_json_get(report, "Containers"), driver);
    show_differences("network", pp_json_get(report, "Networks"), driver);
    for (size_t i = 0; i < pp_json_len(dead); i++) {
        const pp_json *row = pp_json_at(dead, i);

        fputs("--- nobody\n", stdout);
        print("+++ ", pp_json_get_str(row, "Driver"));
        print("+owner ", pp_json_get_str(row, "Id"));
    }
}

static int
run(cli *c, const check_values *v, show_fn *show)
{
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *report = NULL;
    pp_err err = {0};
    int dirty = 0;
    int rc = v->format ? cli_format_parse(v->format, &format, &err) : 0;

    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = dirty = pp_firewall_check(c->rt, &report, &err);
    if (rc >= 0 && v->format)
        rc = cli_format_value(&format, report, &err);
    else if (rc >= 0)
        show(report);
    if (rc < 0)
        return cli_fail(rc, &err);
    return dirty ? EXIT_DRIFT : 0;
}

static int
run_check(cli *c, const void *values, const cli_args *args)
{
    (void)args;
    return run(c, values, show_check);
}

static int
run_diff(cli *c, const void *values, const cli_args *args)
{
    (void)args;
    return run(c, values, show_diff);
}

#define EXITS                                                                  \
    "0 when the kernel has what is wanted, 1 when it has not, 125 when it "    \
    "cannot be told."

const cli_cmd cli_cmd_firewall_check = {
    .name = "check",
    .args = "",
    .summary = "Compare the rules in the kernel with those that are wanted",
    .about = "Says for each running container and each of their networks "
             "whether its rules are there, and if not what is missing, "
             "changed or too much, and which rules belong to no container. "
             "Nothing is changed and nobody waits for it. Rules of others "
             "that drop what is accepted here are warned of, with the "
             "commands that let a bridge through; the exit code is not about "
             "them.\n\n"
             "Fields of templates: .Clean .Driver .Unfinished .Containers "
             ".Networks .Dead .Warning.",
    .examples = "polypod firewall check\n"
                "polypod firewall check --format json",
    .exits = EXITS,
    .flags = flags,
    .values_size = sizeof(check_values),
    .max_args = 0,
    .bits = CLI_CMD_LOOKS,
    .run = run_check,
};

const cli_cmd cli_cmd_firewall_diff = {
    .name = "diff",
    .args = "",
    .summary = "Show the differences between wanted and found rules",
    .about = "What is wanted and not there begins with -, what is there and "
             "not wanted with +, what can be said in words only with !. "
             "Nothing is printed when there is no difference.",
    .examples = "polypod firewall diff",
    .exits = EXITS,
    .flags = flags,
    .values_size = sizeof(check_values),
    .max_args = 0,
    .bits = CLI_CMD_LOOKS,
    .run = run_diff,
};
