/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/attach.c - make one attachment
 *
 * In this order: addresses are leased, the bridge is there, the pair is made
 * with its far end in the container, the far end gets addresses and routes.
 * A process that dies in between leaves a lease with the container's ID, or
 * a pair with its name; set-up and teardown both find these.
 */
#include "bridge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define UNDO_MS 10000

int
br_request_check(const pp_net_request *req, bool names_iface, cni_why *why)
{
    if (req->flags)
        return cni_say(why, PP_E_NOTSUP, 0, "unknown request flags 0x%x",
                       (unsigned)req->flags);
    if (!cni_id_valid(req->id))
        return cni_say(why, PP_E_INVAL, 0,
                       "container ID \"%.64s\" must be letters, digits and "
                       "\"_.-\"",
                       req->id ? req->id : "");
    if (names_iface && !cni_ifname_valid(req->ifname))
        return cni_say(why, PP_E_INVAL, 0,
                       "\"%.64s\" is not a valid interface name",
                       req->ifname ? req->ifname : "");
    return 0;
}

int64_t
br_deadline(const br *self, const pp_net_request *req)
{
    return cni_now_ms() +
           (req->timeout_ms ? req->timeout_ms : self->conf.timeout_ms);
}

/* For LOCK_AUTO.  The folder is that of net-cni, which may not be in use. */
int
br_lock(const br *self, bool exclusive, int64_t deadline, cni_why *why)
{
    if (mkdir(self->shared_dir, 0700) < 0 && errno != EEXIST)
        return cni_say(why, PP_E_IO, errno, "cannot make \"%s\"",
                       self->shared_dir);
    return cni_lock_take(&self->conf, exclusive, deadline, why);
}

/* One operation on its way. */
typedef struct job {
    const br *self;
    const pp_net_request *req;
    const br_def *def;
    int netns;
    int64_t deadline;
    br_att att;
    br_link bridge;
    uint8_t host_mac[6];
    char alias[BR_MAX_ALIAS];
} job;

/* What a request can be wrong about, before anything is leased. */
static int
read_mac(job *j, cni_why *why)
{
    const char *wanted = j->req->mac;

    if (br_mac_make(j->host_mac) < 0)
        return cni_say(why, PP_E_IO, errno, "cannot make a MAC address");
    if (wanted && *wanted && !br_mac_parse(wanted, j->att.mac))
        return cni_say(why, PP_E_INVAL, 0,
                       "wanted address \"%.64s\" is not the MAC address of "
                       "an interface",
                       wanted);
    return 0;
}

static int
make_pair(job *j, br_nl *nl, cni_why *why)
{
    struct br_veth veth = {
        .name = j->att.veth,
        .peer = j->att.ifname,
        .alias = j->alias,
        .mac = j->att.mac,
        .host_mac = j->host_mac,
        .netns = j->netns,
        .bridge = j->bridge.index,
        .def = j->def,
    };
    /* Left by a process that died. */
    int rc = br_host_remove(nl, j->att.id, j->att.ifname, why);

    if (rc < 0)
        return rc;
    FREE_AUTO br_batch *batch = br_batch_new(why);

    if (!batch)
        return -PP_E_NOMEM;
    br_link_veth(batch, &veth);
    rc = br_batch_run(batch, nl, why);
    if (rc == -PP_E_EXISTS)
        return cni_say(why, PP_E_EXISTS, 0,
                       "network %s: container %s has an interface %s already",
                       j->def->name, j->att.id, j->att.ifname);
    return rc;
}

