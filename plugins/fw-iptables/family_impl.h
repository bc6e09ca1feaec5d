/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/family_impl.h - the body of family4.c and family6.c
 *
 * Included by exactly those two, after they defined the FAM_ names; it is
 * not a header in any other sense and has no guard.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/x_tables.h>

#include "rule.h"

static const void *
first_rule(const char *chain, struct xtc_handle *h)
{
    return FAM_TC(first_rule)(chain, h);
}

static const void *
next_rule(const void *prev, struct xtc_handle *h)
{
    return FAM_TC(next_rule)(prev, h);
}

static const char *
target(const void *entry, struct xtc_handle *h)
{
    return FAM_TC(get_target)(entry, h);
}

static int
insert(const char *chain, const void *entry, unsigned int index,
       struct xtc_handle *h)
{
    return FAM_TC(insert_entry)(chain, entry, index, h);
}

static int
append(const char *chain, const void *entry, struct xtc_handle *h)
{
    return FAM_TC(append_entry)(chain, entry, h);
}

/* Fill a netmask of BITS leading ones. */
static void
put_mask(void *mask, uint8_t bits)
{
    uint8_t *m = mask;

    for (size_t i = 0; i < FAM_ADDR_LEN; i++) {
        unsigned int here = bits >= 8 ? 8 : bits;

        m[i] = (uint8_t)(0xff00u >> here);
        bits = (uint8_t)(bits - here);
    }
}

/* returns  the prefix length of MASK | -1: it is not a prefix */
static int
get_mask(const void *mask)
{
    const uint8_t *m = mask;
    uint8_t again[FAM_ADDR_LEN];
    int bits = 0;

    for (size_t i = 0; i < FAM_ADDR_LEN; i++)
        bits += __builtin_popcount(m[i]);
    put_mask(again, (uint8_t)bits);
    return memcmp(again, m, sizeof again) == 0 ? bits : -1;
}

static void
put_iface(char *name, unsigned char *mask, const char *want)
{
    size_t n = strnlen(want, IFNAMSIZ - 1);

    if (n == 0)
        return;
    memcpy(name, want, n);
    memset(mask, 0xff, n + 1);
}

/* returns  false if the match is not one whole name */
static bool
get_iface(const char *name, const unsigned char *mask, char *out)
{
    size_t n = strnlen(name, IFNAMSIZ);

    if (n == IFNAMSIZ)
        return false;
    for (size_t i = 0; i < IFNAMSIZ; i++) {
        if (mask[i] != (n > 0 && i <= n ? 0xff : 0))
            return false;
    }
    memcpy(out, name, n);
    return true;
}

static void
put_head(void *entry, const struct fwi_rule *rule, uint16_t target_offset,
         uint16_t next_offset)
{
    FAM_ENTRY *e = entry;

    memcpy(&e->FAM_HEAD.src, rule->src, FAM_ADDR_LEN);
    memcpy(&e->FAM_HEAD.dst, rule->dst, FAM_ADDR_LEN);
    put_mask(&e->FAM_HEAD.smsk, rule->src_bits);
    put_mask(&e->FAM_HEAD.dmsk, rule->dst_bits);
    put_iface(e->FAM_HEAD.iniface, e->FAM_HEAD.iniface_mask, rule->in);
    put_iface(e->FAM_HEAD.outiface, e->FAM_HEAD.outiface_mask, rule->out);
    e->FAM_HEAD.proto = rule->proto;
    e->FAM_HEAD.flags = rule->proto ? FAM_PROTO_FLAG : 0;
    e->FAM_HEAD.invflags = rule->inv & FWI_NOT_HEAD;
    e->target_offset = target_offset;
    e->next_offset = next_offset;
}

static void
get_head(const void *entry, struct fwi_rule *rule)
{
    const FAM_ENTRY *e = entry;
    int src = get_mask(&e->FAM_HEAD.smsk);
    int dst = get_mask(&e->FAM_HEAD.dmsk);

    memcpy(rule->src, &e->FAM_HEAD.src, FAM_ADDR_LEN);
    memcpy(rule->dst, &e->FAM_HEAD.dst, FAM_ADDR_LEN);
    rule->src_bits = (uint8_t)(src < 0 ? 0 : src);
    rule->dst_bits = (uint8_t)(dst < 0 ? 0 : dst);
    rule->proto = (uint8_t)e->FAM_HEAD.proto;
    rule->inv = e->FAM_HEAD.invflags & FWI_NOT_HEAD;
    if (src < 0 || dst < 0 || e->FAM_HEAD.proto > UINT8_MAX ||
        (e->FAM_HEAD.invflags & ~FWI_NOT_HEAD) != 0 ||
        FAM_EXTRA(&e->FAM_HEAD) != 0 ||
        !get_iface(e->FAM_HEAD.iniface, e->FAM_HEAD.iniface_mask, rule->in) ||
        !get_iface(e->FAM_HEAD.outiface, e->FAM_HEAD.outiface_mask, rule->out))
        rule->foreign = 1;
}

static void
offsets(const void *entry, uint16_t *target_offset, uint16_t *next_offset)
{
    const FAM_ENTRY *e = entry;

    *target_offset = e->target_offset;
    *next_offset = e->next_offset;
}

static bool
lacks_dnat(uint8_t revision)
{
    struct xt_get_revision ask;
    socklen_t len = sizeof ask;
    int fd = socket(FAM_AF, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

    if (fd < 0)
        return false;
    memset(&ask, 0, sizeof ask);
    memcpy(ask.name, "DNAT", sizeof "DNAT");
    ask.revision = revision;
    int rc = getsockopt(fd, FAM_SOL, FAM_GET_TARGET_REVISION, &ask, &len);
    bool lacks = rc < 0 && errno == EPROTONOSUPPORT;

    close(fd);
    return lacks;
}

const struct fwi_family FAM_OPS = {
    .af = FAM_AF,
    .addr_len = FAM_ADDR_LEN,
    .addr_bits = FAM_ADDR_LEN * 8,
    .name = FAM_NAME,
    .names = FAM_NAMES,
    .module = FAM_MODULE,
    .head_size = sizeof(FAM_ENTRY),
    .masq_size = sizeof(FAM_MASQ),
    .loopback = FAM_LOOPBACK,
    .loopback_bits = FAM_LOOPBACK_BITS,
    .multicast = FAM_MULTICAST,
    .multicast_bits = FAM_MULTICAST_BITS,
    .init = FAM_TC(init),
    .free = FAM_TC(free),
    .commit = FAM_TC(commit),
    .is_chain = FAM_TC(is_chain),
    .first_chain = FAM_TC(first_chain),
    .next_chain = FAM_TC(next_chain),
    .first_rule = first_rule,
    .next_rule = next_rule,
    .target = target,
    .insert = insert,
    .append = append,
    .delete_at = FAM_TC(delete_num_entry),
    .create_chain = FAM_TC(create_chain),
    .delete_chain = FAM_TC(delete_chain),
    .strerror = FAM_TC(strerror),
    .put_head = put_head,
    .get_head = get_head,
    .offsets = offsets,
    .lacks_dnat = lacks_dnat,
};
