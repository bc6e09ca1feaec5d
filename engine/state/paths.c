/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/paths.c - is this the store of these folders?
 *
 * Records hold paths below the configured folders.  Opened with others, the
 * engine would find its containers but not their files, so that is refused.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "engine/state/objects.h"

static const struct fact {
    const char *name; /* in the store        */
    const char *key;  /* in the config files */
    size_t off;
    bool is_path;
} facts[] = {
    {"os", NULL, offsetof(ppc_state_paths, os), false},
    {"static-dir", "static_dir in [engine]",
     offsetof(ppc_state_paths, static_dir), true},
    {"tmp-dir", "tmp_dir in [engine]", offsetof(ppc_state_paths, tmp_dir),
     true},
    {"run-root", "run_root in [storage]", offsetof(ppc_state_paths, run_root),
     true},
    {"graph-root", "graph_root in [storage]",
     offsetof(ppc_state_paths, graph_root), true},
    {"graph-driver-name", "driver in [storage]",
     offsetof(ppc_state_paths, graph_driver), false},
};
#define FACTS (sizeof facts / sizeof facts[0])

struct check {
    const ppc_state_paths *paths;
    bool missing; /* something is not stored yet */
    bool store;   /* store it                    */
};

static const char *
given(const struct check *c, const struct fact *f)
{
    const char *base = (const char *)c->paths;

    return *(const char *const *)(const void *)(base + f->off);
}

/* The path with links resolved as far as it exists, without the slashes that
 * mean nothing.  Caller frees; NULL when out of memory. */
static char *
resolve(const char *path)
{
    PP_AUTO_FREE char *head = strdup(path);
    PP_AUTO_FREE char *real = NULL;
    size_t n;

    if (!head)
        return NULL;
    for (n = strlen(head); n > 1 && head[n - 1] == '/'; n--)
        head[n - 1] = '\0';
    for (;;) {
        real = realpath(head, NULL);
        if (real || n <= 1)
            break;
        while (n && head[n - 1] != '/')
            n--;
        while (n > 1 && head[n - 1] == '/')
            n--;
        head[n] = '\0';
    }
    if (!real)
        return strdup(path);
    path += n;
    while (*path == '/')
        path++;
    n = strlen(path);
    while (n && path[n - 1] == '/')
        n--;
    if (!n)
        return pp_steal(&real);
    return ppc_sprintf("%s/%.*s", strcmp(real, "/") ? real : "", (int)n, path);
}

/* 1: the same, 0: not, or an error. */
static int
is_same(const struct fact *f, const char *a, const char *b, pp_err *err)
{
    PP_AUTO_FREE char *ra = NULL;
    PP_AUTO_FREE char *rb = NULL;

    if (!strcmp(a, b))
        return 1;
    if (!f->is_path)
        return 0;
    ra = resolve(a);
    rb = resolve(b);
    if (!ra || !rb)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to compare paths");
    return !strcmp(ra, rb);
}

static int
mismatch(const struct fact *f, const char *stored, const char *value,
         pp_err *err)
{
    if (!f->key)
        return pp_fail(err, PP_E_DBBADCONFIG, 0,
                       "the state store was made on \"%s\", this is \"%s\"",
                       stored, value);
    return pp_fail(err, PP_E_DBBADCONFIG, 0,
                   "the state store was made with %s \"%s\", now it is "
                   "\"%s\": set %s back, or use another state folder",
                   f->name, stored, value, f->key);
}

static int
check_fact(ppc_txn *t, struct check *c, const struct fact *f, pp_err *err)
{
    PP_AUTO_FREE char *stored = NULL;
    ppc_key key = ppc_key_meta("path", f->name);
    const char *value = given(c, f);
    int rc;

    if (ppc_str_is_empty(value))
        return 0;
    rc = ppc_txn_get_text(t, key, &stored, err);
    if (rc < 0 && rc != -PP_E_NOTFOUND)
        return rc;
    if (ppc_str_is_empty(stored)) {
        c->missing = true;
        return c->store ? ppc_txn_put_text(t, key, value, err) : 0;
    }
    rc = is_same(f, stored, value, err);
    if (rc)
        return rc < 0 ? rc : 0;
    return mismatch(f, stored, value, err);
}

int
ppc_paths_fit(const ppc_state_paths *paths, const char *name,
              const char *stored, pp_err *err)
{
    const struct check c = {paths, false, false};
    const char *value;
    size_t i;
    int rc;

    for (i = 0; i < FACTS && strcmp(facts[i].name, name); i++)
        ;
    value = i < FACTS ? given(&c, &facts[i]) : NULL;
    if (ppc_str_is_empty(value) || ppc_str_is_empty(stored))
        return 0;
    rc = is_same(&facts[i], stored, value, err);
    if (rc)
        return rc < 0 ? rc : 0;
    return mismatch(&facts[i], stored, value, err);
}

static int
check_all(ppc_txn *t, void *arg, pp_err *err)
{
    struct check *c = arg;
    size_t i;
    int rc = 0;

    c->missing = false;
    for (i = 0; !rc && i < FACTS; i++)
        rc = check_fact(t, c, &facts[i], err);
    return rc;
}

int
ppc_paths_open(ppc_store *s, const ppc_state_paths *paths, pp_err *err)
{
    struct check c = {paths, false, false};
    int rc;

    if (!paths)
        return 0;
    rc = ppc_store_view(s, check_all, &c, err);
    if (rc < 0 || !c.missing)
        return rc;
    c.store = true;
    rc = ppc_store_update(s, check_all, &c, err);
    return rc == -PP_E_PERM ? 0 : rc; /* read only: compared, and fine */
}
