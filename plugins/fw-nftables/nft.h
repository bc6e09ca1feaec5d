/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/nft.h - one table of constant rules, sets that vary
 *
 * The rules never change with the number of containers: they look into sets
 * and maps, and each element carries as its comment whose it is.  Every
 * change is read, decide, write: the write carries the generation that was
 * read, and the kernel refuses it whole if anything was committed between,
 * in which case the op starts again.
 *
 * Files   nl.c socket and batch      table.c chains and the skeleton
 *         rules.c the constant rules  set.c sets and their elements
 *         elem.c element vectors      want.c from requests to elements
 *         dump.c reading back         owner.c what one owner has
 *         apply.c net.c check.c sync.c the ops
 *         probe.c sysctl.c plugin.c   the rest
 * Socket  kept from op to op, because closing one waits until the kernel has
 *         freed what was deleted (some 13 ms).  It belongs to the network
 *         namespace in which it was made, and ops act on that of the calling
 *         thread: in another one, or in a forked child, a new one is made.
 */
#ifndef NFT_H
#define NFT_H

#include <polypod/firewall.h>

#include <stdbool.h>
#include <stdint.h>

struct mnl_socket;
struct nftnl_rule;
struct nlmsghdr;

#define NFT_KEY_MAX 64      /* the kernel's limit, and an owner's length */
#define NFT_COMMENT_MAX 128 /* what nft(8) shows and reads back         */
#define NFT_DESC_MAX 180
#define NFT_TEXT_MAX 400

/* The socket that is kept, and where and by whom it was made. */
struct nft_socket {
    struct mnl_socket *sock;
    uint64_t dev;
    uint64_t ino;
    int64_t pid;
};

/* An instance. */
struct nft {
    struct nft_socket *kept; /* NULL: none is kept */
    const pp_host *host;
    const char *table;
    const char *admin;
    int64_t timeout; /* nanoseconds */
    bool localnet;
};

/* The sets, in the order in which they are made. */
enum nft_set {
    SET_ADDR4, /* addresses of owners                                   */
    SET_ADDR6,
    SET_PORT4, /* published on every host address                       */
    SET_PORT6,
    SET_HOSTPORT4, /* published on one host address                         */
    SET_HOSTPORT6,
    SET_BOUND4, /* on how many single host addresses a port is published */
    SET_BOUND6,
    SET_OWNERS, /* the index: owner, and in its user data what it has    */
    SET_MASQ4,  /* subnet . everything outside of its network            */
    SET_MASQ6,
    SET_BRIDGES,
    SET_SAME, /* bridge . itself                                       */
    SET_ISOLATED,
    SET_INTERNAL,
    SET_COUNT
};

struct nft_elem {
    uint8_t set;
    uint8_t key[NFT_KEY_MAX];
    uint8_t end[32]; /* last of an interval; only for SET_MASQ */
    uint8_t data[20];
    char comment[NFT_COMMENT_MAX + 1];
};

struct nft_elems {
    struct nft_elem *v;
    size_t n;
    size_t cap;
};

/* What the index says of one owner: a compact list of keys. */
struct nft_desc {
    uint8_t n;
    bool overflow; /* it has more than fits: ask the sets */
    uint8_t p[NFT_DESC_MAX];
};

/* An open socket and what was read through it. */
/* A point of the test build, which defines it; see HACKING. */
#ifndef PP_FAULT
#define PP_FAULT(name) 0
#endif

struct nft_nl {
    const struct nft *nft;
    struct mnl_socket *sock;
    uint32_t seq;
    uint32_t gen;
    int64_t deadline;
    unsigned tries;
};

struct nft_batch {
    char *p;
    size_t n;
    size_t cap;
    uint32_t seq;
    bool oom;
};

/* nl.c: results are 0 or a negative errno */
int nft_nl_open(struct nft_nl *nl, const struct nft *nft, pp_err *err);
void nft_nl_close(struct nft_nl *nl);
void nft_nl_drop(struct nft_socket *kept);
int nft_nl_query(struct nft_nl *nl, struct nlmsghdr *nlh,
                 int (*cb)(const struct nlmsghdr *, void *), void *arg);
int nft_nl_read_gen(struct nft_nl *nl);
int nft_nl_commit(struct nft_nl *nl, struct nft_batch *b);
bool nft_nl_again(struct nft_nl *nl, int rc);
int nft_nl_fail(struct nft_nl *nl, int rc, const char *what, const char *name,
                pp_err *err);
void nft_batch_init(struct nft_batch *b, const struct nft_nl *nl);
void nft_batch_clear(struct nft_batch *b);
struct nlmsghdr *nft_batch_msg(struct nft_batch *b, uint16_t type,
                               uint16_t flags);
void nft_batch_end(struct nft_batch *b, const struct nlmsghdr *nlh);

/* table.c */
struct nft_skeleton {
    bool table;
    unsigned chains; /* bit per chain that exists as it should      */
    unsigned alien;  /* bit per chain that exists with other traits */
    unsigned sets;
    unsigned strange;
    bool rules; /* all of them are as they should be */
};

int nft_table_exists(struct nft_nl *nl, bool *exists);
int nft_table_inspect(struct nft_nl *nl, struct nft_skeleton *k, char *text,
                      size_t size);
void nft_table_build(struct nft_batch *b, const struct nft *nft,
                     const struct nft_skeleton *k);
