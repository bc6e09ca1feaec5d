/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/addr.h - addresses and prefixes from text
 */
#ifndef FWI_ADDR_H
#define FWI_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fwi_family;

/* IP with an optional /BITS, host bits cleared. */
struct fwi_prefix {
    const struct fwi_family *fam;
    uint8_t ip[16];
    uint8_t bits;
};

/* "10.88.0.2", "fd00::2"; bits is the whole address then. */
bool fwi_addr_parse(const char *text, struct fwi_prefix *out);
/* "10.88.0.0/16" */
bool fwi_prefix_parse(const char *text, struct fwi_prefix *out);
/* 0.0.0.0 or :: */
bool fwi_addr_is_any(const struct fwi_prefix *addr);

/* 1 to MAX of [A-Za-z0-9_.-] */
bool fwi_name_valid(const char *name, size_t max);
/* what the kernel takes as the name of an interface */
bool fwi_iface_valid(const char *name);

#endif
