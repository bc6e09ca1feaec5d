/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/leave.c - see leave.h */
#include "engine/firewall/leave.h"

#include <string.h>

#include "core/util/str.h"
#include "engine/firewall/conntrack.h"
#include "engine/firewall/rules.h"
#include "engine/json.h"

/* The driver in force, which a switch may have changed since the record was
 * read.  Caller holds the lock of the networks. */
static int
open_in_force(pp_runtime *rt, const ppc_ctr *c, ppc_instance **out,
              pp_err *err)
{
    PP_AUTO_FACTS ppc_firewall_facts f = {0};
    int rc = ppc_firewall_facts_read(rt, &f, err);

    if (rc < 0)
        return rc;
    return ppc_firewall_open(rt, f.driver ? f.driver : c->state->firewall,
                             out, err);
}

int
ppc_firewall_shrink(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_RULES ppc_rules r = {0};
    PP_AUTO_FD int lock = -1;
    ppc_instance *fw = NULL;
    int rc;

    if (!c->state->firewall)
        return 0;
    rc = ppc_rules_make(c, &r, err);
    if (rc < 0 || r.n_nets || r.rules.n_addrs)
        return rc < 0 ? rc : ppc_firewall_apply(rt, c, err);
    lock = ppc_firewall_lock(rt, err);
    if (lock < 0)
        return lock;
    rc = open_in_force(rt, c, &fw, err);
    if (rc < 0)
        return rc;
    rc =
        ppc_firewall_ops(fw)->remove(ppc_instance_self(fw), c->config->id, err);
    if (rc >= 0)
        ppc_conntrack_forget(c, false);
    return rc;
}

static bool
is_on(const ppc_ctr *c, const char *net)
{
    const pp_json *status = c->state->network_status;
    size_t i;

    for (i = 0; i < pp_json_len(status); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(status, i), "network"), net))
            return true;
    return false;
}

int
ppc_firewall_leave(pp_runtime *rt, const ppc_ctr *c, const char *net,
                   pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    PP_AUTO_FD int lock = -1;
    ppc_instance *fw = NULL;
    size_t i;
    int rc;

    if (!c->state->firewall)
        return 0;
    lock = ppc_firewall_lock(rt, err);
    if (lock < 0)
        return lock;
    rc = ppc_state_every_container(rt->state, &list, err);
    for (i = 0; rc >= 0 && list[i]; i++)
        if (list[i]->state->firewall && is_on(list[i], net))
            return 0;
    if (rc >= 0)
        rc = open_in_force(rt, c, &fw, err);
    return rc < 0 ? rc
                  : ppc_firewall_ops(fw)->net_down(ppc_instance_self(fw), net,
                                                   err);
}
