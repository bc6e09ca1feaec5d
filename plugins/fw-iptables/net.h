/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/net.h - what one network wants, as rules
 */
#ifndef FWI_NET_H
#define FWI_NET_H

#include "addr.h"
#include "table.h"

int fwi_net_validate(const struct fwi *ctx, const pp_fw_net *net, pp_err *err);

/* Append the network's rules for one table of one family to OUT. */
int fwi_net_rules(const struct fwi *ctx, const struct fwi_family *fam,
                  bool is_nat, const pp_fw_net *net, struct fwi_rules *out,
                  pp_err *err);

/* The comment of a network's rules: FWI_COMMENT_MAX bytes. */
void fwi_net_tag(const char *net, char *tag);

/*
 * Append the rules of its network that the owner's ports rely on: the way
 * back for clients in its own subnet, and the guard of its bridge.  They are
 * the same for all owners of a network and go with the network.
 */
int fwi_net_share(const struct fwi *ctx, const struct fwi_family *fam,
                  bool is_nat, const pp_fw_rules *rules, struct fwi_rules *out,
                  pp_err *err);

/* Append the way back for clients of ports in SUBNET; 0 | -1: no memory. */
int fwi_net_return_path(const struct fwi *ctx, const struct fwi_prefix *subnet,
                        const struct fwi_prefix *to, const char *tag,
                        struct fwi_rules *out);

/* localnet.c */

/* The address whose bridge must let 127.0.0.1 out; NULL: none must. */
const pp_fw_addr *fwi_localnet_of(const struct fwi *ctx,
                                  const pp_fw_rules *rules);

/*
 * Append the rule that keeps the host's 127.0.0.0/8 closed to BRIDGE, which
 * route_localnet would open.
 *
 * returns  0 | -1: out of memory
 */
int fwi_localnet_guard(const struct fwi *ctx, const char *bridge,
                       const char *tag, struct fwi_rules *out);

/*
 * Let what comes from 127.0.0.1 leave through BRIDGE, or not.  Without the
 * right or the bridge it only logs: publishing works but for loopback.
 */
void fwi_localnet_set(const struct fwi *ctx, const char *bridge, bool on);

/* 0 | -PP_E_DRIFT: the switch of BRIDGE is off. */
int fwi_localnet_check(const struct fwi *ctx, const char *bridge, pp_err *err);

/* Close the bridges of the guards with TAG, before the guards go. */
void fwi_localnet_close(struct fwi_table *t, const char *tag);

#endif
