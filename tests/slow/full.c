/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/full.c - the disk is full
 *
 * On disks of six sizes: worker after worker stores its records until there
 * is no space; what space a refused step leaves is taken by another file.  A
 * shadow, the map, is given each step that succeeded.  Held to: a refusal is
 * "no space" and leaves the old state; on the full disk a process may be
 * killed and the store opened again, or refuse for lack of space; nothing
 * that was committed is lost; with space again everything goes on.
 */
#include "audit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define KEEP 20 /* steps of each worker: the fullest moment of the script */
#define MAX_WORKERS 400u
#define CROWDED 20u /* workers beside a neighbour */

struct test {
    slow s;
    char disk[48], store[64], filler[64];
    slow_note *note;
    unsigned *done; /* steps of each worker, shared */
    unsigned workers;
    bool kill;
    bool crowded; /* a neighbour takes and gives space meanwhile */
};

static int
fill(const struct test *t)
{
    static const char block[4096];
    int fd = open(t->filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ssize_t n;

    if (fd < 0)
        return -1;
    do
        n = write(fd, block, sizeof block);
    while (n > 0);
    return close(fd);
}

/* What the workers' steps must have left. */
static uint64_t
expected(const struct test *t)
{
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    backend map;
    unsigned w, n;

    backend_open(&map, "map");
    if (work_open(&map, &st, &err) < 0)
        abort();
    for (w = 0; w < t->workers; w++)
        for (n = 0; n < t->done[w]; n++)
            if (work_step(st, w, n, &err) < 0)
                abort();
    if (work_digest(&map, WORK_ALL, &digest, &err) < 0)
        abort();
    ppc_state_free(st);
    backend_close(&map);
    return digest;
}

static int
compare(struct test *t, const backend *b, const char *when)
{
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    int rc = work_digest(b, WORK_ALL, &digest, &err);

    if (rc < 0)
        return slow_note_fail(t->note, rc, "%s: cannot read: %s", when,
                              err.msg);
    if (digest != expected(t))
        return slow_note_fail(t->note, 0, "%s: not what was committed", when);
    return 0;
}

static int
refusal(struct test *t, const char *what, int rc, const pp_err *err)
{
    if (rc == -PP_E_FULL)
        return 0;
    return slow_note_fail(t->note, rc, "%s: code %d: %s", what, -rc, err->msg);
}

/* Steps of worker w; 0: done, 2: no space, 1: noted. */
static int
work(struct test *t, ppc_state *st, unsigned w, unsigned to)
{
    pp_err err = {0, 0, ""};
    int rc;

    while (t->done[w] < to) {
        rc = work_step(st, w, t->done[w], &err);
        if (rc < 0)
            return refusal(t, "a step", rc, &err) ? 1 : 2;
        t->done[w]++;
    }
    return 0;
}

/* 0: open; 2: no space; 1: noted. */
static int
open_both(struct test *t, backend *b, ppc_state **st)
{
    pp_err err = {0, 0, ""};
    int rc;

    backend_load(b, t->s.plugin, t->store);
    rc = backend_start(b, &err);
    if (rc < 0)
        return refusal(t, "opening", rc, &err) ? 1 : 2;
    rc = work_open(b, st, &err);
    if (rc < 0)
        return refusal(t, "opening the state", rc, &err) ? 1 : 2;
    return 0;
}

/* Until there is no space: grow, take the rest away, try again. */
static int
grow(void *arg)
{
    struct test *t = arg;
    ppc_state *st = NULL;
    backend b;
    unsigned w, i;
    int rc = open_both(t, &b, &st);

    for (w = 0; rc == 0 && w < MAX_WORKERS; w++)
        rc = work(t, st, w, KEEP);
    if (rc != 2 || !st)
        return rc == 2 || rc == 1
                   ? rc
                   : slow_note_fail(t->note, 0, "the disk is never full");
    rc = compare(t, &b, "after a refusal");
    fill(t);
    for (i = 0; rc == 0 && i < w; i++) {
        rc = work(t, st, i, KEEP + 1 + i % 8); /* removals among them */
        if (rc == 2)
            rc = i % 16 ? 0 : compare(t, &b, "on the full disk");
    }
    if (rc == 0)
        rc = compare(t, &b, "before the end");
    if (t->kill && rc == 0)
        raise(9);
    backend_stop(&b);
    return rc;
}

/* Beside the neighbour: each step again until it succeeds, or for a while. */
static int
persist(void *arg)
{
    struct test *t = arg;
    ppc_state *st = NULL;
    unsigned w, tries = 0;
    backend b;
    int rc = 2;

    while (rc == 2 && tries++ < 2000)
        rc = open_both(t, &b, &st);
    for (w = 0; rc == 0 && w < CROWDED; w++) {
        for (tries = 0; (rc = work(t, st, w, KEEP)) == 2 && tries < 50; tries++)
            usleep(500);
        rc = rc == 2 ? 0 : rc;
    }
    if (rc == 0 && t->kill)
        raise(9);
    return rc;
}

/* On the full disk, in another process. */
static int
look(void *arg)
{
    struct test *t = arg;
    ppc_state *st = NULL;
    backend b;
    int rc = open_both(t, &b, &st);

    return rc ? rc : compare(t, &b, "opened on the full disk");
}

/* With space again: the workers go on to their end. */
static int
finish(void *arg)
{
    struct test *t = arg;
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    backend b;
    unsigned w;
    int rc = open_both(t, &b, &st);

    if (rc == 0)
        rc = compare(t, &b, "with space again");
    for (w = t->workers; w-- > 0 && rc == 0;)
        if (t->done[w]) /* they empty the store */
            rc = work(t, st, w, WORK_PERIOD);
    if (rc == 2)
        return slow_note_fail(t->note, 0, "no space, though there is");
    if (rc == 0)
        rc = compare(t, &b, "at the end");
    if (rc == 0 && audit_check(&b, &err) < 0)
        rc = slow_note_fail(t->note, 0, "check: %s", err.msg);
    return rc;
}

/* Takes all the space and gives it back, at any moment of a commit. */
static pid_t
neighbour(const struct test *t)
{
    char name[80];
    pid_t pid;
    int fd;

    fflush(NULL);
    pid = fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(name, sizeof name, "%s/neighbour", t->disk);
    for (;;) {
        static const char block[65536];

        fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        while (fd >= 0 && write(fd, block, sizeof block) > 0)
            ;
        usleep(300);
        if (fd >= 0 && ftruncate(fd, 0) == 0)
            close(fd);
        usleep(2000);
    }
}

static void
leave(const struct test *t, pid_t pid)
{
    char name[80];

    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    snprintf(name, sizeof name, "%s/neighbour", t->disk);
    unlink(name);
}

static void
report(struct test *t, unsigned kib, const char *what, int rc)
{
    char buf[64];

    if (rc != 0 && rc != 2 && !(t->kill && rc == SLOW_SIGNAL + 9))
        slow_fail(&t->s, "%u KiB%s%s: %s: %s", kib,
                  t->crowded ? ", crowded" : "", t->kill ? ", killed" : "",
                  what, rc == 1 ? t->note->text : slow_result(rc, buf));
}

static void
one(struct test *t, unsigned kib)
{
    unsigned w, steps = 0;
    pid_t pid;
    int rc;

    memset(t->done, 0, MAX_WORKERS * sizeof *t->done);
    slow_mount(t->disk, (uint64_t)kib << 10);
    slow_empty(t->store);
    pid = t->crowded ? neighbour(t) : 0;
    rc = slow_run(t->crowded ? persist : grow, t, 120);
    report(t, kib, "growing", rc);
    if (pid)
        leave(t, pid);
    for (w = 0; w < MAX_WORKERS && t->done[w]; w++)
        steps += t->done[w];
    fill(t);
    report(t, kib, "looking", slow_run(look, t, 60));
    unlink(t->filler);
    slow_resize(t->disk, (uint64_t)kib << 11);
    rc = slow_run(finish, t, 120);
    report(t, kib, "going on", rc == 2 ? SLOW_HUNG : rc);
    printf("%u KiB%s%s: %u steps fit\n", kib, t->crowded ? ", crowded" : "",
           t->kill ? ", killed" : "", steps);
    slow_unmount(t->disk);
}

int
main(int argc, char **argv)
{
    static const unsigned sizes[] = {640, 1536, 2048, 3072, 4096, 6144};
    static struct test t;
    unsigned i, turns;

    slow_begin(&t.s, argc, argv, 8);
    turns = t.s.is_long ? 120 : 6;
    t.workers = MAX_WORKERS;
    t.note = slow_share(sizeof *t.note);
    t.done = slow_share(MAX_WORKERS * sizeof *t.done);
    snprintf(t.disk, sizeof t.disk, "%s/disk", t.s.base);
    snprintf(t.store, sizeof t.store, "%s/s", t.disk);
    snprintf(t.filler, sizeof t.filler, "%s/filler", t.disk);
    for (i = 0; i < turns; i++) {
        t.kill = i % 2;
        one(&t, i < 6 ? sizes[i] : 512 + (i - 6) * 52);
        t.crowded = true;
        one(&t, 8192);
        t.crowded = false;
    }
    return slow_end(&t.s);
}
