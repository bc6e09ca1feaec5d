/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/bridge.h - what the files of this plugin share
 *
 * Networks are defined by the files that net-cni reads, and read by the same
 * code.  An instance is immutable after open; every operation has sockets
 * and buffers of its own, so any number of threads may use it.
 *
 * Errors     0 or -PP_E_*; the message goes into a cni_why
 * See also   polypod-net-bridge(8), docs/design/net-bridge.md
 */
#ifndef NET_BRIDGE_H
#define NET_BRIDGE_H

#include <netconf/netconf.h>

#include <arpa/inet.h>
#include <net/if.h>

#define BR_MAX_RANGES 32 /* of addresses, of one network             */
#define BR_MAX_ROUTES 64
#define BR_MAX_ALIAS 256 /* the kernel's, with the final NUL         */
#define BR_IP_TEXT INET6_ADDRSTRLEN
#define BR_CIDR_TEXT (INET6_ADDRSTRLEN + 4)
#define BR_MAC_TEXT 18

/* One opened instance.  conf is what netconf needs of it. */
typedef struct br {
    netconf conf;
    char *shared_dir; /* the volatile folder of net-cni */
    char *run_dir;    /* our own                        */
    char *made_dir;   /* in it                          */
} br;

/* An address; len is 4 or 16, or 0 for none. */
typedef struct br_ip {
    uint8_t len;
    uint8_t b[16];
} br_ip;

typedef struct br_cidr {
    br_ip ip;
    uint8_t bits;
} br_cidr;

/* Addresses to lease.  An attachment gets one from each set. */
typedef struct br_range {
    br_cidr subnet;
    br_ip first;
    br_ip last;
    br_ip gateway;
    unsigned set;
} br_range;

typedef struct br_route {
    br_cidr dst;
    br_ip gw; /* len 0: the gateway of that family */
} br_route;

/* A network, understood. */
typedef struct br_def {
    const char *name; /* borrowed from the list, as bridge and dns      */
    const char *bridge;
    json_object *dns;   /* or NULL                                        */
    char *folder;       /* of the leases                                  */
    uint32_t mtu;       /* 0: the kernel's                                */
    bool is_gateway;    /* the bridge has the gateways' addresses         */
    bool force_address; /* ... and loses others in the same subnet        */
    bool hairpin;
    bool promisc;
    bool isolated_port;
    br_range range[BR_MAX_RANGES];
    size_t n_ranges;
    unsigned n_sets;
    br_route route[BR_MAX_ROUTES];
    size_t n_routes;
} br_def;

/* What one attachment has: an entry for each set of ranges. */
typedef struct br_lease {
    br_cidr address;
    br_ip gateway; /* len 0: none */
} br_lease;

typedef struct br_leases {
    br_lease v[BR_MAX_RANGES];
    size_t n;
} br_leases;

/* An attachment, as it was made; this is what the cookie holds. */
typedef struct br_att {
    const char *id;
    const char *ifname;
    char net[256];
    char bridge[IF_NAMESIZE];
    char veth[IF_NAMESIZE]; /* on the host */
    char folder[4096];      /* of the leases */
    uint8_t mac[6];
    bool is_gateway;
    br_leases leases;
    br_route route[BR_MAX_ROUTES];
    size_t n_routes;
} br_att;

/* addr.c - addresses as bytes */
bool br_ip_parse(const char *text, br_ip *out);
bool br_cidr_parse(const char *text, br_cidr *out);
const char *br_ip_text(const br_ip *ip, char out[BR_IP_TEXT]);
const char *br_cidr_text(const br_cidr *cidr, char out[BR_CIDR_TEXT]);
int br_ip_cmp(const br_ip *a, const br_ip *b);
bool br_ip_same(const br_ip *a, const br_ip *b);
void br_ip_step(br_ip *ip, int by);
br_ip br_cidr_first(const br_cidr *cidr);
br_ip br_cidr_last(const br_cidr *cidr);
bool br_cidr_has(const br_cidr *cidr, const br_ip *ip);
bool br_cidr_overlap(const br_cidr *a, const br_cidr *b);
bool br_mac_parse(const char *text, uint8_t out[6]);
const char *br_mac_text(const uint8_t mac[6], char out[BR_MAC_TEXT]);
int br_mac_make(uint8_t out[6]);
void br_mac_of(const br_ip *ip, uint8_t out[6]);
uint64_t br_hash(uint64_t hash, const void *p, size_t n);
#define BR_HASH_START 14695981039346656037u

