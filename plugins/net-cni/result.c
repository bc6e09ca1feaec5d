/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-cni/result.c - what an ADD printed
 *
 * Read by shape, not by the version it claims: there are plugins that print
 * the newer form under an older number.  What goes into files and rules
 * later (addresses, names, DNS) is checked here.
 */
#include "cni.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define MAX_ENTRIES 256

static int
bad(const cni_att *att, cni_why *why, const char *what, json_object *v)
{
    const char *s = v ? cni_json_text(v) : NULL;
    char text[80] = "nothing";

    if (s) {
        size_t n = strnlen(s, sizeof(text) - 1);

        memcpy(text, s, n);
        text[n] = '\0';
        cni_text_clean(text);
    }
    return cni_say(why, PP_E_CORRUPT, 0, "network %s: the result has %s: %s",
                   att->list->name, what, text);
}

/* *v is an array member that is absent, or short enough. */
static int
list_of(const cni_att *att, json_object *o, const char *key, json_object **v,
        cni_why *why)
{
    *v = cni_json_array(o, key);
    if (*v && json_object_array_length(*v) > MAX_ENTRIES)
        return cni_say(why, PP_E_CORRUPT, 0,
                       "network %s: the result has more than %d %s",
                       att->list->name, MAX_ENTRIES, key);
    return 0;
}

static size_t
length(json_object *array)
{
    return array ? json_object_array_length(array) : 0;
}

static int
emit_iface(const cni_att *att, json_object *v, const pp_net_result *out,
           cni_why *why)
{
    json_object *mtu = cni_json_get(v, "mtu");
    int64_t n = json_object_is_type(mtu, json_type_int)
                    ? json_object_get_int64(mtu)
                    : 0;
    pp_net_iface iface = {
        .struct_size = sizeof(iface),
        .mtu = n > 0 && n <= UINT32_MAX ? (uint32_t)n : 0,
        .name = cni_json_str(v, "name"),
        .mac = cni_json_str(v, "mac"),
        .sandbox = cni_json_str(v, "sandbox"),
    };

    if (!cni_ifname_valid(iface.name))
        return bad(att, why, "an invalid interface", v);
    if (!cni_word_valid(iface.mac))
        iface.mac = NULL;
    if (!cni_word_valid(iface.sandbox))
        iface.sandbox = NULL;
    return out->iface(out->ctx, &iface);
}

/* The interface that an address is on: the request's if it does not say. */
static const char *
iface_of(const cni_att *att, json_object *result, json_object *ip)
{
    json_object *at = cni_json_get(ip, "interface");
    json_object *all = cni_json_array(result, "interfaces");

    if (!json_object_is_type(at, json_type_int) || !all)
        return att->ifname;
    int64_t i = json_object_get_int64(at);

    if (i < 0 || (uint64_t)i >= json_object_array_length(all))
        return att->ifname;
    json_object *iface = json_object_array_get_idx(all, (size_t)i);
    const char *name = cni_json_str(iface, "name");
    const char *sandbox = cni_json_str(iface, "sandbox");

    return sandbox && *sandbox && cni_ifname_valid(name) ? name : att->ifname;
}

typedef struct emitter {
    const cni_att *att;
    json_object *result;
    const pp_net_result *out;
    cni_why *why;
} emitter;

/* KEY is where the address is: "address", or "ip" of the oldest form. */
static int
emit_address(const emitter *e, json_object *v, const char *key)
{
    pp_net_address a = {
        .struct_size = sizeof(a),
        .ifname = iface_of(e->att, e->result, v),
        .address = cni_json_str(v, key),
        .gateway = cni_json_str(v, "gateway"),
    };

    if (!cni_address_valid(a.address, true))
        return bad(e->att, e->why, "an invalid address", v);
    if (a.gateway && !*a.gateway)
        a.gateway = NULL;
    if (a.gateway && !cni_address_valid(a.gateway, false))
        return bad(e->att, e->why, "an invalid gateway", v);
    return e->out->address(e->out->ctx, &a);
}

/* GW stands in for a route's own, in the oldest form. */
static int
emit_routes(const emitter *e, json_object *owner, const char *gw)
{
    json_object *all = NULL;
    int rc = list_of(e->att, owner, "routes", &all, e->why);

    for (size_t i = 0; rc == 0 && i < length(all); i++) {
        json_object *v = json_object_array_get_idx(all, i);
        pp_net_route r = {
            .struct_size = sizeof(r),
            .dst = cni_json_str(v, "dst"),
            .gw = cni_json_str(v, "gw"),
        };

        if (!r.gw || !*r.gw)
            r.gw = gw && *gw ? gw : NULL;
        if (!cni_address_valid(r.dst, true) ||
            (r.gw && !cni_address_valid(r.gw, false)))
            return bad(e->att, e->why, "an invalid route", v);
        rc = e->out->route(e->out->ctx, &r);
    }
    return rc;
}

static int
emit_old(const emitter *e, const char *key)
{
    json_object *v = cni_json_get(e->result, key);

    if (!v)
        return 0;
    int rc = emit_address(e, v, "ip");

    return rc < 0 ? rc : emit_routes(e, v, cni_json_str(v, "gateway"));
}

