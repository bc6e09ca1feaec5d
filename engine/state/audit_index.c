/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/audit_index.c - do the indexes say what the records imply
 */
#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "engine/state/auditor.h"

/* What an index entry says, for people. */
static char *
entry_name(const ppc_key *k)
{
    char id[PPC_ID_MAX + 1] = "";
    pp_slice rest = {"", 0};

    if (k->b[0] == 'n')
        return ppc_sprintf("name \"%.*s\"", (int)(k->n - 2),
                           (const char *)k->b + 2);
    if (!ppc_key_split(ppc_key_slice(k), 2, id, &rest) || !rest.n)
        return ppc_audit_key_text(k);
    if (k->b[0] == 'g')
        return ppc_sprintf("pod %s", id);
    if (k->b[0] == 'd')
        return ppc_sprintf("container %s", id);
    return ppc_audit_key_text(k);
}

static char *
entry_problem(const ppc_key *k, const char *verb)
{
    const char *p = (const char *)k->b;
    const char *last = memrchr(p, '\0', k->n);
    int n = last ? (int)(k->n - (size_t)(last + 1 - p)) : 0;

    switch (*p) {
    case 'g':
        return ppc_sprintf("%s container %.*s among its members", verb, n,
                           last ? last + 1 : "");
    case 'd':
        return ppc_sprintf("%s container %.*s among those that need it", verb,
                           n, last ? last + 1 : "");
    case 's':
        return ppc_sprintf("%s it in the index of namespaces", verb);
    default:
        return ppc_sprintf("%s it in the index of names", verb);
    }
}

static int
missing_entry(ppc_auditor *a, const ppc_entry *e, pp_err *err)
{
    PP_AUTO_FREE char *problem = entry_problem(&e->key, "the store lacks");
    const ppc_change c = {PPC_CHANGE_PUT, e->key, e->val, NULL, NULL};
    int rc = ppc_audit_found(a,
                             (ppc_finding){.kind = "index",
                                           .object = entry_name(&e->key),
                                           .remedy = "put it there",
                                           .repairable = true},
                             err, "%s", problem ? problem : "");

    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

static int
stray_entry(ppc_auditor *a, const ppc_entry *e, pp_err *err)
{
    PP_AUTO_FREE char *problem = entry_problem(&e->key, "the store lists");
    const ppc_change c = {PPC_CHANGE_DEL, e->key, NULL, NULL, NULL};
    int rc = ppc_audit_found(a,
                             (ppc_finding){.kind = "index",
                                           .object = entry_name(&e->key),
                                           .remedy = "delete the entry",
                                           .repairable = true},
                             err, "%s, but no record says so",
                             problem ? problem : "");

    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

static int
wrong_entry(ppc_auditor *a, const ppc_entry *want, const ppc_entry *is,
            pp_err *err)
{
    const ppc_change c = {PPC_CHANGE_PUT, want->key, want->val, NULL, NULL};
    int rc;

    if (want->n == is->n && !memcmp(want->val, is->val, is->n))
        return 0;
    rc =
        ppc_audit_found(a,
                        (ppc_finding){.kind = "index",
                                      .object = entry_name(&want->key),
                                      .remedy = "correct the entry",
                                      .repairable = true},
                        err, "%s%s",
                        want->n ? "its index entry does not name its owner, "
                                : "its index entry, which is empty, holds data",
                        want->n ? want->val + 1 : "");
    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

static int
by_key_and_value(const void *va, const void *vb)
{
    const ppc_entry *a = va, *b = vb;
    int c = ppc_key_compare(&a->key, &b->key);

    return c ? c : strcmp(a->val, b->val);
}

/*
 * One key, one entry: a need may be told twice, which is fine; a name that
 * two objects have is not.  The one the index names keeps it for now.
 */
static int
unite_wanted(ppc_auditor *a, pp_err *err)
{
    ppc_entry *v = a->wanted.v, *kept, *e;
    size_t i, n = 0;
    int rc = 0;

    for (i = 0; i < a->wanted.n; i++) {
        e = &v[i];
        kept = n ? &v[n - 1] : NULL;
        if (!kept || ppc_key_compare(&kept->key, &e->key)) {
            kept = &v[n++];
            if (kept != e) {
                free(kept->val);
                *kept = *e;
                e->val = NULL;
            }
            continue;
        }
        if (!rc && strcmp(kept->val, e->val))
            rc = ppc_audit_found(
                a,
                (ppc_finding){.kind = "record",
                              .object = entry_name(&e->key),
                              .remedy = "remove one of the two by its "
                                        "ID, then check with --repair"},
                err, "both %s %s and %s %s have it", ppc_audit_noun(*kept->val),
                kept->val + 1, ppc_audit_noun(*e->val), e->val + 1);
    }
    for (i = n; i < a->wanted.n; i++)
        free(v[i].val);
    a->wanted.n = n;
    return rc;
}

/* Two owners of one name: neither's entry is wrong. */
static bool
has_rival(const ppc_auditor *a, const ppc_entry *is)
{
    const ppc_found *f = NULL;
    const char *name = (const char *)is->key.b + 2;
    const char *own = NULL;
    size_t n = is->key.n - 2;

    if (is->key.b[0] != 'n' || is->n < 2)
        return false;
    f = ppc_model_find(*is->val == PPC_KIND_POD ? &a->m.pods : &a->m.ctrs,
                       is->val + 1);
    if (f)
        own = f->ctr ? f->ctr->name : f->pod->name;
    return own && strlen(own) == n && !memcmp(own, name, n);
}

int
ppc_audit_index(ppc_auditor *a, pp_err *err)
{
    const ppc_entries *is = &a->m.index, *should = &a->wanted;
    size_t i = 0, k = 0;
    int c, rc;

    if (should->n)
        qsort(should->v, should->n, sizeof *should->v, by_key_and_value);
    rc = unite_wanted(a, err);
    while (!rc && (i < is->n || k < should->n)) {
        if (i == is->n)
            c = 1;
        else if (k == should->n)
            c = -1;
        else
            c = ppc_key_compare(&is->v[i].key, &should->v[k].key);
        if (c < 0)
            rc = stray_entry(a, &is->v[i], err);
        else if (c > 0)
            rc = missing_entry(a, &should->v[k], err);
        else if (!has_rival(a, &is->v[i]))
            rc = wrong_entry(a, &should->v[k], &is->v[i], err);
        i += c <= 0;
        k += c >= 0;
    }
    return rc;
}
