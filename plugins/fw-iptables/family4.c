/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/family4.c - IPv4: libip4tc
 */
#include <net/if.h>

#include <libiptc/libiptc.h>

#include "family.h"

#define FAM_OPS fwi_ipv4
#define FAM_TC(name) iptc_##name
#define FAM_ENTRY struct ipt_entry
#define FAM_HEAD ip
#define FAM_PROTO_FLAG 0
#define FAM_EXTRA(head) ((head)->flags)
#define FAM_AF AF_INET
#define FAM_ADDR_LEN 4
#define FAM_NAME "IPv4"
#define FAM_NAMES "ip_tables_names"
#define FAM_MODULE "ip_tables"
#define FAM_MASQ struct nf_nat_ipv4_multi_range_compat
#define FAM_LOOPBACK "\x7f"
#define FAM_LOOPBACK_BITS 8
#define FAM_MULTICAST "\xe0"
#define FAM_MULTICAST_BITS 4
#define FAM_SOL IPPROTO_IP
#define FAM_GET_TARGET_REVISION IPT_SO_GET_REVISION_TARGET
#include "family_impl.h"

const struct fwi_family *const fwi_families[3] = {&fwi_ipv4, &fwi_ipv6, NULL};
