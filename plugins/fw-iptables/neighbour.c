/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/neighbour.c - do iptables-nft and firewalld have tables here?
 *
 * One dump of the nf_tables tables over netlink, for their names: those of
 * iptables-nft are "filter" and "nat" in the families ip and ip6, that of
 * firewalld is "firewalld" in the family inet.  A request
 * to a subsystem that is not there makes the kernel load its module, so it
 * is only asked where nothing can be loaded by asking.
 */
#include "probe.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "names.h"

#define REPLY_MAX 16384
#define REPLIES_MAX 64
#define ATTR_HEAD sizeof(struct nlattr)
#define ALIGN4(n) (((size_t)(n) + 3) & ~(size_t)3)

static bool
can_ask(void)
{
    struct utsname u;
    char path[PATH_MAX];

    if (access("/sys/module/nf_tables", F_OK) == 0 ||
        fwi_module_built_in("nf_tables"))
        return true;
    if (uname(&u) < 0)
        return false;
    snprintf(path, sizeof path, "/lib/modules/%s", u.release);
    return access(path, F_OK) != 0;
}

int
fwi_nft_dump(uint16_t message)
{
    struct {
        struct nlmsghdr nlh;
        struct nfgenmsg nfg;
    } ask = {
        .nlh = {.nlmsg_len = sizeof ask,
                .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message),
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                .nlmsg_seq = 1},
        .nfg = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0},
    };
    const struct timeval patience = {1, 0};
    int fd = !can_ask() ? -1
                        : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
                                 NETLINK_NETFILTER);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (send(fd, &ask, sizeof ask, 0) == (ssize_t)sizeof ask)
        return fd;
    close(fd);
    return -1;
}

/* returns  FWI_NFT_* if the table of this message is of interest | 0 */
static unsigned
kind_of(const char *name, size_t n, uint8_t family)
{
    bool ip = family == AF_INET || family == AF_INET6;

    if (ip && ((n == sizeof "filter" && memcmp(name, "filter", n) == 0) ||
               (n == sizeof "nat" && memcmp(name, "nat", n) == 0)))
        return FWI_NFT_IPTABLES;
    if (family == NFPROTO_INET && n == sizeof "firewalld" &&
        memcmp(name, "firewalld", n) == 0)
        return FWI_NFT_FIREWALLD;
    return 0;
}

static unsigned
table_kind(const struct nlmsghdr *nlh)
{
    const unsigned char *p = (const unsigned char *)nlh;
    size_t at = ALIGN4(sizeof *nlh) + ALIGN4(sizeof(struct nfgenmsg));
    struct nfgenmsg nfg;

    if (nlh->nlmsg_len < at)
        return 0;
    memcpy(&nfg, p + ALIGN4(sizeof *nlh), sizeof nfg);
    while (at + ATTR_HEAD <= nlh->nlmsg_len) {
        struct nlattr a;

        memcpy(&a, p + at, sizeof a);
        if (a.nla_len < ATTR_HEAD || a.nla_len > nlh->nlmsg_len - at)
            return 0;
        if ((a.nla_type & NLA_TYPE_MASK) == NFTA_TABLE_NAME)
            return kind_of((const char *)p + at + ATTR_HEAD,
                           a.nla_len - ATTR_HEAD, nfg.nfgen_family);
        at += ALIGN4(a.nla_len);
    }
    return 0;
}

unsigned
fwi_nft_neighbours(void)
{
    _Alignas(struct nlmsghdr) unsigned char buf[REPLY_MAX];
    unsigned found = 0;
    int fd = fwi_nft_dump(NFT_MSG_GETTABLE);
    bool more = fd >= 0;

    for (int i = 0; fd >= 0 && more && i < REPLIES_MAX; i++) {
        ssize_t got = recv(fd, buf, sizeof buf, 0);
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(void *)buf;

        more = got > 0;
        for (size_t left = got > 0 ? (size_t)got : 0; NLMSG_OK(nlh, left);
             nlh = NLMSG_NEXT(nlh, left)) {
            if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
                more = false;
            else
                found |= table_kind(nlh);
        }
    }
    if (fd >= 0)
        close(fd);
    return found;
}
