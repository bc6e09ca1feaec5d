/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/owners.h - who has rules in the kernel, and who should */
#ifndef ENGINE_FIREWALL_OWNERS_H
#define ENGINE_FIREWALL_OWNERS_H

#include "engine/firewall/all.h"

/* IDs of the owners that a driver finds. Caller frees with ppc_strv_free. */
int ppc_firewall_owners(pp_runtime *rt, const char *driver, char ***out,
                        pp_err *err);

/* NULL if nobody with that ID should have rules. */
const ppc_firewall_owner *ppc_firewall_owner_find(const ppc_firewall_all *a,
                                                  const char *id);

#endif
