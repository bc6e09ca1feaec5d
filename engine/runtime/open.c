/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/open.c - the stages of a start
 *
 * Read the table at the end first: it is the order of the start, and its
 * reverse the order of the end.
 */
#include <polypod/runtime.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/config/settings.h"
#include "core/lifecycle.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/firewall/firewall.h"
#include "engine/lock/lock.h"
#include "engine/network/network.h"
#include "engine/runtime/authority.h"
#include "engine/runtime/runtime.h"
#include "engine/state/gate.h"
#include "engine/state/marker.h"

#define ALIVE_MAX 128

static int
check_driver_name(const pp_settings *s, const char *key, pp_err *err)
{
    const char *name = pp_settings_str(s, key);
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    if (n && !name[n] && *name != '-' && n <= 31)
        return 0;
    return pp_fail(err, PP_E_INVAL, 0,
                   "%s \"%s\" (%s) is no name of a driver", key, name,
                   pp_settings_origin(s, key));
}

static int
start_config(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;
    const char *manager = pp_settings_str(rt->settings,
                                          "engine.cgroup_manager");
    int rc;

    if (strcmp(manager, "cgroupfs") && strcmp(manager, "systemd"))
        return pp_fail(err, PP_E_INVAL, 0,
                       "engine.cgroup_manager \"%s\" (%s) must be cgroupfs or "
                       "systemd",
                       manager, pp_settings_origin(rt->settings,
                                                   "engine.cgroup_manager"));
    rc = check_driver_name(rt->settings, "state.driver", err);
    if (rc >= 0)
        rc = check_driver_name(rt->settings, "firewall.driver", err);
    if (rc >= 0)
        rc = check_driver_name(rt->settings, "network.driver", err);
    return rc;
}

/* The first candidate that is a file. */
static int
find_program(const pp_runtime *rt, const char *key, const char *what,
             char **out, pp_err *err)
{
    const char *const *list = pp_settings_list(rt->settings, key);
    PP_AUTO_STR ppc_str tried = PPC_STR_INIT;
    struct stat st;

    for (; *list; list++) {
        if (!stat(*list, &st) && !S_ISDIR(st.st_mode)) {
            *out = strdup(*list);
            return *out ? 0 : pp_fail(err, PP_E_NOMEM, 0, "no memory");
        }
        ppc_str_printf(&tried, "%s%s", tried.n ? ", " : "", *list);
    }
    return pp_fail(err, PP_E_UNAVAIL, 0,
                   "no %s found at %s: install it, or set %s (%s)", what,
                   tried.n ? ppc_str_get(&tried) : "(no path is given)", key,
                   pp_settings_origin(rt->settings, key));
}

static int
start_oci(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;

    return find_program(rt, "engine.runtime_path", "OCI runtime",
                        &rt->oci_path, err);
}

static void
stop_oci(void *ctx)
{
    pp_runtime *rt = ctx;

    free(pp_steal(&rt->oci_path));
}

static int
start_conmon(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;

    return find_program(rt, "engine.conmon_path", "conmon", &rt->conmon_path,
                        err);
}

static void
stop_conmon(void *ctx)
{
    pp_runtime *rt = ctx;

    free(pp_steal(&rt->conmon_path));
}

/* An absolute setting without its final slashes. Caller frees. */
static char *
path_setting(const pp_runtime *rt, const char *key)
{
    char *path = strdup(pp_settings_str(rt->settings, key));
    size_t n = path ? strlen(path) : 0;

    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    return path;
}

static void
stop_storage(void *ctx)
{
    pp_runtime *rt = ctx;
    char **all[] = {&rt->graph_root, &rt->run_root, &rt->static_dir,
                    &rt->tmp_dir,    &rt->ctr_dir,  &rt->ctr_run,
                    &rt->netns_dir,  &rt->exit_dir, &rt->sock_dir,
                    &rt->lock_dir};
    size_t i;

    for (i = 0; i < sizeof all / sizeof all[0]; i++)
        free(pp_steal(all[i]));
}

static int
start_storage(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;

    rt->graph_root = path_setting(rt, "storage.graph_root");
    rt->run_root = path_setting(rt, "storage.run_root");
    rt->static_dir = path_setting(rt, "engine.static_dir");
    rt->tmp_dir = path_setting(rt, "engine.tmp_dir");
    if (rt->graph_root && rt->run_root && rt->tmp_dir) {
        rt->ctr_dir = ppc_sprintf("%s/containers", rt->graph_root);
        rt->ctr_run = ppc_sprintf("%s/containers", rt->run_root);
        rt->netns_dir = ppc_sprintf("%s/netns", rt->run_root);
        rt->exit_dir = ppc_sprintf("%s/exits", rt->tmp_dir);
        rt->sock_dir = ppc_sprintf("%s/socket", rt->tmp_dir);
        rt->lock_dir = ppc_sprintf("%s/lock", rt->tmp_dir);
    }
    if (rt->static_dir && rt->ctr_dir && rt->ctr_run && rt->netns_dir &&
        rt->exit_dir && rt->sock_dir && rt->lock_dir)
        return 0;
    stop_storage(rt);
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for the engine's paths");
}

