/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/table.c - columns from text whose cells end with tabs
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define COLUMN_MIN 12
#define COLUMN_GAP 2

/* Characters, not bytes, of UTF-8. */
static size_t
width_of(const char *s, size_t n)
{
    size_t width = 0;

    for (size_t i = 0; i < n; i++)
        width += ((unsigned char)s[i] & 0xc0) != 0x80;
    return width;
}

typedef struct widths {
    size_t *v;
    size_t n;
} widths;

static void
widen(widths *w, size_t column, size_t width)
{
    if (column == w->n) {
        w->v = cli_grow(w->v, w->n + 1, sizeof(*w->v));
        w->v[w->n++] = COLUMN_MIN;
    }
    if (width + COLUMN_GAP > w->v[column])
        w->v[column] = width + COLUMN_GAP;
}

static widths
measure(const char *text)
{
    widths w = {NULL, 0};
    size_t column = 0;

    while (*text) {
        size_t n = strcspn(text, "\t\n");

        if (text[n] == '\t')
            widen(&w, column++, width_of(text, n));
        else
            column = 0;
        text += n + (text[n] != '\0');
    }
    return w;
}

void
cli_table_align(const char *text, cli_buf *out)
{
    widths w = measure(text);
    size_t column = 0;

    while (*text) {
        size_t n = strcspn(text, "\t\n");

        cli_buf_add(out, text, n);
        if (text[n] == '\t') {
            cli_buf_fill(out, ' ', w.v[column] - width_of(text, n));
            column++;
        } else if (text[n]) {
            cli_buf_putc(out, '\n');
            column = 0;
        }
        text += n + (text[n] != '\0');
    }
    free(w.v);
}
