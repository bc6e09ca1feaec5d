/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/fault.c - the n-th call that changes a file fails, for every n
 *
 * The script runs from an empty folder while one call, or every call from
 * one on, fails: EIO, no space, a short write; or the process is killed
 * there, or between two pages of a write.  Held to: a step that fails has left
 * the old state or the new one; a failure that passes is over with a second
 * try, in the same process; a clean process finds every step that was
 * acknowledged and goes on; and the words are about the disk, never about
 * damage that is not there.
 */
#include "audit.h"
#include "disk.h"

#include <dirent.h>

#define STEPS 28 /* one round of the script */

static const struct kind {
    const char *name;
    disk_fault fault;
    bool sticky;
} kinds[] = {
    {"EIO", DISK_EIO, false},
    {"EIO from there on", DISK_EIO, true},
    {"ENOSPC", DISK_ENOSPC, false},
    {"ENOSPC from there on", DISK_ENOSPC, true},
    {"a full disk from there on", DISK_FULL, true},
    {"a short write", DISK_SHORT, false},
    {"SIGKILL", DISK_KILL, false},
    {"SIGKILL in a write", DISK_PAGE_KILL, false},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

struct attempt {
    const slow *s;
    const struct kind *kind; /* NULL: count the calls */
    long at;
    const uint64_t *table;
    slow_note *note;
    long *calls;
};

/* Codes that a disk which fails may bring. */
static bool
is_honest(const struct kind *k, int rc)
{
    if (rc == -PP_E_FULL)
        return k->fault == DISK_ENOSPC || k->fault == DISK_FULL ||
               k->fault == DISK_SHORT;
    return rc == -PP_E_IO;
}

static int
lie(struct attempt *t, const char *what, int rc, const pp_err *err)
{
    return slow_note_fail(t->note, rc, "%s after %s failed: code %d: %s", what,
                          disk_last(), -rc, err->msg);
}

/* The disk stays as it is, and the process will not take no for an answer:
 * reads and steps either work or fail for the same reason.  Gives up. */
static int
insist(struct attempt *t, const backend *b, ppc_state *st, unsigned n)
{
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    int rc, i;

    for (i = 0; i < 3 && n < STEPS; i++) {
        rc = work_digest(b, WORK_ALL, &digest, &err);
        if (rc < 0 && !is_honest(t->kind, rc))
            return lie(t, "reading", rc, &err);
        rc = work_step(st, 0, n, &err);
        if (rc == 0)
            t->note->acked = (int)++n;
        if (rc < 0 && !is_honest(t->kind, rc) && rc != -PP_E_NOSUCHCTR &&
            rc != -PP_E_CTREXISTS && rc != -PP_E_PODEXISTS)
            return lie(t, "a further try", rc, &err);
    }
    return 2;
}

/* A step, and once more if it failed: which of the two did it? */
static int
try_step(struct attempt *t, backend *b, ppc_state *st, unsigned n)
{
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    int rc = work_step(st, 0, n, &err), found;

    if (rc == 0)
        return 0;
    if (!is_honest(t->kind, rc))
        return lie(t, "a step", rc, &err);
    if (t->kind->sticky)
        return insist(t, b, st, n);
    rc = work_digest(b, WORK_ALL, &digest, &err);
    if (rc < 0)
        return lie(t, "reading", rc, &err);
    found = audit_match(t->table, (int)n, (int)n + 1, digest);
    if (found == -2)
        return slow_note_fail(t->note, 0, "step %u failed half", n);
    if (found == (int)n)
        rc = work_step(st, 0, n, &err);
    return rc < 0 ? lie(t, "a second try", rc, &err) : 0;
}

static int
steps(struct attempt *t, backend *b)
{
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    int rc = work_open(b, &st, &err);
    unsigned n;

    if (rc < 0 && t->kind && is_honest(t->kind, rc) && !t->kind->sticky)
        rc = work_open(b, &st, &err);
    if (rc < 0)
        return t->kind && t->kind->sticky && is_honest(t->kind, rc)
                   ? 2
                   : lie(t, "opening the state", rc, &err);
    t->note->acked = 0;
    for (n = 0, rc = 0; n < STEPS && rc == 0; n++) {
        rc = try_step(t, b, st, n);
        if (rc == 0)
            t->note->acked = (int)n + 1;
    }
    ppc_state_free(st);
    return rc;
}

/* Open descriptors. */
static int
descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* 0: done; 1: noted; 2: gave up, rightly. */
static int
run(void *arg)
{
    struct attempt *t = arg;
    pp_err err = {0, 0, ""};
    backend b;
    int fds = descriptors(), rc;

    backend_load(&b, t->s->plugin, t->s->store);
    disk_watch(t->s->store);
    if (t->kind)
        disk_plan(t->kind->fault, t->at, t->kind->sticky);
    rc = backend_start(&b, &err);
    if (rc < 0 && t->kind && is_honest(t->kind, rc)) {
        if (t->kind->sticky)
            return 2;
        rc = backend_start(&b, &err);
    }
    if (rc < 0)
        return lie(t, "opening", rc, &err);
    rc = steps(t, &b);
    backend_stop(&b);
    *t->calls = disk_calls();
    if (rc != 1 && descriptors() != fds)
        return slow_note_fail(t->note, 0, "%d descriptors left open",
                              descriptors() - fds);
    return rc;
}

static void
one(slow *s, struct attempt *t, unsigned tally[4])
{
    audit a = {.plugin = s->plugin,
               .dir = s->store,
               .table = t->table,
               .note = t->note};
    char what[128], buf[64];
    int rc;

    snprintf(what, sizeof what, "%s at call %ld", t->kind->name, t->at);
    slow_empty(s->store);
    t->note->acked = -1;
    t->note->text[0] = '\0';
    rc = slow_run(run, t, 40);
    tally[rc == 0 ? 0 : rc == 2 ? 1 : rc == SLOW_SIGNAL + 9 ? 2 : 3]++;
    if (rc != 0 && rc != 2 &&
        (t->kind->fault < DISK_KILL || rc != SLOW_SIGNAL + 9)) {
        slow_fail(s, "%s: after step %d: %s", what, t->note->acked,
                  rc == 1 ? t->note->text : slow_result(rc, buf));
        if (rc != 1)
            return;
    }
    a.acked = t->note->acked;
    audit_in_child(s, &a, what);
}

int
main(int argc, char **argv)
{
    struct attempt t = {0};
    unsigned tally[4];
    uint64_t chance;
    long calls, stride;
    uint64_t *table;
    size_t k;
    slow s;

    slow_begin(&s, argc, argv, 64);
    table = work_table(0, WORK_ALL, 0, STEPS + AUDIT_MORE + 1);
    t = (struct attempt){&s,
                         NULL,
                         0,
                         table,
                         slow_share(sizeof *t.note),
                         slow_share(sizeof *t.calls)};
    slow_empty(s.store);
    if (slow_run(run, &t, 60))
        slow_fail(&s, "without faults: %s", t.note->text);
    calls = *t.calls;
    stride = s.is_long ? 1 : calls / 110 + 1;
    chance = s.seed;
    printf("%ld calls change files; every %ld fails\n", calls, stride);
    if (argc == 4) { /* one of them again: KIND CALL */
        t.kind = &kinds[strtoul(argv[2], NULL, 0) % KINDS];
        t.at = strtol(argv[3], NULL, 0);
        one(&s, &t, tally);
    }
    for (k = 0; k < KINDS && calls && argc == 2; k++) {
        memset(tally, 0, sizeof tally);
        t.kind = &kinds[k];
        t.at = 1 + (long)slow_below(&chance, (uint64_t)stride);
        for (; t.at <= calls; t.at += stride)
            one(&s, &t, tally);
        printf("%s: %u went on, %u gave up, %u killed, %u wrong\n",
               t.kind->name, tally[0], tally[1], tally[2], tally[3]);
    }
    free(table);
    return slow_end(&s);
}
