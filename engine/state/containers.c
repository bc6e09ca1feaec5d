/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/containers.c - containers in the store; see state.h */
#include <string.h>

#include <polypod/plugin.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/objects.h"

/* What a call carries into its transaction. */
struct job {
    ppc_state *st;
    ppc_ctr *c;
    const char *id;
    const pp_json *spec;
    ppc_ctr *fresh;
    pp_json *json;
    char **ids;
};

static int
put_state(ppc_txn *t, const ppc_ctr *c, pp_err *err)
{
    const char *id = c->config->id;
    int rc;

    rc = ppc_txn_put_json(t, ppc_key_record(PPC_KIND_CTR, id, PPC_REC_STATE),
                          ppc_ctr_state_encode(c->state), "a container state",
                          err);
    if (!rc)
        rc = ppc_txn_put_text(
            t, ppc_key_record(PPC_KIND_CTR, id, PPC_REC_NETNS), c->netns, err);
    if (!rc)
        rc = ppc_txn_put_text(t, ppc_key_intent(id), c->intent, err);
    return rc;
}

static int
put_spec(ppc_txn *t, const char *id, const pp_json *spec, pp_err *err)
{
    pp_json *copy;

    if (!spec)
        return 0;
    copy = pp_json_dup(spec);
    return ppc_txn_put_json(t, ppc_key_spec(id), copy,
                            "the request of a container", err);
}

int
ppc_ctr_insert(ppc_txn *t, const ppc_ctr *c, const pp_json *spec, pp_err *err)
{
    const ppc_ctr_config *cfg = c->config;
    int rc;

    rc = ppc_claim(t, &ppc_kind_ctr, cfg->id, cfg->name, err);
    if (!rc)
        rc = ppc_deps_add(t, cfg, err);
    if (!rc)
        rc = ppc_txn_put_json(
            t, ppc_key_record(PPC_KIND_CTR, cfg->id, PPC_REC_CONFIG),
            ppc_ctr_config_encode(cfg), "a container config", err);
    if (!rc)
        rc = put_state(t, c, err);
    if (!rc)
        rc = put_spec(t, cfg->id, spec, err);
    if (!rc)
        rc = ppc_ns_put(t, PPC_KIND_CTR, cfg->nspace, cfg->id, err);
    if (!rc && !ppc_str_is_empty(cfg->pod))
        rc = ppc_txn_put(t, ppc_key_member(cfg->pod, cfg->id),
                         pp_slice_of("", 0), err);
    return rc;
}

static int
erase_records(ppc_txn *t, const char *id, pp_err *err)
{
    const ppc_key keys[] = {
        ppc_key_record(PPC_KIND_CTR, id, PPC_REC_CONFIG),
        ppc_key_record(PPC_KIND_CTR, id, PPC_REC_NETNS),
        ppc_key_record(PPC_KIND_CTR, id, PPC_REC_STATE),
        ppc_key_spec(id),
        ppc_key_intent(id),
    };
    size_t i;
    int rc = 0;

    for (i = 0; !rc && i < sizeof keys / sizeof keys[0]; i++)
        rc = ppc_txn_del(t, keys[i], err);
    return rc;
}

int
ppc_ctr_erase(ppc_txn *t, const ppc_ctr_config *cfg, pp_err *err)
{
    int rc = erase_records(t, cfg->id, err);

    if (!rc)
        rc = ppc_release(t, cfg->name, err);
    if (!rc)
        rc = ppc_ns_del(t, PPC_KIND_CTR, cfg->nspace, cfg->id, err);
    if (!rc)
        rc = ppc_deps_del(t, cfg, err);
    if (!rc && !ppc_str_is_empty(cfg->pod))
        rc = ppc_txn_del(t, ppc_key_member(cfg->pod, cfg->id), err);
    return rc;
}

/*
 * Erase what the store says of a container, not what a handle says.  One
 * whose config cannot be read must be removable too: then the handle has to
 * do.
 */
int
ppc_ctr_erase_stored(ppc_txn *t, const ppc_ctr_config *handle, pp_err *err)
{
    PP_AUTO(ppc_ctr_config_free) ppc_ctr_config *cfg = NULL;
    pp_err why = {0, 0, ""};
    int rc = ppc_load_ctr_config(t, handle->id, &cfg, &why);

    if (rc == -PP_E_CORRUPT)
        ppc_log(PP_LOG_WARNING, "removing although damaged: %s", why.msg);
    else if (rc < 0) {
        if (err)
            *err = why;
        return rc;
    }
    return ppc_ctr_erase(t, cfg ? cfg : handle, err);
}

