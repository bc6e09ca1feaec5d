/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/members.c - which containers are in which pod; see state.h */
#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/state/objects.h"

struct job {
    ppc_state *st;
    ppc_pod *p;
    ppc_ctr *c;
    const pp_json *spec;
    const char *id;
    bool has;
    char **ids;
    ppc_list list;
};

int
ppc_members(ppc_txn *t, const char *pod, char ***ids, pp_err *err)
{
    ppc_key head = ppc_key_id('g', pod);

    ppc_key_sep(&head);
    return ppc_load_ids(t, head, ids, err);
}

static int
do_has(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_need_pod(t, j->p, err);

    if (rc < 0)
        return rc;
    rc = ppc_txn_has(t, ppc_key_member(j->p->config->id, j->id), err);
    j->has = rc > 0;
    return rc < 0 ? rc : 0;
}

int
ppc_state_pod_has_container(ppc_state *st, ppc_pod *p, const char *id,
                            bool *has, pp_err *err)
{
    struct job j = {.st = st, .p = p, .id = id};
    int rc;

    if (ppc_str_is_empty(id))
        return pp_fail(err, PP_E_EMPTYID, 0, "name or ID cannot be empty");
    rc = ppc_check_pod_call(st, p, err);
    if (!rc)
        rc = ppc_store_view(&st->store, do_has, &j, err);
    if (!rc)
        *has = j.has;
    return rc;
}

static int
do_ids(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_need_pod(t, j->p, err);

    return rc < 0 ? rc : ppc_members(t, j->p->config->id, &j->ids, err);
}

int
ppc_state_pod_containers_by_id(ppc_state *st, ppc_pod *p, char ***ids,
                               pp_err *err)
{
    struct job j = {.st = st, .p = p};
    int rc = ppc_check_pod_call(st, p, err);

    if (rc < 0)
        return rc;
    rc = ppc_store_view(&st->store, do_ids, &j, err);
    if (rc < 0)
        ppc_strv_free(j.ids);
    else
        *ids = j.ids;
    return rc;
}

static int
no_record(const char *pod, const char *id, pp_err *err)
{
    return pp_fail(err, PP_E_NOSUCHCTR, 0,
                   "pod %s lists container %s, which has no record: no such "
                   "container",
                   pod, id);
}

static int
do_list(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    void *c = NULL;
    size_t i;
    int rc;

    ppc_list_clear(&j->list);
    rc = do_ids(t, j, err);
    for (i = 0; !rc && j->ids[i]; i++) {
        rc = ppc_load(t, &ppc_kind_ctr, j->ids[i], &c, err);
        if (rc == -PP_E_NOTFOUND)
            return no_record(j->p->config->id, j->ids[i], err);
        if (!rc)
            rc = ppc_list_add(&j->list, c, err);
    }
    return rc;
}

int
ppc_state_pod_containers(ppc_state *st, ppc_pod *p, ppc_ctr ***out, pp_err *err)
{
    struct job j = {.st = st, .p = p, .list = {.kind = &ppc_kind_ctr}};
    void **v = NULL;
    int rc = ppc_check_pod_call(st, p, err);

    if (rc < 0)
        return rc;
    rc = ppc_store_view(&st->store, do_list, &j, err);
    if (!rc)
        rc = ppc_list_steal(&j.list, &v, err);
    if (!rc)
        *out = (ppc_ctr **)v;
    ppc_list_clear(&j.list);
    ppc_strv_free(j.ids);
    return rc;
}

/* Remove one member; its dependents are members too and go as well. */
static int
remove_member(ppc_txn *t, const char *pod, const char *id, pp_err *err)
{
    PP_AUTO(ppc_ctr_config_free) ppc_ctr_config *cfg = NULL;
    int rc = ppc_load_ctr_config(t, id, &cfg, err);

    if (rc == -PP_E_NOTFOUND)
        return no_record(pod, id, err);
    return rc < 0 ? rc : ppc_ctr_erase(t, cfg, err);
}

static int
do_remove_all(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    const char *pod = j->p->config->id;
    int rc = do_ids(t, j, err);
    size_t i;

    for (i = 0; !rc && j->ids[i]; i++)
        rc = ppc_deps_free(t, j->ids[i], ppc_strv_c(j->ids), err);
    for (i = 0; !rc && j->ids[i]; i++)
        rc = remove_member(t, pod, j->ids[i], err);
    return rc;
}

