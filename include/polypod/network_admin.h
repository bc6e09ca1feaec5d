/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polypod/network_admin.h - networks: define, look at, remove, and attach
 * running containers to them
 *
 * A network is a file in the folder that the network plugin reads; see
 * polypod-network(1).  It is named by its name, its ID (64 hex digits, a
 * digest of the name) or a unique prefix of its ID ("net" below).
 */
#ifndef POLYPOD_NETWORK_ADMIN_H
#define POLYPOD_NETWORK_ADMIN_H

#include <polypod/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* pp_network_spec.flags */
#define PP_NETWORK_INTERNAL 0x1u /* no way out                              */
#define PP_NETWORK_IPV6 0x2u     /* an IPv6 subnet too                      */

/* What to define.  Zero and NULL mean "default"; lists are NULL-terminated.
 * struct_size is sizeof (pp_network_spec). */
typedef struct pp_network_spec {
    uint32_t struct_size;
    uint32_t flags;
    const char *name;             /* NULL: podman1, podman2, ...            */
    const char *driver;           /* bridge                                 */
    const char *bridge;           /* interface; NULL: cni-podman1, ...      */
    const char *const *subnets;   /* ADDRESS/BITS, one of each family       */
    const char *const *gateways;  /* within a subnet                        */
    const char *const *ip_ranges; /* ADDRESS/BITS or FIRST-LAST in a subnet */
    const char *const *options;   /* K=V: mtu, isolate                      */
    const char *const *labels;    /* K=V                                    */
} pp_network_spec;

/*
 * Define a network.
 *
 * out      as pp_network_inspect; caller unrefs; may be NULL
 * returns  0 | -PP_E_EXISTS (name or bridge) | -PP_E_INVAL |
 *          -PP_E_NOTSUP (driver) | -PP_E_FULL (no subnet is free)
 * since    1.0
 */
PP_API int pp_network_create(pp_runtime *rt, const pp_network_spec *spec,
                             pp_json **out, pp_err *err);

/*
 * All networks, by name.
 *
 * out      caller unrefs: an array of what pp_network_inspect gives
 * returns  0
 * since    1.0
 */
PP_API int pp_network_list(pp_runtime *rt, pp_json **out, pp_err *err);

/*
 * One network, with the containers that are attached to it.
 *
 * out      caller unrefs: {"name","id","driver","network_interface",
 *          "created","subnets":[{"subnet","gateway","lease_range":
 *          {"start_ip","end_ip"}}],"ipv6_enabled","internal","dns_enabled",
 *          "labels":{..},"options":{..},"ipam_options":{"driver"},
 *          "containers":{ID:{"name","interfaces":{IF:{"subnets":
 *          [{"ipnet","gateway"}],"mac_address"}}}}}
 * returns  0 | -PP_E_NOTFOUND | -PP_E_AMBIGUOUS
 * since    1.0
 */
PP_API int pp_network_inspect(pp_runtime *rt, const char *net, pp_json **out,
                              pp_err *err);

/* pp_network_remove flags */
#define PP_NETWORK_FORCE 0x1u /* with the containers that use it */

/*
 * Remove a network, its file and its bridge.
 *
 * timeout  seconds to stop each container with PP_NETWORK_FORCE; -1: its own
 * returns  0 | -PP_E_NOTFOUND | -PP_E_CTREXISTS (containers use it; names
 *          them) | -PP_E_PERM (the default network)
 * since    1.0
 */
PP_API int pp_network_remove(pp_runtime *rt, const char *net, uint32_t flags,
                             int64_t timeout, pp_err *err);

/*
 * Remove all networks that no container uses, but for the default one.
 *
 * out      names of what was removed; caller unrefs; given on failure too
 * returns  0, or the first failure; it goes on after it
 * since    1.0
 */
PP_API int pp_network_prune(pp_runtime *rt, pp_json **out, pp_err *err);

/*
 * Attach a container to one more network; a running one gets an interface,
 * another one at its next start.
 *
 * options  as behind the colon of --network NAME:OPTIONS, or NULL:
 *          ip=ADDRESS, mac=ADDRESS, interface_name=NAME, alias=NAME
 * returns  0 | -PP_E_EXISTS (it is attached) | -PP_E_CTRSTATE | -PP_E_INVAL
 * since    1.0
 */
PP_API int pp_network_connect(pp_runtime *rt, const char *net,
                              const char *container, const char *options,
                              pp_err *err);

/*
 * Detach a container from a network.
 *
 * returns  0 | -PP_E_NOTFOUND (it is not attached) | -PP_E_CTRSTATE
 * since    1.0
 */
PP_API int pp_network_disconnect(pp_runtime *rt, const char *net,
                                 const char *container, pp_err *err);

#ifdef __cplusplus
}
#endif

#endif
