/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/store.c - short words for the ops of a state plugin
 */
#include "store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int
store_open(store *s, kit *k)
{
    memset(s, 0, sizeof(*s));
    s->k = k;
    s->ops = k->plugin->ops;
    STORE_OK(s, kit_open(k, &s->self, &s->err));
    s->info.struct_size = sizeof(s->info);
    STORE_OK(s, s->ops->info(s->self, &s->info, &s->err));
    return 0;
}

void
store_close(store *s)
{
    if (s->self)
        s->k->plugin->close(s->self);
    s->self = NULL;
}

int
store_begin(store *s, uint32_t flags, void **txn)
{
    return s->ops->begin(s->self, flags, STORE_WAIT, txn, &s->err);
}

int
store_commit(store *s, void *txn)
{
    return s->ops->commit(txn, 0, &s->err);
}

int
store_put(store *s, void *txn, const char *key, const char *val)
{
    return s->ops->put(txn, store_slice(key), store_slice(val), 0, &s->err);
}

int
store_put_n(store *s, void *txn, const char *key, uint64_t val)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64, val);
    return store_put(s, txn, key, text);
}

int
store_del(store *s, void *txn, const char *key)
{
    return s->ops->del(txn, store_slice(key), &s->err);
}

int
store_has(store *s, void *txn, const char *key, const char *val)
{
    pp_slice v;
    int rc = s->ops->get(txn, store_slice(key), &v, &s->err);

    if (!val)
        return rc == -PP_E_NOTFOUND;
    return rc == 0 && v.n == strlen(val) && memcmp(v.p, val, v.n) == 0;
}

int
store_get_n(store *s, void *txn, const char *key, uint64_t *val)
{
    char text[32] = "0";
    pp_slice v;
    int rc = s->ops->get(txn, store_slice(key), &v, &s->err);

    if (rc < 0 && rc != -PP_E_NOTFOUND)
        return rc;
    if (rc == 0 && v.n < sizeof(text)) {
        memcpy(text, v.p, v.n);
        text[v.n] = '\0';
    }
    *val = strtoull(text, NULL, 10);
    return 0;
}

int
store_list(store *s, void *txn, const char *lo, const char *hi, uint32_t flags,
           char *out, size_t max)
{
    pp_slice key, val;
    size_t n = 0;
    void *it;
    int rc = s->ops->scan(txn, store_slice(lo), store_slice(hi), flags, &it,
                          &s->err);

    if (rc < 0)
        return rc;
    out[0] = '\0';
    while ((rc = s->ops->next(it, &key, &val, &s->err)) == 1) {
        if (n + key.n + val.n + 3 > max)
            break;
        n += (size_t)snprintf(out + n, max - n, "%.*s=%.*s ", (int)key.n,
                              (const char *)key.p, (int)val.n,
                              (const char *)val.p);
    }
    s->ops->end(it);
    return rc;
}

static int
run_txn(store *s, uint32_t flags, store_fn *fn, void *arg)
{
    int tries, rc = 0;

    for (tries = 0; tries < 1000; tries++) {
        void *txn;

        rc = store_begin(s, flags, &txn);
        if (rc == 0) {
            rc = fn(s, txn, arg);
            if (rc == 0)
                rc = store_commit(s, txn);
            else
                s->ops->abort(txn);
        }
        if (rc != -PP_E_CONFLICT)
            break;
    }
    return rc;
}

int
store_update(store *s, store_fn *fn, void *arg)
{
    return run_txn(s, PP_TXN_RW, fn, arg);
}

int
store_read(store *s, store_fn *fn, void *arg)
{
    return run_txn(s, 0, fn, arg);
}
