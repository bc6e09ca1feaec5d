/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_inspect.c - polypod inspect: everything about containers
 */
#include <string.h>

#include "commands.h"
#include "format.h"
#include "refs.h"

typedef struct inspect_values {
    bool latest;
    char *format;
    char *type;
} inspect_values;

static const cli_flag flags[] = {
    {"format", 'f', CLI_STR, offsetof(inspect_values, format), "TEMPLATE",
     "json", "json or a template"},
    {"latest", 'l', CLI_BOOL, offsetof(inspect_values, latest), NULL, NULL,
     "Show the newest container"},
    {"type", 't', CLI_STR, offsetof(inspect_values, type), "TYPE", "all",
     "What to look for: container or all"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {{"size", 's'}, {NULL, 0}};

static int
show_one(cli *c, const char *ref, const cli_format *f, pp_json *found,
         pp_err *err)
{
    CLI_AUTO_JSON pp_json *v = NULL;
    int rc = pp_container_inspect(c->rt, ref, &v, err);

    if (rc < 0)
        return rc;
    if (!f->json)
        return cli_format_value(f, v, err);
    cli_json_add(found, pp_json_ref(v));
    return 0;
}

static int
show_all(cli *c, const cli_list *refs, const cli_format *f)
{
    CLI_AUTO_JSON pp_json *found = cli_json(pp_json_array());
    int code = 0;

    for (size_t i = 0; i < refs->n; i++) {
        pp_err err = {0};
        int rc = show_one(c, refs->v[i], f, found, &err);

        if (rc < 0)
            code = cli_fail(rc, &err);
    }
    if (f->json)
        cli_print_json(found);
    return code;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const inspect_values *v = values;
    const cli_refs_options which = {.latest = v->latest};
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int rc = 0;

    if (strcmp(v->type, "container") != 0 && strcmp(v->type, "all") != 0)
        rc = pp_fail(&err, PP_E_NOTSUP, 0,
                     "--type \"%s\" is not supported yet: only containers "
                     "can be inspected",
                     v->type);
    if (rc == 0)
        rc = cli_format_parse(v->format, &format, &err);
    if (rc == 0)
        rc = cli_refs_collect(c, &which, args, &refs, &err);
    return rc < 0 ? cli_fail(rc, &err) : show_all(c, &refs, &format);
}

const cli_cmd cli_cmd_inspect = {
    .name = "inspect",
    .args = "CONTAINER...",
    .summary = "Show everything about containers",
    .about = "Prints an array with one object for each container, or each "
             "through a template.",
    .examples = "polypod inspect web\n"
                "polypod inspect -f '{{.State.Status}} {{.State.Pid}}' web",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(inspect_values),
    .max_args = -1,
    .bits = CLI_CMD_LOOKS,
    .run = run,
};
