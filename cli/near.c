/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/near.c - the nearest of some names
 */
#include "near.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NEAR_MAX 64

static size_t
min3(size_t a, size_t b, size_t c)
{
    if (b < a)
        a = b;
    return c < a ? c : a;
}

size_t
cli_edit_distance(const char *a, const char *b)
{
    size_t rows[3][NEAR_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    size_t na = strlen(a);
    size_t nb = strlen(b);

    if (na > NEAR_MAX || nb > NEAR_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= nb; j++) {
        before[j] = 0;
        above[j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t *spare = before;

        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            bool same = tolower((unsigned char)a[i - 1]) ==
                        tolower((unsigned char)b[j - 1]);

            row[j] = min3(above[j] + 1, row[j - 1] + 1,
                          above[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        before = above;
        above = row;
        row = spare;
    }
    return above[nb];
}

void
cli_near_try(cli_near *near, const char *name)
{
    size_t distance = cli_edit_distance(near->wanted, name);
    size_t n = strlen(near->wanted);
    size_t limit = n < 3 ? 0 : n < 5 ? 1 : 2;

    if (distance <= limit && distance < near->distance) {
        near->best = name;
        near->distance = distance;
    }
}
