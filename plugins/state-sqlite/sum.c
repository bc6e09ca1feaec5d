/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/sum.c - checksums of pages, and of frames of the log
 *
 * A page of state.db ends with a hash of what is before it, in the eight bytes
 * that SQLite was told to reserve.  It is seeded with the page's number: a page
 * in another's place is as wrong as one of zeros.
 *
 * The hash takes 64-bit words in four lanes.  Each step is a bijection of the
 * word, and so is all that follows: a change within one word is always seen,
 * any other but for one in 2^64.  It keeps out accidents, not an enemy.
 */
#include "lite.h"

#include <endian.h>
#include <string.h>

#define LANES 4
#define ODD_1 UINT64_C(0x9e3779b97f4a7c15)
#define ODD_2 UINT64_C(0xd6e8feb86659fd93)
#define SUM_AT (LITE_PAGE - LITE_SUM)

/* Multiplied twice, so that few bits of one word never undo few of another. */
static uint64_t
step(uint64_t h, uint64_t word)
{
    h += word * ODD_2;
    return (h << 31 | h >> 33) * ODD_1;
}

static uint64_t
word_at(const unsigned char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return le64toh(w);
}

/* n: a multiple of 8. */
uint64_t
lite_sum(const void *p, size_t n, uint64_t seed)
{
    const unsigned char *at = p, *end = at + n;
    uint64_t lane[LANES], h = (seed + n) * ODD_2;
    int i;

    for (i = 0; i < LANES; i++)
        lane[i] = seed + (uint64_t)i * ODD_2;
    for (; end - at >= 8 * LANES; at += 8 * LANES)
        for (i = 0; i < LANES; i++)
            lane[i] = step(lane[i], word_at(at + 8 * i));
    for (i = 0; at < end; i++, at += 8)
        lane[i] = step(lane[i], word_at(at));
    for (i = 0; i < LANES; i++)
        h = step(h, lane[i]);
    h = (h ^ h >> 32) * ODD_2;
    return h ^ h >> 29;
}

void
lite_page_sign(unsigned char *page, uint32_t number)
{
    uint64_t sum = htole64(lite_sum(page, SUM_AT, number));

    memcpy(page + SUM_AT, &sum, sizeof(sum));
}

int
lite_page_is_sound(const unsigned char *page, uint32_t number)
{
    return word_at(page + SUM_AT) == lite_sum(page, SUM_AT, number);
}

static uint32_t
big_at(const unsigned char *p)
{
    uint32_t w;

    memcpy(&w, p, sizeof(w));
    return be32toh(w);
}

/* SQLite's own sum of a log: over pairs of words of either byte order. */
static void
add_pairs(uint32_t sum[2], const unsigned char *p, size_t n, int swap)
{
    const unsigned char *end = p + n;
    uint32_t w[2];

    for (; p < end; p += sizeof(w)) {
        memcpy(w, p, sizeof(w));
        if (swap) {
            w[0] = __builtin_bswap32(w[0]);
            w[1] = __builtin_bswap32(w[1]);
        }
        sum[0] += w[0] + sum[1];
        sum[1] += w[1] + sum[0];
    }
}

/*
 * A frame of the log: a head of 24 bytes, in which are the number of the page
 * (0), the salt of the log (8) and a sum (16) that goes on from the one of the
 * frame before.  "before" is the head of that frame, or what is in the same
 * places of the log's own.
 */
int
lite_frame_is_sound(const unsigned char *before, const unsigned char *head,
                    const unsigned char *page)
{
    int swap;

    if (memcmp(before + 8, head + 8, 8) != 0)
        return 0;
    for (swap = 0; swap < 2; swap++) {
        uint32_t sum[2] = {big_at(before + 16), big_at(before + 20)};

        add_pairs(sum, head, 8, swap);
        add_pairs(sum, page, LITE_PAGE, swap);
        if (sum[0] == big_at(head + 16) && sum[1] == big_at(head + 20))
            return 1;
    }
    return 0;
}
