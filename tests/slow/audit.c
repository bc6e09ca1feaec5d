/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/slow/audit.c - does a folder hold the old or the new? see audit.h */
#include "audit.h"

#include "core/util/sink.h"

int
audit_match(const uint64_t *table, int from, int to, uint64_t digest)
{
    int i;

    if (from < 0 && digest == work_nothing())
        return -1;
    for (i = from < 0 ? 0 : from; i <= to; i++)
        if (table[i] == digest)
            return i;
    return -2;
}

int
audit_check(const backend *b, pp_err *err)
{
    struct pp_sink report = {PPC_STR_INIT, 0};
    int rc;

    if (!b->ops->check)
        return 0;
    rc = b->ops->check(b->self, 0, &report, err);
    ppc_sink_clear(&report);
    return rc;
}

static int
compare(audit *a, const backend *b, int from, int to, const char *when)
{
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    int rc = work_digest(b, WORK_ALL, &digest, &err);

    if (rc < 0)
        return slow_note_fail(a->note, rc, "%s: cannot read: %s", when,
                              err.msg);
    a->found = audit_match(a->table, from, to, digest);
    if (a->found > -2)
        return 0;
    return slow_note_fail(a->note, 0,
                          "%s: neither the store after step %d nor after "
                          "step %d (but after step %d)",
                          when, from, to,
                          audit_match(a->table, -1, to, digest));
}

static int
go_on(audit *a, backend *b)
{
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    int rc = work_open(b, &st, &err), n, i;

    if (rc < 0)
        return slow_note_fail(a->note, rc, "no state: %s", err.msg);
    n = a->found < 0 ? 0 : a->found;
    for (i = 0; i < AUDIT_MORE && rc == 0; i++)
        rc = work_step(st, 0, (unsigned)(n + i), &err);
    ppc_state_free(st);
    if (rc < 0)
        return slow_note_fail(a->note, rc, "step %d after it: %s", n + i,
                              err.msg);
    a->found = n + AUDIT_MORE;
    rc = audit_check(b, &err);
    if (rc < 0)
        return slow_note_fail(a->note, rc, "check: %s", err.msg);
    return 0;
}

static int
start(audit *a, backend *b)
{
    pp_err err = {0, 0, ""};
    int rc = backend_start(b, &err);

    if (rc < 0)
        return slow_note_fail(a->note, rc, "cannot open: %s", err.msg);
    return 0;
}

int
audit_now(audit *a)
{
    backend b;
    int found, rc;

    a->note->code = 0;
    a->note->text[0] = '\0';
    backend_load(&b, a->plugin, a->dir);
    if (start(a, &b))
        return 1;
    rc = compare(a, &b, a->acked, a->acked + !a->is_exact, "opened");
    found = a->found;
    if (!rc)
        rc = go_on(a, &b);
    backend_stop(&b);
    if (!rc)
        rc = start(a, &b);
    if (!rc) {
        rc = compare(a, &b, a->found, a->found, "opened again");
        backend_stop(&b);
    }
    a->found = found;
    return rc;
}

static int
run(void *arg)
{
    return audit_now(arg);
}

int
audit_in_child(slow *s, audit *a, const char *what)
{
    char buf[64];
    int rc = slow_run(run, a, 30);

    if (!rc)
        return 0;
    slow_fail(s, "%s: %s", what,
              rc == 1 ? a->note->text : slow_result(rc, buf));
    return -1;
}
