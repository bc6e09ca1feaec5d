/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/owners.c - owners found and wanted; see owners.h */
#include "engine/firewall/owners.h"

#include <polypod/firewall_admin.h>

#include <string.h>

#include "core/util/strv.h"
#include "engine/container/show.h"
#include "engine/firewall/driver.h"
#include "engine/json.h"

static int
fail_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of owners");
}

int
ppc_firewall_owners(pp_runtime *rt, const char *driver, char ***out,
                    pp_err *err)
{
    __attribute__((cleanup(ppc_auto_sink))) pp_sink sink = {0};
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    ppc_instance *fw = NULL;
    size_t at;
    int rc = ppc_firewall_open(rt, driver, &fw, err);

    if (rc >= 0)
        rc = ppc_firewall_ops(fw)->list(ppc_instance_self(fw), &sink, err);
    if (rc < 0)
        return pp_wrap(err, rc, "firewall %s", driver);
    /* each ends with a NUL, the string as a whole too */
    for (at = 0; at < sink.s.n; at += strlen(sink.s.p + at) + 1)
        if (ppc_strv_add(&ids, sink.s.p + at))
            return fail_memory(err);
    *out = pp_steal(&ids);
    return 0;
}

/* The list of containers, and so the one of owners, is sorted by ID. */
const ppc_firewall_owner *
ppc_firewall_owner_find(const ppc_firewall_all *a, const char *id)
{
    size_t lo = 0;
    size_t hi = a->n_owners;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strcmp(id, a->owners[mid].ctr->config->id);

        if (!order)
            return &a->owners[mid];
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}

static pp_json *
list_addresses(const ppc_firewall_owner *o)
{
    pp_json *list = pp_json_array();
    uint32_t i;

    for (i = 0; i < o->rules.rules.n_addrs; i++)
        if (pp_json_add(list,
                        pp_json_string(o->rules.rules.addrs[i]->address))) {
            pp_json_unref(list);
            return NULL;
        }
    return list;
}

static const char *
status_of(const ppc_firewall_owner *o, bool found)
{
    if (!o)
        return "dead";
    if (found)
        return "present";
    /* a network that does everything itself leaves an owner nothing */
    return o->rules.rules.n_addrs ? "missing" : "none";
}

static int
add_row(pp_json *rows, const char *id, const ppc_firewall_owner *o,
        const char *driver, bool found)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "Id", pp_json_string(id)) ||
        pp_json_put(v, "Name", pp_json_string(o ? o->ctr->config->name : "")) ||
        pp_json_put(v, "Driver", pp_json_string(driver)) ||
        pp_json_put(v, "Status", pp_json_string(status_of(o, found))) ||
        pp_json_put(v, "Addresses", o ? list_addresses(o) : pp_json_array()) ||
        pp_json_put(v, "Ports",
                    o && o->rules.rules.n_ports ? ppc_show_ports(o->ctr->config)
                                                : pp_json_array())) {
        pp_json_unref(v);
        return -PP_E_NOMEM;
    }
    return pp_json_add(rows, v) ? -PP_E_NOMEM : 0;
}

/* Those with rules in the kernel, then those without who should have them. */
static int
add_rows(pp_json *rows, const ppc_firewall_all *a, const char *driver,
         char *const *found)
{
    size_t i;
    int rc = 0;

    for (i = 0; found && found[i] && rc >= 0; i++)
        rc = add_row(rows, found[i], ppc_firewall_owner_find(a, found[i]),
                     driver, true);
    for (i = 0; i < a->n_owners && rc >= 0; i++) {
        const char *id = a->owners[i].ctr->config->id;

        if (!ppc_strv_has(ppc_strv_c(found), id))
            rc = add_row(rows, id, &a->owners[i], driver, false);
    }
    return rc;
}

/* The other driver of an unfinished switch shows what it has. */
static int
add_leftovers(pp_runtime *rt, pp_json *rows, const ppc_firewall_all *a,
              const ppc_firewall_facts *f, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **found = NULL;
    const char *other;
    size_t i;
    int rc = 0;

    if (!f->to)
        return 0;
    other = strcmp(f->driver, f->to) ? f->to : f->from;
    rc = ppc_firewall_owners(rt, other, &found, err);
    for (i = 0; rc >= 0 && found && found[i]; i++)
        if (add_row(rows, found[i], ppc_firewall_owner_find(a, found[i]), other,
                    true) < 0)
            rc = fail_memory(err);
    return rc;
}

int
pp_firewall_list(pp_runtime *rt, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *rows = pp_json_array();
    PP_AUTO(ppc_strv_free) char **found = NULL;
    PP_AUTO_FACTS ppc_firewall_facts f = {0};
    PP_AUTO_ALL ppc_firewall_all a = {0};
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = ppc_firewall_facts_read(rt, &f, err);
    if (rc >= 0 && f.driver) {
        rc = ppc_firewall_owners(rt, f.driver, &found, err);
        if (rc >= 0)
            rc = ppc_firewall_all_make(rt, &a, err);
        if (rc >= 0 && add_rows(rows, &a, f.driver, found) < 0)
            rc = fail_memory(err);
        if (rc >= 0)
            rc = add_leftovers(rt, rows, &a, &f, err);
    }
    if (rc >= 0)
        *out = pp_steal(&rows);
    return rc;
}
