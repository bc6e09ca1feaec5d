/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/str.c - growing byte strings; see str.h */
#include "core/util/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool
reserve(ppc_str *s, size_t more)
{
    size_t cap = s->cap ? s->cap : 64;
    char *p;

    if (s->nomem)
        return false;
    if (more >= SIZE_MAX / 2 - s->n) {
        s->nomem = true;
        return false;
    }
    while (cap < s->n + more + 1)
        cap *= 2;
    if (cap == s->cap)
        return true;
    p = realloc(s->p, cap);
    if (!p) {
        s->nomem = true;
        return false;
    }
    s->p = p;
    s->cap = cap;
    return true;
}

void
ppc_str_add(ppc_str *s, const void *p, size_t n)
{
    if (!reserve(s, n))
        return;
    if (n)
        memcpy(s->p + s->n, p, n);
    s->n += n;
    s->p[s->n] = '\0';
}

void
ppc_str_puts(ppc_str *s, const char *text)
{
    ppc_str_add(s, text, strlen(text));
}

void
ppc_str_putc(ppc_str *s, char c)
{
    ppc_str_add(s, &c, 1);
}

__attribute__((format(printf, 2, 0))) static void
add_vprintf(ppc_str *s, const char *fmt, va_list ap)
{
    va_list again;
    int n;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0 || !reserve(s, (size_t)n)) {
        s->nomem = true;
        return;
    }
    vsnprintf(s->p + s->n, (size_t)n + 1, fmt, ap);
    s->n += (size_t)n;
}

void
ppc_str_printf(ppc_str *s, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add_vprintf(s, fmt, ap);
    va_end(ap);
}

const char *
ppc_str_get(const ppc_str *s)
{
    if (s->nomem)
        return NULL;
    return s->p ? s->p : "";
}

char *
ppc_str_steal(ppc_str *s)
{
    char *p;

    if (!s->p)
        ppc_str_add(s, "", 0);
    p = s->nomem ? NULL : s->p;
    if (s->nomem)
        free(s->p);
    *s = (ppc_str)PPC_STR_INIT;
    return p;
}

void
ppc_str_clear(ppc_str *s)
{
    int saved = errno;

    free(s->p);
    *s = (ppc_str)PPC_STR_INIT;
    errno = saved;
}

char *
ppc_sprintf(const char *fmt, ...)
{
    ppc_str s = PPC_STR_INIT;
    va_list ap;

    va_start(ap, fmt);
    add_vprintf(&s, fmt, ap);
    va_end(ap);
    return ppc_str_steal(&s);
}

bool
ppc_str_has_prefix(const char *s, const char *prefix)
{
    return !strncmp(s, prefix, strlen(prefix));
}

bool
ppc_str_has_suffix(const char *s, const char *suffix)
{
    size_t n = strlen(s);
    size_t m = strlen(suffix);

    return n >= m && !memcmp(s + n - m, suffix, m);
}

bool
ppc_str_eq(const char *a, const char *b)
{
    return !strcmp(a ? a : "", b ? b : "");
}

bool
ppc_str_is_empty(const char *s)
{
    return !s || !*s;
}

int
ppc_parse_i64(const char *s, int64_t lo, int64_t hi, int64_t *out)
{
    char *end = NULL;
    long long v;

    if (!s || (*s != '-' && (*s < '0' || *s > '9')))
        return -1;
    errno = 0;
    v = strtoll(s, &end, 10);
    if (errno || end == s || *end || v < lo || v > hi)
        return -1;
    *out = v;
    return 0;
}
