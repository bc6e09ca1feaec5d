/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/nets.c - networks as the plugin gives them; definition.h */
#include <string.h>

#include "core/util/sha256.h"
#include "core/util/sink.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/network/definition.h"

static void
net_clear(ppc_net *net)
{
    free(net->name);
    free(net->bridge);
    pp_json_unref(net->def);
}

void
ppc_nets_clear(ppc_nets *nets)
{
    size_t i;

    for (i = 0; i < nets->n; i++)
        net_clear(&nets->v[i]);
    free(nets->v);
    *nets = (ppc_nets){NULL, 0};
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const ppc_net *)a)->name, ((const ppc_net *)b)->name);
}

static int
load_one(pp_runtime *rt, const char *name, ppc_net *out, pp_err *err)
{
    struct pp_sink bridge = {.max = 64};
    struct pp_sink json = {.max = 1 << 20};
    pp_net_info info = {
        .struct_size = sizeof info, .bridge = &bridge, .json = &json};
    const pp_net_ops *ops = ppc_instance_ops(rt->network);
    ppc_net net = {0};
    int rc = ops->info(ppc_instance_self(rt->network), name, &info, err);

    if (rc >= 0)
        rc = pp_json_parse(ppc_str_get(&json.s) ? ppc_str_get(&json.s) : "",
                           json.s.n, name, &net.def, err);
    if (rc >= 0) {
        net.name = strdup(name);
        net.bridge = strdup(bridge.s.n ? ppc_str_get(&bridge.s) : "");
        net.flags = info.flags;
        if (!net.name || !net.bridge)
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s", name);
    }
    ppc_sink_clear(&bridge);
    ppc_sink_clear(&json);
    if (rc < 0)
        net_clear(&net);
    else
        *out = net;
    return rc;
}

/* names: each followed by a NUL.  One that is gone by now is left out. */
static int
load_each(pp_runtime *rt, const char *names, size_t n, ppc_nets *out,
          pp_err *err)
{
    const char *end = names + n;
    ppc_net *v;
    int rc = 0;

    for (; names < end && rc >= 0; names += strlen(names) + 1) {
        v = reallocarray(out->v, out->n + 1, sizeof *v);
        if (!v)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for networks");
        out->v = v;
        rc = load_one(rt, names, &v[out->n], err);
        if (rc >= 0)
            out->n++;
        else if (rc == -PP_E_NOTFOUND)
            rc = 0;
    }
    return rc;
}

int
ppc_nets_load(pp_runtime *rt, ppc_nets *out, pp_err *err)
{
    struct pp_sink names = {{0}, 0};
    const pp_net_ops *ops;
    int rc = ppc_network_open(rt, err);

    if (rc < 0)
        return rc;
    ops = ppc_instance_ops(rt->network);
    rc = ops->list(ppc_instance_self(rt->network), &names, err);
    if (rc >= 0 && names.s.n)
        rc = load_each(rt, ppc_str_get(&names.s), names.s.n, out, err);
    ppc_sink_clear(&names);
    if (rc < 0)
        ppc_nets_clear(out);
    else if (out->n)
        qsort(out->v, out->n, sizeof *out->v, by_name);
    return rc;
}

void
ppc_net_id(const char *name, char out[PPC_NET_ID])
{
    ppc_sha256 s;

    ppc_sha256_init(&s);
    ppc_sha256_add(&s, name, strlen(name));
    ppc_sha256_hex(&s, out);
}

int
ppc_nets_find(const ppc_nets *nets, const char *ref, const ppc_net **out,
              pp_err *err)
{
    const ppc_net *found = NULL;
    char id[PPC_NET_ID];
    size_t i;

    for (i = 0; i < nets->n; i++)
        if (!strcmp(nets->v[i].name, ref)) {
            *out = &nets->v[i];
            return 0;
        }
    for (i = 0; i < nets->n && *ref; i++) {
        ppc_net_id(nets->v[i].name, id);
        if (!ppc_str_has_prefix(id, ref))
            continue;
        if (found)
            return pp_fail(err, PP_E_AMBIGUOUS, 0,
                           "network ID \"%s\" fits %s and %s: give more "
                           "digits",
                           ref, found->name, nets->v[i].name);
        found = &nets->v[i];
    }
    if (!found)
        return pp_fail(err, PP_E_NOTFOUND, 0, "no network \"%s\"", ref);
    *out = found;
    return 0;
}

const pp_json *
ppc_net_plugin(const ppc_net *net)
{
    return pp_json_at(pp_json_get(net->def, "plugins"), 0);
}

/* "ranges" is a list of lists; host-local also takes one range beside it. */
const pp_json *
ppc_net_range(const ppc_net *net, size_t i)
{
    const pp_json *ipam = pp_json_get(ppc_net_plugin(net), "ipam");
    const pp_json *sets = pp_json_get(ipam, "ranges");
    size_t set;

    if (pp_json_has(ipam, "subnet") && !i--)
        return ipam;
    for (set = 0; set < pp_json_len(sets); set++) {
        size_t n = pp_json_len(pp_json_at(sets, set));

        if (i < n)
            return pp_json_at(pp_json_at(sets, set), i);
        i -= n;
    }
    return NULL;
}

int
ppc_net_subnets(const ppc_net *net, ppc_subnets *out, pp_err *err)
{
    const pp_json *range;
    ppc_subnet s;
    size_t i;

    for (i = 0; (range = ppc_net_range(net, i)); i++)
        if (!ppc_subnet_parse(pp_json_get_str(range, "subnet"), &s) &&
            ppc_subnets_add(out, &s))
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for subnets");
    return 0;
}
