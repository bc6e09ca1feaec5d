/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/firewall.c - choose the driver, apply, remove */
#include "engine/firewall/firewall.h"

#include <string.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/firewall/rules.h"
#include "engine/lock/lock.h"

#define META_DRIVER "firewall"

static const pp_fw_ops *
fw_ops(const ppc_instance *i)
{
    return ppc_instance_ops(i);
}

int
ppc_firewall_open(pp_runtime *rt, const char *driver, ppc_instance **out,
                  pp_err *err)
{
    size_t i;
    int rc;

    for (i = 0; i < PPC_FW_MAX && rt->firewalls[i]; i++) {
        const ppc_plugin *p = ppc_instance_plugin(rt->firewalls[i]);

        if (!strcmp(ppc_plugin_desc(p)->name + strlen("fw-"), driver)) {
            *out = rt->firewalls[i];
            return 0;
        }
    }
    if (i == PPC_FW_MAX)
        return pp_fail(err, PP_E_FULL, 0,
                       "more than %d firewall drivers in use", PPC_FW_MAX);
    rc = ppc_runtime_plugin(rt, PP_KIND_FW, driver, &rt->firewalls[i], err);
    if (rc >= 0)
        *out = rt->firewalls[i];
    return rc;
}

/* What a probe says; 0 for a plugin that is not there. */
static int
probe(pp_runtime *rt, const char *driver, ppc_str *why)
{
    PP_AUTO(ppc_plugin_free) ppc_plugin *p = NULL;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    ppc_plugin_dirs dirs = {0};
    pp_err err = {0};
    char name[48];
    int score = 0;
    int rc;

    snprintf(name, sizeof name, "fw-%s", driver);
    rc = ppc_plugin_load(PP_KIND_FW, driver,
                         pp_settings_list(rt->settings, "engine.plugin_dirs"),
                         &p, &err);
    if (rc >= 0)
        rc = ppc_runtime_plugin_dirs(rt, name, &dirs, &err);
    if (rc >= 0)
        rc = ppc_plugin_probe(p, rt->settings, &dirs, &score, &text, &err);
    ppc_runtime_plugin_dirs_free(&dirs);
    ppc_str_printf(why, "%s%s: %s", why->n ? "; " : "", driver,
                   rc < 0 ? err.msg : text.n ? ppc_str_get(&text) : "usable");
    return rc < 0 ? 0 : score;
}

/* nftables before iptables; never none: a container that seems protected
 * and is not would be the worst answer. */
static int
choose_auto(pp_runtime *rt, char **driver, pp_err *err)
{
    static const char *const candidates[] = {"nftables", "iptables"};
    PP_AUTO_STR ppc_str why = PPC_STR_INIT;
    size_t i;

    if (geteuid()) {
        *driver = strdup("none");
        return *driver ? 0 : -PP_E_NOMEM;
    }
    for (i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        if (probe(rt, candidates[i], &why) <= 0)
            continue;
        *driver = strdup(candidates[i]);
        return *driver ? 0 : -PP_E_NOMEM;
    }
    return pp_fail(err, PP_E_UNAVAIL, 0,
                   "firewall.driver is auto, and no driver is usable here: "
                   "%s. Install one, or set firewall.driver = none",
                   ppc_str_get(&why));
}

/* Has any container rules of this driver in force? */
static int
has_owners(pp_runtime *rt, const char *driver, bool *has, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    int rc = ppc_state_every_container(rt->state, &list, err);
    size_t i;

    *has = false;
    for (i = 0; rc >= 0 && list[i] && !*has; i++)
        *has = ppc_str_eq(list[i]->state->firewall, driver);
    return rc;
}

