/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/store.c - the retry loop and its transactions; see store.h */
#include "engine/state/store.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "engine/json.h"

#define BACKOFF_MIN (PPC_MS / 2)
#define BACKOFF_MAX (64 * PPC_MS)
#define MAX_DEPTH 60 /* of JSON; the parser stops at 64 */

/* A back end may fail without a text; people get one. */
static int
explain(int rc, pp_err *err)
{
    if (rc < 0 && err && err->code != -rc)
        return pp_fail(err, -rc, 0, "the state store failed: %s",
                       pp_error_kind(rc));
    return rc;
}

/* Half to all of the pause, so that rivals do not meet again. */
static int64_t
jitter(int64_t pause, uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return pause / 2 + (int64_t)(*seed % (uint64_t)(pause / 2 + 1));
}

/* One attempt. */
static int
run_once(ppc_store *s, uint32_t flags, int64_t left, ppc_txn_fn fn, void *arg,
         pp_err *err)
{
    ppc_txn t = {s->ops, NULL, false, false};
    int64_t ms = left / PPC_MS;
    int rc;

    rc = s->ops->begin(s->self, flags, ms > 0 ? (uint32_t)ms : 1, &t.txn, err);
    if (rc < 0)
        return rc;
    rc = fn(&t, arg, err);
    if (t.dead) {
        s->ops->abort(t.txn);
        return -PP_E_CONFLICT;
    }
    if (rc < 0 || !t.wrote) {
        s->ops->abort(t.txn);
        return rc;
    }
    return s->ops->commit(t.txn, 0, err);
}

static int
run(ppc_store *s, uint32_t flags, ppc_txn_fn fn, void *arg, pp_err *err)
{
    int64_t start = ppc_monotonic();
    int64_t deadline = start + s->timeout_ms * PPC_MS;
    int64_t now = start;
    int64_t pause = BACKOFF_MIN;
    uint64_t seed = ((uint64_t)getpid() << 40) ^ (uint64_t)start ^ 1;
    pp_err local = {0, 0, ""};
    int64_t nap;
    int rc;

    if (s->closed)
        return pp_fail(err, PP_E_DBCLOSED, 0, "the state store is closed");
    for (;;) {
        local.code = 0;
        rc = run_once(s, flags, deadline - now, fn, arg, &local);
        if (rc != -PP_E_CONFLICT)
            break;
        now = ppc_monotonic();
        if (now >= deadline)
            return pp_fail(err, PP_E_BUSY, 0,
                           "the state store was too busy for %u ms; try again",
                           s->timeout_ms);
        nap = jitter(pause, &seed);
        ppc_sleep(nap < deadline - now ? nap : deadline - now);
        pause = pause * 2 < BACKOFF_MAX ? pause * 2 : BACKOFF_MAX;
        now = ppc_monotonic();
    }
    if (rc >= 0)
        return 0;
    explain(rc, &local);
    if (err)
        *err = local;
    return rc;
}

int
ppc_store_update(ppc_store *s, ppc_txn_fn fn, void *arg, pp_err *err)
{
    return run(s, PP_TXN_RW, fn, arg, err);
}

int
ppc_store_view(ppc_store *s, ppc_txn_fn fn, void *arg, pp_err *err)
{
    return run(s, 0, fn, arg, err);
}

/* Note a conflict: after it no op but abort may reach the back end. */
static int
noted(ppc_txn *t, int rc)
{
    if (rc == -PP_E_CONFLICT)
        t->dead = true;
    return rc;
}

int
ppc_txn_get(ppc_txn *t, ppc_key key, pp_slice *val, pp_err *err)
{
    int rc;

    if (t->dead)
        return -PP_E_CONFLICT;
    if (!key.n)
        return -PP_E_NOTFOUND;
    rc = noted(t, t->ops->get(t->txn, ppc_key_slice(&key), val, err));
    if (rc < 0)
        return rc;
    if (val->n > PPC_VALUE_MAX)
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "a record of %zu bytes is too large to be right",
                       val->n);
    return 0;
}

int
ppc_txn_put(ppc_txn *t, ppc_key key, pp_slice val, pp_err *err)
{
    if (t->dead)
        return -PP_E_CONFLICT;
    if (!key.n)
        return pp_fail(err, PP_E_INVAL, 0,
                       "an ID or name is empty or too long to be stored");
    if (val.n > PPC_VALUE_MAX)
        return pp_fail(err, PP_E_INVAL, 0,
                       "a record of %zu bytes is too large, at most %u can "
                       "be stored",
                       val.n, PPC_VALUE_MAX);
    t->wrote = true;
    return noted(t, t->ops->put(t->txn, ppc_key_slice(&key), val, 0, err));
}

