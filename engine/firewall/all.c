/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/all.c - from all records to one wish; see all.h */
#include "engine/firewall/all.h"

#include <string.h>

#include "core/util/log.h"
#include "core/util/strv.h"

void
ppc_firewall_all_clear(ppc_firewall_all *a)
{
    size_t i;

    for (i = 0; i < a->n_owners; i++)
        ppc_rules_clear(&a->owners[i].rules);
    for (i = 0; i < a->n_nets; i++)
        ppc_strv_free(a->nets[i].subnets);
    free(a->owners);
    free(a->nets);
    free(a->rule_list);
    free(a->net_list);
    ppc_ctrs_free(a->list);
    memset(a, 0, sizeof *a);
}

static int
fail_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for firewall rules");
}

/* Owners of one entry per container, so that their places never change. */
static int
make_room(ppc_firewall_all *a, pp_err *err)
{
    size_t n = 0;

    while (a->list[n])
        n++;
    a->owners = calloc(n + 1, sizeof *a->owners);
    a->rule_list = calloc(n + 1, sizeof *a->rule_list);
    return a->owners && a->rule_list ? 0 : fail_memory(err);
}

static int
add_owner(ppc_firewall_all *a, const ppc_ctr *c, pp_err *err)
{
    ppc_firewall_owner *o = &a->owners[a->n_owners];
    pp_err local = {0};
    int rc = ppc_rules_make(c, &o->rules, &local);

    if (rc >= 0 && (o->rules.n_nets || o->rules.rules.n_addrs)) {
        o->ctr = c;
        a->rule_list[a->n_owners++] = &o->rules.rules;
        return 0;
    }
    ppc_rules_clear(&o->rules);
    if (rc >= 0)
        return 0;
    if (rc == -PP_E_NOMEM)
        return fail_memory(err);
    ppc_log(PP_LOG_ERROR, "firewall: %s", local.msg);
    a->n_bad++;
    return 0;
}

static ppc_firewall_net *
find_net(ppc_firewall_all *a, const char *name)
{
    size_t i;

    for (i = 0; i < a->n_nets; i++)
        if (!strcmp(a->nets[i].net.net, name))
            return &a->nets[i];
    return &a->nets[a->n_nets];
}

static int
merge_net(ppc_firewall_all *a, const pp_fw_net *net, int64_t started,
          pp_err *err)
{
    ppc_firewall_net *n = find_net(a, net->net);
    uint32_t i;

    if (n == &a->nets[a->n_nets])
        a->n_nets++;
    if (!n->net.net || started > n->started) {
        n->net = *net;
        n->started = started;
    }
    for (i = 0; i < net->n_subnets; i++)
        if (!ppc_strv_has(ppc_strv_c(n->subnets), net->subnets[i]) &&
            ppc_strv_add(&n->subnets, net->subnets[i]))
            return fail_memory(err);
    return 0;
}

static int
merge_nets(ppc_firewall_all *a, pp_err *err)
{
    size_t n = 0;
    size_t i, k;
    int rc = 0;

    for (i = 0; i < a->n_owners; i++)
        n += a->owners[i].rules.n_nets;
    a->nets = calloc(n + 1, sizeof *a->nets);
    a->net_list = calloc(n + 1, sizeof *a->net_list);
    if (!a->nets || !a->net_list)
        return fail_memory(err);
    for (i = 0; i < a->n_owners && rc >= 0; i++)
        for (k = 0; k < a->owners[i].rules.n_nets && rc >= 0; k++)
            rc = merge_net(a, &a->owners[i].rules.nets[k],
                           a->owners[i].ctr->state->started, err);
    for (i = 0; i < a->n_nets && rc >= 0; i++) {
        a->nets[i].net.subnets = ppc_strv_c(a->nets[i].subnets);
        a->nets[i].net.n_subnets =
            (uint32_t)ppc_strv_len(ppc_strv_c(a->nets[i].subnets));
        a->net_list[i] = &a->nets[i].net;
    }
    return rc;
}

int
ppc_firewall_all_make(pp_runtime *rt, ppc_firewall_all *out, pp_err *err)
{
    size_t i;
    int rc = ppc_state_every_container(rt->state, &out->list, err);

    if (rc >= 0)
        rc = make_room(out, err);
    for (i = 0; rc >= 0 && out->list[i]; i++)
        if (out->list[i]->state->firewall)
            rc = add_owner(out, out->list[i], err);
    if (rc >= 0)
        rc = merge_nets(out, err);
    if (rc < 0) {
        ppc_firewall_all_clear(out);
        return rc;
    }
    out->all = (pp_fw_all){.struct_size = sizeof out->all,
                           .nets = out->net_list,
                           .rules = out->rule_list,
                           .n_nets = (uint32_t)out->n_nets,
                           .n_rules = (uint32_t)out->n_owners};
    return 0;
}
