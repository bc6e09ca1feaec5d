/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/decode.c - the kernel's binary form into a rule
 *
 * The bytes come from the kernel, but what other tools put there may be
 * anything that the kernel takes: every size is checked, and what we would
 * not write ourselves only marks the rule as foreign.
 */
#include <arpa/inet.h>
#include <string.h>

#include "family.h"
#include "wire.h"

/* One walk over the matches of an entry. */
struct walk {
    const unsigned char *entry;
    size_t at;
    size_t end;
};

static struct walk
walk_of(const void *entry, const struct fwi_family *fam)
{
    uint16_t target = 0;
    uint16_t next = 0;

    fam->offsets(entry, &target, &next);
    return (struct walk){entry, fam->head_size, target};
}

/* returns  the next match; its data has *SIZE bytes | NULL: no more */
static const struct xt_entry_match *
walk_next(struct walk *w, size_t *size)
{
    const size_t head = sizeof(struct xt_entry_match);
    const struct xt_entry_match *m =
        (const struct xt_entry_match *)(const void *)(w->entry + w->at);

    if (w->at + head > w->end || m->u.match_size < head ||
        m->u.match_size > w->end - w->at)
        return NULL;
    w->at += m->u.match_size;
    *size = m->u.match_size - head;
    return m;
}

static bool
is_match(const struct xt_entry_match *m, size_t size, const char *name,
         uint8_t revision, size_t need)
{
    return m->u.user.revision == revision && size >= need &&
           strncmp(m->u.user.name, name, sizeof m->u.user.name) == 0;
}

const char *
fwi_entry_comment(const void *entry, const struct fwi_family *fam)
{
    struct walk w = walk_of(entry, fam);
    const struct xt_entry_match *m = NULL;
    size_t size = 0;

    while ((m = walk_next(&w, &size)) != NULL) {
        const char *text = (const char *)m->data;

        if (is_match(m, size, "comment", 0, XT_MAX_COMMENT_LEN) &&
            memchr(text, '\0', XT_MAX_COMMENT_LEN))
            return text;
    }
    return NULL;
}

/*
 * Each reader returns false if the match says more than we would.  The data
 * is copied out first: a match is aligned for 8 bytes, its data need not be.
 */
static bool
read_tcp(const void *data, struct fwi_rule *rule)
{
    struct xt_tcp m;

    memcpy(&m, data, sizeof m);
    rule->dport_lo = m.dpts[0];
    rule->dport_hi = m.dpts[1];
    return m.spts[0] == 0 && m.spts[1] == 0xffff && m.option == 0 &&
           m.flg_mask == 0 && m.flg_cmp == 0 && m.invflags == 0;
}

static bool
read_udp(const void *data, struct fwi_rule *rule)
{
    struct xt_udp m;

    memcpy(&m, data, sizeof m);
    rule->dport_lo = m.dpts[0];
    rule->dport_hi = m.dpts[1];
    return m.spts[0] == 0 && m.spts[1] == 0xffff && m.invflags == 0;
}

static bool
read_sctp(const void *data, struct fwi_rule *rule)
{
    struct xt_sctp_info m;

    memcpy(&m, data, sizeof m);
    rule->dport_lo = m.dpts[0];
    rule->dport_hi = m.dpts[1];
    return m.flags == XT_SCTP_DEST_PORTS && m.invflags == 0;
}

static bool
read_addrtype(const void *data, struct fwi_rule *rule)
{
    struct xt_addrtype_info_v1 m;

    memcpy(&m, data, sizeof m);
    rule->dst_type = m.dest;
    return m.source == 0 && m.flags == 0;
}

static bool
read_conntrack(const void *data, struct fwi_rule *rule)
{
    struct xt_conntrack_mtinfo3 m;

    memcpy(&m, data, sizeof m);
    rule->ctstate = m.state_mask;
    if (m.invert_flags & XT_CONNTRACK_STATE)
        rule->inv |= FWI_NOT_CTSTATE;
    return (m.match_flags & ~XT_CONNTRACK_STATE_ALIAS) == XT_CONNTRACK_STATE &&
           (m.invert_flags & ~XT_CONNTRACK_STATE) == 0;
}

static bool
read_comment(const void *data, struct fwi_rule *rule)
{
    size_t n = strnlen(data, XT_MAX_COMMENT_LEN);

    if (n >= sizeof rule->comment)
        return false;
    memcpy(rule->comment, data, n);
    return true;
}

