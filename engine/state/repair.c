/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/repair.c - make the store say one thing again
 *
 * Nothing is thrown away but what follows from records that stay: a damaged
 * record moves to q/, byte for byte, beside a note of where it was and why.
 */
#include <string.h>

#include <polypod/plugin.h>

#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/aside.h"

/* One round's changes may uncover the next one's; three are the most that
 * have a reason: record, reference, index. */
#define ROUNDS 8

void
ppc_moment_now(ppc_moment *m)
{
    PP_AUTO_FREE char *id = NULL;

    m->now = ppc_now();
    m->boot[0] = '\0'; /* equal to no boot */
    if (ppc_file_read("/proc/sys/kernel/random/boot_id", sizeof m->boot, &id,
                      NULL, NULL) < 0)
        return;
    id[strcspn(id, "\n")] = '\0';
    if (strlen(id) < sizeof m->boot)
        strcpy(m->boot, id);
}

/* The list without one of its items. */
static int
drop_item(pp_json *record, const char *list, const char *item)
{
    const pp_json *old = pp_json_get(record, list);
    pp_json *kept = pp_json_array();
    size_t i, n = pp_json_len(old);

    for (i = 0; i < n; i++)
        if (strcmp(pp_json_str(pp_json_at(old, i)), item) &&
            pp_json_add(kept, pp_json_ref(pp_json_at(old, i)))) {
            pp_json_unref(kept);
            return -PP_E_NOMEM;
        }
    return pp_json_put(record, list, kept);
}

/* Edited as JSON: members of a newer version stay as they are. */
static int
edit(ppc_txn *t, const ppc_change *c, pp_err *err)
{
    pp_json *record = NULL;
    int rc = ppc_txn_get_json(t, c->key, "the record", &record, err);

    if (rc < 0)
        return rc == -PP_E_NOTFOUND ? 0 : rc;
    if (c->what == PPC_CHANGE_DROP)
        pp_json_del(record, c->a);
    else if (drop_item(record, c->a, c->b)) {
        pp_json_unref(record);
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a repair");
    }
    return ppc_txn_put_json(t, c->key, record, "a record", err);
}

static int
apply(ppc_txn *t, const ppc_change *c, const ppc_moment *when, pp_err *err)
{
    switch (c->what) {
    case PPC_CHANGE_PUT:
        return ppc_txn_put(t, c->key, pp_slice_of(c->a, strlen(c->a)), err);
    case PPC_CHANGE_DEL:
        return ppc_txn_del(t, c->key, err);
    case PPC_CHANGE_ASIDE:
        return ppc_aside_put(t, c, when, err);
    default:
        return edit(t, c, err);
    }
}

/* Move what this round repaired to the findings that are told at the end. */
static int
keep_repaired(ppc_report *done, ppc_report *round, pp_err *err)
{
    ppc_finding f;
    size_t i;
    int rc = 0;

    for (i = 0; !rc && i < round->n; i++) {
        if (!round->v[i].repairable)
            continue;
        f = round->v[i];
        f.repaired = true;
        round->v[i].object = NULL;
        round->v[i].problem = NULL;
        rc = ppc_report_add(done, &f, err);
    }
    return rc;
}

/* What is left goes behind what was repaired. */
static int
join(ppc_report *done, ppc_report *last, pp_err *err)
{
    size_t i;
    int rc = 0;

    for (i = 0; !rc && i < last->n; i++) {
        rc = ppc_report_add(done, &last->v[i], err);
        last->v[i].object = NULL;
        last->v[i].problem = NULL;
    }
    done->records = last->records;
    done->containers = last->containers;
    done->pods = last->pods;
    done->running = last->running;
    ppc_strv_free(done->aside);
    done->aside = pp_steal(&last->aside);
    return rc;
}

