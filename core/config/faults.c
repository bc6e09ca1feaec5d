/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/faults.c - all that is wrong with a file, found in one go */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/config/settings_int.h"

void
ppc_faults_add(ppc_faults *f, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    char *c;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    for (c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    ppc_str_puts(&f->text, line);
    ppc_str_putc(&f->text, '\n');
    f->n++;
}

int
ppc_faults_end(ppc_faults *f, pp_settings *s, pp_err *err)
{
    const char *text = ppc_str_get(&f->text);
    size_t n = f->n;
    int first;

    ppc_str_clear(&s->report);
    if (!text)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the report");
    if (!n)
        return 0;
    s->report = f->text;
    *f = (ppc_faults){.text = PPC_STR_INIT};
    first = (int)strcspn(text, "\n");
    if (n == 1)
        return pp_fail(err, PP_E_CONFIG, 0, "%.*s", first, text);
    return pp_fail(err, PP_E_CONFIG, 0, "%.*s (and %zu more)", first, text,
                   n - 1);
}
