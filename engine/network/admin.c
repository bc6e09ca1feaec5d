/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/admin.c - define, list, inspect; network_admin.h */
#include "core/util/str.h"
#include "core/util/versioned.h"
#include "engine/json.h"
#include "engine/network/definition.h"

static int
write_definition(pp_runtime *rt, const char *folder, const pp_json *def,
                 pp_err *err)
{
    const char *name = pp_json_get_str(def, "name");
    int rc = ppc_net_file_write(folder, def, err);

    if (rc < 0)
        return rc;
    rc = ppc_network_exists(rt, name, NULL, err);
    if (rc < 0)
        ppc_net_file_remove(folder, name, NULL);
    return rc < 0 ? pp_wrap(err, rc, "network %s", name) : 0;
}

int
pp_network_create(pp_runtime *rt, const pp_network_spec *spec, pp_json **out,
                  pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *def = NULL;
    PP_AUTO_FREE char *folder = NULL;
    PP_AUTO_NETS ppc_nets nets = {NULL, 0};
    PP_AUTO_FD int lock = -1;
    pp_network_spec own;
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = PPC_TAKE(pp_network_spec, labels, &own, spec, err);
    if (rc < 0)
        return rc;
    if (own.flags & ~(PP_NETWORK_INTERNAL | PP_NETWORK_IPV6))
        return pp_fail(err, PP_E_NOTSUP, 0, "unknown flags 0x%x", own.flags);
    folder = ppc_net_folder(rt);
    if (!folder)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a network");
    lock = ppc_net_folder_lock(rt, folder, err);
    if (lock < 0)
        return lock;
    rc = ppc_nets_load(rt, &nets, err);
    if (rc >= 0)
        rc = ppc_definition_make(&nets, &own, &def, err);
    if (rc >= 0)
        rc = write_definition(rt, folder, def, err);
    if (rc < 0 || !out)
        return rc;
    return pp_network_inspect(rt, pp_json_get_str(def, "name"), out, err);
}

int
pp_network_list(pp_runtime *rt, pp_json **out, pp_err *err)
{
    PP_AUTO_NETS ppc_nets nets = {NULL, 0};
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = ppc_nets_load(rt, &nets, err);
    return rc < 0 ? rc : ppc_nets_show(rt, &nets, NULL, out, err);
}

int
pp_network_inspect(pp_runtime *rt, const char *ref, pp_json **out, pp_err *err)
{
    PP_AUTO_NETS ppc_nets nets = {NULL, 0};
    const ppc_net *net = NULL;
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = ppc_nets_load(rt, &nets, err);
    if (rc >= 0)
        rc = ppc_nets_find(&nets, ref, &net, err);
    return rc < 0 ? rc : ppc_nets_show(rt, &nets, net, out, err);
}
