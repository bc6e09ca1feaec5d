/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/chains.c - our chains, and the jumps that lead to them
 */
#include "chains.h"

#include <errno.h>
#include <string.h>

#include "family.h"

#define JUMPS_MAX 3

/* The comments that the CNI firewall plugin gives to the same two jumps. */
#define FORWARD_COMMENT "CNI firewall plugin rules"
#define ADMIN_COMMENT "CNI firewall plugin admin overrides"

enum place { FIRST, AFTER_ADMIN, LAST };

struct jump {
    const char *parent;
    enum place place;
    struct fwi_rule rule;
};

static void
set_jump(struct jump *j, const char *parent, enum place place,
         const char *target, const char *comment)
{
    memset(j, 0, sizeof *j);
    j->parent = parent;
    j->place = place;
    fwi_rule_set_target(&j->rule, target);
    fwi_rule_set_comment(&j->rule, comment);
}

/*
 * Published ports: to any address of the host.  A packet that comes in from
 * outside has no business with a loopback address; without that exception a
 * port published on 127.0.0.1 would be open to every container of a bridge
 * with route_localnet.
 */
static void
set_dnat_jumps(const struct fwi_table *t, struct jump *jumps)
{
    const char *dnat = t->ctx->dnat;

    set_jump(&jumps[0], "PREROUTING", LAST, dnat, FWI_JUMP_TAG);
    set_jump(&jumps[1], "OUTPUT", LAST, dnat, FWI_JUMP_TAG);
    for (int i = 0; i < 2; i++) {
        struct fwi_rule *rule = &jumps[i].rule;

        rule->dst_type = FWI_ADDRTYPE_LOCAL;
        /* IPv6 has no route_localnet: ::1 cannot lead anywhere */
        if (i == 1 && !FWI_IS_V6(t->fam))
            continue;
        rule->dst_bits = t->fam->loopback_bits;
        rule->inv = FWI_NOT_DST;
        memcpy(rule->dst, t->fam->loopback, (rule->dst_bits + 7u) / 8);
    }
}

/* The jumps that make CHAIN work, in the order to make them. */
static size_t
jumps_of(const struct fwi_table *t, const char *chain, struct jump *jumps)
{
    const struct fwi *ctx = t->ctx;

    if (t->is_nat && strcmp(chain, ctx->dnat) == 0) {
        set_dnat_jumps(t, jumps);
        return 2;
    }
    if (t->is_nat) {
        set_jump(&jumps[0], "POSTROUTING", LAST, chain, FWI_JUMP_TAG);
        return 1;
    }
    if (strcmp(chain, ctx->localnet) == 0) {
        set_jump(&jumps[0], "INPUT", FIRST, chain, FWI_JUMP_TAG);
        return 1;
    }
    if (strcmp(chain, ctx->iso2) == 0)
        return 0; /* its parent's rules are those of networks */
    set_jump(&jumps[0], "FORWARD", FIRST, ctx->forward, FORWARD_COMMENT);
    set_jump(&jumps[1], ctx->forward, FIRST, ctx->admin, ADMIN_COMMENT);
    if (strcmp(chain, ctx->iso1) != 0)
        return 2;
    set_jump(&jumps[2], ctx->forward, AFTER_ADMIN, chain, FWI_JUMP_TAG);
    return 3;
}

/* The position in CHAIN of a rule that does what WANT does; -1: none. */
static int
find_rule(struct fwi_table *t, const char *chain, const struct fwi_rule *want)
{
    const struct fwi_family *fam = t->fam;
    struct fwi_rule rule;
    int at = 0;

    for (const void *e = fam->first_rule(chain, t->h); e;
         e = fam->next_rule(e, t->h), at++) {
        const char *target = fam->target(e, t->h);

        if (!target || strcmp(target, want->target) != 0)
            continue;
        fwi_rule_decode(e, fam, t->h, &rule);
        if (fwi_rule_same_effect(&rule, want))
            return at;
    }
    return -1;
}

static int
make_chain(struct fwi_table *t, const char *chain, pp_err *err)
{
    if (t->fam->is_chain(chain, t->h))
        return 0;
    if (!t->fam->create_chain(chain, t->h))
        return fwi_table_fail(t, errno, "make a chain in", err);
    t->dirty = true;
    return 0;
}

