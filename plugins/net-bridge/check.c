/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/check.c - is an attachment still as it was made? */
#include "bridge.h"

#include <string.h>

#define drift(why, ...) cni_say(why, PP_E_DRIFT, 0, __VA_ARGS__)

/* Both ends of what check looks at. */
typedef struct view {
    const br_att *att;
    br_nl *nl;
    cni_why *why;
} view;

/* One interface, up. */
static int
look_up(const view *v, const char *where, const char *name, br_link *link)
{
    int rc = br_link_find(v->nl, name, link, v->why);

    if (rc < 0)
        return rc;
    if (rc == 0)
        return drift(v->why, "network %s: %s %s is not there", v->att->net,
                     where, name);
    if (!(link->flags & IFF_UP))
        return drift(v->why, "network %s: %s %s is down", v->att->net, where,
                     name);
    return 0;
}

static int
has_address(const view *v, int index, const br_cidr *wanted, const char *name)
{
    FREE_AUTO br_addr *all = NULL;
    char text[BR_CIDR_TEXT];
    size_t n = 0;
    int rc = br_addr_list(v->nl, index, &all, &n, v->why);

    for (size_t i = 0; rc == 0 && i < n; i++)
        if (all[i].cidr.bits == wanted->bits &&
            br_ip_same(&all[i].cidr.ip, &wanted->ip))
            return 0;
    if (rc < 0)
        return rc;
    return drift(v->why, "network %s: interface %s does not have %s",
                 v->att->net, name, br_cidr_text(wanted, text));
}

static int
check_host(const view *v)
{
    const br_att *att = v->att;
    br_link bridge;
    br_link veth;
    int rc = look_up(v, "bridge", att->bridge, &bridge);

    if (rc == 0)
        rc = look_up(v, "port", att->veth, &veth);
    if (rc < 0)
        return rc;
    if (veth.master != bridge.index)
        return drift(v->why, "network %s: %s is not a port of bridge %s",
                     att->net, att->veth, att->bridge);
    for (size_t i = 0; rc == 0 && att->is_gateway && i < att->leases.n; i++) {
        const br_lease *l = &att->leases.v[i];
        br_cidr gw = {l->gateway, l->address.bits};

        if (gw.ip.len)
            rc = has_address(v, bridge.index, &gw, att->bridge);
    }
    return rc;
}

static int
check_routes(const view *v, int index)
{
    for (size_t i = 0; i < v->att->n_routes; i++) {
        const br_route *r = &v->att->route[i];
        const br_ip *gw = br_peer_via(v->att, r);
        char text[BR_CIDR_TEXT];
        int rc = br_route_find(v->nl, index, &r->dst, gw, v->why);

        if (rc < 0)
            return rc;
        /* Another network's may have been first. */
        if (rc == 0 && r->dst.bits > 0)
            return drift(v->why,
                         "network %s: container %s has no route to %s on %s",
                         v->att->net, v->att->id, br_cidr_text(&r->dst, text),
                         v->att->ifname);
    }
    return 0;
}

static int
check_peer(const view *v)
{
    const br_att *att = v->att;
    char is[BR_MAC_TEXT];
    char was[BR_MAC_TEXT];
    br_link link;
    int rc = look_up(v, "the container's interface", att->ifname, &link);

    if (rc == 0 && memcmp(link.mac, att->mac, sizeof(att->mac)) != 0)
        return drift(v->why,
                     "network %s: interface %s has the address %s, it was %s",
                     att->net, att->ifname, br_mac_text(link.mac, is),
                     br_mac_text(att->mac, was));
    for (size_t i = 0; rc == 0 && i < att->leases.n; i++)
        rc = has_address(v, link.index, &att->leases.v[i].address, att->ifname);
    return rc < 0 ? rc : check_routes(v, link.index);
}

static int
check_leases(const br_att *att, int64_t deadline, cni_why *why)
{
    STORE_AUTO br_store store = {-1, -1, NULL};
    int rc = br_store_open(att->folder, false, deadline, &store, why);

    for (size_t i = 0; rc == 0 && i < att->leases.n; i++) {
        const br_ip *ip = &att->leases.v[i].address.ip;
        char owner[BR_OWNER_MAX] = "";
        char text[BR_IP_TEXT];

        if (store.dir >= 0 && br_store_owner(&store, ip, owner) &&
            br_owner_is(owner, att->id, att->ifname))
            continue;
        owner[strcspn(owner, "\r\n")] = '\0';
        cni_text_clean(owner);
        return drift(why, "network %s: address %s is leased to %.64s", att->net,
                     br_ip_text(ip, text), owner[0] ? owner : "nobody");
    }
    return rc;
}

static int
check_all(const br_att *att, const pp_net_request *req, int64_t deadline,
          cni_why *why)
{
    br_ns_entry entry = {-1, att->ifname, NULL};
    NL_AUTO br_nl here = {.sock = NULL};
    NL_AUTO br_nl there = {.sock = NULL};
    cni_why gone = {.err = NULL};
    FD_AUTO int netns = br_ns_open(req, &gone);

    if (netns < 0)
        return drift(why, "network %s: the namespace of container %s is gone",
                     att->net, att->id);
    entry.fd = netns;
    int rc = br_nl_open(&here, deadline, why);

    if (rc == 0)
        rc = check_host(&(view){att, &here, why});
    if (rc == 0)
        rc = br_ns_socket(&entry, deadline, &there, why);
    if (rc == 0)
        rc = check_peer(&(view){att, &there, why});
    return rc < 0 ? rc : check_leases(att, deadline, why);
}

int
br_check(const br *self, const pp_net_request *req, pp_slice bytes,
         cni_why *why)
{
    JSON_AUTO json_object *root = NULL;
    br_att att = {.id = NULL};
    int64_t deadline = br_deadline(self, req);
    int rc = br_request_check(req, false, why);

    if (rc == 0)
        rc = br_cookie_read(req->id, bytes, &root, &att, why);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return drift(why,
                     "container %s was never attached: its cookie is empty",
                     req->id);
    return check_all(&att, req, deadline, why);
}
