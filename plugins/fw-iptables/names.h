/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/names.h - which legacy tables exist, without making them exist
 *
 * Opening a table through libiptc instantiates it in the network namespace:
 * its hooks then see every packet, and iptables-nft warns about it for ever
 * after.  The kernel's list in /proc tells what is there without that.
 */
#ifndef FWI_NAMES_H
#define FWI_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct fwi_family;

#define FWI_TABLES 2
extern const char *const fwi_table_names[FWI_TABLES]; /* "nat", "filter" */

/* Does the table exist in the calling thread's network namespace? */
bool fwi_table_exists(const struct fwi_family *fam, const char *table);

/*
 * Are legacy tables of this family in the running kernel?
 *
 * returns  0: yes | an errno: ENOENT not in the kernel, EACCES not for us
 */
int fwi_family_usable(const struct fwi_family *fam);

/* Is the module for it on disk, to be loaded by an administrator? */
bool fwi_module_on_disk(const char *module);

/* Is it compiled into the kernel, by the list that came with the kernel? */
bool fwi_module_built_in(const char *module);

#endif
