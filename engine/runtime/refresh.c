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

/* Folders of creates that died before their record.  What the store knows
 * at all, readable or not, is somebody's. */
static void
sweep_folders(pp_runtime *rt)
{
    PP_AUTO(closedir) DIR *dir = NULL;
    PP_AUTO(ppc_strv_free) char **known = NULL;
    struct dirent *e;
    pp_err err = {0};

    if (ppc_state_known_ids(rt->state, &known, &err) < 0) {
        ppc_log(PP_LOG_WARNING, "refresh: %s", err.msg);
        return;
    }
    dir = opendir(rt->ctr_dir);
    while (dir && (e = readdir(dir))) {
        PP_AUTO_FREE char *path = NULL;

        if (*e->d_name == '.' || strlen(e->d_name) != PP_ID_MAX - 1 ||
            ppc_strv_has(ppc_strv_c(known), e->d_name))
            continue;
        path = ppc_sprintf("%s/%s", rt->ctr_dir, e->d_name);
        if (path && ppc_dir_remove(path, &err) < 0)
            ppc_log(PP_LOG_WARNING, "refresh: %s", err.msg);
    }
}

int
ppc_runtime_refresh(pp_runtime *rt, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    size_t i;
    int rc;

    ppc_log(PP_LOG_DEBUG, "first start since the boot: refreshing");
    rc = ppc_state_refresh(rt->state, err);
    /* objects of all namespaces, whatever ours is */
    if (rc >= 0)
        rc = ppc_state_every_container(rt->state, &list, err);
    if (rc < 0)
        return rc;
    sweep_folders(rt);
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
