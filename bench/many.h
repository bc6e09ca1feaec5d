/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench/many.h - the IDs that bench/many.c gives */
#ifndef BENCH_MANY_H
#define BENCH_MANY_H

#include <stdint.h>
#include <stdio.h>

/* Multiplication by an odd number: no two alike, and none beside another;
 * the first 8 digits alone say which. */
static inline void
many_id(uint32_t i, char id[65])
{
    snprintf(id, 65, "%08x%056x", i * UINT32_C(2654435761), i);
}

#endif
