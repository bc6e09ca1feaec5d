/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/links.c - what interfaces, addresses and routes there are
 */
#include "bridge.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define MAX_ADDRS 65536

static void
copy_text(const struct nlattr *attr, char *out, size_t size)
{
    if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
        return;
    strncpy(out, mnl_attr_get_str(attr), size - 1);
    out[size - 1] = '\0';
}

static int
take_port(const struct nlattr *attr, void *arg)
{
    br_link *l = arg;

    if (mnl_attr_get_type(attr) == IFLA_BRPORT_MODE &&
        mnl_attr_validate(attr, MNL_TYPE_U8) == 0)
        l->hairpin = mnl_attr_get_u8(attr) != 0;
    return MNL_CB_OK;
}

static int
take_info(const struct nlattr *attr, void *arg)
{
    br_link *l = arg;

    if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
        copy_text(attr, l->kind, sizeof(l->kind));
    if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_DATA)
        return mnl_attr_parse_nested(attr, take_port, l);
    return MNL_CB_OK;
}

static uint32_t
number(const struct nlattr *attr)
{
    return mnl_attr_validate(attr, MNL_TYPE_U32) == 0 ? mnl_attr_get_u32(attr)
                                                      : 0;
}

static int
take_attr(const struct nlattr *attr, void *arg)
{
    br_link *l = arg;

    switch (mnl_attr_get_type(attr)) {
    case IFLA_IFNAME:
        copy_text(attr, l->name, sizeof(l->name));
        break;
    case IFLA_IFALIAS:
        copy_text(attr, l->alias, sizeof(l->alias));
        break;
    case IFLA_MASTER:
        l->master = (int)number(attr);
        break;
    case IFLA_MTU:
        l->mtu = number(attr);
        break;
    case IFLA_OPERSTATE:
        if (mnl_attr_validate(attr, MNL_TYPE_U8) == 0)
            l->operstate = mnl_attr_get_u8(attr);
        break;
    case IFLA_ADDRESS:
        if (mnl_attr_get_payload_len(attr) == sizeof(l->mac))
            memcpy(l->mac, mnl_attr_get_payload(attr), sizeof(l->mac));
        break;
    case IFLA_LINKINFO:
        return mnl_attr_parse_nested(attr, take_info, l);
    default:
        break;
    }
    return MNL_CB_OK;
}

