/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/exitcmd.c - the command that conmon runs at the end
 *
 * It is this program again, with the settings that do not come from the
 * files it will read itself: the same paths, drivers, programs.
 */
#include <string.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/container/container.h"

static const struct {
    const char *flag;
    const char *key;
} passed[] = {
    {"--root", "storage.graph_root"},
    {"--runroot", "storage.run_root"},
    {"--tmpdir", "engine.tmp_dir"},
    {"--state", "state.driver"},
    {"--firewall", "firewall.driver"},
    {"--network-driver", "network.driver"},
    {"--cgroup-manager", "engine.cgroup_manager"},
};

/* The command itself, or the one installed beside the library. */
static char *
find_self(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    const char *base;

    if (n > 0) {
        path[n] = '\0';
        base = strrchr(path, '/');
        if (base && !strcmp(base + 1, "polypod"))
            return strdup(path);
    }
    if (!access(POLYPOD_BINDIR "/polypod", X_OK))
        return strdup(POLYPOD_BINDIR "/polypod");
    return NULL;
}

int
ppc_ctr_exit_command(pp_runtime *rt, const char *id, char ***out, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **v = NULL;
    const char *const *dirs;
    char *self = find_self();
    size_t i;
    int bad;

    if (!ppc_runtime_store_lasts(rt)) {
        free(self);
        return 0; /* it would know nothing of the container */
    }
    if (!self) {
        ppc_log(PP_LOG_WARNING,
                "no polypod command at %s: the container is not cleaned up "
                "when it ends by itself",
                POLYPOD_BINDIR);
        return 0;
    }
    bad = ppc_strv_take(&v, self);
    if (rt->config_file)
        bad = bad || ppc_strv_add(&v, "--config") ||
              ppc_strv_add(&v, rt->config_file);
    for (i = 0; i < sizeof passed / sizeof passed[0]; i++)
        bad = bad || ppc_strv_add(&v, passed[i].flag) ||
              ppc_strv_add(&v, pp_settings_str(rt->settings, passed[i].key));
    dirs = pp_settings_list(rt->settings, "engine.plugin_dirs");
    for (i = 0; dirs[i]; i++)
        bad = bad || ppc_strv_add(&v, "--plugin-dir") ||
              ppc_strv_add(&v, dirs[i]);
    bad = bad || ppc_strv_add(&v, "--runtime") ||
          ppc_strv_add(&v, rt->oci_path) || ppc_strv_add(&v, "container") ||
          ppc_strv_add(&v, "cleanup") || ppc_strv_add(&v, id);
    if (bad)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the exit command");
    *out = pp_steal(&v);
    return 0;
}
