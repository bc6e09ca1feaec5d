/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/aside.c - records in quarantine; see aside.h */
#include "engine/state/aside.h"

#include <stdlib.h>
#include <string.h>

#include <polypod/plugin.h>

#include "core/util/clock.h"
#include "engine/json.h"
#include "engine/state/line.h"

struct job {
    const char *ref;
    const char *record;
    pp_json *found; /* all sets, or the one that is meant */
    char *data;
    size_t n;
};

static int
no_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for what was set aside");
}

/* {"key":[..],"text":""}, as in an export. */
static pp_json *
key_json(const ppc_key *key)
{
    PP_AUTO_STR ppc_str line = PPC_STR_INIT;
    pp_json *v = NULL;

    ppc_line_encode(ppc_key_slice(key), pp_slice_of("", 0), &line);
    if (line.nomem || pp_json_parse(line.p, line.n, "a key", &v, NULL) < 0)
        return NULL;
    return v;
}

/* The reverse, from a note. */
int
ppc_aside_home(const pp_json *why, ppc_key *key, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = pp_json_object();
    const char *member = pp_json_has(why, "key64") ? "key64" : "key";
    PP_AUTO_FREE char *text = NULL;
    ppc_item item = {.val = NULL};
    int rc;

    if (!pp_json_has(why, member))
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "its note does not say where it was");
    if (pp_json_put(v, member, pp_json_ref(pp_json_get(why, member))) ||
        pp_json_put(v, "text", pp_json_string("")) ||
        !(text = pp_json_text(v, 0)))
        return no_memory(err);
    rc = ppc_line_decode(text, strlen(text), &item, err);
    free(item.val);
    if (!rc)
        *key = item.key;
    return rc;
}

int
ppc_aside_put(ppc_txn *t, const ppc_change *c, const ppc_moment *when,
              pp_err *err)
{
    char rfc[40], time[20];
    pp_json *why;
    int rc;

    ppc_time_format(when->now, rfc);
    ppc_time_stamp(when->now, time);
    rc = ppc_txn_move(t, c->key,
                      ppc_key_aside(c->a, time, c->label, PPC_ASIDE_DATA), err);
    if (rc < 0)
        return rc == -PP_E_NOTFOUND ? 0 : rc;
    why = key_json(&c->key);
    if (!why || pp_json_put(why, "reason", pp_json_string(c->b)) ||
        pp_json_put(why, "record", pp_json_string(c->label)) ||
        pp_json_put(why, "time", pp_json_string(rfc)) ||
        pp_json_put(why, "boot", pp_json_string(when->boot))) {
        pp_json_unref(why);
        return no_memory(err);
    }
    pp_json_del(why, "text");
    return ppc_txn_put_json(t,
                            ppc_key_aside(c->a, time, c->label, PPC_ASIDE_WHY),
                            why, "a reason", err);
}

/* The parts of q/ID/TIME/REC/PART, as texts in a copy of the key. */
struct place {
    char text[PPC_KEY_MAX + 1];
    const char *part[4];
};

static bool
take_apart(pp_slice key, struct place *p)
{
    size_t i, at = 2;

    if (key.n > PPC_KEY_MAX)
        return false;
    memcpy(p->text, key.p, key.n);
    p->text[key.n] = '\0';
    for (i = 0; i < 4; i++) {
        if (at >= key.n)
            return false;
        p->part[i] = p->text + at;
        at += strlen(p->part[i]) + 1;
    }
    return at == key.n + 1;
}

/* The last of a list if its member has that value, or a new one behind it. */
static pp_json *
last_or_new(pp_json *list, const char *member, const char *value)
{
    size_t n = pp_json_len(list);
    pp_json *v = n ? pp_json_at(list, n - 1) : NULL;

    if (v && !strcmp(pp_json_get_str(v, member), value))
        return v;
    v = pp_json_object();
    if (pp_json_put(v, member, pp_json_string(value)) ||
        pp_json_add(list, pp_json_ref(v))) {
        pp_json_unref(v);
        return NULL;
    }
    pp_json_unref(v); /* the list's */
    return v;
}

