/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/powercut.c - the power fails, and what was not synced is gone
 *
 * The script runs once, and every change of a file is recorded, with the
 * moment at which each step was acknowledged.  Then the power fails at many
 * places of the record: a folder is made that a disk may hold after it
 * (replay.h), and opened as after a reboot.  For a part of them the power
 * fails a second time, during the recovery from the first.  Held to: every
 * acknowledged step is there, the one in flight is there or not, nothing
 * else; the store opens without help and goes on.
 *
 * That the record is complete is proved first: played back to its end it
 * gives the folder, byte for byte.
 */
#include "audit.h"
#include "replay.h"

#include <fcntl.h>

#define STEPS 56 /* two rounds of the script */

struct test {
    slow s;
    uint64_t *table;
    slow_note *note;
    char trace[64], again[64], boot[64], image[64];
    uint64_t chance;
    unsigned open, tight, twice;
};

struct traced {
    struct test *t;
    const char *dir;
    const char *trace;
    unsigned steps;
};

static void
boot_as(const struct test *t, unsigned n)
{
    char id[64];
    FILE *f = fopen(t->boot, "w");

    snprintf(id, sizeof id, "%08x-1234-4321-8888-0123456789ab\n", n);
    if (!f || fputs(id, f) < 0 || fclose(f) != 0)
        exit(99);
}

/* Open the folder, do some steps, close; all of it recorded. */
static int
run_traced(void *arg)
{
    struct traced *r = arg;
    int fd = open(r->trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    unsigned n;
    backend b;
    int rc;

    backend_load(&b, r->t->s.plugin, r->dir);
    disk_watch(r->dir);
    disk_trace(fd);
    rc = backend_start(&b, &err);
    if (rc == 0 && r->steps)
        rc = work_open(&b, &st, &err);
    if (rc == 0 && r->steps)
        disk_ack(0);
    for (n = 0; n < r->steps && rc == 0; n++) {
        rc = work_step(st, 0, n, &err);
        if (rc == 0)
            disk_ack(n + 1);
    }
    ppc_state_free(st);
    if (rc < 0)
        return slow_note_fail(r->t->note, rc, "%s", err.msg);
    backend_stop(&b);
    return 0;
}

/* Open dir as after a reboot. */
static void
look(struct test *t, const char *dir, int acked, const char *what)
{
    audit a = {.plugin = t->s.plugin,
               .dir = dir,
               .table = t->table,
               .acked = acked,
               .note = t->note};
    char text[200];

    snprintf(text, sizeof text, "%s, acknowledged %d", what, acked);
    audit_in_child(&t->s, &a, text);
}

/* The power fails again, while the image is recovered. */
static void
cut_again(struct test *t, int acked, const char *before)
{
    struct traced r = {t, t->s.store, t->again, 0};
    replay_names how = (replay_names)slow_below(&t->chance, 3);
    replay *second;
    char what[160], buf[64];
    size_t cut;
    int rc;

    slow_copy(t->image, t->s.store);
    rc = slow_run(run_traced, &r, 30);
    if (rc) {
        slow_fail(&t->s, "%s: recovery: %s", before,
                  rc == 1 ? t->note->text : slow_result(rc, buf));
        return;
    }
    second = replay_new(t->again);
    cut = replay_first(second);
    cut += slow_below(&t->chance, replay_count(second) - cut + 1);
    snprintf(what, sizeof what, "%s, again at %zu", before, cut);
    replay_write(second, cut, how, &t->chance, t->s.store);
    replay_free(second);
    boot_as(t, 3);
    t->twice++;
    look(t, t->s.store, acked, what);
}

static void
one(struct test *t, const replay *r, size_t cut, replay_names how)
{
    int acked = replay_acked(r, cut, -1);
    char what[96];

    snprintf(what, sizeof what, "cut at %zu of %zu, names %d", cut,
             replay_count(r), (int)how);
    boot_as(t, 2);
    replay_write(r, cut, how, &t->chance, t->image);
    t->open++;
    if (slow_below(&t->chance, 4) == 0)
        cut_again(t, acked, what);
    boot_as(t, 2);
    look(t, t->image, acked, what);
}

static void
all_cuts(struct test *t, const replay *r)
{
    size_t first = replay_first(r), n = replay_count(r) - first + 1, i;
    size_t turns = t->s.is_long ? n * 8 : 400;

    for (i = 0; i < turns; i++)
        one(t, r, first + (t->s.is_long ? i / 8 : slow_below(&t->chance, n)),
            (replay_names)(i % 3));
}

int
main(int argc, char **argv)
{
    static struct test t;
    struct traced r = {&t, t.s.store, t.trace, STEPS};
    replay *record;
    char buf[64];
    int rc;

    slow_begin(&t.s, argc, argv, 256);
    t.chance = t.s.seed;
    t.table = work_table(0, WORK_ALL, 0, STEPS + AUDIT_MORE + 1);
    t.note = slow_share(sizeof *t.note);
    snprintf(t.trace, sizeof t.trace, "%s/trace", t.s.base);
    snprintf(t.again, sizeof t.again, "%s/again", t.s.base);
    snprintf(t.boot, sizeof t.boot, "%s/boot_id", t.s.base);
    snprintf(t.image, sizeof t.image, "%s/i", t.s.base);
    slow_empty(t.s.store);
    boot_as(&t, 1);
    disk_boot(t.boot);
    rc = slow_run(run_traced, &r, 60);
    if (rc)
        slow_fail(&t.s, "recording: %s",
                  rc == 1 ? t.note->text : slow_result(rc, buf));
    record = replay_new(t.trace);
    if (replay_alien(record))
        slow_fail(&t.s, "outside of the model: %s", replay_alien(record));
    if (!replay_is_complete(record, t.s.store))
        slow_fail(&t.s, "the record is not complete");
    if (!t.s.failures)
        all_cuts(&t, record);
    printf("%zu records; %u power cuts, %u of them twice\n",
           replay_count(record), t.open, t.twice);
    replay_free(record);
    free(t.table);
    return slow_end(&t.s);
}
