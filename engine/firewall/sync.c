/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/sync.c - the kernel made to agree; see sync.h */
#include "engine/firewall/sync.h"

#include <polypod/firewall_admin.h>

#include <string.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/firewall/conntrack.h"
#include "engine/firewall/owners.h"
#include "engine/json.h"
#include "engine/lock/lock.h"

int
ppc_firewall_fill(pp_runtime *rt, const char *driver, const ppc_firewall_all *a,
                  pp_err *err)
{
    ppc_instance *fw = NULL;
    int rc = ppc_firewall_open(rt, driver, &fw, err);

    if (rc >= 0)
        rc = ppc_firewall_ops(fw)->sync(ppc_instance_self(fw), &a->all, err);
    return rc < 0 ? pp_wrap(err, rc, "firewall %s", driver) : 0;
}

int
ppc_firewall_empty(pp_runtime *rt, const char *driver, pp_err *err)
{
    const pp_fw_all nothing = {.struct_size = sizeof nothing};
    ppc_instance *fw = NULL;
    pp_err local = {0};
    int rc = ppc_firewall_open(rt, driver, &fw, &local);

    if (rc == -PP_E_PLUGINABSENT) {
        ppc_log(PP_LOG_WARNING,
                "rules of the firewall driver %s, if there are any, stay, "
                "because only it can remove them: %s",
                driver, local.msg);
        return 0;
    }
    if (rc >= 0)
        rc =
            ppc_firewall_ops(fw)->sync(ppc_instance_self(fw), &nothing, &local);
    if (rc >= 0)
        return 0;
    return pp_fail(err, -rc, 0, "cannot remove the rules of %s: %s", driver,
                   local.msg);
}

int
ppc_firewall_recover(pp_runtime *rt, const ppc_firewall_facts *f, pp_err *err)
{
    PP_AUTO_ALL ppc_firewall_all a = {0};
    const char *left;
    int rc;

    if (!f->to || !f->driver)
        return 0;
    left = strcmp(f->driver, f->to) ? f->to : f->from;
    ppc_log(PP_LOG_WARNING,
            "a switch of the firewall from %s to %s did not finish: %s is in "
            "force",
            f->from, f->to, f->driver);
    rc = ppc_firewall_all_make(rt, &a, err);
    if (rc >= 0)
        rc = ppc_firewall_empty(rt, left, err);
    /* also for what both set: route_localnet of a bridge */
    if (rc >= 0)
        rc = ppc_firewall_fill(rt, f->driver, &a, err);
    if (rc < 0)
        return rc;
    ppc_firewall_adopt(rt, a.list, f->driver);
    return ppc_firewall_intend(rt, NULL, NULL, err);
}

/* Needs no waiting: whoever holds a container now, looks at the fact itself
 * when he comes to the firewall. */
static int
adopt_one(pp_runtime *rt, ppc_ctr *c, const char *driver, pp_err *err)
{
    PP_AUTO_FD int lock = -1;
    char *name;
    int rc;

    lock = ppc_lock_take(rt->lock_dir, c->config->id, 0, c->config->name,
                         "engine.lock_timeout", err);
    if (lock < 0)
        return lock;
    rc = ppc_state_update_container(rt->state, c, err);
    if (rc == -PP_E_NOSUCHCTR)
        ppc_lock_forget(rt->lock_dir, c->config->id);
    if (rc < 0 || !c->state->firewall || !strcmp(c->state->firewall, driver))
        return rc;
    name = strdup(driver);
    if (!name)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a driver");
    free(c->state->firewall);
    c->state->firewall = name;
    return ppc_state_save_container(rt->state, c, err);
}

void
ppc_firewall_adopt(pp_runtime *rt, ppc_ctr **list, const char *driver)
{
    pp_err err = {0};

    for (; *list; list++) {
        const ppc_ctr_state *s = (*list)->state;

        if (s->firewall && strcmp(s->firewall, driver) &&
            adopt_one(rt, *list, driver, &err) < 0)
            ppc_log(PP_LOG_DEBUG, "container %s keeps the note %s: %s",
                    (*list)->config->name, s->firewall, err.msg);
    }
}

