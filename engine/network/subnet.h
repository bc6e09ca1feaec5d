/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/subnet.h - subnets and addresses, IPv4 and IPv6
 *
 * Values on the stack, no memory: an address is its bytes in network order,
 * the unused rest of them zero.
 */
#ifndef ENGINE_NETWORK_SUBNET_H
#define ENGINE_NETWORK_SUBNET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include <polypod/error.h>

/* Room for "ffff:...:255.255.255.255/128" */
#define PPC_SUBNET_TEXT (INET6_ADDRSTRLEN + 4)

typedef struct ppc_addr {
    int family; /* AF_INET, AF_INET6; 0: none */
    unsigned char raw[16];
} ppc_addr;

typedef struct ppc_subnet {
    ppc_addr base; /* host bits are zero */
    int bits;
} ppc_subnet;

/* A list that grows. */
typedef struct ppc_subnets {
    ppc_subnet *v;
    size_t n;
} ppc_subnets;

int ppc_subnets_add(ppc_subnets *list, const ppc_subnet *s);
void ppc_subnets_clear(ppc_subnets *list);
#define PP_AUTO_SUBNETS __attribute__((cleanup(ppc_subnets_clear)))

/* 0, or -1: the text is none */
int ppc_addr_parse(const char *text, ppc_addr *out);
void ppc_addr_text(const ppc_addr *a, char out[PPC_SUBNET_TEXT]);
/* -1, 0, 1; of one family */
int ppc_addr_cmp(const ppc_addr *a, const ppc_addr *b);

/* "10.89.0.5/24" is 10.89.0.0/24. 0, or -1 */
int ppc_subnet_parse(const char *text, ppc_subnet *out);
void ppc_subnet_text(const ppc_subnet *s, char out[PPC_SUBNET_TEXT]);
bool ppc_subnet_has(const ppc_subnet *s, const ppc_addr *a);
bool ppc_subnet_meets(const ppc_subnet *a, const ppc_subnet *b);
/* The first address after the network's own, and the last that is not the
 * broadcast address. */
ppc_addr ppc_subnet_first(const ppc_subnet *s);
ppc_addr ppc_subnet_last(const ppc_subnet *s);
/* The first one of the list that meets s, or NULL. */
const ppc_subnet *ppc_subnets_find(const ppc_subnets *list,
                                   const ppc_subnet *s);

/* Choose one that meets none of these: 10.89.0.0/24 and upward, or a
 * random fdXX:.../64.  0 | -PP_E_FULL */
int ppc_subnet_choose(int family, const ppc_subnets *taken, ppc_subnet *out,
                      pp_err *err);

/* Add where this host's routes lead to, but for default routes and links.
 * 0 | -PP_E_IO | -PP_E_NOMEM */
int ppc_routes_read(ppc_subnets *out, pp_err *err);

#endif
