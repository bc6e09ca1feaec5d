/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/plan.h - a definition in the making: define.c, plan.c */
#ifndef ENGINE_NETWORK_PLAN_H
#define ENGINE_NETWORK_PLAN_H

#include <net/if.h>

#include "engine/network/definition.h"

#define PPC_NET_NAME_MAX 200
#define PPC_PLAN_SUBNETS 2 /* one of each family */

/* One subnet with what was asked for it. */
typedef struct ppc_plan_range {
    ppc_subnet subnet;
    ppc_addr gateway; /* family 0: none */
    ppc_addr first;   /* family 0: all of it */
    ppc_addr last;
} ppc_plan_range;

/* A definition in the making. */
typedef struct ppc_plan {
    const ppc_nets *nets;
    const pp_network_spec *spec;
    char name[PPC_NET_NAME_MAX + 1];
    char bridge[IF_NAMESIZE];
    ppc_plan_range ranges[PPC_PLAN_SUBNETS];
    size_t n;
    int64_t mtu;
    pp_json *options;
    pp_json *labels;
} ppc_plan;

/* Subnets, given and chosen, that meet no other; then what is within them. */
int ppc_plan_subnets(ppc_plan *p, pp_err *err);
int ppc_plan_gateways(ppc_plan *p, pp_err *err);
int ppc_plan_ip_ranges(ppc_plan *p, pp_err *err);

#endif
