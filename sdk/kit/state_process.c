/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_process.c - what is kept, and what several processes see
 */
#include "workers.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 300

static int
lacks(kit *k, uint64_t cap)
{
    store s;
    int lacking;

    if (store_open(&s, k) < 0)
        return -1;
    lacking = !(s.info.caps & cap);
    store_close(&s);
    return lacking;
}

/* Leave a case that the plugin does not claim to pass. */
#define NEEDS(k, cap)                                                          \
    do {                                                                       \
        int lacking_ = lacks(k, cap);                                          \
                                                                               \
        if (lacking_ != 0)                                                     \
            return lacking_ < 0 ? -1 : kit_skip("not claimed: %s", #cap);      \
    } while (0)

static int
write_one(store *s, unsigned index, void *arg)
{
    void *t;

    (void)arg;
    STORE_OK(s, store_begin(s, PP_TXN_RW, &t));
    STORE_OK(s, store_put_n(s, t, "written", index + 41));
    STORE_OK(s, store_commit(s, t));
    STORE_OK(s, store_begin(s, PP_TXN_RW, &t));
    STORE_OK(s, store_put(s, t, "uncommitted", "1"));
    _exit(0); /* with a transaction open and nothing closed */
}

static int
commits_outlive_their_process(kit *k)
{
    store s;
    void *t;
    int i;

    NEEDS(k, PP_STATE_DURABLE);
    if (workers_run(k, write_one, 1, NULL) < 0)
        return -1;
    for (i = 0; i < 2; i++) {
        if (store_open(&s, k) < 0)
            return -1;
        STORE_OK(&s, store_begin(&s, 0, &t));
        KIT_CHECK(store_has(&s, t, "written", "41"));
        KIT_CHECK(store_has(&s, t, "uncommitted", NULL));
        s.ops->abort(t);
        store_close(&s);
    }
    return 0;
}

static int
bump(store *s, void *t, void *arg)
{
    const char *key = arg;
    uint64_t n;
    int rc = store_get_n(s, t, key, &n);

    return rc < 0 ? rc : store_put_n(s, t, key, n + 1);
}

static int
count_up(store *s, unsigned index, void *arg)
{
    int i;

    (void)index;
    for (i = 0; i < ROUNDS; i++)
        STORE_OK(s, store_update(s, bump, arg));
    return 0;
}

static int
no_update_is_lost(kit *k)
{
    char key[] = "counter";
    store s;
    void *t;

    NEEDS(k, PP_STATE_MULTIPROCESS);
    if (workers_run(k, count_up, 3, key) < 0 || store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, 0, &t));
    KIT_CHECK(store_has(&s, t, key, "900"));
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
two_instances_see_each_other(kit *k)
{
    store a, b;
    void *t;
    int i;

    NEEDS(k, PP_STATE_MULTIPROCESS);
    if (store_open(&a, k) < 0 || store_open(&b, k) < 0)
        return -1;
    for (i = 0; i < 20; i++) {
        store *writer = i % 2 ? &a : &b, *reader = i % 2 ? &b : &a;
        uint64_t n;

        STORE_OK(writer, store_begin(writer, PP_TXN_RW, &t));
        STORE_OK(writer, store_get_n(writer, t, "n", &n));
        KIT_CHECK(n == (uint64_t)i);
        STORE_OK(writer, store_put_n(writer, t, "n", n + 1));
        STORE_OK(writer, store_commit(writer, t));
        STORE_OK(reader, store_begin(reader, 0, &t));
        STORE_OK(reader, store_get_n(reader, t, "n", &n));
        KIT_CHECK(n == (uint64_t)i + 1);
        reader->ops->abort(t);
    }
    store_close(&a);
    store_close(&b);
    return 0;
}

/*
 * Write skew: two switches of which one must stay on.  Each process reads
 * both and writes its own; without serializable transactions both go off.
 */
typedef struct skew {
    const char *mine;
    const char *other;
    int seen_both_off;
} skew;

static int
toggle(store *s, void *t, void *arg)
{
    skew *w = arg;
    uint64_t mine, other;
    int rc = store_get_n(s, t, w->mine, &mine);

    if (rc == 0)
        rc = store_get_n(s, t, w->other, &other);
    if (rc < 0)
        return rc;
    w->seen_both_off = mine && other; /* the numbers say "off" */
    if (mine)
        return store_put_n(s, t, w->mine, 0);
    return other ? 1 : store_put_n(s, t, w->mine, 1);
}

static int
skewer(store *s, unsigned index, void *arg)
{
    skew w = {index ? "off/1" : "off/0", index ? "off/0" : "off/1", 0};
    int i;

    (void)arg;
    for (i = 0; i < ROUNDS; i++) {
        int rc = store_update(s, toggle, &w);

        if (rc < 0)
            return KIT_FAIL("round %d: %d: %s", i, rc, s->err.msg);
        if (w.seen_both_off)
            return KIT_FAIL("round %d: both switches are off", i);
    }
    return 0;
}

static int
no_write_skew(kit *k)
{
    NEEDS(k, PP_STATE_MULTIPROCESS);
    return workers_run(k, skewer, 2, NULL);
}

/*
 * Phantoms: a pod may go only while it has no member, a member may come only
 * while the pod is there; neither writes what the other reads by key.
 */
typedef struct phantom {
    unsigned index;
    int broken;
} phantom;

static int
pod_step(store *s, void *t, void *arg)
{
    phantom *p = arg;
    char members[256];
    int pod = !store_has(s, t, "pod", NULL);
    int rc =
        store_list(s, t, "member/", "member0", 0, members, sizeof(members));

    if (rc < 0)
        return rc;
    p->broken = members[0] && !pod;
    if (p->index == 0)
        return pod && !members[0] ? store_del(s, t, "pod")
                                  : store_put(s, t, "pod", "1");
    if (members[0])
        return store_del(s, t, "member/x");
    return pod ? store_put(s, t, "member/x", "1") : 1;
}

static int
phantom_hunter(store *s, unsigned index, void *arg)
{
    phantom p = {index, 0};
    int i;

    (void)arg;
    for (i = 0; i < ROUNDS; i++) {
        int rc = store_update(s, pod_step, &p);

        if (rc < 0)
            return KIT_FAIL("round %d: %d: %s", i, rc, s->err.msg);
        if (p.broken)
            return KIT_FAIL("round %d: a member without its pod", i);
    }
    return 0;
}

static int
no_phantoms(kit *k)
{
    NEEDS(k, PP_STATE_MULTIPROCESS);
    return workers_run(k, phantom_hunter, 2, NULL);
}

/* Readers beside writers: two keys that are always written together. */
static int
write_pair(store *s, void *t, void *arg)
{
    uint64_t n;
    int rc = store_get_n(s, t, "left", &n);

    (void)arg;
    if (rc == 0)
        rc = store_put_n(s, t, "left", n + 1);
    return rc < 0 ? rc : store_put_n(s, t, "right", n + 1);
}

static int
read_pair(store *s, void *t, void *arg)
{
    uint64_t left, right;
    int rc = store_get_n(s, t, "left", &left);

    if (rc == 0)
        rc = store_get_n(s, t, "right", &right);
    if (rc == 0 && left != right)
        *(int *)arg = 1;
    return rc;
}

static int
pair_worker(store *s, unsigned index, void *arg)
{
    int torn = 0, i;

    (void)arg;
    for (i = 0; i < ROUNDS; i++) {
        if (index == 0)
            STORE_OK(s, store_update(s, write_pair, NULL));
        else
            STORE_OK(s, store_read(s, read_pair, &torn));
        if (torn)
            return KIT_FAIL("round %d: half of a commit was seen", i);
    }
    return 0;
}

static int
readers_see_whole_commits(kit *k)
{
    NEEDS(k, PP_STATE_MULTIPROCESS);
    return workers_run(k, pair_worker, 3, NULL);
}

static int
hold(store *s, unsigned index, void *arg)
{
    int fd = *(int *)arg;
    void *t;

    (void)index;
    STORE_OK(s, store_begin(s, PP_TXN_RW, &t));
    STORE_OK(s, store_put(s, t, "held", "1"));
    KIT_CHECK(write(fd, "x", 1) == 1);
    for (;;)
        pause();
}

/* A writer that stopped for good: others are told who it is. */
static int
a_stuck_writer_is_named(kit *k)
{
    char byte, pid_text[16];
    int pipe_fd[2];
    pid_t pid;
    store s;
    void *t;

    NEEDS(k, PP_STATE_MULTIPROCESS);
    KIT_CHECK(pipe(pipe_fd) == 0);
    pid = worker_start(k, hold, 0, &pipe_fd[1]);
    KIT_CHECK(pid > 0 && read(pipe_fd[0], &byte, 1) == 1);
    kill(pid, SIGSTOP);
    if (store_open(&s, k) < 0)
        return -1;
    STORE_GIVES(&s, -PP_E_BUSY,
                s.ops->begin(s.self, PP_TXN_RW, 200, &t, &s.err));
    snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
    if (!strstr(s.err.msg, pid_text))
        printf("# note: busy does not name process %s: %s\n", pid_text,
               s.err.msg);
    if (s.info.caps & PP_STATE_RO_CONCURRENT) {
        STORE_OK(&s, s.ops->begin(s.self, 0, 200, &t, &s.err));
        KIT_CHECK(store_has(&s, t, "held", NULL));
        s.ops->abort(t);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    STORE_OK(&s, s.ops->begin(s.self, PP_TXN_RW, 2000, &t, &s.err));
    KIT_CHECK(store_has(&s, t, "held", NULL));
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

const kit_case kit_process_cases[] = {
    {"commits outlive their process", commits_outlive_their_process, 0},
    {"two instances see each other", two_instances_see_each_other, 0},
    {"no update is lost", no_update_is_lost, 0},
    {"no write skew", no_write_skew, 0},
    {"no phantoms", no_phantoms, 0},
    {"readers see whole commits", readers_see_whole_commits, 0},
    {"a stuck writer is named", a_stuck_writer_is_named, 0},
    {NULL, NULL, 0},
};
