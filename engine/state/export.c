/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/export.c - the store as text; see transfer.h */
#include "engine/state/transfer.h"

#include <string.h>

struct job {
    ppc_str *out;
    size_t records;
};

/* Of the store, not of its objects? */
static bool
is_left_out(pp_slice key)
{
    const ppc_key keys[] = {ppc_key_schema(),
                            ppc_key_meta("fact", PPC_FACT_CHECK)};
    size_t i;

    for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (key.n == keys[i].n && !memcmp(key.p, keys[i].b, key.n))
            return true;
    return false;
}

static int
visit(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    struct job *j = arg;

    if (is_left_out(key))
        return 0;
    ppc_line_encode(key, val, j->out);
    j->records++;
    if (j->out->nomem)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to export the state");
    return 0;
}

/* A version that cannot be read does not stop an export. */
static int
read_schema(ppc_txn *t, int64_t *schema, pp_err *err)
{
    int rc = ppc_schema_read(t, schema, err);

    if (rc == -PP_E_CORRUPT)
        *schema = 0;
    else if (rc < 0)
        return rc;
    if (!*schema)
        *schema = ppc_schema_current();
    return 0;
}

static int
run_export(ppc_txn *t, void *arg, pp_err *err)
{
    const ppc_range all = {{1, {0}}, {0, {0}}};
    struct job *j = arg;
    int64_t schema = 0;
    int rc = read_schema(t, &schema, err);

    if (rc < 0)
        return rc;
    ppc_str_clear(j->out);
    j->records = 0;
    ppc_str_printf(j->out,
                   "{\"format\":\"polypod-state\",\"schema\":%lld,"
                   "\"version\":%d}\n",
                   (long long)schema, PPC_TRANSFER_VERSION);
    rc = ppc_txn_scan(t, &all, visit, j, err);
    if (rc < 0)
        return rc;
    ppc_str_printf(j->out, "{\"records\":%zu}\n", j->records);
    if (j->out->nomem)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to export the state");
    return 0;
}

int
ppc_state_export(ppc_state *st, ppc_str *out, size_t *records, pp_err *err)
{
    struct job j = {out, 0};
    int rc = ppc_store_view(&st->store, run_export, &j, err);

    if (!rc && records)
        *records = j.records;
    return rc;
}
