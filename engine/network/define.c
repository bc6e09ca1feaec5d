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
#include "engine/network/definition.h"

#define MAX_NAME 200
#define MAX_SUBNETS 2 /* one of each family */
#define MIN_MTU 68
#define MAX_MTU 65535

/* One subnet with what was asked for it. */
typedef struct range {
    ppc_subnet subnet;
    ppc_addr gateway; /* family 0: none */
    ppc_addr first;   /* family 0: all of it */
    ppc_addr last;
} range;

/* A definition in the making. */
typedef struct plan {
    const ppc_nets *nets;
    const pp_network_spec *spec;
    char name[MAX_NAME + 1];
    char bridge[IF_NAMESIZE];
    range ranges[MAX_SUBNETS];
    size_t n;
    int64_t mtu;
    pp_json *options;
    pp_json *labels;
} plan;

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
is_known(const plan *p, const char *name)
{
    size_t i;

    for (i = 0; i < p->nets->n; i++)
        if (!strcmp(p->nets->v[i].name, name))
            return true;
    return false;
}

static int
take_name(plan *p, pp_err *err)
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
    if (strlen(name) > MAX_NAME || is_reserved(name))
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
bridge_owner(const plan *p, const char *bridge)
{
    size_t i;

    for (i = 0; i < p->nets->n; i++)
        if (!strcmp(p->nets->v[i].bridge, bridge))
            return p->nets->v[i].name;
    return if_nametoindex(bridge) ? "" : NULL;
}

static int
take_bridge(plan *p, const char *wanted, pp_err *err)
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
take_option(plan *p, const char *key, const char *value, pp_err *err)
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
take_pairs(plan *p, const char *const *list, const char *flag, pp_json *object,
           pp_err *err)
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
add_range(plan *p, const ppc_subnet *s, pp_err *err)
{
    char text[PPC_SUBNET_TEXT];
    size_t i;

    ppc_subnet_text(s, text);
    /* a network needs an address for the gateway and one to give away */
    if (s->bits > (s->base.family == AF_INET6 ? 126 : 30) || !s->bits)
        return pp_fail(err, PP_E_INVAL, 0, "subnet %s is too %s", text,
                       s->bits ? "small" : "large");
    for (i = 0; i < p->n; i++)
        if (p->ranges[i].subnet.base.family == s->base.family)
            return pp_fail(err, PP_E_NOTSUP, 0,
                           "subnet %s: a network takes one IPv4 and one IPv6 "
                           "subnet",
                           text);
    p->ranges[p->n++] = (range){.subnet = *s};
    return 0;
}

/* All that a new subnet must not meet. */
static int
read_taken(const plan *p, ppc_subnets *out, pp_err *err)
{
    size_t i;
    int rc = ppc_routes_read(out, err);

    for (i = 0; i < p->nets->n && rc >= 0; i++)
        rc = ppc_net_subnets(&p->nets->v[i], out, err);
    return rc;
}

/* Who has it: a network by name, else the host. */
static int
check_free(const plan *p, const ppc_subnets *taken, const ppc_subnet *s,
           pp_err *err)
{
    const ppc_subnet *other = ppc_subnets_find(taken, s);
    char text[PPC_SUBNET_TEXT];
    char there[PPC_SUBNET_TEXT];
    size_t i;

    if (!other)
        return 0;
    ppc_subnet_text(s, text);
    for (i = 0; i < p->nets->n; i++) {
        PP_AUTO_SUBNETS ppc_subnets own = {NULL, 0};
        int rc = ppc_net_subnets(&p->nets->v[i], &own, err);

        if (rc < 0)
            return rc;
        if (ppc_subnets_find(&own, s))
            return pp_fail(err, PP_E_EXISTS, 0,
                           "subnet %s is used by network %s", text,
                           p->nets->v[i].name);
    }
    ppc_subnet_text(other, there);
    return pp_fail(err, PP_E_EXISTS, 0,
                   "subnet %s is used on this host: it has a route to %s", text,
                   there);
}

static bool
has_family(const plan *p, int family)
{
    size_t i;

    for (i = 0; i < p->n; i++)
        if (p->ranges[i].subnet.base.family == family)
            return true;
    return false;
}

static int
take_subnets(plan *p, pp_err *err)
{
    const bool ipv6 = p->spec->flags & PP_NETWORK_IPV6;
    const char *const *list = p->spec->subnets;
    PP_AUTO_SUBNETS ppc_subnets taken = {NULL, 0};
    ppc_subnet s;
    int rc = read_taken(p, &taken, err);

    for (; list && *list && rc >= 0; list++) {
        if (ppc_subnet_parse(*list, &s))
            return pp_fail(err, PP_E_INVAL, 0,
                           "subnet \"%s\" must be ADDRESS/BITS", *list);
        rc = add_range(p, &s, err);
        if (rc >= 0)
            rc = check_free(p, &taken, &s, err);
    }
    if (rc >= 0 && !p->n) {
        rc = ppc_subnet_choose(AF_INET, &taken, &s, err);
        if (rc >= 0)
            rc = add_range(p, &s, err);
    }
    if (rc >= 0 && ipv6 && !has_family(p, AF_INET6)) {
        rc = ppc_subnet_choose(AF_INET6, &taken, &s, err);
        if (rc >= 0)
            rc = add_range(p, &s, err);
    }
    return rc;
}

