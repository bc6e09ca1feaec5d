/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/json.c - the only file that knows json-c; see polypod/json.h */
#include "engine/json.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#define MAX_DEPTH 64

static json_object *
in(const pp_json *v)
{
    union {
        const pp_json *c;
        json_object *m;
    } u = {v};

    return u.m;
}

static pp_json *
out(json_object *v)
{
    return (pp_json *)v;
}

int
pp_json_parse(const char *text, size_t n, const char *what, pp_json **result,
              pp_err *err)
{
    json_tokener *tok = json_tokener_new_ex(MAX_DEPTH);
    enum json_tokener_error e;
    json_object *v;
    size_t end;

    if (!tok)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to parse %s", what);
    if (n > INT32_MAX - 1) {
        json_tokener_free(tok);
        return pp_fail(err, PP_E_CORRUPT, 0, "%s is too large to be JSON",
                       what);
    }
    v = json_tokener_parse_ex(tok, text, (int)n);
    e = json_tokener_get_error(tok);
    end = json_tokener_get_parse_end(tok);
    if (e == json_tokener_continue) { /* a bare number ends with the text */
        v = json_tokener_parse_ex(tok, "", -1);
        e = json_tokener_get_error(tok);
    }
    json_tokener_free(tok);
    if (e == json_tokener_success && !v && end == 0 && n > 0)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to parse %s", what);
    if (e != json_tokener_success) {
        json_object_put(v);
        return pp_fail(err, PP_E_CORRUPT, 0, "%s is not JSON: %s at byte %zu",
                       what, json_tokener_error_desc(e), end);
    }
    while (end < n && strchr(" \t\r\n", text[end]) && text[end])
        end++;
    if (end < n) {
        json_object_put(v);
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "%s has text after its JSON value, at byte %zu", what,
                       end);
    }
    *result = out(v);
    return 0;
}

pp_json *
pp_json_object(void)
{
    return out(json_object_new_object());
}

pp_json *
pp_json_array(void)
{
    return out(json_object_new_array());
}

pp_json *
pp_json_string(const char *s)
{
    return out(json_object_new_string(s ? s : ""));
}

pp_json *
pp_json_string_n(const char *s, size_t n)
{
    return n > INT32_MAX ? NULL : out(json_object_new_string_len(s, (int)n));
}

pp_json *
ppc_json_u64(uint64_t v)
{
    return out(json_object_new_uint64(v));
}

pp_json *
pp_json_int(int64_t v)
{
    return out(json_object_new_int64(v));
}

pp_json *
pp_json_double(double v)
{
    return out(json_object_new_double(v));
}

pp_json *
pp_json_bool(bool v)
{
    return out(json_object_new_boolean(v));
}

pp_json *
pp_json_strv(const char *const *v)
{
    pp_json *a = pp_json_array();

    for (; a && v && *v; v++)
        if (pp_json_add(a, pp_json_string(*v))) {
            pp_json_unref(a);
            return NULL;
        }
    return a;
}

pp_json *
pp_json_ref(pp_json *v)
{
    return out(json_object_get(in(v)));
}

void
pp_json_unref(pp_json *v)
{
    json_object_put(in(v));
}

pp_json *
pp_json_dup(const pp_json *v)
{
    json_object *copy = NULL;

    if (!v || json_object_deep_copy(in(v), &copy, NULL))
        return NULL;
    return out(copy);
}

int
pp_json_put(pp_json *object, const char *key, pp_json *v)
{
    if (object && v && !json_object_object_add(in(object), key, in(v)))
        return 0;
    pp_json_unref(v);
    return -PP_E_NOMEM;
}

int
ppc_json_put_literal(pp_json *object, const char *key, pp_json *v)
{
    const unsigned how = JSON_C_OBJECT_ADD_KEY_IS_NEW |
                         JSON_C_OBJECT_ADD_CONSTANT_KEY;

    if (object && v &&
        !json_object_object_add_ex(in(object), key, in(v), how))
        return 0;
    pp_json_unref(v);
    return -PP_E_NOMEM;
}

int
pp_json_put_null(pp_json *object, const char *key)
{
    if (object && !json_object_object_add(in(object), key, NULL))
        return 0;
    return -PP_E_NOMEM;
}

int
pp_json_add(pp_json *array, pp_json *v)
{
    if (array && v && !json_object_array_add(in(array), in(v)))
        return 0;
    pp_json_unref(v);
    return -PP_E_NOMEM;
}

void
pp_json_del(pp_json *object, const char *key)
{
    json_object_object_del(in(object), key);
}

