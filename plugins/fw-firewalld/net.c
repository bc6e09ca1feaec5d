/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/net.c - what one network wants, as rules
 */
#include "fwd.h"

#include <stdio.h>
#include <string.h>

#define SUBNETS_MAX 64
#define FLAGS (PP_FW_MASQUERADE | PP_FW_ISOLATE | PP_FW_INTERNAL)
#define INVALID(fwd, err, ...)                                                 \
    pp_host_fail((fwd)->host, err, PP_E_INVAL, 0, __VA_ARGS__)

/* Order in our POSTROUTING chain: what stays comes before what is rewritten. */
enum { STAYS = 0, LEAVES = 1, COMES_BACK = 2 };

void
fwd_net_tag(const char *net, char tag[FWD_TAG_MAX])
{
    snprintf(tag, FWD_TAG_MAX, FWD_NET_TAG "%.*s", FWD_NET_MAX, net);
}

int
fwd_net_check_args(const struct fwd *fwd, const pp_fw_net *net, pp_err *err)
{
    struct fwd_prefix subnet;

    if (!net || net->struct_size < sizeof(*net))
        return INVALID(fwd, err, "a network is missing or too short");
    if (!fwd_name_valid(net->net, FWD_NET_MAX))
        return INVALID(fwd, err, "\"%.80s\" is not a network's name",
                       net->net ? net->net : "");
    if (net->flags & ~FLAGS)
        return pp_host_fail(fwd->host, err, PP_E_NOTSUP, 0,
                            "network %s: unknown flags 0x%x", net->net,
                            net->flags & ~FLAGS);
    if (net->bridge ? !fwd_iface_valid(net->bridge)
                    : (net->flags & (PP_FW_ISOLATE | PP_FW_INTERNAL)) != 0)
        return INVALID(fwd, err,
                       "network %s: \"%.40s\" is not an interface's name",
                       net->net, net->bridge ? net->bridge : "");
    if (net->n_subnets > SUBNETS_MAX)
        return INVALID(fwd, err, "network %s: more than %d subnets", net->net,
                       SUBNETS_MAX);
    for (uint32_t i = 0; i < net->n_subnets; i++)
        if (!fwd_prefix_parse(net->subnets[i], &subnet))
            return INVALID(fwd, err, "network %s: \"%.80s\" is not a subnet",
                           net->net, net->subnets[i] ? net->subnets[i] : "");
    return 0;
}

/*
 * A client in the same subnet would get its answer from an address that it
 * never asked, and 127.0.0.1 cannot be answered at all: both go through the
 * host's address.
 */
int
fwd_net_return_path(struct fwd_list *want, const struct fwd_prefix *from,
                    const struct fwd_prefix *to, const char *tag)
{
    if (fwd_rule_add(want, to->v6, "nat", FWD_MASQ, COMES_BACK, tag,
                     "-s %s -d %s -m conntrack --ctstate DNAT -j MASQUERADE",
                     from->text, to->text) < 0)
        return -1;
    if (to->v6)
        return 0;
    return fwd_rule_add(want, false, "nat", FWD_MASQ, COMES_BACK, tag,
                        "-s 127.0.0.0/8 -d %s -m conntrack --ctstate DNAT "
                        "-j MASQUERADE",
                        to->text);
}

/* Rewrite what leaves a subnet, but not on its way to the network's others. */
static int
masquerade(const pp_fw_net *net, uint32_t which, const char *tag,
           struct fwd_list *want)
{
    struct fwd_prefix subnet;
    struct fwd_prefix other;

    fwd_prefix_parse(net->subnets[which], &subnet);
    for (uint32_t i = 0; i < net->n_subnets; i++) {
        fwd_prefix_parse(net->subnets[i], &other);
        if (i != which && other.v6 == subnet.v6 &&
            fwd_rule_add(want, subnet.v6, "nat", FWD_MASQ, STAYS, tag,
                         "-s %s -d %s -j RETURN", subnet.text, other.text) < 0)
            return -1;
    }
    if (fwd_rule_add(want, subnet.v6, "nat", FWD_MASQ, STAYS, tag,
                     "-s %s -d %s -j RETURN", subnet.text,
                     subnet.v6 ? "ff00::/8" : "224.0.0.0/4") < 0)
        return -1;
    return fwd_rule_add(want, subnet.v6, "nat", FWD_MASQ, LEAVES, tag,
                        "-s %s ! -d %s -j MASQUERADE", subnet.text,
                        subnet.text);
}

