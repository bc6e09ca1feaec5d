/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/state.c - opening and closing the state; see state.h */
#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "engine/state/objects.h"

ppc_state *
ppc_state_new(const pp_state_ops *ops, void *self, uint32_t timeout_ms)
{
    ppc_state *st = calloc(1, sizeof *st);

    if (st)
        st->store = (ppc_store){ops, self, timeout_ms, false};
    return st;
}

int
ppc_state_open(const pp_state_ops *ops, void *self, uint32_t timeout_ms,
               const ppc_state_paths *paths, ppc_state **out, pp_err *err)
{
    PP_AUTO(ppc_state_free) ppc_state *st = ppc_state_new(ops, self, timeout_ms);
    int rc;

    if (!st)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the state");
    rc = ppc_schema_open(&st->store, ppc_schema_steps, err);
    if (!rc)
        rc = ppc_paths_open(&st->store, paths, err);
    if (rc < 0)
        return rc;
    *out = pp_steal(&st);
    return 0;
}

void
ppc_state_close(ppc_state *st)
{
    st->store.closed = true;
}

void
ppc_state_free(ppc_state *st)
{
    if (!st)
        return;
    free(st->nspace);
    free(st);
}

int
ppc_state_set_namespace(ppc_state *st, const char *ns)
{
    char *copy = NULL;

    if (!ppc_str_is_empty(ns)) {
        copy = strdup(ns);
        if (!copy)
            return -PP_E_NOMEM;
    }
    free(st->nspace);
    st->nspace = copy;
    return 0;
}

struct fact {
    const char *name;
    const char *value;
    char *found;
};

static int
read_fact(ppc_txn *t, void *arg, pp_err *err)
{
    struct fact *f = arg;
    int rc;

    free(pp_steal(&f->found));
    rc = ppc_txn_get_text(t, ppc_key_meta("fact", f->name), &f->found, err);
    return rc == -PP_E_NOTFOUND ? 0 : rc;
}

int
ppc_state_meta_get(ppc_state *st, const char *name, char **value, pp_err *err)
{
    struct fact f = {name, NULL, NULL};
    int rc = ppc_store_view(&st->store, read_fact, &f, err);

    if (rc < 0)
        free(f.found);
    else
        *value = f.found;
    return rc;
}

static int
write_fact(ppc_txn *t, void *arg, pp_err *err)
{
    struct fact *f = arg;

    return ppc_txn_put_text(t, ppc_key_meta("fact", f->name), f->value, err);
}

int
ppc_state_meta_put(ppc_state *st, const char *name, const char *value,
                   pp_err *err)
{
    struct fact f = {name, value, NULL};

    return ppc_store_update(&st->store, write_fact, &f, err);
}
