/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/attach.c - attachments made and undone by the plugin */
#include <fcntl.h>
#include <string.h>

#include "core/util/fault.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/network/attachment.h"
#include "engine/network/network.h"

int
ppc_network_open(pp_runtime *rt, pp_err *err)
{
    if (rt->network)
        return 0;
    return ppc_runtime_plugin(rt, PP_KIND_NET,
                              pp_settings_str(rt->settings, "network.driver"),
                              &rt->network, err);
}

static const pp_net_ops *
net_ops(const pp_runtime *rt)
{
    return ppc_instance_ops(rt->network);
}

int
ppc_network_exists(pp_runtime *rt, const char *name, char **real, pp_err *err)
{
    struct pp_sink found = {.max = 4096};
    pp_net_info info = {.struct_size = sizeof info, .name = &found};
    int rc = ppc_network_open(rt, err);

    if (rc >= 0)
        rc = net_ops(rt)->info(ppc_instance_self(rt->network), name, &info,
                               err);
    if (rc >= 0 && real) {
        *real = strdup(found.s.n ? ppc_str_get(&found.s) : name);
        if (!*real)
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for a network");
    }
    ppc_sink_clear(&found);
    return rc;
}

/* The accumulator: each callback adds to one attachment's JSON. */

static int
add_to(pp_json *attachment, const char *list, pp_json *item)
{
    pp_json *a = pp_json_get(attachment, list);

    if (!a && pp_json_put(attachment, list, pp_json_array())) {
        pp_json_unref(item);
        return -PP_E_NOMEM;
    }
    return pp_json_add(pp_json_get(attachment, list), item);
}

static int
on_iface(void *ctx, const pp_net_iface *i)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "name", pp_json_string(i->name)) ||
        pp_json_put(v, "mac", pp_json_string(i->mac)) ||
        pp_json_put(v, "sandbox", pp_json_string(i->sandbox)) ||
        pp_json_put(v, "mtu", pp_json_int(i->mtu))) {
        pp_json_unref(v);
        return -PP_E_NOMEM;
    }
    return add_to(ctx, "interfaces", v);
}

static int
on_address(void *ctx, const pp_net_address *a)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "ifname", pp_json_string(a->ifname)) ||
        pp_json_put(v, "address", pp_json_string(a->address)) ||
        pp_json_put(v, "gateway", pp_json_string(a->gateway))) {
        pp_json_unref(v);
        return -PP_E_NOMEM;
    }
    return add_to(ctx, "ips", v);
}

static int
on_route(void *ctx, const pp_net_route *r)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "dst", pp_json_string(r->dst)) ||
        pp_json_put(v, "gw", pp_json_string(r->gw))) {
        pp_json_unref(v);
        return -PP_E_NOMEM;
    }
    return add_to(ctx, "routes", v);
}

static int
on_dns(void *ctx, uint32_t what, const char *value)
{
    static const char *const lists[] = {
        [PP_NET_DNS_SERVER] = "nameservers",
        [PP_NET_DNS_SEARCH] = "search",
        [PP_NET_DNS_OPTION] = "options",
        [PP_NET_DNS_DOMAIN] = "domain",
    };
    pp_json *dns = pp_json_get(ctx, "dns");

    if (!what || what >= sizeof lists / sizeof lists[0])
        return -PP_E_NOTSUP;
    if (!dns && pp_json_put(ctx, "dns", pp_json_object()))
        return -PP_E_NOMEM;
    return add_to(pp_json_get(ctx, "dns"), lists[what],
                  pp_json_string(value));
}

/* The container's ports as the array of pointers that a request wants.
 * Caller frees *ports and *list. */
static int
make_ports(const ppc_ctr_config *c, pp_net_port **ports,
           const pp_net_port ***list, uint32_t *n)
{
    size_t len = pp_json_len(c->port_mappings);
    size_t i;

    *ports = calloc(len + 1, sizeof **ports);
    *list = calloc(len + 1, sizeof **list);
    if (!*ports || !*list)
        return -1;
    for (i = 0; i < len; i++) {
        const ppc_port p = ppc_port_read(pp_json_at(c->port_mappings, i));

        (*ports)[i] = (pp_net_port){
            .struct_size = sizeof **ports,
            .proto = p.proto,
            .host_port = p.host_port,
            .container_port = p.container_port,
            .count = p.count,
            .host_ip = p.host_ip,
        };
        (*list)[i] = &(*ports)[i];
    }
    *n = (uint32_t)len;
    return 0;
}

