/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/sync.h - bring the kernel to what the records say, and move
 * it from one driver to another
 *
 * All of it happens under the lock of the networks (ppc_firewall_lock).
 */
#ifndef ENGINE_FIREWALL_SYNC_H
#define ENGINE_FIREWALL_SYNC_H

#include "engine/firewall/all.h"
#include "engine/firewall/driver.h"

/* Make the driver hold exactly a. */
int ppc_firewall_fill(pp_runtime *rt, const char *driver,
                      const ppc_firewall_all *a, pp_err *err);

/* Take all rules away that a driver has: a driver that is not installed any
 * more is logged, since only it could. */
int ppc_firewall_empty(pp_runtime *rt, const char *driver, pp_err *err);

/*
 * Complete a switch whose process died, if it had come to the point where the
 * new driver counts, else undo it.  Nothing to do without one.
 */
int ppc_firewall_recover(pp_runtime *rt, const ppc_firewall_facts *f,
                         pp_err *err);

/* Note the driver in force in the records that name another one; those that
 * somebody works on are left to him, or to the next sync.  Reads the records
 * again: rules derived from the list are not to be used after it. */
void ppc_firewall_adopt(pp_runtime *rt, ppc_ctr **list, const char *driver);

#endif
