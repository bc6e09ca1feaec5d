/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/peer.c - the container's side of an attachment */
#include "bridge.h"

#include <string.h>

static bool
has_family(const br_leases *leases, uint8_t len)
{
    for (size_t i = 0; i < leases->n; i++)
        if (leases->v[i].address.ip.len == len)
            return true;
    return false;
}

static int
no_iface(const br_def *def, const br_att *att, cni_why *why)
{
    return cni_say(why, PP_E_IO, 0,
                   "network %s: interface %s of container %s went away",
                   def->name, att->ifname, att->id);
}

/*
 * The gateway that a route goes through: its own, else the first of its
 * family, else none (length 0: on the link).  Borrowed.
 */
const br_ip *
br_peer_via(const br_att *att, const br_route *route)
{
    if (route->gw.len)
        return &route->gw;
    for (size_t i = 0; i < att->leases.n; i++)
        if (att->leases.v[i].gateway.len == route->dst.ip.len)
            return &att->leases.v[i].gateway;
    return &route->gw;
}

/*
 * IPv4 first, then up: neighbours are told on the way.  IPv6 addresses need
 * an interface that is up for their route.
 */
static void
fill(br_batch *batch, const br_att *att, int index)
{
    for (int up = 0; up < 2; up++) {
        for (size_t i = 0; i < att->leases.n; i++)
            if ((att->leases.v[i].address.ip.len == 16) == up)
                br_link_address(batch, true, index, &att->leases.v[i].address,
                                att->ifname);
        if (!up)
            br_link_up(batch, index, 0, att->ifname);
    }
    for (size_t i = 0; i < att->n_routes; i++)
        br_link_route(batch, index, &att->route[i].dst,
                      br_peer_via(att, &att->route[i]), att->ifname);
}

int
br_peer_configure(int netns, const br_def *def, const br_att *att,
                  int64_t deadline, cni_why *why)
{
    /* The order is that of use; without IPv6 the list starts later. */
    static const br_ns_setting settings[] = {
        {"ipv6", "disable_ipv6", "0", true},
        {"ipv6", "accept_dad", "0", false},
        {"ipv6", "keep_addr_on_down", "1", false},
        {"ipv4", "arp_notify", "1", false},
        {NULL, NULL, NULL, false},
    };
    bool six = has_family(&att->leases, 16);
    br_ns_entry entry = {netns, att->ifname, six ? settings : settings + 3};
    NL_AUTO br_nl nl = {.sock = NULL};
    FREE_AUTO br_batch *batch = br_batch_new(why);
    br_link link;

    if (!batch)
        return -PP_E_NOMEM;
    int rc = br_ns_socket(&entry, deadline, &nl, why);

    if (rc == 0)
        rc = br_link_find(&nl, att->ifname, &link, why);
    if (rc <= 0)
        return rc < 0 ? rc : no_iface(def, att, why);
    fill(batch, att, link.index);
    rc = br_batch_run(batch, &nl, why);
    if (rc < 0) {
        cni_why inner = *why;

        return cni_say(why, -rc, inner.sys_errno, "network %s: %s", def->name,
                       inner.text);
    }
    return 0;
}

/*
 * Delete the interface that another driver made.
 *
 * returns  1 | 0 (there is none, or it is no end of a pair) | -PP_E_*
 */
int
br_peer_remove(int netns, const char *ifname, int64_t deadline, cni_why *why)
{
    br_ns_entry entry = {netns, ifname, NULL};
    NL_AUTO br_nl nl = {.sock = NULL};
    br_link link;
    int rc = br_ns_socket(&entry, deadline, &nl, why);

    if (rc == 0)
        rc = br_link_find(&nl, ifname, &link, why);
    if (rc <= 0 || strcmp(link.kind, "veth") != 0)
        return rc < 0 ? rc : 0;
    FREE_AUTO br_batch *batch = br_batch_new(why);

    if (!batch)
        return -PP_E_NOMEM;
    br_link_delete(batch, link.index, ifname);
    rc = br_batch_run(batch, &nl, why);
    return rc < 0 ? rc : 1;
}
