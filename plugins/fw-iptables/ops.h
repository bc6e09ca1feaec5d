/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/ops.h - the ops of the ABI, see polypod/firewall.h
 */
#ifndef FWI_OPS_H
#define FWI_OPS_H

#include "fwi.h"

/* ops.c: what changes the kernel */
int fwi_op_caps(void *self, uint64_t *caps, pp_err *err);
int fwi_op_net_up(void *self, const pp_fw_net *net, pp_err *err);
int fwi_op_net_down(void *self, const char *net, pp_err *err);
int fwi_op_apply(void *self, const pp_fw_rules *rules, pp_err *err);
int fwi_op_remove(void *self, const char *owner, pp_err *err);
int fwi_op_sync(void *self, const pp_fw_all *all, pp_err *err);

/* look.c: what only looks; takes no lock and makes no table exist */
int fwi_op_check(void *self, const pp_fw_rules *rules, pp_err *err);
int fwi_op_net_check(void *self, const pp_fw_net *net, pp_err *err);
int fwi_op_list(void *self, pp_sink *owners, pp_err *err);

#endif
