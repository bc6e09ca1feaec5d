/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_model.c - random operations, compared with a plain array
 *
 * Keys are few and short, so that operations meet.  Every divergence prints
 * the step; the seed on the first line of the report repeats it.
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define KEYS 64

/* model[i] is the value of key number i: 0 absent, else a number. */
typedef struct model {
    unsigned val[KEYS];
} model;

/* Numbers to keys, in an order that is not the numbers' own. */
static size_t
key_of(unsigned i, unsigned char key[8])
{
    size_t n = 1 + i / 16;

    key[0] = (unsigned char)(i % 4 * 85);
    key[1] = (unsigned char)(i / 4 % 4 * 85);
    key[2] = key[3] = 'k';
    return n + (n == 1 && i % 16 >= 4);
}

static int
key_is_unique(unsigned i)
{
    unsigned char a[8], b[8];
    size_t n = key_of(i, a);
    unsigned j;

    for (j = 0; j < i; j++)
        if (key_of(j, b) == n && memcmp(a, b, n) == 0)
            return 0;
    return 1;
}

static size_t
val_of(unsigned v, unsigned char *out, size_t max)
{
    size_t n = v % 97 == 0 ? 9000 : v % 23, i;

    for (i = 0; i < n && i < max; i++)
        out[i] = (unsigned char)(v + i);
    return n;
}

static int
slices_cmp(pp_slice a, pp_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;

    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static pp_slice
slice_of(unsigned i, unsigned char buf[8])
{
    size_t n = key_of(i, buf);

    return pp_slice_of(buf, n);
}

static int
same_value(pp_slice got, unsigned v)
{
    unsigned char want[9000];
    size_t n = val_of(v, want, sizeof(want));

    return got.n == n && (n == 0 || memcmp(got.p, want, n) == 0);
}

static int
model_get(store *s, void *t, const model *m, unsigned i, unsigned step)
{
    unsigned char buf[8];
    pp_slice got;
    int rc = s->ops->get(t, slice_of(i, buf), &got, &s->err);

    if (rc != (m->val[i] ? 0 : -PP_E_NOTFOUND))
        return KIT_FAIL("step %u: get gives %d", step, rc);
    if (rc == 0 && !same_value(got, m->val[i]))
        return KIT_FAIL("step %u: get gives another value", step);
    return 0;
}

/* The model's next key after (before) i in the range, or KEYS. */
static unsigned
model_next(const model *m, const pp_slice *last, pp_slice lo, pp_slice hi,
           int rev)
{
    unsigned char buf[8], best_buf[8];
    unsigned i, best = KEYS;

    for (i = 0; i < KEYS; i++) {
        pp_slice key = slice_of(i, buf);

        if (!m->val[i] || slices_cmp(key, lo) < 0 ||
            (hi.n && slices_cmp(key, hi) >= 0))
            continue;
        if (last &&
            (rev ? slices_cmp(key, *last) >= 0 : slices_cmp(key, *last) <= 0))
            continue;
        if (best == KEYS ||
            (slices_cmp(key, slice_of(best, best_buf)) < 0) != rev)
            best = i;
    }
    return best;
}

static int
model_scan(store *s, void *t, const model *m, kit_rng *r, unsigned step)
{
    unsigned char lo_buf[8], hi_buf[8], last_buf[8];
    pp_slice lo = slice_of(kit_rng_below(r, KEYS), lo_buf);
    pp_slice hi = slice_of(kit_rng_below(r, KEYS), hi_buf);
    pp_slice key, val, last = {NULL, 0};
    int rev = (int)kit_rng_below(r, 2), rc;
    unsigned limit = kit_rng_below(r, 2 * KEYS), i = 0;
    void *it;

    if (kit_rng_below(r, 4) == 0)
        lo.n = 0;
    if (kit_rng_below(r, 4) == 0)
        hi.n = 0;
    STORE_OK(s,
             s->ops->scan(t, lo, hi, rev ? PP_SCAN_REVERSE : 0, &it, &s->err));
    while (i != KEYS && limit-- > 0) {
        i = model_next(m, last.p ? &last : NULL, lo, hi, rev);
        rc = s->ops->next(it, &key, &val, &s->err);
        if (rc != (i == KEYS ? 0 : 1))
            return KIT_FAIL("step %u: next gives %d", step, rc);
        if (rc == 0)
            break;
        last = slice_of(i, last_buf);
        if (slices_cmp(key, last) != 0 || !same_value(val, m->val[i]))
            return KIT_FAIL("step %u: next gives another item", step);
    }
    s->ops->end(it);
    return 0;
}

static int
model_put(store *s, void *t, model *m, kit_rng *r, unsigned i, unsigned step)
{
    unsigned char buf[8], val[9000];
    unsigned v = 1 + kit_rng_below(r, 100000);
    uint32_t flags = kit_rng_below(r, 4) == 0 ? PP_PUT_NEW : 0;
    size_t n = val_of(v, val, sizeof(val));
    int rc =
        s->ops->put(t, slice_of(i, buf), pp_slice_of(val, n), flags, &s->err);

    if (flags && m->val[i]) {
        if (rc != -PP_E_EXISTS)
            return KIT_FAIL("step %u: put-new gives %d", step, rc);
        return 0;
    }
    if (rc != 0)
        return KIT_FAIL("step %u: put gives %d: %s", step, rc, s->err.msg);
    m->val[i] = v;
    return 0;
}

static int
one_step(store *s, void *t, model *m, kit_rng *r, int rw, unsigned step)
{
    unsigned char buf[8];
    unsigned what = kit_rng_below(r, rw ? 10 : 4);
    unsigned i = kit_rng_below(r, KEYS);

    while (!key_is_unique(i))
        i = kit_rng_below(r, KEYS);
    if (what < 2)
        return model_get(s, t, m, i, step);
    if (what < 4)
        return model_scan(s, t, m, r, step);
    if (what < 8)
        return model_put(s, t, m, r, i, step);
    STORE_OK(s, s->ops->del(t, slice_of(i, buf), &s->err));
    m->val[i] = 0;
    return 0;
}

static int
one_txn(store *s, model *m, kit_rng *r, unsigned *step)
{
    int rw = kit_rng_below(r, 3) != 0;
    unsigned n = 1 + kit_rng_below(r, 20);
    model now = *m;
    void *t;

    STORE_OK(s, store_begin(s, rw ? PP_TXN_RW : 0, &t));
    while (n-- > 0)
        if (one_step(s, t, &now, r, rw, ++*step) < 0)
            return -1;
    if (kit_rng_below(r, 4) == 0) {
        s->ops->abort(t);
        return 0;
    }
    STORE_OK(s, s->ops->commit(t, kit_rng_below(r, 2), &s->err));
    *m = now;
    return 0;
}

static int
agrees_with_a_model(kit *k)
{
    kit_rng r = kit_rng_of(k->seed);
    unsigned step = 0;
    model m = {{0}};
    store s;

    if (store_open(&s, k) < 0)
        return -1;
    while (step < k->steps) {
        if (one_txn(&s, &m, &r, &step) < 0)
            return -1;
        if ((s.info.caps & PP_STATE_DURABLE) && kit_rng_below(&r, 50) == 0) {
            store_close(&s);
            if (store_open(&s, k) < 0)
                return -1;
        }
    }
    store_close(&s);
    return 0;
}

const kit_case kit_model_cases[] = {
    {"agrees with a model", agrees_with_a_model, 120},
    {NULL, NULL, 0},
};
