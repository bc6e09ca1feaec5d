/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/refresh.c - what a boot took away
 *
 * Processes, namespaces, mounts and rules are gone; the store still speaks
 * of them.  Under the alive lock, once per boot: records first, then what is
 * left in folders, then the containers that were to vanish with their end.
 * One bad container never keeps the others from starting.
 */
#include <dirent.h>
#include <string.h>

#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/container/container.h"
#include "engine/network/network.h"
#include "engine/runtime/runtime.h"
#include "engine/state/audit.h"

static void
refresh_container(pp_runtime *rt, ppc_ctr *c)
{
    static const char *const stale[] = {"attach", "ctl", "winsz", "oom"};
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    pp_err err = {0};
    size_t i;

    if (ppc_bundle_init(rt, c->config->id, &b, &err) < 0 ||
        ppc_dir_make(b.run, 0700, &err) < 0) {
        ppc_log(PP_LOG_ERROR, "refresh of container %s: %s", c->config->name,
                err.msg);
        return;
    }
    for (i = 0; i < sizeof stale / sizeof stale[0]; i++) {
        PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", b.dir, stale[i]);

        if (path)
            unlink(path);
    }
    unlink(b.exitfile);
}

/* --rm containers that were alive, and creates that were never finished. */
static void
remove_leftover(pp_runtime *rt, ppc_ctr *c)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    pp_err err = {0};

    h.ctr = c;
    if (ppc_bundle_init(rt, c->config->id, &h.bundle, &err) < 0 ||
        ppc_held_erase(rt, &h, &err) < 0)
        ppc_log(PP_LOG_ERROR, "refresh of container %s: %s", c->config->name,
                err.msg);
    h.ctr = NULL; /* the list's */
}

/* Remove the folders, or locks, that are named by an ID nobody has. */
static void
sweep_ids(const char *where, char **known)
{
    PP_AUTO(closedir) DIR *dir = opendir(where);
    struct dirent *e;
    pp_err err = {0};

    while (dir && (e = readdir(dir))) {
        PP_AUTO_FREE char *path = NULL;

        if (*e->d_name == '.' || strlen(e->d_name) != PP_ID_MAX - 1 ||
            ppc_strv_has(ppc_strv_c(known), e->d_name))
            continue;
        path = ppc_sprintf("%s/%s", where, e->d_name);
        if (path && unlink(path) && ppc_dir_remove(path, &err) < 0)
            ppc_log(PP_LOG_WARNING, "refresh: %s", err.msg);
    }
}

/* What creates left that died before their record, in the run folder, too,
 * when it outlived the boot.  What the store knows at all, readable or not,
 * is somebody's. */
static void
sweep_folders(pp_runtime *rt)
{
    PP_AUTO(ppc_strv_free) char **known = NULL;
    pp_err err = {0};

    if (ppc_state_known_ids(rt->state, &known, &err) < 0) {
        ppc_log(PP_LOG_WARNING, "refresh: %s", err.msg);
        return;
    }
    sweep_ids(rt->ctr_dir, known);
    sweep_ids(rt->ctr_run, known);
    sweep_ids(rt->lock_dir, known);
}

/* Leases and the like, when the folder of the last boot is still there: who
 * had them has no network any more, and could not get them again. */
static void
sweep_network(pp_runtime *rt)
{
    ppc_plugin_dirs dirs = {0};
    pp_err err = {0};
    char name[48];

    snprintf(name, sizeof name, "net-%s",
             pp_settings_str(rt->settings, "network.driver"));
    /* it opens again, with a new folder, when it is needed */
    ppc_instance_close(pp_steal(&rt->network));
    if (ppc_runtime_plugin_dirs(rt, name, &dirs, &err) < 0 ||
        ppc_dir_remove(dirs.run, &err) < 0)
        ppc_log(PP_LOG_WARNING, "refresh: %s", err.msg);
    ppc_runtime_plugin_dirs_free(&dirs);
}

int
ppc_runtime_refresh(pp_runtime *rt, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    size_t i;
    int rc;

    ppc_log(PP_LOG_DEBUG, "first start since the boot: refreshing");
    /* objects of all namespaces, whatever ours is */
    rc = ppc_state_every_container(rt->state, &list, err);
    if (rc >= 0) {
        ppc_network_refresh(rt, list);
        ppc_ctrs_free(pp_steal(&list));
        rc = ppc_state_refresh(rt->state, err);
    }
    if (rc >= 0)
        rc = ppc_state_every_container(rt->state, &list, err);
    if (rc < 0)
        return rc;
    sweep_folders(rt);
    sweep_network(rt);
    for (i = 0; list[i]; i++) {
        if ((list[i]->config->auto_remove &&
             list[i]->state->state == PPC_CTR_EXITED) ||
            ppc_str_eq(list[i]->intent, PPC_INTENT_CREATE))
            remove_leftover(rt, list[i]);
        else
            refresh_container(rt, list[i]);
    }
    return 0;
}
