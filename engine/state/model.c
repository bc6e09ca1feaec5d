/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/model.c - read the whole store into memory; see model.h */
#include "engine/state/model.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "engine/json.h"

#define HEAD 2          /* "c/" */
#define VALUE_KEPT 4096 /* of an index entry; a sound one is shorter */

/* Room for one more item of size bytes. */
static int
grow(void *vp, size_t n, size_t *cap, size_t size, pp_err *err)
{
    void **v = vp;
    size_t want = *cap ? *cap * 2 : 32;
    void *bigger;

    if (n < *cap)
        return 0;
    bigger = reallocarray(*v, want, size);
    if (!bigger)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to check the state");
    *v = bigger;
    *cap = want;
    return 0;
}

int
ppc_key_compare(const ppc_key *a, const ppc_key *b)
{
    int c = memcmp(a->b, b->b, a->n < b->n ? a->n : b->n);

    return c ? c : (a->n > b->n) - (a->n < b->n);
}

int
ppc_entries_add(ppc_entries *l, ppc_key key, const void *val, size_t n,
                pp_err *err)
{
    ppc_entry e = {key, NULL, n < VALUE_KEPT ? n : VALUE_KEPT};
    int rc = grow(&l->v, l->n, &l->cap, sizeof *l->v, err);

    if (rc < 0)
        return rc;
    e.val = malloc(e.n + 1);
    if (!e.val)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to check the state");
    if (e.n)
        memcpy(e.val, val, e.n);
    e.val[e.n] = '\0';
    l->v[l->n++] = e;
    return 0;
}

void
ppc_entries_clear(ppc_entries *l)
{
    size_t i;

    for (i = 0; i < l->n; i++)
        free(l->v[i].val);
    free(l->v);
    memset(l, 0, sizeof *l);
}

static void
founds_clear(ppc_founds *l)
{
    size_t i;

    for (i = 0; i < l->n; i++) {
        ppc_ctr_config_free(l->v[i].ctr);
        ppc_pod_config_free(l->v[i].pod);
        free(l->v[i].infra);
        free(l->v[i].why);
    }
    free(l->v);
    memset(l, 0, sizeof *l);
}

void
ppc_model_clear(ppc_model *m)
{
    founds_clear(&m->ctrs);
    founds_clear(&m->pods);
    ppc_entries_clear(&m->index);
    ppc_entries_clear(&m->attached);
    ppc_entries_clear(&m->aside);
    ppc_entries_clear(&m->unknown);
    memset(m, 0, sizeof *m);
}

bool
ppc_found_is_sound(const ppc_found *f)
{
    return f->has_config && f->has_state && !f->why;
}

static int
by_id(const void *id, const void *found)
{
    return strcmp(id, ((const ppc_found *)found)->id);
}

const ppc_found *
ppc_model_find_any(const ppc_founds *list, const char *id)
{
    if (!list->n || ppc_str_is_empty(id))
        return NULL;
    return bsearch(id, list->v, list->n, sizeof *list->v, by_id);
}

const ppc_found *
ppc_model_find(const ppc_founds *list, const char *id)
{
    const ppc_found *f = ppc_model_find_any(list, id);

    return f && ppc_found_is_sound(f) ? f : NULL;
}

/* The object whose records are passing by; they come sorted by ID. */
static ppc_found *
current(ppc_founds *l, char letter, const char *id, pp_err *err)
{
    ppc_found *f = l->n ? &l->v[l->n - 1] : NULL;

    if (f && !strcmp(f->id, id))
        return f;
    if (grow(&l->v, l->n, &l->cap, sizeof *l->v, err) < 0)
        return NULL;
    f = &l->v[l->n++];
    memset(f, 0, sizeof *f);
    f->letter = letter;
    memcpy(f->id, id, strlen(id) + 1);
    return f;
}

/* Note why a record cannot be read; the first reason stays. */
static int
damaged(ppc_found *f, const char *record, const pp_err *why, pp_err *err)
{
    if (!f->why)
        f->why =
            ppc_sprintf("its %s cannot be read: %s", record,
                        why->msg[0] ? why->msg : pp_error_kind(why->code));
    if (f->why)
        return 0;
    return pp_fail(err, PP_E_NOMEM, 0, "no memory to check the state");
}

static int
check_words(const ppc_found *f, const char *id, const char *name, pp_err *why)
{
    if (!ppc_str_eq(f->id, id))
        return pp_fail(why, PP_E_CORRUPT, 0, "it names another ID, \"%.64s\"",
                       id ? id : "");
    if (ppc_str_is_empty(name) || strlen(name) > PPC_NAME_MAX)
        return pp_fail(why, PP_E_CORRUPT, 0, "it has no usable name");
    return 0;
}

static int
take_config(ppc_found *f, const pp_json *v, pp_err *why)
{
    int rc;

    if (f->letter == PPC_KIND_POD) {
        rc = ppc_pod_config_decode(v, &f->pod, why);
        return rc < 0 ? rc : check_words(f, f->pod->id, f->pod->name, why);
    }
    rc = ppc_ctr_config_decode(v, &f->ctr, why);
    return rc < 0 ? rc : check_words(f, f->ctr->id, f->ctr->name, why);
}

