/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/dump.c - settings as the text of a file
 *
 * What is written can be read back: values have no form but their text, and
 * what a file could not express is refused as an option.
 */
#include <string.h>

#include "core/config/settings_int.h"
#include "core/util/strv.h"

/* "key = value  ; from ORIGIN" */
static void
put_line(ppc_str *out, const char *name, const char *text, const char *origin)
{
    const char *c;
    bool own = origin && (!strcmp(origin, "default") ||
                          ppc_str_has_prefix(origin, "derived from "));

    /* A space before ";" would begin a comment. */
    ppc_str_printf(out, "%s =%s%s", name, *text && *text != ';' ? " " : "",
                   text);
    if (origin)
        ppc_str_puts(out, own ? "  ; " : "  ; from ");
    for (c = origin; c && *c; c++)
        ppc_str_putc(out, (unsigned char)*c < 0x20 ? '?' : *c);
    ppc_str_putc(out, '\n');
}

static void
put_list(ppc_str *out, const char *name, char *const *list, const char *origin)
{
    if (!list || !list[0])
        put_line(out, name, "", origin);
    for (; list && *list; list++) {
        put_line(out, name, *list, origin);
        origin = NULL;
    }
}

static void
put_value(ppc_str *out, const ppc_key *key, const ppc_value *v, uint32_t flags)
{
    const char *origin = NULL;

    if (flags & PP_DUMP_ORIGIN)
        origin = v->origin ? v->origin : "default";
    if (key->pub.type == PP_KEY_LIST)
        put_list(out, key->pub.name, v->list, origin);
    else if (v->text)
        put_line(out, key->pub.name, v->text, origin);
    else
        ppc_str_printf(out, "# %s is not known here\n", key->pub.name);
}

static void
put_raw(ppc_str *out, const ppc_raw *raw, uint32_t flags)
{
    size_t i;

    if (raw->secret) {
        ppc_str_printf(out, "# %s is set, and secret\n", raw->name);
        return;
    }
    for (i = 0; raw->texts[i]; i++)
        put_line(out, raw->name, raw->texts[i],
                 flags & PP_DUMP_ORIGIN ? raw->origins[i] : NULL);
}

/* Sections are written once each, in the order they came up. */
static void
put_raws(ppc_str *out, const ppc_raws *raws, uint32_t flags)
{
    size_t i;
    size_t k;

    for (i = 0; i < raws->n; i++) {
        const char *section = raws->v[i].section;

        for (k = 0; k < i && strcmp(raws->v[k].section, section); k++)
            ;
        if (k < i)
            continue;
        ppc_str_printf(out, "%s[%s]\n", out->n ? "\n" : "", section);
        for (k = i; k < raws->n; k++)
            if (!strcmp(raws->v[k].section, section))
                put_raw(out, &raws->v[k], flags);
    }
}

/* A header when the section begins. */
static void
put_header(ppc_str *out, const char **section, const ppc_key *key)
{
    if (*section && !strcmp(*section, key->pub.section))
        return;
    ppc_str_printf(out, "%s[%s]\n", out->n ? "\n" : "", key->pub.section);
    *section = key->pub.section;
}

static void
put_default(ppc_str *out, const ppc_key *key, const ppc_value *fresh)
{
    const pp_setting_key *pub = &key->pub;
    const char *def = pub->def ? pub->def : fresh->text;

    ppc_str_printf(out, "\n# %s\n", pub->help);
    if (pub->def_rootless)
        ppc_str_printf(out, "# (for users: %s)\n", pub->def_rootless);
    if (!def || !*def)
        ppc_str_printf(out, "# %s =\n", pub->name);
    while (def && *def) {
        size_t n = strcspn(def, "\n");

        ppc_str_printf(out, "# %s = %.*s\n", pub->name, (int)n, def);
        def += n + (def[n] == '\n');
    }
}

int
pp_settings_dump(const pp_settings *s, uint32_t flags, char **text, pp_err *err)
{
    PP_AUTO(pp_settings_free) pp_settings *fresh = pp_settings_new();
    PP_AUTO_STR ppc_str out = PPC_STR_INIT;
    const char *section = NULL;
    char *made = NULL;
    size_t i;

    for (i = 0; fresh && i < ppc_key_count(); i++) {
        const ppc_key *key = ppc_key_at(i);
        const ppc_value *v = &s->values[i];

        if (!(flags & PP_DUMP_DEFAULT) && (flags & PP_DUMP_CHANGED) &&
            v->layer == PPC_LAYER_DEFAULT)
            continue;
        put_header(&out, &section, key);
        if (flags & PP_DUMP_DEFAULT)
            put_default(&out, key, &fresh->values[i]);
        else
            put_value(&out, key, v, flags);
    }
    if (!(flags & PP_DUMP_DEFAULT))
        put_raws(&out, &s->raws, flags);
    if (fresh)
        made = ppc_str_steal(&out);
    if (!made)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the settings");
    *text = made;
    return 0;
}
