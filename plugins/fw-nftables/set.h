/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/set.h - how a set's key and data are laid out
 *
 * Fields of a concatenation are padded to 4 bytes; a key of one field is not.
 */
#ifndef NFT_SET_H
#define NFT_SET_H

#include "nft.h"

#define NFT_FIELDS 4
#define NFT_UDATA_DESC 0x70 /* in user data, beside the comment's type 0 */

struct nftnl_set;

enum nft_field { F_NONE, F_IP4, F_IP6, F_PROTO, F_PORT, F_MARK, F_IFNAME };

struct nft_set_def {
    const char *name;
    uint8_t key[NFT_FIELDS];
    uint8_t data[NFT_FIELDS];
    bool interval;
};

const struct nft_set_def *nft_set_def(unsigned set);
struct nftnl_set *nft_set_handle(const struct nft *nft, unsigned set);

#endif