int
ppc_attachment_caps(pp_runtime *rt, uint64_t *caps, pp_err *err)
{
    return net_ops(rt)->caps(ppc_instance_self(rt->network), caps, err);
}

static pp_net_request
make_request(const ppc_ctr *c, const char *net, const char *ifname, int fd)
{
    return (pp_net_request){
        .struct_size = sizeof(pp_net_request),
        .id = c->config->id,
        .name = c->config->name,
        .net = net,
        .ifname = ifname,
        .netns_path = fd >= 0 ? c->netns : NULL,
        .netns_fd = fd,
    };
}

/* Flags and bridge of the network, as they are now. */
static int
describe(pp_runtime *rt, const char *net, pp_json *attachment, pp_err *err)
{
    struct pp_sink bridge = {.max = 64};
    pp_net_info info = {.struct_size = sizeof info, .bridge = &bridge};
    int rc = net_ops(rt)->info(ppc_instance_self(rt->network), net, &info,
                               err);

    if (rc >= 0 &&
        (pp_json_put(attachment, "flags", pp_json_int(info.flags)) ||
         pp_json_put(attachment, "bridge",
                     pp_json_string(ppc_str_get(&bridge.s)))))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s", net);
    ppc_sink_clear(&bridge);
    return rc;
}

pp_json *
ppc_network_assumed(pp_runtime *rt, const char *net, const char *ifname)
{
    const char *driver = pp_settings_str(rt->settings, "network.driver");
    pp_json *att = pp_json_object();

    if (!pp_json_put(att, "network", pp_json_string(net)) &&
        !pp_json_put(att, "ifname", pp_json_string(ifname)) &&
        !pp_json_put(att, "driver", pp_json_string(driver)))
        return att;
    pp_json_unref(att);
    return NULL;
}

int
ppc_attachment_make(pp_runtime *rt, ppc_ctr *c, const ppc_attachment_wish *w,
                    pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref)
    pp_json *att = ppc_network_assumed(rt, w->net, w->ifname);
    PP_AUTO_FREE pp_net_port *ports = NULL;
    PP_AUTO_FREE const pp_net_port **list = NULL;
    struct pp_sink cookie = {0};
    pp_net_result result = {sizeof result, 0,        att,    on_iface,
                            on_address,    on_route, on_dns, &cookie};
    pp_net_request req = make_request(c, w->net, w->ifname, w->netns_fd);
    void *self = ppc_instance_self(rt->network);
    int rc;

    if (make_ports(c->config, &ports, &list, &req.n_ports) || !att)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s",
                       w->net);
    req.ports = list;
    req.ips = w->ips && *w->ips ? w->ips : NULL;
    req.mac = w->mac;
    req.aliases = w->aliases && *w->aliases ? w->aliases : NULL;
    rc = describe(rt, w->net, att, err);
    if (rc >= 0)
        rc = net_ops(rt)->setup(self, &req, &result, err);
    if (rc >= 0)
        rc = ppc_fault("attach.made", err);
    if (rc >= 0 &&
        (cookie.s.nomem ||
         pp_json_put(att, "cookie",
                     pp_json_string_n(ppc_str_get(&cookie.s), cookie.s.n))))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s", w->net);
    if (rc < 0 && net_ops(rt)->teardown(self, &req, pp_slice_of(NULL, 0),
                                        NULL) < 0)
        ppc_log(PP_LOG_WARNING, "network %s: cannot undo a failed set-up",
                w->net);
    if (rc < 0)
        ppc_bridge_mend(pp_json_get_str(att, "bridge"));
    ppc_sink_clear(&cookie);
    if (rc >= 0)
        *out = pp_steal(&att);
    return rc;
}

int
ppc_network_attach_one(pp_runtime *rt, ppc_ctr *c, const char *net,
                       const char *ifname, int fd, pp_json **out, pp_err *err)
{
    const pp_json *opts = pp_json_get(c->config->network_options, net);
    PP_AUTO(ppc_strv_free) char **ips = pp_json_get_strv(opts, "ips");
    PP_AUTO(ppc_strv_free)
    char **aliases = pp_json_get_strv(opts, "aliases");
    const char *mac = pp_json_get_str(opts, "mac");
    const ppc_attachment_wish w = {.net = net,
                                   .ifname = ifname,
                                   .ips = ppc_strv_c(ips),
                                   .mac = *mac ? mac : NULL,
                                   .aliases = ppc_strv_c(aliases),
                                   .netns_fd = fd};

    if (!ips || !aliases)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s", net);
    return ppc_attachment_make(rt, c, &w, out, err);
}

