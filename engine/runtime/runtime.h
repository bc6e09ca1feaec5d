/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/runtime.h - what a runtime holds
 *
 * Everything hangs from pp_runtime; there are no globals.  Members are
 * filled by the stages of open.c in this order and are read-only afterwards,
 * but for the network and firewall instances, which open on first use.
 */
#ifndef ENGINE_RUNTIME_RUNTIME_H
#define ENGINE_RUNTIME_RUNTIME_H

#include <stdbool.h>

#include <polypod/firewall.h>
#include <polypod/network.h>
#include <polypod/runtime.h>

#include "core/plugin/plugin.h"
#include "engine/state/state.h"

/* Firewall plugins that may be open at once: the chosen one and those whose
 * rules of older containers are still in force. */
#define PPC_FW_MAX 4

struct pp_runtime {
    pp_settings *settings;
    uint32_t flags; /* PP_OPEN_* */
    bool valid;
    bool stopped;
    char *config_file; /* given explicitly, absolute; or NULL */

    char *oci_path;
    char *conmon_path;

    char *graph_root;
    char *run_root;
    char *static_dir;
    char *tmp_dir;
    char *ctr_dir;   /* <graph_root>/containers: bundles                    */
    char *ctr_run;   /* <run_root>/containers: per boot                     */
    char *netns_dir; /* <run_root>/netns                                    */
    char *exit_dir;  /* <tmp_dir>/exits                                     */
    char *sock_dir;  /* <tmp_dir>/socket                                    */
    char *lock_dir;  /* <tmp_dir>/lock                                      */

    int gate; /* of the state store, entered; -1: not                       */
    ppc_instance *state_plugin;
    ppc_state *state;
    ppc_instance *network;
    ppc_instance *firewalls[PPC_FW_MAX];
};

/* 0, or why the runtime cannot be used. */
int ppc_runtime_check(const pp_runtime *rt, pp_err *err);

/* Stop all stages; for shutdown. */
void ppc_runtime_close(pp_runtime *rt);

/* Does the state outlive this process? */
bool ppc_runtime_store_lasts(pp_runtime *rt);

/*
 * A foreground container may run for days.  Leave the store meanwhile, so that
 * it can be moved or replaced; nothing that uses rt->state may be called then.
 * A store that ends with the process is not left.
 */
void ppc_runtime_leave_store(pp_runtime *rt);
/* Back to the store, wherever it is by now; 0 also if it was not left.  After
 * a failure the runtime is stopped. */
int ppc_runtime_find_store(pp_runtime *rt, pp_err *err);

/* Load and open a plugin with this runtime's settings and folders. */
int ppc_runtime_plugin(pp_runtime *rt, int kind, const char *driver,
                       ppc_instance **out, pp_err *err);
/* The same with another folder for its state; NULL: its own. */
int ppc_runtime_plugin_in(pp_runtime *rt, int kind, const char *driver,
                          const char *state_dir, ppc_instance **out,
                          pp_err *err);
/* The folders a plugin of this name gets; free with _free. */
int ppc_runtime_plugin_dirs(const pp_runtime *rt, const char *name,
                            ppc_plugin_dirs *out, pp_err *err);
void ppc_runtime_plugin_dirs_free(ppc_plugin_dirs *dirs);

/* Bring state and run folders up to date after a boot; see refresh.c. */
int ppc_runtime_refresh(pp_runtime *rt, pp_err *err);

/* A name of two words that no container or pod has. Caller frees. */
int ppc_generate_name(pp_runtime *rt, char **name, pp_err *err);
/* 64 hex digits, the first 12 of them not all decimal. */
int ppc_generate_id(char id[65], pp_err *err);
/* [a-zA-Z0-9][a-zA-Z0-9_.-]* */
int ppc_check_name(const char *name, pp_err *err);

#endif