const char *
ppc_aside_kind(const ppc_key *home)
{
    switch (home->n ? home->b[0] : 0) {
    case PPC_KIND_CTR:
    case 'x':
    case 'i':
        return "container";
    case PPC_KIND_POD:
        return "pod";
    default:
        return "key";
    }
}

/* What the note of a record says of it, and of its set. */
static int
read_why(pp_json *set, pp_json *rec, pp_slice val)
{
    PP_AUTO(pp_json_unref) pp_json *why = NULL;
    const char *reason;
    ppc_key home = {0, {0}};

    pp_json_parse(val.p, val.n, "a reason", &why, NULL);
    ppc_aside_home(why, &home, NULL);
    reason = pp_json_get_str(why, "reason");
    return pp_json_put(rec, "Reason", pp_json_string(reason)) ||
           pp_json_put(set, "Reason", pp_json_string(reason)) ||
           pp_json_put(set, "Kind", pp_json_string(ppc_aside_kind(&home))) ||
           pp_json_put(set, "Time",
                       pp_json_string(pp_json_get_str(why, "time")));
}

static int
read_data(pp_json *set, pp_json *rec, const char *record, pp_slice val)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;

    if (!strcmp(record, PPC_REC_CONFIG) &&
        !pp_json_parse(val.p, val.n, "a config", &v, NULL) &&
        pp_json_put(set, "Name", pp_json_string(pp_json_get_str(v, "name"))))
        return -1;
    return pp_json_put(rec, "Size", pp_json_int((int64_t)val.n));
}

static pp_json *
set_of(pp_json *sets, const struct place *p)
{
    PP_AUTO_FREE char *ref = ppc_sprintf("%s@%s", p->part[0], p->part[1]);
    pp_json *set = ref ? last_or_new(sets, "Ref", ref) : NULL;

    if (!set || pp_json_has(set, "Id"))
        return set;
    if (pp_json_put(set, "Id", pp_json_string(p->part[0])) ||
        pp_json_put(set, "Kind", pp_json_string("key")) ||
        pp_json_put(set, "Name", pp_json_string("")) ||
        pp_json_put(set, "Time", pp_json_string("")) ||
        pp_json_put(set, "Reason", pp_json_string("")) ||
        pp_json_put(set, "Records", pp_json_array()))
        return NULL;
    return set;
}

static int
visit(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    pp_json *set, *rec = NULL;
    struct place p;
    int bad;

    if (!take_apart(key, &p))
        return 0;
    set = set_of(arg, &p);
    if (set)
        rec = last_or_new(pp_json_get(set, "Records"), "Record", p.part[2]);
    if (!rec)
        return no_memory(err);
    if (!strcmp(p.part[3], PPC_ASIDE_WHY))
        bad = read_why(set, rec, val);
    else
        bad = read_data(set, rec, p.part[2], val);
    return bad ? no_memory(err) : 0;
}

static int
list_all(ppc_txn *t, void *arg, pp_err *err)
{
    const ppc_range q = ppc_range_letter('q');
    struct job *j = arg;

    pp_json_unref(pp_steal(&j->found));
    j->found = pp_json_array();
    if (!j->found)
        return no_memory(err);
    return ppc_txn_scan(t, &q, visit, j->found, err);
}

/* "ID@TIME", or the beginning of either. */
static bool
is_called(const pp_json *set, const char *ref)
{
    const char *name = pp_json_get_str(set, "Ref");
    size_t n = strcspn(ref, "@");
    const char *time = strchr(name, '@');

    if (!*ref || strncmp(name, ref, n))
        return false;
    return !ref[n] || (time && !strncmp(time, ref + n, strlen(ref + n)));
}

