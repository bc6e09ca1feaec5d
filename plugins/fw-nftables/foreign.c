/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/foreign.c - what of others drops what we accept
 *
 * A drop is final, whoever accepted before.  All that is found makes one
 * warning, with the commands that let a bridge through: those of iptables for
 * its chains, since a rule that it cannot show would make it refuse the whole
 * table.
 *
 * Legacy tables come into being when they are looked at; only those are that
 * the kernel says are there.
 */
#include "nft.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#define MAX_TABLE ((size_t)64 << 20)

void
nft_foreign_add(struct nft_foreign *f, const char *family, const char *table,
                const char *chain)
{
    bool tool = !strcmp(table, "filter") && !strcmp(chain, "FORWARD") &&
                strcmp(family, "inet") != 0;
    char place[160];

    snprintf(place, sizeof(place), "%.8s %.64s %.64s", family, table, chain);
    if (tool)
        nft_foreign_tool(
            f, place, !strcmp(family, "ip") ? "iptables-nft" : "ip6tables-nft");
    else
        nft_foreign_note(f, place,
                         "nft 'insert rule %s iifname BRIDGE accept; insert "
                         "rule %s oifname BRIDGE ct state "
                         "established,related accept; insert rule %s oifname "
                         "BRIDGE ct status dnat accept'",
                         place, place, place);
}

void
nft_foreign_tool(struct nft_foreign *f, const char *place, const char *tool)
{
    nft_foreign_note(f, place,
                     "%s -I FORWARD -i BRIDGE -j ACCEPT; %s -I FORWARD -o "
                     "BRIDGE -m conntrack --ctstate "
                     "RELATED,ESTABLISHED,DNAT -j ACCEPT",
                     tool, tool);
}

/* Too many to tell are counted only. */
void
nft_foreign_note(struct nft_foreign *f, const char *place, const char *fmt, ...)
{
    size_t p = strlen(f->places);
    size_t c = strlen(f->cures);
    va_list ap;

    f->n++;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || p + strlen(place) + 3 > sizeof(f->places) ||
        c + (size_t)n + 3 > sizeof(f->cures)) {
        f->untold++;
        return;
    }
    snprintf(f->places + p, sizeof(f->places) - p, "%s%s", p ? ", " : "",
             place);
    c += (size_t)snprintf(f->cures + c, sizeof(f->cures) - c, "%s",
                          c ? "; " : "");
    va_start(ap, fmt);
    vsnprintf(f->cures + c, sizeof(f->cures) - c, fmt, ap);
    va_end(ap);
}

void
nft_foreign_say(const struct nft_foreign *f, const pp_host *host, pp_sink *why)
{
    char line[sizeof(f->places) + sizeof(f->cures) + 256];
    char more[32] = "";

    if (f->n == 0 || !why)
        return;
    if (f->untold)
        snprintf(more, sizeof(more), " and %u more", f->untold);
    int n = snprintf(line, sizeof(line),
                     "warning: chain%s %s%s drop%s forwarded packets that no "
                     "rule of its own accepts, whatever is accepted here; to "
                     "let them through: %s\n",
                     f->n > 1 ? "s" : "", f->places, more, f->n > 1 ? "" : "s",
                     f->cures);

    if (n > 0 && (size_t)n < sizeof(line))
        (void)host->put(why, line, (size_t)n);
}

/* What the kernel says of one table, in either family. */
struct shape {
    unsigned underflow; /* of FORWARD, where its policy is */
    unsigned size;
};

static bool
get_shape4(int fd, struct shape *s)
{
    struct ipt_getinfo info = {.name = "filter"};
    socklen_t n = sizeof(info);

    if (getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &n) < 0)
        return false;
    *s = (struct shape){info.underflow[NF_INET_FORWARD], info.size};
    return true;
}

static bool
get_shape6(int fd, struct shape *s)
{
    struct ip6t_getinfo info = {.name = "filter"};
    socklen_t n = sizeof(info);

    if (getsockopt(fd, IPPROTO_IPV6, IP6T_SO_GET_INFO, &info, &n) < 0)
        return false;
    *s = (struct shape){info.underflow[NF_INET_FORWARD], info.size};
    return true;
}

/* The verdict at OFFSET of the table's bytes; the policy is an entry without
 * matches. */
static int
verdict_at(const char *bytes, size_t size, size_t offset, size_t head)
{
    struct xt_standard_target t;

    if (offset > size || head + sizeof(t) > size - offset)
        return 0;
    memcpy(&t, bytes + offset + head, sizeof(t));
    return t.verdict;
}

static bool
drops4(int fd)
{
    struct shape s;

    if (!get_shape4(fd, &s) || s.size > MAX_TABLE)
        return false;
    socklen_t n = (socklen_t)(sizeof(struct ipt_get_entries) + s.size);
    struct ipt_get_entries *all = calloc(1, n);
    bool drops = false;

    if (all) {
        snprintf(all->name, sizeof(all->name), "filter");
        all->size = s.size;
        drops = getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, all, &n) == 0 &&
                verdict_at((const char *)all->entrytable, s.size, s.underflow,
                           sizeof(struct ipt_entry)) == -NF_DROP - 1;
    }
    free(all);
    return drops;
}

static bool
drops6(int fd)
{
    struct shape s;

    if (!get_shape6(fd, &s) || s.size > MAX_TABLE)
        return false;
    socklen_t n = (socklen_t)(sizeof(struct ip6t_get_entries) + s.size);
    struct ip6t_get_entries *all = calloc(1, n);
    bool drops = false;

    if (all) {
        snprintf(all->name, sizeof(all->name), "filter");
        all->size = s.size;
        drops =
            getsockopt(fd, IPPROTO_IPV6, IP6T_SO_GET_ENTRIES, all, &n) == 0 &&
            verdict_at((const char *)all->entrytable, s.size, s.underflow,
                       sizeof(struct ip6t_entry)) == -NF_DROP - 1;
    }
    free(all);
    return drops;
}

/* Is the table "filter" there by name?  any: is any? */
static bool
has_filter(const char *names, bool *any)
{
    FILE *f = fopen(names, "re");
    char line[64];
    bool found = false;

    while (f && fgets(line, sizeof(line), f)) {
        *any = true;
        found = found || !strcmp(line, "filter\n");
    }
    if (f)
        fclose(f);
    return found;
}

bool
nft_foreign_legacy(struct nft_foreign *f)
{
    static const struct {
        const char *names;
        int family;
        bool (*drops)(int fd);
        const char *place;
        const char *tool;
    } kinds[] = {
        {"/proc/net/ip_tables_names", AF_INET, drops4,
         "FORWARD of iptables-legacy", "iptables-legacy"},
        {"/proc/net/ip6_tables_names", AF_INET6, drops6,
         "FORWARD of ip6tables-legacy", "ip6tables-legacy"},
    };
    bool any = false;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!has_filter(kinds[i].names, &any))
            continue;
        int fd = socket(kinds[i].family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

        if (fd < 0)
            continue;
        if (kinds[i].drops(fd))
            nft_foreign_tool(f, kinds[i].place, kinds[i].tool);
        close(fd);
    }
    return any;
}
