/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/netconf/json.c - bounded JSON: readers that never trust the shape */
#include "netconf.h"

#include <string.h>

/*
 * Parse exactly one JSON value.
 *
 * returns  0 with *out owned by the caller (NULL is JSON's null), or -1 with
 *          *why a static text
 */
int
cni_json_parse(const char *text, size_t n, int depth, json_object **out,
               const char **why)
{
    json_tokener *tok = json_tokener_new_ex(depth);
    json_object *v = NULL;
    enum json_tokener_error e = json_tokener_error_size;
    size_t end = 0;

    if (!tok) {
        *why = "no memory";
        return -1;
    }
    if (n <= CNI_MAX_COOKIE) {
        v = json_tokener_parse_ex(tok, text, (int)n);
        e = json_tokener_get_error(tok);
        end = json_tokener_get_parse_end(tok);
    }
    json_tokener_free(tok);
    if (e != json_tokener_success) {
        json_object_put(v);
        *why = e == json_tokener_continue ? "it ends too early"
                                          : json_tokener_error_desc(e);
        return -1;
    }
    while (end < n && text[end] && strchr(" \t\r\n", text[end]))
        end++;
    if (end < n) {
        json_object_put(v);
        *why = "text after the value";
        return -1;
    }
    *out = v;
    return 0;
}

/* A member, or NULL; OBJECT may be anything.  Borrowed. */
json_object *
cni_json_get(json_object *object, const char *key)
{
    json_object *v = NULL;

    if (!json_object_is_type(object, json_type_object))
        return NULL;
    json_object_object_get_ex(object, key, &v);
    return v;
}

/* A string member without an embedded NUL, or NULL.  Borrowed. */
const char *
cni_json_str(json_object *object, const char *key)
{
    json_object *v = key ? cni_json_get(object, key) : object;

    if (!json_object_is_type(v, json_type_string))
        return NULL;
    const char *s = json_object_get_string(v);

    return strlen(s) == (size_t)json_object_get_string_len(v) ? s : NULL;
}

bool
cni_json_true(json_object *object, const char *key)
{
    json_object *v = cni_json_get(object, key);

    return json_object_is_type(v, json_type_boolean) &&
           json_object_get_boolean(v);
}

/* An array member, or NULL.  Borrowed. */
json_object *
cni_json_array(json_object *object, const char *key)
{
    json_object *v = cni_json_get(object, key);

    return json_object_is_type(v, json_type_array) ? v : NULL;
}

/* Takes V over, also on failure; false without memory or when V is NULL. */
bool
cni_json_put(json_object *object, const char *key, json_object *v)
{
    if (object && v && json_object_object_add(object, key, v) == 0)
        return true;
    json_object_put(v);
    return false;
}

/* The same for an array. */
bool
cni_json_add(json_object *array, json_object *v)
{
    if (array && v && json_object_array_add(array, v) == 0)
        return true;
    json_object_put(v);
    return false;
}

json_object *
cni_json_dup(json_object *v)
{
    json_object *copy = NULL;

    if (json_object_deep_copy(v, &copy, NULL) < 0)
        return NULL;
    return copy;
}

/* One line of text that lives as long as V; NULL without memory. */
const char *
cni_json_text(json_object *v)
{
    return json_object_to_json_string_ext(
        v, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

void
cni_json_auto(json_object **v)
{
    json_object_put(*v);
}

void
cni_free_auto(void *p)
{
    free(*(void **)p);
}
