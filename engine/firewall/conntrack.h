/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/conntrack.h - flows that were there before a port's rules
 *
 * The kernel decides about the translation of a flow once, with its first
 * packet.  A UDP client that keeps sending from one port is one flow for
 * ever: it would go on to miss a container that publishes the port by now,
 * and to hit the address of one that does not any more, whosever that is.
 */
#ifndef ENGINE_FIREWALL_CONNTRACK_H
#define ENGINE_FIREWALL_CONNTRACK_H

#include "engine/state/record.h"

/*
 * Forget the UDP flows to the container's published ports, but for those that
 * lead to it if its rules are there.  Failures are logged: the flows end by
 * themselves half a minute after their last packet.
 */
void ppc_conntrack_forget(const ppc_ctr *c, bool published);

#endif
