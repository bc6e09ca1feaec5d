/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/plugin/internal.h - what the files of the loader share
 *
 * The order of a load: registry.c finds the file, trust.c judges it, dl.c
 * brings it in, validate.c reads its descriptor; host.c opens it, and guard.c
 * stands in front of its ops when it cannot be called by many threads.
 */
#ifndef CORE_PLUGIN_INTERNAL_H
#define CORE_PLUGIN_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include <polypod/firewall.h>
#include <polypod/network.h>
#include <polypod/state.h>

#include "core/plugin/plugin.h"

/* Room for "KIND-NAME": the longest kind, the longest name, NUL. */
enum { PPC_PLUGIN_NAME = 48 };

/* A file in the process, for ever. */
typedef struct ppc_module {
    struct ppc_module *next;
    const void *desc;       /* its pp_plugin_v1 */
    size_t size;            /* bytes of that symbol; 0: unknown */
    pthread_mutex_t serial; /* PP_THREADS_SERIAL: around every call */
} ppc_module;

union ppc_ops {
    pp_state_ops state;
    pp_fw_ops fw;
    pp_net_ops net;
};

struct ppc_plugin {
    char *path;
    char full[PPC_PLUGIN_NAME]; /* "state-bdb" */
    ppc_module *module;         /* borrowed */
    pp_plugin desc;             /* ours, zero where the plugin is older */
    union ppc_ops ops;          /* the same */
};

/* [a-z0-9][a-z0-9-]{0,30} */
bool ppc_plugin_name_ok(const char *name);

/*
 * May this file's code run with our rights?
 *
 * Every folder on the way, symbolic links resolved, and the file itself must
 * belong to root or to us, and nobody else may write to it; a sticky folder
 * may be writable.  The x bit says nothing: packages install modules 0644.
 *
 * returns  0 | -PP_E_PLUGINTRUST (names the component, its uid and mode)
 */
int ppc_trust_check(const char *path, pp_err *err);

/*
 * Bring a trusted file in and find its descriptor.  The only user of libltdl.
 *
 * path     absolute, ends in ".so"
 * returns  0 | -PP_E_PLUGINLOAD (the dynamic loader's own text) |
 *          -PP_E_PLUGINENTRY
 */
int ppc_dl_open(const char *path, ppc_module **out, pp_err *err);
/* fork() at a moment when no thread is inside the dynamic loader. */
pid_t ppc_dl_fork(void);

/*
 * Judge the descriptor and the ops, and copy both into p.
 *
 * p        path is set; module, full, desc and ops are filled
 * returns  0 | -PP_E_PLUGINABI
 */
int ppc_plugin_validate(ppc_module *module, int kind, const char *name,
                        struct ppc_plugin *p, pp_err *err);

/* Trust, load, validate one file. p is the caller's on success. */
int ppc_plugin_load_file(int kind, const char *name, const char *path,
                         ppc_plugin **out, pp_err *err);

/*
 * Call fn in a forked child, so that a crash or a hang there is only an
 * error here.
 *
 * what     the subject of a message: the file's path
 * out      what fn put into its sink is added
 * returns  what fn returned, with its err | -PP_E_PLUGINLOAD (it died, or
 *          took longer than 5 s)
 */
int ppc_child_call(const char *what, int (*fn)(void *, pp_sink *, pp_err *),
                   void *arg, ppc_str *out, pp_err *err);

/* In front of the ops of a plugin that threads may not share. */
typedef struct ppc_guard {
    const union ppc_ops *ops; /* the plugin's */
    void *self;               /* the plugin's */
    pthread_mutex_t *lock;    /* of the process or of the instance */
} ppc_guard;

/* Ops for kind that lock the guard; self of each call is the guard. */
void ppc_guard_ops(int kind, const ppc_guard *g, union ppc_ops *out);
/* A lock that its holder may take again: 0 or an errno. */
int ppc_guard_lock_init(pthread_mutex_t *lock);

#endif
