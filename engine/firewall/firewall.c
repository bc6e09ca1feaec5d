/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/firewall.c - a container's rules: prepare, apply, remove */
#include "engine/firewall/firewall.h"

#include <string.h>

#include "core/util/fault.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/firewall/conntrack.h"
#include "engine/firewall/rules.h"
#include "engine/firewall/sync.h"

static int
bring_up(ppc_instance *fw, const ppc_rules *r, pp_err *err)
{
    void *self = ppc_instance_self(fw);
    size_t i;
    int rc = 0;

    for (i = 0; i < r->n_nets && rc >= 0; i++)
        rc = ppc_firewall_ops(fw)->net_up(self, &r->nets[i], err);
    if (rc >= 0)
        rc = ppc_fault("firewall.networks", err);
    if (rc >= 0)
        rc = ppc_firewall_ops(fw)->apply(self, &r->rules, err);
    return rc;
}

/* A rule that exists is a port that somebody else has. */
static int
name_owner(int rc, const char *name, pp_err *err)
{
    if (err && -rc == PP_E_EXISTS) {
        err->code = PP_E_PORTINUSE;
        rc = -PP_E_PORTINUSE;
    }
    return pp_wrap(err, rc, "firewall of container %s", name);
}

int
ppc_firewall_prepare(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_FREE char *driver = NULL;
    PP_AUTO_FD int lock = ppc_firewall_lock(rt, err);
    ppc_instance *fw = NULL;
    int rc = lock < 0 ? lock : ppc_firewall_choose(rt, &driver, err);

    /* a driver that is not there could not undo what it is noted for */
    if (rc >= 0)
        rc = ppc_firewall_open(rt, driver, &fw, err);
    if (rc < 0)
        return pp_wrap(err, rc, "firewall of container %s", c->config->name);
    free(c->state->firewall);
    c->state->firewall = pp_steal(&driver);
    return 0;
}

/* Between prepare and apply all rules may have moved to another driver, or
 * begun to move with a process that died. */
static int
settle(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_FACTS ppc_firewall_facts f = {0};
    pp_err local = {0};
    int rc = ppc_firewall_facts_read(rt, &f, err);

    if (rc < 0)
        return rc;
    if (ppc_firewall_recover(rt, &f, &local) < 0)
        ppc_log(PP_LOG_WARNING, "%s; \"polypod firewall sync\" tries it again",
                local.msg);
    if (!f.driver || ppc_str_eq(c->state->firewall, f.driver))
        return 0;
    free(c->state->firewall);
    c->state->firewall = pp_steal(&f.driver);
    return ppc_state_save_container(rt->state, c, err);
}

int
ppc_firewall_apply(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_RULES ppc_rules r = {0};
    PP_AUTO_FD int lock = -1;
    ppc_instance *fw = NULL;
    int rc;

    rc = ppc_rules_make(c, &r, err);
    if (rc < 0 || (!r.n_nets && !r.rules.n_addrs))
        return rc;
    lock = ppc_firewall_lock(rt, err);
    if (lock < 0)
        return lock;
    rc = settle(rt, c, err);
    if (rc >= 0)
        rc = ppc_firewall_open(rt, c->state->firewall, &fw, err);
    if (rc >= 0)
        rc = bring_up(fw, &r, err);
    if (rc >= 0)
        ppc_conntrack_forget(c, true);
    return rc < 0 ? name_owner(rc, c->config->name, err) : 0;
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

/* Does another container that has rules use the network? */
static bool
is_used(ppc_ctr *const *list, const char *net, const ppc_ctr *but)
{
    for (; *list; list++)
        if ((*list)->state->firewall && is_on(*list, net) &&
            strcmp((*list)->config->id, but->config->id))
            return true;
    return false;
}

/* Take down the networks of c that no other container has rules on. */
static int
lower_networks(pp_runtime *rt, const ppc_ctr *c, ppc_instance *fw, pp_err *err)
{
    const pp_json *status = c->state->network_status;
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    size_t i;
    int rc = ppc_state_every_container(rt->state, &list, err);

    for (i = 0; rc >= 0 && i < pp_json_len(status); i++) {
        const char *net = pp_json_get_str(pp_json_at(status, i), "network");

        if (!is_used(list, net, c))
            rc =
                ppc_firewall_ops(fw)->net_down(ppc_instance_self(fw), net, err);
    }
    return rc;
}

/*
 * Remove from a driver that is not in force: the one that the record names,
 * when it was saved by somebody who had read it before a switch, and both of
 * a switch that did not finish.  Its absence must not keep a container from
 * going.
 */
static void
remove_from(pp_runtime *rt, const ppc_ctr *c, const char *driver)
{
    ppc_instance *fw = NULL;
    pp_err err = {0};
    int rc = ppc_firewall_open(rt, driver, &fw, &err);

    if (rc >= 0)
        rc = ppc_firewall_ops(fw)->remove(ppc_instance_self(fw), c->config->id,
                                          &err);
    if (rc >= 0)
        rc = lower_networks(rt, c, fw, &err);
    if (rc < 0)
        ppc_log(PP_LOG_WARNING, "container %s: firewall %s: %s",
                c->config->name, driver, err.msg);
}

static int
remove_all(pp_runtime *rt, ppc_ctr *c, const ppc_firewall_facts *f, pp_err *err)
{
    const char *driver = f->driver ? f->driver : c->state->firewall;
    const char *others[3];
    ppc_instance *fw = NULL;
    size_t i;
    int rc = ppc_firewall_open(rt, driver, &fw, err);

    if (rc >= 0)
        rc = ppc_firewall_ops(fw)->remove(ppc_instance_self(fw), c->config->id,
                                          err);
    if (rc >= 0)
        rc = ppc_fault("firewall.removed", err);
    if (rc >= 0)
        ppc_conntrack_forget(c, false);
    if (rc >= 0)
        rc = lower_networks(rt, c, fw, err);
    if (rc >= 0)
        rc = ppc_fault("firewall.lowered", err);
    if (rc < 0)
        return rc;
    others[0] = c->state->firewall;
    others[1] = f->from;
    others[2] = f->to;
    for (i = 0; i < 3; i++)
        if (others[i] && strcmp(others[i], driver))
            remove_from(rt, c, others[i]);
    /* Saved last: who dies before has it all to do again.  And still under
     * the lock: of two who leave, one sees that it is the last. */
    free(pp_steal(&c->state->firewall));
    return ppc_state_save_container(rt->state, c, err);
}

int
ppc_firewall_remove(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_FACTS ppc_firewall_facts f = {0};
    PP_AUTO_FD int lock = -1;
    int rc;

    if (!c->state->firewall)
        return 0;
    lock = ppc_firewall_lock(rt, err);
    if (lock < 0)
        return lock;
    rc = ppc_firewall_facts_read(rt, &f, err);
    if (rc >= 0)
        rc = remove_all(rt, c, &f, err);
    return rc < 0
               ? pp_wrap(err, rc, "firewall of container %s", c->config->name)
               : 0;
}
