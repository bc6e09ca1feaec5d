/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/table.c - a private snapshot of one table, changed and committed
 */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"

int
fwi_table_fail(const struct fwi_table *t, int sys, const char *what,
               pp_err *err)
{
    const char *module = t->fam->module;

    switch (sys) {
    case EPERM:
    case EACCES:
        return fwi_fail(t->ctx, err, PP_E_PERM, sys,
                        "cannot %s legacy %s table \"%s\": it needs "
                        "CAP_NET_ADMIN and CAP_NET_RAW",
                        what, t->fam->name, t->name);
    case ENOPROTOOPT:
    case ENOENT:
        return fwi_fail(t->ctx, err, PP_E_UNAVAIL, sys,
                        "this kernel has no legacy %s table \"%s\"; load %s "
                        "or use the firewall driver nftables",
                        t->fam->name, t->name, module);
    case ENOMEM:
        return fwi_oom(t->ctx, err);
    default:
        return fwi_fail(t->ctx, err, PP_E_IO, sys,
                        "cannot %s legacy %s table \"%s\"", what, t->fam->name,
                        t->name);
    }
}

int
fwi_table_open(struct fwi_table *t, const struct fwi *ctx,
               const struct fwi_family *fam, const char *name, pp_err *err)
{
    memset(t, 0, sizeof *t);
    t->ctx = ctx;
    t->fam = fam;
    t->name = name;
    t->is_nat = strcmp(name, "nat") == 0;
    errno = 0;
    t->h = fam->init(name);
    if (!t->h)
        return fwi_table_fail(t, errno, "read", err);
    return 0;
}

void
fwi_table_close(struct fwi_table *t)
{
    if (t->h)
        t->fam->free(t->h);
    t->h = NULL;
}

static int
put_rule(struct fwi_table *t, const char *chain, int index,
         const struct fwi_rule *rule, pp_err *err)
{
    _Alignas(max_align_t) unsigned char entry[FWI_ENTRY_MAX];
    char text[FWI_RULE_TEXT];

    if (!fwi_rule_encode(rule, t->fam, t->ctx->single_nat, entry)) {
        fwi_rule_text(rule, t->fam, text, sizeof text);
        return fwi_fail(t->ctx, err, PP_E_INTERNAL, 0,
                        "cannot encode the rule \"%s\"", text);
    }
    int ok = index < 0
                 ? t->fam->append(chain, entry, t->h)
                 : t->fam->insert(chain, entry, (unsigned int)index, t->h);
    if (!ok)
        return fwi_table_fail(t, errno, "add a rule to", err);
    t->dirty = true;
    return 0;
}

int
fwi_table_append(struct fwi_table *t, const char *chain,
                 const struct fwi_rule *rule, pp_err *err)
{
    return put_rule(t, chain, -1, rule, err);
}

int
fwi_table_insert(struct fwi_table *t, const char *chain, unsigned int index,
                 const struct fwi_rule *rule, pp_err *err)
{
    return put_rule(t, chain, (int)index, rule, err);
}

bool
fwi_table_has(struct fwi_table *t, const char *chain,
              const struct fwi_rule *rule)
{
    const struct fwi_family *fam = t->fam;
    struct fwi_rule have;

    for (const void *e = fam->first_rule(chain, t->h); e;
         e = fam->next_rule(e, t->h)) {
        const char *comment = fwi_entry_comment(e, fam);

        if (!comment || strcmp(comment, rule->comment) != 0)
            continue;
        fwi_rule_decode(e, fam, t->h, &have);
        if (fwi_rule_equal(&have, rule))
            return true;
    }
    return false;
}

int
fwi_table_ensure(struct fwi_table *t, const struct fwi_rules *list, pp_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < list->n; i++) {
        const struct fwi_placed *p = &list->v[i];

        if (!fwi_table_has(t, p->chain, &p->rule))
            rc = fwi_table_append(t, p->chain, &p->rule, err);
    }
    return rc;
}

bool
fwi_is_tag(const char *comment)
{
    return strncmp(comment, FWI_OWNER_TAG, sizeof FWI_OWNER_TAG - 1) == 0 ||
           strncmp(comment, FWI_NET_TAG, sizeof FWI_NET_TAG - 1) == 0;
}

/* Has ENTRY the comment TAG, or, for no TAG, any of ours? */
static bool
is_tagged(const struct fwi_table *t, const void *entry, const char *tag)
{
    const char *comment = fwi_entry_comment(entry, t->fam);

    if (!comment)
        return false;
    return tag ? strcmp(comment, tag) == 0 : fwi_is_tag(comment);
}

int
fwi_table_find(struct fwi_table *t, const char *tag, struct fwi_rules *found,
               pp_err *err)
{
    const struct fwi_family *fam = t->fam;

    for (const char *chain = fam->first_chain(t->h); chain;
         chain = fam->next_chain(t->h)) {
        uint32_t at = 0;

        for (const void *e = fam->first_rule(chain, t->h); e;
             e = fam->next_rule(e, t->h), at++) {
            if (!is_tagged(t, e, tag))
                continue;
            struct fwi_rule *rule = fwi_rules_add(found, chain);

            if (!rule)
                return fwi_oom(t->ctx, err);
            fwi_rule_decode(e, fam, t->h, rule);
            found->v[found->n - 1].at = at;
        }
    }
    return 0;
}

