/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/held.c - hold a container; see container.h */
#include <string.h>

#include "core/util/clock.h"
#include "core/util/log.h"
#include "core/util/process.h"
#include "core/util/str.h"
#include "engine/container/container.h"
#include "engine/lock/lock.h"

/* conmon writes the exit file some milliseconds after the process ends. */
#define EXIT_WAIT (3 * PPC_SEC)

void
ppc_held_release(ppc_held *h)
{
    int saved = errno;

    if (h->lock >= 0)
        close(h->lock);
    h->lock = -1;
    ppc_bundle_clear(&h->bundle);
    ppc_ctr_free(pp_steal(&h->ctr));
    errno = saved;
}

char *
ppc_foreground_lock(const char *id)
{
    return ppc_sprintf("%s.fg", id);
}

bool
ppc_ctr_has_process(const ppc_ctr_state *s)
{
    return s->state == PPC_CTR_RUNNING || s->state == PPC_CTR_CREATED ||
           s->state == PPC_CTR_PAUSED;
}

bool
ppc_ctr_sync(const ppc_bundle *b, ppc_ctr *c, int64_t wait)
{
    PP_AUTO_FREE char *oom = NULL;
    ppc_ctr_state *s = c->state;
    int code = -1;
    int64_t finished = 0;
    int rc;

    if (!ppc_ctr_has_process(s))
        return false;
    if (ppc_process_is_alive(s->pid, s->pid_start))
        return false;
    rc = ppc_exitfile_wait(b->exitfile, s->conmon_pid, s->conmon_start, wait,
                           &code, &finished);
    if (rc == -PP_E_TIMEOUT && !wait)
        return false;
    if (rc < 0) {
        if (wait)
            ppc_log(PP_LOG_WARNING,
                    "container %s: conmon left no exit code, it is unknown",
                    c->config->name);
        finished = ppc_now();
    }
    oom = ppc_sprintf("%s/oom", b->dir);
    s->state = PPC_CTR_STOPPED;
    s->exit_code = code;
    s->exited = true;
    s->finished = finished;
    s->oom_killed = oom && !access(oom, F_OK);
    s->pid = 0;
    s->pid_start = 0;
    return true;
}

bool
ppc_ctr_look(pp_runtime *rt, const ppc_bundle *b, ppc_ctr *c)
{
    if (!ppc_ctr_sync(b, c, 0))
        return false;
    if (c->state->exit_code < 0 &&
        ppc_state_update_container(rt->state, c, NULL) >= 0)
        ppc_ctr_sync(b, c, 0);
    return true;
}

bool
ppc_foreground_is_held(pp_runtime *rt, const char *id)
{
    PP_AUTO_FREE char *name = ppc_foreground_lock(id);
    PP_AUTO_FD int lock = -1;

    if (!name)
        return false;
    lock = ppc_lock_take(rt->lock_dir, name, 0, "the foreground",
                         "engine.lock_timeout", NULL);
    if (lock >= 0)
        ppc_lock_forget(rt->lock_dir, name);
    return lock == -PP_E_BUSY;
}

/* An intent in a record whose lock we got: its process died half-way. */
static int
undo_half_done(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    const char *intent = h->ctr->intent;
    ppc_ctr_state *s = h->ctr->state;
    int rc;

    ppc_log(PP_LOG_WARNING,
            "container %s: a %s did not finish: undoing what it left",
            h->ctr->config->name, intent);
    /* it may have come as far as a process that nobody recorded */
    if (s->state == PPC_CTR_RUNNING || s->state == PPC_CTR_CREATED)
        s->state = PPC_CTR_STOPPED;
    if (!s->conmon_pid)
        s->conmon_pid = ppc_conmon_pid(&h->bundle,
                                       h->ctr->config->conmon_pid_file);
    if (!s->conmon_pid)
        s->conmon_pid = ppc_conmon_find(h->ctr->config->id);
    if (strcmp(intent, PPC_INTENT_CREATE))
        return ppc_held_teardown(rt, h, err);
    rc = ppc_held_discard(rt, h, err);
    if (rc < 0)
        return rc;
    return pp_fail(err, PP_E_NOSUCHCTR, 0,
                   "container %.12s was never finished and is gone now",
                   h->ctr->config->id);
}

int
ppc_held_lock(pp_runtime *rt, const char *ref, ppc_held *h, pp_err *err)
{
    char what[300];
    int rc;

    rc = ppc_runtime_check(rt, err);
    if (rc >= 0)
        rc = ppc_state_lookup_container(rt->state, ref, &h->ctr, err);
    if (rc >= 0)
        rc = ppc_bundle_init(rt, h->ctr->config->id, &h->bundle, err);
    if (rc < 0)
        return rc;
    snprintf(what, sizeof what, "container %s", h->ctr->config->name);
    h->lock = ppc_lock_take(
        rt->lock_dir, h->ctr->config->id,
        pp_settings_i64(rt->settings, "engine.lock_timeout"), what,
        "engine.lock_timeout", err);
    if (h->lock < 0)
        return h->lock;
    rc = ppc_state_update_container(rt->state, h->ctr, err);
    if (rc < 0) {
        /* taking the lock made its file again */
        if (rc == -PP_E_NOSUCHCTR)
            ppc_lock_forget(rt->lock_dir, h->ctr->config->id);
        return rc;
    }
    if (!h->ctr->intent)
        ppc_ctr_sync(&h->bundle, h->ctr, EXIT_WAIT);
    return 0;
}

int
ppc_held_take(pp_runtime *rt, const char *ref, ppc_held *h, pp_err *err)
{
    int rc = ppc_held_lock(rt, ref, h, err);

    if (rc < 0 || !h->ctr->intent)
        return rc;
    return undo_half_done(rt, h, err);
}

int
pp_container_lookup(pp_runtime *rt, const char *ref, char id[PP_ID_MAX],
                    pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = ppc_state_lookup_container(rt->state, ref, &c, err);
    if (rc >= 0)
        snprintf(id, PP_ID_MAX, "%s", c->config->id);
    return rc;
}
