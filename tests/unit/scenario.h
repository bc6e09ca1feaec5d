/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/scenario.h - behaviours of the state written as one line each
 *
 * A scenario is a list of steps divided by ';'.  A step is a verb and words;
 * a last word !KIND says that it must fail so, with PP_E_KIND.
 *
 * cN and pN are handles.  Unless made otherwise, cN is a container and pN a
 * pod whose ID is the digit N 32 times and whose name is testN.  Where an ID
 * is wanted, a handle stands for its ID, '~' for a blank, '""' for nothing;
 * where one says yes or no, the answer must be that.
 *
 *   make H KEY=WORD...    id name pod ns user ipc need state
 *                         idlen namelen invalid null
 *   copy G H              G becomes a fresh handle of H's object
 *   add H [POD]           rm H [POD]          rmall POD
 *   get ID H              by full ID: is equal to H (c or p: any)
 *   look REF H            by name or part of an ID: is H's object
 *   has ID c|p yes|no     taken NAME yes|no
 *   upd H                 save H              set H (change the state)
 *   netns H PATH|-        intent H WORD|-
 *   same G H              valid H yes|no      is H STATE
 *   list c|p N [H...]     all, in this order
 *   every N [H...]        all containers of all namespaces
 *   uses H N [H...]       the dependents
 *   kids POD N [H...]     the members, three ways to ask
 *   ids POD N [H...]      the members, by ID only
 *   kid POD ID yes|no     intents N [H...]    meta NAME
 *   ns NAME|-             refresh             close
 *   reopen                (nothing, if the back end is not durable)
 *   hurt H config|state   damage its record
 *   hurt H lost|gone      delete its config, its state
 *   evict ID|NAME         sound (the check below, now)
 *
 * Unless something was hurt, after the last step the whole store is checked:
 * every key follows from the records, and every key that follows is there.
 */
#ifndef TESTS_UNIT_SCENARIO_H
#define TESTS_UNIT_SCENARIO_H

#include "backend.h"

typedef struct scenario {
    const char *number; /* of the behaviour; N...: an addition */
    const char *what;
    const char *steps;
} scenario;

/* What happens to the calls that the steps make; the back end is chaos. */
typedef struct scenario_fault {
    int code;    /* PP_E_* of one failing call; 0: none fails */
    long left;   /* calls before it; below 0 when it has failed */
    int jostled; /* of a thousand calls so many conflict */
} scenario_fault;

/*
 * Run on a new store: 0, or 1 after saying what went wrong.
 *
 * With a fault (NULL: none) the step that is hit by a conflict gives its
 * right answer; one hit by another failure gives that, the store stays as it
 * was, and the step, made again, gives its right answer.
 */
int scenario_run(backend *b, const scenario *s, scenario_fault *f);

/* The fixtures, for tests in C. */
#include "engine/state/state.h"
ppc_ctr *fixture_ctr(char digit);
ppc_pod *fixture_pod(char digit);
/* 1: every key follows from the records. 0, after saying what is wrong. */
int store_is_sound(backend *b);

#endif
