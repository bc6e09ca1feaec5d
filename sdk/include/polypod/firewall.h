/* SPDX-License-Identifier: MIT */
/*
 * polypod/firewall.h - a firewall plugin: all rules of one owner, made so
 *
 * The unit is an owner (a container's ID) with everything it wants; the verb
 * is "make it so".  Every op is idempotent and atomic where the kernel
 * allows.  A plugin keeps no state of its own: the engine's store holds what
 * is wanted, the kernel what is there, and sync brings the second to the
 * first after a flush or a reload.
 *
 * Meaning of one owner's rules, for each of its addresses:
 *   - forwarding from the address, and replies to it, are accepted;
 *   - a published port is reachable from outside, from the host by any of
 *     its addresses and by loopback (IPv4), from the container itself and
 *     from its siblings (hairpin).
 * Meaning of a network: PP_FW_MASQUERADE rewrites what leaves its subnets;
 * PP_FW_ISOLATE drops traffic between its bridge and other isolated ones.
 *
 * The administrator's own chain is created if missing, evaluated before
 * ours, and never flushed or removed while it has rules.
 *
 * Namespace  ops act on the network namespace of the calling thread.
 * See also   polypod-plugin-firewall(3), docs/design/firewall.md
 */
#ifndef POLYPOD_FIREWALL_H
#define POLYPOD_FIREWALL_H

#include <polypod/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* caps */
#define PP_FW_CAP_FILTER 0x1u      /* forward-accept                        */
#define PP_FW_CAP_MASQUERADE 0x2u  /* masquerade                            */
#define PP_FW_CAP_PORTS 0x4u       /* published ports                       */
#define PP_FW_CAP_ISOLATE 0x8u     /* isolation between networks            */
#define PP_FW_CAP_IPV6 0x10u       /* all of it for IPv6 too                */
#define PP_FW_CAP_PORT_RANGES 0x20u /* a range costs no more than one port  */

/* pp_fw_net.flags */
#define PP_FW_MASQUERADE 0x1u
#define PP_FW_ISOLATE 0x2u
#define PP_FW_INTERNAL 0x4u /* no way out at all */

/* One published port or range.  Ports are in host byte order. */
typedef struct pp_fw_port {
    uint32_t struct_size;
    uint16_t proto;          /* IPPROTO_TCP, _UDP or _SCTP                  */
    uint16_t host_port;      /* first                                       */
    uint16_t container_port; /* first                                       */
    uint16_t count;          /* ports in the range, 1 or more               */
    uint32_t flags;          /* 0                                           */
    const char *host_ip;     /* NULL: every address of both families        */
} pp_fw_port;

/* One address of an owner. */
typedef struct pp_fw_addr {
    uint32_t struct_size;
    uint32_t flags;      /* 0                                               */
    const char *address; /* "10.88.0.2" or "fd00::2", no prefix length      */
    const char *subnet;  /* "10.88.0.0/16"                                  */
    const char *net;     /* name of the network                             */
    const char *bridge;  /* its interface on the host; NULL: none           */
} pp_fw_addr;

/*
 * Everything of one owner.  Ports lead to the first address of each family.
 * An owner without addresses or ports is the same as remove.
 */
typedef struct pp_fw_rules {
    uint32_t struct_size;
    uint32_t flags;    /* 0                                                 */
    const char *owner; /* 1 to 64 of [A-Za-z0-9_.-]                         */
    const pp_fw_addr *const *addrs;
    const pp_fw_port *const *ports;
    uint32_t n_addrs;
    uint32_t n_ports;
} pp_fw_rules;

typedef struct pp_fw_net {
    uint32_t struct_size;
    uint32_t flags;     /* PP_FW_MASQUERADE ...                             */
    const char *net;    /* name                                             */
    const char *bridge; /* interface on the host                            */
    const char *const *subnets; /* CIDR, both families mixed                */
    uint32_t n_subnets;
    uint32_t reserved;
} pp_fw_net;

/* Everything there should be. */
typedef struct pp_fw_all {
    uint32_t struct_size;
    uint32_t flags; /* 0                                                    */
    const pp_fw_net *const *nets;
    const pp_fw_rules *const *rules;
    uint32_t n_nets;
    uint32_t n_rules;
} pp_fw_all;

/*
 * caps      what this instance can do on this kernel.
 * net_up    makes the network's masquerade and isolation so.
 * net_down  by name alone; 0 if there is nothing.
 * apply     replaces all of the owner's rules at once.  A host port that
 *           another owner holds: -PP_E_EXISTS, naming that owner; nothing
 *           has changed then.
 * remove    by owner alone; 0 if there is nothing.
 * check     0, or -PP_E_DRIFT with a text: which rule, wanted and found.
 * list      owners found in the kernel, each followed by a NUL.
 * sync      makes the kernel hold exactly this: what is missing is made,
 *           owners and networks not named are removed.
 * net_check 0, or -PP_E_DRIFT as check, for what net_up makes.
 *
 * Several differences in the text of a drift are separated by "; ".  Each is
 * "missing: RULE", "extra: RULE", or "PLACE: wanted RULE, found RULE", where
 * no rule is "nothing"; others are shown as they are.
 *
 * Mandatory: caps, apply, remove, check, list, sync, net_up, net_down.
 */
typedef struct pp_fw_ops {
    uint32_t struct_size;
    uint32_t reserved;
    int (*caps)(void *self, uint64_t *caps, pp_err *);
    int (*net_up)(void *self, const pp_fw_net *, pp_err *);
    int (*net_down)(void *self, const char *net, pp_err *);
    int (*apply)(void *self, const pp_fw_rules *, pp_err *);
    int (*remove)(void *self, const char *owner, pp_err *);
    int (*check)(void *self, const pp_fw_rules *, pp_err *);
    int (*list)(void *self, pp_sink *owners, pp_err *);
    int (*sync)(void *self, const pp_fw_all *, pp_err *);
    int (*net_check)(void *self, const pp_fw_net *, pp_err *); /* optional */
} pp_fw_ops;

#ifdef __cplusplus
}
#endif

#endif
