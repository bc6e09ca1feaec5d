/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/show.c - networks as people know them; definition.h */
#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/network/definition.h"

/* What the networks are shown with. */
typedef struct view {
    ppc_ctr **ctrs;
    char *folder;
} view;

static pp_json *
show_range(const pp_json *range)
{
    pp_json *lease = pp_json_object();
    pp_json *v = pp_json_object();
    const char *gateway = pp_json_get_str(range, "gateway");
    const char *first = pp_json_get_str(range, "rangeStart");
    const char *last = pp_json_get_str(range, "rangeEnd");
    int bad = pp_json_put(v, "subnet",
                          pp_json_string(pp_json_get_str(range, "subnet")));

    if (*gateway)
        bad |= pp_json_put(v, "gateway", pp_json_string(gateway));
    if (*first)
        bad |= pp_json_put(lease, "start_ip", pp_json_string(first));
    if (*last)
        bad |= pp_json_put(lease, "end_ip", pp_json_string(last));
    if (*first || *last)
        bad |= pp_json_put(v, "lease_range", lease);
    else
        pp_json_unref(lease);
    if (!bad)
        return v;
    pp_json_unref(v);
    return NULL;
}

static int
put_subnets(const ppc_net *net, pp_json *v)
{
    pp_json *list = pp_json_array();
    const pp_json *range;
    bool ipv6 = false;
    size_t i;
    int bad = !list;

    for (i = 0; (range = ppc_net_range(net, i)) && !bad; i++) {
        ipv6 = ipv6 || strchr(pp_json_get_str(range, "subnet"), ':');
        bad = pp_json_add(list, show_range(range));
    }
    if (bad) {
        pp_json_unref(list);
        return -1;
    }
    return pp_json_put(v, "subnets", list) ||
           pp_json_put(v, "ipv6_enabled", pp_json_bool(ipv6));
}

static int
put_created(const view *w, const ppc_net *net, pp_json *v)
{
    const char *created =
        pp_json_str(pp_json_path(net->def, "args.polypod.created"));
    char text[40];

    if (!*created) {
        ppc_time_format(ppc_net_file_time(w->folder, net->name), text);
        created = text;
    }
    return pp_json_put(v, "created", pp_json_string(created));
}

/* A copy of an object of strings; an empty one for anything else. */
static pp_json *
copy_object(const pp_json *v)
{
    return pp_json_type(v) == PP_JSON_OBJECT ? pp_json_dup(v)
                                             : pp_json_object();
}

static int
put_options(const ppc_net *net, pp_json *v)
{
    const pp_json *plugin = ppc_net_plugin(net);
    const int64_t mtu = pp_json_get_i64(plugin, "mtu");
    pp_json *options =
        copy_object(pp_json_path(net->def, "args.podman_options"));
    char text[24];
    int bad = 0;

    snprintf(text, sizeof text, "%lld", (long long)mtu);
    if (mtu > 0)
        bad = pp_json_put(options, "mtu", pp_json_string(text));
    bad |= pp_json_put(v, "options", options);
    return bad;
}

static bool
has_plugin(const ppc_net *net, const char *type)
{
    const pp_json *list = pp_json_get(net->def, "plugins");
    size_t i;

    for (i = 0; i < pp_json_len(list); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(list, i), "type"), type))
            return true;
    return false;
}

static const char *
mac_of(const pp_json *att)
{
    const pp_json *list = pp_json_get(att, "interfaces");
    size_t i;

    for (i = 0; i < pp_json_len(list); i++)
        if (*pp_json_get_str(pp_json_at(list, i), "sandbox"))
            return pp_json_get_str(pp_json_at(list, i), "mac");
    return "";
}

static pp_json *
show_interface(const pp_json *att)
{
    const pp_json *ips = pp_json_get(att, "ips");
    pp_json *subnets = pp_json_array();
    pp_json *v = pp_json_object();
    size_t i;
    int bad = 0;

    for (i = 0; i < pp_json_len(ips); i++) {
        const pp_json *ip = pp_json_at(ips, i);
        const char *gw = pp_json_get_str(ip, "gateway");
        pp_json *one = pp_json_object();

        bad |= pp_json_put(one, "ipnet",
                           pp_json_string(pp_json_get_str(ip, "address")));
        if (*gw)
            bad |= pp_json_put(one, "gateway", pp_json_string(gw));
        bad |= pp_json_add(subnets, one);
    }
    bad |= pp_json_put(v, "subnets", subnets);
    bad |= pp_json_put(v, "mac_address", pp_json_string(mac_of(att)));
    if (!bad)
        return v;
    pp_json_unref(v);
    return NULL;
}