static int
emit_dns_list(const emitter *e, json_object *dns, const char *key,
              uint32_t what)
{
    json_object *all = NULL;
    int rc = list_of(e->att, dns, key, &all, e->why);

    for (size_t i = 0; rc == 0 && i < length(all); i++) {
        json_object *v = json_object_array_get_idx(all, i);
        const char *s = cni_json_str(v, NULL);

        if (!cni_word_valid(s) ||
            (what == PP_NET_DNS_SERVER && !cni_address_valid(s, false)))
            return bad(e->att, e->why, "an invalid DNS entry", v);
        rc = e->out->dns(e->out->ctx, what, s);
    }
    return rc;
}

static int
emit_dns(const emitter *e)
{
    json_object *dns = cni_json_get(e->result, "dns");
    const char *domain = cni_json_str(dns, "domain");
    int rc = emit_dns_list(e, dns, "nameservers", PP_NET_DNS_SERVER);

    if (rc == 0)
        rc = emit_dns_list(e, dns, "search", PP_NET_DNS_SEARCH);
    if (rc == 0)
        rc = emit_dns_list(e, dns, "options", PP_NET_DNS_OPTION);
    if (rc < 0 || !domain || !*domain)
        return rc;
    if (!cni_word_valid(domain))
        return bad(e->att, e->why, "an invalid DNS entry", dns);
    return e->out->dns(e->out->ctx, PP_NET_DNS_DOMAIN, domain);
}

static int
emit_all(const emitter *e)
{
    json_object *ifaces = NULL;
    json_object *ips = NULL;
    int rc = list_of(e->att, e->result, "interfaces", &ifaces, e->why);

    for (size_t i = 0; rc == 0 && i < length(ifaces); i++)
        rc = emit_iface(e->att, json_object_array_get_idx(ifaces, i), e->out,
                        e->why);
    if (rc == 0)
        rc = list_of(e->att, e->result, "ips", &ips, e->why);
    for (size_t i = 0; rc == 0 && i < length(ips); i++)
        rc = emit_address(e, json_object_array_get_idx(ips, i), "address");
    if (rc == 0)
        rc = emit_routes(e, e->result, NULL);
    if (rc == 0)
        rc = emit_old(e, "ip4");
    if (rc == 0)
        rc = emit_old(e, "ip6");
    return rc < 0 ? rc : emit_dns(e);
}

/* Give the result to the host, piece by piece. */
int
cni_result_emit(const cni_att *att, json_object *result,
                const pp_net_result *out, cni_why *why)
{
    emitter e = {att, result, out, why};

    why->text[0] = '\0';
    int rc = emit_all(&e);

    if (rc < 0 && !why->text[0])
        return cni_say(why, -rc, 0, "network %s: the host refused the result",
                       att->list->name);
    return rc;
}

/* The binary form of "ADDRESS" or "ADDRESS/LENGTH"; 0 if it has none. */
static size_t
to_bytes(const char *text, unsigned char out[16])
{
    char host[INET6_ADDRSTRLEN];
    size_t n = text ? strcspn(text, "/") : 0;

    if (n == 0 || n >= sizeof(host))
        return 0;
    memcpy(host, text, n);
    host[n] = '\0';
    if (inet_pton(AF_INET, host, out) == 1)
        return 4;
    return inet_pton(AF_INET6, host, out) == 1 ? 16 : 0;
}

static bool
same_address(const char *a, const char *b)
{
    unsigned char x[16];
    unsigned char y[16];
    size_t n = to_bytes(a, x);

    return n > 0 && n == to_bytes(b, y) && memcmp(x, y, n) == 0;
}

static bool
has_address(json_object *result, const char *wanted)
{
    json_object *ips = cni_json_array(result, "ips");

    for (size_t i = 0; i < length(ips); i++)
        if (same_address(wanted, cni_json_str(json_object_array_get_idx(ips, i),
                                              "address")))
            return true;
    return same_address(wanted,
                        cni_json_str(cni_json_get(result, "ip4"), "ip")) ||
           same_address(wanted,
                        cni_json_str(cni_json_get(result, "ip6"), "ip"));
}

/*
 * Did the network give what was asked for?  Plugins ignore what they do not
 * know, and a container that silently has another address is worse than
 * none.
 *
 * returns  0 | -PP_E_NOTSUP
 */
int
cni_result_wanted(const cni_att *att, json_object *result,
                  const pp_net_request *req, cni_why *why)
{
    json_object *ifaces = cni_json_array(result, "interfaces");

    for (const char *const *ip = req->ips; ip && *ip; ip++)
        if (!has_address(result, *ip))
            return cni_say(why, PP_E_NOTSUP, 0,
                           "network %s did not give the wanted address %s",
                           att->list->name, *ip);
    for (size_t i = 0; req->mac && *req->mac && i < length(ifaces); i++) {
        json_object *v = json_object_array_get_idx(ifaces, i);
        const char *name = cni_json_str(v, "name");
        const char *mac = cni_json_str(v, "mac");
        const char *sandbox = cni_json_str(v, "sandbox");

        if (name && sandbox && *sandbox && mac && !strcmp(name, att->ifname) &&
            strcasecmp(mac, req->mac) != 0)
            return cni_say(why, PP_E_NOTSUP, 0,
                           "network %s did not give the wanted address %s",
                           att->list->name, req->mac);
    }
    return 0;
}
