/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/reload.c - the network of a running container, mended */
#include <polypod/firewall_admin.h>

#include <string.h>

#include "engine/container/container.h"
#include "engine/firewall/firewall.h"
#include "engine/network/network.h"

static int
check_reloadable(const ppc_ctr *c, pp_err *err)
{
    const int32_t state = c->state->state;

    if (!c->config->create_net_ns)
        return pp_fail(err, PP_E_INVAL, 0,
                       "container %s has no network of its own (%s), so there "
                       "is none to reload",
                       c->config->name, c->config->net_mode);
    if ((state != PPC_CTR_RUNNING && state != PPC_CTR_PAUSED &&
         state != PPC_CTR_CREATED) ||
        !c->netns || !c->state->firewall)
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "container %s is %s: only a running one has a network "
                       "to reload",
                       c->config->name, ppc_ctr_state_name(state));
    return 0;
}

int
pp_network_reload(pp_runtime *rt, const char *ref, char id[PP_ID_MAX],
                  pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    int applied;
    int rc = ppc_held_take(rt, ref, &h, err);

    if (rc >= 0)
        rc = check_reloadable(h.ctr, err);
    if (rc < 0)
        return rc;
    rc = ppc_network_mend(rt, h.ctr, err);
    /* one network that cannot be mended must not cost the others' rules */
    applied = ppc_firewall_apply(rt, h.ctr, rc < 0 ? NULL : err);
    if (rc >= 0)
        rc = applied;
    if (rc < 0)
        return pp_wrap(err, rc, "reloading the network of container %s",
                       h.ctr->config->name);
    snprintf(id, PP_ID_MAX, "%s", h.ctr->config->id);
    return 0;
}
