/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_kill.c - the kill -9 storm
 *
 * Victims commit without pause, each counting in a key of its own and all in
 * one they share, and report each commit that returned.  They are killed at
 * random moments.  Two witnesses are never killed, and may meet neither a
 * wait beyond the bound nor an error other than a conflict.
 *
 * Held to: nothing reported is lost, nothing unreported but the last commit
 * is there, and the shared key is always the sum: no commit is ever half.
 */
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define VICTIMS 3
#define WITNESS VICTIMS /* the writing witness counts as well */
#define BOUND_MS 2000

/* Shared by all processes of the storm. */
typedef struct storm {
    uint64_t reported[VICTIMS + 1];
    volatile int over;
    int64_t longest_us[2];
    uint64_t transactions[2];
} storm;

typedef struct step {
    unsigned index;
    uint64_t mine;
    uint64_t sum;
    uint64_t total;
} step;

static int
look(store *s, void *t, void *arg)
{
    step *st = arg;
    unsigned i;
    int rc = store_get_n(s, t, "total", &st->total);

    st->sum = 0;
    for (i = 0; i <= VICTIMS && rc == 0; i++) {
        char key[16];
        uint64_t n;

        snprintf(key, sizeof(key), "n/%u", i);
        rc = store_get_n(s, t, key, &n);
        if (rc == 0 && i == st->index)
            st->mine = n;
        st->sum += rc == 0 ? n : 0;
    }
    return rc;
}

static int
count(store *s, void *t, void *arg)
{
    step *st = arg;
    char key[16], bulk_key[32], bulk[3000];
    int rc = look(s, t, arg);

    if (rc < 0)
        return rc;
    snprintf(key, sizeof(key), "n/%u", st->index);
    snprintf(bulk_key, sizeof(bulk_key), "bulk/%u/%" PRIu64, st->index,
             st->mine % 16);
    memset(bulk, 'a' + (int)(st->mine % 26), sizeof(bulk));
    rc = store_put_n(s, t, key, st->mine + 1);
    if (rc == 0)
        rc = store_put_n(s, t, "total", st->total + 1);
    if (rc == 0)
        rc = s->ops->put(t, store_slice(bulk_key),
                         pp_slice_of(bulk, st->mine * 131 % sizeof(bulk)), 0,
                         &s->err);
    return rc;
}

/* One transaction of a counting process; busy within the bound is a hang. */
static int
count_once(store *s, storm *w, unsigned index)
{
    step st = {index, 0, 0, 0};
    int rc = store_update(s, count, &st);

    if (rc < 0)
        return KIT_FAIL("writer %u: %d: %s", index, rc, s->err.msg);
    if (st.sum != st.total)
        return KIT_FAIL("writer %u: half a commit: sum %" PRIu64
                        ", total %" PRIu64,
                        index, st.sum, st.total);
    if (st.mine < w->reported[index])
        return KIT_FAIL("writer %u: commit %" PRIu64 " of %" PRIu64 " is lost",
                        index, st.mine, w->reported[index]);
    __atomic_store_n(&w->reported[index], st.mine + 1, __ATOMIC_SEQ_CST);
    return 0;
}

/*
 * What a counting process finds: all that was reported, and at most the one
 * commit whose report the kill cut off.
 */
static int
find_own(store *s, storm *w, unsigned index)
{
    step st = {index, 0, 0, 0};

    STORE_OK(s, store_read(s, look, &st));
    if (st.mine < w->reported[index] || st.mine > w->reported[index] + 1)
        return KIT_FAIL("writer %u reported %" PRIu64 " commits, %" PRIu64
                        " are there",
                        index, w->reported[index], st.mine);
    if (st.sum != st.total)
        return KIT_FAIL("half a commit: sum %" PRIu64 ", total %" PRIu64,
                        st.sum, st.total);
    __atomic_store_n(&w->reported[index], st.mine, __ATOMIC_SEQ_CST);
    return 0;
}

