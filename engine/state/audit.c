/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/audit.c - compare what the records imply with what is there
 *
 * Each check adds findings to the report and, for what can be repaired, the
 * changes that do it.  A repair runs the audit again afterwards, so a check
 * need not see what another one's changes will bring about.
 */
#include "engine/state/auditor.h"

#include <stdarg.h>
#include <string.h>

#include "core/util/sha256.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"

int
ppc_audit_found(ppc_auditor *a, ppc_finding f, pp_err *err, const char *fmt,
                ...)
{
    PP_AUTO_STR ppc_str s = PPC_STR_INIT;
    char text[1200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ppc_str_puts(&s, text);
    f.problem = ppc_str_steal(&s);
    return ppc_report_add(a->report, &f, err);
}

const char *
ppc_audit_noun(char letter)
{
    return letter == PPC_KIND_POD ? "pod" : "container";
}

char *
ppc_audit_object(char letter, const char *id)
{
    return ppc_sprintf("%s %s", ppc_audit_noun(letter), id);
}

/* A key as people read it: / between the parts, no control characters. */
char *
ppc_audit_key_text(const ppc_key *k)
{
    PP_AUTO_STR ppc_str s = PPC_STR_INIT;
    size_t i;

    ppc_str_puts(&s, "key ");
    for (i = 0; i < k->n; i++) {
        if (!k->b[i])
            ppc_str_putc(&s, '/');
        else if (k->b[i] < ' ' || k->b[i] == 0x7f)
            ppc_str_printf(&s, "\\x%02x", k->b[i]);
        else
            ppc_str_putc(&s, (char)k->b[i]);
    }
    return ppc_str_steal(&s);
}

int
ppc_audit_aside(ppc_auditor *a, ppc_key key, const char *object,
                const char *label, const char *why, pp_err *err)
{
    const ppc_change c = {PPC_CHANGE_ASIDE, key, ppc_unconst(object),
                          ppc_unconst(why), label};

    return ppc_changes_add(a->todo, &c, err);
}

/* Requests and intents of containers that are not there, or damaged. */
static int
check_attached(ppc_auditor *a, const ppc_entry *e, pp_err *err)
{
    const char *what = e->key.b[0] == 'x' ? "request" : "intent";
    const ppc_change del = {PPC_CHANGE_DEL, e->key, NULL, NULL, NULL};
    char id[PPC_ID_MAX + 1] = "";
    const ppc_found *ctr;
    pp_slice rest;
    int rc;

    ppc_key_split(ppc_key_slice(&e->key), 2, id, &rest);
    ctr = ppc_model_find_any(&a->m.ctrs, id);
    if (!ctr) {
        rc = ppc_audit_found(
            a,
            (ppc_finding){.kind = "orphan",
                          .object = ppc_audit_object(PPC_KIND_CTR, id),
                          .remedy = "delete it",
                          .repairable = true},
            err, "its %s is there, but nothing else", what);
        return rc < 0 ? rc : ppc_changes_add(a->todo, &del, err);
    }
    if (!e->n || !ppc_found_is_sound(ctr))
        return 0;
    rc = ppc_audit_found(
        a,
        (ppc_finding){.kind = "record",
                      .object = ppc_audit_object(PPC_KIND_CTR, id),
                      .remedy = "set the request aside",
                      .repairable = true},
        err, "its %s cannot be read: %s", what, e->val);
    return rc < 0 ? rc : ppc_audit_aside(a, e->key, id, what, e->val, err);
}

static int
check_unknown(ppc_auditor *a, const ppc_entry *e, pp_err *err)
{
    static const char why[] = "no version of the store has such a key";
    char object[5 + 65] = "key-";
    ppc_sha256 sum;
    int rc;

    ppc_sha256_init(&sum);
    ppc_sha256_add(&sum, e->key.b, e->key.n);
    ppc_sha256_hex(&sum, object + 4);
    object[4 + 16] = '\0';
    rc = ppc_audit_found(a,
                         (ppc_finding){.kind = "unknown",
                                       .object = ppc_audit_key_text(&e->key),
                                       .remedy = "set it aside",
                                       .repairable = true},
                         err, "%s", why);
    return rc < 0 ? rc : ppc_audit_aside(a, e->key, object, "key", why, err);
}

static int
check_rest(ppc_auditor *a, pp_err *err)
{
    size_t i;
    int rc = 0;

    for (i = 0; !rc && i < a->m.attached.n; i++)
        rc = check_attached(a, &a->m.attached.v[i], err);
    for (i = 0; !rc && i < a->m.unknown.n; i++)
        rc = check_unknown(a, &a->m.unknown.v[i], err);
    if (rc || !a->m.too_long)
        return rc;
    return ppc_audit_found(
        a,
        (ppc_finding){.kind = "unknown",
                      .object = strdup("the store"),
                      .remedy = "they are not polypod's: export, and "
                                "import into a new store"},
        err, "%zu keys are longer than any key can be", a->m.too_long);
}

/* A version that cannot be read follows from records that can. */
static int
check_schema(ppc_auditor *a, ppc_txn *t, pp_err *err)
{
    char text[24];
    const ppc_change c = {PPC_CHANGE_PUT, ppc_key_schema(), text, NULL, NULL};
    bool ours = !a->m.unknown.n && a->m.ctrs.n + a->m.pods.n;
    pp_err why = {0, 0, ""};
    int64_t version = 0;
    int rc = ppc_schema_read(t, &version, &why);

    if (!rc)
        return 0;
    if (rc != -PP_E_CORRUPT) {
        if (err)
            *err = why;
        return rc;
    }
    snprintf(text, sizeof text, "%lld", (long long)ppc_schema_current());
    rc = ppc_audit_found(
        a,
        (ppc_finding){.kind = "schema",
                      .object = strdup("the store"),
                      .remedy = ours ? "put the version there"
                                     : "export it, and import it into "
                                       "a new store",
                      .repairable = ours},
        err, "%s", why.msg);
    return rc < 0 || !ours ? rc : ppc_changes_add(a->todo, &c, err);
}

/* q/ID/TIME/REC/why is {"key":..,"reason":..,"time":..} */
static int
note_aside(ppc_auditor *a, const ppc_entry *e, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    char id[PPC_ID_MAX + 1] = "";
    pp_slice rest = {"", 0};

    if (!ppc_key_split(ppc_key_slice(&e->key), 2, id, &rest))
        return 0;
    pp_json_parse(e->val, e->n, "a reason", &v, NULL);
    if (!ppc_strv_addf(&a->report->aside, "%s: %s: %s (%s)", id,
                       pp_json_get_str(v, "record"),
                       pp_json_get_str(v, "reason"),
                       pp_json_get_str(v, "time")))
        return 0;
    return pp_fail(err, PP_E_NOMEM, 0, "no memory to check the state");
}

static int
count(ppc_auditor *a, pp_err *err)
{
    size_t i;
    int rc = 0;

    a->report->records = a->m.records;
    a->report->pods = a->m.pods.n;
    a->report->containers = a->m.ctrs.n;
    for (i = 0; i < a->m.ctrs.n; i++)
        a->report->running += a->m.ctrs.v[i].status == PPC_CTR_RUNNING ||
                              a->m.ctrs.v[i].status == PPC_CTR_PAUSED;
    for (i = 0; !rc && i < a->m.aside.n; i++)
        rc = note_aside(a, &a->m.aside.v[i], err);
    return rc;
}

int
ppc_audit(ppc_txn *t, ppc_report *report, ppc_changes *todo, pp_err *err)
{
    ppc_auditor a = {.report = report, .todo = todo};
    int rc;

    ppc_report_clear(report);
    ppc_changes_clear(todo);
    rc = ppc_model_read(t, &a.m, err);
    if (!rc)
        rc = check_schema(&a, t, err);
    if (!rc)
        rc = ppc_audit_objects(&a, err);
    if (!rc)
        rc = ppc_audit_index(&a, err);
    if (!rc)
        rc = check_rest(&a, err);
    if (!rc)
        rc = count(&a, err);
    ppc_model_clear(&a.m);
    ppc_entries_clear(&a.wanted);
    return rc;
}
