/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/all.h - everything the firewall should hold, read off the
 * records
 *
 * The containers of every namespace whose record says that they have rules:
 * those that run, those that are being started, and those whose end nobody
 * has cleaned up yet.  A network that several are on appears once, with the
 * subnets of all and the bridge and flags of the one started last.
 */
#ifndef ENGINE_FIREWALL_ALL_H
#define ENGINE_FIREWALL_ALL_H

#include "engine/firewall/rules.h"
#include "engine/runtime/runtime.h"

typedef struct ppc_firewall_owner {
    const ppc_ctr *ctr;
    ppc_rules rules;
} ppc_firewall_owner;

typedef struct ppc_firewall_net {
    pp_fw_net net;
    char **subnets;
    int64_t started; /* of the container that its flags are of */
} ppc_firewall_net;

typedef struct ppc_firewall_all {
    pp_fw_all all; /* for a plugin's sync */
    ppc_firewall_owner *owners;
    ppc_firewall_net *nets;
    size_t n_owners;
    size_t n_nets;
    size_t n_bad; /* containers whose record gives no rules */
    /* what the above points into */
    ppc_ctr **list;
    const pp_fw_rules **rule_list;
    const pp_fw_net **net_list;
} ppc_firewall_all;

/* Read everything; clear with _clear.  A record that gives no rules is
 * logged, counted and left out: it must not cost the others theirs. */
int ppc_firewall_all_make(pp_runtime *rt, ppc_firewall_all *out, pp_err *err);
void ppc_firewall_all_clear(ppc_firewall_all *a);
#define PP_AUTO_ALL __attribute__((cleanup(ppc_firewall_all_clear)))

#endif