static int
victim(store *s, unsigned index, void *arg)
{
    storm *w = arg;

    if (find_own(s, w, index) < 0)
        return -1;
    while (!w->over)
        if (count_once(s, w, index) < 0)
            return -1;
    return 0;
}

static int
watch_once(store *s)
{
    step st = {VICTIMS + 1, 0, 0, 0};
    int rc = store_read(s, look, &st);

    if (rc < 0)
        return KIT_FAIL("reader: %d: %s", rc, s->err.msg);
    if (st.sum != st.total)
        return KIT_FAIL("reader: half a commit: sum %" PRIu64
                        ", total %" PRIu64,
                        st.sum, st.total);
    return 0;
}

/* Index 0 reads, index 1 writes; both measure the longest transaction. */
static int
witness(store *s, unsigned index, void *arg)
{
    storm *w = arg;

    while (!w->over) {
        int64_t begin = worker_now_us(), took;
        int rc = index ? count_once(s, w, WITNESS) : watch_once(s);

        if (rc < 0)
            return -1;
        took = worker_now_us() - begin;
        if (took > w->longest_us[index])
            w->longest_us[index] = took;
        if (took > BOUND_MS * 1000)
            return KIT_FAIL("a transaction took %" PRId64 " ms", took / 1000);
        w->transactions[index]++;
        worker_sleep_us(200);
    }
    return 0;
}

/* A victim that ended by itself had a reason, and it is ours to report. */
static int
kill_one(pid_t pid)
{
    int status = 0;

    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return 0;
    return KIT_FAIL("a writer ended by itself, status 0x%x", status);
}

static int
rage(kit *k, storm *w, pid_t *victims)
{
    kit_rng r = kit_rng_of(k->seed);
    unsigned n;

    for (n = 0; n < k->kills; n++) {
        unsigned i = kit_rng_below(&r, VICTIMS);

        worker_sleep_us(kit_rng_below(&r, n % 8 ? 12000 : 60000));
        if (kill_one(victims[i]) < 0)
            return -1;
        victims[i] = worker_start(k, victim, i, w);
        if (victims[i] < 0)
            return KIT_FAIL("cannot fork");
    }
    return 0;
}

static int
settle(kit *k, storm *w)
{
    pp_sink report = {0};
    store s;
    unsigned i;

    if (store_open(&s, k) < 0)
        return -1;
    for (i = 0; i <= VICTIMS; i++)
        if (find_own(&s, w, i) < 0)
            return -1;
    if (s.ops->check)
        STORE_OK(&s, s.ops->check(s.self, 0, &report, &s.err));
    kit_sink_clear(&report);
    store_close(&s);
    printf("# %u kills; reader: %" PRIu64 " transactions, longest %" PRId64
           " ms; writer: %" PRIu64 ", longest %" PRId64 " ms\n",
           k->kills, w->transactions[0], w->longest_us[0] / 1000,
           w->transactions[1], w->longest_us[1] / 1000);
    return 0;
}

static int
kill_storm(kit *k)
{
    storm *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t victims[VICTIMS], witnesses[2];
    unsigned i;
    store s;
    int rc, wanted;

    KIT_CHECK(w != MAP_FAILED);
    if (store_open(&s, k) < 0)
        return -1;
    wanted = (s.info.caps & PP_STATE_MULTIPROCESS) != 0;
    store_close(&s);
    if (!wanted)
        return kit_skip("not claimed: PP_STATE_MULTIPROCESS");
    for (i = 0; i < 2; i++)
        witnesses[i] = worker_start(k, witness, i, w);
    for (i = 0; i < VICTIMS; i++)
        victims[i] = worker_start(k, victim, i, w);
    rc = rage(k, w, victims);
    w->over = 1;
    for (i = 0; i < VICTIMS && rc == 0; i++)
        rc = worker_wait(victims[i]);
    for (i = 0; i < 2; i++)
        if (worker_wait(witnesses[i]) < 0)
            rc = -1;
    return rc < 0 ? rc : settle(k, w);
}

const kit_case kit_kill_cases[] = {
    {"kill -9 storm", kill_storm, 300},
    {NULL, NULL, 0},
};
