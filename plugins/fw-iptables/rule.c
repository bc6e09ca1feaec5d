/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/rule.c - rules as values: lists, comparison, text
 */
#include "rule.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"

_Static_assert(sizeof(struct fwi_rule) == 3 * 16 + 2 * 16 + FWI_CHAIN_MAX +
                                              FWI_COMMENT_MAX +
                                              7 * sizeof(uint16_t) + 6,
               "a rule has padding and cannot be compared as bytes");

struct fwi_rule *
fwi_rules_add(struct fwi_rules *list, const char *chain)
{
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        struct fwi_placed *v = realloc(list->v, cap * sizeof *v);

        if (!v)
            return NULL;
        list->v = v;
        list->cap = cap;
    }
    struct fwi_placed *p = &list->v[list->n];

    memset(p, 0, sizeof *p);
    p->chain = chain;
    p->index = (uint32_t)list->n++;
    return &p->rule;
}

struct fwi_rule *
fwi_rules_add_to(struct fwi_rules *list, const char *chain, const char *target,
                 const char *comment)
{
    struct fwi_rule *rule = fwi_rules_add(list, chain);

    if (!rule)
        return NULL;
    fwi_rule_set_target(rule, target);
    fwi_rule_set_comment(rule, comment);
    return rule;
}

void
fwi_rules_clear(struct fwi_rules *list)
{
    free(list->v);
    memset(list, 0, sizeof *list);
}

bool
fwi_rule_equal(const struct fwi_rule *a, const struct fwi_rule *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool
fwi_rule_same_effect(const struct fwi_rule *a, const struct fwi_rule *b)
{
    struct fwi_rule x = *a;

    memcpy(x.comment, b->comment, sizeof x.comment);
    return fwi_rule_equal(&x, b);
}

void
fwi_rule_set_target(struct fwi_rule *rule, const char *target)
{
    memset(rule->target, 0, sizeof rule->target);
    memcpy(rule->target, target, strnlen(target, sizeof rule->target - 1));
}

void
fwi_rule_set_comment(struct fwi_rule *rule, const char *comment)
{
    memset(rule->comment, 0, sizeof rule->comment);
    memcpy(rule->comment, comment, strnlen(comment, sizeof rule->comment - 1));
}

struct text {
    char *buf;
    size_t size;
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void
say(struct text *t, const char *fmt, ...)
{
    va_list ap;

    if (t->n >= t->size)
        return;
    va_start(ap, fmt);
    int n = vsnprintf(t->buf + t->n, t->size - t->n, fmt, ap);
    va_end(ap);
    if (n > 0)
        t->n += (size_t)n;
}

static const char *
unless(const struct fwi_rule *rule, unsigned int bit)
{
    return rule->inv & bit ? " !" : "";
}

static void
say_prefix(struct text *t, const struct fwi_rule *rule, unsigned int bit,
           const char *option, const uint8_t *addr, int bits, int af)
{
    char ip[INET6_ADDRSTRLEN] = "?";

    if (bits == 0)
        return;
    inet_ntop(af, addr, ip, sizeof ip);
    say(t, "%s %s %s/%d", unless(rule, bit), option, ip, bits);
}

static void
say_matches(struct text *t, const struct fwi_rule *rule)
{
    if (rule->dport_lo == rule->dport_hi && rule->dport_lo != 0)
        say(t, " --dport %u", rule->dport_lo);
    else if (rule->dport_hi != 0)
        say(t, " --dport %u:%u", rule->dport_lo, rule->dport_hi);
    if (rule->dst_type)
        say(t, " -m addrtype --dst-type %s",
            rule->dst_type == FWI_ADDRTYPE_LOCAL ? "LOCAL" : "?");
    if (!rule->ctstate)
        return;
    say(t, " -m conntrack%s --ctstate", unless(rule, FWI_NOT_CTSTATE));
    char sep = ' ';
    static const struct {
        unsigned int bit;
        const char *name;
    } states[] = {{FWI_CT_RELATED, "RELATED"},
                  {FWI_CT_ESTABLISHED, "ESTABLISHED"},
                  {FWI_CT_DNAT, "DNAT"}};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (!(rule->ctstate & states[i].bit))
            continue;
        say(t, "%c%s", sep, states[i].name);
        sep = ',';
    }
}

static void
say_target(struct text *t, const struct fwi_rule *rule, int af)
{
    char ip[INET6_ADDRSTRLEN] = "?";

    say(t, " -j %s", rule->target);
    if (strcmp(rule->target, "DNAT") != 0)
        return;
    inet_ntop(af, rule->to, ip, sizeof ip);
    say(t, af == AF_INET6 ? " --to-destination [%s]" : " --to-destination %s",
        ip);
    if (rule->to_lo)
        say(t, ":%u", rule->to_lo);
    if (rule->to_hi != rule->to_lo)
        say(t, "-%u", rule->to_hi);
    if (rule->to_base)
        say(t, "/%u", rule->to_base);
}

void
fwi_rule_text(const struct fwi_rule *rule, const struct fwi_family *fam,
              char *buf, size_t size)
{
    struct text t = {buf, size, 0};
    int af = fam->af;

    buf[0] = '\0';
    say_prefix(&t, rule, FWI_NOT_SRC, "-s", rule->src, rule->src_bits, af);
    say_prefix(&t, rule, FWI_NOT_DST, "-d", rule->dst, rule->dst_bits, af);
    if (rule->in[0])
        say(&t, "%s -i %.16s", unless(rule, FWI_NOT_IN), rule->in);
    if (rule->out[0])
        say(&t, "%s -o %.16s", unless(rule, FWI_NOT_OUT), rule->out);
    if (rule->proto == IPPROTO_TCP)
        say(&t, " -p tcp");
    else if (rule->proto == IPPROTO_UDP)
        say(&t, " -p udp");
    else if (rule->proto == IPPROTO_SCTP)
        say(&t, " -p sctp");
    else if (rule->proto)
        say(&t, " -p %u", rule->proto);
    say_matches(&t, rule);
    if (rule->foreign)
        say(&t, " (and matches that are not polypod's)");
    say_target(&t, rule, af);
    if (buf[0] == ' ')
        memmove(buf, buf + 1, strlen(buf));
}
