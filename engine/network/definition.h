/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/definition.h - networks as they are defined
 *
 * A definition is a CNI list, so that the plugin, and other tools, can read
 * it:
 *
 * {"args": {"podman_labels": {K: V}, "podman_options": {K: V},
 *           "polypod": {"created": TIME}},
 *  "cniVersion": "0.4.0", "name": NAME,
 *  "plugins": [{"type": "bridge", "bridge": IF, "isGateway": true,
 *    "ipMasq": false, "hairpinMode": true, "mtu": N,
 *    "capabilities": {"ips": true, "mac": true},
 *    "ipam": {"type": "host-local", "routes": [{"dst": "0.0.0.0/0"}],
 *      "ranges": [[{"subnet", "gateway", "rangeStart", "rangeEnd"}]]}}]}
 *
 * There is no portmap and no firewall plugin in what we write, and no
 * masquerade: these rules are made, checked and repaired by the engine's
 * firewall driver, once.  An internal network has neither gateway nor
 * route.  Lists of others, whatever is in them, are read too.
 */
#ifndef ENGINE_NETWORK_DEFINITION_H
#define ENGINE_NETWORK_DEFINITION_H

#include <polypod/network_admin.h>

#include "engine/network/network.h"
#include "engine/network/subnet.h"

/* One network as the plugin gives it. */
typedef struct ppc_net {
    char *name;
    char *bridge;   /* interface on the host, "" if none */
    uint32_t flags; /* PP_NET_* */
    pp_json *def;
} ppc_net;

typedef struct ppc_nets {
    ppc_net *v;
    size_t n;
} ppc_nets;

/* All networks, by name. */
int ppc_nets_load(pp_runtime *rt, ppc_nets *out, pp_err *err);
void ppc_nets_clear(ppc_nets *nets);
#define PP_AUTO_NETS __attribute__((cleanup(ppc_nets_clear)))
/* The ID of a network is a digest of its name. */
#define PPC_NET_ID 65
void ppc_net_id(const char *name, char out[PPC_NET_ID]);
/* By name, ID or prefix of the ID. 0 | -PP_E_NOTFOUND | -PP_E_AMBIGUOUS */
int ppc_nets_find(const ppc_nets *nets, const char *ref, const ppc_net **out,
                  pp_err *err);

/* Reading a definition.  Anything may be missing. */
const pp_json *ppc_net_plugin(const ppc_net *net); /* the first one */
/* Entry i of all its ranges, or NULL. */
const pp_json *ppc_net_range(const ppc_net *net, size_t i);
/* Add its subnets. */
int ppc_net_subnets(const ppc_net *net, ppc_subnets *out, pp_err *err);

/* Is it one that may be written?  Make it, with what was left open chosen.
 * The caller has the lock of the folder.  out: caller unrefs. */
int ppc_definition_make(const ppc_nets *nets, const pp_network_spec *spec,
                        pp_json **out, pp_err *err);

/* files.c: the folder of definitions */
char *ppc_net_folder(const pp_runtime *rt); /* caller frees */
/* Keep others from changing it. A descriptor | -PP_E_BUSY | -PP_E_IO */
int ppc_net_folder_lock(const pp_runtime *rt, const char *folder, pp_err *err);
int ppc_net_file_write(const char *folder, const pp_json *def, pp_err *err);
/* All files that define the network; none is fine. */
int ppc_net_file_remove(const char *folder, const char *name, pp_err *err);
/* When its file was written, ns since the epoch; 0: there is none */
int64_t ppc_net_file_time(const char *folder, const char *name);

/* show.c: one network, or an array of all, as pp_network_inspect gives it */
int ppc_nets_show(pp_runtime *rt, const ppc_nets *nets, const ppc_net *one,
                  pp_json **out, pp_err *err);

/* links.c: remove a bridge of this host that has no ports */
int ppc_bridge_remove(const char *name, pp_err *err);

#endif
