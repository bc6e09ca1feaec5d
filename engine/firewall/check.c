/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/check.c - what the kernel holds against what it should
 *
 * Reads the records and asks the plugin; takes no lock, so a container that
 * starts or ends meanwhile looks like a difference.  It is none if a second
 * look a moment later does not find it.
 */
#include <polypod/firewall_admin.h>

#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/firewall/drift.h"
#include "engine/firewall/driver.h"
#include "engine/firewall/owners.h"
#include "engine/json.h"

#define LOOKS 2
#define PAUSE (200 * PPC_MS)

/* One look at everything. */
typedef struct look {
    pp_runtime *rt;
    ppc_firewall_facts facts;
    ppc_firewall_all all;
    pp_json *report;
    bool clean;
} look;

static int
fail_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for a report");
}

static void
look_clear(look *l)
{
    ppc_firewall_facts_clear(&l->facts);
    ppc_firewall_all_clear(&l->all);
    pp_json_unref(l->report);
    l->report = NULL;
}

/* Status, Text and Differences of what a plugin answered. */
static int
put_answer(look *l, pp_json *row, int rc, const char *owner,
           const pp_err *answer)
{
    const char *text = rc < 0 ? answer->msg : "";

    if (rc < 0)
        l->clean = false;
    if (pp_json_put(row, "Status",
                    pp_json_string(rc >= 0             ? "ok"
                                   : rc == -PP_E_DRIFT ? "drift"
                                                       : "error")) ||
        pp_json_put(row, "Text", pp_json_string(text)) ||
        pp_json_put(row, "Differences", ppc_drift_split(text, owner)))
        return -PP_E_NOMEM;
    return 0;
}

static int
add_container(look *l, pp_json *rows, ppc_instance *fw,
              const ppc_firewall_owner *o)
{
    const ppc_ctr_config *c = o->ctr->config;
    pp_json *row = pp_json_object();
    pp_err answer = {0};
    int rc = ppc_firewall_ops(fw)->check(ppc_instance_self(fw), &o->rules.rules,
                                         &answer);

    if (pp_json_put(row, "Id", pp_json_string(c->id)) ||
        pp_json_put(row, "Name", pp_json_string(c->name)) ||
        pp_json_put(row, "Driver", pp_json_string(l->facts.driver)) ||
        put_answer(l, row, rc, c->id, &answer)) {
        pp_json_unref(row);
        return -PP_E_NOMEM;
    }
    return pp_json_add(rows, row) ? -PP_E_NOMEM : 0;
}

/* Rules of a network; of an older plugin nothing can be said. */
static int
add_net(look *l, pp_json *rows, ppc_instance *fw, const pp_fw_net *net)
{
    const pp_fw_ops *ops = ppc_firewall_ops(fw);
    pp_json *row;
    pp_err answer = {0};
    int rc;

    if (!ops->net_check)
        return 0;
    rc = ops->net_check(ppc_instance_self(fw), net, &answer);
    row = pp_json_object();
    if (pp_json_put(row, "Name", pp_json_string(net->net)) ||
        put_answer(l, row, rc, net->net, &answer)) {
        pp_json_unref(row);
        return -PP_E_NOMEM;
    }
    return pp_json_add(rows, row) ? -PP_E_NOMEM : 0;
}

static int
add_dead(look *l, const char *driver, bool all_of_them, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **found = NULL;
    pp_json *dead = pp_json_get(l->report, "Dead");
    size_t i;
    int rc = ppc_firewall_owners(l->rt, driver, &found, err);

    for (i = 0; rc >= 0 && found && found[i]; i++) {
        pp_json *row;

        if (!all_of_them && ppc_firewall_owner_find(&l->all, found[i]))
            continue;
        l->clean = false;
        row = pp_json_object();
        if (pp_json_put(row, "Id", pp_json_string(found[i])) ||
            pp_json_put(row, "Driver", pp_json_string(driver)) ||
            pp_json_add(dead, pp_json_ref(row)))
            rc = fail_memory(err);
        pp_json_unref(row);
    }
    return rc;
}

