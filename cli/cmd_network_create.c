/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network_create.c - polypod network create: define a network
 */
#include "network.h"

typedef struct create_values {
    bool disable_dns;
    bool ignore;
    bool internal;
    bool ipv6;
    char *driver;
    char *bridge;
    cli_list gateways;
    cli_list ip_ranges;
    cli_list labels;
    cli_list options;
    cli_list subnets;
} create_values;

#define FIELD(f) offsetof(create_values, f)

static const cli_flag flags[] = {
    {"disable-dns", 0, CLI_BOOL, FIELD(disable_dns), NULL, NULL,
     "No names of containers by DNS; so it is always"},
    {"driver", 'd', CLI_STR, FIELD(driver), "DRIVER", "bridge",
     "Kind of network: bridge"},
    {"gateway", 0, CLI_CSV, FIELD(gateways), "ADDRESS", NULL,
     "Address of the host within a subnet; its first one if not given"},
    {"ignore", 0, CLI_BOOL, FIELD(ignore), NULL, NULL,
     "A network of this name that exists is no failure"},
    {"interface-name", 0, CLI_STR, FIELD(bridge), "NAME", NULL,
     "The bridge on the host; made up if not given"},
    {"internal", 0, CLI_BOOL, FIELD(internal), NULL, NULL,
     "No way out of the network, nor in"},
    {"ip-range", 0, CLI_CSV, FIELD(ip_ranges), "RANGE", NULL,
     "Give away these addresses of a subnet: ADDRESS/BITS or FIRST-LAST"},
    {"ipv6", 0, CLI_BOOL, FIELD(ipv6), NULL, NULL,
     "An IPv6 subnet beside the IPv4 one"},
    {"label", 0, CLI_LIST, FIELD(labels), "KEY[=VALUE]", NULL, "Add a label"},
    {"opt", 'o', CLI_CSV, FIELD(options), "KEY=VALUE", NULL,
     "mtu=BYTES, or isolate=true: apart from other isolated networks"},
    {"subnet", 0, CLI_CSV, FIELD(subnets), "ADDRESS/BITS", NULL,
     "Subnet; one of IPv4 and one of IPv6 may be given"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {
    {"dns", 0}, {"ipam-driver", 0}, {"route", 0}, {NULL, 0}};

static int
run(cli *c, const void *values, const cli_args *args)
{
    const create_values *v = values;
    const pp_network_spec spec = {
        .struct_size = sizeof spec,
        .flags = (v->internal ? PP_NETWORK_INTERNAL : 0) |
                 (v->ipv6 ? PP_NETWORK_IPV6 : 0),
        .name = args->n ? args->v[0] : NULL,
        .driver = v->driver,
        .bridge = v->bridge,
        .subnets = cli_list_get(&v->subnets),
        .gateways = cli_list_get(&v->gateways),
        .ip_ranges = cli_list_get(&v->ip_ranges),
        .options = cli_list_get(&v->options),
        .labels = cli_list_get(&v->labels),
    };
    CLI_AUTO_JSON pp_json *made = NULL;
    pp_err err = {0};
    int rc = cli_open(c, &err);

    if (rc == 0)
        rc = pp_network_create(c->rt, &spec, &made, &err);
    if (rc == -PP_E_EXISTS && v->ignore && spec.name)
        rc = pp_network_inspect(c->rt, spec.name, &made, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    puts(pp_json_get_str(made, "name"));
    return 0;
}

const cli_cmd cli_cmd_network_create = {
    .name = "create",
    .args = "[NAME]",
    .summary = "Define a network",
    .about = "Prints its name. Without --subnet the first free one from "
             "10.89.0.0/24 upward is taken, free of other networks and of "
             "routes of this host; with --ipv6 a random one of fd00::/8 too.",
    .examples = "polypod network create inner\n"
                "polypod network create --internal -o isolate=true vault\n"
                "polypod network create --subnet 10.90.0.0/24 "
                "--subnet fd00:90::/64 both",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(create_values),
    .max_args = 1,
    .run = run,
};
