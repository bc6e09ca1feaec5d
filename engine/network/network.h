/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/network.h - a container's network namespace and what is
 * attached to it
 *
 * The namespace is a file below <run_root>/netns with the namespace mounted
 * on it.  Attachments are made by the network plugin and remembered in the
 * container's state, cookie included:
 *
 * [{"network", "ifname", "driver", "flags", "bridge",
 *   "interfaces": [{"name","mac","sandbox","mtu"}],
 *   "ips": [{"ifname","address","gateway"}],
 *   "routes": [{"dst","gw"}],
 *   "dns": {"nameservers","search","options","domain"}, "cookie"}]
 */
#ifndef ENGINE_NETWORK_NETWORK_H
#define ENGINE_NETWORK_NETWORK_H

#include "engine/runtime/runtime.h"

/* Open the configured network plugin, once. */
int ppc_network_open(pp_runtime *rt, pp_err *err);

/* Is there such a network?  name "" is the default one; real receives its
 * name (caller frees), NULL if not wanted.
 * 0 | -PP_E_NOTFOUND (names the known ones) */
int ppc_network_exists(pp_runtime *rt, const char *name, char **real,
                       pp_err *err);

/* Make a namespace with its loopback up, mounted on path. */
int ppc_netns_create(const char *path, pp_err *err);
/*
 * Open it.
 *
 * returns  a descriptor | -PP_E_NOTFOUND (nothing there, or a file on which
 *          no namespace is mounted: a make that died leaves one) | -PP_E_IO
 */
int ppc_netns_open(const char *path, pp_err *err);
/* Unmount and remove it; an absent one is fine. */
int ppc_netns_remove(const char *path, pp_err *err);

/*
 * Attach the container to its networks, in order eth0, eth1, ...; the result
 * goes into c->state->network_status.  A failure detaches all again.
 */
int ppc_network_attach(pp_runtime *rt, ppc_ctr *c, pp_err *err);

/* One network with what the config wants of it.  fd is that of the namespace;
 * out: the attachment, caller unrefs. */
int ppc_network_attach_one(pp_runtime *rt, ppc_ctr *c, const char *net,
                           const char *ifname, int fd, pp_json **out,
                           pp_err *err);
/* An attachment that may have been made, or may be: enough to undo it. */
pp_json *ppc_network_assumed(pp_runtime *rt, const char *net,
                             const char *ifname);

/* Detach from everything in network_status, or that may have been made when
 * there is none, in reverse, going on after failures; the first one is
 * returned. */
int ppc_network_detach(pp_runtime *rt, ppc_ctr *c, pp_err *err);

/* The default route of a container that runs, if it has none, by the first of
 * its networks that has one to give. */
int ppc_network_way_out(const ppc_ctr *c, int netns_fd, pp_err *err);

/*
 * Make the attachments of a running container again that are not as they
 * were made, with the same addresses if the plugin can; each is saved at
 * once.
 */
int ppc_network_mend(pp_runtime *rt, ppc_ctr *c, pp_err *err);

/*
 * Held by whoever attaches, from before the plugin is called until the record
 * knows the attachment: gc does not run meanwhile.  A descriptor, or the
 * failure.
 */
int ppc_network_lock(pp_runtime *rt, pp_err *err);

/* Have the plugin release what no container of the store has, where that
 * can hurt nobody else; see gc.c.  A failure on
 * one network is logged, and the others are done. */
int ppc_network_gc(pp_runtime *rt, pp_err *err);

/* After a boot, before the records forget it: give back what the containers
 * had.  Failures are logged. */
void ppc_network_refresh(pp_runtime *rt, ppc_ctr **list);

/*
 * Hold the container's host ports by sockets, so that nobody else takes
 * them while it lives.
 *
 * fds      malloc'ed list of *n descriptors, PPC_CONMON_FIRST_FD and above
 * returns  0 | -PP_E_PORTINUSE (names the port) | -PP_E_NOTSUP
 */
int ppc_ports_reserve(const ppc_ctr_config *c, int **fds, size_t *n,
                      pp_err *err);
void ppc_ports_release(int *fds, size_t n);

/* One entry of port_mappings; host_ip is borrowed, NULL for all. */
typedef struct ppc_port {
    uint16_t proto; /* IPPROTO_* */
    uint16_t host_port;
    uint16_t container_port;
    uint16_t count;
    const char *host_ip;
} ppc_port;
ppc_port ppc_port_read(const pp_json *mapping);
/* Does a port of one list of mappings stand in the way of the other's? */
bool ppc_ports_clash(const pp_json *a, const pp_json *b);

/* May an interface be called so?  "lo" may not. */
bool ppc_ifname_ok(const char *name);
/*
 * What an interface of the container on its i-th network is called: as its
 * options say, else ethN, N being the place of the network.
 */
void ppc_network_ifname(const ppc_ctr_config *c, size_t i, char out[16]);

/*
 * Parse --network into net_mode, networks, network_options, ns_ctr and
 * create_net_ns: bridge, none, host, ns:PATH, container:REF, or networks,
 * each NAME or NAME:OPTIONS; "bridge" is the default one.
 */
int ppc_networks_parse(pp_runtime *rt, const char *const *words,
                       ppc_ctr_config *c, pp_err *err);
/* One network, with options or NULL, more of it than c has. */
int ppc_network_add(pp_runtime *rt, const char *net, const char *options,
                    ppc_ctr_config *c, pp_err *err);

/* One of these options, checked, into o: ip, ip6, mac, interface_name, alias */
int ppc_network_option(pp_json *o, const char *key, const char *value,
                       pp_err *err);

/* The path of the namespace of a container that shares another one's, NULL
 * if it does not; the other one must run.  Caller frees. */
int ppc_network_shared(pp_runtime *rt, const ppc_ctr *c, ppc_ctr **other,
                       char **path, pp_err *err);

/* Parse [[IP:]HOST:]CTR[/PROTO] with ranges into port_mappings. */
int ppc_ports_parse(const char *const *publish, pp_json **out, pp_err *err);

#endif
