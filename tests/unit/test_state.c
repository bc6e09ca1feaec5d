/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_state.c - the behaviours of the state on one back end
 *
 * test_state [BACKEND [NUMBER|- [FAULT [STEP]]]]: "map" (the default), a
 * plugin such as "state-bdb", or one in chaos such as "state-chaos/state-bdb";
 * one behaviour, or all.  FAULT: each row is run again and again, with one
 * call more before the one that fails (conflict, busy, io, full), until no
 * call is left; or once, with conflicts at many calls (jostle).  STEP: only
 * each so-manieth call fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <polypod/plugin.h>

#include "core/util/log.h"
#include "state_tables.h"

struct plan {
    const char *name;
    int code;
    int jostled;
    long step;
};

static const struct plan plans[] = {
    {"conflict", PP_E_CONFLICT, 0, 1},
    {"busy", PP_E_BUSY, 0, 1},
    {"io", PP_E_IO, 0, 1},
    {"full", PP_E_FULL, 0, 1},
    {"jostle", 0, 40, 1},
};

/* One row, under each fault of the plan; gives the runs, or -1. */
static long
run_row(backend *b, const scenario *s, const struct plan *plan, long offset)
{
    scenario_fault f = {0, 0, 0};
    long n, runs = 0;

    if (!plan)
        return scenario_run(b, s, NULL) ? -1 : 1;
    f.jostled = plan->jostled;
    if (f.jostled)
        return scenario_run(b, s, &f) ? -1 : 1;
    for (n = offset % plan->step, f.left = -1; f.left < 0; n += plan->step) {
        f.code = plan->code;
        f.left = n;
        runs++;
        if (!scenario_run(b, s, &f))
            continue;
        printf("# %s at call %ld\n", plan->name, n + 1);
        return -1;
    }
    return runs;
}

static int
run_all(backend *b, const char *only, const struct plan *plan)
{
    static const scenario *const tables[] = {ctr_scenarios, pod_scenarios,
                                             more_scenarios};
    int rows = 0, failed = 0;
    const scenario *s;
    long runs = 0, n;
    size_t i;

    for (i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (s = tables[i]; s->number; s++) {
            if (only && strcmp(only, s->number))
                continue;
            rows++;
            n = run_row(b, s, plan, rows);
            printf("%s %d - %s %s\n", n < 0 ? "not ok" : "ok", rows, s->number,
                   s->what);
            failed += n < 0;
            runs += n < 0 ? 0 : n;
        }
    printf("# %ld runs\n1..%d\n", runs, rows);
    return failed || !rows;
}

int
main(int argc, char **argv)
{
    const char *only = argc > 2 && strcmp(argv[2], "-") ? argv[2] : NULL;
    struct plan plan = {NULL, 0, 0, 0};
    backend b;
    size_t i;
    int rc;

    for (i = 0; argc > 3 && i < sizeof plans / sizeof plans[0]; i++)
        if (!strcmp(argv[3], plans[i].name))
            plan = plans[i];
    if (argc > 4)
        plan.step = atol(argv[4]);
    if (argc > 3 && (!plan.name || plan.step < 1))
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    ppc_log_set_level(PP_LOG_ERROR - 1); /* damage is part of the tests */
    backend_open(&b, argc > 1 ? argv[1] : "map");
    rc = run_all(&b, only, plan.name ? &plan : NULL);
    backend_close(&b);
    return rc;
}
