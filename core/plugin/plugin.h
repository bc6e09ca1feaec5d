/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/plugin/plugin.h - find, trust, load, validate and open plugins
 *
 * Ownership  a loaded plugin stays in the process for ever (it is never
 *            unloaded); ppc_plugin_free frees our record of it only.  An
 *            instance is the caller's (ppc_instance_close).
 * Threads    loading is under one process-wide mutex.
 */
#ifndef CORE_PLUGIN_PLUGIN_H
#define CORE_PLUGIN_PLUGIN_H

#include <polypod/config.h>
#include <polypod/error.h>
#include <polypod/plugin.h>

#include "core/util/cleanup.h"
#include "core/util/sink.h"
#include "core/util/str.h"

typedef struct ppc_plugin ppc_plugin;     /* loaded and validated */
typedef struct ppc_instance ppc_instance; /* opened */

/* "state", "fw", "net": the first part of a file's name. NULL if unknown. */
const char *ppc_kind_prefix(int kind);
/* "state", "firewall", "network": the section. NULL if unknown. */
const char *ppc_kind_section(int kind);

/*
 * Load KIND-NAME.so from the first folder that has it.
 *
 * dirs     the compiled-in folder comes first, then these; NULL-terminated
 * returns  0 | -PP_E_PLUGINABSENT (names the package and the folders)
 *          | -PP_E_PLUGINTRUST (path, uid, mode) | -PP_E_PLUGINLOAD
 *          (dlerror's text) | -PP_E_PLUGINENTRY | -PP_E_PLUGINABI
 */
int ppc_plugin_load(int kind, const char *name, const char *const *dirs,
                    ppc_plugin **out, pp_err *err);
void ppc_plugin_free(ppc_plugin *p);
PP_DEFINE_CLEANUP(ppc_plugin *, ppc_plugin_free);

/* The validated copy of the descriptor, and where it came from. */
const pp_plugin *ppc_plugin_desc(const ppc_plugin *p);
const char *ppc_plugin_path(const ppc_plugin *p);

/* Folders that host->dir gives: absolute, made on first use. */
typedef struct ppc_plugin_dirs {
    const char *state;
    const char *run;
    const char *conf;
    const char *helper;
} ppc_plugin_dirs;

/*
 * Bind the section, make the host context and call open().
 *
 * p        taken over by the instance on success
 * returns  0 | -PP_E_CONFIG | -PP_E_PLUGINOPEN wrapped around the plugin's
 *          own text; when the plugin's code is one of CORRUPT, RECOVER, BUSY,
 *          FULL, IO, PERM, UNAVAIL that code is kept instead
 */
int ppc_plugin_open(ppc_plugin *p, pp_settings *settings,
                    const ppc_plugin_dirs *dirs, ppc_instance **out,
                    pp_err *err);
void ppc_instance_close(ppc_instance *i);
PP_DEFINE_CLEANUP(ppc_instance *, ppc_instance_close);

const ppc_plugin *ppc_instance_plugin(const ppc_instance *i);
void *ppc_instance_self(const ppc_instance *i);
/* The ops, copied into memory of our own struct's size; cast by kind. */
const void *ppc_instance_ops(const ppc_instance *i);
/* The plugin's status JSON into out; "{}" when it has none. */
int ppc_instance_status(ppc_instance *i, ppc_str *out, pp_err *err);

/* probe() with the section bound: score 1 when the plugin has no probe. */
int ppc_plugin_probe(ppc_plugin *p, pp_settings *settings,
                     const ppc_plugin_dirs *dirs, int *score, ppc_str *why,
                     pp_err *err);

/* One file found in the plugin folders. */
typedef struct ppc_plugin_file {
    char *path;
    char *name; /* "state-bdb" */
    int kind;   /* 0: the name fits no kind */
} ppc_plugin_file;

/* Every *.so of the folders, sorted by name; the first of a name wins.
 * Caller frees with ppc_plugin_files_free. */
int ppc_plugin_files(const char *const *dirs, ppc_plugin_file **out,
                     size_t *n, pp_err *err);
void ppc_plugin_files_free(ppc_plugin_file *files, size_t n);

/* Load a file in a forked child, so that a crash costs one line, and give
 * its description: "version\0summary\0license\0". 0 or the failure. */
int ppc_plugin_describe(const ppc_plugin_file *file, ppc_str *out,
                        pp_err *err);

/* The Debian package that brings a plugin: "polypod-state-bdb". */
void ppc_plugin_package(const char *name, char *out, size_t n);

#endif
