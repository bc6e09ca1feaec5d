/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/str.h - growing byte strings and small questions about text
 *
 * Ownership  ppc_str owns its bytes (ppc_str_clear); always NUL-terminated
 *            once anything was added.  Out of memory is sticky: later adds do
 *            nothing and ppc_str_steal returns NULL, so one test at the end
 *            is enough.
 */
#ifndef CORE_UTIL_STR_H
#define CORE_UTIL_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ppc_str {
    char *p;
    size_t n;
    size_t cap;
    bool nomem;
} ppc_str;

#define PPC_STR_INIT                                                           \
    {                                                                          \
        NULL, 0, 0, false                                                      \
    }

void ppc_str_add(ppc_str *s, const void *p, size_t n);
void ppc_str_puts(ppc_str *s, const char *text);
void ppc_str_putc(ppc_str *s, char c);
void ppc_str_printf(ppc_str *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The bytes, "" if empty; NULL after out of memory. Borrowed. */
const char *ppc_str_get(const ppc_str *s);
/* The bytes, caller owns; NULL after out of memory. The string is empty. */
char *ppc_str_steal(ppc_str *s);
void ppc_str_clear(ppc_str *s);

static inline void
ppc_auto_str(ppc_str *s)
{
    ppc_str_clear(s);
}

/* asprintf that returns the string, or NULL. Caller owns. */
char *ppc_sprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool ppc_str_has_prefix(const char *s, const char *prefix);
bool ppc_str_has_suffix(const char *s, const char *suffix);
/* NULL counts as "" */
bool ppc_str_eq(const char *a, const char *b);
bool ppc_str_is_empty(const char *s);

/* Whole string as a decimal number within [lo, hi]: 0, or -1. */
int ppc_parse_i64(const char *s, int64_t lo, int64_t hi, int64_t *out);

#endif