static int
make_jump(struct fwi_table *t, const struct jump *j, pp_err *err)
{
    struct fwi_rule admin;
    int at = 0;
    int rc = make_chain(t, j->rule.target, err);

    if (rc < 0 || find_rule(t, j->parent, &j->rule) >= 0)
        return rc;
    switch (j->place) {
    case LAST:
        return fwi_table_append(t, j->parent, &j->rule, err);
    case AFTER_ADMIN:
        memset(&admin, 0, sizeof admin);
        fwi_rule_set_target(&admin, t->ctx->admin);
        at = find_rule(t, j->parent, &admin) + 1;
        break;
    case FIRST:
        break;
    }
    return fwi_table_insert(t, j->parent, (unsigned int)at, &j->rule, err);
}

/* Rules of one chain come together: skip the chain that was just seen. */
static bool
is_repeated(const struct fwi_rules *want, size_t i)
{
    for (size_t j = i; j-- > 0 && i - j <= 8;) {
        if (strcmp(want->v[i].chain, want->v[j].chain) == 0)
            return true;
    }
    return false;
}

int
fwi_chains_ensure(struct fwi_table *t, const struct fwi_rules *want,
                  pp_err *err)
{
    struct jump jumps[JUMPS_MAX];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < want->n; i++) {
        if (is_repeated(want, i))
            continue;
        rc = make_chain(t, want->v[i].chain, err);
        size_t n = jumps_of(t, want->v[i].chain, jumps);

        for (size_t j = 0; rc == 0 && j < n; j++)
            rc = make_jump(t, &jumps[j], err);
    }
    return rc;
}

/* Delete our jumps to CHAIN, then the chain, unless somebody else uses it. */
static int
drop_chain(struct fwi_table *t, const char *chain, pp_err *err)
{
    struct jump jumps[JUMPS_MAX];
    size_t n = jumps_of(t, chain, jumps);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(jumps[i].rule.target, chain) != 0)
            continue; /* on the way there, but not only for us */
        int at = find_rule(t, jumps[i].parent, &jumps[i].rule);

        if (at < 0)
            continue;
        if (!t->fam->delete_at(jumps[i].parent, (unsigned int)at, t->h))
            return fwi_table_fail(t, errno, "delete a jump of", err);
        t->dirty = true;
    }
    if (t->fam->delete_chain(chain, t->h))
        t->dirty = true;
    else if (errno != EMLINK)
        return fwi_table_fail(t, errno, "delete a chain of", err);
    return 0;
}

int
fwi_chains_prune(struct fwi_table *t, pp_err *err)
{
    const struct fwi *ctx = t->ctx;
    const char *const nat[] = {ctx->dnat, ctx->masq, NULL};
    const char *const filter[] = {ctx->iso1, ctx->iso2, ctx->localnet, NULL};
    const char *const *chains = t->is_nat ? nat : filter;
    int rc = 0;

    for (; rc == 0 && *chains; chains++) {
        if (!t->fam->is_chain(*chains, t->h) ||
            t->fam->first_rule(*chains, t->h))
            continue;
        rc = drop_chain(t, *chains, err);
    }
    return rc;
}

static int
check_jump(struct fwi_table *t, const struct jump *j, pp_err *err)
{
    char text[FWI_RULE_TEXT];

    if (t->fam->is_chain(j->parent, t->h) &&
        find_rule(t, j->parent, &j->rule) >= 0)
        return 0;
    fwi_rule_text(&j->rule, t->fam, text, sizeof text);
    return fwi_fail(t->ctx, err, PP_E_DRIFT, 0,
                    "%s table \"%s\", chain \"%s\": wanted \"%s\", found "
                    "nothing",
                    t->fam->name, t->name, j->parent, text);
}

int
fwi_chains_check(struct fwi_table *t, const struct fwi_rules *want, pp_err *err)
{
    struct jump jumps[JUMPS_MAX];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < want->n; i++) {
        if (is_repeated(want, i))
            continue;
        size_t n = jumps_of(t, want->v[i].chain, jumps);

        for (size_t j = 0; rc == 0 && j < n; j++)
            rc = check_jump(t, &jumps[j], err);
    }
    return rc;
}
