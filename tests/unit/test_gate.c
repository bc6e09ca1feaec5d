/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_gate.c - many use a store, or one moves it; and the marker */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/str.h"
#include "engine/state/gate.h"
#include "engine/state/marker.h"

struct world {
    char dir[64];
    pid_t child;
};

static int
set_up(void **state)
{
    static struct world w;

    snprintf(w.dir, sizeof w.dir, "/tmp/polypod-test.XXXXXX");
    assert_non_null(mkdtemp(w.dir));
    w.child = 0;
    *state = &w;
    return 0;
}

static void
reap(struct world *w)
{
    if (!w->child)
        return;
    kill(w->child, SIGKILL);
    waitpid(w->child, NULL, 0);
    w->child = 0;
}

static int
tear_down(void **state)
{
    struct world *w = *state;

    reap(w);
    return ppc_dir_remove(w->dir, NULL);
}

/* A process inside, until it is killed. */
static void
hold(struct world *w, bool alone)
{
    int ready[2];
    char c;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    w->child = fork();
    assert_true(w->child >= 0);
    if (!w->child) {
        int fd = ppc_gate_enter(w->dir, alone, PPC_SEC, NULL);

        if (fd < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
}

static int
try_enter(const struct world *w, bool alone, pp_err *err)
{
    int fd = ppc_gate_enter(w->dir, alone, 100 * PPC_MS, err);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static void
test_many_are_inside(void **state)
{
    struct world *w = *state;
    PP_AUTO_FD int mine = -1;

    hold(w, false);
    mine = ppc_gate_enter(w->dir, false, PPC_SEC, NULL);
    assert_true(mine >= 0);
    assert_int_equal(try_enter(w, false, NULL), 0); /* one process, twice */
}

static void
expect_busy(struct world *w, bool alone)
{
    int64_t start = ppc_monotonic();
    char who[64];
    pp_err err = {0, 0, ""};

    snprintf(who, sizeof who, "by process %d (test_gate)", (int)w->child);
    assert_int_equal(try_enter(w, alone, &err), -PP_E_BUSY);
    assert_non_null(strstr(err.msg, who));
    assert_non_null(strstr(err.msg, "state.timeout"));
    assert_true(ppc_monotonic() - start < 5 * PPC_SEC);
    reap(w); /* a killed holder leaves nothing */
    assert_int_equal(try_enter(w, alone, NULL), 0);
}

static void
test_one_waits_for_those_inside(void **state)
{
    hold(*state, false);
    expect_busy(*state, true);
}

static void
test_all_wait_for_the_one(void **state)
{
    hold(*state, true);
    expect_busy(*state, false);
    hold(*state, true);
    expect_busy(*state, true);
}

static void
test_no_folder(void **state)
{
    pp_err err = {0, 0, ""};

    (void)state;
    assert_int_equal(ppc_gate_enter("/nowhere/at/all", true, 0, &err),
                     -PP_E_NOTFOUND);
}

static void
test_marker(void **state)
{
    struct world *w = *state;
    PP_AUTO_FREE char *path = ppc_sprintf("%s/state.driver", w->dir);
    char driver[PPC_DRIVER_MAX + 1] = "x";
    pp_err err = {0, 0, ""};

    assert_int_equal(ppc_marker_read(w->dir, driver, &err), 0);
    assert_string_equal(driver, "");
    assert_int_equal(ppc_marker_make(w->dir, "bdb", &err), 0);
    assert_int_equal(ppc_marker_make(w->dir, "sqlite", &err), -PP_E_EXISTS);
    assert_int_equal(ppc_marker_read(w->dir, driver, &err), 0);
    assert_string_equal(driver, "bdb");
    assert_int_equal(ppc_marker_replace(w->dir, "sqlite", &err), 0);
    assert_int_equal(ppc_marker_read(w->dir, driver, &err), 0);
    assert_string_equal(driver, "sqlite");
    assert_int_equal(ppc_file_write(path, "../x\n", 5, 0644, &err), 0);
    assert_int_equal(ppc_marker_read(w->dir, driver, &err), -PP_E_CORRUPT);
    assert_non_null(strstr(err.msg, "state.driver"));
    assert_string_equal(driver, "sqlite");
}

static void
test_journal(void **state)
{
    const ppc_journal in = {"bdb", "sqlite", "20261122T101500Z"};
    struct world *w = *state;
    PP_AUTO_FREE char *path = ppc_sprintf("%s/state.migrating", w->dir);
    ppc_journal out = {"x", "y", "z"};
    pp_err err = {0, 0, ""};

    assert_int_equal(ppc_journal_read(w->dir, &out, &err), 0);
    assert_string_equal(out.from, "");
    assert_int_equal(ppc_journal_write(w->dir, &in, &err), 0);
    assert_int_equal(ppc_journal_read(w->dir, &out, &err), 0);
    assert_memory_equal(&in, &out, sizeof in);
    assert_int_equal(ppc_file_write(path, "a ../b c\n", 9, 0644, &err), 0);
    assert_int_equal(ppc_journal_read(w->dir, &out, &err), -PP_E_CORRUPT);
    assert_int_equal(ppc_journal_remove(w->dir, &err), 0);
    assert_int_equal(ppc_journal_remove(w->dir, &err), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        T(test_many_are_inside), T(test_one_waits_for_those_inside),
        T(test_all_wait_for_the_one), T(test_no_folder),
        T(test_marker), T(test_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
