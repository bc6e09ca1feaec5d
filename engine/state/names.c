/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/names.c - IDs and names, each unique over containers and pods
 * and over all namespaces
 */
#include <string.h>

#include "core/util/str.h"
#include "engine/state/objects.h"

static const char *
noun_of(char letter)
{
    return letter == PPC_KIND_POD ? "pod" : "container";
}

int
ppc_name_owner(ppc_txn *t, const char *name, char *letter,
               char id[PPC_ID_MAX + 1], pp_err *err)
{
    pp_slice val;
    const char *p;
    int rc = ppc_txn_get(t, ppc_key_name(name), &val, err);

    if (rc < 0)
        return rc;
    p = val.p;
    if (val.n < 2 || val.n > PPC_ID_MAX + 1 ||
        (*p != PPC_KIND_CTR && *p != PPC_KIND_POD))
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "the record of the name \"%s\" is damaged", name);
    *letter = *p;
    memcpy(id, p + 1, val.n - 1);
    id[val.n - 1] = '\0';
    return 0;
}

/* The kind an ID belongs to: its letter, 0 for none, or an error. */
static int
id_owner(ppc_txn *t, const char *id, pp_err *err)
{
    static const char letters[] = {PPC_KIND_CTR, PPC_KIND_POD};
    size_t i;
    int rc;

    for (i = 0; i < sizeof letters; i++) {
        rc =
            ppc_txn_has(t, ppc_key_record(letters[i], id, PPC_REC_CONFIG), err);
        if (rc)
            return rc < 0 ? rc : letters[i];
    }
    return 0;
}

static int
check_words(const ppc_kind *kind, const char *id, const char *name, pp_err *err)
{
    if (ppc_str_is_empty(id) || ppc_str_is_empty(name))
        return pp_fail(err, PP_E_EMPTYID, 0, "the %s of a %s cannot be empty",
                       ppc_str_is_empty(id) ? "ID" : "name", kind->noun);
    if (strlen(id) > PPC_ID_MAX)
        return pp_fail(err, PP_E_INVAL, 0,
                       "the ID %.64s... is too long, at most %d bytes are "
                       "allowed",
                       id, PPC_ID_MAX);
    if (strlen(name) > PPC_NAME_MAX)
        return pp_fail(err, PP_E_INVAL, 0,
                       "the name \"%.64s...\" is too long, at most %d bytes "
                       "are allowed",
                       name, PPC_NAME_MAX);
    return 0;
}

static int
name_in_use(const ppc_kind *kind, const char *name, char letter,
            const char *owner, pp_err *err)
{
    const char *noun = noun_of(letter);
    bool same = letter == kind->letter;

    return pp_fail(err, kind->exists, 0,
                   "the %s name \"%s\" is already in use by %s%s%s: you have "
                   "to remove that %s to be able to reuse that name",
                   kind->noun, name, same ? "" : noun, same ? "" : " ", owner,
                   noun);
}

int
ppc_claim(ppc_txn *t, const ppc_kind *kind, const char *id, const char *name,
          pp_err *err)
{
    char owner[PPC_ID_MAX + 1];
    char value[PPC_ID_MAX + 2];
    char letter;
    int rc = check_words(kind, id, name, err);

    if (rc < 0)
        return rc;
    rc = id_owner(t, id, err);
    if (rc > 0)
        return pp_fail(err, kind->exists, 0,
                       "the ID %s is already in use by a %s", id,
                       noun_of((char)rc));
    if (rc < 0)
        return rc;
    rc = ppc_name_owner(t, name, &letter, owner, err);
    if (!rc)
        return name_in_use(kind, name, letter, owner, err);
    if (rc != -PP_E_NOTFOUND)
        return rc;
    value[0] = kind->letter;
    memcpy(value + 1, id, strlen(id));
    return ppc_txn_put(t, ppc_key_name(name),
                       pp_slice_of(value, strlen(id) + 1), err);
}

int
ppc_release(ppc_txn *t, const char *name, pp_err *err)
{
    return ppc_txn_del(t, ppc_key_name(name), err);
}

int
ppc_ns_put(ppc_txn *t, char letter, const char *ns, const char *id, pp_err *err)
{
    if (ppc_str_is_empty(ns))
        return 0;
    return ppc_txn_put(t, ppc_key_ns(ns, letter, id), pp_slice_of("", 0), err);
}

int
ppc_ns_del(ppc_txn *t, char letter, const char *ns, const char *id, pp_err *err)
{
    if (ppc_str_is_empty(ns))
        return 0;
    return ppc_txn_del(t, ppc_key_ns(ns, letter, id), err);
}

struct taken {
    const char *name;
    bool taken;
};

static int
read_taken(ppc_txn *t, void *arg, pp_err *err)
{
    struct taken *q = arg;
    int rc = ppc_txn_has(t, ppc_key_name(q->name), err);

    if (!rc)
        rc = id_owner(t, q->name, err);
    q->taken = rc > 0;
    return rc < 0 ? rc : 0;
}

int
ppc_state_name_taken(ppc_state *st, const char *name, bool *taken, pp_err *err)
{
    struct taken q = {name, false};
    int rc;

    if (ppc_str_is_empty(name))
        return pp_fail(err, PP_E_EMPTYID, 0, "name or ID cannot be empty");
    rc = ppc_store_view(&st->store, read_taken, &q, err);
    if (!rc)
        *taken = q.taken;
    return rc;
}
