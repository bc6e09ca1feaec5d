/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/lookup.c - objects by ID, by name, by the start of an ID, and
 * all of them
 *
 * A reference is an exact ID, else an exact name, else the start of exactly
 * one ID of the wanted kind in the current namespace.
 */
#include <string.h>

#include <polypod/plugin.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/state/objects.h"

#define SHOWN 4 /* matches of an ambiguous prefix that are named */

struct query {
    ppc_state *st;
    const ppc_kind *kind;
    const char *ref;
    void *object;
    bool has;
};

static int
no_such(const struct query *q, pp_err *err)
{
    return pp_fail(err, q->kind->nosuch, 0,
                   "no %s with name or ID \"%s\" found: %s", q->kind->noun,
                   q->ref, pp_error_kind(q->kind->nosuch));
}

static void
forget(struct query *q)
{
    if (q->object)
        q->kind->drop(q->object);
    q->object = NULL;
}

static int
load_id(ppc_txn *t, struct query *q, const char *id, pp_err *err)
{
    int rc;

    forget(q);
    rc = ppc_load(t, q->kind, id, &q->object, err);
    if (rc < 0)
        return rc;
    return ppc_check_ns(q->st, q->kind->noun, id, q->kind->nspace(q->object),
                        err);
}

static int
read_by_id(ppc_txn *t, void *arg, pp_err *err)
{
    struct query *q = arg;
    int rc = load_id(t, q, q->ref, err);

    return rc == -PP_E_NOTFOUND ? no_such(q, err) : rc;
}

/* Is an object of this kind and ID in the current namespace? 1, 0, error. */
static int
is_visible(ppc_txn *t, const struct query *q, const char *id, pp_err *err)
{
    if (q->st->nspace)
        return ppc_txn_has(t, ppc_key_ns(q->st->nspace, q->kind->letter, id),
                           err);
    return ppc_txn_has(t, ppc_key_record(q->kind->letter, id, PPC_REC_CONFIG),
                       err);
}

/* The ID behind a name: 1 and the ID, 0, or an error. */
static int
find_name(ppc_txn *t, const struct query *q, char id[PPC_ID_MAX + 1],
          pp_err *err)
{
    char letter;
    int rc = ppc_name_owner(t, q->ref, &letter, id, err);

    if (rc == -PP_E_NOTFOUND || (!rc && letter != q->kind->letter))
        return 0;
    return rc < 0 ? rc : is_visible(t, q, id, err);
}

struct matches {
    size_t head;
    char id[SHOWN][PPC_ID_MAX + 1];
    size_t n;
};

static int
visit_match(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    struct matches *m = arg;
    pp_slice rest;
    char id[PPC_ID_MAX + 1];

    (void)val;
    (void)err;
    if (!ppc_key_split(key, m->head, id, &rest))
        return 0;
    if (m->n && !strcmp(m->id[m->n - 1], id))
        return 0;
    if (m->n == SHOWN) {
        m->n++;
        return 1;
    }
    memcpy(m->id[m->n++], id, sizeof id);
    return 0;
}

static int
ambiguous(const struct query *q, const struct matches *m, pp_err *err)
{
    PP_AUTO_STR ppc_str list = PPC_STR_INIT;
    size_t i;

    for (i = 0; i < m->n && i < SHOWN; i++)
        ppc_str_printf(&list, "%s%s", i ? ", " : "", m->id[i]);
    if (m->n > SHOWN)
        ppc_str_puts(&list, ", ...");
    return pp_fail(err, PP_E_AMBIGUOUS, 0,
                   "\"%s\" is the start of more than one %s ID: %s; give more "
                   "of it",
                   q->ref, q->kind->noun, ppc_str_get(&list));
}

/* The ID that begins with the reference: 1, 0, or an error. */
static int
find_prefix(ppc_txn *t, const struct query *q, char id[PPC_ID_MAX + 1],
            pp_err *err)
{
    char letter = q->kind->letter;
    struct matches m = {.n = 0};
    ppc_range r;
    ppc_key key;
    int rc;

    key = q->st->nspace ? ppc_key_ns_kind(q->st->nspace, letter)
                        : ppc_key_head(letter);
    m.head = key.n;
    ppc_key_part(&key, q->ref, PPC_ID_MAX);
    r = ppc_range_of(&key);
    rc = ppc_txn_scan(t, &r, visit_match, &m, err);
    if (rc < 0)
        return rc;
    if (m.n > 1)
        return ambiguous(q, &m, err);
    if (m.n)
        memcpy(id, m.id[0], sizeof m.id[0]);
    return m.n ? 1 : 0;
}

