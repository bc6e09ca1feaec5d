/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/options.c - the option layer, and reading values */
#include <stdlib.h>
#include <string.h>

#include "core/config/settings_int.h"
#include "core/util/strv.h"

/* A key, split at its last dot. */
struct name {
    char section[64];
    const char *key;
};

static int
split_name(const char *key, struct name *out)
{
    const char *dot = strrchr(key, '.');
    size_t n = dot ? (size_t)(dot - key) : 0;

    if (!n || n >= sizeof out->section)
        return -1;
    memcpy(out->section, key, n);
    out->section[n] = '\0';
    out->key = dot + 1;
    return 0;
}

static int
find_row(const char *key)
{
    struct name name;

    if (split_name(key, &name))
        return -1;
    return ppc_key_find(name.section, name.key);
}

static const ppc_value *
find_value(const pp_settings *s, const char *key)
{
    int row = find_row(key);

    return row < 0 ? NULL : &s->values[row];
}

static const ppc_raw *
find_raw(const pp_settings *s, const char *key)
{
    struct name name;

    if (split_name(key, &name))
        return NULL;
    return ppc_raws_find(&s->raws, name.section, name.key);
}

static int
fail_unknown(const char *key, pp_err *err)
{
    struct name name;
    ppc_why hint = {""};

    if (split_name(key, &name))
        return pp_fail(err, PP_E_INVAL, 0,
                       "\"%.80s\" is not a setting: it is written "
                       "SECTION.KEY",
                       key);
    if (ppc_key_has_section(name.section))
        ppc_key_hint(name.section, name.key, &hint);
    else if (!ppc_section_is_plugin(name.section))
        ppc_section_hint(name.section, &hint);
    return pp_fail(err, PP_E_INVAL, 0, "unknown setting \"%.80s\"%s", key,
                   hint.text);
}

static int
fail_value(const char *key, const char *why, const char *origin, pp_err *err)
{
    return pp_fail(err, PP_E_INVAL, 0, "%s: %s: %s", origin, key, why);
}

/* A plugin's key: what can be checked now. */
static int
set_raw(pp_settings *s, const char *key, const char *const *values,
        const char *origin, pp_err *err)
{
    ppc_raws made = {0};
    struct name name;
    ppc_raw *raw;
    ppc_why why;
    size_t i;
    int rc = 0;

    if (split_name(key, &name) || !ppc_section_is_plugin(name.section) ||
        !ppc_name_is_key(name.key))
        return fail_unknown(key, err);
    for (i = 0; values[i]; i++)
        if (ppc_value_plain(values[i], &why))
            return fail_value(key, why.text, origin, err);
    raw = ppc_raws_need(&made, name.section, name.key);
    for (i = 0; raw && !rc && values[i]; i++)
        rc = ppc_raw_add(raw, values[i], origin);
    if (raw && !rc && !i)
        rc = ppc_raw_add(raw, "", origin);
    if (raw)
        raw->layer = PPC_LAYER_OPTION;
    if (!raw || rc || ppc_raw_dup(&s->raws, raw))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for option %s", key);
    ppc_raws_clear(&made);
    return rc;
}

/* Check values against the key and put them into v. */
static int
fill_value(const ppc_key *key, const char *const *values, ppc_value *v,
           ppc_why *why)
{
    bool list = key->pub.type == PP_KEY_LIST;
    size_t i;

    if (!list && (!values[0] || values[1])) {
        ppc_why_set(why, "takes one value");
        return -PP_E_INVAL;
    }
    for (i = 0; values[i]; i++) {
        if (!*values[i] && (key->rules & PPC_RULE_OPT_NONEMPTY)) {
            ppc_why_set(why, "must not be empty");
            return -PP_E_INVAL;
        }
        if (ppc_key_check(key, values[i], &v->num, why))
            return -PP_E_INVAL;
        if (list && ppc_strv_add(&v->list, values[i]))
            return -PP_E_NOMEM;
    }
    if (!list) {
        v->text = strdup(values[0]);
        return v->text ? 0 : -PP_E_NOMEM;
    }
    return 0;
}

int
pp_settings_set(pp_settings *s, const char *key, const char *const *values,
                const char *origin, pp_err *err)
{
    static const char *const none[] = {NULL};
    ppc_value v = {.layer = PPC_LAYER_OPTION};
    int row = find_row(key);
    ppc_why why;
    int rc;

    if (!values)
        values = none;
    if (!origin)
        origin = "option";
    if (row < 0)
        return set_raw(s, key, values, origin, err);
    rc = fill_value(ppc_key_at((size_t)row), values, &v, &why);
    v.origin = strdup(origin);
    if (rc == -PP_E_INVAL)
        rc = fail_value(key, why.text, origin, err);
    else if (rc < 0 || !v.origin)
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for option %s", key);
    if (rc < 0) {
        ppc_value_clear(&v);
        return rc;
    }
    ppc_value_move(&s->values[row], &v);
    return ppc_settings_derive(s, err);
}

int
pp_settings_set1(pp_settings *s, const char *key, const char *value,
                 const char *origin, pp_err *err)
{
    const char *const values[] = {value, NULL};

    return pp_settings_set(s, key, values, origin, err);
}

const char *
pp_settings_str(const pp_settings *s, const char *key)
{
    const ppc_value *v = find_value(s, key);
    const ppc_raw *raw;

    if (v)
        return v->text ? v->text : "";
    raw = find_raw(s, key);
    if (!raw)
        return "";
    return raw->texts[ppc_strv_len(ppc_strv_c(raw->texts)) - 1];
}

int64_t
pp_settings_i64(const pp_settings *s, const char *key)
{
    const ppc_value *v = find_value(s, key);

    return v ? v->num : 0;
}

bool
pp_settings_bool(const pp_settings *s, const char *key)
{
    return pp_settings_i64(s, key) != 0;
}

const char *const *
pp_settings_list(const pp_settings *s, const char *key)
{
    static const char *const none[] = {NULL};
    const ppc_value *v = find_value(s, key);
    const ppc_raw *raw;

    if (v)
        return v->list ? ppc_strv_c(v->list) : none;
    raw = find_raw(s, key);
    return raw ? ppc_strv_c(raw->texts) : none;
}

const char *
pp_settings_origin(const pp_settings *s, const char *key)
{
    const ppc_value *v = find_value(s, key);
    const ppc_raw *raw;

    if (v)
        return v->origin ? v->origin : "default";
    raw = find_raw(s, key);
    return raw ? raw->origins[0] : "default";
}

bool
pp_settings_is_set(const pp_settings *s, const char *key)
{
    const ppc_value *v = find_value(s, key);

    if (v)
        return v->layer > PPC_LAYER_DEFAULT && !v->derived;
    return find_raw(s, key) != NULL;
}
