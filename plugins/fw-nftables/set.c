/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/set.c - the sets and the messages about them
 */
#include "set.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/set.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#define CHUNK 128     /* elements in one message, which must end at 64 KiB */
#define UDATA_MAX 256 /* the kernel's limit */

static const struct nft_set_def defs[SET_COUNT] = {
    [SET_ADDR4] = {"addr4", {F_IP4}, {0}, 0},
    [SET_ADDR6] = {"addr6", {F_IP6}, {0}, 0},
    [SET_PORT4] = {"port4", {F_PROTO, F_PORT}, {F_IP4, F_PORT}, 0},
    [SET_PORT6] = {"port6", {F_PROTO, F_PORT}, {F_IP6, F_PORT}, 0},
    [SET_HOSTPORT4] = {"hostport4",
                       {F_IP4, F_PROTO, F_PORT},
                       {F_IP4, F_PORT},
                       0},
    [SET_HOSTPORT6] = {"hostport6",
                       {F_IP6, F_PROTO, F_PORT},
                       {F_IP6, F_PORT},
                       0},
    [SET_BOUND4] = {"bound4", {F_PROTO, F_PORT}, {F_MARK}, 0},
    [SET_BOUND6] = {"bound6", {F_PROTO, F_PORT}, {F_MARK}, 0},
    [SET_OWNERS] = {"owners", {F_IP6, F_IP6, F_IP6, F_IP6}, {0}, 0},
    [SET_MASQ4] = {"masq4", {F_IP4, F_IP4}, {0}, true},
    [SET_MASQ6] = {"masq6", {F_IP6, F_IP6}, {0}, true},
    [SET_BRIDGES] = {"bridges", {F_IFNAME}, {0}, 0},
    [SET_SAME] = {"same", {F_IFNAME, F_IFNAME}, {0}, 0},
    [SET_ISOLATED] = {"isolated", {F_IFNAME}, {0}, 0},
    [SET_INTERNAL] = {"internal", {F_IFNAME}, {0}, 0},
};

/* Bytes, and the number by which nft(8) knows the type. */
static const struct {
    uint8_t len;
    uint8_t type;
} fields[] = {
    [F_NONE] = {0, 0},     [F_IP4] = {4, 7},   [F_IP6] = {16, 8},
    [F_PROTO] = {1, 12},   [F_PORT] = {2, 13}, [F_MARK] = {4, 19},
    [F_IFNAME] = {16, 41},
};

static unsigned
padded(uint8_t field)
{
    return (fields[field].len + 3u) & ~3u;
}

const struct nft_set_def *
nft_set_def(unsigned set)
{
    return &defs[set];
}

const char *
nft_set_name(unsigned set)
{
    return defs[set].name;
}

static unsigned
length(const uint8_t f[NFT_FIELDS])
{
    unsigned n = 0;

    if (f[0] && !f[1])
        return fields[f[0]].len;
    for (unsigned i = 0; i < NFT_FIELDS; i++)
        n += padded(f[i]);
    return n;
}

static uint32_t
type_of(const uint8_t f[NFT_FIELDS])
{
    uint32_t type = 0;

    for (unsigned i = 0; i < NFT_FIELDS && f[i]; i++)
        type = type << 6 | fields[f[i]].type;
    return type;
}

static uint32_t
flags_of(const struct nft_set_def *d)
{
    return (d->interval ? NFT_SET_INTERVAL | NFT_SET_CONCAT : 0u) |
           (d->data[0] ? (uint32_t)NFT_SET_MAP : 0u);
}

unsigned
nft_set_klen(unsigned set)
{
    return length(defs[set].key);
}

unsigned
nft_set_dlen(unsigned set)
{
    return length(defs[set].data);
}

bool
nft_set_is_interval(unsigned set)
{
    return defs[set].interval;
}

/* A set object that names SET in our table; NULL without memory. */
struct nftnl_set *
nft_set_handle(const struct nft *nft, unsigned set)
{
    struct nftnl_set *s = nftnl_set_alloc();

    if (!s)
        return NULL;
    nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_INET);
    nftnl_set_set_str(s, NFTNL_SET_TABLE, nft->table);
    nftnl_set_set_str(s, NFTNL_SET_NAME, defs[set].name);
    return s;
}

