/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/runtime/state_aside.c - what a repair has set aside, and its return */
#include <polypod/state_admin.h>

#include "engine/runtime/admin.h"
#include "engine/state/aside.h"

int
pp_store_quarantine(pp_runtime *rt, const char *ref, pp_json **out, pp_err *err)
{
    PP_AUTO_ADMIN ppc_admin a = PPC_ADMIN_INIT;
    int rc = ppc_admin_open(rt, 0, &a, err);

    if (!rc)
        rc = ppc_state_aside_list(a.state, ref, out, err);
    return ppc_admin_wrap(rt, rc, err);
}

int
pp_store_quarantine_read(pp_runtime *rt, const char *ref, const char *record,
                         char **data, size_t *n, pp_err *err)
{
    PP_AUTO_ADMIN ppc_admin a = PPC_ADMIN_INIT;
    int rc = ppc_admin_open(rt, 0, &a, err);

    if (!rc)
        rc = ppc_state_aside_read(a.state, ref, record, data, n, err);
    return ppc_admin_wrap(rt, rc, err);
}

int
pp_store_quarantine_restore(pp_runtime *rt, const char *ref, pp_json **out,
                            pp_err *err)
{
    PP_AUTO_ADMIN ppc_admin a = PPC_ADMIN_INIT;
    int rc = ppc_admin_open(rt, 0, &a, err);

    if (!rc)
        rc = ppc_state_aside_restore(a.state, ref, out, err);
    return ppc_admin_wrap(rt, rc, err);
}

int
pp_store_quarantine_remove(pp_runtime *rt, const char *ref, pp_json **out,
                           pp_err *err)
{
    PP_AUTO_ADMIN ppc_admin a = PPC_ADMIN_INIT;
    int rc = ppc_admin_open(rt, 0, &a, err);

    if (!rc)
        rc = ppc_state_aside_remove(a.state, ref, out, err);
    return ppc_admin_wrap(rt, rc, err);
}
