/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/elem.c - elements, vectors of them, and their text
 */
#include "set.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The same set and key first, so that a search needs no data. */
static int
key_order(const struct nft_elem *a, const struct nft_elem *b)
{
    unsigned klen = 0;
    int d = (int)a->set - (int)b->set;

    if (d)
        return d;
    klen = nft_set_klen(a->set);
    d = memcmp(a->key, b->key, klen);
    if (d == 0 && nft_set_is_interval(a->set))
        d = memcmp(a->end, b->end, klen);
    return d;
}

int
nft_elem_order(const void *a, const void *b)
{
    return key_order(a, b);
}

bool
nft_elem_same(const struct nft_elem *a, const struct nft_elem *b)
{
    return key_order(a, b) == 0 &&
           !memcmp(a->data, b->data, nft_set_dlen(a->set)) &&
           !strcmp(a->comment, b->comment);
}

/* V must be sorted. */
const struct nft_elem *
nft_elems_find(const struct nft_elems *v, const struct nft_elem *e)
{
    if (v->n == 0)
        return NULL;
    return bsearch(e, v->v, v->n, sizeof(*v->v), nft_elem_order);
}

/* A zeroed element at the end, or NULL without memory; valid until the next. */
struct nft_elem *
nft_elems_add(struct nft_elems *v, unsigned set, const char *comment)
{
    struct nft_elem *e = NULL;

    if (v->n == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 16;
        struct nft_elem *p = reallocarray(v->v, cap, sizeof(*p));

        if (!p)
            return NULL;
        v->v = p;
        v->cap = cap;
    }
    e = &v->v[v->n++];
    memset(e, 0, sizeof(*e));
    e->set = (uint8_t)set;
    snprintf(e->comment, sizeof(e->comment), "%s", comment);
    return e;
}

void
nft_elems_sort(struct nft_elems *v)
{
    if (v->n > 1)
        qsort(v->v, v->n, sizeof(*v->v), nft_elem_order);
}

void
nft_elems_clear(struct nft_elems *v)
{
    free(v->v);
    memset(v, 0, sizeof(*v));
}

/* The owner's own bytes; shorter ones end in zeros. */
void
nft_owner_key(uint8_t key[NFT_KEY_MAX], const char *owner)
{
    memset(key, 0, NFT_KEY_MAX);
    memcpy(key, owner, strnlen(owner, NFT_KEY_MAX));
}

static void
field_text(uint8_t field, const uint8_t *p, char *text, size_t size)
{
    uint32_t mark = 0;

    switch (field) {
    case F_IP4:
        (void)inet_ntop(AF_INET, p, text, (socklen_t)size);
        break;
    case F_IP6:
        (void)inet_ntop(AF_INET6, p, text, (socklen_t)size);
        break;
    case F_PROTO:
        snprintf(text, size, "%s",
                 *p == IPPROTO_TCP    ? "tcp"
                 : *p == IPPROTO_UDP  ? "udp"
                 : *p == IPPROTO_SCTP ? "sctp"
                                      : "?");
        break;
    case F_PORT:
        snprintf(text, size, "%u", (unsigned)(p[0] << 8 | p[1]));
        break;
    case F_MARK:
        memcpy(&mark, p, sizeof(mark));
        snprintf(text, size, "%u", mark);
        break;
    default:
        snprintf(text, size, "\"%.16s\"", (const char *)p);
    }
}

static size_t
fields_text(const uint8_t f[NFT_FIELDS], const uint8_t *p, const uint8_t *end,
            char *text, size_t size)
{
    size_t n = 0;

    for (unsigned i = 0; i < NFT_FIELDS && f[i] && n + 1 < size; i++) {
        static const uint8_t width[] = {0, 4, 16, 4, 4, 4, 16};
        char from[INET6_ADDRSTRLEN] = "";
        char to[INET6_ADDRSTRLEN] = "";
        int w = 0;

        field_text(f[i], p, from, sizeof(from));
        if (end)
            field_text(f[i], end, to, sizeof(to));
        w = snprintf(text + n, size - n, "%s%s%s%s", i ? " . " : "", from,
                     end ? "-" : "", to);
        n += w > 0 ? (size_t)w : 0;
        p += width[f[i]];
        end = end ? end + width[f[i]] : NULL;
    }
    return n < size ? n : size - 1;
}

/* As nft(8) would show it: port4 { tcp . 8080 : 10.88.0.2 . 80 } */
void
nft_elem_text(const struct nft_elem *e, char *text, size_t size)
{
    const struct nft_set_def *d = nft_set_def(e->set);
    size_t n = (size_t)snprintf(text, size, "%s { ", d->name);

    if (e->set == SET_OWNERS)
        n +=
            (size_t)snprintf(text + n, size - n, "%.64s", (const char *)e->key);
    else
        n += fields_text(d->key, e->key, d->interval ? e->end : NULL, text + n,
                         size - n);
    if (d->data[0] && n + 4 < size) {
        n += (size_t)snprintf(text + n, size - n, " : ");
        n += fields_text(d->data, e->data, NULL, text + n, size - n);
    }
    if (n + 3 < size)
        snprintf(text + n, size - n, " }");
}
