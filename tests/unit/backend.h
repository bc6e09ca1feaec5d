/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/backend.h - a state back end under test: the map, or a plugin
 *
 * Failures of the back end itself end the test program.
 */
#ifndef TESTS_UNIT_BACKEND_H
#define TESTS_UNIT_BACKEND_H

#include <stdbool.h>

#include <polypod/state.h>

#include "mapstore.h"

typedef struct backend {
    const char *name;
    const pp_state_ops *ops;
    void *self;
    uint64_t caps;
    mapstore *map; /* NULL: a plugin */
    const pp_plugin *plugin;
    char dir[256];
    bool shared; /* the folder is another's: close leaves it */
    pp_host host;
} backend;

/* name: "map", or a plugin in TEST_PLUGINS such as "state-bdb" */
void backend_open(backend *b, const char *name);
/* The same store again, in another process: opens b's folder as out. */
void backend_share(const backend *b, backend *out);
/* For tests in which opening may fail: a plugin, not open yet, on a folder of
 * the caller's; then open and close it, as often as wanted. */
void backend_load(backend *b, const char *name, const char *dir);
int backend_start(backend *b, pp_err *err);
void backend_stop(backend *b);
/* Close and open again; what is durable is still there. */
void backend_reopen(backend *b);
void backend_close(backend *b);

/* The store as it is, under the engine. */
typedef void (*backend_item_fn)(pp_slice key, pp_slice val, void *arg);
void backend_each(backend *b, backend_item_fn fn, void *arg);
void backend_put(backend *b, const void *key, size_t n, const char *val);
void backend_del(backend *b, const void *key, size_t n);
void backend_wipe(backend *b);
/* Keys and values as text, byte 0 as '/'; caller frees. */
char *backend_dump(backend *b);

#endif
