/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/line.c - keys and values as lines of JSON; see line.h */
#include "engine/state/line.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "engine/json.h"
#include "engine/state/store.h"

#define MAX_DEPTH 60 /* of a value; the parser stops at 64 */

/* Length of the sequence that begins at p, 0 if it is none. */
static size_t
utf8_length(const unsigned char *p, size_t left)
{
    uint32_t c = p[0], least;
    size_t i, n;

    if (c < 0x80)
        return c ? 1 : 0;
    n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || n > left)
        return 0;
    least = n == 4 ? 0x10000 : n == 3 ? 0x800 : 0x80;
    c &= 0x7fu >> n;
    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    return n;
}

bool
ppc_is_utf8(const void *data, size_t n)
{
    const unsigned char *p = data;
    size_t step;

    for (; n; p += step, n -= step) {
        step = utf8_length(p, n);
        if (!step)
            return false;
    }
    return true;
}

static void
put_string(const char *s, size_t n, ppc_str *out)
{
    static const char plain[] = "\b\f\n\r\t\"\\";
    static const char letters[] = "bfnrt\"\\";
    const char *at;
    size_t i;

    ppc_str_putc(out, '"');
    for (i = 0; i < n; i++) {
        at = s[i] ? strchr(plain, s[i]) : NULL;
        if (at)
            ppc_str_printf(out, "\\%c", letters[at - plain]);
        else if ((unsigned char)s[i] < ' ')
            ppc_str_printf(out, "\\u%04x", (unsigned)(unsigned char)s[i]);
        else
            ppc_str_putc(out, s[i]);
    }
    ppc_str_putc(out, '"');
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const pp_json_iter *)a)->key,
                  ((const pp_json_iter *)b)->key);
}

static int put_json(const pp_json *v, int depth, ppc_str *out);

static int
put_object(const pp_json *v, int depth, ppc_str *out)
{
    pp_json_iter it = {NULL, NULL, NULL};
    size_t i, n = 0;
    PP_AUTO_FREE pp_json_iter *members =
        calloc(pp_json_len(v) + 1, sizeof *members);
    int rc = members ? 0 : -1;

    while (members && n < pp_json_len(v) && pp_json_next(v, &it))
        members[n++] = it;
    if (n)
        qsort(members, n, sizeof *members, by_name);
    ppc_str_putc(out, '{');
    for (i = 0; !rc && i < n; i++) {
        if (i)
            ppc_str_putc(out, ',');
        put_string(members[i].key, strlen(members[i].key), out);
        ppc_str_putc(out, ':');
        rc = put_json(members[i].value, depth - 1, out);
    }
    ppc_str_putc(out, '}');
    return rc;
}

static int
put_array(const pp_json *v, int depth, ppc_str *out)
{
    size_t i, n = pp_json_len(v);
    int rc = 0;

    ppc_str_putc(out, '[');
    for (i = 0; !rc && i < n; i++) {
        if (i)
            ppc_str_putc(out, ',');
        rc = put_json(pp_json_at(v, i), depth - 1, out);
    }
    ppc_str_putc(out, ']');
    return rc;
}

/* 0, or -1: nested too deeply, or no memory. */
static int
put_json(const pp_json *v, int depth, ppc_str *out)
{
    PP_AUTO_FREE char *text = NULL;

    if (!depth)
        return -1;
    switch (pp_json_type(v)) {
    case PP_JSON_OBJECT:
        return put_object(v, depth, out);
    case PP_JSON_ARRAY:
        return put_array(v, depth, out);
    case PP_JSON_STRING:
        put_string(pp_json_str(v), pp_json_len(v), out);
        return 0;
    case PP_JSON_NULL:
        ppc_str_puts(out, "null");
        return 0;
    default:
        text = pp_json_text(v, 0);
        ppc_str_puts(out, text ? text : "");
        return text ? 0 : -1;
    }
}

static void
put_base64(pp_slice s, ppc_str *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = s.p;
    uint32_t v;
    size_t i;

    ppc_str_putc(out, '"');
    for (i = 0; i < s.n; i += 3) {
        v = (uint32_t)p[i] << 16;
        v |= i + 1 < s.n ? (uint32_t)p[i + 1] << 8 : 0;
        v |= i + 2 < s.n ? p[i + 2] : 0u;
        ppc_str_putc(out, digits[v >> 18]);
        ppc_str_putc(out, digits[v >> 12 & 63]);
        ppc_str_putc(out, i + 1 < s.n ? digits[v >> 6 & 63] : '=');
        ppc_str_putc(out, i + 2 < s.n ? digits[v & 63] : '=');
    }
    ppc_str_putc(out, '"');
}

static int
digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Strict: full groups of four, padding only at the end. */
static int
get_base64(const char *s, size_t n, ppc_str *out)
{
    size_t i, k, pad;
    uint32_t v;
    char bytes[3];

    if (n % 4)
        return -1;
    for (i = 0; i < n; i += 4) {
        pad = 0;
        if (i + 4 == n)
            pad = s[i + 3] != '=' ? 0 : s[i + 2] != '=' ? 1 : 2;
        for (v = 0, k = 0; k < 4; k++) {
            int d = k < 4 - pad ? digit(s[i + k]) : 0;

            if (d < 0)
                return -1;
            v = v << 6 | (uint32_t)d;
        }
        bytes[0] = (char)(v >> 16);
        bytes[1] = (char)(v >> 8);
        bytes[2] = (char)v;
        ppc_str_add(out, bytes, 3 - pad);
    }
    return 0;
}