int
ppc_aside_find(ppc_txn *t, const char *ref, pp_json **out, pp_err *err)
{
    struct job j = {.ref = ref};
    const char *other = NULL;
    pp_json *set, *hit = NULL;
    size_t i;
    int rc = list_all(t, &j, err);

    for (i = 0; !rc && i < pp_json_len(j.found); i++) {
        set = pp_json_at(j.found, i);
        if (!is_called(set, ref))
            continue;
        if (hit)
            other = pp_json_get_str(set, "Ref");
        else
            hit = set;
    }
    if (!rc && !hit)
        rc = pp_fail(err, PP_E_NOTFOUND, 0,
                     "nothing that is set aside is called \"%s\"", ref);
    else if (!rc && other)
        rc =
            pp_fail(err, PP_E_AMBIGUOUS, 0, "\"%s\" may be %s or %s: say which",
                    ref, pp_json_get_str(hit, "Ref"), other);
    if (!rc) {
        pp_json_unref(*out);
        *out = pp_json_ref(hit);
    }
    pp_json_unref(j.found);
    return rc;
}

ppc_key
ppc_aside_key(const pp_json *set, size_t i, const char *part)
{
    const char *at = strchr(pp_json_get_str(set, "Ref"), '@');
    const pp_json *rec = pp_json_at(pp_json_get(set, "Records"), i);

    return ppc_key_aside(pp_json_get_str(set, "Id"), at ? at + 1 : "",
                         pp_json_get_str(rec, "Record"), part);
}

static int
forget(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_aside_find(t, j->ref, &j->found, err);
    size_t i, n = pp_json_len(pp_json_get(j->found, "Records"));

    for (i = 0; !rc && i < n; i++) {
        rc = ppc_txn_del(t, ppc_aside_key(j->found, i, PPC_ASIDE_DATA), err);
        if (!rc)
            rc = ppc_txn_del(t, ppc_aside_key(j->found, i, PPC_ASIDE_WHY), err);
    }
    return rc;
}

static int
read_one(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_aside_find(t, j->ref, &j->found, err);
    const pp_json *list = pp_json_get(j->found, "Records");
    pp_slice val;
    size_t i;

    free(pp_steal(&j->data));
    for (i = 0; !rc && i < pp_json_len(list); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(list, i), "Record"), j->record))
            break;
    if (!rc && i == pp_json_len(list))
        return pp_fail(err, PP_E_NOTFOUND, 0, "%s has no record \"%s\"",
                       pp_json_get_str(j->found, "Ref"), j->record);
    if (!rc)
        rc = ppc_txn_get(t, ppc_aside_key(j->found, i, PPC_ASIDE_DATA), &val,
                         err);
    if (rc == -PP_E_NOTFOUND && i < pp_json_len(list))
        return pp_fail(err, PP_E_NOTFOUND, 0, "the bytes of %s are gone",
                       pp_json_get_str(j->found, "Ref"));
    if (rc < 0)
        return rc;
    j->data = malloc(val.n + 1);
    if (!j->data)
        return no_memory(err);
    memcpy(j->data, val.p, val.n);
    j->data[val.n] = '\0';
    j->n = val.n;
    return 0;
}

/* Hand out what a job has found, or nothing. */
static int
give(struct job *j, int rc, pp_json **out)
{
    if (rc >= 0 && out)
        *out = pp_steal(&j->found);
    pp_json_unref(j->found);
    return rc < 0 ? rc : 0;
}

static int
list_one(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;

    return ppc_aside_find(t, j->ref, &j->found, err);
}

int
ppc_state_aside_list(ppc_state *st, const char *ref, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    struct job j = {.ref = ref};
    int rc = ppc_store_view(&st->store, ref ? list_one : list_all, &j, err);

    if (!rc && ref && pp_json_add(list, pp_json_ref(j.found)))
        rc = no_memory(err);
    if (!rc && ref) {
        pp_json_unref(j.found);
        j.found = pp_steal(&list);
    }
    return give(&j, rc, out);
}

int
ppc_state_aside_read(ppc_state *st, const char *ref, const char *record,
                     char **data, size_t *n, pp_err *err)
{
    struct job j = {.ref = ref, .record = record};
    int rc = ppc_store_view(&st->store, read_one, &j, err);

    if (rc < 0) {
        free(j.data);
        return give(&j, rc, NULL);
    }
    *data = j.data;
    *n = j.n;
    return give(&j, 0, NULL);
}

int
ppc_state_aside_remove(ppc_state *st, const char *ref, pp_json **out,
                       pp_err *err)
{
    struct job j = {.ref = ref};

    return give(&j, ppc_store_update(&st->store, forget, &j, err), out);
}
