/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/store.h - a state plugin under test, with strings for slices
 */
#ifndef POLYPOD_KIT_STORE_H
#define POLYPOD_KIT_STORE_H

#include <polypod/state.h>

#include "kit.h"

#define STORE_WAIT 5000 /* ms: a transaction's timeout where none is tested */

typedef struct store {
    kit *k;
    const pp_state_ops *ops;
    void *self;
    pp_state_info info;
    pp_err err; /* of the last call */
} store;

/* Opens are complete or failed: KIT_FAIL has spoken. */
int store_open(store *s, kit *k);
void store_close(store *s);

int store_begin(store *s, uint32_t flags, void **txn);
int store_commit(store *s, void *txn);
int store_put(store *s, void *txn, const char *key, const char *val);
int store_put_n(store *s, void *txn, const char *key, uint64_t val);
int store_del(store *s, void *txn, const char *key);

/* 1: the key has this value (NULL: is absent); 0: it has not. */
int store_has(store *s, void *txn, const char *key, const char *val);

/* A number; an absent key is 0.  Negative: -PP_E_*. */
int store_get_n(store *s, void *txn, const char *key, uint64_t *val);

/* "a=1 b=2 ": what a scan finds. */
int store_list(store *s, void *txn, const char *lo, const char *hi,
               uint32_t flags, char *out, size_t max);

/*
 * Run fn in a transaction, again after a conflict.  fn returns what the
 * store's calls return; anything positive aborts without being an error.
 */
typedef int store_fn(store *s, void *txn, void *arg);
int store_update(store *s, store_fn *fn, void *arg);
int store_read(store *s, store_fn *fn, void *arg);

static inline pp_slice
store_slice(const char *text)
{
    return pp_slice_of(text, text ? __builtin_strlen(text) : 0);
}

/* What a call returned, or fail the case with the plugin's own words. */
#define STORE_OK(s, call)                                                      \
    do {                                                                       \
        int rc_ = (call);                                                      \
                                                                               \
        if (rc_ < 0)                                                           \
            return KIT_FAIL("%s returned %d: %s", #call, rc_, (s)->err.msg);   \
    } while (0)

#define STORE_GIVES(s, want, call)                                             \
    do {                                                                       \
        int rc_ = (call);                                                      \
                                                                               \
        if (rc_ != (want))                                                     \
            return KIT_FAIL("%s returned %d, not %s", #call, rc_, #want);      \
    } while (0)

#endif
