/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/scenario_int.h - between the runner of scenarios and its verbs */
#ifndef TESTS_UNIT_SCENARIO_INT_H
#define TESTS_UNIT_SCENARIO_INT_H

#include "scenario.h"

#define MAX_HANDLES 24
#define MAX_WORDS 16

struct handle {
    char name[8];
    ppc_ctr *c;
    ppc_pod *p;
};

struct world {
    backend *b;
    scenario_fault *f;
    ppc_state *st;
    struct handle h[MAX_HANDLES];
    size_t n;
    char *w[MAX_WORDS]; /* words of the step */
    size_t words;
    pp_err err;
    char why[512];
};

typedef struct verb {
    const char *name;
    int (*run)(struct world *);
    size_t words; /* at least */
    enum {
        WHOLE, /* in one transaction, if it writes */
        PARTS, /* in several: broken off, something is done */
        UNDER  /* under the engine: no fault may hit it */
    } way;
} verb;

/* Ends with a NULL name. */
extern const verb scenario_verbs[];

/* Say what is wrong; gives 1. */
int scenario_wrong(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Open the state of the world. */
int scenario_open(struct world *w);

#endif