/* def.c - a list of CNI plugins as a bridge network, or why not */
int br_def_make(const cni_list *list, br_def *out, cni_why *why);
int br_def_folder(const cni_list *list, char **folder, cni_why *why);
bool br_def_isolate(const cni_list *list);
void br_def_clear(br_def *def);
#define DEF_AUTO __attribute__((cleanup(br_def_clear)))

/* ranges.c - the ranges and routes of host-local */
int br_ranges_read(json_object *ipam, br_def *def, cni_why *why);
int br_routes_read(json_object *ipam, br_def *def, cni_why *why);
int br_default_routes(br_def *def, cni_why *why);

/* lease.c - the folder of leases, in the form of host-local */
typedef struct br_store {
    int dir; /* -1: there is no folder */
    int lock;
    const char *path; /* borrowed */
} br_store;
#define BR_OWNER_MAX 288
int br_store_open(const char *path, bool create, int64_t deadline,
                  br_store *out, cni_why *why);
void br_store_close(br_store *store);
#define STORE_AUTO __attribute__((cleanup(br_store_close)))
int br_store_take(const br_store *store, const br_ip *ip, const char *id,
                  const char *ifname, cni_why *why);
int br_store_owner(const br_store *store, const br_ip *ip,
                   char out[BR_OWNER_MAX]);
int br_store_release(const br_store *store, const br_ip *ip, const char *id,
                     const char *ifname, cni_why *why);
/* Releases what KEEP says no to; OWNER is "ID\r\nIFNAME" or "ID". */
typedef bool (*br_keep)(const char *owner, void *arg);
int br_store_sweep(const br_store *store, br_keep keep, void *arg,
                   cni_why *why);
bool br_owner_is(const char *owner, const char *id, const char *ifname);
void br_store_note(const br_store *store, unsigned set, const br_ip *ip);
bool br_store_noted(const br_store *store, unsigned set, br_ip *ip);

/* pool.c - which addresses an attachment gets */
int br_pool_take(const br_def *def, const pp_net_request *req, int64_t deadline,
                 br_leases *out, cni_why *why);
int br_pool_release(const br_att *att, int64_t deadline, cni_why *why);
int br_pool_sweep(const char *folder, const char *id, const char *ifname,
                  int64_t deadline, cni_why *why);

/* made.c - what this store has made */
typedef struct br_made {
    const char *net; /* these borrow from the caller of the callback */
    const char *folder;
    const char *id;
    const char *ifname;
} br_made;
typedef int (*br_made_cb)(const br_made *made, void *arg);
int br_made_note(const br *self, const br_att *att, cni_why *why);
void br_made_forget(const br *self, const char *id, const char *ifname);
int br_made_each(const br *self, br_made_cb cb, void *arg, cni_why *why);

/* nl.c - rtnetlink: batches of changes, and queries */
struct mnl_socket;
struct nlmsghdr;
typedef struct br_nl {
    struct mnl_socket *sock;
    uint32_t seq;
    int64_t deadline;
} br_nl;
#define BR_MAX_STEPS 160
typedef struct br_step {
    int allow; /* an errno that is a success */
    char what[116];
} br_step;
typedef struct br_batch {
    size_t n; /* finished bytes of buf */
    size_t n_steps;
    struct nlmsghdr *open;
    br_step step[BR_MAX_STEPS];
    char buf[32768] __attribute__((aligned(8)));
} br_batch;
int br_nl_socket(void);
int br_nl_take(br_nl *nl, int fd, int64_t deadline, cni_why *why);
int br_nl_open(br_nl *nl, int64_t deadline, cni_why *why);
void br_nl_close(br_nl *nl);
#define NL_AUTO __attribute__((cleanup(br_nl_close)))
br_batch *br_batch_new(cni_why *why);
struct nlmsghdr *br_batch_add(br_batch *batch, uint16_t type, uint16_t flags,
                              int allow, const char *fmt, ...) PP_PRINTF(5, 6);
int br_batch_run(br_batch *batch, br_nl *nl, cni_why *why);
int br_nl_query(br_nl *nl, struct nlmsghdr *nlh,
                int (*cb)(const struct nlmsghdr *, void *), void *arg);
bool br_nl_again(int rc, int tries);
int br_nl_code(int sys_errno);