static bool
read_match(const struct xt_entry_match *m, size_t size, struct fwi_rule *rule)
{
    static const struct {
        const char *name;
        bool (*read)(const void *data, struct fwi_rule *rule);
        size_t need;
        uint8_t revision;
    } readers[] = {
        {"tcp", read_tcp, sizeof(struct xt_tcp), 0},
        {"udp", read_udp, sizeof(struct xt_udp), 0},
        {"sctp", read_sctp, sizeof(struct xt_sctp_info), 0},
        {"addrtype", read_addrtype, sizeof(struct xt_addrtype_info_v1), 1},
        {"conntrack", read_conntrack, sizeof(struct xt_conntrack_mtinfo3), 3},
        {"comment", read_comment, XT_MAX_COMMENT_LEN, 0},
    };

    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (is_match(m, size, readers[i].name, readers[i].revision,
                     readers[i].need))
            return readers[i].read(m->data, rule);
    }
    return false;
}

static bool
read_old_dnat4(const unsigned char *data, size_t size, struct fwi_rule *rule)
{
    struct nf_nat_ipv4_multi_range_compat m;

    if (size < sizeof m)
        return false;
    memcpy(&m, data, sizeof m);
    memcpy(rule->to, &m.range[0].min_ip, sizeof m.range[0].min_ip);
    rule->to_lo = ntohs(m.range[0].min.all);
    rule->to_hi = ntohs(m.range[0].max.all);
    return m.rangesize == 1 && m.range[0].min_ip == m.range[0].max_ip &&
           m.range[0].flags ==
               (NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED);
}

/* returns  false for a DNAT that we would not write */
static bool
read_dnat(const struct xt_entry_target *t, size_t size,
          const struct fwi_family *fam, struct fwi_rule *rule)
{
    struct nf_nat_range2 range;
    const unsigned char *data = (const unsigned char *)t + sizeof *t;
    const unsigned int need =
        NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
    uint8_t revision = t->u.user.revision;
    size_t want = revision == 2 ? sizeof(struct nf_nat_range2)
                                : sizeof(struct nf_nat_range);

    if (revision == 0 && !FWI_IS_V6(fam))
        return read_old_dnat4(data, size, rule);
    if (revision < 1 || revision > 2 || size < want)
        return false;
    memset(&range, 0, sizeof range);
    memcpy(&range, data, want);
    memcpy(rule->to, &range.min_addr, sizeof rule->to);
    rule->to_lo = ntohs(range.min_proto.all);
    rule->to_hi = ntohs(range.max_proto.all);
    if (range.flags & NF_NAT_RANGE_PROTO_OFFSET)
        rule->to_base = ntohs(range.base_proto.all);
    return (range.flags & ~(unsigned int)NF_NAT_RANGE_PROTO_OFFSET) == need &&
           memcmp(&range.min_addr, &range.max_addr, sizeof rule->to) == 0;
}

/* returns  false for a MASQUERADE with options */
static bool
read_masquerade(const struct xt_entry_target *t, size_t size,
                const struct fwi_family *fam)
{
    const unsigned char *data = (const unsigned char *)t + sizeof *t;

    if (t->u.user.revision != 0 || size < fam->masq_size)
        return false;
    if (fam->af == AF_INET) {
        struct nf_nat_ipv4_multi_range_compat m;

        memcpy(&m, data, sizeof m);
        return m.range[0].flags == 0;
    }
    struct nf_nat_range range;

    memcpy(&range, data, sizeof range);
    return range.flags == 0;
}

void
fwi_rule_decode(const void *entry, const struct fwi_family *fam,
                struct xtc_handle *h, struct fwi_rule *rule)
{
    struct walk w = walk_of(entry, fam);
    const struct xt_entry_match *m = NULL;
    uint16_t at = 0;
    uint16_t end = 0;
    size_t size = 0;

    memset(rule, 0, sizeof *rule);
    fam->get_head(entry, rule);
    while ((m = walk_next(&w, &size)) != NULL) {
        if (!read_match(m, size, rule))
            rule->foreign = 1;
    }
    fam->offsets(entry, &at, &end);
    const struct xt_entry_target *t =
        (const struct xt_entry_target *)(const void *)(w.entry + at);

    /* a standard target's name is in the handle, not in the entry */
    const char *name = fam->target(entry, h);

    fwi_rule_set_target(rule, name ? name : "");
    size = (size_t)(end - at) - sizeof *t;
    if (strcmp(rule->target, "DNAT") == 0) {
        if (!read_dnat(t, size, fam, rule))
            rule->foreign = 1;
    } else if (strcmp(rule->target, "MASQUERADE") == 0) {
        if (!read_masquerade(t, size, fam))
            rule->foreign = 1;
    } else if (t->u.user.target_size !=
               XT_ALIGN(sizeof(struct xt_standard_target))) {
        rule->foreign = 1;
    }
}
