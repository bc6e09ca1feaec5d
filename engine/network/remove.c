/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/remove.c - remove networks; network_admin.h
 *
 * A network is used by every container whose record names it, running or
 * not.  One that is made at the same time as its network is removed fails to
 * start and says why: the file is the truth, and there is nothing to undo.
 */
#include <string.h>

#include <polypod/container.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/network/definition.h"

/* Who uses it: names for people, IDs for us.  ids may be NULL. */
static int
find_users(ppc_ctr **list, const char *net, ppc_str *names, char ***ids)
{
    for (; *list; list++) {
        const ppc_ctr_config *c = (*list)->config;

        if (!ppc_strv_has(ppc_strv_c(c->networks), net))
            continue;
        ppc_str_printf(names, "%s%s", names->n ? ", " : "", c->name);
        if (ids && ppc_strv_add(ids, c->id))
            return -1;
    }
    return 0;
}

static int
remove_users(pp_runtime *rt, char **ids, int64_t timeout, pp_err *err)
{
    int rc = 0;

    for (; ids && *ids && rc >= 0; ids++) {
        rc = pp_container_remove(rt, *ids, PP_REMOVE_FORCE, timeout, err);
        if (rc == -PP_E_NOSUCHCTR)
            rc = 0;
    }
    return rc;
}

/* A bridge may be shared by two networks. */
static bool
is_shared(const ppc_nets *nets, const ppc_net *net)
{
    size_t i;

    for (i = 0; i < nets->n; i++)
        if (&nets->v[i] != net && !strcmp(nets->v[i].bridge, net->bridge))
            return true;
    return false;
}

/* The file goes first: who dies between leaves a bridge, which the next
 * network of this name takes over. */
static int
remove_net(const ppc_nets *nets, const ppc_net *net, const char *folder,
           pp_err *err)
{
    int rc = ppc_net_file_remove(folder, net->name, err);

    if (rc >= 0 && *net->bridge && !is_shared(nets, net) &&
        !strcmp(pp_json_get_str(ppc_net_plugin(net), "type"), "bridge"))
        rc = ppc_bridge_remove(net->bridge, err);
    return rc < 0 ? pp_wrap(err, rc, "removing network %s", net->name) : 0;
}

static int
fail_default(const ppc_net *net, pp_err *err)
{
    return pp_fail(err, PP_E_PERM, 0,
                   "network %s is the default network and cannot be removed",
                   net->name);
}

/* Remove it, or its users if there are any and that is wished for. */
static int
remove_unused(pp_runtime *rt, const ppc_nets *nets, const ppc_net *net,
              const char *folder, char ***users, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    PP_AUTO_STR ppc_str names = PPC_STR_INIT;
    int rc = ppc_state_every_container(rt->state, &list, err);

    if (rc < 0)
        return rc;
    if (find_users(list, net->name, &names, users))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for containers");
    if (names.n)
        return pp_fail(err, PP_E_CTREXISTS, 0,
                       "network %s is used by containers which must be "
                       "removed before it: %s",
                       net->name, ppc_str_get(&names));
    return remove_net(nets, net, folder, err);
}

/* One try: with its users in *users when there are some. */
static int
try_remove(pp_runtime *rt, const char *ref, char ***users, pp_err *err)
{
    PP_AUTO_FREE char *folder = ppc_net_folder(rt);
    PP_AUTO_NETS ppc_nets nets = {NULL, 0};
    const ppc_net *net = NULL;
    PP_AUTO_FD int lock = -1;
    int rc;

    if (!folder)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a network");
    lock = ppc_net_folder_lock(rt, folder, err);
    if (lock < 0)
        return lock;
    rc = ppc_nets_load(rt, &nets, err);
    if (rc >= 0)
        rc = ppc_nets_find(&nets, ref, &net, err);
    if (rc >= 0 && net->flags & PP_NET_IS_DEFAULT)
        rc = fail_default(net, err);
    return rc < 0 ? rc : remove_unused(rt, &nets, net, folder, users, err);
}

int
pp_network_remove(pp_runtime *rt, const char *ref, uint32_t flags,
                  int64_t timeout, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **users = NULL;
    const bool force = flags & PP_NETWORK_FORCE;
    int rc = ppc_runtime_check(rt, err);

    if (rc < 0)
        return rc;
    if (flags & ~PP_NETWORK_FORCE)
        return pp_fail(err, PP_E_NOTSUP, 0, "unknown flags 0x%x", flags);
    rc = try_remove(rt, ref, force ? &users : NULL, err);
    if (rc != -PP_E_CTREXISTS || !force)
        return rc;
    rc = remove_users(rt, users, timeout, err);
    return rc < 0 ? rc : try_remove(rt, ref, NULL, err);
}

int
pp_network_prune(pp_runtime *rt, pp_json **out, pp_err *err)
{
    PP_AUTO_NETS ppc_nets nets = {NULL, 0};
    int rc = ppc_runtime_check(rt, err);
    int first = 0;
    pp_err local;
    size_t i;

    if (rc >= 0)
        rc = ppc_nets_load(rt, &nets, err);
    if (rc < 0)
        return rc;
    *out = pp_json_array();
    for (i = 0; i < nets.n; i++) {
        local = (pp_err){0};
        if (nets.v[i].flags & PP_NET_IS_DEFAULT)
            continue;
        rc = try_remove(rt, nets.v[i].name, NULL, &local);
        if (rc >= 0)
            rc = pp_json_add(*out, pp_json_string(nets.v[i].name));
        if (rc >= 0 || rc == -PP_E_CTREXISTS || rc == -PP_E_NOTFOUND)
            continue;
        if (first)
            ppc_log(PP_LOG_WARNING, "%s", local.msg);
        else if (err)
            *err = local;
        first = first ? first : rc;
    }
    local = (pp_err){0};
    if (ppc_network_gc(rt, &local) < 0)
        ppc_log(PP_LOG_WARNING, "%s", local.msg);
    return first;
}
