/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/switch.c - move all rules from one driver to another
 *
 *     intent noted -> all rules made by the new one -> each checked
 *     -> new driver enacted (one write: from here on it counts)
 *     -> the old one's rules removed -> records follow -> intent forgotten
 *
 * Until the old ones are removed both drivers hold the same rules, so a
 * connection finds a rule at every moment, and its translation is kept by
 * conntrack anyway.  Who dies on the way leaves the intent, and the next who
 * takes the lock of the networks completes or undoes it by the one fact that
 * was written at one moment (ppc_firewall_recover).
 */
#include <polypod/firewall_admin.h>

#include <string.h>

#include "core/util/str.h"
#include "engine/firewall/sync.h"

/* Does the driver hold what it was given? */
static int
verify(pp_runtime *rt, const char *driver, const ppc_firewall_all *a,
       pp_err *err)
{
    ppc_instance *fw = NULL;
    size_t i;
    int rc = ppc_firewall_open(rt, driver, &fw, err);

    for (i = 0; i < a->n_owners && rc >= 0; i++) {
        rc = ppc_firewall_ops(fw)->check(ppc_instance_self(fw),
                                         &a->owners[i].rules.rules, err);
        if (rc < 0)
            rc = pp_wrap(err, rc, "container %s: firewall %s",
                         a->owners[i].ctr->config->name, driver);
    }
    for (i = 0; i < a->n_nets && rc >= 0; i++) {
        if (!ppc_firewall_ops(fw)->net_check)
            break;
        rc = ppc_firewall_ops(fw)->net_check(ppc_instance_self(fw),
                                             &a->nets[i].net, err);
        if (rc < 0)
            rc = pp_wrap(err, rc, "firewall %s", driver);
    }
    return rc;
}

/* The old one stays: away with what the new one has by now. */
static int
give_up(pp_runtime *rt, const char *from, const char *to,
        const ppc_firewall_all *a, int why, pp_err *err)
{
    const pp_err first = err ? *err : (pp_err){0};
    pp_err local = {0};
    int rc = ppc_firewall_empty(rt, to, &local);

    if (rc >= 0)
        rc = ppc_firewall_fill(rt, from, a, &local);
    if (rc >= 0)
        rc = ppc_firewall_intend(rt, NULL, NULL, &local);
    if (rc >= 0)
        return pp_wrap(err, why, "%s stays in force", from);
    return pp_fail(err, -why, 0,
                   "%s stays in force: %s; \"polypod firewall sync\" undoes "
                   "what was done: %s",
                   from, first.msg, local.msg);
}

/* What is left to do when the new driver counts. */
static int
finish(pp_runtime *rt, const char *from, const char *to,
       const ppc_firewall_all *a, pp_err *err)
{
    int rc = ppc_firewall_empty(rt, from, err);

    /* a driver may clear what both have set: route_localnet of a bridge */
    if (rc >= 0)
        rc = ppc_firewall_fill(rt, to, a, err);
    if (rc >= 0)
        rc = verify(rt, to, a, err);
    ppc_firewall_adopt(rt, a->list, to);
    if (rc >= 0)
        rc = ppc_firewall_intend(rt, NULL, NULL, err);
    return rc < 0 ? pp_wrap(err, rc,
                            "%s is in force; \"polypod firewall sync\" "
                            "completes the switch",
                            to)
                  : 0;
}

static int
move_rules(pp_runtime *rt, const char *from, const char *to,
           const ppc_firewall_all *a, pp_err *err)
{
    int rc = ppc_firewall_intend(rt, from, to, err);

    if (rc < 0)
        return rc;
    rc = ppc_firewall_fill(rt, to, a, err);
    if (rc >= 0)
        rc = verify(rt, to, a, err);
    if (rc < 0)
        return give_up(rt, from, to, a, rc, err);
    rc = ppc_firewall_enact(rt, to, err);
    if (rc < 0) /* nobody knows what was written: both stay, and the intent */
        return pp_wrap(err, rc,
                       "%s or %s is in force; \"polypod firewall sync\" "
                       "decides",
                       from, to);
    return finish(rt, from, to, a, err);
}

/* A record without rules would have none after the switch. */
static int
make_all(pp_runtime *rt, ppc_firewall_all *a, pp_err *err)
{
    int rc = ppc_firewall_all_make(rt, a, err);

    if (rc < 0 || !a->n_bad)
        return rc;
    return pp_fail(err, PP_E_CORRUPT, 0,
                   "%zu container(s) have an unusable network status: stop "
                   "them first",
                   a->n_bad);
}

static int
switch_locked(pp_runtime *rt, const char *to, pp_err *err)
{
    PP_AUTO_FACTS ppc_firewall_facts f = {0};
    PP_AUTO_ALL ppc_firewall_all a = {0};
    ppc_instance *fw = NULL;
    int rc = ppc_firewall_facts_read(rt, &f, err);

    if (rc >= 0)
        rc = ppc_firewall_open(rt, to, &fw, err);
    if (rc >= 0)
        rc = ppc_firewall_recover(rt, &f, err);
    if (rc >= 0)
        rc = make_all(rt, &a, err);
    if (rc < 0)
        return rc;
    if (!f.driver)
        return ppc_firewall_enact(rt, to, err);
    if (!strcmp(f.driver, to)) {
        rc = ppc_firewall_fill(rt, to, &a, err);
        if (rc >= 0)
            ppc_firewall_adopt(rt, a.list, to);
        return rc;
    }
    rc = ppc_firewall_try(rt, to, err);
    return rc < 0 ? rc : move_rules(rt, f.driver, to, &a, err);
}

int
pp_firewall_switch(pp_runtime *rt, const char *driver, pp_err *err)
{
    PP_AUTO_FD int lock = -1;
    int rc = ppc_runtime_check(rt, err);

    if (rc < 0)
        return rc;
    lock = ppc_firewall_lock(rt, err);
    if (lock < 0)
        return lock;
    rc = switch_locked(rt, driver, err);
    return rc < 0 ? pp_wrap(err, rc, "switching the firewall to %s", driver)
                  : 0;
}
