/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/threads.c - threads that share one instance of a back end
 *
 * For a back end that says it can be used so.  Each thread has a state of its
 * own over the one instance and runs the script with records of its own; in
 * the end all that it stored is there, and gone where it was removed.  Of
 * most use when built with -DPOLYPOD_SANITIZE=thread.
 */
#include "audit.h"

#include <pthread.h>

#define THREADS 8u
#define STEPS 20u /* of the last round: the fullest moment */

struct seat {
    backend *b;
    unsigned who;
    unsigned steps;
    char why[400];
};

static void *
live(void *arg)
{
    struct seat *t = arg;
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    unsigned n;
    int rc = work_open(t->b, &st, &err);

    for (n = 0; rc == 0 && n < t->steps; n++)
        rc = work_step(st, t->who, n, &err);
    if (rc < 0)
        snprintf(t->why, sizeof t->why, "step %u: %.350s", n, err.msg);
    ppc_state_free(st);
    return NULL;
}

static void
compare(slow *s, const struct seat *t)
{
    unsigned first = t->steps - STEPS;
    uint64_t *table = work_table(t->who, t->who, first, STEPS);
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    int rc = work_digest(t->b, t->who, &digest, &err);

    if (rc < 0 || digest != table[STEPS])
        slow_fail(s, "thread %u: %s", t->who,
                  rc < 0 ? err.msg : "not what it stored");
    free(table);
}

int
main(int argc, char **argv)
{
    static struct seat seat[THREADS];
    pthread_t thread[THREADS];
    pp_err err = {0, 0, ""};
    unsigned rounds, i;
    backend b;
    slow s;

    slow_begin(&s, argc, argv, 64);
    rounds = s.is_long ? 200 : 10;
    slow_empty(s.store);
    backend_load(&b, s.plugin, s.store);
    if (b.plugin->threads != PP_THREADS_PARALLEL) {
        printf("not claimed: PP_THREADS_PARALLEL\n");
        slow_end(&s);
        return 77;
    }
    if (backend_start(&b, &err) < 0)
        slow_fail(&s, "%s", err.msg);
    for (i = 0; i < THREADS; i++) {
        seat[i] = (struct seat){&b, i, rounds * WORK_PERIOD + STEPS, ""};
        if (pthread_create(&thread[i], NULL, live, &seat[i]))
            return 99;
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        if (seat[i].why[0])
            slow_fail(&s, "thread %u: %s", i, seat[i].why);
    }
    for (i = 0; i < THREADS; i++)
        compare(&s, &seat[i]);
    backend_stop(&b);
    return slow_end(&s);
}
