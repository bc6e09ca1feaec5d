/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/backend.h - a state back end under test: the map, or a plugin
 *
 * Around a plugin there can be state-chaos, which counts the calls of the
 * engine and fails chosen ones.
 *
 * Failures of the back end itself end the test program.  A plugin's keys have
 * their defaults, but for the one that TEST_KEY names: "redo_size=32KiB".
 */
#ifndef TESTS_UNIT_BACKEND_H
#define TESTS_UNIT_BACKEND_H

#include <stdbool.h>

#include <polypod/state.h>

#include "mapstore.h"
#include "sdk/kit/config.h"

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
    pp_config cfg;
    char pairs[8][512];
    struct {
        long n; /* calls that go before */
        int code;
        long repeat;
        bool applied;
        long calls; /* counted when it was set, and of those that failed */
        long struck;
    } fault;
} backend;

/* name: "map", a plugin in TEST_PLUGINS such as "state-bdb", or one within
 * chaos, such as "state-chaos/state-bdb" */
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

/* Within chaos. From now on: the call after n others fails with -code (0: none
 * does); repeat: so many in a row do. applied: a failing commit happens. */
void backend_fail(backend *b, long n, int code, long repeat, bool applied);
/* From now on, of a thousand calls so many conflict; 0: none. */
void backend_jostle(backend *b, int rate);
/* Since then: calls, and those that failed. */
long backend_calls(backend *b);
long backend_struck(backend *b);
/* Since opening: transactions begun, open ones, rules broken. */
long backend_begun(backend *b);
long backend_busy(backend *b);
long backend_broken(backend *b);

/* The store as it is, under the engine. */
typedef void (*backend_item_fn)(pp_slice key, pp_slice val, void *arg);
void backend_each(backend *b, backend_item_fn fn, void *arg);
void backend_put(backend *b, const void *key, size_t n, const char *val);
void backend_del(backend *b, const void *key, size_t n);
void backend_wipe(backend *b);
/* Keys and values as text, byte 0 as '/'; caller frees. */
char *backend_dump(backend *b);

#endif
