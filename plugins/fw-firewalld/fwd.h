/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/fwd.h - rules that firewalld holds for us
 *
 * Two things go into firewalld's runtime configuration, nothing into its
 * permanent one: the addresses of containers, as sources of a zone, and
 * direct rules, for what zones cannot say.  A direct rule carries a comment
 * with the owner or the network; a source cannot, so the rule that accepts
 * what an address sends is also the note of whose the address is: it is made
 * before the source and goes after it.
 *
 * Files   bus.c calls and deadlines    direct.c the requests to firewalld
 *         rule.c rules as texts        addr.c addresses and names
 *         owner.c port.c net.c base.c  from requests to rules
 *         look.c what firewalld holds  kernel.c what the kernel has of it
 *         change.c from one to the other, with lock.c and localnet.c
 *         ops.c check.c the ops        probe.c plugin.c ns.c the rest
 * Bus     each op opens a connection of its own and closes it: nothing is
 *         kept that a fork or another namespace could make wrong.
 */
#ifndef FWD_H
#define FWD_H

#include <polypod/firewall.h>

#include <stdbool.h>
#include <stdint.h>

struct sd_bus;
struct sd_bus_message;

#define FWD_VERSION "0.1.0"
#define FWD_OWNER_MAX 64
#define FWD_NET_MAX 128
#define FWD_TAG_MAX 160
#define FWD_ADDR_MAX 64
#define FWD_TEXT_MAX 600

/* How comments begin: of the skeleton, of owners, of networks. */
#define FWD_TAG "polypod-fwd"
#define FWD_OWNER_TAG FWD_TAG ":"
#define FWD_NET_TAG FWD_TAG "-net:"

/* Our chains; those of fw-iptables have a dash. */
#define FWD_DNAT "POLYPOD_DNAT"
#define FWD_MASQ "POLYPOD_MASQ"
#define FWD_FORWARD "POLYPOD_FORWARD"
#define FWD_GUARD "POLYPOD_GUARD"
#define FWD_ISOLATE "POLYPOD_ISOLATE"
#define FWD_ISOLATED "POLYPOD_ISOLATED"

/* Between the words of a rule; shown to people as a blank. */
#define FWD_SEP '\x1f'

/* An instance. */
struct fwd {
    const pp_host *host;
    const char *bus;  /* its address */
    const char *zone; /* for the addresses of containers */
    const char *lock; /* path */
    int64_t timeout;  /* nanoseconds, for each answer */
    int32_t priority; /* of our jumps among the direct rules */
    bool localnet;
};

/* A connection, and the unique name that firewalld has on it. */
struct fwd_bus {
    const struct fwd *fwd;
    struct sd_bus *bus;
    char peer[64];
};

/*
 * Texts in a growing array.  A rule is its words with FWD_SEP between:
 * ipv4|ipv6, table, chain, priority, and the arguments.
 */
struct fwd_list {
    char **v;
    size_t n;
    size_t cap;
};

/* What firewalld holds of ours; all lists are sorted. */
struct fwd_have {
    struct fwd_list rules;
    struct fwd_list chains;  /* ipv, table, chain */
    struct fwd_list sources; /* of the zone, whoseever */
    bool no_zone;            /* firewalld does not know it */
    bool legacy;             /* its backend is iptables, not nftables */
};

/* An address or prefix, as bytes and in its one text form. */
struct fwd_prefix {
    uint8_t ip[16];
    uint8_t bits;
    bool v6;
    char text[FWD_ADDR_MAX]; /* with /BITS only if those are not all */
};

/* How a request answers. */
enum fwd_answer { FWD_DONE = 0, FWD_TOLERATED = 1 };

/* bus.c */
int fwd_bus_open(struct fwd_bus *b, const struct fwd *fwd, pp_err *err);
void fwd_bus_close(struct fwd_bus *b);
int fwd_bus_new(struct fwd_bus *b, const char *interface, const char *member,
                struct sd_bus_message **m, pp_err *err);
