/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/check.c - may a call on the state go on? */
#include "core/util/str.h"
#include "engine/state/objects.h"

int
ppc_check_open(const ppc_state *st, pp_err *err)
{
    if (!st->store.closed)
        return 0;
    return pp_fail(err, PP_E_DBCLOSED, 0, "the state store is closed");
}

int
ppc_check_ctr(const ppc_state *st, const ppc_ctr *c, pp_err *err)
{
    int rc = ppc_check_open(st, err);

    if (rc < 0)
        return rc;
    if (!c->valid || !c->config || !c->state)
        return pp_fail(err, PP_E_CTRREMOVED, 0, "container %s has been removed",
                       c->config && c->config->id ? c->config->id : "\"\"");
    return 0;
}

int
ppc_check_pod(const ppc_state *st, const ppc_pod *p, pp_err *err)
{
    int rc = ppc_check_open(st, err);

    if (rc < 0)
        return rc;
    if (!p->valid || !p->config || !p->state)
        return pp_fail(err, PP_E_PODREMOVED, 0, "pod %s has been removed",
                       p->config && p->config->id ? p->config->id : "\"\"");
    return 0;
}

int
ppc_check_ns(const ppc_state *st, const char *noun, const char *id,
             const char *nspace, pp_err *err)
{
    if (!st->nspace || ppc_str_eq(st->nspace, nspace))
        return 0;
    return pp_fail(err, PP_E_NSMISMATCH, 0,
                   "%s %s is in namespace \"%s\", the current one is \"%s\"",
                   noun, id ? id : "\"\"", nspace ? nspace : "", st->nspace);
}

int
ppc_check_pod_call(const ppc_state *st, const ppc_pod *p, pp_err *err)
{
    int rc = ppc_check_pod(st, p, err);

    if (rc < 0)
        return rc;
    return ppc_check_ns(st, "pod", p->config->id, p->config->nspace, err);
}

int
ppc_need_ctr(ppc_txn *t, ppc_ctr *c, pp_err *err)
{
    ppc_key key = ppc_key_record(PPC_KIND_CTR, c->config->id, PPC_REC_CONFIG);
    int rc = ppc_txn_has(t, key, err);

    if (rc)
        return rc < 0 ? rc : 0;
    c->valid = false;
    return pp_fail(err, PP_E_NOSUCHCTR, 0,
                   "no container with ID %s found: no such container",
                   c->config->id ? c->config->id : "\"\"");
}

int
ppc_need_pod(ppc_txn *t, ppc_pod *p, pp_err *err)
{
    ppc_key key = ppc_key_record(PPC_KIND_POD, p->config->id, PPC_REC_CONFIG);
    int rc = ppc_txn_has(t, key, err);

    if (rc)
        return rc < 0 ? rc : 0;
    p->valid = false;
    return pp_fail(err, PP_E_NOSUCHPOD, 0,
                   "no pod with ID %s found: no such pod",
                   p->config->id ? p->config->id : "\"\"");
}