bool nft_chain_is_ours(const char *name);
unsigned nft_chain_count(void);
void nft_text_add(char *text, size_t size, const char *fmt, ...)
    PP_PRINTF(3, 4);

/* rules.c */
unsigned nft_rule_count(void);
struct nftnl_rule *nft_rule_make(const struct nft *nft, unsigned i);
void nft_rules_build(struct nft_batch *b, const struct nft *nft);
int nft_rules_inspect(struct nft_nl *nl, bool *same, char *text, size_t size);

/* set.c */
const char *nft_set_name(unsigned set);
unsigned nft_set_klen(unsigned set);
unsigned nft_set_dlen(unsigned set);
bool nft_set_is_interval(unsigned set);
int nft_sets_inspect(struct nft_nl *nl, struct nft_skeleton *k, char *text,
                     size_t size);
void nft_set_make(struct nft_batch *b, const struct nft *nft, unsigned set);
void nft_set_delete(struct nft_batch *b, const struct nft *nft, unsigned set);
void nft_set_flush(struct nft_batch *b, const struct nft *nft, unsigned set);
void nft_set_put(struct nft_batch *b, const struct nft *nft, bool add,
                 const struct nft_elems *elems);
void nft_set_put_owner(struct nft_batch *b, const struct nft *nft, bool add,
                       const char *owner, const struct nft_desc *desc);

/* elem.c */
void nft_elem_text(const struct nft_elem *e, char *text, size_t size);
int nft_elem_order(const void *a, const void *b);
bool nft_elem_same(const struct nft_elem *a, const struct nft_elem *b);
const struct nft_elem *nft_elems_find(const struct nft_elems *v,
                                      const struct nft_elem *e);
struct nft_elem *nft_elems_add(struct nft_elems *v, unsigned set,
                               const char *comment);
void nft_elems_sort(struct nft_elems *v);
void nft_elems_clear(struct nft_elems *v);
void nft_owner_key(uint8_t key[NFT_KEY_MAX], const char *owner);

/* want.c */
int nft_want_rules(const struct nft *nft, const pp_fw_rules *r,
                   struct nft_elems *want, pp_err *err);
int nft_want_net(const struct nft *nft, const pp_fw_net *net,
                 struct nft_elems *want, pp_err *err);
int nft_want_owner(const struct nft *nft, const char *owner, pp_err *err);
int nft_want_unique(const struct nft *nft, struct nft_elems *want, pp_err *err);
int nft_net_comment(const struct nft *nft, const char *net,
                    char comment[NFT_COMMENT_MAX + 1], pp_err *err);

/* subnet.c */
int nft_subnets_masq(const struct nft *nft, const pp_fw_net *net,
                     const char *comment, struct nft_elems *want, pp_err *err);

/* bound.c */
int nft_bound_count(const struct nft_elems *want, struct nft_elems *bound);

/* dump.c: results are 0 or a negative errno */
int nft_dump_set(struct nft_nl *nl, unsigned set, const char *comment,
                 struct nft_elems *into);
int nft_dump_all(struct nft_nl *nl, unsigned from, unsigned to,
                 const char *comment, struct nft_elems *into);
int nft_dump_one(struct nft_nl *nl, struct nft_elem *e, struct nft_desc *desc);

/* owner.c */
void nft_desc_encode(struct nft_desc *desc, const struct nft_elems *elems);
int nft_desc_decode(const struct nft_desc *desc, const char *owner,
                    struct nft_elems *elems);

/* the ops */
int nft_apply(void *self, const pp_fw_rules *r, pp_err *err);
int nft_remove(void *self, const char *owner, pp_err *err);
int nft_net_up(void *self, const pp_fw_net *net, pp_err *err);
int nft_net_down(void *self, const char *net, pp_err *err);
int nft_check(void *self, const pp_fw_rules *r, pp_err *err);
int nft_net_check(void *self, const pp_fw_net *net, pp_err *err);
int nft_list(void *self, pp_sink *owners, pp_err *err);
int nft_sync(void *self, const pp_fw_all *all, pp_err *err);
int nft_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
              pp_err *err);
int nft_status(void *self, pp_sink *json, pp_err *err);

/* sysctl.c */
void nft_localnet_set(const struct nft *nft, const pp_fw_rules *r);
void nft_localnet_set_bridge(const struct nft *nft, const char *bridge);
bool nft_localnet_is_off(const struct nft *nft, const pp_fw_rules *r,
                         const char **bridge);

/* foreign.c - what of others drops what we accept, as one warning */
struct nft_foreign {
    bool firewalld; /* it runs, and warns for itself */
    unsigned n;
    unsigned untold;
    char places[512];
    char cures[2048];
};
void nft_foreign_add(struct nft_foreign *f, const char *family,
                     const char *table, const char *chain);
void nft_foreign_tool(struct nft_foreign *f, const char *place,
                      const char *tool);
void nft_foreign_note(struct nft_foreign *f, const char *place, const char *fmt,
                      ...) PP_PRINTF(3, 4);
void nft_foreign_say(const struct nft_foreign *f, const pp_host *host,
                     pp_sink *why);
/* cured.c - does the chain let these bridges through? */
bool nft_foreign_is_cured(struct nft_nl *nl, uint16_t family, const char *table,
                          const char *chain, const struct nft_elems *bridges);
/* Adds what legacy tables drop; returns whether there are any. */
bool nft_foreign_legacy(struct nft_foreign *f);

#endif