/* Drivers that records name beside the one in force have no rules to keep:
 * what they may have is left over. */
static int
empty_others(pp_runtime *rt, const ppc_firewall_all *a, const char *driver,
             pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **done = NULL;
    size_t i;
    int rc = 0;

    for (i = 0; i < a->n_owners && rc >= 0; i++) {
        const char *other = a->owners[i].ctr->state->firewall;

        if (!strcmp(other, driver) || ppc_strv_has(ppc_strv_c(done), other))
            continue;
        rc = ppc_firewall_empty(rt, other, err);
        if (rc >= 0 && ppc_strv_add(&done, other))
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for a driver");
    }
    return rc;
}

/* The owners in the kernel that no record stands for. */
static int
find_dead(pp_runtime *rt, const char *driver, const ppc_firewall_all *a,
          pp_json **dead, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **found = NULL;
    size_t i;
    int rc = ppc_firewall_owners(rt, driver, &found, err);

    *dead = rc < 0 ? NULL : pp_json_array();
    for (i = 0; rc >= 0 && found && found[i]; i++)
        if (!ppc_firewall_owner_find(a, found[i]) &&
            pp_json_add(*dead, pp_json_string(found[i])))
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for a report");
    return rc;
}

static int
report_sync(const ppc_firewall_all *a, const char *driver, pp_json *dead,
            pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = pp_json_object();

    if (pp_json_put(v, "Driver", pp_json_string(driver)) ||
        pp_json_put(v, "Containers", pp_json_int((int64_t)a->n_owners)) ||
        pp_json_put(v, "Networks", pp_json_int((int64_t)a->n_nets)) ||
        pp_json_put(v, "Removed", dead ? pp_json_ref(dead) : pp_json_array()))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a report");
    *out = pp_steal(&v);
    return 0;
}

static int
sync_all(pp_runtime *rt, const char *driver, const ppc_firewall_all *a,
         pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *dead = NULL;
    size_t i;
    int rc = 0;

    /* a damaged table may be unreadable, and sync mends it */
    if (find_dead(rt, driver, a, &dead, NULL) < 0)
        ppc_log(PP_LOG_DEBUG, "firewall %s: no list of owners", driver);
    rc = empty_others(rt, a, driver, err);
    if (rc >= 0)
        rc = ppc_firewall_fill(rt, driver, a, err);
    if (rc < 0)
        return rc;
    for (i = 0; i < a->n_owners; i++)
        ppc_conntrack_forget(a->owners[i].ctr, true);
    ppc_firewall_adopt(rt, a->list, driver);
    rc = report_sync(a, driver, dead, out, err);
    if (rc >= 0 && a->n_bad)
        rc = pp_fail(err, PP_E_CORRUPT, 0,
                     "%zu container(s) with an unusable network status have "
                     "no rules; restart them",
                     a->n_bad);
    return rc;
}

int
pp_firewall_sync(pp_runtime *rt, pp_json **out, pp_err *err)
{
    PP_AUTO_FACTS ppc_firewall_facts f = {0};
    PP_AUTO_ALL ppc_firewall_all a = {0};
    PP_AUTO_FD int lock = -1;
    int rc = ppc_runtime_check(rt, err);

    if (rc < 0)
        return rc;
    lock = ppc_firewall_lock(rt, err);
    if (lock < 0)
        return lock;
    rc = ppc_firewall_facts_read(rt, &f, err);
    if (rc >= 0)
        rc = ppc_firewall_recover(rt, &f, err);
    if (rc >= 0)
        rc = ppc_firewall_all_make(rt, &a, err);
    if (rc < 0)
        return rc;
    if (!f.driver) /* no container ever needed one */
        return report_sync(&a, "", NULL, out, err);
    return sync_all(rt, f.driver, &a, out, err);
}