int
ppc_firewall_choose(pp_runtime *rt, char **driver, pp_err *err)
{
    const char *wanted = pp_settings_str(rt->settings, "firewall.driver");
    PP_AUTO_FREE char *stored = NULL;
    bool sticky = false;
    int rc;

    rc = ppc_state_meta_get(rt->state, META_DRIVER, &stored, err);
    if (rc < 0)
        return rc;
    if (stored && strcmp(stored, wanted)) {
        rc = has_owners(rt, stored, &sticky, err);
        if (rc < 0)
            return rc;
    }
    if (stored && (sticky || !strcmp(stored, wanted))) {
        if (sticky && strcmp(wanted, "auto"))
            ppc_log(PP_LOG_WARNING,
                    "firewall.driver is %s, but containers have rules of %s: "
                    "it stays in force until they are stopped",
                    wanted, stored);
        *driver = pp_steal(&stored);
        return 0;
    }
    if (strcmp(wanted, "auto")) {
        *driver = strdup(wanted);
        rc = *driver ? 0 : -PP_E_NOMEM;
    } else {
        rc = choose_auto(rt, driver, err);
    }
    if (rc < 0)
        return rc;
    if (!ppc_str_eq(stored, *driver))
        rc = ppc_state_meta_put(rt->state, META_DRIVER, *driver, err);
    if (rc < 0)
        free(pp_steal(driver));
    return rc;
}

static int
bring_up(ppc_instance *fw, const ppc_rules *r, pp_err *err)
{
    void *self = ppc_instance_self(fw);
    size_t i;
    int rc = 0;

    for (i = 0; i < r->n_nets && rc >= 0; i++)
        rc = fw_ops(fw)->net_up(self, &r->nets[i], err);
    if (rc >= 0)
        rc = fw_ops(fw)->apply(self, &r->rules, err);
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
    ppc_instance *fw = NULL;
    int rc = ppc_firewall_choose(rt, &driver, err);

    /* a driver that is not there could not undo what it is noted for */
    if (rc >= 0)
        rc = ppc_firewall_open(rt, driver, &fw, err);
    if (rc < 0)
        return pp_wrap(err, rc, "firewall of container %s", c->config->name);
    free(c->state->firewall);
    c->state->firewall = pp_steal(&driver);
    return 0;
}

/* Networks come up with their first container and go down with their last;
 * between the two decisions of two processes stands this lock. */
static int
lock_networks(pp_runtime *rt, pp_err *err)
{
    return ppc_lock_take(
        rt->lock_dir, "networks",
        pp_settings_i64(rt->settings, "engine.lock_timeout"),
        "the firewall's networks", "engine.lock_timeout", err);
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
    rc = ppc_firewall_open(rt, c->state->firewall, &fw, err);
    if (rc < 0)
        return rc;
    lock = lock_networks(rt, err);
    if (lock < 0)
        return lock;
    rc = bring_up(fw, &r, err);
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

/* Take down the networks of c that no other container has rules on. */
static int
lower_networks(pp_runtime *rt, const ppc_ctr *c, ppc_instance *fw,
               const char *driver, pp_err *err)
{
    const pp_json *status = c->state->network_status;
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    bool used;
    size_t i, k;
    int rc;

    rc = ppc_state_every_container(rt->state, &list, err);
    for (i = 0; rc >= 0 && i < pp_json_len(status); i++) {
        const char *net = pp_json_get_str(pp_json_at(status, i), "network");

        used = false;
        for (k = 0; list[k] && !used; k++)
            used = strcmp(list[k]->config->id, c->config->id) &&
                   ppc_str_eq(list[k]->state->firewall, driver) &&
                   is_on(list[k], net);
        if (!used)
            rc = fw_ops(fw)->net_down(ppc_instance_self(fw), net, err);
    }
    return rc;
}

int
ppc_firewall_remove(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_FREE char *driver = NULL;
    PP_AUTO_FD int lock = -1;
    ppc_instance *fw = NULL;
    int rc;

    if (!c->state->firewall)
        return 0;
    rc = ppc_firewall_open(rt, c->state->firewall, &fw, err);
    if (rc < 0)
        return pp_wrap(err, rc, "firewall of container %s", c->config->name);
    lock = lock_networks(rt, err);
    if (lock < 0)
        return lock;
    rc = fw_ops(fw)->remove(ppc_instance_self(fw), c->config->id, err);
    if (rc < 0)
        return pp_wrap(err, rc, "firewall of container %s", c->config->name);
    driver = pp_steal(&c->state->firewall);
    /* saved before the look around: of two who leave, one sees it is last */
    rc = ppc_state_save_container(rt->state, c, err);
    if (rc >= 0)
        rc = lower_networks(rt, c, fw, driver, err);
    return rc < 0 ? pp_wrap(err, rc, "firewall of container %s",
                            c->config->name)
                  : 0;
}
