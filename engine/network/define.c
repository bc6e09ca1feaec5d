/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/define.c - from a wish to a definition; definition.h
 *
 * Everything is checked before anything is written.
 */
#include <net/if.h>
#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/network/plan.h"

#define MIN_MTU 68
#define MAX_MTU 65535

static int
fail_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for a network");
}

/* Names that --network gives a meaning of their own. */
static bool
is_reserved(const char *name)
{
    static const char *const words[] = {
        "bridge", "container", "default", "host",        "none",
        "ns",     "pasta",     "private", "slirp4netns", NULL};

    return ppc_strv_has(words, name);
}

static bool
is_known(const ppc_plan *p, const char *name)
{
    size_t i;

    for (i = 0; i < p->nets->n; i++)
        if (!strcmp(p->nets->v[i].name, name))
            return true;
    return false;
}

static int
take_name(ppc_plan *p, pp_err *err)
{
    const char *name = p->spec->name;
    unsigned i;
    int rc;

    for (i = 1; !name; i++) {
        snprintf(p->name, sizeof p->name, "podman%u", i);
        if (!is_known(p, p->name))
            return 0;
    }
    rc = ppc_check_name(name, err);
    if (rc < 0)
        return rc;
    if (strlen(name) > PPC_NET_NAME_MAX || is_reserved(name))
        return pp_fail(err, PP_E_INVAL, 0,
                       is_reserved(name)
                           ? "network name \"%s\" is reserved: choose another"
                           : "network name \"%.40s...\" is too long",
                       name);
    if (is_known(p, name))
        return pp_fail(err, PP_E_EXISTS, 0, "network %s exists", name);
    snprintf(p->name, sizeof p->name, "%s", name);
    return 0;
}

/* Which network has the bridge? "" if it is a link of somebody else's. NULL:
 * it is free. */
static const char *
bridge_owner(const ppc_plan *p, const char *bridge)
{
    size_t i;

    for (i = 0; i < p->nets->n; i++)
        if (!strcmp(p->nets->v[i].bridge, bridge))
            return p->nets->v[i].name;
    return if_nametoindex(bridge) ? "" : NULL;
}

static int
take_bridge(ppc_plan *p, const char *wanted, pp_err *err)
{
    const char *owner;
    unsigned i;

    for (i = 1; ppc_str_is_empty(wanted); i++) {
        snprintf(p->bridge, sizeof p->bridge, "cni-podman%u", i);
        if (!bridge_owner(p, p->bridge))
            return 0;
    }
    if (!ppc_ifname_ok(wanted))
        return pp_fail(err, PP_E_INVAL, 0,
                       "\"%s\" is no name of an interface: at most 15 "
                       "characters without \"/\", \":\" and blanks",
                       wanted);
    owner = bridge_owner(p, wanted);
    if (owner)
        return pp_fail(err, PP_E_EXISTS, 0,
                       *owner ? "bridge %s is that of network %s"
                              : "interface %s exists on this host%s",
                       wanted, owner);
    snprintf(p->bridge, sizeof p->bridge, "%s", wanted);
    return 0;
}

static int
take_option(ppc_plan *p, const char *key, const char *value, pp_err *err)
{
    bool yes = !strcmp(value, "true") || !strcmp(value, "1");

    if (!strcmp(key, "mtu") || !strcmp(key, "com.docker.network.driver.mtu")) {
        if (ppc_parse_i64(value, MIN_MTU, MAX_MTU, &p->mtu))
            return pp_fail(err, PP_E_INVAL, 0,
                           "option mtu=%s must be a number from %d to %d",
                           value, MIN_MTU, MAX_MTU);
        key = "mtu";
    } else if (!strcmp(key, "isolate")) {
        if (!yes && strcmp(value, "false") && strcmp(value, "0"))
            return pp_fail(err, PP_E_INVAL, 0,
                           "option isolate=%s must be true or false", value);
        value = yes ? "true" : "false";
    } else if (!strcmp(key, "com.docker.network.bridge.name")) {
        return take_bridge(p, value, err);
    } else {
        return pp_fail(err, PP_E_INVAL, 0,
                       "unknown option \"%s\" of a bridge network: known are "
                       "mtu and isolate",
                       key);
    }
    return pp_json_put(p->options, key, pp_json_string(value))
               ? fail_memory(err)
               : 0;
}

/* KEY[=VALUE] into fn or an object. */
static int
take_pairs(ppc_plan *p, const char *const *list, const char *flag,
           pp_json *object, pp_err *err)
{
    char key[256];
    size_t n;
    int rc = 0;

    for (; list && *list && rc >= 0; list++) {
        n = strcspn(*list, "=");
        if (!n || n >= sizeof key || (!object && !(*list)[n]))
            return pp_fail(err, PP_E_INVAL, 0, "%s \"%s\" must be KEY%s", flag,
                           *list, object ? "[=VALUE]" : "=VALUE");
        memcpy(key, *list, n);
        key[n] = '\0';
        if (!object)
            rc = take_option(p, key, *list + n + 1, err);
        else if (pp_json_put(object, key,
                             pp_json_string((*list)[n] ? *list + n + 1 : "")))
            rc = fail_memory(err);
    }
    return rc;
}

static int
put_addr(pp_json *o, const char *key, const ppc_addr *a)
{
    char text[PPC_SUBNET_TEXT];

    if (!a->family)
        return 0;
    ppc_addr_text(a, text);
    return pp_json_put(o, key, pp_json_string(text));
}

