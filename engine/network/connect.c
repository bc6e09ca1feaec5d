/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/connect.c - attach and detach a container that exists
 *
 * The record goes first: it names the network, and an attachment without
 * cookie for it, before anything is made, and forgets both only when all is
 * undone.  So whoever dies on the way leaves nothing that teardown, or the
 * same command once more, does not find.  There is no intent: that would
 * take the whole container down, which runs well without the network.
 */
#include <fcntl.h>
#include <string.h>

#include "core/util/fault.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/container/container.h"
#include "engine/firewall/leave.h"
#include "engine/json.h"
#include "engine/network/attachment.h"
#include "engine/network/definition.h"

/* Place of the attachment in network_status, or -1. */
static int
find_attachment(const ppc_ctr *c, const char *net)
{
    const pp_json *status = c->state->network_status;
    size_t i;

    for (i = 0; i < pp_json_len(status); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(status, i), "network"), net))
            return (int)i;
    return -1;
}

/* Put att, which is taken over, in place of what is known of its network;
 * without att, forget the network. */
static int
set_attachment(ppc_ctr *c, const char *net, pp_json *att)
{
    const pp_json *old = c->state->network_status;
    pp_json *list = pp_json_array();
    size_t i;
    int bad = !list;

    for (i = 0; i < pp_json_len(old); i++) {
        pp_json *v = pp_json_at(old, i);

        if (strcmp(pp_json_get_str(v, "network"), net))
            bad |= pp_json_add(list, pp_json_ref(v));
    }
    if (att)
        bad |= pp_json_add(list, att);
    if (bad) {
        pp_json_unref(list);
        return -PP_E_NOMEM;
    }
    pp_json_unref(c->state->network_status);
    c->state->network_status = list;
    return 0;
}

static void
drop_network(ppc_ctr_config *c, const char *net)
{
    size_t i, k = 0;

    for (i = 0; c->networks && c->networks[i]; i++) {
        if (strcmp(c->networks[i], net))
            c->networks[k++] = c->networks[i];
        else
            free(c->networks[i]);
    }
    if (c->networks)
        c->networks[k] = NULL;
    if (c->network_options)
        pp_json_del(c->network_options, net);
}

/* A container can be attached before it runs, while it runs and after. */
static int
check_container(const ppc_ctr *c, const char *verb, pp_err *err)
{
    if (!c->config->create_net_ns)
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "container %s has the network \"%s\": it cannot be "
                       "%s",
                       c->config->name, c->config->net_mode, verb);
    switch (c->state->state) {
    case PPC_CTR_CONFIGURED:
    case PPC_CTR_EXITED:
    case PPC_CTR_STOPPED:
    case PPC_CTR_RUNNING:
        return 0;
    default:
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "container %s is %s: it cannot be %s", c->config->name,
                       ppc_ctr_state_name(c->state->state), verb);
    }
}

static bool
is_running(const ppc_ctr *c)
{
    return c->state->state == PPC_CTR_RUNNING && c->netns;
}

static bool
has_ifname(const ppc_ctr *c, const char *ifname)
{
    const pp_json *status = c->state->network_status;
    size_t i;

    for (i = 0; i < pp_json_len(status); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(status, i), "ifname"), ifname))
            return true;
    return false;
}

/* Its name in a container that runs: earlier networks may have left, so that
 * the place of the network is not that of its interface. */
static void
choose_ifname(const ppc_ctr *c, const char *net, char out[16])
{
    const char *wanted = pp_json_get_str(
        pp_json_get(c->config->network_options, net), "interface_name");
    unsigned i;

    if (*wanted) {
        snprintf(out, 16, "%s", wanted);
        return;
    }
    for (i = 0; i < 1000; i++) {
        snprintf(out, 16, "eth%u", i);
        if (!has_ifname(c, out))
            return;
    }
}