int
ppc_txn_del(ppc_txn *t, ppc_key key, pp_err *err)
{
    if (t->dead)
        return -PP_E_CONFLICT;
    if (!key.n)
        return 0;
    t->wrote = true;
    return noted(t, t->ops->del(t->txn, ppc_key_slice(&key), err));
}

int
ppc_txn_put_raw(ppc_txn *t, pp_slice key, pp_slice val, pp_err *err)
{
    if (t->dead)
        return -PP_E_CONFLICT;
    t->wrote = true;
    return noted(t, t->ops->put(t->txn, key, val, 0, err));
}

int
ppc_txn_move(ppc_txn *t, ppc_key from, ppc_key to, pp_err *err)
{
    PP_AUTO_FREE char *copy = NULL;
    pp_slice val;
    int rc;

    if (t->dead)
        return -PP_E_CONFLICT;
    if (!from.n || !to.n)
        return -PP_E_NOTFOUND;
    rc = noted(t, t->ops->get(t->txn, ppc_key_slice(&from), &val, err));
    if (rc < 0)
        return rc;
    copy = malloc(val.n + 1);
    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a record");
    if (val.n)
        memcpy(copy, val.p, val.n);
    rc = ppc_txn_put_raw(t, ppc_key_slice(&to), pp_slice_of(copy, val.n), err);
    return rc < 0 ? rc : ppc_txn_del(t, from, err);
}

int
ppc_txn_has(ppc_txn *t, ppc_key key, pp_err *err)
{
    pp_slice val;
    int rc = ppc_txn_get(t, key, &val, err);

    if (rc == -PP_E_NOTFOUND)
        return 0;
    return rc < 0 ? rc : 1;
}

int
ppc_txn_get_text(ppc_txn *t, ppc_key key, char **out, pp_err *err)
{
    pp_slice val;
    char *text;
    int rc = ppc_txn_get(t, key, &val, err);

    if (rc < 0)
        return rc;
    text = malloc(val.n + 1);
    if (!text)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a record");
    if (val.n)
        memcpy(text, val.p, val.n);
    text[val.n] = '\0';
    *out = text;
    return 0;
}

int
ppc_txn_put_text(ppc_txn *t, ppc_key key, const char *text, pp_err *err)
{
    if (!text || !*text)
        return ppc_txn_del(t, key, err);
    return ppc_txn_put(t, key, pp_slice_of(text, strlen(text)), err);
}

/* What is nested deeper than this could not be read back. */
static bool
is_deeper(const pp_json *v, int depth)
{
    pp_json_iter it = {NULL, NULL, NULL};
    size_t i;

    if (pp_json_type(v) == PP_JSON_ARRAY)
        for (i = 0; i < pp_json_len(v); i++)
            if (!depth || is_deeper(pp_json_at(v, i), depth - 1))
                return true;
    while (pp_json_next(v, &it))
        if (!depth || is_deeper(it.value, depth - 1))
            return true;
    return false;
}

int
ppc_txn_put_json(ppc_txn *t, ppc_key key, pp_json *v, const char *what,
                 pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *owned = v;
    PP_AUTO_FREE char *text = v ? pp_json_text(v, 0) : NULL;

    if (!text)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to store %s", what);
    if (is_deeper(v, MAX_DEPTH))
        return pp_fail(err, PP_E_INVAL, 0,
                       "%s is nested too deeply to be stored", what);
    return ppc_txn_put(t, key, pp_slice_of(text, strlen(text)), err);
}

int
ppc_txn_get_json(ppc_txn *t, ppc_key key, const char *what, pp_json **out,
                 pp_err *err)
{
    pp_slice val;
    int rc = ppc_txn_get(t, key, &val, err);

    if (rc < 0)
        return rc;
    return pp_json_parse(val.p, val.n, what, out, err);
}

int
ppc_txn_scan(ppc_txn *t, const ppc_range *r, ppc_visit_fn fn, void *arg,
             pp_err *err)
{
    pp_slice key, val;
    void *it = NULL;
    int rc;

    if (t->dead)
        return -PP_E_CONFLICT;
    if (!r->lo.n)
        return 0;
    rc = noted(t, t->ops->scan(t->txn, ppc_key_slice(&r->lo),
                               ppc_key_slice(&r->hi), 0, &it, err));
    if (rc < 0)
        return rc;
    while ((rc = noted(t, t->ops->next(it, &key, &val, err))) > 0) {
        if (val.n > PPC_VALUE_MAX)
            val = pp_slice_of("", 0); /* damaged; the visitor will say so */
        rc = fn(key, val, arg, err);
        if (rc)
            break;
    }
    t->ops->end(it);
    return rc < 0 ? rc : 0;
}
