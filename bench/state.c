/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/state.c - what the state stores cost, beside bare files
 *
 * bench-state commits DIR ROUNDS COUNT PARTY...
 *     rounds in which each party in turn makes COUNT commits
 * bench-state hammer DIR ROUNDS SECONDS PROCESSES PARTY...
 *     rounds in which each party in turn is used by PROCESSES at once
 * bench-state open DIR ROUNDS PARTY...
 *     open and close, without and with one commit between
 * bench-state lookup ROUNDS COUNT DRIVER=FOLDER=OBJECTS...
 * bench-state add ROUNDS COUNT FLOORDIR DRIVER=FOLDER=OBJECTS...
 *     of stores that "polypod state import" filled: see state_look.c
 *
 * PARTY is a driver or a floor: state_int.h.  Prints samples: sample.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample.h"
#include "state_int.h"

static void
label_of(const party *p, char *out, size_t n)
{
    snprintf(out, n, p->floor ? "floor: %s, fdatasync" : "state-%s", p->name);
}

static int
measure_commits(int argc, char **argv)
{
    unsigned long rounds, count, r, i;
    int n = argc - 3;
    party *all = NULL;
    char label[64];
    double begin;
    int k;

    if (n < 1)
        return 2;
    rounds = bench_number(argv[1]);
    count = bench_number(argv[2]);
    all = bench_alloc((size_t)n * sizeof *all);
    for (k = 0; k < n; k++) {
        party_init(&all[k], argv[3 + k], argv[0], 0);
        party_open(&all[k]);
        for (i = 0; i < count; i++) /* not counted: files find their size */
            party_commit(&all[k], i);
    }
    for (r = 0; r < rounds; r++)
        for (k = 0; k < n; k++) {
            begin = bench_now();
            for (i = 0; i < count; i++)
                party_commit(&all[k], i);
            label_of(&all[k], label, sizeof label);
            bench_sample("commits", label,
                         (double)count * 1e6 / (bench_now() - begin));
        }
    for (k = 0; k < n; k++)
        party_close(&all[k]);
    free(all);
    return 0;
}

/* What the processes of one turn tell: shared memory. */
struct tally {
    unsigned long commits;
    double worst;
};

/* One of several processes: commits until the time is over. */
static void
hammer_on(party *p, int part, const int go[2], double us, struct tally *out)
{
    double end, t0, t1;
    char c = 'r';

    party_open(p);
    party_commit(p, (unsigned long)part);
    /* ready; then the end of file says that all are */
    if (write(go[1], &c, 1) != 1 || read(go[0], &c, 1) != 0)
        _exit(1);
    end = bench_now() + us;
    for (t1 = bench_now(); t1 < end; out->commits++) {
        t0 = t1;
        party_commit(p, (unsigned long)part);
        t1 = bench_now();
        out->worst = t1 - t0 > out->worst ? t1 - t0 : out->worst;
    }
    party_close(p);
    _exit(0);
}

static void
wait_all(const pid_t *pids, int n)
{
    int status;
    int i;

    for (i = 0; i < n; i++)
        if (waitpid(pids[i], &status, 0) != pids[i] || status)
            bench_die("a process of the hammer failed");
}

static void
hammer_turn(const char *name, const char *dir, double us, int processes)
{
    const size_t size = (size_t)processes * sizeof(struct tally);
    struct tally *tally = mmap(NULL, size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t *pids = bench_alloc((size_t)processes * sizeof *pids);
    double commits = 0, worst = 0;
    char label[64];
    int ready[2], start[2];
    party p;
    char c;
    int i;

    if (tally == MAP_FAILED || pipe(ready) || pipe(start))
        bench_die("hammer: %s", strerror(errno));
    for (i = 0; i < processes; i++) {
        party_init(&p, name, dir, i);
        pids[i] = fork();
        if (pids[i] < 0)
            bench_die("fork: %s", strerror(errno));
        if (!pids[i]) {
            const int go[2] = {start[0], ready[1]};

            close(start[1]);
            hammer_on(&p, i, go, us, &tally[i]);
        }
    }
    close(ready[1]);
    for (i = 0; i < processes; i++)
        if (read(ready[0], &c, 1) != 1)
            bench_die("a process of the hammer did not begin");
    close(start[1]);
    wait_all(pids, processes);
    close(start[0]);
    close(ready[0]);
    for (i = 0; i < processes; i++) {
        commits += (double)tally[i].commits;
        worst = tally[i].worst > worst ? tally[i].worst : worst;
    }
    label_of(&p, label, sizeof label);
    bench_sample("hammer.rate", label, commits * 1e6 / us);
    bench_sample("hammer.worst", label, worst / 1e3);
    munmap(tally, size);
    free(pids);
}

static int
measure_hammer(int argc, char **argv)
{
    unsigned long rounds, r;
    double us;
    int processes, k;

    if (argc < 5)
        return 2;
    rounds = bench_number(argv[1]);
    us = (double)bench_number(argv[2]) * 1e6;
    processes = (int)bench_number(argv[3]);
    for (r = 0; r < rounds; r++)
        for (k = 4; k < argc; k++)
            hammer_turn(argv[k], argv[0], us, processes);
    return 0;
}

static void
open_turn(party *p, bool commit, const char *key)
{
    double begin = bench_now();
    char label[64];

    party_open(p);
    if (commit)
        party_commit(p, 1);
    party_close(p);
    label_of(p, label, sizeof label);
    bench_sample(key, label, bench_now() - begin);
}

static int
measure_open(int argc, char **argv)
{
    unsigned long rounds, r;
    party p;
    int k;

    if (argc < 3)
        return 2;
    rounds = bench_number(argv[1]);
    for (k = 2; k < argc; k++) {
        party_init(&p, argv[k], argv[0], 0);
        party_open(&p);
        party_commit(&p, 1);
        party_close(&p);
    }
    for (r = 0; r < rounds; r++)
        for (k = 2; k < argc; k++) {
            party_init(&p, argv[k], argv[0], 0);
            open_turn(&p, false, "open.only");
            open_turn(&p, true, "open.commit");
        }
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } all[] = {
        {"commits", measure_commits}, {"hammer", measure_hammer},
        {"open", measure_open},       {"lookup", measure_lookup},
        {"add", measure_add},
    };
    size_t i;

    for (i = 0; argc > 2 && i < sizeof all / sizeof all[0]; i++)
        if (!strcmp(argv[1], all[i].name) && !all[i].run(argc - 2, argv + 2))
            return 0;
    fprintf(stderr, "usage: see bench/state.c\n");
    return 2;
}
