/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/rules.c - from a record to rules; see rules.h */
#include "engine/firewall/rules.h"

#include <arpa/inet.h>
#include <string.h>

#include <polypod/network.h>

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/network/network.h"

#define MAX_SUBNETS 2 /* one a family */

void
ppc_rules_clear(ppc_rules *r)
{
    free(r->nets);
    free(r->addrs);
    free(r->addr_list);
    free(r->ports);
    free(r->port_list);
    free(r->subnets);
    ppc_strv_free(r->strings);
    memset(r, 0, sizeof *r);
}

/* Keep a string for the life of r: borrowed, or NULL when out of memory. */
static const char *
keep(ppc_rules *r, char *s)
{
    if (ppc_strv_take(&r->strings, s))
        return NULL;
    return r->strings[ppc_strv_len(ppc_strv_c(r->strings)) - 1];
}

/* "10.88.0.2/16" as address "10.88.0.2" and subnet "10.88.0.0/16". */
static int
split_cidr(ppc_rules *r, const char *cidr, const char **address,
           const char **subnet)
{
    const int family = strchr(cidr, ':') ? AF_INET6 : AF_INET;
    const int64_t max = family == AF_INET6 ? 128 : 32;
    char text[INET6_ADDRSTRLEN];
    unsigned char raw[16];
    const char *slash = strchr(cidr, '/');
    int64_t bits;
    int64_t i;

    if (!slash || (size_t)(slash - cidr) >= sizeof text ||
        ppc_parse_i64(slash + 1, 0, max, &bits))
        return -PP_E_INVAL;
    memcpy(text, cidr, (size_t)(slash - cidr));
    text[slash - cidr] = '\0';
    if (inet_pton(family, text, raw) != 1)
        return -PP_E_INVAL;
    *address = keep(r, strdup(text));
    for (i = bits; i < max; i++)
        raw[i / 8] = (unsigned char)(raw[i / 8] & ~(0x80 >> (i % 8)));
    inet_ntop(family, raw, text, sizeof text);
    *subnet = keep(r, ppc_sprintf("%s/%d", text, (int)bits));
    return *address && *subnet ? 0 : -PP_E_NOMEM;
}

static pp_fw_net *
find_net(ppc_rules *r, const char *name)
{
    size_t i;

    for (i = 0; i < r->n_nets; i++)
        if (!strcmp(r->nets[i].net, name))
            return &r->nets[i];
    return NULL;
}

/* The network of an attachment, if it leaves masquerade or isolation to us. */
static int
add_net(ppc_rules *r, const pp_json *att, const char *subnet)
{
    const int64_t flags = pp_json_get_i64(att, "flags");
    const char *name = pp_json_get_str(att, "network");
    pp_fw_net *net = find_net(r, name);
    uint32_t i;

    if ((flags & PP_NET_DOES_MASQ) || !*pp_json_get_str(att, "bridge"))
        return 0;
    if (!net) {
        if (r->n_nets == PPC_RULES_MAX_NETS)
            return -PP_E_FULL;
        net = &r->nets[r->n_nets];
        *net = (pp_fw_net){
            .struct_size = sizeof *net,
            .flags = (flags & PP_NET_INTERNAL ? PP_FW_INTERNAL
                                              : PP_FW_MASQUERADE) |
                     (flags & PP_NET_ISOLATE ? PP_FW_ISOLATE : 0),
            .net = name,
            .bridge = pp_json_get_str(att, "bridge"),
            .subnets = r->subnets[r->n_nets],
        };
        r->n_nets++;
    }
    for (i = 0; i < net->n_subnets; i++)
        if (!strcmp(net->subnets[i], subnet))
            return 0;
    if (net->n_subnets == MAX_SUBNETS)
        return -PP_E_FULL; /* one without masquerade would go nowhere */
    r->subnets[net - r->nets][net->n_subnets++] = subnet;
    return 0;
}

static int
add_attachment(ppc_rules *r, const pp_json *att)
{
    const pp_json *ips = pp_json_get(att, "ips");
    const int64_t flags = pp_json_get_i64(att, "flags");
    const char *address = NULL;
    const char *subnet = NULL;
    pp_fw_addr *a;
    size_t i;
    int rc = 0;

    for (i = 0; i < pp_json_len(ips) && rc >= 0; i++) {
        rc = split_cidr(r, pp_json_get_str(pp_json_at(ips, i), "address"),
                        &address, &subnet);
        if (rc >= 0)
            rc = add_net(r, att, subnet);
        if (rc < 0 || (flags & PP_NET_DOES_FORWARD))
            continue;
        a = &r->addrs[r->rules.n_addrs];
        *a = (pp_fw_addr){.struct_size = sizeof *a,
                          .address = address,
                          .subnet = subnet,
                          .net = pp_json_get_str(att, "network"),
                          .bridge = pp_json_get_str(att, "bridge")};
        if (!*a->bridge)
            a->bridge = NULL;
        r->addr_list[r->rules.n_addrs++] = a;
    }
    return rc;
}

static void
add_ports(ppc_rules *r, const pp_json *mappings)
{
    size_t n = pp_json_len(mappings);
    size_t i;

    for (i = 0; i < n; i++) {
        const ppc_port p = ppc_port_read(pp_json_at(mappings, i));

        r->ports[i] = (pp_fw_port){
            .struct_size = sizeof r->ports[i],
            .proto = p.proto,
            .host_port = p.host_port,
            .container_port = p.container_port,
            .count = p.count,
            .host_ip = p.host_ip,
        };
        r->port_list[i] = &r->ports[i];
    }
    r->rules.n_ports = (uint32_t)n;
}

/* Does any network publish ports by itself? */
static bool
ports_are_done(const pp_json *status)
{
    size_t i;

    for (i = 0; i < pp_json_len(status); i++)
        if (pp_json_get_i64(pp_json_at(status, i), "flags") &
            PP_NET_DOES_PORTS)
            return true;
    return false;
}

int
ppc_rules_make(const ppc_ctr *c, ppc_rules *out, pp_err *err)
{
    const pp_json *status = c->state->network_status;
    size_t n = pp_json_len(status);
    size_t n_ips = 0;
    size_t n_ports = pp_json_len(c->config->port_mappings);
    size_t i;
    int rc = 0;

    for (i = 0; i < n; i++)
        n_ips += pp_json_len(pp_json_get(pp_json_at(status, i), "ips"));
    out->nets = calloc(PPC_RULES_MAX_NETS, sizeof *out->nets);
    out->subnets = calloc(PPC_RULES_MAX_NETS, sizeof *out->subnets);
    out->addrs = calloc(n_ips + 1, sizeof *out->addrs);
    out->addr_list = calloc(n_ips + 1, sizeof *out->addr_list);
    out->ports = calloc(n_ports + 1, sizeof *out->ports);
    out->port_list = calloc(n_ports + 1, sizeof *out->port_list);
    if (!out->nets || !out->subnets || !out->addrs || !out->addr_list ||
        !out->ports || !out->port_list)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for firewall rules");
    out->rules.struct_size = sizeof out->rules;
    out->rules.owner = c->config->id;
    out->rules.addrs = out->addr_list;
    out->rules.ports = out->port_list;
    for (i = 0; i < n && rc >= 0; i++)
        rc = add_attachment(out, pp_json_at(status, i));
    if (rc < 0)
        return pp_fail(err, -rc, 0,
                       "container %s: its network status is unusable",
                       c->config->name);
    if (out->rules.n_addrs && !ports_are_done(status))
        add_ports(out, c->config->port_mappings);
    return 0;
}
