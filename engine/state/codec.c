/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/codec.c - the generic half of the record codec; see codec.h */
#include "engine/state/codec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/clock.h"
#include "core/util/strv.h"
#include "engine/json.h"

#define MAX_KEY 64

static const void *
field_of(const ppc_field *f, const void *base)
{
    return (const char *)base + f->off;
}

static bool
is_empty(const ppc_field *f, const void *p)
{
    switch (f->type) {
    case PPC_F_STR:
        return !*(char *const *)p || !**(char *const *)p;
    case PPC_F_STRV:
        return !*(char **const *)p || !**(char **const *)p;
    case PPC_F_BOOL:
        return !*(const bool *)p;
    case PPC_F_I32:
    case PPC_F_U32:
        return !*(const uint32_t *)p;
    case PPC_F_I64:
    case PPC_F_TIME:
        return !*(const int64_t *)p;
    default:
        return !pp_json_len(*(pp_json *const *)p);
    }
}

static pp_json *
encode_tree(const ppc_field *f, pp_json *v)
{
    if (v)
        return pp_json_ref(v);
    return f->type == PPC_F_OBJ ? pp_json_object() : pp_json_array();
}

static pp_json *
encode_field(const ppc_field *f, const void *p)
{
    char text[40];

    switch (f->type) {
    case PPC_F_STR:
        return pp_json_string(*(char *const *)p);
    case PPC_F_STRV:
        return pp_json_strv(ppc_strv_c(*(char **const *)p));
    case PPC_F_BOOL:
        return pp_json_bool(*(const bool *)p);
    case PPC_F_I32:
        return pp_json_int(*(const int32_t *)p);
    case PPC_F_U32:
        return pp_json_int(*(const uint32_t *)p);
    case PPC_F_I64:
        return pp_json_int(*(const int64_t *)p);
    case PPC_F_TIME:
        ppc_time_format(*(const int64_t *)p, text);
        return pp_json_string(text);
    default:
        return encode_tree(f, *(pp_json *const *)p);
    }
}

/* Put v under a key that may name a member of a nested object. */
static int
put_at(pp_json *object, const char *key, pp_json *v)
{
    const char *dot = strchr(key, '.');
    char outer[MAX_KEY] = "";

    if (!dot)
        return pp_json_put(object, key, v);
    memcpy(outer, key, (size_t)(dot - key));
    if (!pp_json_has(object, outer) &&
        pp_json_put(object, outer, pp_json_object())) {
        pp_json_unref(v);
        return -PP_E_NOMEM;
    }
    return pp_json_put(pp_json_get(object, outer), dot + 1, v);
}

pp_json *
ppc_fields_encode(const ppc_field *table, const void *base)
{
    PP_AUTO(pp_json_unref) pp_json *object = pp_json_object();
    const ppc_field *f;
    const void *p;

    for (f = table; object && f->key; f++) {
        p = field_of(f, base);
        if (!f->always && is_empty(f, p))
            continue;
        if (put_at(object, f->key, encode_field(f, p)))
            return NULL;
    }
    return pp_steal(&object);
}

static int
wrong(const ppc_field *f, const char *want, pp_err *err)
{
    return pp_fail(err, PP_E_CORRUPT, 0, "key \"%s\" is not %s", f->key, want);
}

static int
decode_str(const ppc_field *f, const pp_json *v, char **out, pp_err *err)
{
    if (pp_json_type(v) != PP_JSON_STRING)
        return wrong(f, "a string", err);
    if (!*pp_json_str(v))
        return 0;
    *out = strdup(pp_json_str(v));
    return *out ? 0 : pp_fail(err, PP_E_NOMEM, 0, "no memory for a record");
}

static int
decode_strv(const ppc_field *f, const pp_json *v, char ***out, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **list = NULL;
    size_t i, n = pp_json_len(v);

    if (pp_json_type(v) != PP_JSON_ARRAY)
        return wrong(f, "a list of strings", err);
    for (i = 0; i < n; i++)
        if (pp_json_type(pp_json_at(v, i)) != PP_JSON_STRING)
            return wrong(f, "a list of strings", err);
    if (!n)
        return 0;
    list = calloc(n + 1, sizeof *list);
    for (i = 0; list && i < n; i++) {
        list[i] = strdup(pp_json_str(pp_json_at(v, i)));
        if (!list[i])
            break;
    }
    if (i < n)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a record");
    *out = pp_steal(&list);
    return 0;
}

