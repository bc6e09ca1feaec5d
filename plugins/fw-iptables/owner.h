/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/owner.h - what one owner wants, as rules
 */
#ifndef FWI_OWNER_H
#define FWI_OWNER_H

#include "table.h"

/* 0 | -PP_E_INVAL | -PP_E_NOTSUP: refuse what cannot be made into rules. */
int fwi_owner_validate(const struct fwi *ctx, const pp_fw_rules *rules,
                       pp_err *err);

/* Has the (validated) owner anything for this family? */
bool fwi_owner_has_addrs(const pp_fw_rules *rules,
                         const struct fwi_family *fam);
bool fwi_owner_has_ports(const pp_fw_rules *rules,
                         const struct fwi_family *fam);

/* Append the owner's rules for one table of one family to OUT. */
int fwi_owner_rules(const struct fwi *ctx, const struct fwi_family *fam,
                    bool is_nat, const pp_fw_rules *rules,
                    struct fwi_rules *out, pp_err *err);

/* The comment of an owner's rules: FWI_COMMENT_MAX bytes. */
void fwi_owner_tag(const char *owner, char *tag);

/* The (validated) address that the owner's ports lead to; NULL: none. */
const pp_fw_addr *fwi_owner_port_addr(const pp_fw_rules *rules,
                                      const struct fwi_family *fam);

/* port.c */

/* Append the DNAT rules of PORT, which lead to IP. */
int fwi_port_rules(const struct fwi *ctx, const struct fwi_family *fam,
                   const pp_fw_port *port, const uint8_t *ip, const char *tag,
                   struct fwi_rules *out, pp_err *err);
int fwi_ports_validate(const struct fwi *ctx, const pp_fw_rules *rules,
                       pp_err *err);
/* Does PORT apply to this family? */
bool fwi_port_is_for(const pp_fw_port *port, const struct fwi_family *fam);

/* 0 | -PP_E_EXISTS: a port in WANT belongs to another owner than TAG. */
int fwi_ports_check_free(struct fwi_table *t, const char *tag,
                         const struct fwi_rules *want, pp_err *err);

#endif
