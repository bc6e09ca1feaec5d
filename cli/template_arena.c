/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/template_arena.c - the memory of a parsed template
 */
#include <stdlib.h>
#include <string.h>

#include "template_int.h"

void *
tpl_arena_alloc(tpl_arena *a, size_t n)
{
    a->blocks = cli_grow(a->blocks, a->n_blocks + 1, sizeof(*a->blocks));
    a->blocks[a->n_blocks] = cli_alloc(n);
    return a->blocks[a->n_blocks++];
}

const char *
tpl_arena_dup(tpl_arena *a, const char *s, size_t n)
{
    char *p = tpl_arena_alloc(a, n + 1);

    memcpy(p, s, n);
    return p;
}

pp_json *
tpl_arena_keep(tpl_arena *a, pp_json *v)
{
    a->values = cli_grow(a->values, a->n_values + 1, sizeof(*a->values));
    a->values[a->n_values++] = v;
    return v;
}

void
tpl_arena_clear(tpl_arena *a)
{
    for (size_t i = 0; i < a->n_blocks; i++)
        free(a->blocks[i]);
    for (size_t i = 0; i < a->n_values; i++)
        pp_json_unref(a->values[i]);
    free(a->blocks);
    free(a->values);
}

void
cli_template_free(cli_template *t)
{
    if (!t)
        return;
    tpl_arena_clear(&t->arena);
    free(t->fields);
    free(t->text);
    free(t);
}

void
cli_auto_template(cli_template **t)
{
    cli_template_free(*t);
}
