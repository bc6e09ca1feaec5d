/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/change.h - one change of up to four tables, under the lock
 *
 * What is wanted is worked out before the lock is taken; under it, every
 * table is read and edited before the first is committed, so a refusal
 * changes nothing.  Each commit replaces one table at once; between two
 * commits the process may die, hence the order:
 *
 *   nat before filter   for owners: who a port leads to changes before what
 *                       may pass.  A death in between leaves a port that
 *                       leads to the right owner or nowhere, and at worst
 *                       does not answer.
 *   filter before nat   for a network that comes up: its isolation stands
 *                       before it has a way out.
 *
 * The same change again, or sync, completes what was left.
 */
#ifndef FWI_CHANGE_H
#define FWI_CHANGE_H

#include "table.h"

enum { FWI_NAT = 0, FWI_FILTER = 1 };

struct fwi_change {
    const char *tag;              /* whose rules; NULL: all that are ours    */
    struct fwi_rules want[2][2];  /* by family, IPv4 first; by table         */
    struct fwi_rules share[2][2]; /* networks' rules that must be there too */
    bool check_ports;             /* refuse ports that another owner holds   */
    bool filter_first;
    bool close_localnet; /* switch route_localnet off for guards that go    */
    unsigned int committed; /* tables that were replaced                    */
};

/*
 * Make it so.  A table that does not exist is made only if something is
 * wanted in it; if none exists and nothing is wanted, not even the lock is
 * taken.
 *
 * returns  0 | -PP_E_BUSY | -PP_E_EXISTS | -PP_E_UNAVAIL | -PP_E_PERM ...
 */
int fwi_change_run(const struct fwi *ctx, struct fwi_change *change,
                   pp_err *err);

void fwi_change_clear(struct fwi_change *change);

#endif
