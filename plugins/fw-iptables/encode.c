/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/encode.c - a rule into the kernel's binary form
 *
 * An entry is its head, aligned matches, then one aligned target.  The
 * kernel wants every byte that says nothing to be zero.
 */
#include <arpa/inet.h>
#include <string.h>

#include "family.h"
#include "wire.h"

struct build {
    unsigned char *buf;
    size_t n; /* 0 after an overflow */
};

/* returns  SIZE zeroed bytes at the end of the entry | NULL: full */
static void *
grow(struct build *b, size_t size)
{
    if (b->n == 0 || size > FWI_ENTRY_MAX - b->n) {
        b->n = 0;
        return NULL;
    }
    void *p = b->buf + b->n;

    b->n += size;
    return p;
}

/* returns  the zeroed data of a new match | NULL: full */
static void *
add_match(struct build *b, const char *name, uint8_t revision, size_t data)
{
    size_t size = XT_ALIGN(sizeof(struct xt_entry_match)) + XT_ALIGN(data);
    struct xt_entry_match *m = grow(b, size);

    if (!m)
        return NULL;
    m->u.user.match_size = (uint16_t)size;
    memcpy(m->u.user.name, name, strlen(name));
    m->u.user.revision = revision;
    return m->data;
}

static void
add_ports(struct build *b, const struct fwi_rule *rule)
{
    const uint16_t lo = rule->dport_lo;
    const uint16_t hi = rule->dport_hi;

    if (rule->proto == IPPROTO_TCP) {
        struct xt_tcp *m = add_match(b, "tcp", 0, sizeof *m);

        if (m)
            *m = (struct xt_tcp){.spts = {0, 0xffff}, .dpts = {lo, hi}};
    } else if (rule->proto == IPPROTO_UDP) {
        struct xt_udp *m = add_match(b, "udp", 0, sizeof *m);

        if (m)
            *m = (struct xt_udp){.spts = {0, 0xffff}, .dpts = {lo, hi}};
    } else {
        struct xt_sctp_info *m = add_match(b, "sctp", 0, sizeof *m);

        if (!m)
            return;
        m->spts[1] = 0xffff;
        m->dpts[0] = lo;
        m->dpts[1] = hi;
        m->flags = XT_SCTP_DEST_PORTS;
    }
}

static void
add_matches(struct build *b, const struct fwi_rule *rule)
{
    if (rule->dport_hi != 0)
        add_ports(b, rule);
    if (rule->dst_type) {
        struct xt_addrtype_info_v1 *m = add_match(b, "addrtype", 1, sizeof *m);

        if (m)
            m->dest = rule->dst_type;
    }
    if (rule->ctstate) {
        struct xt_conntrack_mtinfo3 *m =
            add_match(b, "conntrack", 3, sizeof *m);

        if (!m)
            return;
        m->match_flags = XT_CONNTRACK_STATE;
        m->invert_flags = rule->inv & FWI_NOT_CTSTATE ? XT_CONNTRACK_STATE : 0;
        m->state_mask = rule->ctstate;
    }
    if (rule->comment[0]) {
        struct xt_comment_info *m = add_match(b, "comment", 0, sizeof *m);

        if (m)
            memcpy(m->comment, rule->comment, sizeof rule->comment);
    }
}

/* returns  the zeroed data of the target | NULL: full */
static void *
add_target(struct build *b, const char *name, uint8_t revision, size_t data)
{
    size_t head = sizeof(struct xt_entry_target);
    size_t size = XT_ALIGN(head + data);
    struct xt_entry_target *t = grow(b, size);

    if (!t)
        return NULL;
    t->u.user.target_size = (uint16_t)size;
    memcpy(t->u.user.name, name, strnlen(name, sizeof t->u.user.name - 1));
    t->u.user.revision = revision;
    return (unsigned char *)t + head;
}

/* What iptables writes where it cannot shift: IPv4 has the oldest form. */
static void
add_old_dnat4(struct build *b, const struct fwi_rule *rule)
{
    struct nf_nat_ipv4_multi_range_compat m;
    void *data = add_target(b, "DNAT", 0, sizeof m);

    if (!data)
        return;
    memset(&m, 0, sizeof m);
    m.rangesize = 1;
    m.range[0].flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
    memcpy(&m.range[0].min_ip, rule->to, sizeof m.range[0].min_ip);
    memcpy(&m.range[0].max_ip, rule->to, sizeof m.range[0].max_ip);
    m.range[0].min.all = htons(rule->to_lo);
    m.range[0].max.all = htons(rule->to_hi);
    memcpy(data, &m, sizeof m);
}

/* Revision 2 is revision 1 with the base port after it. */
static void
add_dnat(struct build *b, const struct fwi_rule *rule,
         const struct fwi_family *fam, bool single_nat)
{
    size_t size =
        single_nat ? sizeof(struct nf_nat_range) : sizeof(struct nf_nat_range2);
    struct nf_nat_range2 range;

    if (single_nat && !FWI_IS_V6(fam)) {
        add_old_dnat4(b, rule);
        return;
    }
    void *data = add_target(b, "DNAT", single_nat ? 1 : 2, size);

    if (!data)
        return;
    memset(&range, 0, sizeof range);
    range.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
    memcpy(&range.min_addr, rule->to, sizeof rule->to);
    memcpy(&range.max_addr, rule->to, sizeof rule->to);
    range.min_proto.all = htons(rule->to_lo);
    range.max_proto.all = htons(rule->to_hi);
    if (rule->to_base != 0) {
        range.flags |= NF_NAT_RANGE_PROTO_OFFSET;
        range.base_proto.all = htons(rule->to_base);
    }
    memcpy(data, &range, size);
}

/* IPv4 has the old struct with a count, IPv6 the plain range. */
static void
add_masquerade(struct build *b, const struct fwi_family *fam)
{
    void *data = add_target(b, "MASQUERADE", 0, fam->masq_size);

    if (data && fam->af == AF_INET)
        ((struct nf_nat_ipv4_multi_range_compat *)data)->rangesize = 1;
}

size_t
fwi_rule_encode(const struct fwi_rule *rule, const struct fwi_family *fam,
                bool single_nat, void *buf)
{
    struct build b = {buf, fam->head_size};

    if (rule->foreign || (rule->to_base != 0 && single_nat))
        return 0;
    memset(buf, 0, FWI_ENTRY_MAX);
    add_matches(&b, rule);
    size_t target_offset = b.n;

    if (strcmp(rule->target, "DNAT") == 0)
        add_dnat(&b, rule, fam, single_nat);
    else if (strcmp(rule->target, "MASQUERADE") == 0)
        add_masquerade(&b, fam);
    else
        add_target(&b, rule->target, 0,
                   sizeof(struct xt_standard_target) -
                       sizeof(struct xt_entry_target));
    if (b.n != 0)
        fam->put_head(buf, rule, (uint16_t)target_offset, (uint16_t)b.n);
    return b.n;
}
