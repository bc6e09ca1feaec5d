/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/drift.h - a plugin's words about a drift, taken apart */
#ifndef ENGINE_FIREWALL_DRIFT_H
#define ENGINE_FIREWALL_DRIFT_H

#include <polypod/json.h>

/*
 * "owner X: missing: A; wanted B, found C; extra: D" as [{"Wanted":A},
 * {"Wanted":B,"Found":C},{"Found":D}]; what has another form becomes a
 * {"Note"}.  To show only: nothing is decided by it.
 *
 * returns  caller unrefs; NULL when out of memory
 */
pp_json *ppc_drift_split(const char *text, const char *owner);

#endif