static range *
range_of(plan *p, const ppc_addr *a)
{
    size_t i;

    for (i = 0; i < p->n; i++)
        if (ppc_subnet_has(&p->ranges[i].subnet, a))
            return &p->ranges[i];
    return NULL;
}

/* Not the network's own address and not the broadcast one. */
static bool
is_usable(const range *r, const ppc_addr *a)
{
    ppc_addr first = ppc_subnet_first(&r->subnet);
    ppc_addr last = ppc_subnet_last(&r->subnet);

    return ppc_addr_cmp(a, &first) >= 0 && ppc_addr_cmp(a, &last) <= 0;
}

static int
take_gateways(plan *p, pp_err *err)
{
    const char *const *list = p->spec->gateways;
    const bool internal = p->spec->flags & PP_NETWORK_INTERNAL;
    ppc_addr a;
    range *r;
    size_t i;

    if (internal && list && *list)
        return pp_fail(err, PP_E_INVAL, 0,
                       "an internal network has no gateway");
    if (list && *list && !p->spec->subnets[0])
        return pp_fail(err, PP_E_INVAL, 0, "--gateway needs --subnet");
    for (; list && *list; list++) {
        if (ppc_addr_parse(*list, &a))
            return pp_fail(err, PP_E_INVAL, 0, "gateway \"%s\" is no address",
                           *list);
        r = range_of(p, &a);
        if (!r || !is_usable(r, &a))
            return pp_fail(err, PP_E_INVAL, 0,
                           "gateway %s is no address within the subnets",
                           *list);
        if (r->gateway.family)
            return pp_fail(err, PP_E_INVAL, 0,
                           "gateway %s is the second one of its subnet", *list);
        r->gateway = a;
    }
    for (i = 0; i < p->n && !internal; i++)
        if (!p->ranges[i].gateway.family)
            p->ranges[i].gateway = ppc_subnet_first(&p->ranges[i].subnet);
    return 0;
}

/* "10.89.0.128/25" or "10.89.0.10-10.89.0.20" */
static int
parse_range(const char *text, ppc_addr *first, ppc_addr *last)
{
    const char *dash = strchr(text, '-');
    char from[INET6_ADDRSTRLEN];
    ppc_subnet s;

    if (!dash) {
        if (ppc_subnet_parse(text, &s))
            return -1;
        *first = ppc_subnet_first(&s);
        *last = ppc_subnet_last(&s);
        if (ppc_addr_cmp(first, last) > 0) /* one address, or two */
            *first = *last = s.base;
        return 0;
    }
    if ((size_t)(dash - text) >= sizeof from)
        return -1;
    memcpy(from, text, (size_t)(dash - text));
    from[dash - text] = '\0';
    return ppc_addr_parse(from, first) || ppc_addr_parse(dash + 1, last) ? -1
                                                                         : 0;
}

static int
take_ip_ranges(plan *p, pp_err *err)
{
    const char *const *list = p->spec->ip_ranges;
    ppc_addr first, last;
    range *r;

    if (list && *list && !p->spec->subnets[0])
        return pp_fail(err, PP_E_INVAL, 0, "--ip-range needs --subnet");
    for (; list && *list; list++) {
        if (parse_range(*list, &first, &last))
            return pp_fail(err, PP_E_INVAL, 0,
                           "range \"%s\" must be ADDRESS/BITS or FIRST-LAST",
                           *list);
        r = range_of(p, &first);
        if (!r || r != range_of(p, &last) || !is_usable(r, &first) ||
            !is_usable(r, &last) || ppc_addr_cmp(&first, &last) > 0)
            return pp_fail(err, PP_E_INVAL, 0,
                           "range %s does not lie within one of the subnets",
                           *list);
        if (r->first.family)
            return pp_fail(err, PP_E_INVAL, 0,
                           "range %s is the second one of its subnet", *list);
        r->first = first;
        r->last = last;
    }
    return 0;
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
put_ranges(const plan *p, pp_json *ipam)
{
    pp_json *sets = pp_json_array();
    size_t i;
    int bad = 0;

    for (i = 0; i < p->n && !bad; i++) {
        const range *r = &p->ranges[i];
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
put_routes(const plan *p, pp_json *ipam)
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
make_ipam(const plan *p)
{
    pp_json *ipam = pp_json_object();

    if (!pp_json_put(ipam, "type", pp_json_string("host-local")) &&
        !put_routes(p, ipam) && !put_ranges(p, ipam))
        return ipam;
    pp_json_unref(ipam);
    return NULL;
}

static pp_json *
make_bridge(const plan *p)
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
make_args(plan *p)
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
make_list(plan *p, pp_json **out, pp_err *err)
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
    plan p = {.nets = nets, .spec = &own};
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
        rc = take_subnets(&p, err);
    if (rc >= 0)
        rc = take_gateways(&p, err);
    if (rc >= 0)
        rc = take_ip_ranges(&p, err);
    if (rc >= 0)
        rc = make_list(&p, out, err);
    pp_json_unref(p.options);
    pp_json_unref(p.labels);
    return rc;
}