/* Write it down, make it, write down what it is. */
static int
attach(pp_runtime *rt, ppc_ctr *c, const char *net, int fd, pp_err *err)
{
    PP_AUTO_FD int lock = ppc_network_lock(rt, err);
    char ifname[16];
    pp_json *made = NULL;
    int rc;

    if (lock < 0)
        return lock;
    choose_ifname(c, net, ifname);
    if (has_ifname(c, ifname))
        return pp_fail(err, PP_E_EXISTS, 0, "container %s has an interface %s",
                       c->config->name, ifname);
    rc = set_attachment(c, net, ppc_network_assumed(rt, net, ifname));
    if (rc < 0)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s", net);
    rc = ppc_state_rewrite_container(rt->state, c, err);
    if (rc >= 0)
        rc = ppc_fault("connect.noted", err);
    if (rc >= 0)
        rc = ppc_network_attach_one(rt, c, net, ifname, fd, &made, err);
    if (rc >= 0)
        rc = ppc_fault("connect.made", err);
    if (rc >= 0 && set_attachment(c, net, made))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s", net);
    /* the cookie is durable before anything uses the addresses */
    if (rc >= 0)
        rc = ppc_state_save_container(rt->state, c, err);
    close(pp_steal_fd(&lock));
    if (rc >= 0)
        rc = ppc_fault("connect.saved", err);
    return rc < 0 ? rc : ppc_firewall_apply(rt, c, err);
}

/* What is known of the attachment but for its addresses: it gives no rules,
 * and can be undone. */
static int
strip_addresses(ppc_ctr *c, const char *net, pp_json **att)
{
    int at = find_attachment(c, net);
    pp_json *copy;

    if (at < 0)
        return 0;
    copy = pp_json_dup(pp_json_at(c->state->network_status, (size_t)at));
    if (!copy)
        return -PP_E_NOMEM;
    pp_json_del(copy, "ips");
    *att = pp_json_ref(copy);
    return set_attachment(c, net, copy);
}

/*
 * Undo it: rules that speak of its addresses first, since these may be
 * somebody else's as soon as they are free.
 */
static int
detach(pp_runtime *rt, ppc_ctr *c, const char *net, int fd, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *att = NULL;
    int rc;

    if (strip_addresses(c, net, &att))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s", net);
    rc = ppc_firewall_shrink(rt, c, err);
    if (rc >= 0)
        rc = ppc_fault("disconnect.unruled", err);
    if (rc >= 0 && att)
        rc = ppc_network_open(rt, err);
    if (rc >= 0 && att)
        rc = ppc_attachment_undo(rt, c, att, fd, err);
    if (rc >= 0)
        rc = ppc_fault("disconnect.undone", err);
    if (rc >= 0 && set_attachment(c, net, NULL))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for network %s", net);
    if (rc < 0)
        return rc;
    drop_network(c->config, net);
    rc = ppc_state_rewrite_container(rt->state, c, err);
    if (rc >= 0)
        rc = ppc_fault("disconnect.saved", err);
    return rc < 0 ? rc : ppc_firewall_leave(rt, c, net, err);
}

