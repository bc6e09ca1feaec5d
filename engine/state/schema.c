/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/schema.c - the version of the key layout, and its migration */
#include <stdlib.h>

#include <polypod/plugin.h>

#include "core/util/cleanup.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/state/objects.h"

/* Append only: a step that was released is never edited. */
const ppc_schema_step ppc_schema_steps[] = {
    {NULL, NULL},
};

struct schema {
    const ppc_schema_step *steps;
    int64_t wanted;
    int64_t found; /* 0: an empty store */
};

static int
visit_any(pp_slice key, pp_slice val, void *arg, pp_err *err)
{
    (void)key;
    (void)val;
    (void)err;
    *(bool *)arg = true;
    return 1;
}

/* A store without a version may only be a new one. */
static int
check_unversioned(ppc_txn *t, pp_err *err)
{
    ppc_key all = {1, {0}};
    ppc_range r = {all, {0, {0}}};
    bool any = false;
    int rc = ppc_txn_scan(t, &r, visit_any, &any, err);

    if (rc < 0 || !any)
        return rc;
    return pp_fail(err, PP_E_CORRUPT, 0,
                   "the state store holds data but no schema version: it is "
                   "damaged or not polypod's");
}

static int
read_version(ppc_txn *t, void *arg, pp_err *err)
{
    PP_AUTO_FREE char *text = NULL;
    struct schema *s = arg;
    int rc = ppc_txn_get_text(t, ppc_key_schema(), &text, err);

    s->found = 0;
    if (rc == -PP_E_NOTFOUND)
        return check_unversioned(t, err);
    if (rc < 0)
        return rc;
    if (ppc_parse_i64(text, 1, INT32_MAX, &s->found))
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "the schema version of the state store, \"%.20s\", is "
                       "not a number",
                       text);
    if (s->found > s->wanted)
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "the state store has schema version %lld, this polypod "
                       "knows versions up to %lld; use a newer polypod",
                       (long long)s->found, (long long)s->wanted);
    return 0;
}

static int
migrate(ppc_txn *t, void *arg, pp_err *err)
{
    struct schema *s = arg;
    char text[24];
    int64_t v;
    int rc = read_version(t, s, err);

    if (rc < 0)
        return rc;
    for (v = s->found; v && v < s->wanted; v++) {
        rc = s->steps[v - 1].run(t, NULL, err);
        if (rc < 0)
            return pp_wrap(err, rc,
                           "bringing the state store to schema version %lld "
                           "(%s)",
                           (long long)v + 1, s->steps[v - 1].what);
    }
    snprintf(text, sizeof text, "%lld", (long long)s->wanted);
    return ppc_txn_put_text(t, ppc_key_schema(), text, err);
}

int64_t
ppc_schema_current(void)
{
    int64_t v = 1;

    while (ppc_schema_steps[v - 1].what)
        v++;
    return v;
}

int
ppc_schema_read(ppc_txn *t, int64_t *version, pp_err *err)
{
    struct schema s = {ppc_schema_steps, ppc_schema_current(), 0};
    int rc = read_version(t, &s, err);

    if (!rc)
        *version = s.found;
    return rc;
}

int
ppc_schema_bring(ppc_txn *t, pp_err *err)
{
    struct schema s = {ppc_schema_steps, ppc_schema_current(), 0};

    return migrate(t, &s, err);
}

int
ppc_schema_open(ppc_store *store, const ppc_schema_step *steps, pp_err *err)
{
    struct schema s = {steps, 1, 0};
    int rc;

    while (steps[s.wanted - 1].what)
        s.wanted++;
    rc = ppc_store_view(store, read_version, &s, err);
    if (rc < 0 || s.found == s.wanted)
        return rc;
    if (s.found)
        ppc_log(PP_LOG_INFO,
                "bringing the state store from schema version %lld to %lld",
                (long long)s.found, (long long)s.wanted);
    rc = ppc_store_update(store, migrate, &s, err);
    if (rc == -PP_E_PERM && !s.found)
        return 0; /* empty and read only: nothing to misread */
    return rc;
}
