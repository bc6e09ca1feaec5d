/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/leave.h - a container leaves one of its networks */
#ifndef ENGINE_FIREWALL_LEAVE_H
#define ENGINE_FIREWALL_LEAVE_H

#include "engine/firewall/firewall.h"

/* Make its rules those of the networks it has left: none at all if these
 * need none. */
int ppc_firewall_shrink(pp_runtime *rt, ppc_ctr *c, pp_err *err);

/*
 * Take down the network unless another container has rules on it.  Called
 * when the record of c, and its rules, have forgotten the network.
 */
int ppc_firewall_leave(pp_runtime *rt, const ppc_ctr *c, const char *net,
                       pp_err *err);

#endif
