/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_reload.c - polypod network reload: mend what was flushed
 */
#include <polypod/firewall_admin.h>

#include "commands.h"
#include "refs.h"

typedef struct reload_values {
    bool all;
    bool latest;
} reload_values;

static const cli_flag flags[] = {
    {"all", 'a', CLI_BOOL, offsetof(reload_values, all), NULL, NULL,
     "Reload every running container that has a network of its own"},
    {"latest", 'l', CLI_BOOL, offsetof(reload_values, latest), NULL, NULL,
     "Reload the newest container"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static int
reload_one(cli *c, const char *ref, const void *values, pp_err *err)
{
    const reload_values *v = values;
    char id[PP_ID_MAX];
    int rc = pp_network_reload(c->rt, ref, id, err);

    /* ended meanwhile, or never had a network */
    if (v->all &&
        (rc == -PP_E_NOSUCHCTR || rc == -PP_E_CTRSTATE || rc == -PP_E_INVAL))
        return 1;
    if (rc == 0)
        puts(id);
    return rc < 0 ? rc : 1;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const reload_values *v = values;
    const cli_refs_options which = {
        .all = v->all, .latest = v->latest, .running = true};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int rc = cli_refs_collect(c, &which, args, &refs, &err);

    if (rc < 0)
        return cli_fail(rc, &err);
    return cli_refs_each(c, &refs, reload_one, v);
}

const cli_cmd cli_cmd_network_reload = {
    .name = "reload",
    .args = "[CONTAINER...]",
    .summary = "Restore the networks and rules of running containers",
    .about = "Asks the network driver whether each network of a container is "
             "as it was made, and makes those again that are not, or that "
             "make firewall rules themselves; the address stays the same "
             "where the driver can do that. Then the container's firewall "
             "rules are made again. Prints the IDs.\n\n"
             "After a mere flush of the firewall \"polypod firewall sync\" is "
             "faster and restores all containers at once.",
    .examples = "polypod network reload web\npolypod network reload --all",
    .flags = flags,
    .values_size = sizeof(reload_values),
    .max_args = -1,
    .run = run,
};