/* By tag, then chain, then place: rules of one owner and chain in order. */
static int
by_tag(const void *a, const void *b)
{
    const struct fwi_placed *x = a;
    const struct fwi_placed *y = b;
    int order = strcmp(x->rule.comment, y->rule.comment);

    if (order == 0)
        order = strcmp(x->chain, y->chain);
    if (order == 0)
        order = x->index < y->index ? -1 : x->index > y->index;
    return order;
}

static void
sort_rules(struct fwi_rules *list)
{
    if (list->n > 1)
        qsort(list->v, list->n, sizeof *list->v, by_tag);
}

static int
by_place(const void *a, const void *b)
{
    const struct fwi_placed *x = a;
    const struct fwi_placed *y = b;

    return x->index < y->index ? -1 : x->index > y->index;
}

static bool
same_placed(const struct fwi_placed *a, const struct fwi_placed *b)
{
    return strcmp(a->chain, b->chain) == 0 &&
           fwi_rule_equal(&a->rule, &b->rule);
}

/* The end of the run of one tag that starts at AT. */
static size_t
run_end(const struct fwi_rules *list, size_t at, const char *tag)
{
    while (at < list->n && strcmp(list->v[at].rule.comment, tag) == 0)
        at++;
    return at;
}

static void
keep_run(struct fwi_rules *list, size_t *kept, size_t from, size_t n)
{
    if (n == 0)
        return;
    memmove(list->v + *kept, list->v + from, n * sizeof *list->v);
    *kept += n;
}

static bool
same_run(const struct fwi_rules *a, size_t at_a, const struct fwi_rules *b,
         size_t at_b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!same_placed(&a->v[at_a + i], &b->v[at_b + i]))
            return false;
    }
    return true;
}

/*
 * Walk two sorted lists by tag and keep, in each, only the rules of tags
 * that differ.
 */
static void
keep_changes(struct fwi_rules *want, struct fwi_rules *found)
{
    size_t w = 0;
    size_t f = 0;
    size_t kept_w = 0;
    size_t kept_f = 0;

    while (w < want->n || f < found->n) {
        bool take_want =
            f == found->n ||
            (w < want->n && by_tag(&want->v[w], &found->v[f]) <= 0);
        char name[FWI_COMMENT_MAX];

        memcpy(name,
               take_want ? want->v[w].rule.comment : found->v[f].rule.comment,
               sizeof name);
        size_t w_end = run_end(want, w, name);
        size_t f_end = run_end(found, f, name);
        size_t nw = w_end - w;
        size_t nf = f_end - f;

        if (nw != nf || !same_run(want, w, found, f, nw)) {
            keep_run(want, &kept_w, w, nw);
            keep_run(found, &kept_f, f, nf);
        }
        w = w_end;
        f = f_end;
    }
    want->n = kept_w;
    found->n = kept_f;
}

/* Chain by chain, last rule first: then each position stays true. */
static int
last_first(const void *a, const void *b)
{
    const struct fwi_placed *x = a;
    const struct fwi_placed *y = b;
    int order = strcmp(x->chain, y->chain);

    if (order == 0)
        order = x->at > y->at ? -1 : x->at < y->at;
    return order;
}

static int
delete_rules(struct fwi_table *t, struct fwi_rules *gone, pp_err *err)
{
    if (gone->n > 1)
        qsort(gone->v, gone->n, sizeof *gone->v, last_first);
    for (size_t i = 0; i < gone->n; i++) {
        if (!t->fam->delete_at(gone->v[i].chain, gone->v[i].at, t->h))
            return fwi_table_fail(t, errno, "delete a rule of", err);
        t->dirty = true;
    }
    return 0;
}

static int
copy_rules(const struct fwi_table *t, const struct fwi_rules *from,
           struct fwi_rules *to, pp_err *err)
{
    for (size_t i = 0; i < from->n; i++) {
        struct fwi_rule *rule = fwi_rules_add(to, from->v[i].chain);

        if (!rule)
            return fwi_oom(t->ctx, err);
        *rule = from->v[i].rule;
    }
    return 0;
}

static int
replace(struct fwi_table *t, struct fwi_rules *want, struct fwi_rules *found,
        pp_err *err)
{
    sort_rules(want);
    sort_rules(found);
    keep_changes(want, found);
    int rc = delete_rules(t, found, err);

    if (want->n > 1)
        qsort(want->v, want->n, sizeof *want->v, by_place);
    for (size_t i = 0; rc == 0 && i < want->n; i++)
        rc = fwi_table_append(t, want->v[i].chain, &want->v[i].rule, err);
    return rc;
}

int
fwi_table_replace(struct fwi_table *t, const char *tag,
                  const struct fwi_rules *want, pp_err *err)
{
    struct fwi_rules wanted = {NULL, 0, 0};
    struct fwi_rules found = {NULL, 0, 0};
    int rc = copy_rules(t, want, &wanted, err);

    if (rc == 0)
        rc = fwi_table_find(t, tag, &found, err);
    if (rc == 0)
        rc = replace(t, &wanted, &found, err);
    fwi_rules_clear(&wanted);
    fwi_rules_clear(&found);
    return rc;
}

bool
fwi_rules_differ(struct fwi_rules *want, struct fwi_rules *found,
                 const struct fwi_placed **w, const struct fwi_placed **f)
{
    size_t i = 0;

    sort_rules(want);
    sort_rules(found);
    while (i < want->n && i < found->n &&
           same_placed(&want->v[i], &found->v[i]))
        i++;
    *w = i < want->n ? &want->v[i] : NULL;
    *f = i < found->n ? &found->v[i] : NULL;
    return *w || *f;
}
