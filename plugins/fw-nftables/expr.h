/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/expr.h - the terms of which our rules are made
 *
 * A term is one phrase of nft(8), such as "ip saddr @addr4", and becomes
 * one to five kernel expressions.
 */
#ifndef NFT_EXPR_H
#define NFT_EXPR_H

#include "nft.h"

enum nft_what {
    T_END,
    T_V4,          /* meta nfproto ipv4                                     */
    T_V6,          /* meta nfproto ipv6                                     */
    T_LOCAL,       /* fib daddr type local                                  */
    T_DNATED,      /* ct status dnat                                        */
    T_REPLY,       /* ct state established,related                          */
    T_SADDR_LOOP,  /* ip saddr 127.0.0.0/8                                  */
    T_DADDR_LOOP,  /* ip daddr 127.0.0.0/8                                  */
    T_DADDR_LOOP6, /* ip6 daddr ::1                                         */
    T_SADDR_IN,    /* ip saddr @set                                         */
    T_DADDR_IN,    /* ip daddr @set                                         */
    T_PAIR_IN,     /* ip saddr . ip daddr @set                              */
    T_IIF_IN,      /* iifname @set                                          */
    T_OIF_IN,      /* oifname @set                                          */
    T_IIF_OIF_IN,  /* iifname . oifname @set                                */
    T_DNAT,        /* dnat to [daddr .] meta l4proto . th dport map @set    */
    T_MASQ,
    T_ACCEPT,
    T_DROP,
    T_RETURN,
    T_PUBLISH,   /* jump publish                                            */
    T_ISOLATION, /* jump isolation                                          */
    T_ADMIN,     /* jump to the administrator's chain                       */
};

struct nft_term {
    uint8_t what;
    uint8_t set;
};

/* False without memory; R then lacks the term. */
bool nft_term_add(struct nftnl_rule *r, const struct nft *nft,
                  const struct nft_term *term);

#endif
