/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/wait.c - wait for a state without holding anything */
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "engine/container/container.h"
#include "engine/container/show.h"

#define DEFAULT_INTERVAL (250 * PPC_MS)
#define MAX_INTERVAL (60 * PPC_SEC)
#define SOON (5 * PPC_MS)

static const char *const conditions[] = {"configured", "created", "running",
                                         "stopped",    "paused",  "exited",
                                         "removing",   NULL};

static int
check_condition(const char *condition, pp_err *err)
{
    const char *const *c;

    for (c = conditions; *c; c++)
        if (!strcmp(*c, condition))
            return 0;
    return pp_fail(err, PP_E_INVAL, 0, "\"%s\" is no state of a container",
                   condition);
}

static bool
is_met(const ppc_ctr_state *s, const char *condition)
{
    const bool ended = s->state == PPC_CTR_STOPPED ||
                       s->state == PPC_CTR_EXITED;

    if (!strcmp(condition, "stopped") || !strcmp(condition, "exited"))
        return ended;
    return !strcmp(condition, ppc_ctr_state_name(s->state)) ||
           !strcmp(condition, ppc_show_state(s->state));
}

/* Sleep, but wake when the process ends. */
static void
nap(const ppc_ctr_state *s, int64_t interval)
{
    PP_AUTO_FD int fd = -1;
    struct pollfd p = {.fd = -1, .events = POLLIN};

    if (s->pid > 0)
        fd = (int)syscall(SYS_pidfd_open, (pid_t)s->pid, 0);
    p.fd = fd;
    if (s->pid > 0 && fd < 0)
        interval = SOON; /* it has ended: conmon is about to say how */
    poll(&p, 1, (int)(interval / PPC_MS));
    if (p.revents)
        ppc_sleep(SOON);
}

int
pp_container_wait(pp_runtime *rt, const char *ref, const char *condition,
                  int64_t interval, int *exit_code, pp_err *err)
{
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    int rc = ppc_runtime_check(rt, err);

    if (ppc_str_is_empty(condition))
        condition = "stopped";
    if (rc >= 0)
        rc = check_condition(condition, err);
    if (rc >= 0)
        rc = ppc_state_lookup_container(rt->state, ref, &c, err);
    if (rc >= 0)
        rc = ppc_bundle_init(rt, c->config->id, &b, err);
    if (rc < 0)
        return rc;
    if (interval <= 0)
        interval = DEFAULT_INTERVAL;
    if (interval < PPC_MS)
        interval = PPC_MS;
    if (interval > MAX_INTERVAL)
        interval = MAX_INTERVAL;
    for (;;) {
        ppc_ctr_look(rt, &b, c);
        if (is_met(c->state, condition))
            break;
        nap(c->state, interval);
        /* the process that we know first: its container may be removed */
        if (ppc_ctr_look(rt, &b, c) && is_met(c->state, condition))
            break;
        rc = ppc_state_update_container(rt->state, c, err);
        if (rc < 0)
            return rc;
    }
    if (exit_code)
        *exit_code = c->state->exit_code;
    return 0;
}