static int
read_by_ref(ppc_txn *t, void *arg, pp_err *err)
{
    struct query *q = arg;
    char id[PPC_ID_MAX + 1];
    int rc = load_id(t, q, q->ref, err);

    if (rc != -PP_E_NOTFOUND)
        return rc;
    rc = find_name(t, q, id, err);
    if (!rc)
        rc = find_prefix(t, q, id, err);
    if (rc <= 0)
        return rc < 0 ? rc : no_such(q, err);
    rc = load_id(t, q, id, err);
    if (rc == -PP_E_NOTFOUND)
        return pp_fail(err, PP_E_INTERNAL, 0,
                       "the state store lists %s %s but has no record of it",
                       q->kind->noun, id);
    return rc;
}

static int
fetch(struct query *q, ppc_txn_fn fn, void **out, pp_err *err)
{
    int rc;

    if (ppc_str_is_empty(q->ref))
        return pp_fail(err, PP_E_EMPTYID, 0, "name or ID cannot be empty");
    rc = ppc_store_view(&q->st->store, fn, q, err);
    if (rc < 0) {
        forget(q);
        return rc;
    }
    if (out)
        *out = q->object;
    return 0;
}

int
ppc_get_object(ppc_state *st, const ppc_kind *kind, const char *id, void **out,
               pp_err *err)
{
    struct query q = {.st = st, .kind = kind, .ref = id};

    return fetch(&q, read_by_id, out, err);
}

int
ppc_lookup_object(ppc_state *st, const ppc_kind *kind, const char *ref,
                  void **out, pp_err *err)
{
    struct query q = {.st = st, .kind = kind, .ref = ref};

    return fetch(&q, read_by_ref, out, err);
}

static int
read_has(ppc_txn *t, void *arg, pp_err *err)
{
    struct query *q = arg;
    int rc = is_visible(t, q, q->ref, err);

    q->has = rc > 0;
    return rc < 0 ? rc : 0;
}

int
ppc_has_object(ppc_state *st, const ppc_kind *kind, const char *id, bool *has,
               pp_err *err)
{
    struct query q = {.st = st, .kind = kind, .ref = id};
    int rc = fetch(&q, read_has, NULL, err);

    if (!rc)
        *has = q.has;
    return rc;
}

struct listing {
    ppc_state *st;
    ppc_list list;
};

/* One object that cannot be read must not hide the others. */
static int
list_one(ppc_raw *raw, void *arg, pp_err *err)
{
    struct listing *l = arg;
    void *object = NULL;
    pp_err why = {0, 0, ""};
    int rc = l->list.kind->build(raw, &object, &why);

    if (!rc)
        return ppc_list_add(&l->list, object, err);
    if (rc == -PP_E_NOMEM)
        return pp_fail(err, PP_E_NOMEM, 0, "%s", why.msg);
    ppc_log(PP_LOG_ERROR, "left out of the list: %s", why.msg);
    return 0;
}

static int
list_namespace(ppc_txn *t, struct listing *l, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    char letter = l->list.kind->letter;
    ppc_range r;
    size_t i;
    int rc;

    rc = ppc_load_ids(t, ppc_key_ns_kind(l->st->nspace, letter), &ids, err);
    for (i = 0; !rc && ids[i]; i++) {
        r = ppc_range_below(letter, ids[i]);
        rc = ppc_load_range(t, &r, list_one, l, err);
    }
    return rc;
}

struct intents {
    ppc_list *list;
    size_t at;
};

/* Intents come in the order of the list: both are sorted by ID. */
static int
visit_intent(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    struct intents *in = arg;
    ppc_ctr **v = (ppc_ctr **)in->list->v;
    char id[PPC_ID_MAX + 1];
    pp_slice rest;

    if (!ppc_key_split(key, 2, id, &rest))
        return 0;
    while (in->at < in->list->n && strcmp(v[in->at]->config->id, id) < 0)
        in->at++;
    if (in->at == in->list->n || strcmp(v[in->at]->config->id, id))
        return 0;
    v[in->at]->intent = strndup(val.n ? val.p : "", val.n);
    if (!v[in->at]->intent)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for an intent");
    return 0;
}

static int
read_list(ppc_txn *t, void *arg, pp_err *err)
{
    struct listing *l = arg;
    struct intents in = {&l->list, 0};
    ppc_range r = ppc_range_letter(l->list.kind->letter);
    int rc;

    ppc_list_clear(&l->list);
    if (l->st->nspace)
        rc = list_namespace(t, l, err);
    else
        rc = ppc_load_range(t, &r, list_one, l, err);
    if (rc < 0 || l->list.kind != &ppc_kind_ctr)
        return rc;
    r = ppc_range_letter('i');
    return ppc_txn_scan(t, &r, visit_intent, &in, err);
}

int
ppc_all_objects(ppc_state *st, const ppc_kind *kind, void ***out, pp_err *err)
{
    struct listing l = {st, {.kind = kind}};
    int rc = ppc_store_view(&st->store, read_list, &l, err);

    if (!rc)
        rc = ppc_list_steal(&l.list, out, err);
    ppc_list_clear(&l.list);
    return rc;
}
