/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/storm.c - kill -9 among ten processes that use one state
 *
 * Six writers run the script, each with records of its own, four readers
 * list and look up.  Any of them but one writer and one reader is killed and
 * started again: half of them at a random moment, half, by themselves, in
 * place of a random call that changes a file, since a commit is short.  A
 * writer tells the parent of each step that was committed, through a pipe, so
 * the parent knows what must be there: whoever comes back after a kill finds
 * its records as after the last step it told of, or after the one in flight.
 * Readers find every record whole. Nobody may fail, and nobody may be without
 * an answer for long.
 */
#include "audit.h"
#include "disk.h"
#include "tests/unit/scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "core/util/clock.h"
#include "core/util/strv.h"

#define WRITERS 6u
#define READERS 4u
#define ALL (WRITERS + READERS)
#define HANG (10 * PPC_SEC)
#define AUDIT_EVERY 100

struct told {
    unsigned who;
    unsigned steps;
};

/* Of one process; in shared memory. */
struct seat {
    slow_note note;
    volatile int64_t since; /* of the call in progress; 0: none */
    volatile int64_t longest;
    volatile uint64_t calls;
};

struct storm {
    slow s;
    struct seat *seat; /* ALL of them, shared */
    unsigned told[WRITERS];
    pid_t pid[ALL];
    long fate[ALL]; /* the call that is its last; 0: none */
    int pipe[2];
    uint64_t chance;
    unsigned kills, audits;
};

static void
enter(struct seat *t)
{
    t->since = ppc_monotonic();
}

static void
leave(struct seat *t)
{
    int64_t took = ppc_monotonic() - t->since;

    t->since = 0;
    t->calls++;
    if (took > t->longest)
        t->longest = took;
}

/* The steps that are there: what was told, or one more.  -1: neither. */
static int
find_own(struct seat *t, const backend *b, unsigned who, unsigned told)
{
    unsigned first = told / WORK_PERIOD * WORK_PERIOD;
    uint64_t *table = work_table(who, who, first, told - first + 1);
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    int rc, found = -1;

    rc = work_digest(b, who, &digest, &err);
    if (rc < 0)
        slow_note_fail(&t->note, rc, "%s", err.msg);
    else if (digest == table[told - first])
        found = (int)told;
    else if (digest == table[told - first + 1])
        found = (int)told + 1;
    else
        slow_note_fail(&t->note, 0,
                       "not as after step %u, which was acknowledged, nor as "
                       "after step %u",
                       told, told + 1);
    free(table);
    return found;
}

static int
tell(const struct storm *w, unsigned who, unsigned steps)
{
    struct told m = {who, steps};

    return write(w->pipe[1], &m, sizeof m) == sizeof m ? 0 : -1;
}

static int
write_on(struct storm *w, struct seat *t, backend *b, ppc_state *st,
         unsigned who)
{
    int n = find_own(t, b, who, w->told[who]);
    pp_err err = {0, 0, ""};
    int rc;

    if (n < 0)
        return 1;
    while (tell(w, who, (unsigned)n) == 0) {
        enter(t);
        rc = work_step(st, who, (unsigned)n, &err);
        leave(t);
        if (rc < 0)
            return slow_note_fail(&t->note, rc, "step %d: %s", n, err.msg);
        n++;
    }
    return 1;
}

static int
look_at(struct seat *t, ppc_state *st, const char *id)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    char **ids = NULL;
    pp_err err = {0, 0, ""};
    int rc;

    enter(t);
    rc = ppc_state_lookup_container(st, id, &c, &err);
    if (rc == 0)
        rc = ppc_state_container_in_use(st, c, &ids, &err);
    leave(t);
    ppc_strv_free(ids);
    if (rc < 0 && rc != -PP_E_NOSUCHCTR) /* removed meanwhile */
        return slow_note_fail(&t->note, rc, "look-up of %s: %s", id, err.msg);
    return 0;
}

static int
read_on(struct seat *t, ppc_state *st, uint64_t chance)
{
    pp_err err = {0, 0, ""};
    int rc = 0;

    for (;;) {
        PP_AUTO(ppc_ctrs_free) ppc_ctr **all = NULL;
        PP_AUTO(ppc_pods_free) ppc_pod **pods = NULL;
        size_t n;

        enter(t);
        rc = ppc_state_all_containers(st, &all, &err);
        leave(t);
        enter(t);
        if (rc == 0)
            rc = ppc_state_all_pods(st, &pods, &err);
        leave(t);
        if (rc < 0)
            return slow_note_fail(&t->note, rc, "list: %s", err.msg);
        for (n = 0; all[n]; n++)
            if (!work_is_whole(all[n]))
                return slow_note_fail(&t->note, 0, "%s is torn",
                                      all[n]->config->id);
        n = n ? slow_below(&chance, n) : 0;
        if (all[n] && look_at(t, st, all[n]->config->id))
            return 1;
    }
}

static int
live(struct storm *w, unsigned i)
{
    struct seat *t = &w->seat[i];
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    backend b;
    int rc;

    backend_load(&b, w->s.plugin, w->s.store);
    if (w->fate[i]) {
        disk_watch(w->s.store);
        disk_plan(w->fate[i] % 2 ? DISK_KILL : DISK_PAGE_KILL, w->fate[i],
                  false);
    }
    enter(t);
    rc = backend_start(&b, &err);
    if (rc == 0)
        rc = work_open(&b, &st, &err);
    leave(t);
    if (rc < 0)
        return slow_note_fail(&t->note, rc, "open: %s", err.msg);
    return i < WRITERS ? write_on(w, t, &b, st, i)
                       : read_on(t, st, w->s.seed + i);
}