int fwd_bus_ask(struct fwd_bus *b, struct sd_bus_message *m,
                const char *tolerate, struct sd_bus_message **reply,
                pp_err *err);
int fwd_bus_property(struct fwd_bus *b, const char *path, const char *interface,
                     const char *name, char *value, size_t size, pp_err *err);
int fwd_bus_garbled(const struct fwd_bus *b, const char *what, int sys,
                    pp_err *err);

/* ns.c */
int fwd_ns_check(const struct fwd_bus *b, uint32_t pid, pp_err *err);

/* direct.c */
int fwd_rules_get(struct fwd_bus *b, struct fwd_list *out, pp_err *err);
int fwd_chains_get(struct fwd_bus *b, struct fwd_list *out, pp_err *err);
int fwd_rule_put(struct fwd_bus *b, const char *rule, bool add, pp_err *err);
int fwd_chain_put(struct fwd_bus *b, const char *chain, bool add, pp_err *err);
int fwd_sources_get(struct fwd_bus *b, struct fwd_list *out, bool *no_zone,
                    pp_err *err);
int fwd_source_add(struct fwd_bus *b, const char *address, bool ours,
                   pp_err *err);
int fwd_source_remove(struct fwd_bus *b, const char *address, pp_err *err);
int fwd_source_zone(struct fwd_bus *b, const char *address, char *zone,
                    size_t size, pp_err *err);
int fwd_rule_is_there(struct fwd_bus *b, const char *rule, pp_err *err);
int fwd_iptables(struct fwd_bus *b, const char *ipv, const char *const *words,
                 struct sd_bus_message **reply, pp_err *err);

/* rule.c */
#define FWD_WORDS_MAX 40

struct fwd_words {
    const char *v[FWD_WORDS_MAX + 1];
    unsigned n;
    char *copy;
};

int fwd_list_add(struct fwd_list *l, const char *text);
int fwd_list_copy(struct fwd_list *l, const struct fwd_list *from);
void fwd_list_sort(struct fwd_list *l); /* and drop what is there twice */
bool fwd_list_has(const struct fwd_list *l, const char *text);
void fwd_list_clear(struct fwd_list *l);
int fwd_list_minus(struct fwd_list *out, const struct fwd_list *a,
                   const struct fwd_list *b);
int fwd_rule_add(struct fwd_list *l, bool v6, const char *table,
                 const char *chain, int priority, const char *tag,
                 const char *fmt, ...) PP_PRINTF(7, 8);
int fwd_words_split(struct fwd_words *w, const char *text);
void fwd_words_clear(struct fwd_words *w);
const char *fwd_words_after(const struct fwd_words *w, const char *option);
bool fwd_rule_tag(const char *rule, char *tag, size_t size);
bool fwd_rule_has_tag(const char *rule, const char *tag);
bool fwd_rule_source(const char *rule, char *address, size_t size);
void fwd_rule_show(const char *rule, char *text, size_t size);
int fwd_list_pick(struct fwd_list *out, const struct fwd_list *from,
                  const char *tag);

/* addr.c */
bool fwd_addr_parse(const char *text, struct fwd_prefix *out);
bool fwd_prefix_parse(const char *text, struct fwd_prefix *out);
bool fwd_addr_is_any(const struct fwd_prefix *addr);
bool fwd_name_valid(const char *name, size_t max);
bool fwd_iface_valid(const char *name);

/* owner.c, port.c, net.c, base.c: what is wanted */
int fwd_owner_check(const struct fwd *fwd, const pp_fw_rules *r, pp_err *err);
int fwd_owner_want(const struct fwd *fwd, const pp_fw_rules *r, bool legacy,
                   struct fwd_list *want, pp_err *err);
