/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/strv.h - NULL-terminated lists of owned strings
 *
 * A list that was never added to is NULL; every function accepts that.
 */
#ifndef CORE_UTIL_STRV_H
#define CORE_UTIL_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "core/util/cleanup.h"

size_t ppc_strv_len(const char *const *v);
/* Append a copy: 0, or -1 when out of memory (the list is unchanged). */
int ppc_strv_add(char ***v, const char *s);
/* Append a printf'd string: 0 or -1. */
int ppc_strv_addf(char ***v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Append s itself, taking ownership, also on failure: 0 or -1. */
int ppc_strv_take(char ***v, char *s);
/* A deep copy; NULL for NULL or out of memory. */
char **ppc_strv_dup(const char *const *v);
bool ppc_strv_has(const char *const *v, const char *s);
void ppc_strv_free(char **v);

PP_DEFINE_CLEANUP(char **, ppc_strv_free);

/* The list as a list of const strings, for reading. */
static inline const char *const *
ppc_strv_c(char *const *v)
{
    return (const char *const *)v;
}

#endif