static int
read_link(const struct nlmsghdr *nlh, br_link *out)
{
    const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

    memset(out, 0, sizeof(*out));
    if (nlh->nlmsg_type != RTM_NEWLINK ||
        mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
        return -1;
    out->index = ifi->ifi_index;
    out->flags = ifi->ifi_flags;
    mnl_attr_parse(nlh, sizeof(*ifi), take_attr, out);
    return 0;
}

static int
one_link(const struct nlmsghdr *nlh, void *arg)
{
    return read_link(nlh, arg) < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

/* returns  1 | 0 (there is none) | -PP_E_* */
int
br_link_find(br_nl *nl, const char *name, br_link *out, cni_why *why)
{
    char buf[256] __attribute__((aligned(8)));
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

    nlh->nlmsg_type = RTM_GETLINK;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
    mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    int rc = -EINTR;

    for (int i = 0; br_nl_again(rc, i); i++)
        rc = br_nl_query(nl, nlh, one_link, out);
    if (rc == -ENODEV)
        return 0;
    if (rc < 0)
        return cni_say(why, br_nl_code(-rc), -rc, "cannot look at interface %s",
                       name);
    return 1;
}

typedef struct addrs {
    br_addr *v;
    size_t n;
    size_t cap;
} addrs;

static int
take_address(const struct nlattr *attr, void *arg)
{
    const struct nlattr **found = arg;

    if (mnl_attr_get_type(attr) == IFA_ADDRESS)
        found[0] = attr;
    if (mnl_attr_get_type(attr) == IFA_LOCAL)
        found[1] = attr;
    return MNL_CB_OK;
}

static int
add_address(const struct nlmsghdr *nlh, void *arg)
{
    const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *found[2] = {NULL, NULL};
    addrs *all = arg;

    if (nlh->nlmsg_type != RTM_NEWADDR ||
        mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
        return MNL_CB_OK;
    mnl_attr_parse(nlh, sizeof(*ifa), take_address, found);
    const struct nlattr *attr = found[1] ? found[1] : found[0];
    uint16_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

    if (len != 4 && len != 16)
        return MNL_CB_OK;
    if (all->n == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 32;
        br_addr *v = cap > MAX_ADDRS ? NULL : realloc(all->v, cap * sizeof(*v));

        if (!v) {
            errno = ENOMEM;
            return MNL_CB_ERROR;
        }
        all->v = v;
        all->cap = cap;
    }
    br_addr *a = &all->v[all->n++];

    *a = (br_addr){.index = (int)ifa->ifa_index};
    a->cidr.bits = ifa->ifa_prefixlen;
    a->cidr.ip.len = (uint8_t)len;
    memcpy(a->cidr.ip.b, mnl_attr_get_payload(attr), len);
    return MNL_CB_OK;
}

int
br_addr_list(br_nl *nl, int index, br_addr **v, size_t *n, cni_why *why)
{
    addrs all = {NULL, 0, 0};
    int rc = -EINTR;

    for (int i = 0; br_nl_again(rc, i); i++) {
        char buf[256] __attribute__((aligned(8)));
        struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

        nlh->nlmsg_type = RTM_GETADDR;
        nlh->nlmsg_flags = NLM_F_DUMP;
        struct ifaddrmsg *ifa =
            mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));

        ifa->ifa_index = (unsigned)index;
        all.n = 0;
        rc = br_nl_query(nl, nlh, add_address, &all);
    }
    if (rc < 0) {
        free(all.v);
        return cni_say(why, br_nl_code(-rc), -rc, "cannot list addresses");
    }
    *v = all.v;
    *n = 0;
    /* Kernels without strict checking give all of them. */
    for (size_t i = 0; i < all.n; i++)
        if (!index || all.v[i].index == index)
            all.v[(*n)++] = all.v[i];
    return 0;
}

typedef struct wanted_route {
    int index;
    const br_cidr *dst;
    const br_ip *gw;
    bool found;
} wanted_route;

static int
take_route(const struct nlattr *attr, void *arg)
{
    const struct nlattr **found = arg;

    if (mnl_attr_get_type(attr) == RTA_DST)
        found[0] = attr;
    if (mnl_attr_get_type(attr) == RTA_GATEWAY)
        found[1] = attr;
    if (mnl_attr_get_type(attr) == RTA_OIF)
        found[2] = attr;
    return MNL_CB_OK;
}

static bool
is_ip(const struct nlattr *attr, const br_ip *ip)
{
    return attr && mnl_attr_get_payload_len(attr) == ip->len &&
           !memcmp(mnl_attr_get_payload(attr), ip->b, ip->len);
}

static int
match_route(const struct nlmsghdr *nlh, void *arg)
{
    const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *found[3] = {NULL, NULL, NULL};
    wanted_route *w = arg;

    if (nlh->nlmsg_type != RTM_NEWROUTE ||
        mnl_nlmsg_get_payload_len(nlh) < sizeof(*rt) ||
        rt->rtm_dst_len != w->dst->bits)
        return MNL_CB_OK;
    mnl_attr_parse(nlh, sizeof(*rt), take_route, found);
    if ((w->dst->bits == 0 || is_ip(found[0], &w->dst->ip)) &&
        (w->gw->len == 0 ? !found[1] : is_ip(found[1], w->gw)) && found[2] &&
        (int)number(found[2]) == w->index)
        w->found = true;
    return MNL_CB_OK;
}

/* returns  1 | 0 | -PP_E_* */
int
br_route_find(br_nl *nl, int index, const br_cidr *dst, const br_ip *gw,
              cni_why *why)
{
    wanted_route w = {index, dst, gw, false};
    int rc = -EINTR;

    for (int i = 0; br_nl_again(rc, i) && !w.found; i++) {
        char buf[256] __attribute__((aligned(8)));
        struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
        struct rtmsg *rt = NULL;

        nlh->nlmsg_type = RTM_GETROUTE;
        nlh->nlmsg_flags = NLM_F_DUMP;
        rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
        rt->rtm_family = dst->ip.len == 4 ? AF_INET : AF_INET6;
        rt->rtm_table = RT_TABLE_MAIN;
        rc = br_nl_query(nl, nlh, match_route, &w);
    }
    if (w.found)
        return 1;
    return rc < 0 ? cni_say(why, br_nl_code(-rc), -rc, "cannot list routes")
                  : 0;
}
