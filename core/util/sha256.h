/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/sha256.h - SHA-256 (FIPS 180-4), to compare texts by a short one
 *
 * For people who compare two stores: not for passwords, keys or signatures.
 * Written here because it is shorter than a dependency.
 */
#ifndef CORE_UTIL_SHA256_H
#define CORE_UTIL_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct ppc_sha256 {
    uint32_t h[8];
    uint64_t n; /* bytes so far */
    unsigned char block[64];
} ppc_sha256;

void ppc_sha256_init(ppc_sha256 *s);
void ppc_sha256_add(ppc_sha256 *s, const void *p, size_t n);
/* The digest in 64 hex digits; s is used up. */
void ppc_sha256_hex(ppc_sha256 *s, char out[65]);

#endif
