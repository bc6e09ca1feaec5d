/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/bound.h - a port on all addresses or on single ones
 */
#ifndef NFT_BOUND_H
#define NFT_BOUND_H

#include "nft.h"

/* Elements of SET_BOUND to delete, then to add. */
struct nft_bound {
    struct nft_elems del;
    struct nft_elems add;
};

uint32_t nft_bound_get(const struct nft_elem *e);
struct nft_elem nft_bound_like(const struct nft_elem *e, unsigned set);
int nft_bound_plan(struct nft_nl *nl, const struct nft_elems *want,
                   const struct nft_elems *old, struct nft_bound *plan);
void nft_bound_clear(struct nft_bound *plan);

#endif
