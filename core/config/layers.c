/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/layers.c - the life of settings: defaults, copies, what is
 * derived; see settings_int.h
 */
#include <stdlib.h>
#include <string.h>

#include "core/config/settings_int.h"
#include "core/util/strv.h"

void
ppc_value_clear(ppc_value *v)
{
    free(v->text);
    ppc_strv_free(v->list);
    free(v->origin);
    *v = (ppc_value){0};
}

void
ppc_value_move(ppc_value *to, ppc_value *from)
{
    ppc_value_clear(to);
    *to = *from;
    *from = (ppc_value){0};
}

int
ppc_value_dup(ppc_value *to, const ppc_value *from)
{
    ppc_value v = *from;

    v.text = from->text ? strdup(from->text) : NULL;
    v.list = ppc_strv_dup(ppc_strv_c(from->list));
    v.origin = from->origin ? strdup(from->origin) : NULL;
    if ((from->text && !v.text) || (from->list && !v.list) ||
        (from->origin && !v.origin)) {
        ppc_value_clear(&v);
        return -1;
    }
    ppc_value_move(to, &v);
    return 0;
}

int
ppc_list_split(const char *text, char ***list)
{
    PP_AUTO(ppc_strv_free) char **v = NULL;

    while (*text) {
        size_t n;
        size_t len;

        text += strspn(text, " \t\n");
        n = len = strcspn(text, "\n");
        while (len && strchr(" \t", text[len - 1]))
            len--;
        if (len && ppc_strv_take(&v, strndup(text, len)))
            return -1;
        text += n;
    }
    *list = pp_steal(&v);
    return 0;
}

int
ppc_value_default(ppc_value *v, const ppc_key *key, bool rootless)
{
    const pp_setting_key *pub = &key->pub;
    const char *def = pub->def;
    ppc_why why;

    if (rootless && pub->def_rootless)
        def = *pub->def_rootless == '$' ? NULL : pub->def_rootless;
    if (pub->type == PP_KEY_LIST)
        return def ? ppc_list_split(def, &v->list) : 0;
    if (!def)
        return 0;
    v->text = strdup(def);
    if (!v->text)
        return -1;
    return *def ? ppc_key_check(key, def, &v->num, &why) : 0;
}

static ppc_value *
value_of(pp_settings *s, const char *section, const char *name)
{
    return &s->values[ppc_key_find(section, name)];
}

/* Make text, which is taken, the default that the host gives.  Without an
 * origin there is none. 0 | -1 no memory */
static int
take_default(ppc_value *v, char *text, const char *origin)
{
    if (!origin)
        return 0;
    ppc_value_clear(v);
    v->text = text;
    v->origin = strdup(origin);
    v->derived = true;
    return text && v->origin ? 0 : -1;
}

/* Defaults that depend on the host: done once, when settings are made. */
static int
derive_host(pp_settings *s)
{
    const char *from[3] = {NULL, NULL, NULL};
    char *path;

    if (!s->rootless)
        return take_default(value_of(s, "engine", "cgroup_manager"),
                            strdup(ppc_is_systemd() ? "systemd" : "cgroupfs"),
                            "derived from /run/systemd/system");
    path = ppc_path_data(&from[0]);
    if (take_default(value_of(s, "storage", "graph_root"), path, from[0]))
        return -1;
    path = ppc_path_run(&from[1]);
    if (take_default(value_of(s, "storage", "run_root"), path, from[1]))
        return -1;
    path = ppc_path_policy(&from[2]);
    return take_default(value_of(s, "engine", "signature_policy_path"), path,
                        from[2]);
}

/* NAME follows ROOT unless it was set itself; an option that sets ROOT wins
 * over a file that sets NAME when follow is asked for. */
static int
derive_below(pp_settings *s, const char *name, const char *root_name,
             const char *below, bool follow)
{
    ppc_value *v = value_of(s, "engine", name);
    ppc_value *root = value_of(s, "storage", root_name);
    ppc_value made = {.derived = true, .layer = v->layer};

    if (follow && root->layer == PPC_LAYER_OPTION)
        made.layer = PPC_LAYER_OPTION;
    if (v->layer != PPC_LAYER_DEFAULT && !v->derived && v->layer >= made.layer)
        return 0;
    if (!root->text)
        return 0;
    made.text =
        ppc_sprintf("%s/%s", strcmp(root->text, "/") ? root->text : "", below);
    made.origin = ppc_sprintf("derived from storage.%s", root_name);
    if (!made.text || !made.origin) {
        ppc_value_clear(&made);
        return -1;
    }
    ppc_value_move(v, &made);
    return 0;
}

/* A hooks folder named as an option has to be there. */
static int
derive_hooks(pp_settings *s)
{
    ppc_value *hooks = value_of(s, "engine", "hooks_dir");
    ppc_value *fatal = value_of(s, "engine", "hooks_dir_not_exist_fatal");
    ppc_value made = {.num = 1, .layer = PPC_LAYER_OPTION, .derived = true};

    if (hooks->layer != PPC_LAYER_OPTION || fatal->layer == PPC_LAYER_OPTION)
        return 0;
    made.text = strdup("yes");
    made.origin = strdup("derived from engine.hooks_dir");
    if (!made.text || !made.origin) {
        ppc_value_clear(&made);
        return -1;
    }
    ppc_value_move(fatal, &made);
    return 0;
}

int
ppc_settings_derive(pp_settings *s, pp_err *err)
{
    if (derive_below(s, "static_dir", "graph_root", "static", true) ||
        derive_below(s, "tmp_dir", "run_root", "tmp", false) || derive_hooks(s))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for settings");
    return 0;
}

pp_settings *
pp_settings_new(void)
{
    PP_AUTO(pp_settings_free) pp_settings *s = calloc(1, sizeof *s);
    size_t i;

    if (!s)
        return NULL;
    s->rootless = ppc_is_rootless();
    s->values = calloc(ppc_key_count(), sizeof *s->values);
    if (!s->values)
        return NULL;
    for (i = 0; i < ppc_key_count(); i++)
        if (ppc_value_default(&s->values[i], ppc_key_at(i), s->rootless))
            return NULL;
    if (derive_host(s) || ppc_settings_derive(s, NULL))
        return NULL;
    return pp_steal(&s);
}

pp_settings *
pp_settings_dup(const pp_settings *from)
{
    PP_AUTO(pp_settings_free) pp_settings *s = calloc(1, sizeof *s);
    size_t i;

    if (!s)
        return NULL;
    s->rootless = from->rootless;
    s->values = calloc(ppc_key_count(), sizeof *s->values);
    if (!s->values)
        return NULL;
    for (i = 0; i < ppc_key_count(); i++)
        if (ppc_value_dup(&s->values[i], &from->values[i]))
            return NULL;
    for (i = 0; i < from->raws.n; i++)
        if (ppc_raw_dup(&s->raws, &from->raws.v[i]))
            return NULL;
    return pp_steal(&s);
}

void
pp_settings_free(pp_settings *s)
{
    size_t i;

    if (!s)
        return;
    for (i = 0; s->values && i < ppc_key_count(); i++)
        ppc_value_clear(&s->values[i]);
    free(s->values);
    ppc_raws_clear(&s->raws);
    ppc_views_free(s->views);
    ppc_str_clear(&s->report);
    free(s);
}
