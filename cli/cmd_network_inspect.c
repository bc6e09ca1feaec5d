/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_inspect.c - polypod network inspect and exists
 */
#include "format.h"
#include "network.h"

typedef struct inspect_values {
    char *format;
} inspect_values;

static const cli_flag flags[] = {{"format", 'f', CLI_STR,
                                  offsetof(inspect_values, format), "TEMPLATE",
                                  "json", "json or a template"},
                                 {NULL, 0, 0, 0, NULL, NULL, NULL}};

static int
show_one(cli *c, const char *ref, const cli_format *f, pp_json *found,
         pp_err *err)
{
    CLI_AUTO_JSON pp_json *v = NULL;
    int rc = pp_network_inspect(c->rt, ref, &v, err);

    if (rc < 0)
        return rc;
    if (!f->json)
        return cli_format_value(f, v, err);
    cli_json_add(found, pp_json_ref(v));
    return 0;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const inspect_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO_JSON pp_json *found = cli_json(pp_json_array());
    pp_err err = {0};
    int code = 0;
    int rc = cli_format_parse(v->format, &format, &err);

    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    for (size_t i = 0; i < args->n; i++) {
        err = (pp_err){0};
        rc = show_one(c, args->v[i], &format, found, &err);
        if (rc < 0)
            code = cli_fail(rc, &err);
    }
    if (format.json)
        cli_print_json(found);
    return code;
}

static int
run_exists(cli *c, const void *values, const cli_args *args)
{
    CLI_AUTO_JSON pp_json *v = NULL;
    pp_err err = {0};
    int rc = cli_open(c, &err);

    (void)values;
    if (rc == 0)
        rc = pp_network_inspect(c->rt, args->v[0], &v, &err);
    if (rc == -PP_E_NOTFOUND)
        return 1;
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

const cli_cmd cli_cmd_network_inspect = {
    .name = "inspect",
    .args = "NETWORK...",
    .summary = "Show everything about networks",
    .about = "Prints an array with one object for each network, or each "
             "through a template. A network is named by its name, or its ID "
             "or the beginning of it.\n\n"
             "Fields: .name .id .driver .network_interface .created .subnets "
             ".ipv6_enabled .internal .dns_enabled .labels .options "
             ".ipam_options .containers.",
    .examples = "polypod network inspect inner\n"
                "polypod network inspect -f '{{range .subnets}}{{.subnet}} "
                "{{end}}' inner",
    .flags = flags,
    .values_size = sizeof(inspect_values),
    .min_args = 1,
    .max_args = -1,
    .run = run,
};

const cli_cmd cli_cmd_network_exists = {
    .name = "exists",
    .args = "NETWORK",
    .summary = "Say by the exit code whether a network exists",
    .examples = "polypod network exists inner || polypod network create inner",
    .exits = "0 it exists, 1 it does not, 125 a failure",
    .min_args = 1,
    .max_args = 1,
    .run = run_exists,
};