/* route_localnet must not let containers in to the host's loopback. */
static int
guard(struct fwd_list *want, const char *bridge, const char *tag)
{
    return fwd_rule_add(want, false, "filter", FWD_GUARD, 0, tag,
                        "-i %s -d 127.0.0.0/8 -m conntrack ! --ctstate "
                        "RELATED,ESTABLISHED -j DROP",
                        bridge);
}

/*
 * In the mangle table, which comes before firewalld's own acceptance of
 * established connections and published ports, whatever its backend.
 */
static int
isolate(const pp_fw_net *net, bool v6, const char *tag, struct fwd_list *want)
{
    const char *br = net->bridge;
    int rc = 0;

    if (net->flags & PP_FW_INTERNAL) {
        rc = fwd_rule_add(want, v6, "mangle", FWD_ISOLATE, 0, tag,
                          "-i %s ! -o %s -j DROP", br, br);
        if (rc == 0)
            rc = fwd_rule_add(want, v6, "mangle", FWD_ISOLATE, 0, tag,
                              "! -i %s -o %s -j DROP", br, br);
    }
    if (rc < 0 || !(net->flags & PP_FW_ISOLATE))
        return rc;
    /* a published port is open to them as to anybody outside */
    rc = fwd_rule_add(want, v6, "mangle", FWD_ISOLATE, 0, tag,
                      "-i %s ! -o %s -m conntrack ! --ctstate DNAT -j %s", br,
                      br, FWD_ISOLATED);
    if (rc == 0)
        rc = fwd_rule_add(want, v6, "mangle", FWD_ISOLATED, 0, tag,
                          "-o %s -j DROP", br);
    return rc;
}

static int
want_family(const pp_fw_net *net, bool v6, const char *tag,
            struct fwd_list *want)
{
    bool leaves =
        (net->flags & (PP_FW_MASQUERADE | PP_FW_INTERNAL)) == PP_FW_MASQUERADE;
    struct fwd_prefix subnet;
    bool any = false;

    for (uint32_t i = 0; i < net->n_subnets; i++) {
        fwd_prefix_parse(net->subnets[i], &subnet);
        if (subnet.v6 != v6)
            continue;
        any = true;
        if ((leaves && masquerade(net, i, tag, want) < 0) ||
            fwd_net_return_path(want, &subnet, &subnet, tag) < 0)
            return -1;
    }
    if (any && !v6 && net->bridge && guard(want, net->bridge, tag) < 0)
        return -1;
    return any ? isolate(net, v6, tag, want) : 0;
}

/* Append what NET means; it was checked. */
int
fwd_net_want(const struct fwd *fwd, const pp_fw_net *net, struct fwd_list *want,
             pp_err *err)
{
    char tag[FWD_TAG_MAX];

    fwd_net_tag(net->net, tag);
    if (want_family(net, false, tag, want) < 0 ||
        want_family(net, true, tag, want) < 0)
        return FWD_OOM(fwd, err);
    return 0;
}

/* What the owner's published ports need of its networks. */
int
fwd_net_share(const struct fwd *fwd, const pp_fw_rules *r,
              struct fwd_list *want, pp_err *err)
{
    const pp_fw_addr *local = fwd_localnet_of(fwd, r);
    struct fwd_prefix subnet;
    char tag[FWD_TAG_MAX];

    for (int v6 = 0; v6 < 2; v6++) {
        const pp_fw_addr *a = fwd_owner_target(r, v6 != 0);

        if (!a || !a->net || !a->subnet || !fwd_owner_publishes(r, v6 != 0))
            continue;
        fwd_net_tag(a->net, tag);
        fwd_prefix_parse(a->subnet, &subnet);
        if (fwd_net_return_path(want, &subnet, &subnet, tag) < 0)
            return FWD_OOM(fwd, err);
    }
    if (!local)
        return 0;
    fwd_net_tag(local->net, tag);
    return guard(want, local->bridge, tag) < 0 ? FWD_OOM(fwd, err) : 0;
}