static int
open_netns(const ppc_ctr *c, pp_err *err)
{
    int fd = open(c->netns, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? pp_fail(err, PP_E_IO, errno,
                            "cannot open network namespace \"%s\"", c->netns)
                  : fd;
}

/* The real name of a network that may be given by its ID. */
static int
real_name(pp_runtime *rt, const char *ref, char **name, pp_err *err)
{
    PP_AUTO_NETS ppc_nets nets = {NULL, 0};
    const ppc_net *net = NULL;
    int rc = ppc_nets_load(rt, &nets, err);

    if (rc >= 0)
        rc = ppc_nets_find(&nets, ref, &net, err);
    if (rc < 0)
        return rc;
    *name = strdup(net->name);
    return *name ? 0 : pp_fail(err, PP_E_NOMEM, 0, "no memory for a network");
}

/* It is done; what the container should know of it is not worth failing. */
static void
follow(const ppc_held *h, const pp_json *gone)
{
    pp_err err = {0};

    if (ppc_ctr_hosts_follow(h, gone, &err) < 0)
        ppc_log(PP_LOG_WARNING, "container %s: %s", h->ctr->config->name,
                err.msg);
}

static int
connect_running(pp_runtime *rt, ppc_ctr *c, const char *net, pp_err *err)
{
    PP_AUTO_FD int fd = open_netns(c, err);
    pp_err local = {0};
    int rc;

    if (fd < 0)
        return fd;
    rc = attach(rt, c, net, fd, err);
    if (rc < 0 && detach(rt, c, net, fd, &local) < 0)
        ppc_log(PP_LOG_WARNING,
                "container %s: cannot undo its connection to %s, disconnect "
                "it: %s",
                c->config->name, net, local.msg);
    return rc;
}

/* An attachment without cookie is what a connect that died left: again. */
static int
check_new(pp_runtime *rt, ppc_ctr *c, const char *net, pp_err *err)
{
    PP_AUTO_FD int fd = -1;
    int at = find_attachment(c, net);

    if (!ppc_strv_has(ppc_strv_c(c->config->networks), net))
        return 0;
    if (!is_running(c) || at < 0 ||
        pp_json_has(pp_json_at(c->state->network_status, (size_t)at), "cookie"))
        return pp_fail(err, PP_E_EXISTS, 0,
                       "container %s is connected to network %s",
                       c->config->name, net);
    fd = open_netns(c, err);
    return fd < 0 ? fd : detach(rt, c, net, fd, err);
}

int
pp_network_connect(pp_runtime *rt, const char *ref, const char *container,
                   const char *options, pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    PP_AUTO_FREE char *net = NULL;
    int rc = ppc_held_take(rt, container, &h, err);

    if (rc >= 0)
        rc = check_container(h.ctr, "connected", err);
    if (rc >= 0)
        rc = real_name(rt, ref, &net, err);
    if (rc >= 0)
        rc = check_new(rt, h.ctr, net, err);
    if (rc >= 0)
        rc = ppc_network_add(rt, net, options, h.ctr->config, err);
    if (rc < 0)
        return rc;
    if (is_running(h.ctr)) {
        rc = connect_running(rt, h.ctr, net, err);
        if (rc >= 0)
            follow(&h, NULL);
    } else {
        rc = ppc_state_rewrite_container(rt->state, h.ctr, err);
    }
    return rc < 0 ? pp_wrap(err, rc, "connecting container %s to %s",
                            h.ctr->config->name, net)
                  : 0;
}

static int
disconnect_held(pp_runtime *rt, const ppc_held *h, const char *net, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *gone = NULL;
    PP_AUTO_FD int fd = -1;
    ppc_ctr *c = h->ctr;
    int rc;

    if (!is_running(c)) {
        drop_network(c->config, net);
        return ppc_state_rewrite_container(rt->state, c, err);
    }
    fd = open_netns(c, err);
    if (fd < 0)
        return fd;
    rc = find_attachment(c, net);
    if (rc >= 0)
        gone = pp_json_ref(pp_json_at(c->state->network_status, (size_t)rc));
    rc = detach(rt, c, net, fd, err);
    if (rc < 0)
        return rc;
    follow(h, gone);
    rc = ppc_fault("disconnect.left", err);
    return rc < 0 ? rc : ppc_network_way_out(c, fd, err);
}

int
pp_network_disconnect(pp_runtime *rt, const char *ref, const char *container,
                      pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    PP_AUTO_FREE char *net = NULL;
    int rc = ppc_held_take(rt, container, &h, err);

    if (rc < 0)
        return rc;
    rc = check_container(h.ctr, "disconnected", err);
    /* a network whose file is gone can be left too */
    if (rc >= 0 && real_name(rt, ref, &net, NULL) < 0) {
        net = strdup(ref);
        rc = net ? 0 : pp_fail(err, PP_E_NOMEM, 0, "no memory for a network");
    }
    if (rc >= 0 && !ppc_strv_has(ppc_strv_c(h.ctr->config->networks), net))
        rc = pp_fail(err, PP_E_NOTFOUND, 0,
                     "container %s is not connected to network %s",
                     h.ctr->config->name, net);
    if (rc < 0)
        return rc;
    rc = disconnect_held(rt, &h, net, err);
    return rc < 0 ? pp_wrap(err, rc, "disconnecting container %s from %s",
                            h.ctr->config->name, net)
                  : 0;
}
