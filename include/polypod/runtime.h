/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polypod/runtime.h - the engine as one object
 *
 * pp_runtime_new, options, pp_runtime_open; then containers (container.h);
 * at the end pp_runtime_shutdown and pp_runtime_free.  Opening passes the
 * stages config, OCI runtime, conmon, storage, directories, locks, network,
 * firewall, state, namespace, alive or refresh; a stage that fails undoes
 * those before it, in reverse.
 *
 * Threads    one thread at a time per runtime.
 * Errors     every call that needs an open runtime is -PP_E_RUNTIMESTOPPED
 *            before it was opened and after its shutdown; options are
 *            -PP_E_RUNTIMEFINALIZED from the opening on.
 */
#ifndef POLYPOD_RUNTIME_H
#define POLYPOD_RUNTIME_H

#include <polypod/config.h>
#include <polypod/error.h>
#include <polypod/json.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pp_runtime pp_runtime;

/* pp_runtime_open flags */
#define PP_OPEN_EAGER 0x1u    /* network and firewall at once, not at need  */
#define PP_OPEN_READONLY 0x2u /* only to look: what cannot be written (a read-
                                 only file system) is no failure            */
#define PP_OPEN_FOLLOW 0x4u   /* the state driver in use, whatever the
                                 configuration says                         */

/*
 * A runtime with default settings, not open.
 *
 * returns  caller frees (pp_runtime_free); NULL when out of memory
 * since    1.0
 */
PP_API pp_runtime *pp_runtime_new(void);
PP_API void pp_runtime_free(pp_runtime *rt);

/*
 * Read configuration files; see pp_settings_load.
 *
 * returns  0 | -PP_E_CONFIG | -PP_E_RUNTIMEFINALIZED
 * since    1.0
 */
PP_API int pp_options_load(pp_runtime *rt, const char *file, pp_err *err);

/*
 * Set an option: one more layer over the files; see pp_settings_set.
 *
 * returns  0 | -PP_E_INVAL | -PP_E_RUNTIMEFINALIZED (the runtime is open)
 * since    1.0
 */
PP_API int pp_options_set(pp_runtime *rt, const char *key,
                          const char *const *values, const char *origin,
                          pp_err *err);

/* The settings in use, borrowed: for messages and reports. since 1.0 */
PP_API const pp_settings *pp_runtime_settings(const pp_runtime *rt);

/*
 * Start the engine.
 *
 * flags    PP_OPEN_*
 * returns  0, or the failure of a stage; then nothing is left open
 * since    1.0
 */
PP_API int pp_runtime_open(pp_runtime *rt, uint32_t flags, pp_err *err);

/*
 * Stop the engine; every later call is refused, a second shutdown too.
 *
 * force    stop all containers first, each with its own timeout
 * returns  0 | -PP_E_RUNTIMESTOPPED | the first failure to stop a
 *          container, which does not keep the engine from being stopped
 * since    1.0
 */
PP_API int pp_runtime_shutdown(pp_runtime *rt, bool force, pp_err *err);

/*
 * A deep copy of the effective settings.
 *
 * out      caller frees (pp_settings_free)
 * returns  0 | -PP_E_RUNTIMESTOPPED | -PP_E_NOMEM
 * since    1.0
 */
PP_API int pp_runtime_get_config(pp_runtime *rt, pp_settings **out,
                                 pp_err *err);

/*
 * Facts about host, store, plugins, as "polypod info" shows them.
 *
 * out      caller unrefs: {"host":{...},"store":{...},"plugins":{...},...}
 * returns  0 | -PP_E_RUNTIMESTOPPED
 * since    1.0
 */
PP_API int pp_runtime_info(pp_runtime *rt, pp_json **out, pp_err *err);

/*
 * Installed plugins, probed each in a child of its own.
 *
 * Needs only the configuration: the runtime may be unopened.
 *
 * out      caller unrefs: [{"Name","Kind","Version","Path","Status",
 *          "Summary","License","Package","Selected"}]
 * returns  0 | -PP_E_NOMEM
 * since    1.0
 */
PP_API int pp_plugin_list(pp_runtime *rt, pp_json **out, pp_err *err);

/*
 * One plugin: descriptor, keys, probe result.
 *
 * name     "state-bdb"
 * out      caller unrefs
 * returns  0 | -PP_E_PLUGINABSENT (names the package) | -PP_E_PLUGIN*
 * since    1.0
 */
PP_API int pp_plugin_inspect(pp_runtime *rt, const char *name, pp_json **out,
                             pp_err *err);

/*
 * Validate every section, those of plugins included.
 *
 * report   caller frees: a line per fault, empty if there is none
 * returns  0 | -PP_E_CONFIG
 * since    1.0
 */
PP_API int pp_config_check(pp_runtime *rt, char **report, pp_err *err);

/* Version of the library, "1.2.3". since 1.0 */
PP_API const char *pp_version(void);

/* Show log messages of this level (PP_LOG_*) and graver ones. since 1.0 */
PP_API void pp_log_set_level(uint32_t level);

#ifdef __cplusplus
}
#endif

#endif
