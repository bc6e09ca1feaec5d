/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/pods.c - pods in the store; see state.h */
#include <stdlib.h>

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/objects.h"

struct job {
    ppc_state *st;
    ppc_pod *p;
    ppc_pod *fresh;
};

int
ppc_state_pod(ppc_state *st, const char *id, ppc_pod **out, pp_err *err)
{
    void *p = NULL;
    int rc = ppc_get_object(st, &ppc_kind_pod, id, &p, err);

    if (!rc)
        *out = p;
    return rc;
}

int
ppc_state_lookup_pod(ppc_state *st, const char *ref, ppc_pod **out, pp_err *err)
{
    void *p = NULL;
    int rc = ppc_lookup_object(st, &ppc_kind_pod, ref, &p, err);

    if (!rc)
        *out = p;
    return rc;
}

int
ppc_state_has_pod(ppc_state *st, const char *id, bool *has, pp_err *err)
{
    return ppc_has_object(st, &ppc_kind_pod, id, has, err);
}

int
ppc_state_all_pods(ppc_state *st, ppc_pod ***out, pp_err *err)
{
    void **list = NULL;
    int rc = ppc_all_objects(st, &ppc_kind_pod, &list, err);

    if (!rc)
        *out = (ppc_pod **)list;
    return rc;
}

static int
put_state(ppc_txn *t, const ppc_pod *p, pp_err *err)
{
    return ppc_txn_put_json(
        t, ppc_key_record(PPC_KIND_POD, p->config->id, PPC_REC_STATE),
        ppc_pod_state_encode(p->state), "a pod state", err);
}

static int
do_add(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    const ppc_pod_config *cfg = j->p->config;
    int rc = ppc_claim(t, &ppc_kind_pod, cfg->id, cfg->name, err);

    if (!rc)
        rc = ppc_txn_put_json(
            t, ppc_key_record(PPC_KIND_POD, cfg->id, PPC_REC_CONFIG),
            ppc_pod_config_encode(cfg), "a pod config", err);
    if (!rc)
        rc = put_state(t, j->p, err);
    if (!rc)
        rc = ppc_ns_put(t, PPC_KIND_POD, cfg->nspace, cfg->id, err);
    return rc;
}

int
ppc_state_add_pod(ppc_state *st, ppc_pod *p, pp_err *err)
{
    struct job j = {st, p, NULL};
    int rc = ppc_check_pod_call(st, p, err);

    return rc < 0 ? rc : ppc_store_update(&st->store, do_add, &j, err);
}

static int
do_remove(ppc_txn *t, void *arg, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **members = NULL;
    struct job *j = arg;
    const ppc_pod_config *cfg = j->p->config;
    int rc = ppc_need_pod(t, j->p, err);

    if (!rc)
        rc = ppc_members(t, cfg->id, &members, err);
    if (rc < 0)
        return rc;
    if (members[0])
        return pp_fail(err, PP_E_CTREXISTS, 0,
                       "pod %s still has %zu containers, first %s", cfg->id,
                       ppc_strv_len(ppc_strv_c(members)), members[0]);
    rc = ppc_txn_del(t, ppc_key_record(PPC_KIND_POD, cfg->id, PPC_REC_CONFIG),
                     err);
    if (!rc)
        rc = ppc_txn_del(
            t, ppc_key_record(PPC_KIND_POD, cfg->id, PPC_REC_STATE), err);
    if (!rc)
        rc = ppc_release(t, cfg->name, err);
    if (!rc)
        rc = ppc_ns_del(t, PPC_KIND_POD, cfg->nspace, cfg->id, err);
    return rc;
}

int
ppc_state_remove_pod(ppc_state *st, ppc_pod *p, pp_err *err)
{
    struct job j = {st, p, NULL};
    int rc = ppc_check_pod_call(st, p, err);

    return rc < 0 ? rc : ppc_store_update(&st->store, do_remove, &j, err);
}

static int
do_update(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    void *fresh = NULL;
    int rc = ppc_need_pod(t, j->p, err);

    ppc_pod_free(pp_steal(&j->fresh));
    if (!rc)
        rc = ppc_load(t, &ppc_kind_pod, j->p->config->id, &fresh, err);
    j->fresh = fresh;
    return rc;
}

int
ppc_state_update_pod(ppc_state *st, ppc_pod *p, pp_err *err)
{
    PP_AUTO(ppc_pod_free) ppc_pod *fresh = NULL;
    struct job j = {st, p, NULL};
    int rc = ppc_check_pod_call(st, p, err);

    if (rc < 0)
        return rc;
    rc = ppc_store_view(&st->store, do_update, &j, err);
    fresh = j.fresh;
    if (rc < 0)
        return rc;
    ppc_pod_state_free(p->state);
    p->state = pp_steal(&fresh->state);
    return 0;
}

static int
do_save(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_need_pod(t, j->p, err);

    return rc < 0 ? rc : put_state(t, j->p, err);
}

int
ppc_state_save_pod(ppc_state *st, ppc_pod *p, pp_err *err)
{
    struct job j = {st, p, NULL};
    int rc = ppc_check_pod_call(st, p, err);

    return rc < 0 ? rc : ppc_store_update(&st->store, do_save, &j, err);
}
