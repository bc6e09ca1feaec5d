/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/firewall.h - a container's rules, derived from its state
 *
 * The driver is chosen once ("auto": firewalld, nftables, iptables, by probe;
 * none when not root), stored, and kept while any container has rules
 * (driver.h); a container's state remembers who made its rules, so that they
 * can be removed whatever is in force by then.
 */
#ifndef ENGINE_FIREWALL_FIREWALL_H
#define ENGINE_FIREWALL_FIREWALL_H

#include "engine/firewall/driver.h"

/*
 * Decide who will make the container's rules, and remember it in c->state:
 * saved before the rules are made, so that a crash leaves nobody's rules.
 */
int ppc_firewall_prepare(pp_runtime *rt, ppc_ctr *c, pp_err *err);

/*
 * Make the rules of a container's networks, addresses and ports so, by the
 * driver in force, which is noted in c->state (and saved) if prepare noted
 * another one.  Nothing to do when its networks do it all.
 *
 * returns  0 | -PP_E_PORTINUSE (names the owner) | -PP_E_NOTSUP | ...
 */
int ppc_firewall_apply(pp_runtime *rt, ppc_ctr *c, pp_err *err);

/* Remove them; a container without is fine. */
int ppc_firewall_remove(pp_runtime *rt, ppc_ctr *c, pp_err *err);

#endif