int
ppc_repair(ppc_txn *t, const ppc_moment *when, ppc_report *report, pp_err *err)
{
    ppc_report round = {NULL};
    ppc_changes todo = {NULL, 0, 0};
    size_t i, n;
    int rc;

    ppc_report_clear(report);
    for (n = 0; n < ROUNDS; n++) {
        rc = ppc_audit(t, &round, &todo, err);
        if (rc < 0 || !todo.n)
            break;
        for (i = 0; !rc && i < todo.n; i++)
            rc = apply(t, &todo.v[i], when, err);
        if (!rc)
            rc = keep_repaired(report, &round, err);
        if (rc < 0)
            break;
    }
    if (!rc && n == ROUNDS)
        rc = pp_fail(err, PP_E_INTERNAL, 0,
                     "the repair of the state store does not come to an end");
    if (!rc)
        rc = join(report, &round, err);
    ppc_report_clear(&round);
    ppc_changes_clear(&todo);
    return rc;
}

struct job {
    ppc_report *report;
    bool repair;
    ppc_moment when;
    char **ids;
};

static int
run_audit(ppc_txn *t, void *arg, pp_err *err)
{
    ppc_changes todo = {NULL, 0, 0};
    struct job *j = arg;
    int rc;

    if (j->repair)
        return ppc_repair(t, &j->when, j->report, err);
    rc = ppc_audit(t, j->report, &todo, err);
    ppc_changes_clear(&todo);
    return rc;
}

/* When it was, and what was found: the next "info" tells.  A store that
 * cannot be written now was checked all the same. */
static void
note_check(ppc_state *st, const struct job *j)
{
    PP_AUTO_FREE char *text = NULL;
    pp_err why = {0, 0, ""};
    char time[40];

    ppc_time_format(j->when.now, time);
    text = ppc_sprintf("{\"time\":\"%s\",\"findings\":%zu,\"repaired\":%zu}",
                       time, ppc_report_open(j->report),
                       j->report->n - ppc_report_open(j->report));
    if (text && ppc_state_meta_put(st, PPC_FACT_CHECK, text, &why) < 0)
        ppc_log(PP_LOG_WARNING, "the time of this check was not noted: %s",
                why.msg);
}

int
ppc_state_survey(ppc_state *st, ppc_report *out, pp_err *err)
{
    struct job j = {.report = out};

    return ppc_store_view(&st->store, run_audit, &j, err);
}

int
ppc_state_audit(ppc_state *st, bool repair, ppc_report *out, pp_err *err)
{
    struct job j = {.report = out, .repair = repair};
    int rc;

    ppc_moment_now(&j.when);
    if (repair)
        rc = ppc_store_update(&st->store, run_audit, &j, err);
    else
        rc = ppc_state_survey(st, out, err);
    if (rc < 0)
        return rc;
    if (out->records)
        note_check(st, &j);
    return 0;
}

/* c/ID/..., q/ID/...: each ID once. */
static int
visit_id(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    struct job *j = arg;
    size_t n = ppc_strv_len(ppc_strv_c(j->ids));
    char id[PPC_ID_MAX + 1];
    pp_slice rest;

    (void)val;
    if (!ppc_key_split(key, 2, id, &rest) || (n && !strcmp(j->ids[n - 1], id)))
        return 0;
    return ppc_strv_add(&j->ids, id)
               ? pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of IDs")
               : 0;
}

static int
read_ids(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    const ppc_range c = ppc_range_letter(PPC_KIND_CTR);
    const ppc_range q = ppc_range_letter('q');
    int rc;

    ppc_strv_free(pp_steal(&j->ids));
    rc = ppc_txn_scan(t, &c, visit_id, j, err);
    return rc < 0 ? rc : ppc_txn_scan(t, &q, visit_id, j, err);
}

int
ppc_state_known_ids(ppc_state *st, char ***ids, pp_err *err)
{
    struct job j = {.ids = NULL};
    int rc = ppc_store_view(&st->store, read_ids, &j, err);

    if (rc < 0) {
        ppc_strv_free(j.ids);
        return rc;
    }
    *ids = j.ids;
    return 0;
}
