/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/host.c - the host's side of a network
 *
 * The bridge is made on first use and stays, as it does with the CNI plugin.
 * Each step looks first, so that only the first container pays for it, and
 * so that a process that died half-way is carried on from there.
 */
#include "bridge.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <string.h>

/* Any number of processes may make the bridge at once; one of them does. */
static int
make_bridge(br_nl *nl, const br_def *def, br_link *bridge, cni_why *why)
{
    FREE_AUTO br_batch *batch = br_batch_new(why);
    uint8_t mac[6];

    if (!batch)
        return -PP_E_NOMEM;
    if (br_mac_make(mac) < 0)
        return cni_say(why, PP_E_IO, errno, "cannot make an address for %s",
                       def->bridge);
    br_link_bridge(batch, def, mac);
    int rc = br_batch_run(batch, nl, why);

    if (rc == 0)
        rc = cni_fault("bridge.made", why);
    if (rc < 0)
        return rc;
    rc = br_link_find(nl, def->bridge, bridge, why);
    if (rc == 0)
        return cni_say(why, PP_E_BUSY, 0,
                       "network %s: somebody deleted bridge %s at once",
                       def->name, def->bridge);
    return rc < 0 ? rc : 0;
}

static int
bring_up(br_nl *nl, const br_def *def, const br_link *bridge, cni_why *why)
{
    unsigned wanted = IFF_UP | (def->promisc ? (unsigned)IFF_PROMISC : 0);

    if ((bridge->flags & wanted) == wanted)
        return 0;
    FREE_AUTO br_batch *batch = br_batch_new(why);

    if (!batch)
        return -PP_E_NOMEM;
    /* Its routes are ours to make, not those of who is on the network. */
    int rc = br_sysctl_set("0", "ipv6/conf/%s/accept_ra", def->bridge);

    if (rc < 0 && rc != -ENOENT)
        return cni_say(why, PP_E_IO, -rc, "bridge %s: cannot set accept_ra",
                       def->bridge);
    br_link_up(batch, bridge->index, wanted, def->bridge);
    return br_batch_run(batch, nl, why);
}

static bool
is_link_local(const br_ip *ip)
{
    return ip->len == 16 && ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

/*
 * What is in the way of a gateway's address on the bridge: another address
 * of the same subnet there, or the very subnet on another interface, between
 * which the host could not choose.
 */
static int
clear_way(br_nl *nl, const br_def *def, int bridge, const br_cidr *gw,
          br_batch *batch, cni_why *why)
{
    FREE_AUTO br_addr *all = NULL;
    char wanted[BR_CIDR_TEXT];
    char other[BR_CIDR_TEXT];
    br_ip base = br_cidr_first(gw);
    size_t n = 0;
    int rc = br_addr_list(nl, 0, &all, &n, why);

    br_cidr_text(gw, wanted);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const br_cidr *c = &all[i].cidr;
        br_ip other_base = br_cidr_first(c);
        bool here = all[i].index == bridge;
        bool same = c->bits == gw->bits && br_ip_same(&base, &other_base);

        br_cidr_text(c, other);
        if (c->ip.len != gw->ip.len || is_link_local(&c->ip) ||
            !(here ? br_cidr_overlap(c, gw) : same) ||
            (here && same && br_ip_same(&c->ip, &gw->ip)))
            continue;
        if (!here)
            return cni_say(why, PP_E_CONFLICT, 0,
                           "network %s: its subnet is on interface %d "
                           "already, as %s, wanted was %s on %s",
                           def->name, all[i].index, other, wanted, def->bridge);
        if (!def->force_address)
            return cni_say(why, PP_E_CONFLICT, 0,
                           "network %s: bridge %s has the address %s, wanted "
                           "was %s; set forceAddress, or delete it",
                           def->name, def->bridge, other, wanted);
        br_link_address(batch, false, bridge, c, def->bridge);
    }
    return rc;
}

static bool
has_address(const br_addr *v, size_t n, const br_cidr *cidr)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].cidr.bits == cidr->bits &&
            br_ip_same(&v[i].cidr.ip, &cidr->ip))
            return true;
    return false;
}

