/* SPDX-License-Identifier: MIT */
/*
 * polypod/network.h - a network plugin: attach a namespace to named networks
 *
 * One attachment is (id, ifname) on one network.  setup returns two things:
 * a typed result, given piece by piece to an accumulator of the host's, and
 * an opaque cookie that the engine stores in the same transaction and hands
 * back to check and teardown.  A plugin keeps no cache of its own.
 *
 * Namespace  the calling thread stays in the host's network namespace; a
 *            plugin never calls setns.  Helpers run through host->run.
 * Undo       after a failed setup the engine calls teardown with an empty
 *            cookie; teardown is idempotent and works when the namespace is
 *            gone (netns_path NULL, netns_fd -1).
 * See also   polypod-plugin-network(3)
 */
#ifndef POLYPOD_NETWORK_H
#define POLYPOD_NETWORK_H

#include <polypod/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* caps */
#define PP_NET_CAP_GC 0x1u        /* has the op of that name                */
#define PP_NET_CAP_STATUS 0x2u    /* has the op of that name                */
#define PP_NET_CAP_STATIC_IP 0x4u /* honours pp_net_request.ips             */
#define PP_NET_CAP_MAC 0x8u       /* honours pp_net_request.mac             */
#define PP_NET_CAP_GC_SPARES 0x10u /* gc spares what others made since the
                                      boot, so it may be called unasked      */

/* pp_net_info.flags: what the network does by itself, so that the engine
 * does not write the same rules twice */
#define PP_NET_DOES_PORTS 0x1u
#define PP_NET_DOES_MASQ 0x2u
#define PP_NET_DOES_FORWARD 0x4u
#define PP_NET_IS_DEFAULT 0x8u /* the one that "" stands for */
#define PP_NET_INTERNAL 0x10u  /* no way out */
#define PP_NET_ISOLATE 0x20u   /* apart from other isolated networks */

/* pp_net_result.dns: what */
enum {
    PP_NET_DNS_SERVER = 1,
    PP_NET_DNS_SEARCH = 2,
    PP_NET_DNS_OPTION = 3,
    PP_NET_DNS_DOMAIN = 4
};

typedef struct pp_net_port {
    uint32_t struct_size;
    uint16_t proto;          /* IPPROTO_TCP, _UDP or _SCTP                  */
    uint16_t host_port;      /* first, host byte order                      */
    uint16_t container_port; /* first                                       */
    uint16_t count;          /* ports in the range, 1 or more               */
    uint32_t flags;          /* 0                                           */
    const char *host_ip;     /* NULL: every address                         */
} pp_net_port;

typedef struct pp_net_request {
    uint32_t struct_size;
    uint32_t flags;         /* 0                                            */
    const char *id;         /* of the container                             */
    const char *name;       /* of the container                             */
    const char *net;        /* NULL or "": the default network              */
    const char *ifname;     /* in the container, at most 15 bytes           */
    const char *netns_path; /* bind-mounted namespace; NULL: gone           */
    int32_t netns_fd;       /* the same, open; -1: gone                     */
    uint32_t timeout_ms;    /* for the whole op; 0: the plugin's default    */
    const char *const *ips; /* wanted addresses, NULL-terminated, or NULL   */
    const char *mac;        /* wanted, or NULL                              */
    const char *const *aliases; /* NULL-terminated, or NULL                 */
    const char *const *args;    /* extra K=V, NULL-terminated, or NULL      */
    const pp_net_port *const *ports;
    uint32_t n_ports;
    uint32_t reserved;
} pp_net_request;

typedef struct pp_net_iface {
    uint32_t struct_size;
    uint32_t mtu;        /* 0: unknown                                      */
    const char *name;
    const char *mac;     /* NULL: unknown                                   */
    const char *sandbox; /* NULL: on the host                               */
} pp_net_iface;

typedef struct pp_net_address {
    uint32_t struct_size;
    uint32_t flags;      /* 0                                               */
    const char *ifname;  /* in the container                                */
    const char *address; /* "10.88.0.2/16"                                  */
    const char *gateway; /* NULL: none                                      */
} pp_net_address;

typedef struct pp_net_route {
    uint32_t struct_size;
    uint32_t flags; /* 0                                                    */
    const char *dst;
    const char *gw; /* NULL: on link                                        */
} pp_net_route;

/* The host's accumulator: each function copies what it is given. */
typedef struct pp_net_result {
    uint32_t struct_size;
    uint32_t reserved;
    void *ctx;
    int (*iface)(void *ctx, const pp_net_iface *);
    int (*address)(void *ctx, const pp_net_address *);
    int (*route)(void *ctx, const pp_net_route *);
    int (*dns)(void *ctx, uint32_t what, const char *value);
    pp_sink *cookie;
} pp_net_result;

typedef struct pp_net_info {
    uint32_t struct_size;
    uint32_t flags;  /* out: PP_NET_DOES_* ...                              */
    pp_sink *name;   /* out: the network's name, when "" was asked; or NULL */
    pp_sink *bridge; /* out: interface on the host, empty if none; or NULL  */
    pp_sink *json;   /* out: the definition as JSON; or NULL                */
} pp_net_info;

/* An attachment that is alive. */
typedef struct pp_net_attachment {
    uint32_t struct_size;
    uint32_t reserved;
    const char *id;
    const char *ifname;
} pp_net_attachment;

/*
 * caps      what this instance can do.
 * list      names of all networks, each followed by a NUL.
 * info      one network; -PP_E_NOTFOUND names the known ones.
 * setup     attaches; see the head of this file.
 * teardown  detaches; 0 if there is nothing.
 * check     0, or -PP_E_DRIFT with a text.
 * gc        releases everything on net that is not in alive.
 * status    0, or -PP_E_UNAVAIL with the reason.
 *
 * Mandatory: caps, list, info, setup, teardown.
 */
typedef struct pp_net_ops {
    uint32_t struct_size;
    uint32_t reserved;
    int (*caps)(void *self, uint64_t *caps, pp_err *);
    int (*list)(void *self, pp_sink *names, pp_err *);
    int (*info)(void *self, const char *net, pp_net_info *, pp_err *);
    int (*setup)(void *self, const pp_net_request *, pp_net_result *,
                 pp_err *);
    int (*teardown)(void *self, const pp_net_request *, pp_slice cookie,
                    pp_err *);
    int (*check)(void *self, const pp_net_request *, pp_slice cookie,
                 pp_err *);
    int (*gc)(void *self, const char *net,
              const pp_net_attachment *const *alive, uint32_t n, pp_err *);
    int (*status)(void *self, const char *net, pp_err *);
} pp_net_ops;

#ifdef __cplusplus
}
#endif

#endif
