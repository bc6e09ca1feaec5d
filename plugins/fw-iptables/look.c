/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/look.c - check and list: reading, without the lock
 *
 * The kernel hands out one table as one consistent copy, so a reader needs
 * no lock; it only may see a rival's change of two tables half done.
 */
#include <stdlib.h>
#include <string.h>

#include "chains.h"
#include "family.h"
#include "names.h"
#include "net.h"
#include "ops.h"
#include "owner.h"

static void
placed_text(const struct fwi_placed *p, const struct fwi_family *fam, char *buf)
{
    if (!p) {
        memcpy(buf, "nothing", sizeof "nothing");
        return;
    }
    buf[0] = '"';
    fwi_rule_text(&p->rule, fam, buf + 1, FWI_RULE_TEXT - 2);
    memcpy(buf + strlen(buf), "\"", 2);
}

static int
fail_drift(const struct fwi_table *t, const struct fwi_placed *w,
           const struct fwi_placed *f, pp_err *err)
{
    char wanted[FWI_RULE_TEXT];
    char found[FWI_RULE_TEXT];

    placed_text(w, t->fam, wanted);
    placed_text(f, t->fam, found);
    return fwi_fail(t->ctx, err, PP_E_DRIFT, 0,
                    "%s table \"%s\", chain \"%s\": wanted %s, found %s",
                    t->fam->name, t->name, w ? w->chain : f->chain, wanted,
                    found);
}

static int
check_share(struct fwi_table *t, const struct fwi_rules *share, pp_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < share->n; i++) {
        if (!fwi_table_has(t, share->v[i].chain, &share->v[i].rule))
            rc = fail_drift(t, &share->v[i], NULL, err);
    }
    return rc;
}

static int
check_open(struct fwi_table *t, const pp_fw_rules *rules,
           struct fwi_rules *want, pp_err *err)
{
    char tag[FWI_COMMENT_MAX];
    struct fwi_rules found = {NULL, 0, 0};
    struct fwi_rules share = {NULL, 0, 0};
    const struct fwi_placed *w = NULL;
    const struct fwi_placed *f = NULL;

    fwi_owner_tag(rules->owner, tag);
    int rc = fwi_table_find(t, tag, &found, err);

    if (rc == 0 && fwi_rules_differ(want, &found, &w, &f))
        rc = fail_drift(t, w, f, err);
    if (rc == 0)
        rc = fwi_net_share(t->ctx, t->fam, t->is_nat, rules, &share, err);
    if (rc == 0)
        rc = check_share(t, &share, err);
    if (rc == 0)
        rc = fwi_chains_check(t, want, err);
    if (rc == 0)
        rc = fwi_chains_check(t, &share, err);
    fwi_rules_clear(&found);
    fwi_rules_clear(&share);
    return rc;
}

static int
check_table(const struct fwi *ctx, const struct fwi_family *fam, int table,
            const pp_fw_rules *rules, pp_err *err)
{
    struct fwi_rules want = {NULL, 0, 0};
    struct fwi_table t;
    int rc = fwi_owner_rules(ctx, fam, table == 0, rules, &want, err);

    if (rc == 0 && fwi_table_exists(fam, fwi_table_names[table])) {
        rc = fwi_table_open(&t, ctx, fam, fwi_table_names[table], err);
        if (rc == 0)
            rc = check_open(&t, rules, &want, err);
        fwi_table_close(&t);
    } else if (rc == 0 && want.n > 0) {
        rc = fwi_fail(ctx, err, PP_E_DRIFT, 0,
                      "%s table \"%s\" is wanted and does not exist", fam->name,
                      fwi_table_names[table]);
    }
    fwi_rules_clear(&want);
    return rc;
}

int
fwi_op_check(void *self, const pp_fw_rules *rules, pp_err *err)
{
    const struct fwi *ctx = self;
    int rc = fwi_owner_validate(ctx, rules, err);

    for (const struct fwi_family *const *f = fwi_families; rc == 0 && *f; f++) {
        for (int i = 0; rc == 0 && i < FWI_TABLES; i++)
            rc = check_table(ctx, *f, i, rules, err);
    }
    const pp_fw_addr *guarded = rc == 0 ? fwi_localnet_of(ctx, rules) : NULL;

    return guarded ? fwi_localnet_check(ctx, guarded->bridge, err) : rc;
}

static int
check_net_table(const struct fwi *ctx, const struct fwi_family *fam, int table,
                const pp_fw_net *net, pp_err *err)
{
    struct fwi_rules want = {NULL, 0, 0};
    struct fwi_table t;
    int rc = fwi_net_rules(ctx, fam, table == 0, net, &want, err);

    if (rc < 0 || want.n == 0) {
        fwi_rules_clear(&want);
        return rc;
    }
    if (!fwi_table_exists(fam, fwi_table_names[table])) {
        fwi_rules_clear(&want);
        return fwi_fail(ctx, err, PP_E_DRIFT, 0,
                        "%s table \"%s\" is wanted and does not exist",
                        fam->name, fwi_table_names[table]);
    }
    rc = fwi_table_open(&t, ctx, fam, fwi_table_names[table], err);
    /* what owners share carries the same tag: more than wanted is no drift */
    if (rc == 0)
        rc = check_share(&t, &want, err);
    if (rc == 0)
        rc = fwi_chains_check(&t, &want, err);
    fwi_table_close(&t);
    fwi_rules_clear(&want);
    return rc;
}

int
fwi_op_net_check(void *self, const pp_fw_net *net, pp_err *err)
{
    const struct fwi *ctx = self;
    int rc = fwi_net_validate(ctx, net, err);

    for (const struct fwi_family *const *f = fwi_families; rc == 0 && *f; f++) {
        for (int i = 0; rc == 0 && i < FWI_TABLES; i++)
            rc = check_net_table(ctx, *f, i, net, err);
    }
    return rc;
}

/* Add the comments of all our rules, of whatever table, to ALL. */
static int
collect(const struct fwi *ctx, struct fwi_rules *all, pp_err *err)
{
    struct fwi_table t;
    int rc = 0;

    for (const struct fwi_family *const *f = fwi_families; *f; f++) {
        for (int i = 0; rc == 0 && i < FWI_TABLES; i++) {
            if (!fwi_table_exists(*f, fwi_table_names[i]))
                continue;
            rc = fwi_table_open(&t, ctx, *f, fwi_table_names[i], err);
            if (rc == 0)
                rc = fwi_table_find(&t, NULL, all, err);
            fwi_table_close(&t);
        }
    }
    return rc;
}

static int
by_comment(const void *a, const void *b)
{
    const struct fwi_placed *x = a;
    const struct fwi_placed *y = b;

    return strcmp(x->rule.comment, y->rule.comment);
}

int
fwi_op_list(void *self, pp_sink *owners, pp_err *err)
{
    const struct fwi *ctx = self;
    struct fwi_rules all = {NULL, 0, 0};
    const size_t tag = sizeof FWI_OWNER_TAG - 1;
    int rc = collect(ctx, &all, err);

    if (rc == 0 && all.n > 1)
        qsort(all.v, all.n, sizeof *all.v, by_comment);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        const char *comment = all.v[i].rule.comment;

        if (strncmp(comment, FWI_OWNER_TAG, tag) != 0 ||
            (i > 0 && strcmp(comment, all.v[i - 1].rule.comment) == 0))
            continue;
        comment += tag;
        if (ctx->host->put(owners, comment, strlen(comment) + 1) < 0)
            rc = fwi_fail(ctx, err, PP_E_FULL, 0,
                          "the list of owners has no room for more");
    }
    fwi_rules_clear(&all);
    return rc;
}
