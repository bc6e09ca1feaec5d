/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench/firewall_owner.c - invented owners; see firewall_int.h */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "firewall_int.h"
#include "sample.h"

void
owner_make(owner *o, unsigned i, unsigned count, bool ports)
{
    static const uint16_t inside[PORTS] = {80, 443, 8080, 9090};
    unsigned k;

    memset(o, 0, sizeof *o);
    if (i == count)
        snprintf(o->id, sizeof o->id, "%s", OWNER);
    else
        snprintf(o->id, sizeof o->id, "%064u", i);
    snprintf(o->address, sizeof o->address, "10.%u.%u.%u",
             100 + (i + 2) / 65536 % 2, (i + 2) / 256 % 256, (i + 2) % 256);
    o->addr = (pp_fw_addr){.struct_size = sizeof o->addr,
                           .address = o->address,
                           .subnet = "10.100.0.0/15",
                           .net = "bench",
                           .bridge = "br-bench"};
    o->addrs[0] = &o->addr;
    for (k = 0; k < PORTS; k++) {
        o->port[k] =
            (pp_fw_port){.struct_size = sizeof o->port[k],
                         .proto = IPPROTO_UDP,
                         .host_port = (uint16_t)(10000 + PORTS * i + k),
                         .container_port = inside[k],
                         .count = 1};
        o->ports[k] = &o->port[k];
    }
    o->rules = (pp_fw_rules){.struct_size = sizeof o->rules,
                             .owner = o->id,
                             .addrs = o->addrs,
                             .ports = o->ports,
                             .n_addrs = 1,
                             .n_ports = ports ? PORTS : 0};
}

void
owners_fill(bench_plugin *p, unsigned count, bool ports)
{
    static const char *const subnets[] = {"10.100.0.0/15"};
    const pp_fw_net net = {.struct_size = sizeof net,
                           .flags = PP_FW_MASQUERADE,
                           .net = "bench",
                           .bridge = "br-bench",
                           .subnets = subnets,
                           .n_subnets = 1};
    const pp_fw_net *const nets[] = {&net};
    const pp_fw_rules **rules = bench_alloc((count + 1) * sizeof *rules);
    owner *all = bench_alloc((count + 1) * sizeof *all);
    const pp_fw_ops *ops = p->ops;
    pp_err err = {0, 0, ""};
    pp_fw_all wanted;
    unsigned i;

    for (i = 0; i < count; i++) {
        owner_make(&all[i], i, count, ports);
        rules[i] = &all[i].rules;
    }
    wanted = (pp_fw_all){.struct_size = sizeof wanted,
                         .nets = nets,
                         .rules = rules,
                         .n_nets = 1,
                         .n_rules = count};
    if (ops->sync(p->self, &wanted, &err) < 0)
        bench_die("sync of %u owners: %s", count, err.msg);
    free(rules);
    free(all);
}
