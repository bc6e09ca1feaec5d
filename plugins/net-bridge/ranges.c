/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/ranges.c - the ranges and routes of host-local
 *
 * "ranges" is a list of sets of ranges; a subnet that stands beside it is a
 * set of its own, and the first.
 */
#include "bridge.h"

#include <string.h>

static int
bad(const br_def *def, cni_why *why, const char *what, json_object *v)
{
    const char *text = v ? cni_json_text(v) : NULL;

    return cni_say(why, PP_E_INVAL, 0, "network %s: %s: %.160s", def->name,
                   what, text ? text : "nothing");
}

/* An address inside the subnet, or FALLBACK when the key is absent. */
static int
read_ip(const br_def *def, json_object *v, const char *key, const br_range *r,
        const br_ip *fallback, br_ip *out, cni_why *why)
{
    const char *text = cni_json_str(v, key);

    *out = *fallback;
    if (!cni_json_get(v, key) || (text && !*text))
        return 0;
    if (!br_ip_parse(text, out) || !br_cidr_has(&r->subnet, out))
        return bad(def, why, "not an address of its subnet", v);
    return 0;
}

/* The first address is the gateway's unless the range says otherwise. */
static int
read_bounds(const br_def *def, json_object *v, br_range *r, cni_why *why)
{
    br_ip low = br_cidr_first(&r->subnet);
    br_ip high = br_cidr_last(&r->subnet);
    const char *gw = cni_json_str(v, "gateway");

    br_ip_step(&low, 1);
    if (high.len == 4)
        br_ip_step(&high, -1);
    int rc = read_ip(def, v, "rangeStart", r, &low, &r->first, why);

    if (rc == 0)
        rc = read_ip(def, v, "rangeEnd", r, &high, &r->last, why);
    if (rc < 0)
        return rc;
    if (br_ip_cmp(&r->first, &r->last) > 0)
        return bad(def, why, "the range ends before it starts", v);
    r->gateway = low;
    if (gw && *gw &&
        (!br_ip_parse(gw, &r->gateway) || r->gateway.len != r->subnet.ip.len))
        return bad(def, why, "not a gateway of that family", v);
    return 0;
}

static int
check_overlap(const br_def *def, const br_range *r, json_object *v,
              cni_why *why)
{
    for (size_t i = 0; i < def->n_ranges; i++) {
        const br_range *o = &def->range[i];

        if (o->set == r->set && o->subnet.ip.len != r->subnet.ip.len)
            return bad(def, why, "a set of ranges mixes IPv4 and IPv6", v);
        if (o->subnet.ip.len == r->subnet.ip.len &&
            br_ip_cmp(&o->first, &r->last) <= 0 &&
            br_ip_cmp(&r->first, &o->last) <= 0)
            return bad(def, why, "the range overlaps another one", v);
    }
    return 0;
}

static int
add_range(br_def *def, json_object *v, unsigned set, cni_why *why)
{
    br_range *r = &def->range[def->n_ranges];

    if (def->n_ranges == BR_MAX_RANGES)
        return cni_say(why, PP_E_INVAL, 0, "network %s has more than %d ranges",
                       def->name, BR_MAX_RANGES);
    memset(r, 0, sizeof(*r));
    r->set = set;
    if (!br_cidr_parse(cni_json_str(v, "subnet"), &r->subnet))
        return bad(def, why, "a range without a subnet", v);
    br_ip base = br_cidr_first(&r->subnet);

    if (!br_ip_same(&base, &r->subnet.ip))
        return bad(def, why, "the subnet has bits behind its prefix", v);
    if (r->subnet.bits > r->subnet.ip.len * 8 - 2)
        return bad(def, why, "the subnet is too small", v);
    int rc = read_bounds(def, v, r, why);

    if (rc == 0)
        rc = check_overlap(def, r, v, why);
    if (rc == 0)
        def->n_ranges++;
    return rc;
}

int
br_ranges_read(json_object *ipam, br_def *def, cni_why *why)
{
    json_object *sets = cni_json_array(ipam, "ranges");
    size_t n = sets ? json_object_array_length(sets) : 0;
    int rc = 0;

    if (cni_json_get(ipam, "subnet"))
        rc = add_range(def, ipam, def->n_sets++, why);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        json_object *set = json_object_array_get_idx(sets, i);

        if (!json_object_is_type(set, json_type_array) ||
            json_object_array_length(set) == 0)
            return bad(def, why, "a set of ranges is no list of them", set);
        for (size_t k = 0; rc == 0 && k < json_object_array_length(set); k++)
            rc = add_range(def, json_object_array_get_idx(set, k), def->n_sets,
                           why);
        def->n_sets++;
    }
    if (rc == 0 && def->n_ranges == 0)
        return cni_say(why, PP_E_INVAL, 0,
                       "network %s has no range of addresses", def->name);
    return rc;
}

static int
add_route(br_def *def, const br_route *route, cni_why *why)
{
    if (def->n_routes == BR_MAX_ROUTES)
        return cni_say(why, PP_E_INVAL, 0, "network %s has more than %d routes",
                       def->name, BR_MAX_ROUTES);
    def->route[def->n_routes++] = *route;
    return 0;
}

int
br_routes_read(json_object *ipam, br_def *def, cni_why *why)
{
    static const char *const others[] = {"mtu", "advmss", "priority", "table",
                                         "scope"};
    json_object *all = cni_json_array(ipam, "routes");
    size_t n = all ? json_object_array_length(all) : 0;

    for (size_t i = 0; i < n; i++) {
        json_object *v = json_object_array_get_idx(all, i);
        const char *gw = cni_json_str(v, "gw");
        br_route r = {.gw = {.len = 0}};

        for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++)
            if (cni_json_get(v, others[k]))
                return cni_say(why, PP_E_NOTSUP, 0,
                               "network %s: \"%s\" of a route is not done by "
                               "this driver, set network.driver = cni for it",
                               def->name, others[k]);
        if (!br_cidr_parse(cni_json_str(v, "dst"), &r.dst))
            return bad(def, why, "a route without a destination", v);
        if (gw && *gw && (!br_ip_parse(gw, &r.gw) || r.gw.len != r.dst.ip.len))
            return bad(def, why, "a route with an unfit gateway", v);
        r.dst.ip = br_cidr_first(&r.dst);
        int rc = add_route(def, &r, why);

        if (rc < 0)
            return rc;
    }
    return 0;
}

static bool
has_default(const br_def *def, uint8_t len)
{
    for (size_t i = 0; i < def->n_routes; i++)
        if (def->route[i].dst.ip.len == len && def->route[i].dst.bits == 0)
            return true;
    return false;
}

/* isDefaultGateway: a default route for each family that has addresses. */
int
br_default_routes(br_def *def, cni_why *why)
{
    for (size_t i = 0; i < def->n_ranges; i++) {
        uint8_t len = def->range[i].subnet.ip.len;
        br_route r = {.dst = {.ip = {.len = len}}};
        int rc = has_default(def, len) ? 0 : add_route(def, &r, why);

        if (rc < 0)
            return rc;
    }
    return 0;
}
