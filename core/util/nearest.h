/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/nearest.h - the word that was probably meant
 *
 * ppc_nearest n = ppc_nearest_start(typed);
 * for each valid word: ppc_nearest_offer(&n, word);
 * n.best is the nearest one, or NULL when none is near enough.
 *
 * Ownership  words are borrowed; nothing is allocated.
 */
#ifndef CORE_UTIL_NEAREST_H
#define CORE_UTIL_NEAREST_H

#include <stddef.h>

typedef struct ppc_nearest {
    const char *typed;
    const char *best;
    size_t distance; /* of best, or of the nearest that would still do */
} ppc_nearest;

/* Changed, added, lost and swapped letters between two words, whatever their
 * case. Words over 63 bytes are as far as can be: SIZE_MAX. */
size_t ppc_distance(const char *a, const char *b);

/* A word is near when at most a third of its letters, three at the most,
 * are wrong. */
ppc_nearest ppc_nearest_start(const char *typed);
void ppc_nearest_offer(ppc_nearest *n, const char *word);

#endif
