/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/import.c - an export into the store; see transfer.h */
#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "engine/state/model.h"
#include "engine/state/transfer.h"

#define MAX_CLASHES 100

struct job {
    const ppc_import *im;
    uint32_t flags;
    ppc_moment when;
    ppc_report *report;
    ppc_str *faults;
    size_t clashes;
};

/* May this store be written over at all? */
static int
check_before(ppc_txn *t, struct job *j, pp_err *err)
{
    ppc_changes todo = {NULL, 0, 0};
    int rc = ppc_audit(t, j->report, &todo, err);
    const ppc_report *r = j->report;

    ppc_changes_clear(&todo);
    if (rc < 0 || (j->flags & PPC_IMPORT_MERGE))
        return rc;
    if (!(j->flags & PPC_IMPORT_REPLACE) && r->containers + r->pods)
        return pp_fail(err, PP_E_EXISTS, 0,
                       "the state store has %zu containers and %zu pods: use "
                       "--merge to add to them, or --replace",
                       r->containers, r->pods);
    if (!(j->flags & PPC_IMPORT_FORCE) && r->running)
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "%zu containers are running and would be forgotten: "
                       "stop them first, or use --force",
                       r->running);
    return 0;
}

static int
note_key(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    (void)val;
    return ppc_entries_add(arg, ppc_key_of(key), "", 0, err);
}

static int
wipe(ppc_txn *t, pp_err *err)
{
    const ppc_range all = {{1, {0}}, {0, {0}}};
    ppc_entries keys = {NULL, 0, 0};
    int rc = ppc_txn_scan(t, &all, note_key, &keys, err);
    size_t i;

    for (i = 0; !rc && i < keys.n; i++)
        rc = ppc_txn_del(t, keys.v[i].key, err);
    ppc_entries_clear(&keys);
    return rc;
}

static void
clash(struct job *j, const ppc_item *item, const char *what, const char *name)
{
    if (++j->clashes <= MAX_CLASHES)
        ppc_str_printf(j->faults, "line %zu: %s %s is in use\n", item->line,
                       what, name);
}

/* Does the store have anything under this ID? */
static int
has_id(ppc_txn *t, const char *id, pp_err *err)
{
    const ppc_key keys[] = {ppc_key_record(PPC_KIND_CTR, id, PPC_REC_CONFIG),
                            ppc_key_record(PPC_KIND_POD, id, PPC_REC_CONFIG),
                            ppc_key_record(PPC_KIND_CTR, id, PPC_REC_STATE),
                            ppc_key_record(PPC_KIND_POD, id, PPC_REC_STATE)};
    size_t i;
    int rc = 0;

    for (i = 0; !rc && i < sizeof keys / sizeof keys[0]; i++)
        rc = ppc_txn_has(t, keys[i], err);
    return rc;
}

/* Names and IDs that both have; an object's ID is told once. */
static int
check_clash(ppc_txn *t, struct job *j, const ppc_item *item, pp_err *err)
{
    char letter = (char)item->key.b[0];
    PP_AUTO_FREE char *name = NULL;
    char id[PPC_ID_MAX + 1];
    pp_slice rest;
    int rc;

    if (letter == 'n') {
        rc = ppc_txn_has(t, item->key, err);
        name = strndup((const char *)item->key.b + 2, item->key.n - 2);
        if (rc > 0)
            clash(j, item, "the name", name ? name : "");
        return rc < 0 ? rc : 0;
    }
    if ((letter != PPC_KIND_CTR && letter != PPC_KIND_POD) ||
        !ppc_key_split(ppc_key_slice(&item->key), 2, id, &rest) ||
        !ppc_slice_is(rest, PPC_REC_CONFIG))
        return 0;
    rc = has_id(t, id, err);
    if (rc > 0)
        clash(j, item, "the ID", id);
    return rc < 0 ? rc : 0;
}

static int
check_clashes(ppc_txn *t, struct job *j, pp_err *err)
{
    size_t i;
    int rc = 0;

    if (j->im->schema != ppc_schema_current())
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "the export has schema version %lld, the store %lld: "
                       "import it into an empty store first",
                       (long long)j->im->schema,
                       (long long)ppc_schema_current());
    for (i = 0; !rc && i < j->im->n; i++)
        rc = check_clash(t, j, &j->im->v[i], err);
    if (rc < 0 || !j->clashes)
        return rc;
    return pp_fail(err, PP_E_EXISTS, 0,
                   "%zu IDs and names of the export are in use: remove or "
                   "rename the objects on one side",
                   j->clashes);
}

/* What the store says of itself stays in a merge. */
static int
put_item(ppc_txn *t, struct job *j, const ppc_item *item, pp_err *err)
{
    int rc = 0;

    if ((j->flags & PPC_IMPORT_MERGE) && item->key.b[0] == 'm')
        rc = ppc_txn_has(t, item->key, err);
    if (rc)
        return rc < 0 ? rc : 0;
    return ppc_txn_put(t, item->key, pp_slice_of(item->val, item->n), err);
}

static int
put_all(ppc_txn *t, struct job *j, pp_err *err)
{
    char text[24];
    size_t i;
    int rc = 0;

    for (i = 0; !rc && i < j->im->n; i++)
        rc = put_item(t, j, &j->im->v[i], err);
    if (rc < 0 || (j->flags & PPC_IMPORT_MERGE))
        return rc;
    snprintf(text, sizeof text, "%lld", (long long)j->im->schema);
    rc = ppc_txn_put_text(t, ppc_key_schema(), text, err);
    return rc < 0 ? rc : ppc_schema_bring(t, err);
}

/* The result has to be sound, or nothing of it is kept. */
static int
check_after(ppc_txn *t, struct job *j, pp_err *err)
{
    ppc_changes todo = {NULL, 0, 0};
    size_t i, open;
    int rc;

    if (j->flags & PPC_IMPORT_REPAIR)
        rc = ppc_repair(t, &j->when, j->report, err);
    else
        rc = ppc_audit(t, j->report, &todo, err);
    ppc_changes_clear(&todo);
    open = ppc_report_open(j->report);
    if (rc < 0 || !open)
        return rc;
    for (i = 0; i < j->report->n; i++)
        if (!j->report->v[i].repaired) {
            ppc_finding_text(&j->report->v[i], j->faults);
            ppc_str_putc(j->faults, '\n');
        }
    return pp_fail(err, PP_E_CORRUPT, 0,
                   "the state would not be sound, %zu findings: nothing was "
                   "imported",
                   open);
}

static int
run_import(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = check_before(t, j, err);

    ppc_str_clear(j->faults);
    j->clashes = 0;
    if (!rc && (j->flags & PPC_IMPORT_MERGE))
        rc = check_clashes(t, j, err);
    else if (!rc && (j->flags & PPC_IMPORT_REPLACE))
        rc = wipe(t, err);
    if (!rc)
        rc = put_all(t, j, err);
    return rc < 0 ? rc : check_after(t, j, err);
}

int
ppc_state_import(ppc_state *st, const ppc_import *im, uint32_t flags,
                 ppc_report *report, ppc_str *faults, pp_err *err)
{
    struct job j = {
        .im = im, .flags = flags, .report = report, .faults = faults};

    ppc_moment_now(&j.when);
    return ppc_store_update(&st->store, run_import, &j, err);
}
