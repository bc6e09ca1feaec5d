/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/gc.c - attachments that nobody has any more
 *
 * Teardown gives everything back; what is left over is what a boot or a lost
 * record took the owner of.  Another store, and another engine, may be on the
 * same network: only networks that "network create" made are collected, and
 * only by a plugin that spares what has been made since the boot.
 */
#include <string.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/lock/lock.h"
#include "engine/network/definition.h"

#define LOCK "attach"

/* The attachments of one network that are alive. */
typedef struct alive {
    pp_net_attachment *v;
    const pp_net_attachment **list;
    uint32_t n;
} alive;

int
ppc_network_lock(pp_runtime *rt, pp_err *err)
{
    return ppc_lock_share(rt->lock_dir, LOCK,
                          pp_settings_i64(rt->settings, "engine.lock_timeout"),
                          "network attachments", "engine.lock_timeout", err);
}

static size_t
count(ppc_ctr **ctrs)
{
    size_t n = 0;

    for (; *ctrs; ctrs++)
        n += pp_json_len((*ctrs)->state->network_status) + 1;
    return n;
}

static void
add(alive *a, const char *id, const char *ifname)
{
    a->v[a->n] = (pp_net_attachment){
        .struct_size = sizeof *a->v, .id = id, .ifname = ifname};
    a->list[a->n] = &a->v[a->n];
    a->n++;
}

/* Is it on its way to the network without having said under which name? */
static bool
is_starting(const ppc_ctr *c)
{
    return c->netns && !c->state->network_status;
}

/* Borrows from the containers. */
static int
list_alive(ppc_ctr **ctrs, const char *net, alive *out)
{
    size_t max = count(ctrs);
    size_t i;

    out->v = calloc(max + 1, sizeof *out->v);
    out->list = calloc(max + 1, sizeof *out->list);
    if (!out->v || !out->list)
        return -1;
    for (; *ctrs; ctrs++) {
        const pp_json *status = (*ctrs)->state->network_status;

        for (i = 0; i < pp_json_len(status); i++) {
            const pp_json *att = pp_json_at(status, i);

            if (!strcmp(pp_json_get_str(att, "network"), net))
                add(out, (*ctrs)->config->id, pp_json_get_str(att, "ifname"));
        }
    }
    return 0;
}

static int
collect(pp_runtime *rt, ppc_ctr **ctrs, const char *net, pp_err *err)
{
    const pp_net_ops *ops = ppc_instance_ops(rt->network);
    alive a = {0};
    int rc = list_alive(ctrs, net, &a);

    if (rc < 0)
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for attachments");
    else
        rc = ops->gc(ppc_instance_self(rt->network), net, a.list, a.n, err);
    free(a.v);
    free(a.list);
    return rc;
}

static int
can_collect(pp_runtime *rt, bool *can, pp_err *err)
{
    const pp_net_ops *ops;
    uint64_t caps = 0;
    int rc = ppc_network_open(rt, err);

    if (rc < 0)
        return rc;
    ops = ppc_instance_ops(rt->network);
    rc = ops->caps(ppc_instance_self(rt->network), &caps, err);
    *can = (caps & PP_NET_CAP_GC) && (caps & PP_NET_CAP_GC_SPARES);
    return rc;
}

/* With the lock, so that no attachment is made that the records do not
 * know.  A start that died in the middle has made some: its container is to
 * be torn down first, and until then nothing is collected. */
static int
collect_all(pp_runtime *rt, const ppc_nets *nets, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **ctrs = NULL;
    pp_err local;
    size_t i;
    int rc = ppc_state_every_container(rt->state, &ctrs, err);

    for (i = 0; rc >= 0 && ctrs[i]; i++)
        if (is_starting(ctrs[i]))
            return 0;
    for (i = 0; rc >= 0 && i < nets->n; i++) {
        /* a list of somebody else's: so may be what is on it */
        if (!pp_json_path(nets->v[i].def, "args.polypod"))
            continue;
        local = (pp_err){0};
        if (collect(rt, ctrs, nets->v[i].name, &local) < 0)
            ppc_log(PP_LOG_WARNING, "%s", local.msg);
    }
    return rc;
}

int
ppc_network_gc(pp_runtime *rt, pp_err *err)
{
    PP_AUTO_NETS ppc_nets nets = {NULL, 0};
    PP_AUTO_FD int lock = -1;
    bool can = false;
    int rc = can_collect(rt, &can, err);

    if (rc < 0 || !can)
        return rc;
    rc = ppc_nets_load(rt, &nets, err);
    if (rc < 0)
        return rc;
    lock = ppc_lock_take(rt->lock_dir, LOCK,
                         pp_settings_i64(rt->settings, "engine.lock_timeout"),
                         "network attachments", "engine.lock_timeout", err);
    return lock < 0 ? lock : collect_all(rt, &nets, err);
}

void
ppc_network_refresh(pp_runtime *rt, ppc_ctr **list)
{
    bool any = false;
    pp_err err;
    int rc;

    for (; *list; list++) {
        if (!(*list)->netns && !(*list)->state->network_status)
            continue;
        any = true;
        err = (pp_err){0};
        rc = ppc_network_detach(rt, *list, &err);
        if (rc < 0)
            ppc_log(PP_LOG_WARNING, "refresh of container %s: %s",
                    (*list)->config->name, err.msg);
        /* one that hangs would hang for each of them */
        if (rc == -PP_E_TIMEOUT)
            break;
    }
    err = (pp_err){0};
    if (any && ppc_network_gc(rt, &err) < 0)
        ppc_log(PP_LOG_WARNING, "refresh: %s", err.msg);
}
