/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/damage.c - files that were changed while nobody looked
 *
 * A store is written, closed and damaged: bits flipped, bytes overwritten,
 * pages zeroed, exchanged or doubled, the file cut, longer or removed.  A
 * process opens it, checks it and reads all of it; where the back end promises
 * more, half of them are not checked.  It may refuse, with a code that says
 * damage; or give the right answer, every key and value.  It may not end by a
 * signal, hang, or leave something out and say nothing.
 *
 * Two kinds of store: closed in order, and left by a process killed in a
 * commit, so that recovery has to read the damage.  Where processes share the
 * index of a log, half of the second kind are damaged while another process
 * has them open, since there is no recovery then; that index itself, memory
 * of those who use it, is spared.
 */
#include "audit.h"
#include "disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define STEPS 20 /* the fullest moment of the script */
#define PAGE 4096
#define MAX_FILES 32
#ifdef __SANITIZE_ADDRESS__
#define UNDER_ASAN true
#else
#define UNDER_ASAN false
#endif

struct test {
    slow s;
    uint64_t *table;
    slow_note *note;
    char clean[64];
    char name[MAX_FILES][64];
    off_t size[MAX_FILES];
    unsigned files;
    uint64_t chance;
    long kill_at; /* 0: closed in order */
    unsigned tally[3];
    bool shares;    /* an index, so damage also comes while it is open */
    bool is_open;   /* in another process */
    bool is_blind;  /* nobody checks before reading */
    bool overlooks; /* what README.md says of libdb */
    long only;      /* one of them again, by its number; -1: all */
};

static int
make_store(void *arg)
{
    struct test *t = arg;
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    unsigned n;
    backend b;
    int rc;

    backend_load(&b, t->s.plugin, t->clean);
    disk_watch(t->clean);
    rc = backend_start(&b, &err);
    if (rc == 0)
        rc = work_open(&b, &st, &err);
    for (n = 0; n < STEPS && rc == 0; n++) {
        if (n == STEPS - 1 && t->kill_at)
            disk_plan(DISK_KILL, disk_calls() + t->kill_at, false);
        rc = work_step(st, 0, n, &err);
    }
    if (rc < 0)
        return slow_note_fail(t->note, rc, "%s", err.msg);
    ppc_state_free(st);
    backend_stop(&b);
    return 0;
}

static void
list_files(struct test *t)
{
    DIR *d = opendir(t->clean);
    struct dirent *e;
    struct stat st;

    t->files = 0;
    while (d && (e = readdir(d)) && t->files < MAX_FILES)
        if (e->d_type == DT_REG && fstatat(dirfd(d), e->d_name, &st, 0) == 0) {
            snprintf(t->name[t->files], 64, "%.63s", e->d_name);
            t->size[t->files++] = st.st_size;
        }
    if (d)
        closedir(d);
}

/* A place in the file: often in its first pages, where headers are. */
static off_t
place(struct test *t, off_t size)
{
    uint64_t kind = slow_below(&t->chance, 4);
    uint64_t bound = kind == 0 ? 64 : kind == 1 ? PAGE : (uint64_t)size;

    if (bound > (uint64_t)size)
        bound = (uint64_t)size;
    return (off_t)slow_below(&t->chance, bound);
}

static void
scribble(struct test *t, int fd, off_t size, unsigned kind)
{
    char page[PAGE] = "";
    off_t at = place(t, size), other = place(t, size);
    size_t n = 1, i;

    if (kind >= 3) {
        at = at / PAGE * PAGE;
        n = PAGE;
    }
    if (kind == 4)
        memset(page, 0xff, sizeof page);
    if (kind == 1)
        n = 1 + slow_below(&t->chance, 16);
    if (kind == 2)
        n = 512;
    if (kind == 5 && pread(fd, page, PAGE, other / PAGE * PAGE) < 0)
        exit(99);
    if (kind < 2 && pread(fd, page, n, at) < 0)
        exit(99);
    if (kind == 0)
        page[0] = (char)(page[0] ^ (1 << slow_below(&t->chance, 8)));
    for (i = 0; kind == 1 && i < n; i++)
        page[i] = (char)slow_random(&t->chance);
    if ((off_t)n > size - at)
        n = (size_t)(size - at);
    if (pwrite(fd, page, n, at) < 0)
        exit(99);
}

/* What was done, in words. */
static void
damage(struct test *t, char what[160])
{
    static const char *const words[] = {
        "a bit flipped", "bytes changed",  "a sector zeroed",
        "a page zeroed", "a page of 0xff", "a page doubled",
        "cut",           "longer",         "gone",
    };
    unsigned i = (unsigned)slow_below(&t->chance, t->files);
    unsigned kind = (unsigned)slow_below(&t->chance, t->overlooks ? 8 : 9);
    char path[128];
    off_t size;
    int fd;

    if (slow_below(&t->chance, 2)) /* the largest is the data: more of it */
        for (unsigned j = 0; j < t->files; j++)
            i = t->size[j] > t->size[i] ? j : i;
    while (t->is_open && strstr(t->name[i], "-shm"))
        i = (i + 1) % t->files;
    snprintf(path, sizeof path, "%s/%s", t->s.store, t->name[i]);
    size = t->size[i];
    snprintf(what, 160, "%s of %lld bytes, %s", t->name[i], (long long)size,
             words[kind]);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        exit(99);
    if (kind == 6 && ftruncate(fd, place(t, size + 1)) < 0)
        exit(99);
    if (kind == 7 && ftruncate(fd, size + 1 + place(t, 3 * PAGE)) < 0)
        exit(99);
    if (kind < 6 && size)
        scribble(t, fd, size, kind);
    if (kind == 8 && unlink(path) < 0)
        exit(99);
    close(fd);
}