static int
add_gateways(br_nl *nl, const br_def *def, const br_leases *leases, int bridge,
             cni_why *why)
{
    FREE_AUTO br_addr *have = NULL;
    size_t n = 0;
    int rc = br_addr_list(nl, bridge, &have, &n, why);

    for (size_t i = 0; rc == 0 && i < leases->n; i++) {
        br_cidr gw = {leases->v[i].gateway, leases->v[i].address.bits};

        if (!gw.ip.len || has_address(have, n, &gw))
            continue;
        FREE_AUTO br_batch *batch = br_batch_new(why);

        if (!batch)
            return -PP_E_NOMEM;
        rc = clear_way(nl, def, bridge, &gw, batch, why);
        if (rc < 0)
            return rc;
        br_link_address(batch, true, bridge, &gw, def->bridge);
        rc = br_batch_run(batch, nl, why);
    }
    return rc;
}

static int
forward(const br_def *def, const br_leases *leases, cni_why *why)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < leases->n; i++)
        rc = br_sysctl_set("1", leases->v[i].address.ip.len == 4
                                    ? "ipv4/ip_forward"
                                    : "ipv6/conf/all/forwarding");
    if (rc < 0)
        return cni_say(why, br_nl_code(-rc), -rc,
                       "network %s: cannot turn forwarding on", def->name);
    return 0;
}

/* Make sure of the bridge and of what LEASES need of it. */
int
br_host_bridge(br_nl *nl, const br_def *def, const br_leases *leases,
               br_link *bridge, cni_why *why)
{
    int rc = br_link_find(nl, def->bridge, bridge, why);

    if (rc == 0)
        rc = make_bridge(nl, def, bridge, why);
    if (rc < 0)
        return rc;
    if (strcmp(bridge->kind, "bridge") != 0)
        return cni_say(why, PP_E_CONFLICT, 0,
                       "network %s: interface %s is there, but no bridge",
                       def->name, def->bridge);
    rc = bring_up(nl, def, bridge, why);
    if (rc == 0)
        rc = cni_fault("bridge.up", why);
    if (rc == 0 && def->is_gateway)
        rc = add_gateways(nl, def, leases, bridge->index, why);
    if (rc == 0 && def->is_gateway)
        rc = forward(def, leases, why);
    return rc;
}

/* The name on the host follows from the attachment, so that it is found
 * again without any record. */
void
br_host_veth(const char *id, const char *ifname, char out[IF_NAMESIZE])
{
    uint64_t hash = br_hash(BR_HASH_START, id, strlen(id) + 1);

    hash = br_hash(hash, ifname, strlen(ifname));
    snprintf(out, IF_NAMESIZE, BR_VETH_PREFIX "%012llx",
             (unsigned long long)(hash & 0xffffffffffff));
}

/* Whose it is: "polypod:NETWORK:ID:IFNAME". */
int
br_host_alias(const char *net, const char *id, const char *ifname,
              char out[BR_MAX_ALIAS], cni_why *why)
{
    int n = snprintf(out, BR_MAX_ALIAS, BR_ALIAS_PREFIX "%s:%s:%s", net, id,
                     ifname);

    if (n < 0 || n >= BR_MAX_ALIAS)
        return cni_say(why, PP_E_INVAL, 0,
                       "the names of network %.64s and container %.64s are "
                       "too long together",
                       net, id);
    return 0;
}

/* Does the alias name this attachment, on whatever network? */
static bool
is_alias_of(const char *alias, const char *id, const char *ifname)
{
    char end[BR_MAX_ALIAS];
    size_t n = strlen(alias);
    int len = snprintf(end, sizeof(end), ":%s:%s", id, ifname);

    return len > 0 && (size_t)len < sizeof(end) && n >= (size_t)len &&
           !strcmp(alias + n - (size_t)len, end);
}

/* returns  1 (deleted, the container's end with it) | 0 (none) | -PP_E_* */
int
br_host_remove(br_nl *nl, const char *id, const char *ifname, cni_why *why)
{
    char name[IF_NAMESIZE];
    br_link link;

    br_host_veth(id, ifname, name);
    int rc = br_link_find(nl, name, &link, why);

    if (rc <= 0)
        return rc;
    if (strcmp(link.kind, "veth") != 0 ||
        (link.alias[0] && !is_alias_of(link.alias, id, ifname)))
        return cni_say(why, PP_E_CONFLICT, 0,
                       "interface %s belongs to somebody else: \"%.200s\"",
                       name, link.alias);
    FREE_AUTO br_batch *batch = br_batch_new(why);

    if (!batch)
        return -PP_E_NOMEM;
    br_link_delete(batch, link.index, name);
    rc = br_batch_run(batch, nl, why);
    return rc < 0 ? rc : 1;
}
