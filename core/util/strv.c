/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/strv.c - lists of strings; see strv.h */
#include "core/util/strv.h"

#include <stdarg.h>
#include <string.h>

size_t
ppc_strv_len(const char *const *v)
{
    size_t n = 0;

    while (v && v[n])
        n++;
    return n;
}

int
ppc_strv_take(char ***v, char *s)
{
    size_t n = ppc_strv_len(ppc_strv_c(*v));
    char **grown;

    if (!s)
        return -1;
    grown = reallocarray(*v, n + 2, sizeof *grown);
    if (!grown) {
        free(s);
        return -1;
    }
    grown[n] = s;
    grown[n + 1] = NULL;
    *v = grown;
    return 0;
}

int
ppc_strv_add(char ***v, const char *s)
{
    return ppc_strv_take(v, strdup(s));
}

int
ppc_strv_addf(char ***v, const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&s, fmt, ap);
    va_end(ap);
    return ppc_strv_take(v, n < 0 ? NULL : s);
}

char **
ppc_strv_dup(const char *const *v)
{
    PP_AUTO(ppc_strv_free) char **copy = NULL;
    size_t n = ppc_strv_len(v);
    size_t i;

    if (!v)
        return NULL;
    copy = calloc(n + 1, sizeof *copy);
    if (!copy)
        return NULL;
    for (i = 0; i < n; i++) {
        copy[i] = strdup(v[i]);
        if (!copy[i])
            return NULL;
    }
    return pp_steal(&copy);
}

bool
ppc_strv_has(const char *const *v, const char *s)
{
    for (; v && *v; v++)
        if (!strcmp(*v, s))
            return true;
    return false;
}

void
ppc_strv_free(char **v)
{
    size_t i;

    for (i = 0; v && v[i]; i++)
        free(v[i]);
    free(v);
}
