/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/scenario.c - runs behaviours of the state; see scenario.h */
#include <stdio.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "scenario_int.h"

static const struct {
    const char *name;
    int code;
} kinds[] = {
    {"NOSUCHCTR", PP_E_NOSUCHCTR},   {"NOSUCHPOD", PP_E_NOSUCHPOD},
    {"CTREXISTS", PP_E_CTREXISTS},   {"PODEXISTS", PP_E_PODEXISTS},
    {"CTRREMOVED", PP_E_CTRREMOVED}, {"PODREMOVED", PP_E_PODREMOVED},
    {"NSMISMATCH", PP_E_NSMISMATCH}, {"AMBIGUOUS", PP_E_AMBIGUOUS},
    {"EMPTYID", PP_E_EMPTYID},       {"DBCLOSED", PP_E_DBCLOSED},
    {"INVAL", PP_E_INVAL},           {"INTERNAL", PP_E_INTERNAL},
    {"CORRUPT", PP_E_CORRUPT},
};

/* The kind a step must fail with; 0: it must succeed. */
static int
wanted(struct world *w)
{
    const char *last = w->w[w->words - 1];
    size_t i;

    if (*last != '!')
        return 0;
    w->words--;
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strcmp(kinds[i].name, last + 1))
            return kinds[i].code;
    return -1;
}

/* After a failure that a fault brought: was it clean? */
static int
is_clean(struct world *w, int rc, const char *before, int way)
{
    PP_AUTO_FREE char *after = NULL;

    if (rc > 0)
        return rc;
    if (rc != -w->f->code || w->err.code != w->f->code || !w->err.msg[0])
        return scenario_wrong(w, "hit by %s it gave %d: %d \"%s\"",
                              pp_error_kind(w->f->code), rc, w->err.code,
                              w->err.msg);
    after = backend_dump(w->b);
    if (way == WHOLE && strcmp(before, after))
        return scenario_wrong(w, "it failed and changed the store");
    return 0;
}

/* Run fn within reach of the fault: 0 with its result in *rc, or what is
 * wrong. */
static int
run_hit(struct world *w, int (*fn)(struct world *), int way, int *rc)
{
    PP_AUTO_FREE char *before = NULL;
    scenario_fault *f = w->f;
    long struck;
    int bad;

    if (!f || way == UNDER) {
        *rc = fn(w);
        return 0;
    }
    if (f->jostled) {
        backend_jostle(w->b, f->jostled);
        *rc = fn(w);
        backend_jostle(w->b, 0);
        return 0;
    }
    before = backend_dump(w->b);
    backend_fail(w->b, f->left, f->left < 0 ? 0 : f->code, 1, false);
    *rc = fn(w);
    struck = backend_struck(w->b);
    f->left = struck ? -1 : f->left - backend_calls(w->b);
    backend_fail(w->b, 0, 0, 0, false);
    if (!struck || f->code == PP_E_CONFLICT)
        return 0;
    bad = is_clean(w, *rc, before, way);
    w->err = (pp_err){0, 0, ""};
    if (!bad)
        *rc = fn(w);
    return bad;
}

/* Whatever the step did, it keeps to the rules. */
static int
kept_the_rules(struct world *w)
{
    if (w->b->map && mapstore_is_busy(w->b->map))
        return scenario_wrong(w, "a transaction is still open");
    if (!w->f)
        return 0;
    if (backend_busy(w->b))
        return scenario_wrong(w, "a transaction is still open");
    if (backend_broken(w->b))
        return scenario_wrong(w, "a rule of the interface was broken");
    return 0;
}

static int
run_step(struct world *w)
{
    int want = wanted(w);
    const verb *v;
    int rc, bad;

    for (v = scenario_verbs; v->name; v++)
        if (!strcmp(v->name, w->w[0]))
            break;
    if (want < 0 || !v->name || w->words < v->words)
        return scenario_wrong(w, "not a step");
    w->err = (pp_err){0, 0, ""};
    bad = run_hit(w, v->run, v->way, &rc);
    if (bad)
        return bad;
    if (rc > 0)
        return rc;
    if (rc != -want)
        return scenario_wrong(w, "gave %d (%s) %s", rc, pp_error_kind(rc),
                              w->err.msg);
    if (rc < 0 && (w->err.code != want || !w->err.msg[0]))
        return scenario_wrong(w, "the message says %d \"%s\"", w->err.code,
                              w->err.msg);
    return kept_the_rules(w);
}

static int
run_steps(struct world *w, const scenario *s)
{
    PP_AUTO_FREE char *steps = strdup(s->steps);
    char *end, *word, *step = steps;
    int rc = 0;

    while (!rc && step) {
        PP_AUTO_FREE char *copy = NULL;

        end = strchr(step, ';');
        if (end)
            *end++ = '\0';
        copy = strdup(step);
        w->words = 0;
        while ((word = strsep(&step, " \n")))
            if (*word && w->words < MAX_WORDS)
                w->w[w->words++] = word;
        if (w->words)
            rc = run_step(w);
        if (rc)
            fprintf(stderr, "%s: %s: %s\n  at \"%s\": %s\n", w->b->name,
                    s->number, s->what, copy, w->why);
        step = end;
    }
    return rc;
}

int
scenario_run(backend *b, const scenario *s, scenario_fault *f)
{
    struct world w = {.b = b, .f = f};
    size_t i;
    int rc = 0, bad;

    backend_wipe(b);
    bad = run_hit(&w, scenario_open, PARTS, &rc);
    if (bad || rc < 0)
        fprintf(stderr, "%s: %s: open: %s%s\n", b->name, s->number, w.err.msg,
                w.why);
    rc = rc ? rc : bad;
    if (!rc)
        rc = run_steps(&w, s);
    if (!rc && !strstr(s->steps, "hurt") && !store_is_sound(b)) {
        fprintf(stderr, "%s: %s: the store is unsound\n", b->name, s->number);
        rc = 1;
    }
    for (i = 0; i < w.n; i++) {
        ppc_ctr_free(w.h[i].c);
        ppc_pod_free(w.h[i].p);
    }
    ppc_state_free(w.st);
    return rc != 0;
}
