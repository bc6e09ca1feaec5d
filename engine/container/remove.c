/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/remove.c - remove, and the clean-up that conmon calls */
#include <string.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/container/container.h"
#include "engine/lock/lock.h"
#include "engine/network/network.h"

static int
check_dependents(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    PP_AUTO_STR ppc_str list = PPC_STR_INIT;
    size_t i;
    int rc = ppc_state_container_in_use(rt->state, c, &ids, err);

    if (rc < 0 || !ids || !*ids)
        return rc;
    for (i = 0; ids[i]; i++)
        ppc_str_printf(&list, "%s%.12s", i ? ", " : "", ids[i]);
    return pp_fail(err, PP_E_CTREXISTS, 0,
                   "container %s has dependents which must be removed "
                   "before it: %s",
                   c->config->name, ppc_str_get(&list));
}

static bool
is_live(const ppc_ctr *c)
{
    return c->state->state == PPC_CTR_RUNNING ||
           c->state->state == PPC_CTR_CREATED;
}

/* By force past a network or a firewall that fails, but never past a process
 * that may live. */
static int
tear_down(pp_runtime *rt, ppc_held *h, bool force, pp_err *err)
{
    PP_AUTO_FREE char *status = NULL;
    pp_err local = {0};
    int64_t pid = 0;
    int rc = ppc_held_teardown(rt, h, &local);

    if (rc < 0 && force &&
        ppc_oci_state(rt, h->ctr->config->id, &status, &pid, NULL) >= 0 &&
        !*status) {
        ppc_log(PP_LOG_WARNING, "container %s is removed all the same: %s",
                h->ctr->config->name, local.msg);
        return h->ctr->netns ? ppc_netns_remove(h->ctr->netns, err) : 0;
    }
    if (rc < 0 && err)
        *err = local;
    return rc;
}

int
pp_container_remove(pp_runtime *rt, const char *ref, uint32_t flags,
                    int64_t timeout, pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    int rc = ppc_held_lock(rt, ref, &h, err);

    if (rc < 0)
        return rc;
    if (flags & ~PP_REMOVE_FORCE)
        return pp_fail(err, PP_E_NOTSUP, 0, "unknown flags 0x%x", flags);
    rc = check_dependents(rt, h.ctr, err);
    if (rc < 0)
        return rc;
    if (h.ctr->state->state == PPC_CTR_PAUSED ||
        (is_live(h.ctr) && !(flags & PP_REMOVE_FORCE)))
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "cannot remove container %s as it is %s - running or "
                       "paused containers cannot be removed without force",
                       h.ctr->config->id,
                       ppc_ctr_state_name(h.ctr->state->state));
    if (is_live(h.ctr))
        rc = ppc_held_stop(rt, &h, timeout, err);
    if (rc >= 0)
        rc = tear_down(rt, &h, flags & PP_REMOVE_FORCE, err);
    if (rc < 0)
        return pp_wrap(err, rc, "removing container %s", h.ctr->config->name);
    return ppc_held_erase(rt, &h, err);
}

/* Whoever runs it in the foreground does the clean-up; wait for him to be
 * done, or dead. */
static void
wait_foreground(pp_runtime *rt, const char *ref)
{
    char id[PP_ID_MAX];
    PP_AUTO_FREE char *name = NULL;
    PP_AUTO_FD int lock = -1;

    if (pp_container_lookup(rt, ref, id, NULL) < 0)
        return;
    name = ppc_foreground_lock(id);
    if (!name)
        return;
    lock = ppc_lock_take(rt->lock_dir, name,
                         pp_settings_i64(rt->settings, "engine.lock_timeout"),
                         "the foreground", "engine.lock_timeout", NULL);
    if (lock >= 0)
        ppc_lock_forget(rt->lock_dir, name);
}

/* A container that was removed while it ran: conmon has written the exit
 * file after that. */
static int
sweep(pp_runtime *rt, const char *id, pp_err *err)
{
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    int rc;

    if (strspn(id, "0123456789abcdef") != PP_ID_MAX - 1 || id[PP_ID_MAX - 1])
        return 0;
    rc = ppc_bundle_init(rt, id, &b, err);
    if (rc >= 0)
        ppc_run_files_remove(&b);
    return rc;
}

int
pp_container_cleanup(pp_runtime *rt, const char *ref, pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    int rc = ppc_runtime_check(rt, err);

    if (rc < 0)
        return rc;
    wait_foreground(rt, ref);
    rc = ppc_held_take(rt, ref, &h, err);
    if (rc == -PP_E_NOSUCHCTR)
        return sweep(rt, ref, err); /* removed, or a create that failed */
    if (rc < 0)
        return rc;
    return ppc_held_end(rt, &h, err);
}
