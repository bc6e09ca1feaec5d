/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/want.c - from requests to the elements they mean
 *
 * Everything a request holds is checked here, before a socket is opened.
 */
#include "nft.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define NET_FLAGS (PP_FW_MASQUERADE | PP_FW_ISOLATE | PP_FW_INTERNAL)
#define INVALID(nft, err, ...)                                                 \
    pp_host_fail((nft)->host, err, PP_E_INVAL, 0, __VA_ARGS__)

static int
no_memory(const struct nft *nft, pp_err *err)
{
    return pp_host_fail(nft->host, err, PP_E_NOMEM, 0, "out of memory");
}

int
nft_want_owner(const struct nft *nft, const char *owner, pp_err *err)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.-";
    size_t n = owner ? strspn(owner, chars) : 0;

    if (n < 1 || n > NFT_KEY_MAX || owner[n] != '\0')
        return INVALID(nft, err,
                       "owner \"%.80s\" is not 1 to 64 of [A-Za-z0-9_.-]",
                       owner ? owner : "");
    return 0;
}

/* "net:NAME": no owner can look so. */
int
nft_net_comment(const struct nft *nft, const char *net,
                char comment[NFT_COMMENT_MAX + 1], pp_err *err)
{
    size_t n = net ? strlen(net) : 0;

    if (n < 1 || n > NFT_COMMENT_MAX - 8)
        return INVALID(nft, err, "network name \"%.80s\" is empty or too long",
                       net ? net : "");
    for (size_t i = 0; i < n; i++)
        if (!isprint((unsigned char)net[i]) || net[i] == '"' || net[i] == '\\')
            return INVALID(nft, err,
                           "network name \"%.80s\" holds a character that a "
                           "comment can not",
                           net);
    snprintf(comment, NFT_COMMENT_MAX + 1, "net:%s", net);
    return 0;
}

static int
want_ifname(const struct nft *nft, unsigned set, const char *bridge,
            const char *comment, struct nft_elems *want, pp_err *err)
{
    struct nft_elem *e = NULL;
    size_t n = strlen(bridge);

    if (n < 1 || n >= IFNAMSIZ || strchr(bridge, '/'))
        return INVALID(nft, err, "\"%.40s\" is not an interface name", bridge);
    e = nft_elems_add(want, set, comment);
    if (!e)
        return no_memory(nft, err);
    memcpy(e->key, bridge, n);
    if (set == SET_SAME)
        memcpy(e->key + IFNAMSIZ, bridge, n);
    return 0;
}

/* The first address of each family is where ports lead. */
struct target {
    bool has4;
    bool has6;
    uint8_t a4[4];
    uint8_t a6[16];
};

static int
want_addr(const struct nft *nft, const pp_fw_rules *r, const pp_fw_addr *a,
          struct target *to, struct nft_elems *want, pp_err *err)
{
    char comment[NFT_COMMENT_MAX + 1];
    uint8_t ip[16];
    bool v6 = a->address && strchr(a->address, ':');
    struct nft_elem *e = NULL;
    int rc = 0;

    if (a->flags != 0)
        return pp_host_fail(nft->host, err, PP_E_NOTSUP, 0,
                            "owner %s: unknown address flags 0x%x", r->owner,
                            a->flags);
    if (!a->address || inet_pton(v6 ? AF_INET6 : AF_INET, a->address, ip) != 1)
        return INVALID(nft, err, "owner %s: \"%.80s\" is not an address",
                       r->owner, a->address ? a->address : "");
    e = nft_elems_add(want, v6 ? SET_ADDR6 : SET_ADDR4, r->owner);
    if (!e)
        return no_memory(nft, err);
    memcpy(e->key, ip, v6 ? 16 : 4);
    if (v6 && !to->has6)
        memcpy(to->a6, ip, 16);
    else if (!v6 && !to->has4)
        memcpy(to->a4, ip, 4);
    to->has6 = to->has6 || v6;
    to->has4 = to->has4 || !v6;
    if (!a->bridge || !a->net || r->n_ports == 0)
        return 0;
    rc = nft_net_comment(nft, a->net, comment, err);
    if (rc < 0)
        return rc;
    return want_ifname(nft, SET_BRIDGES, a->bridge, comment, want, err);
}

