/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/rule.h - one rule as a value, whatever its family
 *
 * What this plugin can say in a rule, and nothing more.  The kernel's binary
 * form is made from it and read back into it, so that "is this rule there?"
 * is a comparison of two values.  A rule of the kernel's that uses anything
 * else is not ours and decodes as foreign.
 *
 * All members are bytes or even-sized at even offsets: there is no padding,
 * and a rule that started as zeroes compares with memcmp.
 *
 * Ownership  values; lists own their rules (fwi_rules_clear)
 */
#ifndef FWI_RULE_H
#define FWI_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fwi_family;
struct xtc_handle;

/* fwi_rule.inv: the first four have the kernel's values. */
#define FWI_NOT_IN 0x01u
#define FWI_NOT_OUT 0x02u
#define FWI_NOT_SRC 0x08u
#define FWI_NOT_DST 0x10u
#define FWI_NOT_HEAD 0x1bu
#define FWI_NOT_CTSTATE 0x80u

/* fwi_rule.ctstate: the kernel's values, see xt_conntrack.h. */
#define FWI_CT_ESTABLISHED 0x02u
#define FWI_CT_RELATED 0x04u
#define FWI_CT_DNAT 0x80u

#define FWI_ADDRTYPE_LOCAL 0x04u

#define FWI_CHAIN_MAX 32    /* with the final NUL */
#define FWI_COMMENT_MAX 160 /* with the final NUL */
#define FWI_RULE_TEXT 640
#define FWI_ENTRY_MAX 1024

struct fwi_rule {
    uint8_t src[16];
    uint8_t dst[16];
    uint8_t to[16]; /* target DNAT: the new address                        */
    char in[16];    /* interfaces; empty: any                              */
    char out[16];
    char target[FWI_CHAIN_MAX];
    char comment[FWI_COMMENT_MAX];
    uint16_t dport_lo; /* both 0: any                                       */
    uint16_t dport_hi;
    uint16_t to_lo; /* both 0: keep                                         */
    uint16_t to_hi;
    uint16_t to_base;  /* the port that to_lo belongs to; 0: no shift        */
    uint16_t ctstate;  /* any of these; 0: no such match                     */
    uint16_t dst_type; /* 0: no such match                                  */
    uint8_t src_bits;  /* length of the prefix; 0: any                      */
    uint8_t dst_bits;
    uint8_t proto; /* 0: any                                                */
    uint8_t inv;
    uint8_t foreign; /* says more than this struct can hold                 */
    uint8_t reserved;
};

/* A rule and where it stands. */
struct fwi_placed {
    const char *chain; /* borrowed: the plugin's configuration or a handle */
    uint32_t index;    /* position in the list                              */
    uint32_t at;       /* position in the chain, if it was found there      */
    struct fwi_rule rule;
};

struct fwi_rules {
    struct fwi_placed *v;
    size_t n;
    size_t cap;
};

/*
 * Add a zeroed rule for CHAIN.
 *
 * returns  the rule, valid until the next call | NULL: out of memory
 */
struct fwi_rule *fwi_rules_add(struct fwi_rules *list, const char *chain);
/* The same with its target and its comment. */
struct fwi_rule *fwi_rules_add_to(struct fwi_rules *list, const char *chain,
                                  const char *target, const char *comment);
void fwi_rules_clear(struct fwi_rules *list);

bool fwi_rule_equal(const struct fwi_rule *a, const struct fwi_rule *b);
/* The same, but for the comment. */
bool fwi_rule_same_effect(const struct fwi_rule *a, const struct fwi_rule *b);
void fwi_rule_set_target(struct fwi_rule *rule, const char *target);
void fwi_rule_set_comment(struct fwi_rule *rule, const char *comment);

/* The rule as an administrator would type it, cut to SIZE. */
void fwi_rule_text(const struct fwi_rule *rule, const struct fwi_family *fam,
                   char *buf, size_t size);

/*
 * Make the kernel's form of RULE.
 *
 * single_nat  use the oldest DNAT, which knows no shifted port ranges
 * buf         FWI_ENTRY_MAX bytes, aligned for any type
 * returns     the size | 0: does not fit
 */
size_t fwi_rule_encode(const struct fwi_rule *rule,
                       const struct fwi_family *fam, bool single_nat,
                       void *buf);

/* Read the kernel's ENTRY, which belongs to H, into RULE. */
void fwi_rule_decode(const void *entry, const struct fwi_family *fam,
                     struct xtc_handle *h, struct fwi_rule *rule);

/*
 * The comment of ENTRY.
 *
 * returns  borrowed from the entry, always terminated | NULL: it has none
 */
const char *fwi_entry_comment(const void *entry, const struct fwi_family *fam);

#endif
