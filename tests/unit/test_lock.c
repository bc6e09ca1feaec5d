/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_lock.c - locks between processes */
#include "settings_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "engine/lock/lock.h"

static int
take(struct fixture *f, int64_t timeout)
{
    return ppc_lock_take(f->dir, "l", timeout, "container web",
                         "engine.lock_timeout", &f->err);
}

static void
test_lock__one_holder(void **state)
{
    struct fixture *f = *state;
    int fd = take(f, 0);
    int64_t before = ppc_monotonic();

    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(take(f, 0), -PP_E_BUSY);
    assert_int_equal(take(f, 50 * PPC_MS), -PP_E_BUSY);
    assert_true(ppc_monotonic() - before >= 50 * PPC_MS);
    assert_non_null(strstr(f->err.msg, "container web"));
    assert_non_null(strstr(f->err.msg, "test_lock"));
    close(fd);
    fd = take(f, 0);
    assert_true(fd >= 0);
    close(fd);
}

static void
test_lock__dies_with_its_holder(void **state)
{
    struct fixture *f = *state;
    int ready[2];
    pid_t child;
    char c;
    int fd;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (take(f, 0) < 0 || write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(take(f, 0), -PP_E_BUSY);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    fd = take(f, 0);
    assert_true(fd >= 0);
    close(fd);
    close(ready[0]);
    close(ready[1]);
}

/* A waiter who gets the lock of a file that was removed starts over: two
 * holders of two files under one name would be none. */
static void
test_lock__removed_file_is_noticed(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *path = ppc_sprintf("%s/l", f->dir);
    int fd = take(f, 0);
    int status;
    pid_t child;

    assert_true(fd >= 0);
    child = fork();
    if (!child) {
        struct stat a, b;
        int mine;

        close(fd);
        mine = take(f, 5 * PPC_SEC);
        if (mine < 0 || fstat(mine, &a) || stat(path, &b))
            _exit(1);
        _exit(a.st_ino == b.st_ino ? 0 : 2);
    }
    ppc_sleep(50 * PPC_MS);
    ppc_lock_forget(f->dir, "l");
    close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Many of them at once, each removing the file: never two at a time. */
static void
test_lock__never_two_at_a_time(void **state)
{
    enum { WORKERS = 4, ROUNDS = 200 };
    struct fixture *f = *state;
    PP_AUTO_FREE char *token = ppc_sprintf("%s/token", f->dir);
    int status, i, k;

    for (i = 0; i < WORKERS; i++)
        if (!fork()) {
            for (k = 0; k < ROUNDS; k++) {
                int fd = take(f, 20 * PPC_SEC);
                int t;

                if (fd < 0)
                    _exit(1);
                t = open(token, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
                if (t < 0)
                    _exit(2); /* somebody else is in */
                close(t);
                unlink(token);
                ppc_lock_forget(f->dir, "l");
                close(fd);
            }
            _exit(0);
        }
    for (i = 0; i < WORKERS; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

static void
test_lock__no_folder_is_a_failure(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ppc_lock_take("/absent", "l", 0, "x", "y", &f->err),
                     -PP_E_IO);
    ppc_lock_forget("/absent", "l");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_lock__one_holder),
        FIXTURE_TEST(test_lock__dies_with_its_holder),
        FIXTURE_TEST(test_lock__removed_file_is_noticed),
        FIXTURE_TEST(test_lock__never_two_at_a_time),
        FIXTURE_TEST(test_lock__no_folder_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
