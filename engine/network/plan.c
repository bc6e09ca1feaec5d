/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/plan.c - the addresses of a new network; see plan.h */
#include "engine/network/plan.h"

#include <string.h>

static int
add_range(ppc_plan *p, const ppc_subnet *s, pp_err *err)
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
    p->ranges[p->n++] = (ppc_plan_range){.subnet = *s};
    return 0;
}

/* All that a new subnet must not meet. */
static int
read_taken(const ppc_plan *p, ppc_subnets *out, pp_err *err)
{
    size_t i;
    int rc = ppc_routes_read(out, err);

    for (i = 0; i < p->nets->n && rc >= 0; i++)
        rc = ppc_net_subnets(&p->nets->v[i], out, err);
    return rc;
}

/* Who has it: a network by name, else the host. */
static int
check_free(const ppc_plan *p, const ppc_subnets *taken, const ppc_subnet *s,
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
has_family(const ppc_plan *p, int family)
{
    size_t i;

    for (i = 0; i < p->n; i++)
        if (p->ranges[i].subnet.base.family == family)
            return true;
    return false;
}

int
ppc_plan_subnets(ppc_plan *p, pp_err *err)
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

static ppc_plan_range *
range_of(ppc_plan *p, const ppc_addr *a)
{
    size_t i;

    for (i = 0; i < p->n; i++)
        if (ppc_subnet_has(&p->ranges[i].subnet, a))
            return &p->ranges[i];
    return NULL;
}

/* Not the network's own address and not the broadcast one. */
static bool
is_usable(const ppc_plan_range *r, const ppc_addr *a)
{
    ppc_addr first = ppc_subnet_first(&r->subnet);
    ppc_addr last = ppc_subnet_last(&r->subnet);

    return ppc_addr_cmp(a, &first) >= 0 && ppc_addr_cmp(a, &last) <= 0;
}

int
ppc_plan_gateways(ppc_plan *p, pp_err *err)
{
    const char *const *list = p->spec->gateways;
    const bool internal = p->spec->flags & PP_NETWORK_INTERNAL;
    ppc_addr a;
    ppc_plan_range *r;
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

int
ppc_plan_ip_ranges(ppc_plan *p, pp_err *err)
{
    const char *const *list = p->spec->ip_ranges;
    ppc_addr first, last;
    ppc_plan_range *r;

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
