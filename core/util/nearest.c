/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/nearest.c - distances between words; see nearest.h */
#include "core/util/nearest.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX 63

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t
ppc_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1] = {{0}};
    size_t *older = rows[0];
    size_t *old = rows[1];
    size_t *now = rows[2];
    size_t la = strlen(a);
    size_t lb = strlen(b);
    size_t i;
    size_t j;

    if (la > WORD_MAX || lb > WORD_MAX)
        return SIZE_MAX;
    for (j = 0; j <= lb; j++)
        old[j] = j;
    for (i = 1; i <= la; i++) {
        size_t *spare = older;

        now[0] = i;
        for (j = 1; j <= lb; j++) {
            size_t cost = lower(a[i - 1]) != lower(b[j - 1]);

            now[j] = least(old[j - 1] + cost, least(old[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                now[j] = least(now[j], older[j - 2] + 1);
        }
        older = old;
        old = now;
        now = spare;
    }
    return old[lb];
}

ppc_nearest
ppc_nearest_start(const char *typed)
{
    ppc_nearest n = {typed, NULL, least(strlen(typed) / 3, 3) + 1};

    return n;
}

void
ppc_nearest_offer(ppc_nearest *n, const char *word)
{
    size_t d = ppc_distance(n->typed, word);

    if (d >= n->distance)
        return;
    n->best = word;
    n->distance = d;
}
