/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/statepoke.c - put one record into a store, behind the engine
 *
 * statepoke DRIVER DIR VALUE LETTER PART...
 */
#include <stdio.h>
#include <string.h>

#include "backend.h"

int
main(int argc, char **argv)
{
    backend at = {.name = NULL}, b;
    char name[64], key[480];
    size_t n = 0;
    int i;

    if (argc < 6)
        return 2;
    snprintf(name, sizeof name, "state-%s", argv[1]);
    at.name = name;
    if (snprintf(at.dir, sizeof at.dir, "%s", argv[2]) >= (int)sizeof at.dir)
        return 2;
    for (i = 4; i < argc && n + strlen(argv[i]) + 1 < sizeof key; i++) {
        if (i > 4)
            key[n++] = i == 5 ? '/' : '\0';
        memcpy(key + n, argv[i], strlen(argv[i]));
        n += strlen(argv[i]);
    }
    backend_share(&at, &b);
    backend_put(&b, key, n, argv[3]);
    backend_close(&b);
    return 0;
}