/* Numbers and names are in the host's order, which nft(8) must be told. */
static bool
put_byteorder(struct nftnl_set *s, const struct nft_set_def *d)
{
    static const uint32_t host = 1, net = 2;
    struct nftnl_udata_buf *u = nftnl_udata_buf_alloc(UDATA_MAX);

    if (!u)
        return false;
    nftnl_udata_put_u32(u, NFTNL_UDATA_SET_KEYBYTEORDER,
                        d->key[0] == F_IFNAME && !d->key[1] ? host : net);
    nftnl_udata_put_u32(u, NFTNL_UDATA_SET_DATABYTEORDER,
                        d->data[0] == F_MARK ? host : net);
    nftnl_set_set_data(s, NFTNL_SET_USERDATA, nftnl_udata_buf_data(u),
                       nftnl_udata_buf_len(u));
    nftnl_udata_buf_free(u);
    return true;
}

void
nft_set_make(struct nft_batch *b, const struct nft *nft, unsigned set)
{
    const struct nft_set_def *d = &defs[set];
    struct nftnl_set *s = nft_set_handle(nft, set);
    struct nlmsghdr *nlh = nft_batch_msg(b, NFT_MSG_NEWSET, NLM_F_CREATE);
    uint8_t lens[16] = {0};

    if (!s || !nlh || !put_byteorder(s, d)) {
        b->oom = true;
        if (s)
            nftnl_set_free(s);
        return;
    }
    nftnl_set_set_u32(s, NFTNL_SET_ID, set + 1);
    nftnl_set_set_u32(s, NFTNL_SET_FLAGS, flags_of(d));
    nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, type_of(d->key));
    nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, length(d->key));
    if (d->data[0]) {
        nftnl_set_set_u32(s, NFTNL_SET_DATA_TYPE, type_of(d->data));
        nftnl_set_set_u32(s, NFTNL_SET_DATA_LEN, length(d->data));
    }
    if (d->interval) {
        uint32_t n = 0;

        for (; n < NFT_FIELDS && d->key[n]; n++)
            lens[n] = fields[d->key[n]].len;
        nftnl_set_set_data(s, NFTNL_SET_DESC_CONCAT, lens, n);
    }
    nftnl_set_nlmsg_build_payload(nlh, s);
    nft_batch_end(b, nlh);
    if (s)
        nftnl_set_free(s);
}

static void
name_only(struct nft_batch *b, const struct nft *nft, unsigned set,
          uint16_t type)
{
    struct nftnl_set *s = nft_set_handle(nft, set);
    struct nlmsghdr *nlh = nft_batch_msg(b, type, 0);

    if (s && nlh && type == NFT_MSG_DELSET)
        nftnl_set_nlmsg_build_payload(nlh, s);
    else if (s && nlh)
        nftnl_set_elems_nlmsg_build_payload(nlh, s);
    else
        b->oom = true;
    nft_batch_end(b, nlh);
    if (s)
        nftnl_set_free(s);
}

void
nft_set_delete(struct nft_batch *b, const struct nft *nft, unsigned set)
{
    name_only(b, nft, set, NFT_MSG_DELSET);
}

/* Deleting no element in particular deletes all. */
void
nft_set_flush(struct nft_batch *b, const struct nft *nft, unsigned set)
{
    name_only(b, nft, set, NFT_MSG_DELSETELEM);
}

static bool
put_user_data(struct nftnl_set_elem *el, const char *comment,
              const struct nft_desc *desc)
{
    struct nftnl_udata_buf *u = nftnl_udata_buf_alloc(UDATA_MAX);

    if (!u)
        return false;
    nftnl_udata_put_strz(u, NFTNL_UDATA_SET_ELEM_COMMENT, comment);
    if (desc)
        nftnl_udata_put(u, NFT_UDATA_DESC, desc->n, desc->p);
    nftnl_set_elem_set(el, NFTNL_SET_ELEM_USERDATA, nftnl_udata_buf_data(u),
                       nftnl_udata_buf_len(u));
    nftnl_udata_buf_free(u);
    return true;
}

/* A new element that S owns from now on. */
static bool
put_elem(struct nftnl_set *s, const struct nft_elem *e, bool add,
         const struct nft_desc *desc)
{
    struct nftnl_set_elem *el = nftnl_set_elem_alloc();
    unsigned klen = nft_set_klen(e->set);

    if (!el)
        return false;
    nftnl_set_elem_add(s, el);
    nftnl_set_elem_set(el, NFTNL_SET_ELEM_KEY, e->key, klen);
    if (defs[e->set].interval)
        nftnl_set_elem_set(el, NFTNL_SET_ELEM_KEY_END, e->end, klen);
    if (!add)
        return true;
    if (defs[e->set].data[0])
        nftnl_set_elem_set(el, NFTNL_SET_ELEM_DATA, e->data,
                           nft_set_dlen(e->set));
    return e->comment[0] == '\0' || put_user_data(el, e->comment, desc);
}

