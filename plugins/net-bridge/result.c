/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/result.c - what the host is told of an attachment */
#include "bridge.h"

#include <string.h>

#define MAX_DNS 64

typedef struct emitter {
    const br_def *def;
    const pp_net_result *out;
    cni_why *why;
} emitter;

static int
emit_iface(const emitter *e, const char *name, const uint8_t mac[6],
           const char *sandbox, uint32_t mtu)
{
    char text[BR_MAC_TEXT];
    pp_net_iface iface = {
        .struct_size = sizeof(iface),
        .mtu = mtu,
        .name = name,
        .mac = br_mac_text(mac, text),
        .sandbox = sandbox,
    };

    return e->out->iface(e->out->ctx, &iface);
}

static int
emit_address(const emitter *e, const char *ifname, const br_lease *lease)
{
    char address[BR_CIDR_TEXT];
    char gateway[BR_IP_TEXT];
    pp_net_address a = {
        .struct_size = sizeof(a),
        .ifname = ifname,
        .address = br_cidr_text(&lease->address, address),
        .gateway =
            lease->gateway.len ? br_ip_text(&lease->gateway, gateway) : NULL,
    };

    return e->out->address(e->out->ctx, &a);
}

static int
emit_route(const emitter *e, const br_route *route)
{
    char dst[BR_CIDR_TEXT];
    char gw[BR_IP_TEXT];
    pp_net_route r = {
        .struct_size = sizeof(r),
        .dst = br_cidr_text(&route->dst, dst),
        .gw = route->gw.len ? br_ip_text(&route->gw, gw) : NULL,
    };

    return e->out->route(e->out->ctx, &r);
}

static int
emit_dns_list(const emitter *e, const char *key, uint32_t what)
{
    json_object *all = cni_json_array(e->def->dns, key);
    size_t n = all ? json_object_array_length(all) : 0;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < n; i++) {
        const char *s = cni_json_str(json_object_array_get_idx(all, i), NULL);

        if (i >= MAX_DNS || !cni_word_valid(s) ||
            (what == PP_NET_DNS_SERVER && !cni_address_valid(s, false)))
            return cni_say(e->why, PP_E_INVAL, 0,
                           "network %s: \"%s\" of its \"dns\" is not valid",
                           e->def->name, key);
        rc = e->out->dns(e->out->ctx, what, s);
    }
    return rc;
}

static int
emit_dns(const emitter *e)
{
    const char *domain = cni_json_str(e->def->dns, "domain");
    int rc = emit_dns_list(e, "nameservers", PP_NET_DNS_SERVER);

    if (rc == 0)
        rc = emit_dns_list(e, "search", PP_NET_DNS_SEARCH);
    if (rc == 0)
        rc = emit_dns_list(e, "options", PP_NET_DNS_OPTION);
    if (rc == 0 && cni_word_valid(domain))
        rc = e->out->dns(e->out->ctx, PP_NET_DNS_DOMAIN, domain);
    return rc;
}

int
br_result_emit(const br_def *def, const br_att *att, const br_link *bridge,
               const uint8_t host_mac[6], const char *sandbox,
               const pp_net_result *out, cni_why *why)
{
    emitter e = {def, out, why};

    why->text[0] = '\0';
    int rc = emit_iface(&e, att->bridge, bridge->mac, NULL, bridge->mtu);

    if (rc == 0)
        rc = emit_iface(&e, att->veth, host_mac, NULL, def->mtu);
    if (rc == 0)
        rc = emit_iface(&e, att->ifname, att->mac, sandbox, def->mtu);
    for (size_t i = 0; rc == 0 && i < att->leases.n; i++)
        rc = emit_address(&e, att->ifname, &att->leases.v[i]);
    for (size_t i = 0; rc == 0 && i < att->n_routes; i++)
        rc = emit_route(&e, &att->route[i]);
    if (rc == 0)
        rc = emit_dns(&e);
    if (rc < 0 && !why->text[0])
        return cni_say(why, -rc, 0, "network %s: the host refused the result",
                       def->name);
    return rc;
}
