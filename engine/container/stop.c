/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/stop.c - stop and kill */
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include "core/util/clock.h"
#include "core/util/process.h"
#include "engine/container/container.h"

#define KILL_WAIT (5 * PPC_SEC)
#define MAX_SIGNAL 64
#define EXIT_WAIT (3 * PPC_SEC)

/* Wait until the process has ended, at most ns: has it? */
static bool
wait_end(const ppc_ctr_state *s, int64_t ns)
{
    PP_AUTO_FD int fd = (int)syscall(SYS_pidfd_open, (pid_t)s->pid, 0);
    int64_t deadline = ppc_monotonic() + ns;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t left;

    while (ppc_process_is_alive(s->pid, s->pid_start)) {
        left = deadline - ppc_monotonic();
        if (left <= 0)
            return false;
        if (fd < 0)
            ppc_sleep(10 * PPC_MS);
        else
            poll(&p, 1, (int)(left / PPC_MS) + 1);
        /* a readable pidfd of a zombie that conmon has yet to reap */
        if (p.revents & POLLIN)
            return true;
    }
    return true;
}

static int
fail_alive(const char *name, pp_err *err)
{
    return pp_fail(err, PP_E_TIMEOUT, 0,
                   "container %s did not end within %lld s of SIGKILL", name,
                   (long long)(KILL_WAIT / PPC_SEC));
}

int
ppc_held_stop(pp_runtime *rt, ppc_held *h, int64_t timeout, pp_err *err)
{
    const ppc_ctr_config *c = h->ctr->config;
    ppc_ctr_state *s = h->ctr->state;
    int64_t deadline;
    bool gone = false;
    int rc = 0;

    if (timeout < 0)
        timeout = c->stop_timeout;
    if (timeout > INT32_MAX / 1000)
        timeout = INT32_MAX / 1000;
    if (timeout > 0) {
        rc = ppc_oci_kill(rt, c->id, (int)c->stop_signal, false, err);
        gone = wait_end(s, rc < 0 ? 0 : timeout * PPC_SEC);
    }
    if (!gone) {
        rc = ppc_oci_kill(rt, c->id, SIGKILL, true, err);
        gone = wait_end(s, rc < 0 ? 0 : KILL_WAIT);
    }
    if (!gone && rc < 0)
        return pp_wrap(err, rc, "stopping container %s", c->name);
    if (!gone)
        return fail_alive(c->name, err);
    deadline = ppc_monotonic() + KILL_WAIT;
    while (!ppc_ctr_sync(&h->bundle, h->ctr, EXIT_WAIT)) {
        if (ppc_monotonic() >= deadline)
            return fail_alive(c->name, err);
        ppc_sleep(2 * PPC_MS);
    }
    return 0;
}

int
pp_container_stop(pp_runtime *rt, const char *ref, int64_t timeout,
                  pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    int rc = ppc_held_take(rt, ref, &h, err);

    if (rc < 0)
        return rc;
    switch (h.ctr->state->state) {
    case PPC_CTR_RUNNING:
    case PPC_CTR_CREATED:
        rc = ppc_held_stop(rt, &h, timeout, err);
        break;
    case PPC_CTR_PAUSED:
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "container %s is paused: unpause it first",
                       h.ctr->config->name);
    default:
        break;
    }
    if (rc < 0)
        return rc;
    /* who runs it in the foreground wants to read how it ended */
    if (h.ctr->config->auto_remove &&
        ppc_foreground_is_held(rt, h.ctr->config->id))
        return 0;
    return ppc_held_end(rt, &h, err);
}

int
pp_container_kill(pp_runtime *rt, const char *ref, int signal_number,
                  pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    int rc = ppc_held_take(rt, ref, &h, err);

    if (rc < 0)
        return rc;
    if (signal_number < 1 || signal_number > MAX_SIGNAL)
        return pp_fail(err, PP_E_INVAL, 0, "%d is no signal", signal_number);
    if (h.ctr->state->state != PPC_CTR_RUNNING)
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "can only kill running containers: %s is %s",
                       h.ctr->config->name,
                       ppc_ctr_state_name(h.ctr->state->state));
    return ppc_oci_kill(rt, h.ctr->config->id, signal_number, false, err);
}
