/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/oom.c - the n-th allocation fails
 *
 * In the state, in the back end and in SQLite, while the script runs: once, or
 * from there on.  Held to: a call succeeds, or fails with "no memory" and has
 * left the old state or the new; with memory again a second try succeeds;
 * nothing is lost and nothing crashes.  The fixtures are the test's own and do
 * not fail.
 */
#include "audit.h"
#include "memory.h"

#define STEPS 28

/*
 * These do not survive it: json-c 0.16 leaves parts of a text out, or reads
 * from NULL; so does libdb when it closes what it could not open.
 */
static const char *const fragile[] = {"/libjson-c.", "/libdb-", NULL};

struct attempt {
    slow s;
    uint64_t *table;
    slow_note *note;
    long *calls;
    long at;
    bool sticky;
};

static int
wrong(struct attempt *t, const char *what, int rc, const pp_err *err)
{
    return slow_note_fail(t->note, rc, "%s: code %d: %s", what, -rc, err->msg);
}

/* A step; with memory again, once more if it was not done. */
static int
try_step(struct attempt *t, backend *b, ppc_state *st, unsigned n)
{
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    int rc = work_step(st, 0, n, &err), found;

    if (rc == 0)
        return 0;
    if (rc != -PP_E_NOMEM)
        return wrong(t, "a step", rc, &err);
    memory_plan(0, false);
    rc = work_digest(b, WORK_ALL, &digest, &err);
    if (rc < 0)
        return wrong(t, "reading", rc, &err);
    found = audit_match(t->table, (int)n, (int)n + 1, digest);
    if (found == -2)
        return slow_note_fail(t->note, 0, "step %u failed half", n);
    if (found == (int)n)
        rc = work_step(st, 0, n, &err);
    return rc < 0 ? wrong(t, "a second try", rc, &err) : 0;
}

static int
open_both(backend *b, ppc_state **st, pp_err *err)
{
    int rc = backend_start(b, err);

    if (rc < 0)
        return rc;
    rc = work_open(b, st, err);
    if (rc < 0)
        backend_stop(b);
    return rc;
}

static int
run(void *arg)
{
    struct attempt *t = arg;
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    backend b;
    unsigned n;
    int rc;

    backend_load(&b, t->s.plugin, t->s.store);
    if (!getenv("POLYPOD_OOM_ALL"))
        memory_spare(fragile);
    memory_plan(t->at, t->sticky);
    rc = open_both(&b, &st, &err);
    if (rc == -PP_E_NOMEM) {
        memory_plan(0, false);
        rc = open_both(&b, &st, &err);
    }
    if (rc < 0)
        return wrong(t, "opening", rc, &err);
    t->note->acked = 0;
    for (n = 0; n < STEPS && rc == 0; n++) {
        rc = try_step(t, &b, st, n);
        if (rc == 0)
            t->note->acked = (int)n + 1;
    }
    *t->calls = memory_calls();
    memory_hold(true);
    ppc_state_free(st);
    if (rc == 0)
        backend_stop(&b);
    return rc;
}

static void
one(struct attempt *t)
{
    audit a = {.plugin = t->s.plugin,
               .dir = t->s.store,
               .table = t->table,
               .note = t->note};
    char what[128], buf[64];
    int rc;

    snprintf(what, sizeof what, "allocation %ld%s", t->at,
             t->sticky ? " and all after it" : "");
    slow_empty(t->s.store);
    t->note->acked = -1;
    t->note->text[0] = '\0';
    rc = slow_run(run, t, 40);
    if (rc)
        slow_fail(&t->s, "%s: after step %d: %s", what, t->note->acked,
                  rc == 1 ? t->note->text : slow_result(rc, buf));
    a.acked = t->note->acked;
    a.is_exact = rc == 0;
    audit_in_child(&t->s, &a, what);
}

int
main(int argc, char **argv)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)argc;
    (void)argv;
    printf("a sanitizer has a malloc of its own\n");
    return 77;
#else
    static struct attempt t;
    long calls, stride, tried = 0;
    uint64_t chance;

    slow_begin(&t.s, argc, argv, 64);
    t.table = work_table(0, WORK_ALL, 0, STEPS + AUDIT_MORE + 1);
    t.note = slow_share(sizeof *t.note);
    t.calls = slow_share(sizeof *t.calls);
    slow_empty(t.s.store);
    if (slow_run(run, &t, 40))
        slow_fail(&t.s, "without faults: %s", t.note->text);
    calls = *t.calls;
    stride = t.s.is_long ? 1 : calls / 400 + 1;
    chance = t.s.seed;
    if (argc > 2) { /* one of them again: NUMBER [sticky] */
        t.at = strtol(argv[2], NULL, 0);
        t.sticky = argc > 3;
        one(&t);
        return slow_end(&t.s);
    }
    for (t.at = 1; t.at <= calls;
         t.at += 1 + (long)slow_below(&chance, (uint64_t)stride * 2 - 1)) {
        t.sticky = tried++ % 4 == 3;
        one(&t);
    }
    printf("%ld of %ld allocations failed\n", tried, calls);
    free(t.table);
    return slow_end(&t.s);
#endif
}