int
pp_json_type(const pp_json *v)
{
    switch (json_object_get_type(in(v))) {
    case json_type_boolean:
        return PP_JSON_BOOL;
    case json_type_int:
        return PP_JSON_INT;
    case json_type_double:
        return PP_JSON_DOUBLE;
    case json_type_string:
        return PP_JSON_STRING;
    case json_type_array:
        return PP_JSON_ARRAY;
    case json_type_object:
        return PP_JSON_OBJECT;
    case json_type_null:
    default:
        return PP_JSON_NULL;
    }
}

bool
pp_json_has(const pp_json *object, const char *key)
{
    return pp_json_type(object) == PP_JSON_OBJECT &&
           json_object_object_get_ex(in(object), key, NULL);
}

pp_json *
pp_json_get(const pp_json *object, const char *key)
{
    json_object *v = NULL;

    if (pp_json_type(object) == PP_JSON_OBJECT)
        json_object_object_get_ex(in(object), key, &v);
    return out(v);
}

pp_json *
pp_json_path(const pp_json *object, const char *path)
{
    pp_json *v = out(in(object));
    char key[128];
    size_t n;

    if (!strchr(path, '.'))
        return pp_json_get(v, path);
    for (;;) {
        n = strcspn(path, ".");
        if (n >= sizeof key)
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        v = pp_json_get(v, key);
        if (!path[n])
            return v;
        path += n + 1;
    }
}

const char *
pp_json_str(const pp_json *v)
{
    if (pp_json_type(v) != PP_JSON_STRING)
        return "";
    return json_object_get_string(in(v));
}

const char *
pp_json_get_str(const pp_json *object, const char *key)
{
    return pp_json_str(pp_json_get(object, key));
}

int64_t
pp_json_i64(const pp_json *v)
{
    int type = pp_json_type(v);

    if (type != PP_JSON_INT && type != PP_JSON_DOUBLE)
        return 0;
    return json_object_get_int64(in(v));
}

int64_t
pp_json_get_i64(const pp_json *object, const char *key)
{
    return pp_json_i64(pp_json_get(object, key));
}

double
pp_json_dbl(const pp_json *v)
{
    int type = pp_json_type(v);

    if (type != PP_JSON_INT && type != PP_JSON_DOUBLE)
        return 0;
    return json_object_get_double(in(v));
}

bool
pp_json_is_true(const pp_json *v)
{
    return pp_json_type(v) == PP_JSON_BOOL && json_object_get_boolean(in(v));
}

bool
pp_json_get_bool(const pp_json *object, const char *key)
{
    return pp_json_is_true(pp_json_get(object, key));
}

size_t
pp_json_len(const pp_json *v)
{
    switch (pp_json_type(v)) {
    case PP_JSON_ARRAY:
        return json_object_array_length(in(v));
    case PP_JSON_OBJECT:
        return (size_t)json_object_object_length(in(v));
    case PP_JSON_STRING:
        return (size_t)json_object_get_string_len(in(v));
    default:
        return 0;
    }
}

pp_json *
pp_json_at(const pp_json *array, size_t i)
{
    if (pp_json_type(array) != PP_JSON_ARRAY)
        return NULL;
    return out(json_object_array_get_idx(in(array), i));
}

char **
pp_json_get_strv(const pp_json *object, const char *key)
{
    pp_json *a = pp_json_get(object, key);
    size_t n = pp_json_type(a) == PP_JSON_ARRAY ? pp_json_len(a) : 0;
    char **v = calloc(n + 1, sizeof *v);
    size_t i;

    for (i = 0; v && i < n; i++) {
        v[i] = strdup(pp_json_str(pp_json_at(a, i)));
        if (!v[i]) {
            pp_json_strv_free(v);
            return NULL;
        }
    }
    return v;
}

void
pp_json_strv_free(char **v)
{
    size_t i;

    for (i = 0; v && v[i]; i++)
        free(v[i]);
    free(v);
}

bool
pp_json_next(const pp_json *object, pp_json_iter *it)
{
    struct lh_entry *e;

    if (pp_json_type(object) != PP_JSON_OBJECT)
        return false;
    if (!it->pos)
        e = json_object_get_object(in(object))->head;
    else
        e = ((struct lh_entry *)it->pos)->next;
    if (!e)
        return false;
    it->pos = e;
    it->key = lh_entry_k(e);
    it->value = out(lh_entry_v(e));
    return true;
}

char *
pp_json_text(const pp_json *v, uint32_t flags)
{
    int how = JSON_C_TO_STRING_NOSLASHESCAPE;
    const char *text;

    if (flags & PP_JSON_PRETTY)
        how |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
    else
        how |= JSON_C_TO_STRING_PLAIN;
    text = json_object_to_json_string_ext(in(v), how);
    return text ? strdup(text) : NULL;
}
