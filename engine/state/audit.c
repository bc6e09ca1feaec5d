/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/audit.c - compare what the records imply with what is there
 *
 * Each check adds findings to the report and, for what can be repaired, the
 * changes that do it.  A repair runs the audit again afterwards, so a check
 * need not see what another one's changes will bring about.
 */
#include "engine/state/audit.h"

#include <stdarg.h>
#include <string.h>

#include "core/util/sha256.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/model.h"

#define ASIDE "set it aside, so that nothing else fails because of it"

struct audit {
    ppc_model m;
    ppc_entries wanted; /* what d/ g/ n/ s/ should be */
    ppc_report *report;
    ppc_changes *todo;
};

/* Who a finding is about; printf's result, or NULL. */
static int
found(struct audit *a, ppc_finding f, pp_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int
found(struct audit *a, ppc_finding f, pp_err *err, const char *fmt, ...)
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

static const char *
noun(char letter)
{
    return letter == PPC_KIND_POD ? "pod" : "container";
}

static char *
object_name(char letter, const char *id)
{
    return ppc_sprintf("%s %s", noun(letter), id);
}

/* A key as people read it: / between the parts, no control characters. */
static char *
key_text(const ppc_key *k)
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

static int
aside(struct audit *a, ppc_key key, const char *object, const char *label,
      const char *why, pp_err *err)
{
    const ppc_change c = {PPC_CHANGE_ASIDE, key, ppc_unconst(object),
                          ppc_unconst(why), label};

    return ppc_changes_add(a->todo, &c, err);
}

/* A damaged object: all of its records go where no command looks. */
static int
check_whole(struct audit *a, const ppc_found *f, pp_err *err)
{
    const char *why = f->why;
    int rc;

    if (ppc_found_is_sound(f))
        return 0;
    if (!why)
        why = f->has_config ? "it has no state" : "it has no config";
    rc = found(a,
               (ppc_finding){.kind = "record",
                             .object = object_name(f->letter, f->id),
                             .remedy = ASIDE,
                             .repairable = true},
               err, "%s", why);
    if (!rc)
        rc = aside(a, ppc_key_record(f->letter, f->id, PPC_REC_CONFIG), f->id,
                   "config", why, err);
    if (!rc)
        rc = aside(a, ppc_key_record(f->letter, f->id, PPC_REC_STATE), f->id,
                   "state", why, err);
    if (rc || f->letter == PPC_KIND_POD)
        return rc;
    rc = aside(a, ppc_key_record(f->letter, f->id, PPC_REC_NETNS), f->id,
               "netns", why, err);
    if (!rc)
        rc = aside(a, ppc_key_spec(f->id), f->id, "request", why, err);
    if (!rc)
        rc = aside(a, ppc_key_intent(f->id), f->id, "intent", why, err);
    return rc;
}

static int
want(struct audit *a, ppc_key key, const char *val, pp_err *err)
{
    return ppc_entries_add(&a->wanted, key, val, strlen(val), err);
}

static int
want_name(struct audit *a, const ppc_found *f, const char *name,
          const char *nspace, pp_err *err)
{
    char owner[PPC_ID_MAX + 2] = {f->letter};
    int rc;

    memcpy(owner + 1, f->id, strlen(f->id) + 1);
    rc = want(a, ppc_key_name(name), owner, err);
    if (!rc && !ppc_str_is_empty(nspace))
        rc = want(a, ppc_key_ns(nspace, f->letter, f->id), "", err);
    return rc;
}

/* The pod a container says it is in. */
static int
check_pod(struct audit *a, const ppc_found *f, pp_err *err)
{
    const char *pod = f->ctr->pod;
    const ppc_change c = {PPC_CHANGE_DROP,
                          ppc_key_record(f->letter, f->id, PPC_REC_CONFIG),
                          ppc_unconst("pod"), NULL, NULL};
    int rc;

    if (ppc_str_is_empty(pod))
        return 0;
    if (ppc_model_find(&a->m.pods, pod))
        return want(a, ppc_key_member(pod, f->id), "", err);
    rc = found(a,
               (ppc_finding){.kind = "reference",
                             .object = object_name(f->letter, f->id),
                             .remedy = "take it out of the pod",
                             .repairable = true},
               err, "it is of pod %s, which is not there", pod);
    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

/* A generic dependency only says what starts first: it can be dropped. */
static int
check_dependency(struct audit *a, const ppc_found *f, const char *id,
                 pp_err *err)
{
    const ppc_change c = {PPC_CHANGE_ITEM,
                          ppc_key_record(f->letter, f->id, PPC_REC_CONFIG),
                          ppc_unconst("Dependencies"), ppc_unconst(id), NULL};
    int rc;

    if (ppc_model_find(&a->m.ctrs, id))
        return want(a, ppc_key_dep(id, f->id), "", err);
    rc = found(a,
               (ppc_finding){.kind = "reference",
                             .object = object_name(f->letter, f->id),
                             .remedy = "drop the dependency",
                             .repairable = true},
               err, "it depends on container %s, which is not there", id);
    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

/* To drop the sharing of a namespace would start it with another one. */
static int
check_shared(struct audit *a, const ppc_found *f, int which, pp_err *err)
{
    static const char *const names[PPC_NS_COUNT] = {
        "IPC", "mount", "network", "PID", "user", "UTS", "cgroup"};
    const char *id = f->ctr->ns_ctr[which];

    if (ppc_str_is_empty(id))
        return 0;
    if (ppc_model_find(&a->m.ctrs, id))
        return want(a, ppc_key_dep(id, f->id), "", err);
    return found(a,
                 (ppc_finding){.kind = "reference",
                               .object = object_name(f->letter, f->id),
                               .remedy = "it cannot start: remove it with "
                                         "polypod rm and create it again"},
                 err,
                 "it shares the %s namespace of container %s, which is not "
                 "there",
                 names[which], id);
}

static int
check_container(struct audit *a, const ppc_found *f, pp_err *err)
{
    char *const *dep = f->ctr->dependencies;
    int rc = want_name(a, f, f->ctr->name, f->ctr->nspace, err);
    int i;

    if (!rc)
        rc = check_pod(a, f, err);
    for (i = 0; !rc && i < PPC_NS_COUNT; i++)
        rc = check_shared(a, f, i, err);
    for (; !rc && dep && *dep; dep++)
        rc = check_dependency(a, f, *dep, err);
    return rc;
}

static int
check_one_pod(struct audit *a, const ppc_found *f, pp_err *err)
{
    const ppc_change c = {PPC_CHANGE_DROP,
                          ppc_key_record(f->letter, f->id, PPC_REC_STATE),
                          ppc_unconst("InfraContainerID"), NULL, NULL};
    int rc = want_name(a, f, f->pod->name, f->pod->nspace, err);

    if (!rc && ppc_model_find(&a->m.ctrs, f->id))
        rc = found(a,
                   (ppc_finding){.kind = "record",
                                 .object = object_name(f->letter, f->id),
                                 .remedy = "remove one of the two"},
                   err, "a container has the same ID");
    if (rc || ppc_str_is_empty(f->infra) ||
        ppc_model_find(&a->m.ctrs, f->infra))
        return rc;
    rc = found(a,
               (ppc_finding){.kind = "reference",
                             .object = object_name(f->letter, f->id),
                             .remedy = "forget the infra container",
                             .repairable = true},
               err, "its infra container %s is not there", f->infra);
    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

static int
check_objects(struct audit *a, pp_err *err)
{
    const ppc_founds *lists[] = {&a->m.ctrs, &a->m.pods};
    const ppc_found *f;
    size_t i, k;
    int rc = 0;

    for (k = 0; k < 2; k++)
        for (i = 0; !rc && i < lists[k]->n; i++) {
            f = &lists[k]->v[i];
            rc = check_whole(a, f, err);
            if (!rc && ppc_found_is_sound(f))
                rc = f->ctr ? check_container(a, f, err)
                            : check_one_pod(a, f, err);
        }
    return rc;
}

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
        return key_text(k);
    if (k->b[0] == 'g')
        return ppc_sprintf("pod %s", id);
    if (k->b[0] == 'd')
        return ppc_sprintf("container %s", id);
    return key_text(k);
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
missing_entry(struct audit *a, const ppc_entry *e, pp_err *err)
{
    PP_AUTO_FREE char *problem = entry_problem(&e->key, "the store lacks");
    const ppc_change c = {PPC_CHANGE_PUT, e->key, e->val, NULL, NULL};
    int rc = found(a,
                   (ppc_finding){.kind = "index",
                                 .object = entry_name(&e->key),
                                 .remedy = "put it there",
                                 .repairable = true},
                   err, "%s", problem ? problem : "");

    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

static int
stray_entry(struct audit *a, const ppc_entry *e, pp_err *err)
{
    PP_AUTO_FREE char *problem = entry_problem(&e->key, "the store lists");
    const ppc_change c = {PPC_CHANGE_DEL, e->key, NULL, NULL, NULL};
    int rc = found(a,
                   (ppc_finding){.kind = "index",
                                 .object = entry_name(&e->key),
                                 .remedy = "delete the entry",
                                 .repairable = true},
                   err, "%s, but no record says so", problem ? problem : "");

    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

static int
wrong_entry(struct audit *a, const ppc_entry *want, const ppc_entry *is,
            pp_err *err)
{
    const ppc_change c = {PPC_CHANGE_PUT, want->key, want->val, NULL, NULL};
    int rc;

    if (want->n == is->n && !memcmp(want->val, is->val, is->n))
        return 0;
    rc = found(a,
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
unite_wanted(struct audit *a, pp_err *err)
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
            rc = found(a,
                       (ppc_finding){.kind = "record",
                                     .object = entry_name(&e->key),
                                     .remedy = "remove one of the two by its "
                                               "ID, then check with --repair"},
                       err, "both %s %s and %s %s have it", noun(*kept->val),
                       kept->val + 1, noun(*e->val), e->val + 1);
    }
    for (i = n; i < a->wanted.n; i++)
        free(v[i].val);
    a->wanted.n = n;
    return rc;
}

/* Two owners of one name: neither's entry is wrong. */
static bool
has_rival(const struct audit *a, const ppc_entry *is)
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

static int
check_index(struct audit *a, pp_err *err)
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

/* Requests and intents of containers that are not there, or damaged. */
static int
check_attached(struct audit *a, const ppc_entry *e, pp_err *err)
{
    const char *what = e->key.b[0] == 'x' ? "request" : "intent";
    const ppc_change del = {PPC_CHANGE_DEL, e->key, NULL, NULL, NULL};
    char id[PPC_ID_MAX + 1] = "";
    pp_slice rest;
    size_t i;
    int rc;

    ppc_key_split(ppc_key_slice(&e->key), 2, id, &rest);
    for (i = 0; i < a->m.ctrs.n; i++)
        if (!strcmp(a->m.ctrs.v[i].id, id))
            break;
    if (i == a->m.ctrs.n) {
        rc = found(a,
                   (ppc_finding){.kind = "orphan",
                                 .object = object_name(PPC_KIND_CTR, id),
                                 .remedy = "delete it",
                                 .repairable = true},
                   err, "its %s is there, but nothing else", what);
        return rc < 0 ? rc : ppc_changes_add(a->todo, &del, err);
    }
    if (!e->n || !ppc_found_is_sound(&a->m.ctrs.v[i]))
        return 0;
    rc = found(a,
               (ppc_finding){.kind = "record",
                             .object = object_name(PPC_KIND_CTR, id),
                             .remedy = "set the request aside",
                             .repairable = true},
               err, "its %s cannot be read: %s", what, e->val);
    return rc < 0 ? rc : aside(a, e->key, id, what, e->val, err);
}

static int
check_unknown(struct audit *a, const ppc_entry *e, pp_err *err)
{
    static const char why[] = "no version of the store has such a key";
    char object[5 + 65] = "key-";
    ppc_sha256 sum;
    int rc;

    ppc_sha256_init(&sum);
    ppc_sha256_add(&sum, e->key.b, e->key.n);
    ppc_sha256_hex(&sum, object + 4);
    object[4 + 16] = '\0';
    rc = found(a,
               (ppc_finding){.kind = "unknown",
                             .object = key_text(&e->key),
                             .remedy = "set it aside",
                             .repairable = true},
               err, "%s", why);
    return rc < 0 ? rc : aside(a, e->key, object, "key", why, err);
}

static int
check_rest(struct audit *a, pp_err *err)
{
    size_t i;
    int rc = 0;

    for (i = 0; !rc && i < a->m.attached.n; i++)
        rc = check_attached(a, &a->m.attached.v[i], err);
    for (i = 0; !rc && i < a->m.unknown.n; i++)
        rc = check_unknown(a, &a->m.unknown.v[i], err);
    if (rc || !a->m.too_long)
        return rc;
    return found(a,
                 (ppc_finding){.kind = "unknown",
                               .object = strdup("the store"),
                               .remedy = "they are not polypod's: export, and "
                                         "import into a new store"},
                 err, "%zu keys are longer than any key can be",
                 a->m.too_long);
}

/* A version that cannot be read follows from records that can. */
static int
check_schema(struct audit *a, ppc_txn *t, pp_err *err)
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
    rc = found(a,
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
note_aside(struct audit *a, const ppc_entry *e, pp_err *err)
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
count(struct audit *a, pp_err *err)
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
    struct audit a = {.report = report, .todo = todo};
    int rc;

    ppc_report_clear(report);
    ppc_changes_clear(todo);
    rc = ppc_model_read(t, &a.m, err);
    if (!rc)
        rc = check_schema(&a, t, err);
    if (!rc)
        rc = check_objects(&a, err);
    if (!rc)
        rc = check_index(&a, err);
    if (!rc)
        rc = check_rest(&a, err);
    if (!rc)
        rc = count(&a, err);
    ppc_model_clear(&a.m);
    ppc_entries_clear(&a.wanted);
    return rc;
}
