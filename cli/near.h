/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/near.h - "did you mean": the nearest of the names that were offered
 *
 * cli_near near = cli_near_init("fromat");
 * for (...) cli_near_try(&near, name);      near.best or NULL
 */
#ifndef CLI_NEAR_H
#define CLI_NEAR_H

#include <stddef.h>
#include <stdint.h>

typedef struct cli_near {
    const char *wanted; /* borrowed */
    const char *best;   /* borrowed from what was offered */
    size_t distance;
} cli_near;

static inline cli_near
cli_near_init(const char *wanted)
{
    return (cli_near){wanted, NULL, SIZE_MAX};
}

/* Letters to change, drop, add or swap from a to b. */
size_t cli_edit_distance(const char *a, const char *b);
void cli_near_try(cli_near *near, const char *name);

#endif
