/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/link.c - messages about interfaces, addresses, routes */
#include "bridge.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

static unsigned char
family_of(const br_ip *ip)
{
    return ip->len == 4 ? AF_INET : AF_INET6;
}

static struct ifinfomsg *
put_link(struct nlmsghdr *nlh, int index, unsigned flags)
{
    struct ifinfomsg *ifi =
        mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));

    ifi->ifi_index = index;
    ifi->ifi_flags = flags;
    ifi->ifi_change = flags;
    return ifi;
}

/* A bridge, down; its address stays when ports come and go. */
void
br_link_bridge(br_batch *b, const br_def *def, const uint8_t mac[6])
{
    struct nlmsghdr *nlh = br_batch_add(
        b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, EEXIST,
        "network %.32s: cannot make bridge %s", def->name, def->bridge);

    put_link(nlh, 0, 0);
    mnl_attr_put_strz(nlh, IFLA_IFNAME, def->bridge);
    mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
    if (def->mtu)
        mnl_attr_put_u32(nlh, IFLA_MTU, def->mtu);
    struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);

    mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
    mnl_attr_nest_end(nlh, info);
}

/* The container's end, inside the message that makes both. */
static void
put_peer(struct nlmsghdr *nlh, const struct br_veth *v)
{
    struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);

    mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
    struct nlattr *data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
    struct nlattr *peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);

    put_link(nlh, 0, 0);
    mnl_attr_put_strz(nlh, IFLA_IFNAME, v->peer);
    mnl_attr_put(nlh, IFLA_ADDRESS, 6, v->mac);
    mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)v->netns);
    if (v->def->mtu)
        mnl_attr_put_u32(nlh, IFLA_MTU, v->def->mtu);
    mnl_attr_nest_end(nlh, peer);
    mnl_attr_nest_end(nlh, data);
    mnl_attr_nest_end(nlh, info);
}

/*
 * A pair: the host's end is up, a port of the bridge, and says in its alias
 * whose it is; the other end is born in the container.
 */
void
br_link_veth(br_batch *b, const struct br_veth *v)
{
    struct nlmsghdr *nlh =
        br_batch_add(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0,
                     "network %.32s: cannot make interface %s with peer %s",
                     v->def->name, v->name, v->peer);

    put_link(nlh, 0, IFF_UP);
    mnl_attr_put_strz(nlh, IFLA_IFNAME, v->name);
    mnl_attr_put(nlh, IFLA_ADDRESS, 6, v->host_mac);
    mnl_attr_put_u32(nlh, IFLA_MASTER, (uint32_t)v->bridge);
    if (v->def->mtu)
        mnl_attr_put_u32(nlh, IFLA_MTU, v->def->mtu);
    put_peer(nlh, v);

    nlh = br_batch_add(b, RTM_NEWLINK, 0, 0,
                       "network %.32s: cannot set up port %s of bridge %s",
                       v->def->name, v->name, v->def->bridge);
    put_link(nlh, 0, 0);
    mnl_attr_put_strz(nlh, IFLA_IFNAME, v->name);
    mnl_attr_put_strz(nlh, IFLA_IFALIAS, v->alias);
    struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);

    mnl_attr_put_strz(nlh, IFLA_INFO_SLAVE_KIND, "bridge");
    struct nlattr *data = mnl_attr_nest_start(nlh, IFLA_INFO_SLAVE_DATA);

    mnl_attr_put_u8(nlh, IFLA_BRPORT_MODE, v->def->hairpin);
    if (v->def->isolated_port)
        mnl_attr_put_u8(nlh, IFLA_BRPORT_ISOLATED, 1);
    mnl_attr_nest_end(nlh, data);
    mnl_attr_nest_end(nlh, info);
}

void
br_link_up(br_batch *b, int index, unsigned flags, const char *name)
{
    struct nlmsghdr *nlh = br_batch_add(b, RTM_NEWLINK, 0, 0,
                                        "cannot bring interface %s up", name);

    put_link(nlh, index, IFF_UP | flags);
}

void
br_link_delete(br_batch *b, int index, const char *name)
{
    struct nlmsghdr *nlh = br_batch_add(b, RTM_DELLINK, 0, ENODEV,
                                        "cannot delete interface %s", name);

    put_link(nlh, index, 0);
}

/*
 * Detection of duplicates is off: the lease makes sure, and an address that
 * is still in doubt cannot be used.
 */
void
br_link_address(br_batch *b, bool add, int index, const br_cidr *a,
                const char *name)
{
    char text[BR_CIDR_TEXT];
    struct nlmsghdr *nlh = br_batch_add(
        b, add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_EXCL : 0,
        add ? EEXIST : EADDRNOTAVAIL, "cannot %s address %s %s %s",
        add ? "add" : "delete", br_cidr_text(a, text), add ? "to" : "of", name);
    struct ifaddrmsg *ifa =
        mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
    br_ip last = br_cidr_last(a);

    ifa->ifa_family = family_of(&a->ip);
    ifa->ifa_prefixlen = a->bits;
    ifa->ifa_flags = a->ip.len == 16 ? IFA_F_NODAD : 0;
    ifa->ifa_index = (unsigned)index;
    mnl_attr_put(nlh, IFA_LOCAL, a->ip.len, a->ip.b);
    mnl_attr_put(nlh, IFA_ADDRESS, a->ip.len, a->ip.b);
    if (a->ip.len == 4 && a->bits < 31)
        mnl_attr_put(nlh, IFA_BROADCAST, 4, last.b);
}

/* GW of length 0: the destination is on the link.  The first one wins. */
void
br_link_route(br_batch *b, int index, const br_cidr *dst, const br_ip *gw,
              const char *name)
{
    char to[BR_CIDR_TEXT];
    char via[BR_IP_TEXT] = "link";
    struct nlmsghdr *nlh = br_batch_add(
        b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, EEXIST,
        "cannot add a route to %s via %s on %s", br_cidr_text(dst, to),
        gw->len ? br_ip_text(gw, via) : via, name);
    struct rtmsg *rt = mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtmsg));

    rt->rtm_family = family_of(&dst->ip);
    rt->rtm_dst_len = dst->bits;
    rt->rtm_table = RT_TABLE_MAIN;
    rt->rtm_protocol = RTPROT_BOOT;
    rt->rtm_scope = gw->len ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    rt->rtm_type = RTN_UNICAST;
    if (dst->bits > 0)
        mnl_attr_put(nlh, RTA_DST, dst->ip.len, dst->ip.b);
    if (gw->len)
        mnl_attr_put(nlh, RTA_GATEWAY, gw->len, gw->b);
    mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)index);
}
