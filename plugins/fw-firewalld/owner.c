/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/owner.c - what one owner wants, as rules
 */
#include "fwd.h"

#include <stdio.h>
#include <string.h>

#define ADDRS_MAX 256
#define INVALID(fwd, err, ...)                                                 \
    pp_host_fail((fwd)->host, err, PP_E_INVAL, 0, __VA_ARGS__)

void
fwd_owner_tag(const char *owner, char tag[FWD_TAG_MAX])
{
    snprintf(tag, FWD_TAG_MAX, FWD_OWNER_TAG "%.*s", FWD_OWNER_MAX, owner);
}

static int
check_addr(const struct fwd *fwd, const char *owner, const pp_fw_addr *a,
           pp_err *err)
{
    struct fwd_prefix ip;
    struct fwd_prefix subnet;

    if (!a || a->struct_size < sizeof(*a))
        return INVALID(fwd, err, "owner %s: an address is missing or too short",
                       owner);
    if (a->flags != 0)
        return pp_host_fail(fwd->host, err, PP_E_NOTSUP, 0,
                            "owner %s: unknown address flags 0x%x", owner,
                            a->flags);
    if (!fwd_addr_parse(a->address, &ip) || fwd_addr_is_any(&ip))
        return INVALID(fwd, err, "owner %s: \"%.80s\" is not an address", owner,
                       a->address ? a->address : "");
    if (a->subnet &&
        (!fwd_prefix_parse(a->subnet, &subnet) || subnet.v6 != ip.v6))
        return INVALID(fwd, err, "owner %s: \"%.80s\" is not the subnet of %s",
                       owner, a->subnet, ip.text);
    if (a->net && !fwd_name_valid(a->net, FWD_NET_MAX))
        return INVALID(fwd, err, "owner %s: \"%.80s\" is not a network's name",
                       owner, a->net);
    if (a->bridge && !fwd_iface_valid(a->bridge))
        return INVALID(fwd, err,
                       "owner %s: \"%.40s\" is not an interface's name", owner,
                       a->bridge);
    return 0;
}

int
fwd_owner_check(const struct fwd *fwd, const pp_fw_rules *r, pp_err *err)
{
    int rc = 0;

    if (!r || r->struct_size < sizeof(*r))
        return INVALID(fwd, err, "an owner's rules are missing or too short");
    if (!fwd_name_valid(r->owner, FWD_OWNER_MAX))
        return INVALID(fwd, err,
                       "owner \"%.80s\" is not 1 to %d of [A-Za-z0-9_.-]",
                       r->owner ? r->owner : "", FWD_OWNER_MAX);
    if (r->flags != 0)
        return pp_host_fail(fwd->host, err, PP_E_NOTSUP, 0,
                            "owner %s: unknown flags 0x%x", r->owner, r->flags);
    if (r->n_addrs > ADDRS_MAX)
        return INVALID(fwd, err, "owner %s: more than %d addresses", r->owner,
                       ADDRS_MAX);
    for (uint32_t i = 0; rc == 0 && i < r->n_addrs; i++)
        rc = check_addr(fwd, r->owner, r->addrs[i], err);
    return rc < 0 ? rc : fwd_ports_check(fwd, r, err);
}

/* Where published ports lead: the first address of the family, or NULL. */
const pp_fw_addr *
fwd_owner_target(const pp_fw_rules *r, bool v6)
{
    struct fwd_prefix ip;

    for (uint32_t i = 0; i < r->n_addrs; i++)
        if (fwd_addr_parse(r->addrs[i]->address, &ip) && ip.v6 == v6)
            return r->addrs[i];
    return NULL;
}

bool
fwd_owner_publishes(const pp_fw_rules *r, bool v6)
{
    if (!fwd_owner_target(r, v6))
        return false;
    for (uint32_t i = 0; i < r->n_ports; i++)
        if (fwd_port_is_for(r->ports[i], v6))
            return true;
    return false;
}

/*
 * Forwarding to and from one address.  Where firewalld's own rules are in
 * nf_tables, these stand in front of them and let a packet through the tables
 * of iptables, in which others may drop; the zone decides after them.  Where
 * firewalld uses iptables itself, to accept here would pass the zone by.
 */
static int
want_addr(const pp_fw_rules *r, const pp_fw_addr *a, bool legacy,
          const char *tag, struct fwd_list *want)
{
    const char *verdict = legacy ? "RETURN" : "ACCEPT";
    struct fwd_prefix ip;
    bool dnat = false;

    fwd_addr_parse(a->address, &ip);
    dnat = fwd_owner_target(r, ip.v6) == a && fwd_owner_publishes(r, ip.v6);
    if (fwd_rule_add(want, ip.v6, "filter", FWD_FORWARD, 0, tag, "-s %s -j %s",
                     ip.text, verdict) < 0)
        return -1;
    return fwd_rule_add(want, ip.v6, "filter", FWD_FORWARD, 0, tag,
                        "-d %s -m conntrack --ctstate RELATED,ESTABLISHED%s "
                        "-j %s",
                        ip.text, dnat ? ",DNAT" : "", verdict);
}

/* A network has the way back for all its owners; this is for one without. */
static int
want_return_path(const pp_fw_rules *r, bool v6, const char *tag,
                 struct fwd_list *want)
{
    const pp_fw_addr *a = fwd_owner_target(r, v6);
    struct fwd_prefix ip;
    struct fwd_prefix from;

    if (!fwd_owner_publishes(r, v6) || (a->net && a->subnet))
        return 0;
    fwd_addr_parse(a->address, &ip);
    if (!a->subnet || !fwd_prefix_parse(a->subnet, &from))
        from = ip;
    return fwd_net_return_path(want, &from, &ip, tag);
}

/* Append what R means; it was checked. */
int
fwd_owner_want(const struct fwd *fwd, const pp_fw_rules *r, bool legacy,
               struct fwd_list *want, pp_err *err)
{
    char tag[FWD_TAG_MAX];
    int rc = 0;

    fwd_owner_tag(r->owner, tag);
    for (uint32_t i = 0; rc == 0 && i < r->n_addrs; i++)
        rc = want_addr(r, r->addrs[i], legacy, tag, want);
    if (rc == 0)
        rc = fwd_ports_want(r, tag, want);
    if (rc == 0)
        rc = want_return_path(r, false, tag, want);
    if (rc == 0)
        rc = want_return_path(r, true, tag, want);
    return rc < 0 ? FWD_OOM(fwd, err) : fwd_net_share(fwd, r, want, err);
}
