/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/report.c - findings and changes in lists; see audit.h */
#include <string.h>

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/state/audit.h"

static int
no_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory to check the state");
}

void
ppc_report_clear(ppc_report *r)
{
    size_t i;

    for (i = 0; i < r->n; i++) {
        free(r->v[i].object);
        free(r->v[i].problem);
    }
    free(r->v);
    ppc_strv_free(r->aside);
    memset(r, 0, sizeof *r);
}

int
ppc_report_add(ppc_report *r, const ppc_finding *f, pp_err *err)
{
    size_t cap = r->cap ? r->cap * 2 : 16;
    ppc_finding *v;

    if (f->object && f->problem && r->n == r->cap) {
        v = reallocarray(r->v, cap, sizeof *v);
        if (v) {
            r->v = v;
            r->cap = cap;
        }
    }
    if (!f->object || !f->problem || r->n == r->cap) {
        free(f->object);
        free(f->problem);
        return no_memory(err);
    }
    r->v[r->n++] = *f;
    return 0;
}

size_t
ppc_report_open(const ppc_report *r)
{
    size_t i, n = 0;

    for (i = 0; i < r->n; i++)
        n += !r->v[i].repaired;
    return n;
}

void
ppc_finding_text(const ppc_finding *f, ppc_str *out)
{
    ppc_str_printf(out, "%s: %s; ", f->object, f->problem);
    if (f->repaired)
        ppc_str_puts(out, "repaired: ");
    else if (f->repairable)
        ppc_str_puts(out, "--repair can ");
    ppc_str_puts(out, f->remedy);
}

void
ppc_changes_clear(ppc_changes *c)
{
    size_t i;

    for (i = 0; i < c->n; i++) {
        free(c->v[i].a);
        free(c->v[i].b);
    }
    free(c->v);
    memset(c, 0, sizeof *c);
}

int
ppc_changes_add(ppc_changes *c, const ppc_change *change, pp_err *err)
{
    size_t cap = c->cap ? c->cap * 2 : 16;
    ppc_change copy = *change;
    ppc_change *v;

    if (c->n == c->cap) {
        v = reallocarray(c->v, cap, sizeof *v);
        if (!v)
            return no_memory(err);
        c->v = v;
        c->cap = cap;
    }
    copy.a = change->a ? strdup(change->a) : NULL;
    copy.b = change->b ? strdup(change->b) : NULL;
    if ((change->a && !copy.a) || (change->b && !copy.b)) {
        free(copy.a);
        free(copy.b);
        return no_memory(err);
    }
    c->v[c->n++] = copy;
    return 0;
}