static int
check_port(const struct nft *nft, const pp_fw_rules *r, const pp_fw_port *p,
           pp_err *err)
{
    if (p->flags != 0)
        return pp_host_fail(nft->host, err, PP_E_NOTSUP, 0,
                            "owner %s: unknown port flags 0x%x", r->owner,
                            p->flags);
    if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP &&
        p->proto != IPPROTO_SCTP)
        return pp_host_fail(nft->host, err, PP_E_NOTSUP, 0,
                            "owner %s: protocol %u has no ports to publish",
                            r->owner, p->proto);
    if (p->host_port == 0 || p->container_port == 0 || p->count == 0 ||
        p->host_port + p->count > 65536 || p->container_port + p->count > 65536)
        return INVALID(nft, err,
                       "owner %s: %u ports from %u to %u leave 1 to 65535",
                       r->owner, p->count, p->host_port, p->container_port);
    return 0;
}

static void
put_port(uint8_t p[2], unsigned port)
{
    p[0] = (uint8_t)(port >> 8);
    p[1] = (uint8_t)port;
}

/* Each port of P in one family; IP is the host's address, NULL for all. */
static int
want_ports(const struct nft *nft, const char *owner, const pp_fw_port *p,
           const uint8_t *ip, const uint8_t *to, bool v6,
           struct nft_elems *want, pp_err *err)
{
    unsigned set = ip ? (v6 ? SET_HOSTPORT6 : SET_HOSTPORT4)
                      : (v6 ? SET_PORT6 : SET_PORT4);
    size_t len = v6 ? 16 : 4;

    for (unsigned i = 0; i < p->count; i++) {
        struct nft_elem *e = nft_elems_add(want, set, owner);
        uint8_t *key = e ? e->key : NULL;

        if (!e)
            return no_memory(nft, err);
        if (ip) {
            memcpy(key, ip, len);
            key += len;
        }
        key[0] = (uint8_t)p->proto;
        put_port(key + 4, p->host_port + i);
        memcpy(e->data, to, len);
        put_port(e->data + len, p->container_port + i);
    }
    return 0;
}

/* Which families P is for, and the host's address if it is one. */
static int
want_port(const struct nft *nft, const pp_fw_rules *r, const pp_fw_port *p,
          const struct target *to, struct nft_elems *want, pp_err *err)
{
    static const uint8_t zero[16];
    const char *text = p->host_ip;
    uint8_t ip[16] = {0};
    bool v6 = text && strchr(text, ':');
    const uint8_t *one = NULL;
    int rc = check_port(nft, r, p, err);

    if (rc < 0)
        return rc;
    if (text && inet_pton(v6 ? AF_INET6 : AF_INET, text, ip) != 1)
        return INVALID(nft, err, "owner %s: host address \"%.80s\"", r->owner,
                       text);
    if (v6 && IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)(void *)ip))
        return pp_host_fail(nft->host, err, PP_E_NOTSUP, 0,
                            "owner %s: port %u can't be published on ::1, "
                            "which never leaves the host; use 127.0.0.1",
                            r->owner, p->host_port);
    if ((text && !(v6 ? to->has6 : to->has4)) || !(to->has4 || to->has6))
        return INVALID(
            nft, err, "owner %s: port %u%s%s has no address to lead to",
            r->owner, p->host_port, text ? " on " : "", text ? text : "");
    one = memcmp(ip, zero, sizeof(ip)) != 0 ? ip : NULL;
    if (to->has4 && !v6)
        rc = want_ports(nft, r->owner, p, one, to->a4, false, want, err);
    if (rc == 0 && to->has6 && (v6 || !text))
        rc = want_ports(nft, r->owner, p, one, to->a6, true, want, err);
    return rc;
}

