/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/lock.h - the lock that every user of the legacy tables takes
 *
 * Replacing a table is read, change, write; the kernel only notices a rival
 * when the number of entries differs.  Everybody therefore holds this lock
 * around it.  It is one file for all network namespaces.
 */
#ifndef FWI_LOCK_H
#define FWI_LOCK_H

#include "fwi.h"

/* The lock's file: $XTABLES_LOCKFILE or /run/xtables.lock. */
const char *fwi_lock_path(void);

/*
 * Take the lock, waiting as long as the configuration says.
 *
 * returns  a descriptor; closing it unlocks | -PP_E_BUSY, naming the holder
 *          | -PP_E_PERM | -PP_E_IO
 */
int fwi_lock(const struct fwi *ctx, pp_err *err);

#endif
