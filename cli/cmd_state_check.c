/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_state_check.c - polypod state check: does the store fit together?
 */
#include <polypod/state_admin.h>

#include "commands.h"
#include "format.h"
#include "human.h"

#define EXIT_FINDINGS 1

typedef struct check_values {
    bool repair;
    char *format;
} check_values;

static const cli_flag flags[] = {
    {"format", 'f', CLI_STR, offsetof(check_values, format), "TEMPLATE", NULL,
     "json or a template"},
    {"repair", 0, CLI_BOOL, offsetof(check_values, repair), NULL, NULL,
     "Repair what can be repaired, in one transaction"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static void
print_report(const pp_json *report)
{
    CLI_AUTO(cli_buf_clear) cli_buf text = CLI_BUF_INIT;
    const pp_json *findings = pp_json_get(report, "Findings");
    const pp_json *aside = pp_json_get(report, "Quarantine");

    for (size_t i = 0; i < pp_json_len(findings); i++) {
        cli_buf_safe(&text, pp_json_get_str(pp_json_at(findings, i), "Text"));
        cli_buf_putc(&text, '\n');
    }
    for (size_t i = 0; i < pp_json_len(aside); i++) {
        cli_buf_puts(&text, "set aside: ");
        cli_buf_safe(&text, pp_json_str(pp_json_at(aside, i)));
        cli_buf_putc(&text, '\n');
    }
    cli_buf_printf(&text,
                   "%lld containers, %lld pods, %lld records: %lld findings, "
                   "%lld repaired\n",
                   (long long)pp_json_get_i64(report, "Containers"),
                   (long long)pp_json_get_i64(report, "Pods"),
                   (long long)pp_json_get_i64(report, "Records"),
                   (long long)pp_json_len(findings),
                   (long long)pp_json_len(findings) -
                       (long long)pp_json_get_i64(report, "Open"));
    fwrite(cli_buf_get(&text), 1, text.n, stdout);
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const check_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *report = NULL;
    pp_err err = {0};
    int rc = 0;

    (void)args;
    if (v->format)
        rc = cli_format_parse(v->format, &format, &err);
    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc == 0)
        rc = pp_store_check(c->rt, v->repair ? PP_STORE_REPAIR : 0, &report,
                            &err);
    if (rc == 0 && v->format)
        rc = cli_format_value(&format, report, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    if (!v->format)
        print_report(report);
    return pp_json_get_i64(report, "Open") ? EXIT_FINDINGS : 0;
}

const cli_cmd cli_cmd_state_check = {
    .name = "check",
    .args = "",
    .summary = "Look for faults in the store, and repair them",
    .about =
        "Checks the files of the driver, the version of the records, that "
        "each record can be read, that the indexes of names, namespaces, "
        "dependencies and members are what the records imply, and that "
        "nothing refers to what is not there. Prints a line for each fault: "
        "the object, what is wrong with it, and what can be done. It takes no "
        "lock of a container and waits for no command.\n\n"
        "With --repair indexes are rebuilt from the records, references to "
        "nothing are dropped where that is safe, and a record that cannot be "
        "read is set aside: it stays in the store, byte for byte, with the "
        "reason and the time, but is no container any more and its name is "
        "free. Its files stay too. See polypod state quarantine.",
    .exits = "0 no fault, or all repaired, 1 faults remain, 125 the check "
             "itself failed",
    .flags = flags,
    .values_size = sizeof(check_values),
    .max_args = 0,
    .run = run,
};
