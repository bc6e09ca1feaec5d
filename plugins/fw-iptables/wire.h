/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/wire.h - the kernel's structs for the matches we use
 *
 * Only encode.c and decode.c include it.  Header order matters here: the C
 * library's net/if.h must come before any linux/netfilter header.
 */
#ifndef FWI_WIRE_H
#define FWI_WIRE_H

#include <net/if.h>
#include <netinet/in.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "rule.h"

_Static_assert(FWI_CT_ESTABLISHED == XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED),
               "conntrack bits");
_Static_assert(FWI_CT_RELATED == XT_CONNTRACK_STATE_BIT(IP_CT_RELATED),
               "conntrack bits");
_Static_assert(FWI_CT_DNAT == XT_CONNTRACK_STATE_DNAT, "conntrack bits");
_Static_assert((int)FWI_ADDRTYPE_LOCAL == (int)XT_ADDRTYPE_LOCAL,
               "addrtype bits");
_Static_assert(FWI_COMMENT_MAX <= XT_MAX_COMMENT_LEN, "comment length");

#endif