int
ppc_state_container(ppc_state *st, const char *id, ppc_ctr **out, pp_err *err)
{
    void *c = NULL;
    int rc = ppc_get_object(st, &ppc_kind_ctr, id, &c, err);

    if (!rc)
        *out = c;
    return rc;
}

int
ppc_state_lookup_container(ppc_state *st, const char *ref, ppc_ctr **out,
                           pp_err *err)
{
    void *c = NULL;
    int rc = ppc_lookup_object(st, &ppc_kind_ctr, ref, &c, err);

    if (!rc)
        *out = c;
    return rc;
}

int
ppc_state_has_container(ppc_state *st, const char *id, bool *has, pp_err *err)
{
    return ppc_has_object(st, &ppc_kind_ctr, id, has, err);
}

int
ppc_state_all_containers(ppc_state *st, ppc_ctr ***out, pp_err *err)
{
    void **list = NULL;
    int rc = ppc_all_objects(st, &ppc_kind_ctr, &list, err);

    if (!rc)
        *out = (ppc_ctr **)list;
    return rc;
}

int
ppc_state_every_container(ppc_state *st, ppc_ctr ***out, pp_err *err)
{
    char *ns = pp_steal(&st->nspace);
    int rc = ppc_state_all_containers(st, out, err);

    st->nspace = ns;
    return rc;
}

static int
do_add(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;

    return ppc_ctr_insert(t, j->c, j->spec, err);
}

int
ppc_state_add_container(ppc_state *st, ppc_ctr *c, const pp_json *spec,
                        pp_err *err)
{
    struct job j = {.st = st, .c = c, .spec = spec};
    int rc = ppc_check_ctr(st, c, err);

    if (rc < 0)
        return rc;
    if (!ppc_str_is_empty(c->config->pod))
        return pp_fail(err, PP_E_INVAL, 0,
                       "container %s is of pod %s and has to be added to it",
                       c->config->id, c->config->pod);
    rc = ppc_check_ns(st, "container", c->config->id, c->config->nspace, err);
    if (rc < 0)
        return rc;
    return ppc_store_update(&st->store, do_add, &j, err);
}

static int
do_remove(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_need_ctr(t, j->c, err);

    if (!rc)
        rc = ppc_check_ns(j->st, "container", j->c->config->id,
                          j->c->config->nspace, err);
    if (!rc)
        rc = ppc_deps_free(t, j->c->config->id, NULL, err);
    return rc < 0 ? rc : ppc_ctr_erase_stored(t, j->c->config, err);
}

int
ppc_state_remove_container(ppc_state *st, ppc_ctr *c, pp_err *err)
{
    struct job j = {.st = st, .c = c};
    int rc = ppc_check_open(st, err);

    if (rc < 0)
        return rc;
    if (!c->config)
        return pp_fail(err, PP_E_CTRREMOVED, 0,
                       "the container was never stored");
    if (!ppc_str_is_empty(c->config->pod))
        return pp_fail(err, PP_E_PODEXISTS, 0,
                       "container %s is in pod %s and has to be removed from "
                       "it",
                       c->config->id, c->config->pod);
    return ppc_store_update(&st->store, do_remove, &j, err);
}

static int
do_update(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    void *fresh = NULL;
    int rc = ppc_need_ctr(t, j->c, err);

    ppc_ctr_free(pp_steal(&j->fresh));
    if (!rc)
        rc = ppc_load(t, &ppc_kind_ctr, j->c->config->id, &fresh, err);
    j->fresh = fresh;
    return rc;
}

/* All checks of a call on a stored container but the last. */
static int
check_call(const ppc_state *st, const ppc_ctr *c, pp_err *err)
{
    int rc = ppc_check_ctr(st, c, err);

    if (rc < 0)
        return rc;
    return ppc_check_ns(st, "container", c->config->id, c->config->nspace, err);
}

int
ppc_state_update_container(ppc_state *st, ppc_ctr *c, pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *old = NULL;
    struct job j = {.st = st, .c = c};
    int rc = check_call(st, c, err);

    if (rc < 0)
        return rc;
    rc = ppc_store_view(&st->store, do_update, &j, err);
    old = j.fresh;
    if (rc < 0)
        return rc;
    ppc_ctr_state_free(c->state);
    free(c->netns);
    free(c->intent);
    c->state = pp_steal(&old->state);
    c->netns = pp_steal(&old->netns);
    c->intent = pp_steal(&old->intent);
    return 0;
}

