/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_state.c - the behaviours of the state on one back end
 *
 * test_state [BACKEND [NUMBER]]: "map" (the default) or a plugin such as
 * "state-bdb"; one behaviour, or all.
 */
#include <stdio.h>
#include <string.h>

#include <polypod/plugin.h>

#include "core/util/log.h"
#include "state_tables.h"

int
main(int argc, char **argv)
{
    static const scenario *const tables[] = {ctr_scenarios, pod_scenarios,
                                             more_scenarios};
    const char *only = argc > 2 ? argv[2] : NULL;
    int run = 0, failed = 0;
    const scenario *s;
    backend b;
    size_t i;

    setvbuf(stdout, NULL, _IOLBF, 0);
    ppc_log_set_level(PP_LOG_ERROR - 1); /* damage is part of the tests */
    backend_open(&b, argc > 1 ? argv[1] : "map");
    for (i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (s = tables[i]; s->number; s++) {
            if (only && strcmp(only, s->number))
                continue;
            run++;
            if (!scenario_run(&b, s)) {
                printf("ok %d - %s %s\n", run, s->number, s->what);
                continue;
            }
            printf("not ok %d - %s %s\n", run, s->number, s->what);
            failed++;
        }
    printf("1..%d\n", run);
    backend_close(&b);
    return failed || !run;
}
