/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/authority.c - which driver's store counts; see authority.h
 *
 * The marker (engine/state/marker.h) is the answer.  A folder without one is
 * new, or older than the marker: then the stores themselves are asked.
 */
#include "engine/runtime/authority.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/config/settings.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/state/audit.h"
#include "engine/state/gate.h"
#include "engine/state/marker.h"

static const char *
static_dir(const pp_runtime *rt)
{
    return pp_settings_str(rt->settings, "engine.static_dir");
}

static const char *
configured(const pp_runtime *rt)
{
    return pp_settings_str(rt->settings, "state.driver");
}

char *
ppc_store_folder(const pp_runtime *rt, const char *driver)
{
    return ppc_sprintf("%s/state-%s", static_dir(rt), driver);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int
ppc_store_drivers(const pp_runtime *rt, char ***out, pp_err *err)
{
    PP_AUTO(closedir) DIR *dir = opendir(static_dir(rt));
    PP_AUTO(ppc_strv_free) char **list = NULL;
    struct dirent *e;
    struct stat st;

    while (dir && (e = readdir(dir))) {
        if (strncmp(e->d_name, "state-", 6) ||
            !ppc_driver_is_name(e->d_name + 6) ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
            !S_ISDIR(st.st_mode))
            continue;
        if (ppc_strv_add(&list, e->d_name + 6))
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for a list");
    }
    if (list)
        qsort(list, ppc_strv_len(ppc_strv_c(list)), sizeof *list, by_text);
    *out = pp_steal(&list);
    return 0;
}

int
ppc_store_count(pp_runtime *rt, const char *driver, int64_t *n, pp_err *err)
{
    int64_t timeout = pp_settings_i64(rt->settings, "state.timeout");
    PP_AUTO_FREE char *folder = ppc_store_folder(rt, driver);
    PP_AUTO(ppc_instance_close) ppc_instance *plugin = NULL;
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    ppc_report report = {NULL};
    int rc;

    if (!folder)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a path");
    *n = 0;
    if (access(folder, F_OK))
        return 0;
    rc = ppc_runtime_plugin(rt, PP_KIND_STATE, driver, &plugin, err);
    if (rc < 0)
        return rc;
    st = ppc_state_new(ppc_instance_ops(plugin), ppc_instance_self(plugin),
                       (uint32_t)(timeout / 1000000));
    rc = st ? ppc_state_survey(st, &report, err)
            : pp_fail(err, PP_E_NOMEM, 0, "no memory for the state");
    if (!rc)
        *n = (int64_t)(report.containers + report.pods);
    ppc_report_clear(&report);
    return rc;
}

static int
elsewhere(pp_runtime *rt, const char *other, int64_t n, pp_err *err)
{
    PP_AUTO_FREE char *folder = ppc_store_folder(rt, other);
    const char *driver = configured(rt);
    bool lasts = strcmp(driver, "memory") != 0;

    return pp_fail(err, PP_E_DBBADCONFIG, 0,
                   "state.driver is %s (%s), but %lld containers and pods are "
                   "in the store of %s at \"%s\": %s%s%sset driver = %s in "
                   "[state]",
                   driver, pp_settings_origin(rt->settings, "state.driver"),
                   (long long)n, other, folder ? folder : "",
                   lasts ? "run polypod state migrate --to " : "",
                   lasts ? driver : "", lasts ? ", or " : "", other);
}

/* Fail if another driver's store has objects, or cannot be asked. */
static int
check_other(pp_runtime *rt, const char *other, int64_t *n, pp_err *err)
{
    PP_AUTO_FREE char *folder = ppc_store_folder(rt, other);
    int rc = ppc_store_count(rt, other, n, err);

    if (rc >= 0)
        return 0;
    return pp_wrap(err, rc,
                   "state.driver is %s (%s), but there is a store of %s at "
                   "\"%s\", which cannot be read now: set driver = %s in "
                   "[state], or move that folder away",
                   configured(rt),
                   pp_settings_origin(rt->settings, "state.driver"), other,
                   folder ? folder : "", other);
}

/* No marker: our store counts if it has something, or if no other has. */
static int
check_unmarked(pp_runtime *rt, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **drivers = NULL;
    int64_t n = 0, own = 0;
    size_t i;
    int rc = ppc_store_drivers(rt, &drivers, err);

    for (i = 0; !rc && drivers && drivers[i]; i++) {
        if (!strcmp(drivers[i], configured(rt)))
            continue;
        rc = check_other(rt, drivers[i], &n, err);
        if (rc < 0 || !n)
            continue;
        rc = ppc_store_count(rt, configured(rt), &own, err);
        if (rc < 0)
            return rc;
        if (!own)
            return elsewhere(rt, drivers[i], n, err);
        ppc_log(PP_LOG_WARNING,
                "the store of state driver %s in \"%s\" has %lld containers "
                "and pods, which are not seen: in use is that of %s",
                drivers[i], static_dir(rt), (long long)n, configured(rt));
    }
    return rc;
}

int
ppc_authority_check(pp_runtime *rt, pp_err *err)
{
    char driver[PPC_DRIVER_MAX + 1] = "";
    int64_t n = 0;
    int rc = ppc_marker_read(static_dir(rt), driver, err);

    if (rc < 0)
        return rc;
    if (!driver[0])
        return check_unmarked(rt, err);
    if (!strcmp(driver, configured(rt)))
        return 1;
    rc = check_other(rt, driver, &n, err);
    if (rc < 0)
        return rc;
    return n ? elsewhere(rt, driver, n, err) : 0;
}

/* The marked store has nothing: ours takes over, while nobody uses either. */
static int
take_over(pp_runtime *rt, pp_err *err)
{
    int64_t timeout = pp_settings_i64(rt->settings, "state.timeout");
    PP_AUTO_FD int alone = -1;
    int rc;

    close(pp_steal_fd(&rt->gate));
    alone = ppc_gate_enter(static_dir(rt), true, timeout, err);
    if (alone < 0)
        return alone;
    rc = ppc_authority_check(rt, err); /* as things are now */
    if (!rc)
        rc = ppc_marker_replace(static_dir(rt), configured(rt), err);
    if (rc < 0)
        return rc;
    close(pp_steal_fd(&alone));
    rt->gate = ppc_gate_enter(static_dir(rt), false, timeout, err);
    if (rt->gate < 0)
        return rt->gate;
    rc = ppc_authority_check(rt, err);
    return rc == 0 ? pp_fail(err, PP_E_BUSY, 0,
                             "another process changed the driver of the state "
                             "store: try again")
                   : rc;
}

int
ppc_authority_claim(pp_runtime *rt, pp_err *err)
{
    const pp_state_ops *ops = ppc_instance_ops(rt->state_plugin);
    pp_state_info info = {.struct_size = sizeof info};
    int rc = ops->info(ppc_instance_self(rt->state_plugin), &info, err);

    if (rc < 0 || !(info.caps & PP_STATE_DURABLE))
        return rc < 0 ? rc : 0;
    rc = ppc_marker_make(static_dir(rt), configured(rt), err);
    if (rc == -PP_E_IO && (rt->flags & PP_OPEN_READONLY))
        return 0;
    if (rc != -PP_E_EXISTS)
        return rc;
    rc = ppc_authority_check(rt, err); /* somebody was faster */
    if (!rc)
        rc = take_over(rt, err);
    return rc < 0 ? rc : 0;
}
