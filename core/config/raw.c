/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/raw.c - keys of plugins' sections; see settings_int.h */
#include <stdlib.h>
#include <string.h>

#include "core/config/settings_int.h"
#include "core/util/strv.h"

static void
clear_raw(ppc_raw *raw)
{
    free(raw->section);
    free(raw->name);
    ppc_strv_free(raw->texts);
    ppc_strv_free(raw->origins);
    *raw = (ppc_raw){0};
}

void
ppc_raws_clear(ppc_raws *r)
{
    size_t i;

    for (i = 0; i < r->n; i++)
        clear_raw(&r->v[i]);
    free(r->v);
    *r = (ppc_raws){0};
}

ppc_raw *
ppc_raws_find(const ppc_raws *r, const char *section, const char *name)
{
    size_t i;

    for (i = 0; i < r->n; i++)
        if (!strcmp(r->v[i].section, section) && !strcmp(r->v[i].name, name))
            return &r->v[i];
    return NULL;
}

ppc_raw *
ppc_raws_need(ppc_raws *r, const char *section, const char *name)
{
    ppc_raw *found = ppc_raws_find(r, section, name);
    ppc_raw made = {0};
    ppc_raw *grown;

    if (found)
        return found;
    made.section = strdup(section);
    made.name = strdup(name);
    grown = reallocarray(r->v, r->n + 1, sizeof *grown);
    if (grown)
        r->v = grown;
    if (!grown || !made.section || !made.name) {
        clear_raw(&made);
        return NULL;
    }
    r->v[r->n] = made;
    return &r->v[r->n++];
}

int
ppc_raw_add(ppc_raw *raw, const char *text, const char *origin)
{
    size_t n = ppc_strv_len(ppc_strv_c(raw->texts));

    if (ppc_strv_add(&raw->texts, text))
        return -1;
    if (!ppc_strv_add(&raw->origins, origin))
        return 0;
    free(raw->texts[n]);
    raw->texts[n] = NULL;
    return -1;
}

int
ppc_raw_dup(ppc_raws *to, const ppc_raw *from)
{
    char **texts = ppc_strv_dup(ppc_strv_c(from->texts));
    char **origins = ppc_strv_dup(ppc_strv_c(from->origins));
    ppc_raw *raw = NULL;

    if (texts && origins)
        raw = ppc_raws_need(to, from->section, from->name);
    if (!raw) {
        ppc_strv_free(texts);
        ppc_strv_free(origins);
        return -1;
    }
    ppc_strv_free(raw->texts);
    ppc_strv_free(raw->origins);
    raw->texts = texts;
    raw->origins = origins;
    raw->layer = from->layer;
    raw->secret = raw->secret || from->secret;
    return 0;
}