static int
take_state(ppc_found *f, const pp_json *v, pp_err *why)
{
    PP_AUTO(ppc_ctr_state_free) ppc_ctr_state *c = NULL;
    PP_AUTO(ppc_pod_state_free) ppc_pod_state *p = NULL;
    int rc;

    if (f->letter == PPC_KIND_POD) {
        rc = ppc_pod_state_decode(v, &p, why);
        if (!rc)
            f->infra = pp_steal(&p->infra_id);
        return rc;
    }
    rc = ppc_ctr_state_decode(v, &c, why);
    if (rc < 0)
        return rc;
    if (c->state < PPC_CTR_UNKNOWN || c->state > PPC_CTR_REMOVING)
        return pp_fail(why, PP_E_CORRUPT, 0, "%d is no state", (int)c->state);
    f->status = c->state;
    return 0;
}

static int
take_json(ppc_found *f, const char *record, pp_slice val, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    bool config = !strcmp(record, PPC_REC_CONFIG);
    pp_err why = {0, 0, ""};
    int rc = pp_json_parse(val.p, val.n, "the record", &v, &why);

    *(config ? &f->has_config : &f->has_state) = true;
    if (!rc)
        rc = config ? take_config(f, v, &why) : take_state(f, v, &why);
    if (rc == -PP_E_NOMEM) {
        if (err)
            *err = why;
        return rc;
    }
    return rc < 0 ? damaged(f, record, &why, err) : 0;
}

/* c/ID/... or p/ID/... */
static int
visit_object(ppc_model *m, pp_slice key, pp_slice val, pp_err *err)
{
    char letter = *(const char *)key.p;
    bool is_pod = letter == PPC_KIND_POD;
    char id[PPC_ID_MAX + 1];
    bool config, state, netns;
    ppc_found *f;
    pp_slice rec;

    if (!ppc_key_split(key, HEAD, id, &rec))
        return ppc_entries_add(&m->unknown, ppc_key_of(key), "", 0, err);
    config = ppc_slice_is(rec, PPC_REC_CONFIG);
    state = ppc_slice_is(rec, PPC_REC_STATE);
    netns = !is_pod && ppc_slice_is(rec, PPC_REC_NETNS);
    if (!config && !state && !netns)
        return ppc_entries_add(&m->unknown, ppc_key_of(key), "", 0, err);
    f = current(is_pod ? &m->pods : &m->ctrs, letter, id, err);
    if (!f)
        return -PP_E_NOMEM;
    if (netns)
        return 0;
    return take_json(f, config ? PPC_REC_CONFIG : PPC_REC_STATE, val, err);
}

/* x/ID is JSON, i/ID text: kept is why it cannot be read, if so. */
static int
visit_attached(ppc_model *m, pp_slice key, pp_slice val, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    pp_err why = {0, 0, ""};
    char id[PPC_ID_MAX + 1];
    pp_slice rest;

    if (!ppc_key_split(key, HEAD, id, &rest) || rest.n)
        return ppc_entries_add(&m->unknown, ppc_key_of(key), "", 0, err);
    if (*(const char *)key.p == 'x')
        pp_json_parse(val.p, val.n, "the request", &v, &why);
    return ppc_entries_add(&m->attached, ppc_key_of(key), why.msg,
                           strlen(why.msg), err);
}

/* m/schema, m/path/X, m/fact/X */
static int
visit_meta(ppc_model *m, pp_slice key, pp_err *err)
{
    const ppc_key schema = ppc_key_schema();
    char class[PPC_ID_MAX + 1];
    pp_slice rest;

    if (key.n == schema.n && !memcmp(key.p, schema.b, key.n))
        return 0;
    if (ppc_key_split(key, HEAD, class, &rest) && rest.n &&
        (!strcmp(class, "path") || !strcmp(class, "fact")))
        return 0;
    return ppc_entries_add(&m->unknown, ppc_key_of(key), "", 0, err);
}

static int
visit_aside(ppc_model *m, pp_slice key, pp_slice val, pp_err *err)
{
    const char *p = key.p;

    if (key.n < 6 || memcmp(p + key.n - 4, "\0why", 4))
        return 0;
    return ppc_entries_add(&m->aside, ppc_key_of(key), val.p, val.n, err);
}

static int
visit(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    ppc_model *m = arg;
    const char *p = key.p;

    m->records++;
    if (key.n > PPC_KEY_MAX || !key.n) {
        m->too_long++;
        return 0;
    }
    if (key.n <= HEAD || p[1] != '/')
        return ppc_entries_add(&m->unknown, ppc_key_of(key), "", 0, err);
    switch (*p) {
    case PPC_KIND_CTR:
    case PPC_KIND_POD:
        return visit_object(m, key, val, err);
    case 'd':
    case 'g':
    case 'n':
    case 's':
        return ppc_entries_add(&m->index, ppc_key_of(key), val.p, val.n, err);
    case 'i':
    case 'x':
        return visit_attached(m, key, val, err);
    case 'm':
        return visit_meta(m, key, err);
    case 'q':
        return visit_aside(m, key, val, err);
    default:
        return ppc_entries_add(&m->unknown, ppc_key_of(key), "", 0, err);
    }
}

int
ppc_model_read(ppc_txn *t, ppc_model *m, pp_err *err)
{
    const ppc_range all = {{1, {0}}, {0, {0}}};

    ppc_model_clear(m);
    return ppc_txn_scan(t, &all, visit, m, err);
}