/* N elements of one set, few enough for one message. */
static void
put_chunk(struct nft_batch *b, const struct nft *nft, bool add,
          const struct nft_elem *v, size_t n, const struct nft_desc *desc)
{
    unsigned set = v[0].set;
    /* two owners may name the same bridge: then there is nothing to do */
    uint16_t flags = NLM_F_CREATE | (set == SET_BRIDGES ? 0 : NLM_F_EXCL);
    struct nftnl_set *s = nft_set_handle(nft, set);
    struct nlmsghdr *nlh = add ? nft_batch_msg(b, NFT_MSG_NEWSETELEM, flags)
                               : nft_batch_msg(b, NFT_MSG_DELSETELEM, 0);
    bool ok = s && nlh;

    for (size_t i = 0; ok && i < n; i++)
        ok = put_elem(s, &v[i], add, desc);
    if (ok) {
        nftnl_set_set_u32(s, NFTNL_SET_ID, set + 1);
        nftnl_set_elems_nlmsg_build_payload(nlh, s);
        nft_batch_end(b, nlh);
    }
    b->oom = b->oom || !ok;
    if (s)
        nftnl_set_free(s);
}

/* Add or delete all of ELEMS, which are sorted. */
void
nft_set_put(struct nft_batch *b, const struct nft *nft, bool add,
            const struct nft_elems *elems)
{
    for (size_t i = 0, n = 0; i < elems->n && !b->oom; i += n) {
        for (n = 1; n < CHUNK && i + n < elems->n; n++)
            if (elems->v[i + n].set != elems->v[i].set)
                break;
        put_chunk(b, nft, add, &elems->v[i], n, NULL);
    }
}

void
nft_set_put_owner(struct nft_batch *b, const struct nft *nft, bool add,
                  const char *owner, const struct nft_desc *desc)
{
    struct nft_elem e = {.set = SET_OWNERS};

    nft_owner_key(e.key, owner);
    memcpy(e.comment, owner, strlen(owner) + 1);
    put_chunk(b, nft, add, &e, 1, desc && !desc->overflow ? desc : NULL);
}

struct look {
    const struct nft *nft;
    struct nft_skeleton *k;
};

static int
look_at_set(const struct nlmsghdr *nlh, void *arg)
{
    struct look *look = arg;
    struct nftnl_set *s = nftnl_set_alloc();
    const char *table = NULL;
    const char *name = NULL;

    if (!s || nftnl_set_nlmsg_parse(nlh, s) < 0) {
        errno = s ? EBADMSG : ENOMEM;
        if (s)
            nftnl_set_free(s);
        return MNL_CB_ERROR;
    }
    table = nftnl_set_get_str(s, NFTNL_SET_TABLE);
    name = nftnl_set_get_str(s, NFTNL_SET_NAME);
    for (unsigned i = 0; table && name && i < SET_COUNT; i++) {
        const struct nft_set_def *d = &defs[i];

        if (strcmp(table, look->nft->table) || strcmp(name, d->name))
            continue;
        look->k->sets |= 1u << i;
        if (nftnl_set_get_u32(s, NFTNL_SET_FLAGS) != flags_of(d) ||
            nftnl_set_get_u32(s, NFTNL_SET_KEY_LEN) != length(d->key) ||
            nftnl_set_get_u32(s, NFTNL_SET_DATA_LEN) != length(d->data))
            look->k->strange |= 1u << i;
    }
    if (s)
        nftnl_set_free(s);
    return MNL_CB_OK;
}

/* Which sets are there, and which of them are not what we would make. */
int
nft_sets_inspect(struct nft_nl *nl, struct nft_skeleton *k, char *text,
                 size_t size)
{
    char buf[512];
    struct look look = {nl->nft, k};
    struct nlmsghdr *nlh =
        nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETSET, NFPROTO_INET, NLM_F_DUMP, 0);
    int rc = 0;

    k->sets = k->strange = 0;
    mnl_attr_put_strz(nlh, NFTA_SET_TABLE, nl->nft->table);
    rc = nft_nl_query(nl, nlh, look_at_set, &look);
    for (unsigned i = 0; rc == 0 && i < SET_COUNT; i++) {
        if (!(k->sets & 1u << i))
            nft_text_add(text, size, "set %s is missing", defs[i].name);
        else if (k->strange & 1u << i)
            nft_text_add(text, size, "set %s has another type", defs[i].name);
    }
    return rc;
}
