/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_prune.c - polypod network prune: remove the unused ones
 */
#include <stdlib.h>

#include "netfilter.h"
#include "network.h"

typedef struct prune_values {
    bool force;
    cli_list filters;
} prune_values;

static const cli_flag flags[] = {
    {"filter", 0, CLI_LIST, offsetof(prune_values, filters), "KEY=VALUE", NULL,
     "Only those that match: label, label!, until"},
    {"force", 'f', CLI_BOOL, offsetof(prune_values, force), NULL, NULL,
     "Do not ask"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

/* "y", "yes": anything else, and the end of input, is a no. */
static bool
is_confirmed(bool filtered)
{
    CLI_AUTO_FREE char *line = NULL;
    size_t cap = 0;

    printf("This removes all networks that no container uses%s.\n"
           "Are you sure you want to continue? [y/N] ",
           filtered ? " and that the filters match" : "");
    fflush(stdout);
    return getline(&line, &cap, stdin) > 0 && (*line == 'y' || *line == 'Y');
}

/* Remove one, unless it is used, the default one, or gone by now. */
static int
remove_one(cli *c, const char *name, pp_json *gone, pp_err *err)
{
    int rc = pp_network_remove(c->rt, name, 0, -1, err);

    if (rc == -PP_E_CTREXISTS || rc == -PP_E_PERM || rc == -PP_E_NOTFOUND)
        return 0;
    if (rc == 0)
        cli_json_add(gone, pp_json_string(name));
    return rc;
}

/* Those that the filters keep; the first failure, and it goes on after it. */
static int
prune_some(cli *c, const cli_list *filters, pp_json **gone, pp_err *err)
{
    CLI_AUTO_JSON pp_json *list = NULL;
    int first = pp_network_list(c->rt, &list, err);

    if (first < 0)
        return first;
    *gone = cli_json(pp_json_array());
    for (size_t i = 0; i < pp_json_len(list); i++) {
        const pp_json *net = pp_json_at(list, i);
        pp_err local = {0};
        int rc = 0;

        if (cli_net_filter_keeps(filters, net))
            rc = remove_one(c, pp_json_get_str(net, "name"), *gone, &local);
        if (rc < 0 && first < 0)
            cli_fail(rc, &local);
        if (rc < 0 && first == 0) {
            first = rc;
            *err = local;
        }
    }
    return first;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const prune_values *v = values;
    CLI_AUTO_JSON pp_json *gone = NULL;
    pp_err err = {0};
    int rc = cli_net_filter_check(&v->filters, CLI_NET_PRUNE, &err);

    (void)args;
    if (rc == 0 && !v->force && !is_confirmed(v->filters.n > 0))
        return 0;
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0 && v->filters.n > 0)
        rc = prune_some(c, &v->filters, &gone, &err);
    else if (rc == 0)
        rc = pp_network_prune(c->rt, &gone, &err);
    for (size_t i = 0; i < pp_json_len(gone); i++)
        puts(pp_json_str(pp_json_at(gone, i)));
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

const cli_cmd cli_cmd_network_prune = {
    .name = "prune",
    .args = "",
    .summary = "Remove all networks that no container uses",
    .about = "The default network stays. The names of those that were removed "
             "are printed. Addresses that were given away before the last "
             "boot, and never given back, are taken back, unless there are "
             "filters.\n\n"
             "Filters: label=KEY[=VALUE], label!=KEY[=VALUE] for those without "
             "it, until=TIME for those made before a time or so long ago. "
             "All of them must hold.",
    .examples = "polypod network prune -f\n"
                "polypod network prune --filter until=24h --filter "
                "label!=keep",
    .flags = flags,
    .values_size = sizeof(prune_values),
    .max_args = 0,
    .run = run,
};
