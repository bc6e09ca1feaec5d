/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/detach.c - undo one attachment
 *
 * With the cookie, exactly what was made; without it, or with one of net-cni,
 * whatever bears the container's ID.  Everything is tried, whatever fails,
 * and the interface goes before its addresses are free.
 */
#include "bridge.h"

#include <string.h>

/* The first failure is the one to tell. */
static void
keep_first(const br *self, int rc, const cni_why *why, int *first,
           cni_why *first_why)
{
    if (rc >= 0)
        return;
    if (*first < 0) {
        cni_why_log(&self->conf, why, PP_LOG_WARNING);
        return;
    }
    *first = rc;
    *first_why = *why;
}

static int
remove_links(const pp_net_request *req, const char *ifname, int64_t deadline,
             cni_why *why)
{
    NL_AUTO br_nl nl = {.sock = NULL};
    cni_why gone = {.err = NULL};
    int rc = br_nl_open(&nl, deadline, why);

    if (rc == 0)
        rc = br_host_remove(&nl, req->id, ifname, why);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    /* Not ours: nothing at all, or the work of net-cni. */
    FD_AUTO int netns = br_ns_open(req, &gone);

    if (netns < 0)
        return 0;
    rc = br_peer_remove(netns, ifname, deadline, why);
    return rc < 0 ? rc : 0;
}

/*
 * The folder of leases as configured today; *folder is NULL when the network
 * is not known any more.
 */
static int
find_folder(const br *self, const char *net, char **folder, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    const cni_list *list = NULL;
    int rc = cni_lists_load(&self->conf, &all, why);

    if (rc == 0)
        rc = cni_lists_find(&self->conf, &all, net, &list, why);
    if (rc == -PP_E_NOTFOUND) {
        cni_why_log(&self->conf, why, PP_LOG_WARNING);
        return 0;
    }
    return rc < 0 ? rc : br_def_folder(list, folder, why);
}

static int
sweep_leases(const br *self, const pp_net_request *req, int64_t deadline,
             cni_why *why)
{
    FREE_AUTO char *folder = NULL;
    int rc = find_folder(self, req->net, &folder, why);

    if (rc < 0 || !folder)
        return rc;
    return br_pool_sweep(folder, req->id, req->ifname, deadline, why);
}

int
br_detach(const br *self, const pp_net_request *req, pp_slice bytes,
          cni_why *why)
{
    JSON_AUTO json_object *root = NULL;
    br_att att = {.id = NULL};
    cni_why bad = {.err = NULL};
    int64_t deadline = br_deadline(self, req);
    int first = br_request_check(req, false, why);

    if (first < 0)
        return first;
    int known = br_cookie_read(req->id, bytes, &root, &att, &bad);

    if (known < 0)
        cni_why_log(&self->conf, &bad, PP_LOG_INFO);
    if (known <= 0)
        first = br_request_check(req, true, why);
    if (first < 0)
        return first;
    LOCK_AUTO int lock = br_lock(self, false, deadline, why);

    if (lock < 0)
        return lock;
    int rc =
        remove_links(req, known > 0 ? att.ifname : req->ifname, deadline, &bad);

    if (rc == 0)
        rc = cni_fault("bridge.unlinked", &bad);
    keep_first(self, rc, &bad, &first, why);
    rc = known > 0 ? br_pool_release(&att, deadline, &bad)
                   : sweep_leases(self, req, deadline, &bad);
    if (rc == 0)
        rc = cni_fault("bridge.released", &bad);
    keep_first(self, rc, &bad, &first, why);
    if (first == 0)
        br_made_forget(self, req->id, known > 0 ? att.ifname : req->ifname);
    return first;
}