/* link.c - messages about interfaces, addresses and routes */
struct br_veth {
    const char *name;
    const char *peer;
    const char *alias;
    const uint8_t *mac; /* of the peer */
    const uint8_t *host_mac;
    int netns;  /* of the peer */
    int bridge; /* index */
    const br_def *def;
};
void br_link_bridge(br_batch *b, const br_def *def, const uint8_t mac[6]);
void br_link_veth(br_batch *b, const struct br_veth *v);
void br_link_up(br_batch *b, int index, unsigned flags, const char *name);
void br_link_delete(br_batch *b, int index, const char *name);
void br_link_address(br_batch *b, bool add, int index, const br_cidr *a,
                     const char *name);
void br_link_route(br_batch *b, int index, const br_cidr *dst, const br_ip *gw,
                   const char *name);

/* links.c - what is there */
typedef struct br_link {
    int index;
    int master;
    unsigned flags; /* IFF_* */
    uint8_t operstate;
    uint32_t mtu;
    uint8_t mac[6];
    bool hairpin;
    char name[IF_NAMESIZE];
    char kind[16];
    char alias[BR_MAX_ALIAS];
} br_link;
int br_link_find(br_nl *nl, const char *name, br_link *out, cni_why *why);
typedef struct br_addr {
    int index;
    br_cidr cidr;
} br_addr;
/* Of one interface, or of all if INDEX is 0; the caller frees *v. */
int br_addr_list(br_nl *nl, int index, br_addr **v, size_t *n, cni_why *why);
int br_route_find(br_nl *nl, int index, const br_cidr *dst, const br_ip *gw,
                  cni_why *why);

/* ns.c - into the namespace of a container, by a thread of its own */
typedef struct br_ns_setting {
    const char *family; /* "ipv4", "ipv6" */
    const char *key;
    const char *value;
    bool must;
} br_ns_setting;
int br_ns_open(const pp_net_request *req, cni_why *why);
typedef struct br_ns_entry {
    int fd;
    const char *ifname;
    const br_ns_setting *settings; /* ends with a NULL family; or NULL */
} br_ns_entry;
int br_ns_socket(const br_ns_entry *entry, int64_t deadline, br_nl *nl,
                 cni_why *why);
void br_fd_auto(int *fd);
#define FD_AUTO __attribute__((cleanup(br_fd_auto)))

/* sysctl.c - switches under /proc/sys/net of the thread's namespace */
int br_sysctl_set(const char *value, const char *fmt, ...) PP_PRINTF(2, 3);

/* host.c - the host's side: bridge, gateways, forwarding, names */
int br_host_bridge(br_nl *nl, const br_def *def, const br_leases *leases,
                   br_link *bridge, cni_why *why);
void br_host_veth(const char *id, const char *ifname, char out[IF_NAMESIZE]);
int br_host_alias(const char *net, const char *id, const char *ifname,
                  char out[BR_MAX_ALIAS], cni_why *why);
int br_host_remove(br_nl *nl, const char *id, const char *ifname, cni_why *why);
#define BR_VETH_PREFIX "ppv"
#define BR_ALIAS_PREFIX "polypod:"

/* peer.c - the container's side */
int br_peer_configure(int netns, const br_def *def, const br_att *att,
                      int64_t deadline, cni_why *why);
int br_peer_remove(int netns, const char *ifname, int64_t deadline,
                   cni_why *why);
const br_ip *br_peer_via(const br_att *att, const br_route *route);

/* result.c - what the host is told */
int br_result_emit(const br_def *def, const br_att *att, const br_link *bridge,
                   const uint8_t host_mac[6], const char *sandbox,
                   const pp_net_result *out, cni_why *why);

/* cookie.c - what teardown and check will need */
int br_cookie_write(const br *self, const br_att *att, pp_sink *out,
                    cni_why *why);
int br_cookie_read(const char *id, pp_slice bytes, json_object **root,
                   br_att *out, cni_why *why);

/* attach.c, detach.c, check.c, gc.c - the operations */
int br_request_check(const pp_net_request *req, bool names_iface, cni_why *why);
int64_t br_deadline(const br *self, const pp_net_request *req);
int br_lock(const br *self, bool exclusive, int64_t deadline, cni_why *why);
int br_attach(const br *self, const pp_net_request *req,
              const pp_net_result *out, cni_why *why);
int br_detach(const br *self, const pp_net_request *req, pp_slice cookie,
              cni_why *why);
int br_check(const br *self, const pp_net_request *req, pp_slice cookie,
             cni_why *why);
int br_gc(const br *self, const char *net,
          const pp_net_attachment *const *alive, uint32_t n, cni_why *why);
int br_status(const br *self, const char *net, cni_why *why);

#endif
