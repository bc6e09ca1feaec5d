/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/bind.c - a plugin's section meets its key table; settings.h */
#include <stdlib.h>
#include <string.h>

#include "core/config/settings_int.h"
#include "core/util/log.h"
#include "core/util/nearest.h"
#include "core/util/strv.h"

struct bound {
    char *name;
    ppc_value value;
};

struct pp_config {
    struct pp_config *next;
    struct bound *keys;
    size_t n;
};

static void
free_view(struct pp_config *view)
{
    size_t i;

    if (!view)
        return;
    for (i = 0; i < view->n; i++) {
        free(view->keys[i].name);
        ppc_value_clear(&view->keys[i].value);
    }
    free(view->keys);
    free(view);
}

void
ppc_views_free(struct pp_config *views)
{
    while (views) {
        struct pp_config *next = views->next;

        free_view(views);
        views = next;
    }
}

/* "FILE:LINE: [section] key: ...", or an option's origin in front. */
static void
key_fault(ppc_faults *f, const ppc_raw *raw, size_t i, const char *what,
          const char *hint)
{
    ppc_faults_add(f, "%s: [%s] %s: %s%s", raw->origins[i], raw->section,
                   raw->name, what, hint);
}

static const ppc_value *
view_value(const pp_config *view, const char *key)
{
    size_t i;

    for (i = 0; i < view->n; i++)
        if (!strcmp(view->keys[i].name, key))
            return &view->keys[i].value;
    return NULL;
}

/* Every key that was written must be one of the plugin's. */
static void
find_unknown(const ppc_raws *raws, const char *section,
             const struct pp_config *view, ppc_faults *f)
{
    size_t i;
    size_t k;

    for (i = 0; i < raws->n; i++) {
        const ppc_raw *raw = &raws->v[i];
        ppc_nearest near;
        ppc_why hint = {""};

        if (strcmp(raw->section, section) || view_value(view, raw->name))
            continue;
        near = ppc_nearest_start(raw->name);
        for (k = 0; k < view->n; k++)
            ppc_nearest_offer(&near, view->keys[k].name);
        if (near.best)
            ppc_why_set(&hint, " (did you mean \"%s\"?)", near.best);
        key_fault(f, raw, 0, "unknown key", hint.text);
    }
}

static int
bind_default(const ppc_key *key, ppc_value *v, ppc_faults *f)
{
    int rc = ppc_value_default(v, key, false);

    if (rc != -PP_E_INVAL)
        return rc;
    ppc_faults_add(f, "[%s] %s: the plugin's own default is wrong",
                   key->pub.section, key->pub.name);
    return 0;
}

static int
bind_list(const ppc_key *key, const ppc_raw *raw, ppc_value *v, ppc_faults *f)
{
    ppc_why why;
    int64_t num;
    size_t i;

    for (i = 0; raw->texts[i]; i++) {
        if (!*raw->texts[i]) {
            ppc_strv_free(v->list);
            v->list = NULL;
        } else if (ppc_key_check(key, raw->texts[i], &num, &why)) {
            key_fault(f, raw, i, why.text, "");
        } else if (ppc_strv_add(&v->list, raw->texts[i])) {
            return -1;
        }
    }
    return 0;
}

static int
bind_scalar(const ppc_key *key, const ppc_raw *raw, ppc_value *v, ppc_faults *f)
{
    const char *text = raw->texts[0];
    ppc_why why;

    if (raw->texts[1]) {
        key_fault(f, raw, 1, "takes one value, and this is a second one", "");
        return 0;
    }
    if (!*text && key->pub.type == PP_KEY_PATH)
        return bind_default(key, v, f);
    if (ppc_key_check(key, text, &v->num, &why)) {
        key_fault(f, raw, 0, why.text, "");
        return 0;
    }
    v->text = strdup(text);
    return v->text ? 0 : -1;
}

static int
bind_key(pp_settings *s, const ppc_key *key, ppc_value *v, ppc_faults *f)
{
    const pp_setting_key *pub = &key->pub;
    ppc_raw *raw = ppc_raws_find(&s->raws, pub->section, pub->name);

    if (!raw && (pub->flags & PP_KEY_REQUIRED) && !pub->def) {
        ppc_faults_add(f, "[%s] %s: must be set", pub->section, pub->name);
        return 0;
    }
    if (!raw)
        return bind_default(key, v, f);
    raw->secret = key->rules & PPC_RULE_SECRET;
    if (pub->flags & PP_KEY_DEPRECATED)
        ppc_log(PP_LOG_WARNING, "%s: [%s] %s: is deprecated", raw->origins[0],
                raw->section, raw->name);
    if (pub->type == PP_KEY_LIST)
        return bind_list(key, raw, v, f);
    return bind_scalar(key, raw, v, f);
}

static int
fill_view(pp_settings *s, const char *section, const pp_key *const *keys,
          struct pp_config *view, ppc_faults *f)
{
    size_t i;

    while (keys && keys[view->n])
        view->n++;
    view->keys = calloc(view->n + 1, sizeof *view->keys);
    if (!view->keys) {
        view->n = 0;
        return -1;
    }
    for (i = 0; i < view->n; i++) {
        ppc_key key = ppc_key_of_plugin(section, keys[i]);

        view->keys[i].name = strdup(key.pub.name);
        if (!view->keys[i].name || bind_key(s, &key, &view->keys[i].value, f))
            return -1;
    }
    return 0;
}

int
ppc_settings_bind(pp_settings *s, const char *section,
                  const pp_key *const *keys, const pp_config **view,
                  pp_err *err)
{
    struct pp_config *made = calloc(1, sizeof *made);
    ppc_faults faults = {.text = PPC_STR_INIT};
    int rc = -1;

    if (made)
        rc = fill_view(s, section, keys, made, &faults);
    if (rc < 0) {
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for section [%s]", section);
    } else {
        find_unknown(&s->raws, section, made, &faults);
        rc = ppc_faults_end(&faults, s, err);
    }
    ppc_str_clear(&faults.text);
    if (rc < 0) {
        free_view(made);
        return rc;
    }
    made->next = s->views;
    s->views = made;
    *view = made;
    return 0;
}

const char *
ppc_view_str(const pp_config *view, const char *key)
{
    const ppc_value *v = view_value(view, key);

    return v ? v->text : NULL;
}

int64_t
ppc_view_int(const pp_config *view, const char *key)
{
    const ppc_value *v = view_value(view, key);

    return v ? v->num : 0;
}

const char *
ppc_view_next(const pp_config *view, const char *key, const char *prev)
{
    const ppc_value *v = view_value(view, key);
    char **entry = v ? v->list : NULL;

    if (!entry)
        return NULL;
    if (!prev)
        return entry[0];
    while (*entry && *entry != prev)
        entry++;
    return *entry ? entry[1] : NULL;
}