static bool
is_honest(int rc)
{
    return rc == -PP_E_CORRUPT || rc == -PP_E_RECOVER || rc == -PP_E_NOTSUP;
}

static int
refused(struct test *t, const char *where, int rc, const pp_err *err)
{
    if (is_honest(rc))
        return 2;
    return slow_note_fail(t->note, rc, "%s: code %d: %s", where, -rc, err->msg);
}

/* 0: right; 2: refused; 1: noted. */
static int
look(void *arg)
{
    struct test *t = arg;
    int low = t->kill_at ? STEPS - 1 : STEPS, rc;
    pp_err err = {0, 0, ""};
    uint64_t digest = 0;
    backend b;

    backend_load(&b, t->s.plugin, t->s.store);
    rc = backend_start(&b, &err);
    if (rc < 0)
        return refused(t, "open", rc, &err);
    rc = t->is_blind ? 0 : audit_check(&b, &err);
    if (rc < 0)
        return refused(t, "check", rc, &err);
    rc = work_digest(&b, WORK_ALL, &digest, &err);
    if (rc < 0)
        return refused(t, "read", rc, &err);
    backend_stop(&b);
    if (audit_match(t->table, low, STEPS, digest) >= 0)
        return 0;
    return slow_note_fail(t->note, 0,
                          "opened, checked and read without an error, but not "
                          "what was written");
}

/* Without a check first, and writing: signals and hangs only. */
static int
use(void *arg)
{
    struct test *t = arg;
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    backend b;
    unsigned n;

    backend_load(&b, t->s.plugin, t->s.store);
    if (backend_start(&b, &err) < 0)
        return 2;
    if (work_open(&b, &st, &err) == 0)
        for (n = STEPS; n < WORK_PERIOD; n++)
            (void)!work_step(st, 0, n, &err);
    ppc_state_free(st);
    backend_stop(&b);
    return 0;
}

/* A process that has the store open until it is killed. */
static pid_t
hold(struct test *t)
{
    pp_err err = {0, 0, ""};
    int ready[2];
    char byte = 0;
    pid_t pid;
    backend b;

    if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0)
        exit(99);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        backend_load(&b, t->s.plugin, t->s.store);
        if (backend_start(&b, &err) < 0 || write(ready[1], "", 1) < 0)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1)
        slow_fail(&t->s, "cannot hold a store open");
    close(ready[0]);
    return pid;
}

static void
let_go(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void
look_at(struct test *t, unsigned i, const char *what, const char *when)
{
    char buf[64];
    int rc;

    t->note->text[0] = '\0';
    rc = slow_run(look, t, 30);
    if (rc == 0 || rc == 2)
        t->tally[rc]++;
    else
        slow_fail(&t->s, "%u%s: %s: %s", i, when, what,
                  rc == 1 ? t->note->text : slow_result(rc, buf));
}

static void
one(struct test *t, unsigned i)
{
    const char *when = t->kill_at ? ", killed" : "";
    char what[160], buf[64];
    pid_t holder = 0;
    int rc;

    slow_copy(t->clean, t->s.store);
    if (t->is_open)
        holder = hold(t);
    damage(t, what);
    t->is_blind = !t->overlooks && i % 2;
    if (t->only >= 0 && i != (unsigned)t->only) {
        let_go(holder);
        return;
    }
    if (t->is_open)
        look_at(t, i, what, ", open");
    let_go(holder);
    look_at(t, i, what, when);
    if (t->overlooks && UNDER_ASAN)
        return;
    rc = slow_run(use, t, 30);
    if (rc != 0 && rc != 2)
        slow_fail(&t->s, "%u%s, in use: %s: %s", i, when, what,
                  slow_result(rc, buf));
}

int
main(int argc, char **argv)
{
    static struct test t;
    unsigned n, i;
    int rc;

    slow_begin(&t.s, argc, argv, 64);
    n = t.s.is_long ? 10000 : 500;
    t.only = argc > 2 ? strtol(argv[2], NULL, 0) : -1;
    t.shares = strcmp(t.s.plugin, "state-sqlite") == 0;
    t.overlooks = strcmp(t.s.plugin, "state-bdb") == 0;
    t.chance = t.s.seed;
    t.table = work_table(0, WORK_ALL, 0, STEPS);
    t.note = slow_share(sizeof *t.note);
    snprintf(t.clean, sizeof t.clean, "%s/clean", t.s.base);
    for (i = 0; i < n; i++) {
        if (i % 50 == 0) { /* another place to be killed at */
            t.kill_at = i % 100 ? 1 + (long)slow_below(&t.chance, 24) : 0;
            t.is_open = t.shares && i % 200 == 150;
            slow_empty(t.clean);
            rc = slow_run(make_store, &t, 30);
            if (rc != 0 && !(t.kill_at && rc == SLOW_SIGNAL + 9))
                slow_fail(&t.s, "cannot make a store: %s", t.note->text);
            list_files(&t);
        }
        one(&t, i);
    }
    printf("%u damaged stores: %u times the right answer, %u times refused\n",
           n, t.tally[0], t.tally[2]);
    free(t.table);
    return slow_end(&t.s);
}
