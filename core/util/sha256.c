/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/sha256.c - SHA-256 by FIPS 180-4, sections 5 and 6; see sha256.h */
#include "core/util/sha256.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
/* clang-format on */

static uint32_t
rot(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void
schedule(const unsigned char *p, uint32_t w[64])
{
    int i;

    for (i = 0; i < 16; i++, p += 4)
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
               (uint32_t)p[2] << 8 | p[3];
    for (; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] +
               (rot(w[i - 15], 7) ^ rot(w[i - 15], 18) ^ w[i - 15] >> 3) +
               (rot(w[i - 2], 17) ^ rot(w[i - 2], 19) ^ w[i - 2] >> 10);
}

static void
compress(ppc_sha256 *s, const unsigned char *p)
{
    uint32_t w[64], v[8], one, two;
    int i;

    schedule(p, w);
    memcpy(v, s->h, sizeof v);
    for (i = 0; i < 64; i++) {
        one = v[7] + (rot(v[4], 6) ^ rot(v[4], 11) ^ rot(v[4], 25)) +
              ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
        two = (rot(v[0], 2) ^ rot(v[0], 13) ^ rot(v[0], 22)) +
              ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += one;
        v[0] = one + two;
    }
    for (i = 0; i < 8; i++)
        s->h[i] += v[i];
}

void
ppc_sha256_init(ppc_sha256 *s)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                      0xa54ff53a, 0x510e527f, 0x9b05688c,
                                      0x1f83d9ab, 0x5be0cd19};

    memset(s, 0, sizeof *s);
    memcpy(s->h, start, sizeof start);
}

void
ppc_sha256_add(ppc_sha256 *s, const void *data, size_t n)
{
    const unsigned char *p = data;
    size_t at = s->n % sizeof s->block;
    size_t take;

    s->n += n;
    for (; n; n -= take, p += take, at = 0) {
        take = sizeof s->block - at < n ? sizeof s->block - at : n;
        memcpy(s->block + at, p, take);
        if (at + take == sizeof s->block)
            compress(s, s->block);
    }
}

void
ppc_sha256_hex(ppc_sha256 *s, char out[65])
{
    static const unsigned char pad[64] = {0x80};
    uint64_t bits = s->n * 8;
    size_t at = s->n % 64;
    unsigned char length[8];
    int i;

    for (i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    ppc_sha256_add(s, pad, at < 56 ? 56 - at : 120 - at);
    ppc_sha256_add(s, length, sizeof length);
    for (i = 0; i < 8; i++)
        snprintf(out + 8 * i, 9, "%08x", s->h[i]);
}