static int
decode_int(const ppc_field *f, const pp_json *v, void *p, pp_err *err)
{
    int64_t n = pp_json_i64(v);

    if (pp_json_type(v) != PP_JSON_INT)
        return wrong(f, "an integer", err);
    if (f->type == PPC_F_I64) {
        *(int64_t *)p = n;
        return 0;
    }
    if (f->type == PPC_F_I32 && n >= INT32_MIN && n <= INT32_MAX) {
        *(int32_t *)p = (int32_t)n;
        return 0;
    }
    if (f->type == PPC_F_U32 && n >= 0 && n <= UINT32_MAX) {
        *(uint32_t *)p = (uint32_t)n;
        return 0;
    }
    return pp_fail(err, PP_E_CORRUPT, 0, "key \"%s\" is out of range", f->key);
}

static int
decode_time(const ppc_field *f, const pp_json *v, int64_t *out, pp_err *err)
{
    if (pp_json_type(v) != PP_JSON_STRING ||
        ppc_time_parse(pp_json_str(v), out))
        return wrong(f, "a time", err);
    return 0;
}

static int
decode_tree(const ppc_field *f, pp_json *v, pp_json **out, pp_err *err)
{
    if (f->type == PPC_F_OBJ && pp_json_type(v) != PP_JSON_OBJECT)
        return wrong(f, "an object", err);
    if (f->type == PPC_F_ARR && pp_json_type(v) != PP_JSON_ARRAY)
        return wrong(f, "a list", err);
    if (pp_json_len(v))
        *out = pp_json_ref(v);
    return 0;
}

static int
decode_field(const ppc_field *f, pp_json *v, void *p, pp_err *err)
{
    switch (f->type) {
    case PPC_F_STR:
        return decode_str(f, v, p, err);
    case PPC_F_STRV:
        return decode_strv(f, v, p, err);
    case PPC_F_BOOL:
        if (pp_json_type(v) != PP_JSON_BOOL)
            return wrong(f, "true or false", err);
        *(bool *)p = pp_json_is_true(v);
        return 0;
    case PPC_F_TIME:
        return decode_time(f, v, p, err);
    case PPC_F_OBJ:
    case PPC_F_ARR:
        return decode_tree(f, v, p, err);
    default:
        return decode_int(f, v, p, err);
    }
}

/* The member that field f reads, if name is that of f or of its object. */
static pp_json *
member_of(const ppc_field *f, const pp_json_iter *it, size_t n)
{
    if (strncmp(f->key, it->key, n))
        return NULL;
    if (f->key[n] == '.')
        return pp_json_get(it->value, f->key + n + 1);
    return f->key[n] ? NULL : it->value;
}

/*
 * Records are written in the order of the table, so the search begins behind
 * the field found last: asking for each field costs several times as much.
 */
static int
decode_member(const ppc_field *table, size_t *at, const pp_json_iter *it,
              void *base, pp_err *err)
{
    const ppc_field *start = table + *at;
    const ppc_field *f = start;
    size_t n = strlen(it->key);
    pp_json *v;
    int rc;

    do {
        v = f->key ? member_of(f, it, n) : NULL;
        if (v) {
            rc = decode_field(f, v, (char *)base + f->off, err);
            *at = (size_t)(f - table);
            if (rc || !f->key[n])
                return rc;
        }
        f = f->key ? f + 1 : table;
    } while (f != start);
    return 0;
}

int
ppc_fields_decode(const ppc_field *table, const pp_json *v, void *base,
                  pp_err *err)
{
    pp_json_iter it = {0};
    size_t at = 0;
    int rc = 0;

    if (pp_json_type(v) != PP_JSON_OBJECT)
        return pp_fail(err, PP_E_CORRUPT, 0, "the record is not an object");
    while (!rc && pp_json_next(v, &it))
        rc = decode_member(table, &at, &it, base, err);
    return rc;
}

void
ppc_fields_clear(const ppc_field *table, void *base)
{
    const ppc_field *f;
    void *p;

    for (f = table; f->key; f++) {
        p = (char *)base + f->off;
        if (f->type == PPC_F_STR)
            free(pp_steal((char **)p));
        else if (f->type == PPC_F_STRV)
            ppc_strv_free(pp_steal((char ***)p));
        else if (f->type == PPC_F_OBJ || f->type == PPC_F_ARR)
            pp_json_unref(pp_steal((pp_json **)p));
    }
}