static int
connect_it(job *j, const pp_net_result *out, cni_why *why)
{
    NL_AUTO br_nl nl = {.sock = NULL};
    int rc = br_nl_open(&nl, j->deadline, why);

    if (!j->req->mac || !*j->req->mac)
        br_mac_of(&j->att.leases.v[0].address.ip, j->att.mac);
    if (rc == 0)
        rc = br_host_bridge(&nl, j->def, &j->att.leases, &j->bridge, why);
    if (rc == 0)
        rc = cni_fault("bridge.ready", why);
    if (rc == 0)
        rc = make_pair(j, &nl, why);
    if (rc == 0)
        rc = cni_fault("bridge.pair", why);
    if (rc == 0)
        rc = br_peer_configure(j->netns, j->def, &j->att, j->deadline, why);
    if (rc == 0)
        rc = cni_fault("bridge.peer", why);
    if (rc == 0)
        rc = br_result_emit(j->def, &j->att, &j->bridge, j->host_mac,
                            j->req->netns_path, out, why);
    return rc < 0 ? rc : br_cookie_write(j->self, &j->att, out->cookie, why);
}

/* What fails here is only logged, and left to collection: the first failure
 * is the one to tell. */
static void
undo(const job *j)
{
    NL_AUTO br_nl nl = {.sock = NULL};
    int64_t deadline = cni_now_ms() + UNDO_MS;
    cni_why why = {.err = NULL};
    bool done = true;

    if (br_nl_open(&nl, deadline, &why) < 0 ||
        br_host_remove(&nl, j->att.id, j->att.ifname, &why) < 0) {
        cni_why_log(&j->self->conf, &why, PP_LOG_WARNING);
        done = false;
    }
    if (br_pool_release(&j->att, deadline, &why) < 0) {
        cni_why_log(&j->self->conf, &why, PP_LOG_WARNING);
        done = false;
    }
    if (done)
        br_made_forget(j->self, j->att.id, j->att.ifname);
}

static int
fill_att(job *j, cni_why *why)
{
    br_att *att = &j->att;
    const br_def *def = j->def;

    att->id = j->req->id;
    att->ifname = j->req->ifname;
    att->is_gateway = def->is_gateway;
    att->n_routes = def->n_routes;
    memcpy(att->route, def->route, sizeof(att->route));
    br_host_veth(att->id, att->ifname, att->veth);
    snprintf(att->net, sizeof(att->net), "%s", def->name);
    snprintf(att->bridge, sizeof(att->bridge), "%s", def->bridge);
    int n = snprintf(att->folder, sizeof(att->folder), "%s", def->folder);

    if (n < 0 || (size_t)n >= sizeof(att->folder))
        return cni_say(why, PP_E_INVAL, 0, "network %s: dataDir is too long",
                       def->name);
    int rc = br_host_alias(def->name, att->id, att->ifname, j->alias, why);

    return rc < 0 ? rc : read_mac(j, why);
}

static int
run_job(job *j, const pp_net_result *out, cni_why *why)
{
    LOCK_AUTO int lock = br_lock(j->self, false, j->deadline, why);

    if (lock < 0)
        return lock;
    int rc = fill_att(j, why);

    if (rc < 0)
        return rc;
    rc = br_made_note(j->self, &j->att, why);
    if (rc == 0)
        rc = cni_fault("bridge.noted", why);
    if (rc == 0)
        rc = br_pool_take(j->def, j->req, j->deadline, &j->att.leases, why);
    if (rc == 0)
        rc = cni_fault("bridge.leased", why);
    if (rc == 0)
        rc = connect_it(j, out, why);
    if (rc < 0)
        undo(j);
    return rc;
}

int
br_attach(const br *self, const pp_net_request *req, const pp_net_result *out,
          cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    DEF_AUTO br_def def = {.folder = NULL};
    const cni_list *list = NULL;
    job j = {.self = self,
             .req = req,
             .def = &def,
             .deadline = br_deadline(self, req)};
    int rc = br_request_check(req, true, why);

    if (rc == 0)
        rc = cni_lists_load(&self->conf, &all, why);
    if (rc == 0)
        rc = cni_lists_find(&self->conf, &all, req->net, &list, why);
    if (rc == 0)
        rc = br_def_make(list, &def, why);
    if (rc < 0)
        return rc;
    FD_AUTO int netns = br_ns_open(req, why);

    if (netns < 0)
        return netns;
    j.netns = netns;
    return run_job(&j, out, why);
}
