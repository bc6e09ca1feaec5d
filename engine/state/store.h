/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/store.h - transactions over a state plugin
 *
 * The one place that begins, retries, commits and aborts.  The functions a
 * transaction runs may run several times: they hand results out only
 * through memory they overwrite at each run.
 *
 * Borrowing  slices live until the next call on the transaction; a visitor
 *            makes none.
 */
#ifndef ENGINE_STATE_STORE_H
#define ENGINE_STATE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <polypod/error.h>
#include <polypod/json.h>
#include <polypod/state.h>

#include "engine/state/keys.h"

/* Largest value written, and believed when read. */
#define PPC_VALUE_MAX (4u << 20)

typedef struct ppc_store {
    const pp_state_ops *ops;
    void *self;
    uint32_t timeout_ms;
    bool closed;
} ppc_store;

typedef struct ppc_txn {
    const pp_state_ops *ops;
    void *txn;
    bool dead;  /* saw a conflict: only abort is left */
    bool wrote; /* something is to be committed       */
} ppc_txn;

typedef int (*ppc_txn_fn)(ppc_txn *t, void *arg, pp_err *err);

/*
 * Run fn in a read-write transaction and commit it, again and again while it
 * conflicts with others, until the store's deadline.  A fn that fails leaves
 * no trace.
 *
 * returns  0 | what fn returned | -PP_E_DBCLOSED | -PP_E_BUSY | ...
 */
int ppc_store_update(ppc_store *s, ppc_txn_fn fn, void *arg, pp_err *err);
/* The same, reading one committed state. */
int ppc_store_view(ppc_store *s, ppc_txn_fn fn, void *arg, pp_err *err);

/* 0 | -PP_E_NOTFOUND (without text) | ... */
int ppc_txn_get(ppc_txn *t, ppc_key key, pp_slice *val, pp_err *err);
int ppc_txn_put(ppc_txn *t, ppc_key key, pp_slice val, pp_err *err);
int ppc_txn_del(ppc_txn *t, ppc_key key, pp_err *err);
/* Any key and value, of any size: for a copy of what is stored already. */
int ppc_txn_put_raw(ppc_txn *t, pp_slice key, pp_slice val, pp_err *err);
/* Give a value, however large, another key. -PP_E_NOTFOUND without text. */
int ppc_txn_move(ppc_txn *t, ppc_key from, ppc_key to, pp_err *err);
/* Is the key there? 1, 0, or an error. */
int ppc_txn_has(ppc_txn *t, ppc_key key, pp_err *err);
/* Text; -PP_E_NOTFOUND without text. Caller frees. */
int ppc_txn_get_text(ppc_txn *t, ppc_key key, char **out, pp_err *err);
/* NULL or "" deletes. */
int ppc_txn_put_text(ppc_txn *t, ppc_key key, const char *text, pp_err *err);
/* JSON; what names it in messages. v is consumed, NULL is out of memory. */
int ppc_txn_put_json(ppc_txn *t, ppc_key key, pp_json *v, const char *what,
                     pp_err *err);
int ppc_txn_get_json(ppc_txn *t, ppc_key key, const char *what, pp_json **out,
                     pp_err *err);

/* Called for each item; 0 goes on, 1 ends the scan, negative fails it. */
typedef int (*ppc_visit_fn)(pp_slice key, pp_slice val, void *arg, pp_err *err);
/* Visit a range in order. 0, or what failed. */
int ppc_txn_scan(ppc_txn *t, const ppc_range *r, ppc_visit_fn fn, void *arg,
                 pp_err *err);

#endif
