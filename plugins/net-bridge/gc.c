/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/gc.c - operations on a network, not an attachment */
#include "bridge.h"

#include <string.h>

/* A collection on its way. */
typedef struct job {
    const br *self;
    const char *net;
    const pp_net_attachment *const *alive;
    uint32_t n;
    int64_t deadline;
    br_nl *nl;
    cni_why *why;
} job;

static bool
is_alive(const job *j, const br_made *made)
{
    for (uint32_t i = 0; i < j->n; i++)
        if (!strcmp(j->alive[i]->id, made->id) &&
            !strcmp(j->alive[i]->ifname, made->ifname))
            return true;
    return false;
}

/* The interface goes before its addresses are free, and the note last. */
static int
collect(const br_made *made, void *arg)
{
    const job *j = arg;

    if (strcmp(made->net, j->net) != 0 || is_alive(j, made))
        return 0;
    note(&j->self->conf, PP_LOG_INFO,
         "network %s: collecting what container %s had as %s", made->net,
         made->id, made->ifname);
    int rc = br_host_remove(j->nl, made->id, made->ifname, j->why);

    if (rc >= 0)
        rc = br_pool_sweep(made->folder, made->id, made->ifname, j->deadline,
                           j->why);
    if (rc < 0)
        return rc;
    br_made_forget(j->self, made->id, made->ifname);
    return 0;
}

/* An owner that is an ID alone lives if any of its interfaces does. */
static bool
is_owner_alive(const char *owner, void *arg)
{
    const job *j = arg;

    for (uint32_t i = 0; i < j->n; i++)
        if (br_owner_is(owner, j->alive[i]->id, j->alive[i]->ifname))
            return true;
    return false;
}

/* Leases in the volatile folder are all of this store, whichever driver took
 * them: the built-in network's. */
static int
sweep_own(const br *self, const cni_list *list, job *j)
{
    FREE_AUTO char *folder = NULL;
    STORE_AUTO br_store store = {-1, -1, NULL};
    size_t n = strlen(self->shared_dir);
    int rc = br_def_folder(list, &folder, j->why);

    if (rc < 0 || !folder || strncmp(folder, self->shared_dir, n) != 0 ||
        folder[n] != '/')
        return rc;
    rc = br_store_open(folder, false, j->deadline, &store, j->why);
    if (rc < 0 || store.dir < 0)
        return rc;
    return br_store_sweep(&store, is_owner_alive, j, j->why);
}

/*
 * What this store has made and nobody has, and leases from before the boot,
 * which are nobody's.  Other stores may be on the network.
 */
int
br_gc(const br *self, const char *net, const pp_net_attachment *const *alive,
      uint32_t n, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    NL_AUTO br_nl nl = {.sock = NULL};
    const cni_list *list = NULL;
    job j = {.self = self,
             .alive = alive,
             .n = n,
             .deadline = cni_now_ms() + self->conf.timeout_ms,
             .nl = &nl,
             .why = why};
    int rc = cni_lists_load(&self->conf, &all, why);

    if (rc == 0)
        rc = cni_lists_find(&self->conf, &all, net, &list, why);
    if (rc < 0)
        return rc;
    LOCK_AUTO int lock = br_lock(self, true, j.deadline, why);

    if (lock < 0)
        return lock;
    j.net = list->name;
    rc = br_nl_open(&nl, j.deadline, why);
    if (rc == 0)
        rc = br_made_each(self, collect, &j, why);
    if (rc == 0)
        rc = sweep_own(self, list, &j);
    return rc < 0 ? rc : cni_leases_gc(&self->conf, list, alive, n, why);
}

/* Whatever is wrong with it makes it unavailable; the text says what. */
static int
look(const br_def *def, int64_t deadline, cni_why *why)
{
    NL_AUTO br_nl nl = {.sock = NULL};
    br_link link;
    int rc = br_nl_open(&nl, deadline, why);

    if (rc == 0)
        rc = br_link_find(&nl, def->bridge, &link, why);
    if (rc > 0 && strcmp(link.kind, "bridge") != 0)
        return cni_say(why, PP_E_UNAVAIL, 0,
                       "network %s: interface %s is there, but no bridge",
                       def->name, def->bridge);
    return rc < 0 ? rc : 0;
}

/* returns  0 | -PP_E_UNAVAIL with the reason | -PP_E_NOTFOUND */
int
br_status(const br *self, const char *net, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    DEF_AUTO br_def def = {.folder = NULL};
    const cni_list *list = NULL;
    int rc = cni_lists_load(&self->conf, &all, why);

    if (rc == 0)
        rc = cni_lists_find(&self->conf, &all, net, &list, why);
    if (rc < 0)
        return rc;
    rc = br_def_make(list, &def, why);
    if (rc == 0)
        rc = look(&def, cni_now_ms() + self->conf.timeout_ms, why);
    return rc < 0 && rc != -PP_E_NOMEM ? -PP_E_UNAVAIL : rc;
}