static void
start(struct storm *w, unsigned i)
{
    fflush(NULL);
    w->seat[i].since = 0;
    w->fate[i] = 0;
    if (i && i < WRITERS && slow_below(&w->chance, 2))
        w->fate[i] = 1 + (long)slow_below(&w->chance, 80);
    w->pid[i] = fork();
    if (w->pid[i] == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(live(w, i));
    }
    if (w->pid[i] < 0)
        exit(99);
}

static void
drain(struct storm *w)
{
    struct told m;

    while (read(w->pipe[0], &m, sizeof m) == sizeof m)
        w->told[m.who] = m.steps;
}

/* Kill; it must not have ended by itself. */
static void
end(struct storm *w, unsigned i)
{
    char buf[64];
    int status = 0;

    kill(w->pid[i], SIGKILL);
    while (waitpid(w->pid[i], &status, 0) < 0 && errno == EINTR)
        ;
    drain(w);
    w->pid[i] = 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return;
    slow_fail(&w->s, "process %u: %s: %s", i,
              WIFEXITED(status)
                  ? "failed"
                  : slow_result(SLOW_SIGNAL + WTERMSIG(status), buf),
              w->seat[i].note.text);
}

/* All the processes pause for it: an index is only compared at rest. */
static void
audit_all(struct storm *w)
{
    pp_err err = {0, 0, ""};
    unsigned i;
    backend b;

    for (i = 0; i < ALL; i++)
        end(w, i);
    backend_load(&b, w->s.plugin, w->s.store);
    w->audits++;
    if (backend_start(&b, &err) < 0) {
        slow_fail(&w->s, "audit: %s", err.msg);
        return;
    }
    if (!store_is_sound(&b))
        slow_fail(&w->s, "audit: the store is unsound");
    if (audit_check(&b, &err) < 0)
        slow_fail(&w->s, "audit: %s", err.msg);
    for (i = 0; i < WRITERS; i++)
        if (find_own(&w->seat[i], &b, i, w->told[i]) < 0)
            slow_fail(&w->s, "audit: writer %u: %s", i, w->seat[i].note.text);
    backend_stop(&b);
}

static void
watch(struct storm *w)
{
    int64_t now = ppc_monotonic();
    unsigned i;

    for (i = 0; i < ALL; i++) {
        int64_t since = w->seat[i].since;

        if (w->pid[i] && since && now - since > HANG)
            slow_fail(&w->s, "process %u waits for %lld s", i,
                      (long long)((now - since) / PPC_SEC));
    }
}

/* Who is dead already, or else anybody whose fate is not to be. */
static unsigned
next_victim(struct storm *w)
{
    siginfo_t info = {.si_pid = 0};
    unsigned i;

    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        for (i = 0; i < ALL && info.si_pid; i++)
            if (w->pid[i] == info.si_pid)
                return i;
    i = (unsigned)slow_below(&w->chance, ALL);
    return w->fate[i] ? 0 : i;
}

static void
rage(struct storm *w, unsigned kills)
{
    unsigned i;

    for (i = 0; i < ALL; i++)
        start(w, i);
    while (w->kills < kills && !w->s.failures) {
        ppc_sleep((int64_t)slow_below(&w->chance, 16) * PPC_MS);
        drain(w);
        watch(w);
        i = next_victim(w);
        if (i == 0 || i == WRITERS)
            continue; /* the innocent */
        end(w, i);
        start(w, i);
        if (++w->kills % AUDIT_EVERY)
            continue;
        audit_all(w);
        for (i = 0; i < ALL; i++)
            start(w, i);
    }
    audit_all(w);
}

static void
report(const struct storm *w)
{
    uint64_t calls[2] = {0, 0};
    int64_t longest = 0;
    unsigned i, steps = 0;

    for (i = 0; i < ALL; i++) {
        calls[i >= WRITERS] += w->seat[i].calls;
        if (w->seat[i].longest > longest)
            longest = w->seat[i].longest;
    }
    for (i = 0; i < WRITERS; i++)
        steps += w->told[i];
    printf("%u kills, %u audits; %u steps acknowledged; %llu calls of "
           "readers; the longest took %lld ms\n",
           w->kills, w->audits, steps, (unsigned long long)calls[1],
           (long long)(longest / PPC_MS));
    for (i = 0; i < WRITERS; i++)
        printf("  writer %u: %u steps\n", i, w->told[i]);
}

int
main(int argc, char **argv)
{
    static struct storm w;
    ppc_state *st = NULL;
    backend b;

    slow_begin(&w.s, argc, argv, 128);
    slow_empty(w.s.store);
    w.chance = w.s.seed;
    w.seat = slow_share(ALL * sizeof *w.seat);
    if (pipe2(w.pipe, O_CLOEXEC) < 0 ||
        fcntl(w.pipe[0], F_SETFL, O_NONBLOCK) < 0)
        return 99;
    backend_load(&b, w.s.plugin, w.s.store);
    if (backend_start(&b, NULL) < 0 || work_open(&b, &st, NULL) < 0)
        slow_fail(&w.s, "cannot make a store");
    ppc_state_free(st);
    backend_stop(&b);
    if (!w.s.failures)
        rage(&w, w.s.is_long ? 5000 : 400);
    report(&w);
    return slow_end(&w.s);
}
