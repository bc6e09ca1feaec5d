/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/value.c - types and ranges of values; see value.h */
#include "core/config/value.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <polypod/codes.h>
#include <polypod/plugin.h>

#include "core/util/clock.h"

void
ppc_why_set(ppc_why *why, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why->text, sizeof why->text, fmt, ap);
    va_end(ap);
}

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit size_units[] = {
    {"", 1},
    {"b", 1},
    {"k", INT64_C(1) << 10},
    {"kb", INT64_C(1) << 10},
    {"kib", INT64_C(1) << 10},
    {"m", INT64_C(1) << 20},
    {"mb", INT64_C(1) << 20},
    {"mib", INT64_C(1) << 20},
    {"g", INT64_C(1) << 30},
    {"gb", INT64_C(1) << 30},
    {"gib", INT64_C(1) << 30},
    {"t", INT64_C(1) << 40},
    {"tb", INT64_C(1) << 40},
    {"tib", INT64_C(1) << 40},
    {NULL, 0},
};

static const struct unit time_units[] = {
    {"", PPC_SEC},  {"ns", 1},           {"us", 1000},          {"ms", PPC_MS},
    {"s", PPC_SEC}, {"m", 60 * PPC_SEC}, {"h", 3600 * PPC_SEC}, {NULL, 0},
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

/* Digits at *p, moved past: 0, or -1 when there are none or too many. */
static int
read_digits(const char **p, int64_t *out)
{
    const char *s = *p;
    int64_t v = 0;

    for (; *s >= '0' && *s <= '9'; s++)
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, *s - '0', &v))
            return -1;
    if (s == *p)
        return -1;
    *p = s;
    *out = v;
    return 0;
}

static const struct unit *
find_unit(const struct unit *units, const char *s, size_t n)
{
    for (; units->name; units++)
        if (strlen(units->name) == n && !strncasecmp(units->name, s, n))
            return units;
    return NULL;
}

/* "-5", "10m": a sign, a number, a unit; with many, also "1m30s". */
static int
read_number(const struct unit *units, bool many, const char *s, int64_t *out)
{
    bool minus = *s == '-';
    int64_t sum = 0;
    int parts = 0;

    if (minus)
        s++;
    do {
        const struct unit *unit;
        size_t n;
        int64_t v;

        if (read_digits(&s, &v))
            return -1;
        n = strcspn(s, "0123456789");
        unit = find_unit(units, s, n);
        if (!unit || (parts++ && !n) ||
            __builtin_mul_overflow(v, unit->factor, &v) ||
            __builtin_add_overflow(sum, v, &sum))
            return -1;
        s += n;
    } while (many && *s);
    if (*s)
        return -1;
    *out = minus ? -sum : sum;
    return 0;
}

static int
read_by_type(uint32_t type, const char *s, int64_t *out)
{
    if (type == PP_KEY_SIZE)
        return read_number(size_units, false, s, out);
    if (type == PP_KEY_DURATION)
        return read_number(time_units, true, s, out);
    return read_number(no_units, false, s, out);
}

/* Is num within "MIN..MAX"?  A range that cannot be read refuses all. */
static bool
in_range(uint32_t type, const char *range, int64_t num)
{
    const char *dots = strstr(range, "..");
    char min[64];
    int64_t edge;

    if (!dots || (size_t)(dots - range) >= sizeof min)
        return false;
    memcpy(min, range, (size_t)(dots - range));
    min[dots - range] = '\0';
    if (*min && (read_by_type(type, min, &edge) || num < edge))
        return false;
    return !dots[2] || (!read_by_type(type, dots + 2, &edge) && num <= edge);
}

