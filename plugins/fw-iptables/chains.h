/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/chains.h - our chains, and the jumps that lead to them
 *
 * A chain is made, with its jumps, when the first rule for it comes, and
 * removed with them when its last rule has gone.  Two chains are different:
 * the forward chain, which the CNI plugins use too, and the administrator's
 * chain stay for ever.
 */
#ifndef FWI_CHAINS_H
#define FWI_CHAINS_H

#include "table.h"

/* Make every chain of WANT and its jumps exist. */
int fwi_chains_ensure(struct fwi_table *t, const struct fwi_rules *want,
                      pp_err *err);

/* Remove those of our own chains that have no rule left. */
int fwi_chains_prune(struct fwi_table *t, pp_err *err);

/* 0 | -PP_E_DRIFT: a chain of WANT or a jump to it is missing. */
int fwi_chains_check(struct fwi_table *t, const struct fwi_rules *want,
                     pp_err *err);

#endif
