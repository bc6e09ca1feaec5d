/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/admin.h - a state store opened for care, not for containers
 *
 * No schema and no paths are asked for: the store may be damaged.
 */
#ifndef ENGINE_RUNTIME_ADMIN_H
#define ENGINE_RUNTIME_ADMIN_H

#include "engine/runtime/runtime.h"
#include "engine/state/audit.h"
#include "engine/state/gate.h"
#include "engine/state/marker.h"

typedef struct ppc_admin {
    pp_runtime *rt;
    int gate;
    ppc_instance *plugin;
    ppc_state *state;
    bool borrowed; /* plugin and state are an open runtime's */
} ppc_admin;

#define PPC_ADMIN_ALONE 0x1u /* nobody else uses the store           */
#define PPC_ADMIN_MAKE 0x2u  /* a store that is not there is made    */

/* Open the configured driver's store, which has to be the one that counts.
 * The result is closed by ppc_admin_close, also after a failure. */
int ppc_admin_open(pp_runtime *rt, uint32_t how, ppc_admin *a, pp_err *err);
void ppc_admin_close(ppc_admin *a);

/* A driver's store in a folder; NULL: its own. It must be one that lasts. */
int ppc_admin_driver(pp_runtime *rt, const char *driver, const char *folder,
                     ppc_instance **plugin, ppc_state **state, pp_err *err);

/* Say which key bounds the wait. Returns rc. */
int ppc_admin_wrap(const pp_runtime *rt, int rc, pp_err *err);

/* Bytes on the disk below a folder, not following links. */
int64_t ppc_dir_size(const char *path);

#define PPC_ADMIN_INIT                                                         \
    {                                                                          \
        NULL, -1, NULL, NULL, false                                            \
    }

static inline void
ppc_auto_admin(ppc_admin *a)
{
    ppc_admin_close(a);
}
#define PP_AUTO_ADMIN __attribute__((cleanup(ppc_auto_admin)))

#endif
