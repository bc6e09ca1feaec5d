/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/show.h - a container's state in the words people know */
#ifndef ENGINE_CONTAINER_SHOW_H
#define ENGINE_CONTAINER_SHOW_H

#include "engine/state/record.h"

/* "created" for one that was never started, "exited" for one that ended. */
const char *ppc_show_state(int32_t state);

/* "Up 5 minutes", "Exited (0) 2 hours ago", "Created". Caller frees. */
char *ppc_show_status(const ppc_ctr_state *s);

/* [{"host_ip","container_port","host_port","range","protocol"}]. Caller
 * unrefs; NULL when out of memory. */
pp_json *ppc_show_ports(const ppc_ctr_config *c);

#endif
