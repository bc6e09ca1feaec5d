/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_threads.c - threads on one instance, for a plugin that says
 * it takes any number
 */
#include "store.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 300

typedef struct task {
    store s; /* a copy: its err is the thread's own */
    unsigned index;
    int rc;
} task;

static int
bump_both(store *s, void *t, void *arg)
{
    uint64_t n;
    int rc = store_get_n(s, t, "left", &n);

    (void)arg;
    if (rc == 0)
        rc = store_put_n(s, t, "left", n + 1);
    return rc < 0 ? rc : store_put_n(s, t, "right", n + 1);
}

static int
compare_both(store *s, void *t, void *arg)
{
    uint64_t left, right;
    int rc = store_get_n(s, t, "left", &left);

    if (rc == 0)
        rc = store_get_n(s, t, "right", &right);
    *(int *)arg = rc == 0 && left != right;
    return rc;
}

static void *
work(void *arg)
{
    task *w = arg;
    int i, torn = 0;

    for (i = 0; i < ROUNDS && w->rc == 0 && !torn; i++)
        w->rc = w->index % 2 ? store_read(&w->s, compare_both, &torn)
                             : store_update(&w->s, bump_both, NULL);
    if (torn)
        w->rc = -PP_E_INTERNAL;
    return NULL;
}

static int
threads_do_not_meet(kit *k)
{
    static task tasks[THREADS];
    pthread_t ids[THREADS];
    char want[16];
    unsigned i;
    store s;
    void *t;

    if (k->plugin->threads != PP_THREADS_PARALLEL)
        return kit_skip("not declared: PP_THREADS_PARALLEL");
    if (store_open(&s, k) < 0)
        return -1;
    for (i = 0; i < THREADS; i++) {
        tasks[i].s = s;
        tasks[i].index = i;
        KIT_CHECK(pthread_create(&ids[i], NULL, work, &tasks[i]) == 0);
    }
    for (i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
    for (i = 0; i < THREADS; i++)
        STORE_OK(&tasks[i].s, tasks[i].rc);
    snprintf(want, sizeof(want), "%d", THREADS / 2 * ROUNDS);
    STORE_OK(&s, store_begin(&s, 0, &t));
    KIT_CHECK(store_has(&s, t, "left", want));
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

const kit_case kit_thread_cases[] = {
    {"threads do not meet", threads_do_not_meet, 0},
    {NULL, NULL, 0},
};
