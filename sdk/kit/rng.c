/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/rng.c - numbers that look random and can be had again
 */
#include "kit.h"

kit_rng
kit_rng_of(unsigned long seed)
{
    kit_rng r = {seed * 0x9e3779b97f4a7c15u + 1};
    int i;

    if (!r.x)
        r.x = 1;
    for (i = 0; i < 8; i++)
        kit_rng_below(&r, 1);
    return r;
}

uint32_t
kit_rng_below(kit_rng *r, uint32_t bound)
{
    r->x ^= r->x << 13;
    r->x ^= r->x >> 7;
    r->x ^= r->x << 17;
    return bound ? (uint32_t)((r->x >> 32) % bound) : 0;
}
