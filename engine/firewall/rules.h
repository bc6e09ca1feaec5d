/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/rules.h - what a container wants of the firewall, read off
 * its record
 *
 * The same function serves a start, a repair and a reload: rules are never
 * stored, only derived.
 */
#ifndef ENGINE_FIREWALL_RULES_H
#define ENGINE_FIREWALL_RULES_H

#include <polypod/firewall.h>

#include "engine/state/record.h"

#define PPC_RULES_MAX_NETS 64

typedef struct ppc_rules {
    pp_fw_rules rules;
    pp_fw_net *nets;
    size_t n_nets;
    /* what the above points into */
    pp_fw_addr *addrs;
    const pp_fw_addr **addr_list;
    pp_fw_port *ports;
    const pp_fw_port **port_list;
    char **strings;
    const char *(*subnets)[2];
} ppc_rules;

/* Derive; out borrows from c and is cleared with ppc_rules_clear. */
int ppc_rules_make(const ppc_ctr *c, ppc_rules *out, pp_err *err);
void ppc_rules_clear(ppc_rules *r);
#define PP_AUTO_RULES __attribute__((cleanup(ppc_rules_clear)))

#endif