static int
check_number(uint32_t type, const char *range, const char *text, int64_t *num,
             ppc_why *why)
{
    const char *what = "a whole number";
    int64_t v;

    if (type == PP_KEY_SIZE)
        what = "a size such as 512k, 10m or 1GiB";
    if (type == PP_KEY_DURATION)
        what = "a duration such as 250ms, 10s or 2m";
    if (read_by_type(type, text, &v)) {
        ppc_why_set(why, "\"%.80s\" is not %s", text, what);
        return -PP_E_INVAL;
    }
    if (range && !in_range(type, range, v)) {
        ppc_why_set(why, "\"%.80s\" is not in the range %.80s", text, range);
        return -PP_E_INVAL;
    }
    *num = v;
    return 0;
}

static int
check_bool(const char *text, int64_t *num, ppc_why *why)
{
    static const char *const words[] = {"no",  "yes", "false", "true",
                                        "off", "on",  "0",     "1"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i]))
            continue;
        *num = i % 2;
        return 0;
    }
    ppc_why_set(why, "\"%.80s\" is neither yes nor no", text);
    return -PP_E_INVAL;
}

static int
check_enum(const char *range, const char *text, ppc_why *why)
{
    const char *p = range ? range : "";
    size_t n = strlen(text);

    while (*p) {
        size_t len = strcspn(p, "|");

        if (n && len == n && !memcmp(p, text, n))
            return 0;
        p += len;
        p += *p == '|';
    }
    ppc_why_set(why, "\"%.80s\" is not one of %.120s", text,
                range ? range : "none");
    return -PP_E_INVAL;
}

static int
check_path(const char *text, ppc_why *why)
{
    if (text[0] == '/')
        return 0;
    ppc_why_set(why, "\"%.80s\" is not an absolute path", text);
    return -PP_E_INVAL;
}

static int
check_entry(const char *range, const char *text, ppc_why *why)
{
    const char *eq = strchr(text, '=');

    if (!*text) {
        ppc_why_set(why, "an entry is empty");
        return -PP_E_INVAL;
    }
    if (!range)
        return 0;
    if (!strcmp(range, "path"))
        return check_path(text, why);
    if (!strcmp(range, "env") && (!eq || eq == text)) {
        ppc_why_set(why, "\"%.80s\" is not NAME=VALUE", text);
        return -PP_E_INVAL;
    }
    return 0;
}

static int
check_type(uint32_t type, const char *range, const char *text, int64_t *num,
           ppc_why *why)
{
    switch (type) {
    case PP_KEY_STRING:
        return 0;
    case PP_KEY_INT:
    case PP_KEY_SIZE:
    case PP_KEY_DURATION:
        return check_number(type, range, text, num, why);
    case PP_KEY_BOOL:
        return check_bool(text, num, why);
    case PP_KEY_LIST:
        return check_entry(range, text, why);
    case PP_KEY_PATH:
        return check_path(text, why);
    case PP_KEY_ENUM:
        return check_enum(range, text, why);
    default:
        ppc_why_set(why, "has a type this engine does not know");
        return -PP_E_INVAL;
    }
}

int
ppc_value_check(uint32_t type, const char *range, const char *text,
                int64_t *num, ppc_why *why)
{
    ppc_why plain = {""};
    int rc;

    *num = 0;
    rc = check_type(type, range, text, num, &plain);
    if (rc < 0)
        ppc_why_set(why, "%.220s%s", plain.text,
                    *text == '"' ? "; values are not quoted" : "");
    return rc;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int
ppc_value_plain(const char *text, ppc_why *why)
{
    const char *p;

    for (p = text; *p; p++) {
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f) {
            ppc_why_set(why, "holds a control character");
            return -PP_E_INVAL;
        }
        if (*p == ';' && p > text && is_blank(p[-1])) {
            ppc_why_set(why, "holds a space followed by \";\", which begins "
                             "a comment in a file");
            return -PP_E_INVAL;
        }
    }
    if (p > text && (is_blank(*text) || is_blank(p[-1]))) {
        ppc_why_set(why, "begins or ends with a space");
        return -PP_E_INVAL;
    }
    return 0;
}
