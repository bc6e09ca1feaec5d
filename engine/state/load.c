/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/load.c - records read from the store, by scans */
#include <stdlib.h>
#include <string.h>

#include <polypod/plugin.h>

#include "core/util/log.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/objects.h"

#define HEAD 2 /* "c/" */

struct walk {
    ppc_raw raw; /* the object whose records are passing by */
    ppc_raw_fn fn;
    void *arg;
};

static void
clear_raw(ppc_raw *raw)
{
    pp_json_unref(raw->config);
    pp_json_unref(raw->state);
    free(raw->netns);
    memset(raw, 0, sizeof *raw);
}

/* The object is complete: hand it on. */
static int
finish(struct walk *w, pp_err *err)
{
    int rc = w->raw.id[0] ? w->fn(&w->raw, w->arg, err) : 0;

    clear_raw(&w->raw);
    return rc;
}

static int
take_netns(ppc_raw *raw, pp_slice val)
{
    raw->netns = strndup(val.n ? val.p : "", val.n);
    return raw->netns ? 0 : -PP_E_NOMEM;
}

static void
take_record(ppc_raw *raw, pp_slice name, pp_slice val)
{
    int rc = 0;

    if (raw->rc < 0)
        return;
    if (ppc_slice_is(name, PPC_REC_CONFIG))
        rc = pp_json_parse(val.p, val.n, "the config", &raw->config, &raw->err);
    else if (ppc_slice_is(name, PPC_REC_STATE))
        rc = pp_json_parse(val.p, val.n, "the state", &raw->state, &raw->err);
    else if (ppc_slice_is(name, PPC_REC_NETNS))
        rc = take_netns(raw, val);
    raw->rc = rc < 0 ? rc : 0;
}

static int
visit_record(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    struct walk *w = arg;
    char id[PPC_ID_MAX + 1];
    pp_slice name;
    int rc;

    if (!ppc_key_split(key, HEAD, id, &name)) {
        ppc_log(PP_LOG_WARNING, "the state store holds a damaged key");
        return 0;
    }
    if (strcmp(id, w->raw.id)) {
        rc = finish(w, err);
        if (rc)
            return rc;
        memcpy(w->raw.id, id, sizeof id);
    }
    take_record(&w->raw, name, val);
    return 0;
}

int
ppc_load_range(ppc_txn *t, const ppc_range *r, ppc_raw_fn fn, void *arg,
               pp_err *err)
{
    struct walk w = {.fn = fn, .arg = arg};
    int rc = ppc_txn_scan(t, r, visit_record, &w, err);

    if (!rc)
        rc = finish(&w, err);
    clear_raw(&w.raw);
    return rc < 0 ? rc : 0;
}

struct one {
    const ppc_kind *kind;
    void *object;
};

static int
build_one(ppc_raw *raw, void *arg, pp_err *err)
{
    struct one *one = arg;

    return one->kind->build(raw, &one->object, err);
}

int
ppc_load(ppc_txn *t, const ppc_kind *kind, const char *id, void **out,
         pp_err *err)
{
    struct one one = {kind, NULL};
    ppc_range r = ppc_range_below(kind->letter, id);
    ppc_ctr *c;
    int rc;

    rc = ppc_load_range(t, &r, build_one, &one, err);
    if (!rc && !one.object)
        rc = -PP_E_NOTFOUND;
    if (!rc && kind == &ppc_kind_ctr) {
        c = one.object;
        rc = ppc_txn_get_text(t, ppc_key_intent(id), &c->intent, err);
        if (rc == -PP_E_NOTFOUND)
            rc = 0;
    }
    if (rc < 0) {
        kind->drop(one.object);
        return rc;
    }
    *out = one.object;
    return 0;
}

int
ppc_load_ctr_config(ppc_txn *t, const char *id, ppc_ctr_config **out,
                    pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    ppc_key key = ppc_key_record(PPC_KIND_CTR, id, PPC_REC_CONFIG);
    int rc = ppc_txn_get_json(t, key, "the config", &v, err);

    if (rc == -PP_E_NOTFOUND)
        return rc;
    if (!rc)
        rc = ppc_ctr_config_decode(v, out, err);
    return rc < 0 ? pp_wrap(err, rc, "container %s", id) : 0;
}

int
ppc_load_pod_config(ppc_txn *t, const char *id, ppc_pod_config **out,
                    pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    ppc_key key = ppc_key_record(PPC_KIND_POD, id, PPC_REC_CONFIG);
    int rc = ppc_txn_get_json(t, key, "the config", &v, err);

    if (rc == -PP_E_NOTFOUND)
        return rc;
    if (!rc)
        rc = ppc_pod_config_decode(v, out, err);
    return rc < 0 ? pp_wrap(err, rc, "pod %s", id) : 0;
}

struct ids {
    size_t head;
    char **v;
    size_t n;
    size_t cap;
};

static int
visit_id(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    struct ids *ids = arg;
    size_t n = key.n - ids->head;
    size_t cap = ids->cap ? ids->cap * 2 : 16;
    char **v;

    (void)val;
    if (ids->n + 1 >= ids->cap) {
        v = realloc(ids->v, cap * sizeof *v);
        if (!v)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of IDs");
        ids->v = v;
        ids->cap = cap;
    }
    ids->v[ids->n] = strndup((const char *)key.p + ids->head, n);
    if (!ids->v[ids->n])
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of IDs");
    ids->v[++ids->n] = NULL;
    return 0;
}

int
ppc_load_ids(ppc_txn *t, ppc_key head, char ***out, pp_err *err)
{
    struct ids ids = {head.n, NULL, 0, 0};
    ppc_range r = ppc_range_of(&head);
    int rc = ppc_txn_scan(t, &r, visit_id, &ids, err);

    if (!rc && !ids.v) {
        ids.v = calloc(1, sizeof *ids.v);
        if (!ids.v)
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of IDs");
    }
    if (rc < 0) {
        ppc_strv_free(ids.v);
        return rc;
    }
    ppc_strv_free(*out);
    *out = ids.v;
    return 0;
}