int
ppc_state_remove_pod_containers(ppc_state *st, ppc_pod *p, pp_err *err)
{
    struct job j = {.st = st, .p = p};
    int rc = ppc_check_pod_call(st, p, err);

    if (!rc)
        rc = ppc_store_update(&st->store, do_remove_all, &j, err);
    ppc_strv_free(j.ids);
    return rc;
}

/* A container's namespace is that of its pod, as it is stored. */
static int
check_same_ns(ppc_txn *t, const ppc_pod *p, const ppc_ctr *c, pp_err *err)
{
    PP_AUTO(ppc_pod_config_free) ppc_pod_config *pod = NULL;
    int rc = ppc_load_pod_config(t, p->config->id, &pod, err);

    if (rc < 0 || ppc_str_eq(pod->nspace, c->config->nspace))
        return rc;
    return pp_fail(err, PP_E_NSMISMATCH, 0,
                   "container %s of namespace \"%s\" cannot be in pod %s of "
                   "namespace \"%s\"",
                   c->config->id, c->config->nspace ? c->config->nspace : "",
                   pod->id, pod->nspace ? pod->nspace : "");
}

static int
do_add(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_need_pod(t, j->p, err);

    if (!rc)
        rc = check_same_ns(t, j->p, j->c, err);
    return rc < 0 ? rc : ppc_ctr_insert(t, j->c, j->spec, err);
}

int
ppc_state_add_container_to_pod(ppc_state *st, ppc_pod *p, ppc_ctr *c,
                               const pp_json *spec, pp_err *err)
{
    struct job j = {.st = st, .p = p, .c = c, .spec = spec};
    int rc = ppc_check_pod(st, p, err);

    if (!rc)
        rc = ppc_check_ctr(st, c, err);
    if (rc < 0)
        return rc;
    if (!ppc_str_eq(c->config->pod, p->config->id))
        return pp_fail(err, PP_E_NOSUCHCTR, 0,
                       "container %s is not of pod %s: no such container",
                       c->config->id, p->config->id);
    rc = ppc_check_ns(st, "container", c->config->id, c->config->nspace, err);
    return rc < 0 ? rc : ppc_store_update(&st->store, do_add, &j, err);
}

static int
do_remove(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    const char *pod = j->p->config->id;
    const char *id = j->c->config->id;
    int rc = ppc_need_pod(t, j->p, err);

    if (!rc)
        rc = ppc_need_ctr(t, j->c, err);
    if (rc < 0)
        return rc;
    rc = ppc_txn_has(t, ppc_key_member(pod, id), err);
    if (!rc)
        return pp_fail(err, PP_E_NOSUCHCTR, 0,
                       "container %s is not in pod %s: no such container", id,
                       pod);
    if (rc > 0)
        rc = ppc_deps_free(t, id, NULL, err);
    return rc < 0 ? rc : ppc_ctr_erase_stored(t, j->c->config, err);
}

static int
check_remove(const ppc_state *st, const ppc_pod *p, const ppc_ctr *c,
             pp_err *err)
{
    int rc = ppc_check_pod_call(st, p, err);

    if (rc < 0)
        return rc;
    if (!c->config)
        return pp_fail(err, PP_E_CTRREMOVED, 0,
                       "the container was never stored");
    rc = ppc_check_ns(st, "container", c->config->id, c->config->nspace, err);
    if (rc < 0)
        return rc;
    if (ppc_str_is_empty(c->config->pod))
        return pp_fail(err, PP_E_NOSUCHPOD, 0,
                       "container %s is in no pod: no such pod", c->config->id);
    if (!ppc_str_eq(c->config->pod, p->config->id))
        return pp_fail(err, PP_E_INVAL, 0,
                       "container %s is in pod %s, not in pod %s",
                       c->config->id, c->config->pod, p->config->id);
    return 0;
}

int
ppc_state_remove_container_from_pod(ppc_state *st, ppc_pod *p, ppc_ctr *c,
                                    pp_err *err)
{
    struct job j = {.st = st, .p = p, .c = c};
    int rc = check_remove(st, p, c, err);

    return rc < 0 ? rc : ppc_store_update(&st->store, do_remove, &j, err);
}