/* [[{"subnet", ...}], ...]: host-local gives an address of each list. */
static int
put_ranges(const ppc_plan *p, pp_json *ipam)
{
    pp_json *sets = pp_json_array();
    size_t i;
    int bad = 0;

    for (i = 0; i < p->n && !bad; i++) {
        const ppc_plan_range *r = &p->ranges[i];
        pp_json *set = pp_json_array();
        pp_json *v = pp_json_object();
        char text[PPC_SUBNET_TEXT];

        ppc_subnet_text(&r->subnet, text);
        bad = pp_json_put(v, "subnet", pp_json_string(text)) ||
              put_addr(v, "gateway", &r->gateway) ||
              put_addr(v, "rangeStart", &r->first) ||
              put_addr(v, "rangeEnd", &r->last);
        bad |= pp_json_add(set, v);
        bad |= pp_json_add(sets, set);
    }
    if (!bad)
        return pp_json_put(ipam, "ranges", sets);
    pp_json_unref(sets);
    return -1;
}

static int
put_routes(const ppc_plan *p, pp_json *ipam)
{
    pp_json *routes = pp_json_array();
    size_t i;
    int bad = 0;

    for (i = 0; i < p->n; i++) {
        const bool v6 = p->ranges[i].subnet.base.family == AF_INET6;
        pp_json *route = pp_json_object();

        if (!p->ranges[i].gateway.family) {
            pp_json_unref(route);
            continue;
        }
        bad |= pp_json_put(route, "dst",
                           pp_json_string(v6 ? "::/0" : "0.0.0.0/0"));
        bad |= pp_json_add(routes, route);
    }
    if (!bad && pp_json_len(routes))
        return pp_json_put(ipam, "routes", routes);
    pp_json_unref(routes);
    return bad;
}

static pp_json *
make_ipam(const ppc_plan *p)
{
    pp_json *ipam = pp_json_object();

    if (!pp_json_put(ipam, "type", pp_json_string("host-local")) &&
        !put_routes(p, ipam) && !put_ranges(p, ipam))
        return ipam;
    pp_json_unref(ipam);
    return NULL;
}

static pp_json *
make_bridge(const ppc_plan *p)
{
    const bool internal = p->spec->flags & PP_NETWORK_INTERNAL;
    pp_json *caps = pp_json_object();
    pp_json *v = pp_json_object();
    int bad = pp_json_put(v, "type", pp_json_string("bridge")) |
              pp_json_put(v, "bridge", pp_json_string(p->bridge)) |
              pp_json_put(v, "isGateway", pp_json_bool(!internal)) |
              pp_json_put(v, "ipMasq", pp_json_bool(false)) |
              pp_json_put(v, "hairpinMode", pp_json_bool(true)) |
              pp_json_put(caps, "ips", pp_json_bool(true)) |
              pp_json_put(caps, "mac", pp_json_bool(true));

    if (p->mtu)
        bad |= pp_json_put(v, "mtu", pp_json_int(p->mtu));
    bad |= pp_json_put(v, "capabilities", caps);
    bad |= pp_json_put(v, "ipam", make_ipam(p));
    if (!bad)
        return v;
    pp_json_unref(v);
    return NULL;
}

static pp_json *
make_args(ppc_plan *p)
{
    pp_json *own = pp_json_object();
    pp_json *args = pp_json_object();
    char now[40];
    int bad;

    ppc_time_format(ppc_now(), now);
    bad = pp_json_put(own, "created", pp_json_string(now));
    bad |= pp_json_put(args, "podman_labels", pp_steal(&p->labels));
    bad |= pp_json_put(args, "podman_options", pp_steal(&p->options));
    bad |= pp_json_put(args, "polypod", own);
    if (!bad)
        return args;
    pp_json_unref(args);
    return NULL;
}

static int
make_list(ppc_plan *p, pp_json **out, pp_err *err)
{
    pp_json *plugins = pp_json_array();
    pp_json *v = pp_json_object();
    int bad = pp_json_put(v, "args", make_args(p)) |
              pp_json_put(v, "cniVersion", pp_json_string("0.4.0")) |
              pp_json_put(v, "name", pp_json_string(p->name)) |
              pp_json_add(plugins, make_bridge(p));

    bad |= pp_json_put(v, "plugins", plugins);
    if (bad) {
        pp_json_unref(v);
        return fail_memory(err);
    }
    *out = v;
    return 0;
}

static int
check_driver(const char *driver, pp_err *err)
{
    if (ppc_str_is_empty(driver) || !strcmp(driver, "bridge"))
        return 0;
    return pp_fail(err, PP_E_NOTSUP, 0,
                   "network driver \"%s\" is not supported: use bridge",
                   driver);
}

int
ppc_definition_make(const ppc_nets *nets, const pp_network_spec *spec,
                    pp_json **out, pp_err *err)
{
    static const char *const none[] = {NULL};
    pp_network_spec own = *spec;
    ppc_plan p = {.nets = nets, .spec = &own};
    int rc = check_driver(spec->driver, err);

    if (!own.subnets)
        own.subnets = none;
    p.options = pp_json_object();
    p.labels = pp_json_object();
    if (rc >= 0 && (!p.options || !p.labels))
        rc = fail_memory(err);
    if (rc >= 0)
        rc = take_name(&p, err);
    if (rc >= 0)
        rc = take_bridge(&p, spec->bridge, err);
    if (rc >= 0)
        rc = take_pairs(&p, spec->options, "option", NULL, err);
    if (rc >= 0)
        rc = take_pairs(&p, spec->labels, "label", p.labels, err);
    if (rc >= 0)
        rc = ppc_plan_subnets(&p, err);
    if (rc >= 0)
        rc = ppc_plan_gateways(&p, err);
    if (rc >= 0)
        rc = ppc_plan_ip_ranges(&p, err);
    if (rc >= 0)
        rc = make_list(&p, out, err);
    pp_json_unref(p.options);
    pp_json_unref(p.labels);
    return rc;
}
