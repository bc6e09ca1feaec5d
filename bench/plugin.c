/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench/plugin.c - a plugin, opened by the engine's own code; see plugin.h */
#include "plugin.h"

#include <string.h>

#include "sample.h"

void
bench_plugin_open(bench_plugin *p, int kind, const char *name, const char *dir)
{
    const ppc_plugin_dirs dirs = {dir, dir, dir, dir};
    ppc_plugin *plugin = NULL;
    pp_err err = {0, 0, ""};

    memset(p, 0, sizeof *p);
    p->settings = pp_settings_new();
    if (!p->settings)
        bench_die("no memory");
    if (ppc_plugin_load(kind, name, NULL, &plugin, &err) < 0 ||
        ppc_plugin_open(plugin, p->settings, &dirs, &p->instance, &err) < 0)
        bench_die("%s: %s", name, err.msg);
    p->ops = ppc_instance_ops(p->instance);
    p->self = ppc_instance_self(p->instance);
}

void
bench_plugin_close(bench_plugin *p)
{
    ppc_instance_close(p->instance);
    pp_settings_free(p->settings);
}
