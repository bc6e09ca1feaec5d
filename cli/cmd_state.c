/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_state.c - polypod state: the group, and facts about the store
 */
#include <polypod/state_admin.h>

#include "commands.h"
#include "format.h"
#include "yaml.h"

typedef struct info_values {
    char *format;
} info_values;

static const cli_flag info_flags[] = {{"format", 'f', CLI_STR,
                                       offsetof(info_values, format),
                                       "TEMPLATE", NULL, "json or a template"},
                                      {NULL, 0, 0, 0, NULL, NULL, NULL}};

static int
run_info(cli *c, const void *values, const cli_args *args)
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
        rc = cli_load(c, &err);
    if (rc == 0)
        rc = pp_store_info(c->rt, &info, &err);
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

const cli_cmd cli_cmd_state_info = {
    .name = "info",
    .args = "",
    .summary = "Show which store is in use, and what is in it",
    .about = "Works where the configuration names another driver than the "
             "store in use has: Driver is the one in use, Configured that of "
             "the configuration.\n\n"
             "Fields: .Driver .Configured .Marker .Path .Exists .Size "
             ".Version .Library .Schema .Generation .Containers .Running "
             ".Pods .Records .Quarantined .LastCheck .Leftovers .Migration "
             ".Error.",
    .flags = info_flags,
    .values_size = sizeof(info_values),
    .max_args = 0,
    .run = run_info,
};

static const cli_cmd *const sub[] = {&cli_cmd_state_check,
                                     &cli_cmd_state_export,
                                     &cli_cmd_state_import,
                                     &cli_cmd_state_info,
                                     &cli_cmd_state_migrate,
                                     &cli_cmd_state_quarantine,
                                     NULL};

const cli_cmd cli_cmd_state = {
    .name = "state",
    .args = "COMMAND [ARG...]",
    .summary = "Check, keep and move the state store",
    .about =
        "The state store knows all containers and pods. Which plugin keeps it "
        "is said by the key driver of [state] in polypod.conf(5); each driver "
        "has a folder state-NAME below static_dir, and the file state.driver "
        "beside them names the one in use. A driver that is configured while "
        "another one's store has the containers is refused, never used "
        "silently.\n\n"
        "No command waits longer than state.timeout; an error names the "
        "process that is in the way. None needs a container to be stopped but "
        "import --replace.\n\n"
        "When something is wrong with the store: First, polypod state info "
        "says which store is in use. Second, polypod state export FILE keeps "
        "what can be read, whatever comes next. Third, polypod state check "
        "names what does not fit, and with --repair makes it fit; what is "
        "damaged is set aside in the store and nothing fails because of it "
        "any more; polypod state quarantine shows it. If the driver itself "
        "reports damage, move the folder "
        "state-NAME and the file state.driver away and import the file of the "
        "second step, with --repair if need be. If not even the export works, "
        "see the page of the driver, such as polypod-state-bdb(8), and import "
        "the last good export.\n\n"
        "To change the driver, run polypod state migrate --to NAME, then set "
        "driver = NAME in [state].",
    .examples = "polypod state info\n"
                "polypod state check --repair\n"
                "polypod state quarantine ls\n"
                "polypod state export /root/state.jsonl\n"
                "polypod state export | sha256sum\n"
                "polypod state import --replace /root/state.jsonl\n"
                "polypod state migrate --to sqlite --dry-run",
    .sub = sub,
};