/* Its interfaces on the network; an empty object if it is not attached. */
static pp_json *
show_interfaces(const ppc_ctr *c, const char *net)
{
    const pp_json *status = c->state->network_status;
    pp_json *v = pp_json_object();
    size_t i;
    int bad = 0;

    for (i = 0; i < pp_json_len(status); i++) {
        const pp_json *att = pp_json_at(status, i);

        if (!strcmp(pp_json_get_str(att, "network"), net))
            bad |= pp_json_put(v, pp_json_get_str(att, "ifname"),
                               show_interface(att));
    }
    if (!bad)
        return v;
    pp_json_unref(v);
    return NULL;
}

static int
put_containers(const view *w, const ppc_net *net, pp_json *v)
{
    pp_json *all = pp_json_object();
    ppc_ctr **c;
    int bad = !all;

    for (c = w->ctrs; *c && !bad; c++) {
        pp_json *interfaces = show_interfaces(*c, net->name);
        pp_json *one;

        if (interfaces && !pp_json_len(interfaces)) {
            pp_json_unref(interfaces);
            continue;
        }
        one = pp_json_object();
        bad = pp_json_put(one, "name", pp_json_string((*c)->config->name));
        bad |= pp_json_put(one, "interfaces", interfaces);
        bad |= pp_json_put(all, (*c)->config->id, one);
    }
    return bad | pp_json_put(v, "containers", all);
}

static int
put_ipam(const ppc_net *net, pp_json *v)
{
    const pp_json *ipam = pp_json_get(ppc_net_plugin(net), "ipam");
    pp_json *options = pp_json_object();
    int bad = pp_json_put(options, "driver",
                          pp_json_string(pp_json_get_str(ipam, "type")));

    return bad | pp_json_put(v, "ipam_options", options);
}

static pp_json *
show_net(const view *w, const ppc_net *net)
{
    const char *type = pp_json_get_str(ppc_net_plugin(net), "type");
    pp_json *v = pp_json_object();
    char id[PPC_NET_ID];

    ppc_net_id(net->name, id);
    if (!pp_json_put(v, "name", pp_json_string(net->name)) &&
        !pp_json_put(v, "id", pp_json_string(id)) &&
        !pp_json_put(v, "driver", pp_json_string(type)) &&
        !pp_json_put(v, "network_interface", pp_json_string(net->bridge)) &&
        !put_created(w, net, v) && !put_subnets(net, v) &&
        !pp_json_put(v, "internal",
                     pp_json_bool(net->flags & PP_NET_INTERNAL)) &&
        !pp_json_put(v, "dns_enabled",
                     pp_json_bool(has_plugin(net, "dnsname"))) &&
        !pp_json_put(
            v, "labels",
            copy_object(pp_json_path(net->def, "args.podman_labels"))) &&
        !put_options(net, v) && !put_ipam(net, v) && !put_containers(w, net, v))
        return v;
    pp_json_unref(v);
    return NULL;
}

static int
show_all(const view *w, const ppc_nets *nets, pp_json **out)
{
    pp_json *list = pp_json_array();
    size_t i;
    int bad = !list;

    for (i = 0; i < nets->n && !bad; i++)
        bad = pp_json_add(list, show_net(w, &nets->v[i]));
    if (bad)
        pp_json_unref(list);
    else
        *out = list;
    return bad;
}

int
ppc_nets_show(pp_runtime *rt, const ppc_nets *nets, const ppc_net *one,
              pp_json **out, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **ctrs = NULL;
    PP_AUTO_FREE char *folder = ppc_net_folder(rt);
    view w = {NULL, folder};
    int bad;
    int rc = ppc_state_every_container(rt->state, &ctrs, err);

    if (rc < 0)
        return rc;
    w.ctrs = ctrs;
    if (one) {
        *out = show_net(&w, one);
        bad = !*out;
    } else {
        bad = show_all(&w, nets, out);
    }
    return bad || !folder
               ? pp_fail(err, PP_E_NOMEM, 0, "no memory for networks")
               : 0;
}
