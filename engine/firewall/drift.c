/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/drift.c - take a plugin's words apart; see drift.h */
#include "engine/firewall/drift.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "core/util/str.h"
#include "engine/json.h"

#define MISSING "missing: "
#define EXTRA "extra: "
#define WANTED "wanted "
#define FOUND ", found "

/* Put CONTEXT and n bytes of s; "nothing" is left out. */
static int
put(pp_json *v, const char *key, const char *context, size_t n_context,
    const char *s, size_t n)
{
    PP_AUTO_FREE char *text = NULL;

    if (n == strlen("nothing") && !strncmp(s, "nothing", n))
        return 0;
    text = ppc_sprintf("%.*s%.*s", (int)n_context, context, (int)n, s);
    return text ? pp_json_put(v, key, pp_json_string(text)) : -1;
}

static int
split_one(pp_json *v, const char *s, size_t n)
{
    PP_AUTO_FREE char *piece = strndup(s, n);
    char *wanted = piece ? strstr(piece, WANTED) : NULL;
    char *found = wanted ? strstr(wanted, FOUND) : NULL;

    if (!piece)
        return -1;
    if (ppc_str_has_prefix(piece, MISSING))
        return put(v, "Wanted", "", 0, piece + strlen(MISSING),
                   n - strlen(MISSING));
    if (ppc_str_has_prefix(piece, EXTRA))
        return put(v, "Found", "", 0, piece + strlen(EXTRA), n - strlen(EXTRA));
    if (!found)
        return pp_json_put(v, "Note", pp_json_string(piece));
    *found = '\0';
    found += strlen(FOUND);
    *wanted = '\0';
    wanted += strlen(WANTED);
    if (put(v, "Wanted", piece, strlen(piece), wanted, strlen(wanted)))
        return -1;
    return put(v, "Found", piece, strlen(piece), found, strlen(found));
}

/* Behind "owner X: ", where the plugin says what the row says already. */
static const char *
skip_owner(const char *text, const char *owner)
{
    const char *at = strstr(text, owner);

    if (!at || at - text > 16 || !*owner)
        return text;
    at += strlen(owner);
    at += *at == '"';
    return ppc_str_has_prefix(at, ": ") ? at + 2 : text;
}

pp_json *
ppc_drift_split(const char *text, const char *owner)
{
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    const char *end;
    pp_json *v;

    for (text = skip_owner(text, owner); *text; text = end) {
        end = strstr(text, "; ");
        if (!end)
            end = text + strlen(text);
        v = pp_json_object();
        if (split_one(v, text, (size_t)(end - text)) || !list ||
            pp_json_add(list, pp_json_ref(v))) {
            pp_json_unref(v);
            return NULL;
        }
        pp_json_unref(v);
        end += *end ? 2 : 0;
    }
    return pp_steal(&list);
}
