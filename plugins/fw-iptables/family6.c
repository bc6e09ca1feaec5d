/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/family6.c - IPv6: libip6tc
 */
#include <net/if.h>

#include <libiptc/libip6tc.h>

#include "family.h"

#define FAM_OPS fwi_ipv6
#define FAM_TC(name) ip6tc_##name
#define FAM_ENTRY struct ip6t_entry
#define FAM_HEAD ipv6
#define FAM_PROTO_FLAG IP6T_F_PROTO
#define FAM_EXTRA(head) (((head)->flags & ~IP6T_F_PROTO) | (head)->tos)
#define FAM_AF AF_INET6
#define FAM_ADDR_LEN 16
#define FAM_NAME "IPv6"
#define FAM_NAMES "ip6_tables_names"
#define FAM_MODULE "ip6_tables"
#define FAM_MASQ struct nf_nat_range
#define FAM_LOOPBACK "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define FAM_LOOPBACK_BITS 128
#define FAM_MULTICAST "\xff"
#define FAM_MULTICAST_BITS 8
#define FAM_SOL IPPROTO_IPV6
#define FAM_GET_TARGET_REVISION IP6T_SO_GET_REVISION_TARGET
#include "family_impl.h"