int
ppc_network_attach(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_FD int fd = ppc_netns_open(c->netns, err);
    PP_AUTO(pp_json_unref) pp_json *done = pp_json_array();
    char ifname[16];
    pp_json *one = NULL;
    size_t i;
    int rc;

    if (fd < 0)
        return fd;
    if (!done)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for networks");
    rc = ppc_network_open(rt, err);
    for (i = 0; rc >= 0 && c->config->networks && c->config->networks[i];
         i++) {
        ppc_network_ifname(c->config, i, ifname);
        rc = ppc_network_attach_one(rt, c, c->config->networks[i], ifname, fd, &one, err);
        if (rc >= 0 && pp_json_add(done, one))
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for networks");
    }
    pp_json_unref(c->state->network_status);
    c->state->network_status = pp_steal(&done);
    free(c->state->net_driver);
    c->state->net_driver =
        strdup(pp_settings_str(rt->settings, "network.driver"));
    if (rc < 0)
        ppc_network_detach(rt, c, NULL);
    return rc;
}

static pp_slice
cookie_of(const pp_json *att)
{
    return pp_slice_of(pp_json_get_str(att, "cookie"),
                       pp_json_len(pp_json_get(att, "cookie")));
}

int
ppc_attachment_check(pp_runtime *rt, ppc_ctr *c, const pp_json *att,
                     int netns_fd, pp_err *err)
{
    PP_AUTO_FREE pp_net_port *ports = NULL;
    PP_AUTO_FREE const pp_net_port **list = NULL;
    pp_net_request req =
        make_request(c, pp_json_get_str(att, "network"),
                     pp_json_get_str(att, "ifname"), netns_fd);

    if (!net_ops(rt)->check)
        return 0;
    if (make_ports(c->config, &ports, &list, &req.n_ports))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for ports");
    req.ports = list;
    return net_ops(rt)->check(ppc_instance_self(rt->network), &req,
                              cookie_of(att), err);
}

int
ppc_attachment_undo(pp_runtime *rt, ppc_ctr *c, const pp_json *att,
                    int netns_fd, pp_err *err)
{
    PP_AUTO_FREE pp_net_port *ports = NULL;
    PP_AUTO_FREE const pp_net_port **list = NULL;
    pp_net_request req =
        make_request(c, pp_json_get_str(att, "network"),
                     pp_json_get_str(att, "ifname"), netns_fd);

    if (make_ports(c->config, &ports, &list, &req.n_ports))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for ports");
    req.ports = list;
    return net_ops(rt)->teardown(ppc_instance_self(rt->network), &req,
                                 cookie_of(att), err);
}

/* A start that died before it could note its attachments may have made any
 * of them: undo all that the config asks for, without cookies. */
static int
assume_attached(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    const ppc_ctr_config *k = c->config;
    pp_json *list = pp_json_array();
    char ifname[16];
    int bad = !list;
    size_t i;

    for (i = 0; k->networks && k->networks[i] && !bad; i++) {
        ppc_network_ifname(k, i, ifname);
        bad = pp_json_add(list,
                          ppc_network_assumed(rt, k->networks[i], ifname));
    }
    if (bad) {
        pp_json_unref(list);
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for networks");
    }
    c->state->network_status = list;
    return 0;
}

int
ppc_network_detach(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_FD int fd = -1;
    pp_err local = {0};
    int first = 0;
    int rc = 0;
    size_t n;

    if (c->netns && !c->state->network_status)
        rc = assume_attached(rt, c, err);
    n = pp_json_len(c->state->network_status);
    if (rc < 0 || !n)
        return rc;
    rc = ppc_network_open(rt, err);
    if (rc < 0)
        return rc;
    if (c->netns)
        fd = ppc_netns_open(c->netns, NULL);
    while (n--) {
        rc = ppc_attachment_undo(
            rt, c, pp_json_at(c->state->network_status, n), fd, &local);
        if (rc >= 0)
            continue;
        ppc_log(PP_LOG_WARNING, "container %s: %s", c->config->name,
                local.msg);
        if (!first && err)
            *err = local;
        first = first ? first : rc;
    }
    if (!first) {
        pp_json_unref(c->state->network_status);
        c->state->network_status = NULL;
    }
    return first;
}
