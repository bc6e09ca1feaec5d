/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/owner.c - what one owner has, in the index's user data
 *
 * A run is: set, number of ports (2 bytes), key of the first.  An owner with
 * more runs than fit has none of them recorded, and is looked for in the
 * sets themselves by its comment.
 */
#include "nft.h"

#include <errno.h>
#include <string.h>

#define HEAD 3

static unsigned
port_at(unsigned set)
{
    return nft_set_klen(set) - 4;
}

/* Is B the next port after A, and the rest the same? */
static bool
follows(const struct nft_elem *a, const struct nft_elem *b)
{
    unsigned at = 0;

    if (a->set != b->set || a->set < SET_PORT4)
        return false;
    at = port_at(a->set);
    return !memcmp(a->key, b->key, at) &&
           (a->key[at] << 8 | a->key[at + 1]) + 1 ==
               (b->key[at] << 8 | b->key[at + 1]);
}

/* ELEMS are sorted, so a range of ports is one run. */
void
nft_desc_encode(struct nft_desc *desc, const struct nft_elems *elems)
{
    memset(desc, 0, sizeof(*desc));
    for (size_t i = 0, n = 0; i < elems->n; i += n) {
        const struct nft_elem *e = &elems->v[i];
        unsigned klen = nft_set_klen(e->set);
        uint8_t *p = desc->p + desc->n;

        for (n = 1; i + n < elems->n && n < 0xffff; n++)
            if (!follows(&elems->v[i + n - 1], &elems->v[i + n]))
                break;
        if (e->set > SET_HOSTPORT6)
            continue;
        if (desc->n + HEAD + klen > NFT_DESC_MAX) {
            desc->overflow = true;
            return;
        }
        p[0] = e->set;
        p[1] = (uint8_t)(n >> 8);
        p[2] = (uint8_t)n;
        memcpy(p + HEAD, e->key, klen);
        desc->n = (uint8_t)(desc->n + HEAD + klen);
    }
}

/* -EBADMSG if it is damaged: then the sets must be asked. */
int
nft_desc_decode(const struct nft_desc *desc, const char *owner,
                struct nft_elems *elems)
{
    for (size_t i = 0; i < desc->n;) {
        const uint8_t *p = desc->p + i;
        unsigned set = p[0];
        unsigned klen = 0;
        unsigned first = 0;
        unsigned count = 0;

        if (set > SET_HOSTPORT6 || desc->n - i < HEAD)
            return -EBADMSG;
        klen = nft_set_klen(set);
        count = (unsigned)(p[1] << 8 | p[2]);
        if (desc->n - i < HEAD + klen || (count > 1 && set < SET_PORT4))
            return -EBADMSG;
        if (set >= SET_PORT4)
            first = (unsigned)(p[HEAD + port_at(set)] << 8 |
                               p[HEAD + port_at(set) + 1]);
        for (unsigned k = 0; k < count; k++) {
            struct nft_elem *e = nft_elems_add(elems, set, owner);

            if (!e)
                return -ENOMEM;
            memcpy(e->key, p + HEAD, klen);
            if (set >= SET_PORT4) {
                e->key[port_at(set)] = (uint8_t)((first + k) >> 8);
                e->key[port_at(set) + 1] = (uint8_t)(first + k);
            }
        }
        i += HEAD + klen;
    }
    nft_elems_sort(elems);
    return 0;
}
