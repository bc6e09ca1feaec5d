/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/restore.c - from quarantine back to where it was
 *
 * An audit before says what was wrong already.  What is wrong after the
 * records are back, and was not before, is their doing: entries that the
 * indexes lack are made, anything else refuses the whole.
 */
#include <stdlib.h>
#include <string.h>

#include <polypod/plugin.h>

#include "engine/json.h"
#include "engine/state/aside.h"
#include "engine/state/model.h"

/* Records, then their indexes: two would do. */
#define ROUNDS 4

struct job {
    const char *ref;
    pp_json *found;
    ppc_moment when;
    char stale; /* the letter of a state that is of another boot */
};

/* The ID of an object whose state record the key is. */
static bool
is_state(const ppc_key *home, char id[PPC_ID_MAX + 1])
{
    pp_slice rest;

    return (home->b[0] == PPC_KIND_CTR || home->b[0] == PPC_KIND_POD) &&
           ppc_key_split(ppc_key_slice(home), 2, id, &rest) &&
           ppc_slice_is(rest, PPC_REC_STATE);
}

/* One record home again; *stale: it is of another boot. */
static int
put_back(ppc_txn *t, const struct job *j, size_t i, ppc_key *home, bool *stale,
         pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *why = NULL;
    ppc_key note = ppc_aside_key(j->found, i, PPC_ASIDE_WHY);
    int rc = ppc_txn_get_json(t, note, "its note", &why, err);

    if (!rc)
        rc = ppc_aside_home(why, home, err);
    if (!rc)
        rc = ppc_txn_has(t, *home, err);
    if (rc > 0)
        return pp_fail(err, PP_E_EXISTS, 0,
                       "%s %s has such a record again: remove it first",
                       ppc_aside_kind(home), pp_json_get_str(j->found, "Id"));
    if (!rc)
        rc = ppc_txn_move(t, ppc_aside_key(j->found, i, PPC_ASIDE_DATA), *home,
                          err);
    if (!rc)
        rc = ppc_txn_del(t, note, err);
    *stale = !*j->when.boot ||
             strcmp(pp_json_get_str(why, "boot"), j->when.boot) != 0;
    return rc;
}

static bool
was_there(const ppc_report *before, const ppc_finding *f)
{
    size_t i;

    for (i = 0; i < before->n; i++)
        if (!strcmp(before->v[i].object, f->object) &&
            !strcmp(before->v[i].problem, f->problem))
            return true;
    return false;
}

/* What is new in an audit: entries of indexes that lack, or it cannot be. */
static int
judge(const ppc_report *before, const ppc_report *now, pp_err *err)
{
    const ppc_finding *f;
    size_t i;
    int added = 0;

    for (i = 0; i < now->n; i++) {
        f = &now->v[i];
        if (was_there(before, f))
            continue;
        if (strcmp(f->kind, "index") || !f->repairable)
            return pp_fail(err,
                           strncmp(f->object, "name ", 5) ? PP_E_CORRUPT
                                                          : PP_E_EXISTS,
                           0, "%s: %s", f->object, f->problem);
        added = 1;
    }
    return added;
}

static bool
is_same(const ppc_changes *before, const ppc_change *c)
{
    size_t i;

    for (i = 0; i < before->n; i++)
        if (!ppc_key_compare(&before->v[i].key, &c->key))
            return true;
    return false;
}

/* Rebuild what follows from the records that came back, and only that. */
static int
settle(ppc_txn *t, const ppc_report *before, const ppc_changes *old,
       pp_err *err)
{
    ppc_report now = {NULL};
    ppc_changes todo = {NULL, 0, 0};
    int rc = ppc_audit(t, &now, &todo, err);
    int bad = 0;
    size_t i;

    if (!rc)
        rc = judge(before, &now, err);
    for (i = 0; rc > 0 && !bad && i < todo.n; i++) {
        const ppc_change *c = &todo.v[i];

        if (c->what == PPC_CHANGE_PUT && !is_same(old, c))
            bad = ppc_txn_put(t, c->key, pp_slice_of(c->a, strlen(c->a)), err);
    }
    rc = bad ? bad : rc;
    ppc_report_clear(&now);
    ppc_changes_clear(&todo);
    return rc;
}

static int
put_all_back(ppc_txn *t, struct job *j, pp_err *err)
{
    size_t i, n = pp_json_len(pp_json_get(j->found, "Records"));
    char id[PPC_ID_MAX + 1];
    ppc_key home;
    bool stale = false;
    int rc = 0;

    j->stale = '\0';
    for (i = 0; !rc && i < n; i++) {
        rc = put_back(t, j, i, &home, &stale, err);
        if (!rc && stale && is_state(&home, id))
            j->stale = (char)home.b[0];
    }
    return rc;
}

static int
restore(ppc_txn *t, void *arg, pp_err *err)
{
    ppc_report before = {NULL};
    ppc_changes old = {NULL, 0, 0};
    struct job *j = arg;
    int rc = ppc_aside_find(t, j->ref, &j->found, err);
    int round, left = 1;

    if (!rc)
        rc = ppc_audit(t, &before, &old, err);
    if (!rc)
        rc = put_all_back(t, j, err);
    for (round = 0; !rc && left && round < ROUNDS; round++) {
        left = settle(t, &before, &old, err);
        rc = left < 0 ? left : 0;
    }
    if (!rc && left)
        rc = pp_fail(err, PP_E_CORRUPT, 0,
                     "other faults of the store are in the way: check it with "
                     "--repair first");
    if (!rc && j->stale)
        rc = ppc_refresh_record(t, j->stale, pp_json_get_str(j->found, "Id"),
                                err);
    ppc_report_clear(&before);
    ppc_changes_clear(&old);
    return rc < 0 ? pp_wrap(err, rc, "cannot restore %s", j->ref) : 0;
}

int
ppc_state_aside_restore(ppc_state *st, const char *ref, pp_json **out,
                        pp_err *err)
{
    struct job j = {.ref = ref};
    int rc;

    ppc_moment_now(&j.when);
    rc = ppc_store_update(&st->store, restore, &j, err);
    if (!rc)
        *out = pp_steal(&j.found);
    pp_json_unref(j.found);
    return rc;
}
