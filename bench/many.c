/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/many.c - one container's export into that of many
 *
 * many COUNT <EXPORT >EXPORT: EXPORT ("polypod state export") holds one
 * container, named "model".  Its records are written COUNT times with other
 * IDs, spread over all starts, and the names "c0", "c1", ...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "many.h"

#define MAX_LINES 64

struct text {
    char *line[MAX_LINES];
    size_t n;
};

static const char owner[] = "[\"n\",\"model\"],\"text\":\"c";

static void
write_line(const char *s, const char *id, uint32_t i)
{
    static const char name[] = "\"model\"";
    char other[65];

    many_id(i, other);
    while (*s)
        if (!strncmp(s, id, 64)) {
            fputs(other, stdout);
            s += 64;
        } else if (!strncmp(s, name, sizeof name - 1)) {
            printf("\"c%u\"", i);
            s += sizeof name - 1;
        } else {
            putchar(*s++);
        }
}

static void
read_lines(struct text *lines, char id[65])
{
    char *line = NULL;
    char *at;
    size_t cap = 0;

    while (lines->n < MAX_LINES && getline(&line, &cap, stdin) > 0) {
        at = strstr(line, owner);
        if (at)
            snprintf(id, 65, "%.64s", at + sizeof owner - 1);
        lines->line[lines->n++] = line;
        line = NULL;
    }
    free(line);
}

int
main(int argc, char **argv)
{
    struct text lines = {.n = 0};
    unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    size_t records = 0;
    char id[65] = "";
    uint32_t i;
    size_t k;

    read_lines(&lines, id);
    if (!count || strlen(id) != 64 || lines.n < 3) {
        fprintf(stderr, "usage: many COUNT <EXPORT of one \"model\"\n");
        return 2;
    }
    for (k = 0; k < lines.n; k++) {
        if (strstr(lines.line[k], "{\"records\":"))
            break;
        records += k > 0;
        if (!strstr(lines.line[k], id)) {
            fputs(lines.line[k], stdout);
            continue;
        }
        records += count - 1;
        for (i = 0; i < count; i++)
            write_line(lines.line[k], id, i);
    }
    printf("{\"records\":%zu}\n", records);
    for (k = 0; k < lines.n; k++)
        free(lines.line[k]);
    return fflush(stdout) ? 1 : 0;
}
