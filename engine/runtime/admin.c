/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/runtime/admin.c - a state store opened for care; see admin.h */
#include "engine/runtime/admin.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/config/settings.h"
#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/str.h"
#include "engine/runtime/authority.h"

#define MAX_DEPTH 16

void
ppc_admin_close(ppc_admin *a)
{
    if (!a->borrowed) {
        ppc_state_free(a->state);
        ppc_instance_close(a->plugin);
    }
    a->state = NULL;
    a->plugin = NULL;
    if (a->gate >= 0)
        close(pp_steal_fd(&a->gate));
}

int
ppc_admin_wrap(const pp_runtime *rt, int rc, pp_err *err)
{
    int64_t ms = pp_settings_i64(rt->settings, "state.timeout") / PPC_MS;

    if (rc != -PP_E_BUSY || (err && strstr(err->msg, "state.timeout")))
        return rc;
    return pp_wrap(err, rc, "waited as long as state.timeout allows, %lld ms",
                   (long long)ms);
}

int
ppc_admin_driver(pp_runtime *rt, const char *driver, const char *folder,
                 ppc_instance **plugin, ppc_state **state, pp_err *err)
{
    int64_t timeout = pp_settings_i64(rt->settings, "state.timeout");
    PP_AUTO(ppc_instance_close) ppc_instance *p = NULL;
    pp_state_info info = {.struct_size = sizeof info};
    const pp_state_ops *ops;
    ppc_state *st;
    int rc;

    rc = ppc_runtime_plugin_in(rt, PP_KIND_STATE, driver, folder, &p, err);
    if (rc < 0)
        return ppc_admin_wrap(rt, rc, err);
    ops = ppc_instance_ops(p);
    rc = ops->info(ppc_instance_self(p), &info, err);
    if (rc < 0)
        return rc;
    if (!(info.caps & PP_STATE_DURABLE))
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "state driver %s keeps nothing beyond the process: "
                       "there is no store to care for",
                       driver);
    st = ppc_state_new(ops, ppc_instance_self(p), (uint32_t)(timeout / PPC_MS));
    if (!st)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the state");
    *plugin = pp_steal(&p);
    *state = st;
    return 0;
}

/* The folders of an ordinary start, as far as the store needs them. */
static int
check_place(const pp_runtime *rt, const char *driver, uint32_t how,
            pp_err *err)
{
    const char *dir = pp_settings_str(rt->settings, "engine.static_dir");
    PP_AUTO_FREE char *folder = ppc_store_folder(rt, driver);

    if (!folder)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a path");
    if (how & PPC_ADMIN_MAKE)
        return 0;
    if (access(folder, F_OK))
        return pp_fail(err, PP_E_NOTFOUND, 0,
                       "there is no store of state driver %s in \"%s\": "
                       "nothing was created here yet",
                       driver, dir);
    return 0;
}

int
ppc_admin_open(pp_runtime *rt, uint32_t how, ppc_admin *a, pp_err *err)
{
    int64_t timeout = pp_settings_i64(rt->settings, "state.timeout");
    const char *dir = pp_settings_str(rt->settings, "engine.static_dir");
    const char *driver = pp_settings_str(rt->settings, "state.driver");
    bool alone = how & PPC_ADMIN_ALONE;
    int rc = 0;

    *a = (ppc_admin)PPC_ADMIN_INIT;
    a->rt = rt;
    if (rt->valid && alone)
        return pp_fail(err, PP_E_RUNTIMEFINALIZED, 0,
                       "the runtime is open and uses the store: shut it down "
                       "first");
    if (rt->valid) {
        a->plugin = rt->state_plugin;
        a->state = rt->state;
        a->borrowed = true;
        return 0;
    }
    if (!ppc_driver_is_name(driver))
        return pp_fail(err, PP_E_INVAL, 0,
                       "state.driver \"%s\" is no name of a driver", driver);
    if (how & PPC_ADMIN_MAKE)
        rc = ppc_dir_make(dir, 0700, err);
    if (!rc && !access(dir, F_OK)) {
        a->gate = ppc_gate_enter(dir, alone, timeout, err);
        rc = a->gate < 0 ? a->gate : ppc_authority_check(rt, err);
    }
    if (rc >= 0)
        rc = check_place(rt, driver, how, err);
    if (rc < 0)
        return rc;
    return ppc_admin_driver(rt, driver, NULL, &a->plugin, &a->state, err);
}

static int64_t
size_of(int fd, int depth)
{
    PP_AUTO(closedir) DIR *dir = fdopendir(fd);
    struct dirent *e;
    struct stat st;
    int64_t sum = 0;
    int sub;

    if (!dir) {
        close(fd);
        return 0;
    }
    while ((e = readdir(dir))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        sum += st.st_blocks * INT64_C(512);
        if (!S_ISDIR(st.st_mode) || !depth)
            continue;
        sub = openat(dirfd(dir), e->d_name,
                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        sum += sub < 0 ? 0 : size_of(sub, depth - 1);
    }
    return sum;
}

int64_t
ppc_dir_size(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? 0 : size_of(fd, MAX_DEPTH);
}