static int
start_directories(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;
    const struct {
        const char *path;
        const char *key;
        mode_t mode;
    } dirs[] = {
        {rt->graph_root, "storage.graph_root", 0711},
        {rt->static_dir, "engine.static_dir", 0700},
        {rt->ctr_dir, "storage.graph_root", 0711},
        {rt->run_root, "storage.run_root", 0711},
        {rt->tmp_dir, "engine.tmp_dir", 0751},
        {rt->ctr_run, "storage.run_root", 0711},
        {rt->netns_dir, "storage.run_root", 0755},
        {rt->exit_dir, "engine.tmp_dir", 0750},
        {rt->sock_dir, "engine.tmp_dir", 0750},
    };
    size_t i;
    int rc;

    for (i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        rc = ppc_dir_make(dirs[i].path, dirs[i].mode, err);
        if (rc < 0 && !(rt->flags & PP_OPEN_READONLY))
            return pp_wrap(err, rc, "%s", dirs[i].key);
    }
    return 0;
}

static int
start_locks(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;
    int rc = ppc_dir_make(rt->lock_dir, 0755, err);

    if (rc < 0 && !(rt->flags & PP_OPEN_READONLY))
        return pp_wrap(err, rc, "engine.tmp_dir");
    return 0;
}

static int
start_network(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;

    if (!(rt->flags & PP_OPEN_EAGER))
        return 0;
    return ppc_network_open(rt, err);
}

static void
stop_network(void *ctx)
{
    pp_runtime *rt = ctx;

    ppc_instance_close(pp_steal(&rt->network));
}

static int
start_firewall(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;
    ppc_instance *fw = NULL;

    /* auto needs the stored choice, and so the store: see ppc_firewall_choose */
    if (!(rt->flags & PP_OPEN_EAGER) ||
        !strcmp(pp_settings_str(rt->settings, "firewall.driver"), "auto"))
        return 0;
    return ppc_firewall_open(
        rt, pp_settings_str(rt->settings, "firewall.driver"), &fw, err);
}

static void
stop_firewall(void *ctx)
{
    pp_runtime *rt = ctx;
    size_t i;

    for (i = 0; i < PPC_FW_MAX; i++)
        ppc_instance_close(pp_steal(&rt->firewalls[i]));
}

static void
stop_state(void *ctx)
{
    pp_runtime *rt = ctx;

    ppc_state_free(pp_steal(&rt->state));
    ppc_instance_close(pp_steal(&rt->state_plugin));
    if (rt->gate >= 0)
        close(pp_steal_fd(&rt->gate));
}

/* For who was started before the store moved, with the settings of then. */
static int
follow_store(pp_runtime *rt, pp_err *err)
{
    char driver[PPC_DRIVER_MAX + 1] = "";
    int rc = ppc_marker_read(rt->static_dir, driver, err);

    if (rc < 0 || !driver[0])
        return rc;
    return pp_settings_set1(rt->settings, "state.driver", driver,
                            "the file state.driver", err);
}

/* Until it is closed, nobody may move the store away under us. */
static int
enter_store(pp_runtime *rt, pp_err *err)
{
    int64_t timeout = pp_settings_i64(rt->settings, "state.timeout");
    int rc = ppc_gate_enter(rt->static_dir, false, timeout, err);

    if (rc == -PP_E_NOTFOUND && (rt->flags & PP_OPEN_READONLY))
        return 0; /* no folder: nothing that could be moved */
    if (rc < 0)
        return rc;
    rt->gate = rc;
    rc = rt->flags & PP_OPEN_FOLLOW ? follow_store(rt, err) : 0;
    return rc < 0 ? rc : ppc_authority_check(rt, err);
}

static int
open_store(pp_runtime *rt, pp_err *err)
{
    const char *driver = pp_settings_str(rt->settings, "state.driver");
    int64_t timeout = pp_settings_i64(rt->settings, "state.timeout");
    const ppc_state_paths paths = {
        .os = "linux",
        .static_dir = rt->static_dir,
        .tmp_dir = rt->tmp_dir,
        .run_root = rt->run_root,
        .graph_root = rt->graph_root,
        .graph_driver = pp_settings_str(rt->settings, "storage.driver"),
    };
    int rc;

    rc = ppc_runtime_plugin(rt, PP_KIND_STATE, driver, &rt->state_plugin, err);
    if (rc < 0)
        return rc;
    return ppc_state_open(ppc_instance_ops(rt->state_plugin),
                          ppc_instance_self(rt->state_plugin),
                          (uint32_t)(timeout / 1000000), &paths, &rt->state,
                          err);
}

