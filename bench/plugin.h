/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/plugin.h - a plugin, loaded and opened by the engine's own code
 *
 * The first folder in which it looks is polypod/plugins beside the program,
 * which has to be called by its path.
 * Every key has its default.
 */
#ifndef BENCH_PLUGIN_H
#define BENCH_PLUGIN_H

#include "core/plugin/plugin.h"

typedef struct bench_plugin {
    pp_settings *settings;
    ppc_instance *instance;
    const void *ops;
    void *self;
} bench_plugin;

/* dir: of the plugin's files; made if it is missing */
void bench_plugin_open(bench_plugin *p, int kind, const char *name,
                       const char *dir);
void bench_plugin_close(bench_plugin *p);

#endif
