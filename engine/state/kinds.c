/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/kinds.c - containers and pods built from their records */
#include <string.h>

#include "core/util/str.h"
#include "engine/state/objects.h"

/* Every object has both records, and says itself what its key says. */
static int
check_raw(const ppc_raw *raw, const char *noun, pp_err *err)
{
    if (raw->rc < 0) {
        if (err)
            *err = raw->err;
        return pp_wrap(err, raw->rc, "%s %s", noun, raw->id);
    }
    if (!raw->config || !raw->state)
        return pp_fail(err, PP_E_INTERNAL, 0, "%s %s has no %s record", noun,
                       raw->id, raw->config ? "state" : "config");
    return 0;
}

static int
check_id(const ppc_raw *raw, const char *noun, const char *id, pp_err *err)
{
    if (ppc_str_eq(raw->id, id))
        return 0;
    return pp_fail(err, PP_E_CORRUPT, 0,
                   "%s %s: its config names another ID, \"%s\"", noun, raw->id,
                   id ? id : "");
}

static int
build_ctr(ppc_raw *raw, void **out, pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    int rc = check_raw(raw, "container", err);

    if (rc < 0)
        return rc;
    c = calloc(1, sizeof *c);
    if (!c)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a container");
    rc = ppc_ctr_config_decode(raw->config, &c->config, err);
    if (!rc)
        rc = ppc_ctr_state_decode(raw->state, &c->state, err);
    if (rc < 0)
        return pp_wrap(err, rc, "container %s", raw->id);
    rc = check_id(raw, "container", c->config->id, err);
    if (rc < 0)
        return rc;
    c->netns = pp_steal(&raw->netns);
    c->valid = true;
    *out = pp_steal(&c);
    return 0;
}

static int
build_pod(ppc_raw *raw, void **out, pp_err *err)
{
    PP_AUTO(ppc_pod_free) ppc_pod *p = NULL;
    int rc = check_raw(raw, "pod", err);

    if (rc < 0)
        return rc;
    p = calloc(1, sizeof *p);
    if (!p)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a pod");
    rc = ppc_pod_config_decode(raw->config, &p->config, err);
    if (!rc)
        rc = ppc_pod_state_decode(raw->state, &p->state, err);
    if (rc < 0)
        return pp_wrap(err, rc, "pod %s", raw->id);
    rc = check_id(raw, "pod", p->config->id, err);
    if (rc < 0)
        return rc;
    p->valid = true;
    *out = pp_steal(&p);
    return 0;
}

static void
drop_ctr(void *c)
{
    ppc_ctr_free(c);
}

static void
drop_pod(void *p)
{
    ppc_pod_free(p);
}

static const char *
nspace_of_ctr(const void *c)
{
    return ((const ppc_ctr *)c)->config->nspace;
}

static const char *
nspace_of_pod(const void *p)
{
    return ((const ppc_pod *)p)->config->nspace;
}

const ppc_kind ppc_kind_ctr = {
    .letter = PPC_KIND_CTR,
    .noun = "container",
    .nosuch = PP_E_NOSUCHCTR,
    .exists = PP_E_CTREXISTS,
    .build = build_ctr,
    .drop = drop_ctr,
    .nspace = nspace_of_ctr,
};

const ppc_kind ppc_kind_pod = {
    .letter = PPC_KIND_POD,
    .noun = "pod",
    .nosuch = PP_E_NOSUCHPOD,
    .exists = PP_E_PODEXISTS,
    .build = build_pod,
    .drop = drop_pod,
    .nspace = nspace_of_pod,
};

int
ppc_list_add(ppc_list *l, void *object, pp_err *err)
{
    size_t cap = l->cap ? l->cap * 2 : 16;
    void **v = l->v;

    if (l->n + 1 >= l->cap) {
        v = realloc(l->v, cap * sizeof *v);
        if (!v) {
            l->kind->drop(object);
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of %ss",
                           l->kind->noun);
        }
        l->v = v;
        l->cap = cap;
    }
    v[l->n++] = object;
    v[l->n] = NULL;
    return 0;
}

void
ppc_list_clear(ppc_list *l)
{
    size_t i;

    for (i = 0; i < l->n; i++)
        l->kind->drop(l->v[i]);
    free(l->v);
    l->v = NULL;
    l->n = l->cap = 0;
}

int
ppc_list_steal(ppc_list *l, void ***out, pp_err *err)
{
    void **v = l->v ? l->v : calloc(1, sizeof *v);

    if (!v)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of %ss",
                       l->kind->noun);
    l->v = NULL;
    l->n = l->cap = 0;
    *out = v;
    return 0;
}