static int
start_state(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;
    int settled = enter_store(rt, err);
    int rc = settled < 0 ? settled : open_store(rt, err);

    if (!rc && !settled)
        rc = ppc_authority_claim(rt, err);
    if (rc < 0)
        stop_state(rt);
    return rc;
}

static int
start_namespace(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;
    const char *ns = pp_settings_str(rt->settings, "engine.namespace");
    int rc = ppc_state_set_namespace(rt->state, ns);

    if (rc < 0)
        return pp_fail(err, -rc, 0, "cannot enter the namespace \"%s\"", ns);
    return 0;
}

/* The kernel's boot id as it stands in the alive file. */
static int
read_boot_id(char **id, pp_err *err)
{
    return ppc_file_read("/proc/sys/kernel/random/boot_id", ALIVE_MAX, id,
                         NULL, err);
}

static bool
is_refreshed(const char *alive, const char *boot)
{
    PP_AUTO_FREE char *text = NULL;

    return !ppc_file_read(alive, ALIVE_MAX, &text, NULL, NULL) &&
           !strcmp(text, boot);
}

static int
start_alive(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;
    PP_AUTO_FREE char *alive = ppc_sprintf("%s/alive", rt->tmp_dir);
    PP_AUTO_FREE char *boot = NULL;
    PP_AUTO_FD int lock = -1;
    int rc;

    if (!alive)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the alive file");
    rc = read_boot_id(&boot, err);
    if (rc < 0)
        return rc;
    if (is_refreshed(alive, boot) ||
        ((rt->flags & PP_OPEN_READONLY) && access(rt->tmp_dir, W_OK)))
        return 0;
    lock = ppc_lock_take(rt->tmp_dir, "alive.lck",
                         pp_settings_i64(rt->settings, "engine.lock_timeout"),
                         "the start after a boot", "engine.lock_timeout",
                         err);
    if (lock < 0)
        return lock;
    if (is_refreshed(alive, boot))
        return 0;
    rc = ppc_runtime_refresh(rt, err);
    if (rc < 0)
        return pp_wrap(err, rc, "refresh after a boot");
    return ppc_file_write(alive, boot, strlen(boot), 0644, err);
}

static int
start_valid(void *ctx, pp_err *err)
{
    pp_runtime *rt = ctx;

    (void)err;
    rt->valid = true;
    return 0;
}

static void
stop_valid(void *ctx)
{
    pp_runtime *rt = ctx;

    rt->valid = false;
}

static const ppc_stage stages[] = {
    {"config", start_config, NULL},
    {"oci-runtime", start_oci, stop_oci},
    {"conmon", start_conmon, stop_conmon},
    {"storage", start_storage, stop_storage},
    {"directories", start_directories, NULL},
    {"locks", start_locks, NULL},
    {"network", start_network, stop_network},
    {"firewall", start_firewall, stop_firewall},
    {"state", start_state, stop_state},
    {"namespace", start_namespace, NULL},
    {"alive", start_alive, NULL},
    {"valid", start_valid, stop_valid},
};

#define N_STAGES (sizeof stages / sizeof stages[0])

int
pp_runtime_open(pp_runtime *rt, uint32_t flags, pp_err *err)
{
    if (rt->stopped)
        return pp_fail(err, PP_E_RUNTIMESTOPPED, 0,
                       "the runtime has been stopped: make a new one");
    if (rt->valid)
        return pp_fail(err, PP_E_RUNTIMEFINALIZED, 0,
                       "the runtime is open already");
    if (flags & ~(PP_OPEN_EAGER | PP_OPEN_READONLY | PP_OPEN_FOLLOW))
        return pp_fail(err, PP_E_NOTSUP, 0, "unknown flags 0x%x", flags);
    rt->flags = flags;
    return ppc_stages_start(stages, N_STAGES, rt, err);
}

bool
ppc_runtime_store_lasts(pp_runtime *rt)
{
    const pp_state_ops *ops = ppc_instance_ops(rt->state_plugin);
    pp_state_info info = {.struct_size = sizeof info};

    return ops->info(ppc_instance_self(rt->state_plugin), &info, NULL) >= 0 &&
           (info.caps & PP_STATE_DURABLE);
}

void
ppc_runtime_leave_store(pp_runtime *rt)
{
    if (ppc_runtime_store_lasts(rt))
        stop_state(rt);
}

int
ppc_runtime_find_store(pp_runtime *rt, pp_err *err)
{
    const uint32_t flags = rt->flags;
    int rc;

    if (rt->state)
        return 0;
    rt->flags |= PP_OPEN_FOLLOW;
    rc = start_state(rt, err);
    rt->flags = flags;
    if (!rc)
        rc = start_namespace(rt, err);
    if (rc < 0)
        ppc_runtime_close(rt);
    return rc;
}

void
ppc_runtime_close(pp_runtime *rt)
{
    if (!rt->valid)
        return;
    ppc_stages_stop(stages, N_STAGES, rt);
    rt->stopped = true;
}
