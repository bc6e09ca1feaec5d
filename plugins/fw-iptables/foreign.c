/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/foreign.c - chains of nf_tables that drop what we accept
 *
 * A drop is final, whoever accepted before, and legacy iptables shows none of
 * those of nf_tables: the FORWARD of iptables-nft, and anybody's chains.
 */
#include "probe.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#define REPLY_MAX 32768
#define REPLIES_MAX 256
#define ALIGN4(n) (((size_t)(n) + 3) & ~(size_t)3)
#define NAME 64

struct chain {
    const char *family;
    char table[NAME];
    char name[NAME];
    uint32_t hook; /* ~0: none */
    uint32_t policy;
};

struct warning {
    unsigned n;
    char places[1024];
    char cures[1536];
};

typedef void attr_fn(uint16_t type, const unsigned char *p, size_t n,
                     void *arg);

static void
each_attr(const unsigned char *p, size_t left, attr_fn *fn, void *arg)
{
    struct nlattr a;

    while (left >= sizeof a) {
        memcpy(&a, p, sizeof a);
        if (a.nla_len < sizeof a || a.nla_len > left)
            return;
        const unsigned type = a.nla_type & (unsigned)NLA_TYPE_MASK;
        const size_t step = ALIGN4(a.nla_len);

        fn((uint16_t)type, p + sizeof a, a.nla_len - sizeof a, arg);

        if (step >= left)
            return;
        p += step;
        left -= step;
    }
}

static uint32_t
number(const unsigned char *p, size_t n)
{
    uint32_t v = 0;

    if (n != sizeof v)
        return ~(uint32_t)0;
    memcpy(&v, p, sizeof v);
    return ntohl(v);
}

static void
take_hook(uint16_t type, const unsigned char *p, size_t n, void *arg)
{
    struct chain *c = arg;

    if (type == NFTA_HOOK_HOOKNUM)
        c->hook = number(p, n);
}

static void
take_attr(uint16_t type, const unsigned char *p, size_t n, void *arg)
{
    struct chain *c = arg;
    char *to = type == NFTA_CHAIN_TABLE  ? c->table
               : type == NFTA_CHAIN_NAME ? c->name
                                         : NULL;

    if (to && n < NAME)
        memcpy(to, p, n);
    if (type == NFTA_CHAIN_HOOK)
        each_attr(p, n, take_hook, c);
    if (type == NFTA_CHAIN_POLICY)
        c->policy = number(p, n);
}

/* Text behind what is there, or nothing of it. */
static void
add(char *to, size_t size, const char *separator, const char *text)
{
    size_t n = strlen(to);

    if (n + strlen(separator) + strlen(text) < size)
        snprintf(to + n, size - n, "%s%s", n ? separator : "", text);
}

/* iptables would refuse a whole table for a rule that it cannot show. */
static void
add_cure(struct warning *w, const struct chain *c, const char *place)
{
    char cure[1024];
    const char *tool =
        !strcmp(c->family, "ip") ? "iptables-nft" : "ip6tables-nft";

    if (!strcmp(c->table, "filter") && !strcmp(c->name, "FORWARD") &&
        strcmp(c->family, "inet") != 0)
        snprintf(cure, sizeof cure,
                 "%s -I FORWARD -i BRIDGE -j ACCEPT; %s -I FORWARD -o BRIDGE "
                 "-m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT",
                 tool, tool);
    else
        snprintf(cure, sizeof cure,
                 "nft 'insert rule %s iifname BRIDGE accept; insert rule %s "
                 "oifname BRIDGE ct state established,related accept; insert "
                 "rule %s oifname BRIDGE ct status dnat accept'",
                 place, place, place);
    add(w->cures, sizeof w->cures, "; ", cure);
}

static void
look_at(const struct nlmsghdr *nlh, struct warning *w)
{
    const unsigned char *p = (const unsigned char *)nlh;
    size_t at = ALIGN4(sizeof *nlh) + ALIGN4(sizeof(struct nfgenmsg));
    struct chain c = {.hook = ~(uint32_t)0, .policy = NF_ACCEPT};
    struct nfgenmsg nfg;
    char place[3 * NAME];

    if (nlh->nlmsg_len < at)
        return;
    memcpy(&nfg, p + ALIGN4(sizeof *nlh), sizeof nfg);
    c.family = nfg.nfgen_family == NFPROTO_IPV4   ? "ip"
               : nfg.nfgen_family == NFPROTO_IPV6 ? "ip6"
               : nfg.nfgen_family == NFPROTO_INET ? "inet"
                                                  : NULL;
    each_attr(p + at, nlh->nlmsg_len - at, take_attr, &c);
    if (!c.family || c.hook != NF_INET_FORWARD || c.policy != NF_DROP)
        return;
    snprintf(place, sizeof place, "%s %s %s", c.family, c.table, c.name);
    add(w->places, sizeof w->places, ", ", place);
    add_cure(w, &c, place);
    w->n++;
}

static void
look_at_all(int fd, struct warning *w)
{
    _Alignas(struct nlmsghdr) unsigned char buf[REPLY_MAX];
    bool more = true;

    for (int i = 0; more && i < REPLIES_MAX; i++) {
        ssize_t got = recv(fd, buf, sizeof buf, 0);
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(void *)buf;

        more = got > 0;
        for (size_t left = got > 0 ? (size_t)got : 0; NLMSG_OK(nlh, left);
             nlh = NLMSG_NEXT(nlh, left)) {
            if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
                more = false;
            else
                look_at(nlh, w);
        }
    }
}

bool
fwi_foreign_warning(char *line, size_t size)
{
    struct warning w = {0};
    int fd = fwi_nft_dump(NFT_MSG_GETCHAIN);

    if (fd < 0)
        return false;
    look_at_all(fd, &w);
    close(fd);
    if (w.n == 0)
        return false;
    snprintf(line, size,
             "warning: chain%s %s drop%s forwarded packets that no rule of its "
             "own accepts, whatever is accepted here; to let them through: "
             "%s\n",
             w.n > 1 ? "s" : "", w.places, w.n > 1 ? "" : "s", w.cures);
    return true;
}