void fwd_owner_tag(const char *owner, char tag[FWD_TAG_MAX]);
const pp_fw_addr *fwd_owner_target(const pp_fw_rules *r, bool v6);
bool fwd_owner_publishes(const pp_fw_rules *r, bool v6);
int fwd_ports_check(const struct fwd *fwd, const pp_fw_rules *r, pp_err *err);
int fwd_ports_want(const pp_fw_rules *r, const char *tag,
                   struct fwd_list *want);
bool fwd_port_is_for(const pp_fw_port *p, bool v6);
int fwd_ports_free(const struct fwd *fwd, const struct fwd_list *have,
                   const struct fwd_list *want, const char *tag, pp_err *err);
int fwd_net_check_args(const struct fwd *fwd, const pp_fw_net *net,
                       pp_err *err);
int fwd_net_want(const struct fwd *fwd, const pp_fw_net *net,
                 struct fwd_list *want, pp_err *err);
int fwd_net_share(const struct fwd *fwd, const pp_fw_rules *r,
                  struct fwd_list *want, pp_err *err);
int fwd_net_return_path(struct fwd_list *want, const struct fwd_prefix *from,
                        const struct fwd_prefix *to, const char *tag);
void fwd_net_tag(const char *net, char tag[FWD_TAG_MAX]);
int fwd_base_want(const struct fwd *fwd, struct fwd_list *want, pp_err *err);

/* look.c, kernel.c: what there is */
int fwd_have_read(struct fwd_bus *b, struct fwd_have *have, pp_err *err);
void fwd_have_clear(struct fwd_have *have);
int fwd_kernel_lacks(struct fwd_bus *b, const struct fwd_have *have,
                     const struct fwd_list *rules, struct fwd_list *lost,
                     pp_err *err);
int fwd_kernel_drop(struct fwd_bus *b, bool legacy, const char *rule,
                    pp_err *err);

/* change.c */
struct fwd_plan {
    struct fwd_list want; /* all that must be there afterwards */
    struct fwd_list old;  /* what may go if it is not wanted   */
    bool chains;          /* also chains that nothing uses     */
};

int fwd_plan_run(struct fwd_bus *b, const struct fwd_have *have,
                 struct fwd_plan *plan, pp_err *err);
void fwd_plan_clear(struct fwd_plan *plan);
int fwd_sources_of(const struct fwd_list *rules, struct fwd_list *out);

/* lock.c */
int fwd_lock(const struct fwd *fwd, pp_err *err);

/* localnet.c */
const pp_fw_addr *fwd_localnet_of(const struct fwd *fwd, const pp_fw_rules *r);
void fwd_localnet_set(const struct fwd *fwd, const char *bridge, bool on);
bool fwd_localnet_is_off(const char *bridge);
void fwd_localnet_close(const struct fwd *fwd, const struct fwd_list *have,
                        const struct fwd_list *gone);

/* the ops */
int fwd_caps(void *self, uint64_t *caps, pp_err *err);
int fwd_net_up(void *self, const pp_fw_net *net, pp_err *err);
int fwd_net_down(void *self, const char *net, pp_err *err);
int fwd_apply(void *self, const pp_fw_rules *r, pp_err *err);
int fwd_remove(void *self, const char *owner, pp_err *err);
int fwd_sync(void *self, const pp_fw_all *all, pp_err *err);
int fwd_check(void *self, const pp_fw_rules *r, pp_err *err);
int fwd_net_check(void *self, const pp_fw_net *net, pp_err *err);
int fwd_owners(void *self, pp_sink *owners, pp_err *err);
int fwd_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
              pp_err *err);
int fwd_status(void *self, pp_sink *json, pp_err *err);
int fwd_configure(struct fwd *fwd, const pp_host *host, const pp_config *config,
                  pp_err *err);

#define FWD_OOM(fwd, err)                                                      \
    pp_host_fail((fwd)->host, err, PP_E_NOMEM, 0, "out of memory")

#endif