/* Append what R means; WANT is not yet sorted afterwards. */
int
nft_want_rules(const struct nft *nft, const pp_fw_rules *r,
               struct nft_elems *want, pp_err *err)
{
    struct target to = {0};
    int rc = nft_want_owner(nft, r->owner, err);

    if (rc == 0 && r->flags != 0)
        return pp_host_fail(nft->host, err, PP_E_NOTSUP, 0,
                            "owner %s: unknown flags 0x%x", r->owner, r->flags);
    for (uint32_t i = 0; rc == 0 && i < r->n_addrs; i++)
        rc = want_addr(nft, r, r->addrs[i], &to, want, err);
    for (uint32_t i = 0; rc == 0 && i < r->n_ports; i++)
        rc = want_port(nft, r, r->ports[i], &to, want, err);
    return rc;
}

int
nft_want_net(const struct nft *nft, const pp_fw_net *net,
             struct nft_elems *want, pp_err *err)
{
    static const struct {
        unsigned set;
        uint32_t flag; /* 0: always */
    } sets[] = {{SET_BRIDGES, 0},
                {SET_SAME, 0},
                {SET_ISOLATED, PP_FW_ISOLATE},
                {SET_INTERNAL, PP_FW_INTERNAL}};
    char comment[NFT_COMMENT_MAX + 1];
    int rc = nft_net_comment(nft, net->net, comment, err);

    if (rc < 0)
        return rc;
    if (net->flags & ~NET_FLAGS)
        return pp_host_fail(nft->host, err, PP_E_NOTSUP, 0,
                            "network %s: unknown flags 0x%x", net->net,
                            net->flags & ~NET_FLAGS);
    if (!net->bridge)
        return INVALID(nft, err, "network %s names no bridge", net->net);
    for (size_t i = 0; rc == 0 && i < sizeof(sets) / sizeof(sets[0]); i++)
        if (sets[i].flag == 0 || net->flags & sets[i].flag)
            rc = want_ifname(nft, sets[i].set, net->bridge, comment, want, err);
    if (rc == 0 && net->flags & PP_FW_MASQUERADE &&
        !(net->flags & PP_FW_INTERNAL))
        rc = nft_subnets_masq(nft, net, comment, want, err);
    return rc;
}

static int
clash(const struct nft *nft, const struct nft_elem *a, const struct nft_elem *b,
      pp_err *err)
{
    char text[NFT_TEXT_MAX];

    nft_elem_text(a, text, sizeof(text));
    if (!strcmp(a->comment, b->comment))
        return INVALID(nft, err, "%s wants %s in two ways", a->comment, text);
    return pp_host_fail(nft->host, err, PP_E_EXISTS, 0,
                        "%s and %s both want %s", a->comment, b->comment, text);
}

/*
 * Sort WANT and drop repetitions.  Two owners of one key, or one port both
 * on every host address and on a single one, are refused.
 */
int
nft_want_unique(const struct nft *nft, struct nft_elems *want, pp_err *err)
{
    size_t n = 0;

    nft_elems_sort(want);
    for (size_t i = 0; i < want->n; i++) {
        struct nft_elem *last = n > 0 ? &want->v[n - 1] : NULL;
        const struct nft_elem *e = &want->v[i];

        if (!last || nft_elem_order(last, e) != 0)
            memmove(&want->v[n++], e, sizeof(*e));
        else if (e->set != SET_BRIDGES && !nft_elem_same(last, e))
            return clash(nft, last, e, err);
    }
    want->n = n;
    for (size_t i = 0; i < n; i++) {
        struct nft_elem every = {0};
        const struct nft_elem *e = &want->v[i];
        const struct nft_elem *other = NULL;

        if (e->set != SET_HOSTPORT4 && e->set != SET_HOSTPORT6)
            continue;
        every.set = e->set == SET_HOSTPORT4 ? SET_PORT4 : SET_PORT6;
        memcpy(every.key, e->key + nft_set_klen(e->set) - 8, 8);
        other = nft_elems_find(want, &every);
        if (other)
            return clash(nft, other, e, err);
    }
    return 0;
}
