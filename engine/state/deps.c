/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/deps.c - who needs whom
 *
 * The config names what a container needs; stored is the reverse, one key
 * per pair, so that "who needs this one" is a short scan.
 */
#include <string.h>

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/state/objects.h"

/* Every ID a container needs, once. */
static int
needs(const ppc_ctr_config *c, char ***out, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    const char *id;
    size_t i, n = ppc_strv_len(ppc_strv_c(c->dependencies));

    for (i = 0; i < PPC_NS_COUNT + n; i++) {
        id =
            i < PPC_NS_COUNT ? c->ns_ctr[i] : c->dependencies[i - PPC_NS_COUNT];
        if (ppc_str_is_empty(id) || ppc_strv_has(ppc_strv_c(ids), id))
            continue;
        if (ppc_strv_add(&ids, id))
            return pp_fail(err, PP_E_NOMEM, 0,
                           "no memory for the dependencies of container %s",
                           c->id);
    }
    *out = pp_steal(&ids);
    return 0;
}

/* May c depend on id?  Same pod, or both in none; same namespace. */
static int
check_need(ppc_txn *t, const ppc_ctr_config *c, const char *id, pp_err *err)
{
    PP_AUTO(ppc_ctr_config_free) ppc_ctr_config *d = NULL;
    int rc;

    if (!strcmp(id, c->id))
        return pp_fail(err, PP_E_INVAL, 0,
                       "container %s cannot depend on itself", c->id);
    rc = ppc_load_ctr_config(t, id, &d, err);
    if (rc == -PP_E_NOTFOUND)
        return pp_fail(err, PP_E_NOSUCHCTR, 0,
                       "container %s depends on container %s: no such "
                       "container",
                       c->id, id);
    if (rc < 0)
        return rc;
    if (!ppc_str_eq(c->pod, d->pod))
        return pp_fail(
            err, PP_E_INVAL, 0,
            "container %s %s%s and cannot depend on container %s, "
            "which %s%s",
            c->id, c->pod ? "is in pod " : "is in no pod", c->pod ? c->pod : "",
            id, d->pod ? "is in pod " : "is in none", d->pod ? d->pod : "");
    if (!ppc_str_eq(c->nspace, d->nspace))
        return pp_fail(err, PP_E_NSMISMATCH, 0,
                       "container %s of namespace \"%s\" cannot depend on "
                       "container %s of namespace \"%s\"",
                       c->id, c->nspace ? c->nspace : "", id,
                       d->nspace ? d->nspace : "");
    return 0;
}

int
ppc_deps_add(ppc_txn *t, const ppc_ctr_config *c, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    int rc = needs(c, &ids, err);
    size_t i;

    for (i = 0; !rc && ids && ids[i]; i++) {
        rc = check_need(t, c, ids[i], err);
        if (!rc)
            rc = ppc_txn_put(t, ppc_key_dep(ids[i], c->id), pp_slice_of("", 0),
                             err);
    }
    return rc;
}

int
ppc_deps_del(ppc_txn *t, const ppc_ctr_config *c, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    int rc = needs(c, &ids, err);
    size_t i;

    for (i = 0; !rc && ids && ids[i]; i++)
        rc = ppc_txn_del(t, ppc_key_dep(ids[i], c->id), err);
    return rc;
}

int
ppc_dependents(ppc_txn *t, const char *id, char ***ids, pp_err *err)
{
    ppc_key head = ppc_key_id('d', id);

    ppc_key_sep(&head);
    return ppc_load_ids(t, head, ids, err);
}

int
ppc_deps_free(ppc_txn *t, const char *id, const char *const *but, pp_err *err)
{
    PP_AUTO_STR ppc_str list = PPC_STR_INIT;
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    int rc = ppc_dependents(t, id, &ids, err);
    size_t i;

    for (i = 0; !rc && ids[i]; i++)
        if (!ppc_strv_has(but, ids[i]))
            ppc_str_printf(&list, "%s%s", list.n ? ", " : "", ids[i]);
    if (rc < 0 || !list.n)
        return rc;
    return pp_fail(err, PP_E_CTREXISTS, 0,
                   "container %s is needed by other containers, which have to "
                   "be removed first: %s",
                   id, ppc_str_get(&list));
}