/* L/PART or L/PART0PART...: what a list of parts can say. */
static bool
has_parts(pp_slice key)
{
    const unsigned char *p = key.p;
    size_t i;

    if (key.n < 3 || p[1] != '/' || !p[0] || p[0] >= 0x80)
        return false;
    for (i = 2; i < key.n; i++) /* byte 0 is no text, but divides */
        if (p[i] && !utf8_length(p + i, key.n - i))
            return false;
        else if (p[i])
            i += utf8_length(p + i, key.n - i) - 1;
    return true;
}

static void
put_key(pp_slice key, ppc_str *out)
{
    const char *p = key.p;
    size_t at = 2, n;

    if (!has_parts(key)) {
        ppc_str_puts(out, "{\"key64\":");
        put_base64(key, out);
        return;
    }
    ppc_str_puts(out, "{\"key\":[");
    put_string(p, 1, out);
    for (;;) {
        n = strnlen(p + at, key.n - at);
        ppc_str_putc(out, ',');
        put_string(p + at, n, out);
        at += n;
        if (at == key.n)
            break;
        at++;
    }
    ppc_str_putc(out, ']');
}

/* Only what comes back as it was: an object or list of sane depth. */
static bool
put_as_json(pp_slice val, ppc_str *out)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    size_t start = out->n;
    int type;

    if (!val.n || !strchr("{[", *(const char *)val.p) ||
        pp_json_parse(val.p, val.n, "a record", &v, NULL) < 0)
        return false;
    type = pp_json_type(v);
    ppc_str_puts(out, "\"json\":");
    if ((type == PP_JSON_OBJECT || type == PP_JSON_ARRAY) &&
        !put_json(v, MAX_DEPTH, out))
        return true;
    if (!out->nomem)
        out->n = start;
    return false;
}

void
ppc_line_encode(pp_slice key, pp_slice val, ppc_str *out)
{
    bool text = ppc_is_utf8(val.p, val.n);

    put_key(key, out);
    ppc_str_putc(out, ',');
    if (!text) {
        ppc_str_puts(out, "\"base64\":");
        put_base64(val, out);
    } else if (!put_as_json(val, out)) {
        ppc_str_puts(out, "\"text\":");
        put_string(val.p, val.n, out);
    }
    ppc_str_puts(out, "}\n");
}

static int
wrong(pp_err *err, const char *what)
{
    return pp_fail(err, PP_E_CORRUPT, 0, "%s", what);
}

static int
get_key(const pp_json *v, ppc_key *key, pp_err *err)
{
    const pp_json *parts = pp_json_get(v, "key"), *part;
    PP_AUTO_STR ppc_str raw = PPC_STR_INIT;
    size_t i, n = pp_json_len(parts);

    if (pp_json_has(v, "key64")) {
        if (get_base64(pp_json_get_str(v, "key64"),
                       strlen(pp_json_get_str(v, "key64")), &raw))
            return wrong(err, "key64 is not base64");
    } else if (pp_json_type(parts) != PP_JSON_ARRAY || n < 2) {
        return wrong(err, "it has no key, a list of two parts or more");
    }
    for (i = 0; raw.n <= PPC_KEY_MAX && i < n; i++) {
        part = pp_json_at(parts, i);
        if (pp_json_type(part) != PP_JSON_STRING ||
            strlen(pp_json_str(part)) != pp_json_len(part) ||
            (!i && pp_json_len(part) != 1))
            return wrong(err, "the key's parts are not a letter and strings");
        ppc_str_add(&raw, i == 1 ? "/" : "", i > 0);
        ppc_str_add(&raw, pp_json_str(part), pp_json_len(part));
    }
    if (raw.nomem)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a record");
    *key = ppc_key_of(pp_slice_of(raw.p, raw.n));
    return key->n ? 0 : wrong(err, "the key is empty or too long");
}

static int
get_value(const pp_json *v, ppc_str *out, pp_err *err)
{
    const pp_json *json = pp_json_get(v, "json");
    const pp_json *text = pp_json_get(v, "text");
    const pp_json *base64 = pp_json_get(v, "base64");
    int type = pp_json_type(json);

    if (!json + !text + !base64 != 2)
        return wrong(err, "it has not one value: json, text or base64");
    if (json && type != PP_JSON_OBJECT && type != PP_JSON_ARRAY)
        return wrong(err, "json is neither an object nor a list");
    if (json && put_json(json, MAX_DEPTH, out))
        return wrong(err, "json is nested too deeply");
    if (text && pp_json_type(text) != PP_JSON_STRING)
        return wrong(err, "text is no string");
    if (text)
        ppc_str_add(out, pp_json_str(text), pp_json_len(text));
    if (base64 && get_base64(pp_json_str(base64), pp_json_len(base64), out))
        return wrong(err, "base64 is not base64");
    if (out->n > PPC_VALUE_MAX)
        return wrong(err, "the value is larger than a record can be");
    return 0;
}

int
ppc_line_decode(const char *text, size_t n, ppc_item *out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    PP_AUTO_STR ppc_str val = PPC_STR_INIT;
    ppc_key key;
    int rc = pp_json_parse(text, n, "the line", &v, err);

    if (rc < 0)
        return rc;
    if (pp_json_type(v) != PP_JSON_OBJECT || pp_json_len(v) != 2)
        return wrong(err, "it is no object with a key and a value");
    rc = get_key(v, &key, err);
    if (!rc)
        rc = get_value(v, &val, err);
    if (rc < 0)
        return rc;
    out->n = val.n;
    ppc_str_add(&val, "", 1);
    out->val = ppc_str_steal(&val);
    out->key = key;
    return out->val ? 0 : pp_fail(err, PP_E_NOMEM, 0, "no memory for a record");
}