static int
do_save(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_need_ctr(t, j->c, err);

    return rc < 0 ? rc : put_state(t, j->c, err);
}

int
ppc_state_save_container(ppc_state *st, ppc_ctr *c, pp_err *err)
{
    struct job j = {.st = st, .c = c};
    int rc = check_call(st, c, err);

    return rc < 0 ? rc : ppc_store_update(&st->store, do_save, &j, err);
}

/* Is everything that the store has indexes of as it was? */
static bool
has_same_indexes(const ppc_ctr_config *a, const ppc_ctr_config *b)
{
    size_t i;

    if (!ppc_str_eq(a->id, b->id) || !ppc_str_eq(a->name, b->name) ||
        !ppc_str_eq(a->pod, b->pod) || !ppc_str_eq(a->nspace, b->nspace) ||
        ppc_strv_len(ppc_strv_c(a->dependencies)) !=
            ppc_strv_len(ppc_strv_c(b->dependencies)))
        return false;
    for (i = 0; i < PPC_NS_COUNT; i++)
        if (!ppc_str_eq(a->ns_ctr[i], b->ns_ctr[i]))
            return false;
    for (i = 0; a->dependencies && a->dependencies[i]; i++)
        if (strcmp(a->dependencies[i], b->dependencies[i]))
            return false;
    return true;
}

static int
do_rewrite(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    const ppc_ctr_config *cfg = j->c->config;
    PP_AUTO(ppc_ctr_config_free) ppc_ctr_config *stored = NULL;
    int rc = ppc_need_ctr(t, j->c, err);

    if (!rc)
        rc = ppc_load_ctr_config(t, cfg->id, &stored, err);
    if (rc < 0)
        return rc;
    if (!has_same_indexes(stored, cfg))
        return pp_fail(err, PP_E_INTERNAL, 0,
                       "container %s: its name, pod, namespace and "
                       "dependencies cannot change",
                       cfg->id);
    rc = ppc_txn_put_json(
        t, ppc_key_record(PPC_KIND_CTR, cfg->id, PPC_REC_CONFIG),
        ppc_ctr_config_encode(cfg), "a container config", err);
    return rc < 0 ? rc : put_state(t, j->c, err);
}

int
ppc_state_rewrite_container(ppc_state *st, ppc_ctr *c, pp_err *err)
{
    struct job j = {.st = st, .c = c};
    int rc = check_call(st, c, err);

    return rc < 0 ? rc : ppc_store_update(&st->store, do_rewrite, &j, err);
}

static int
do_spec(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    const char *id = j->id;
    int rc;

    pp_json_unref(pp_steal(&j->json));
    rc = ppc_txn_get_json(t, ppc_key_spec(id), "the request", &j->json, err);
    if (rc == -PP_E_NOTFOUND)
        return pp_fail(err, PP_E_NOTFOUND, 0,
                       "container %s has no stored request", id);
    return rc < 0 ? pp_wrap(err, rc, "container %s", id) : 0;
}

int
ppc_state_container_spec(ppc_state *st, const ppc_ctr *c, pp_json **out,
                         pp_err *err)
{
    struct job j = {.st = st, .id = NULL};
    int rc = check_call(st, c, err);

    if (rc < 0)
        return rc;
    j.id = c->config->id;
    rc = ppc_store_view(&st->store, do_spec, &j, err);
    if (rc < 0)
        pp_json_unref(j.json);
    else
        *out = j.json;
    return rc;
}

static int
do_in_use(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;
    int rc = ppc_need_ctr(t, j->c, err);

    if (rc < 0)
        return rc;
    return ppc_dependents(t, j->c->config->id, &j->ids, err);
}

int
ppc_state_container_in_use(ppc_state *st, ppc_ctr *c, char ***ids, pp_err *err)
{
    struct job j = {.st = st, .c = c};
    int rc = check_call(st, c, err);

    if (rc < 0)
        return rc;
    rc = ppc_store_view(&st->store, do_in_use, &j, err);
    if (rc < 0)
        ppc_strv_free(j.ids);
    else
        *ids = j.ids;
    return rc;
}

static int
do_intents(ppc_txn *t, void *arg, pp_err *err)
{
    struct job *j = arg;

    return ppc_load_ids(t, ppc_key_head('i'), &j->ids, err);
}

int
ppc_state_intents(ppc_state *st, char ***ids, pp_err *err)
{
    struct job j = {.st = st};
    int rc = ppc_store_view(&st->store, do_intents, &j, err);

    if (rc < 0)
        ppc_strv_free(j.ids);
    else
        *ids = j.ids;
    return rc;
}
