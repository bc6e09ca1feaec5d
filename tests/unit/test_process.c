/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_process.c - who lives, and is it still him */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/util/clock.h"
#include "core/util/process.h"

/* A child that does not outlive a test that failed. */
static pid_t
make_child(void)
{
    pid_t child = fork();

    if (!child)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    assert_true(child >= 0);
    return child;
}

static pid_t
sleeper(void)
{
    pid_t child = make_child();

    if (!child)
        for (;;)
            pause();
    return child;
}

static void
finish(pid_t child)
{
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void
test_process__start_time_identifies(void **state)
{
    pid_t child = sleeper();
    int64_t start = ppc_process_start(child);

    (void)state;
    assert_true(start > 0);
    assert_int_equal(ppc_process_start(child), start);
    assert_true(ppc_process_is_alive(child, start));
    assert_true(ppc_process_is_alive(child, 0));
    assert_false(ppc_process_is_alive(child, start + 1));
    finish(child);
    assert_false(ppc_process_is_alive(child, start));
    assert_int_equal(ppc_process_start(child), 0);
}

static void
test_process__zombie_is_dead(void **state)
{
    pid_t child = sleeper();
    int64_t start = ppc_process_start(child);
    siginfo_t si;

    (void)state;
    kill(child, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)child, &si, WEXITED | WNOWAIT), 0);
    assert_false(ppc_process_is_alive(child, start));
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void *
stay(void *arg)
{
    (void)arg;
    for (;;)
        pause();
    return NULL;
}

/* Such a leader is shown as a zombie while its other threads work on. */
static void
test_process__threads_outlive_their_leader(void **state)
{
    int64_t deadline = ppc_monotonic() + 5 * PPC_SEC;
    char path[64], c = 0;
    pid_t child = make_child();
    pthread_t t;

    (void)state;
    if (!child) {
        pthread_create(&t, NULL, stay, NULL);
        pthread_exit(NULL);
    }
    snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
    while (c != 'Z' && ppc_monotonic() < deadline) {
        FILE *f = fopen(path, "re");

        assert_non_null(f);
        assert_int_equal(fscanf(f, "%*d %*s %c", &c), 1);
        fclose(f);
    }
    assert_int_equal(c, 'Z');
    assert_true(ppc_process_is_alive(child, ppc_process_start(child)));
    finish(child);
}

static void
test_process__name_may_look_like_fields(void **state)
{
    pid_t child;
    int ready[2];
    char c;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    child = make_child();
    if (!child) {
        prctl(PR_SET_NAME, "x) Z 1 (y");
        if (write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_true(ppc_process_start(child) > 1);
    finish(child);
    close(ready[0]);
    close(ready[1]);
}

/* Who has no descriptor left must not take the living for dead. */
static void
test_process__no_descriptor_is_no_death(void **state)
{
    struct rlimit old, none;
    pid_t child = sleeper();
    int64_t start = ppc_process_start(child);
    bool alive;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = old;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    alive = ppc_process_is_alive(child, start);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_true(alive);
    finish(child);
}

static void
test_process__no_pid_is_dead(void **state)
{
    (void)state;
    assert_false(ppc_process_is_alive(0, 0));
    assert_false(ppc_process_is_alive(-1, 0));
    assert_false(ppc_process_is_alive(INT64_C(1) << 40, 0));
    assert_int_equal(ppc_process_start(-5), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process__start_time_identifies),
        cmocka_unit_test(test_process__zombie_is_dead),
        cmocka_unit_test(test_process__threads_outlive_their_leader),
        cmocka_unit_test(test_process__name_may_look_like_fields),
        cmocka_unit_test(test_process__no_descriptor_is_no_death),
        cmocka_unit_test(test_process__no_pid_is_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
