/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/runtime/runtime.c - the runtime object: options, plugins, end */
#include <polypod/container.h>
#include <polypod/runtime.h>

#include <string.h>

#include "core/config/settings.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/runtime/runtime.h"

pp_runtime *
pp_runtime_new(void)
{
    pp_runtime *rt = calloc(1, sizeof *rt);

    if (!rt)
        return NULL;
    rt->gate = -1;
    rt->settings = pp_settings_new();
    if (!rt->settings) {
        free(rt);
        return NULL;
    }
    return rt;
}

void
pp_runtime_free(pp_runtime *rt)
{
    if (!rt)
        return;
    ppc_runtime_close(rt);
    pp_settings_free(rt->settings);
    free(rt->config_file);
    free(rt);
}

static int
check_not_final(const pp_runtime *rt, pp_err *err)
{
    if (!rt->valid && !rt->stopped)
        return 0;
    return pp_fail(err, PP_E_RUNTIMEFINALIZED, 0,
                   "options cannot change once the runtime is open");
}

int
pp_options_load(pp_runtime *rt, const char *file, pp_err *err)
{
    int rc = check_not_final(rt, err);
    char *real;

    if (rc >= 0)
        rc = pp_settings_load(rt->settings, file, err);
    if (rc < 0 || !file)
        return rc;
    real = realpath(file, NULL); /* for conmon's clean-up, run elsewhere */
    if (!real)
        return pp_fail(err, PP_E_IO, errno, "cannot find \"%s\" again", file);
    free(rt->config_file);
    rt->config_file = real;
    return 0;
}

int
pp_options_set(pp_runtime *rt, const char *key, const char *const *values,
               const char *origin, pp_err *err)
{
    int rc = check_not_final(rt, err);

    return rc < 0 ? rc
                  : pp_settings_set(rt->settings, key, values, origin, err);
}

const pp_settings *
pp_runtime_settings(const pp_runtime *rt)
{
    return rt->settings;
}

int
ppc_runtime_check(const pp_runtime *rt, pp_err *err)
{
    if (rt->valid)
        return 0;
    return pp_fail(err, PP_E_RUNTIMESTOPPED, 0,
                   rt->stopped ? "the runtime has been stopped"
                               : "the runtime is not open");
}

int
pp_runtime_get_config(pp_runtime *rt, pp_settings **out, pp_err *err)
{
    pp_settings *copy;
    int rc = ppc_runtime_check(rt, err);

    if (rc < 0)
        return rc;
    copy = pp_settings_dup(rt->settings);
    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to copy the settings");
    *out = copy;
    return 0;
}

/* Stop what runs in every namespace, each with its own timeout; one that does
 * not stop is logged and left.  The first failure is returned. */
static int
stop_all(pp_runtime *rt, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    pp_err local = {0};
    int first = 0;
    size_t i;
    int rc;

    if (ppc_state_set_namespace(rt->state, "") < 0)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a namespace");
    rc = ppc_state_all_containers(rt->state, &list, err);
    for (i = 0; rc >= 0 && list[i]; i++) {
        if (list[i]->state->state != PPC_CTR_RUNNING &&
            list[i]->state->state != PPC_CTR_CREATED)
            continue;
        rc = pp_container_stop(rt, list[i]->config->id, -1, &local);
        if (rc < 0 && rc != -PP_E_NOSUCHCTR) {
            ppc_log(PP_LOG_ERROR, "shutdown: %s", local.msg);
            if (!first && err)
                *err = local;
            first = first ? first : rc;
        }
        rc = 0;
    }
    return first ? first : rc;
}

int
pp_runtime_shutdown(pp_runtime *rt, bool force, pp_err *err)
{
    int rc = ppc_runtime_check(rt, err);

    if (rc < 0)
        return rc;
    if (force)
        rc = stop_all(rt, err);
    ppc_runtime_close(rt);
    return rc;
}

void
ppc_runtime_plugin_dirs_free(ppc_plugin_dirs *dirs)
{
    free(ppc_unconst(dirs->state));
    free(ppc_unconst(dirs->run));
    memset(dirs, 0, sizeof *dirs);
}

int
ppc_runtime_plugin_dirs(const pp_runtime *rt, const char *name,
                        ppc_plugin_dirs *out, pp_err *err)
{
    const char *base = pp_settings_str(rt->settings, "engine.static_dir");
    const char *run = pp_settings_str(rt->settings, "engine.tmp_dir");

    out->state = ppc_sprintf("%s/%s", base, name);
    out->run = ppc_sprintf("%s/%s", run, name);
    out->conf = POLYPOD_CONFDIR;
    out->helper = POLYPOD_HELPERDIR;
    if (out->state && out->run)
        return 0;
    ppc_runtime_plugin_dirs_free(out);
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for plugin %s", name);
}

int
ppc_runtime_plugin(pp_runtime *rt, int kind, const char *driver,
                   ppc_instance **out, pp_err *err)
{
    return ppc_runtime_plugin_in(rt, kind, driver, NULL, out, err);
}

int
ppc_runtime_plugin_in(pp_runtime *rt, int kind, const char *driver,
                      const char *state_dir, ppc_instance **out, pp_err *err)
{
    PP_AUTO(ppc_plugin_free) ppc_plugin *plugin = NULL;
    ppc_plugin_dirs dirs = {0};
    char name[48];
    int rc;

    rc = ppc_plugin_load(kind, driver,
                         pp_settings_list(rt->settings, "engine.plugin_dirs"),
                         &plugin, err);
    if (rc < 0)
        return rc;
    snprintf(name, sizeof name, "%s-%s", ppc_kind_prefix(kind), driver);
    rc = ppc_runtime_plugin_dirs(rt, name, &dirs, err);
    if (rc < 0)
        return rc;
    if (state_dir) {
        free(ppc_unconst(dirs.state));
        dirs.state = strdup(state_dir);
        if (!dirs.state) {
            ppc_runtime_plugin_dirs_free(&dirs);
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for plugin %s", name);
        }
    }
    rc = ppc_plugin_open(plugin, rt->settings, &dirs, out, err);
    ppc_runtime_plugin_dirs_free(&dirs);
    if (rc >= 0)
        plugin = NULL; /* the instance's now */
    return rc;
}

const char *
pp_version(void)
{
    return POLYPOD_VERSION;
}

void
pp_log_set_level(uint32_t level)
{
    ppc_log_set_level(level);
}