/* Says so when rules are on their way from one driver to another. */
static int
put_unfinished(look *l, pp_err *err)
{
    const ppc_firewall_facts *f = &l->facts;
    PP_AUTO_FREE char *text = NULL;

    if (!f->to)
        return pp_json_put(l->report, "Unfinished", pp_json_string(""))
                   ? fail_memory(err)
                   : 0;
    l->clean = false;
    text = ppc_sprintf("%s to %s", f->from, f->to);
    if (!text || pp_json_put(l->report, "Unfinished", pp_json_string(text)))
        return fail_memory(err);
    return add_dead(l, strcmp(f->driver, f->to) ? f->to : f->from, true, err);
}

/* What may defeat the rules, of the driver in force; "" is nothing. */
static int
put_warning(look *l, pp_err *err)
{
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;

    ppc_firewall_warnings(l->rt, l->facts.driver, &text);
    return pp_json_put(l->report, "Warning",
                       pp_json_string(text.n ? ppc_str_get(&text) : ""))
               ? fail_memory(err)
               : 0;
}

static int
start_report(look *l, pp_err *err)
{
    const char *driver = l->facts.driver;

    l->clean = true;
    l->report = pp_json_object();
    if (pp_json_put(l->report, "Clean", pp_json_bool(true)) ||
        pp_json_put(l->report, "Driver",
                    pp_json_string(driver ? driver : "")) ||
        pp_json_put(l->report, "Unfinished", pp_json_string("")) ||
        pp_json_put(l->report, "Warning", pp_json_string("")) ||
        pp_json_put(l->report, "Containers", pp_json_array()) ||
        pp_json_put(l->report, "Networks", pp_json_array()) ||
        pp_json_put(l->report, "Dead", pp_json_array()))
        return fail_memory(err);
    return 0;
}

static int
look_at_driver(look *l, pp_err *err)
{
    pp_json *rows = pp_json_get(l->report, "Containers");
    ppc_instance *fw = NULL;
    size_t i;
    int rc = ppc_firewall_open(l->rt, l->facts.driver, &fw, err);

    if (rc >= 0)
        rc = ppc_firewall_all_make(l->rt, &l->all, err);
    for (i = 0; rc >= 0 && i < l->all.n_owners; i++)
        if (add_container(l, rows, fw, &l->all.owners[i]) < 0)
            rc = fail_memory(err);
    for (i = 0; rc >= 0 && i < l->all.n_nets; i++)
        if (add_net(l, pp_json_get(l->report, "Networks"), fw,
                    &l->all.nets[i].net) < 0)
            rc = fail_memory(err);
    if (rc >= 0)
        rc = add_dead(l, l->facts.driver, false, err);
    if (rc >= 0)
        rc = put_unfinished(l, err);
    if (rc >= 0)
        rc = put_warning(l, err);
    if (l->all.n_bad)
        l->clean = false;
    return rc;
}

static int
look_once(look *l, pp_err *err)
{
    int rc = ppc_firewall_facts_read(l->rt, &l->facts, err);

    if (rc >= 0)
        rc = start_report(l, err);
    if (rc >= 0 && l->facts.driver)
        rc = look_at_driver(l, err);
    if (rc >= 0 && pp_json_put(l->report, "Clean", pp_json_bool(l->clean)))
        rc = fail_memory(err);
    return rc;
}

int
pp_firewall_check(pp_runtime *rt, pp_json **out, pp_err *err)
{
    look l = {.rt = rt};
    int i;
    int rc = ppc_runtime_check(rt, err);

    for (i = 0; i < LOOKS && rc >= 0 && !l.clean; i++) {
        if (i)
            ppc_sleep(PAUSE);
        look_clear(&l);
        rc = look_once(&l, err);
    }
    if (rc >= 0) {
        rc = l.clean ? 0 : 1;
        *out = pp_steal(&l.report);
    }
    look_clear(&l);
    return rc;
}
