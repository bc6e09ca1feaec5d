/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_connect.c - polypod network connect and disconnect
 */
#include "network.h"

typedef struct connect_values {
    char *ip;
    char *ip6;
    char *mac;
    cli_list aliases;
} connect_values;

typedef struct disconnect_values {
    bool force;
} disconnect_values;

#define FIELD(f) offsetof(connect_values, f)

static const cli_flag connect_flags[] = {
    {"alias", 0, CLI_CSV, FIELD(aliases), "NAME", NULL,
     "Another name on the network"},
    {"ip", 0, CLI_STR, FIELD(ip), "ADDRESS", NULL, "IPv4 address"},
    {"ip6", 0, CLI_STR, FIELD(ip6), "ADDRESS", NULL, "IPv6 address"},
    {"mac-address", 0, CLI_STR, FIELD(mac), "ADDRESS", NULL, "MAC address"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_flag disconnect_flags[] = {
    {"force", 'f', CLI_BOOL, offsetof(disconnect_values, force), NULL, NULL,
     "A container that is not connected, or does not exist, is no failure"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static void
add_option(cli_buf *b, const char *key, const char *value)
{
    if (value)
        cli_buf_printf(b, "%s%s=%s", b->n ? "," : "", key, value);
}

static int
run_connect(cli *c, const void *values, const cli_args *args)
{
    const connect_values *v = values;
    CLI_AUTO(cli_buf_clear) cli_buf options = CLI_BUF_INIT;
    pp_err err = {0};
    int rc;

    add_option(&options, "ip", v->ip);
    add_option(&options, "ip6", v->ip6);
    add_option(&options, "mac", v->mac);
    for (size_t i = 0; i < v->aliases.n; i++)
        add_option(&options, "alias", v->aliases.v[i]);
    rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_network_connect(c->rt, args->v[0], args->v[1],
                                cli_buf_get(&options), &err);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

static int
run_disconnect(cli *c, const void *values, const cli_args *args)
{
    const disconnect_values *v = values;
    pp_err err = {0};
    int rc = cli_open(c, &err);

    if (rc == 0)
        rc = pp_network_disconnect(c->rt, args->v[0], args->v[1], &err);
    if (v->force && (rc == -PP_E_NOTFOUND || rc == -PP_E_NOSUCHCTR))
        return 0;
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

const cli_cmd cli_cmd_network_connect = {
    .name = "connect",
    .args = "NETWORK CONTAINER",
    .summary = "Attach a container to one more network",
    .about = "A container that runs gets an interface at once, one that does "
             "not at its next start. Ports that it publishes are reachable "
             "as before.",
    .examples = "polypod network connect --ip 10.90.0.7 inner web",
    .flags = connect_flags,
    .values_size = sizeof(connect_values),
    .min_args = 2,
    .max_args = 2,
    .run = run_connect,
};

const cli_cmd cli_cmd_network_disconnect = {
    .name = "disconnect",
    .args = "NETWORK CONTAINER",
    .summary = "Detach a container from a network",
    .about = "The interface goes at once. If it was the container's last "
             "network, its published ports lead nowhere until it is "
             "connected again.",
    .examples = "polypod network disconnect inner web",
    .flags = disconnect_flags,
    .values_size = sizeof(disconnect_values),
    .min_args = 2,
    .max_args = 2,
    .run = run_disconnect,
};
