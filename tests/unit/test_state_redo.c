/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_state_redo.c - state-bdb: who sees a commit, and when
 *
 * Commits go past readers until the redo file is full.  A commit that ended
 * before it was published may be found by a recovery, but not by anybody
 * after it was seen to be absent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <polypod/error.h>

#include "backend.h"

/* The next fdatasync: 0 is as it should be. */
static int sync_fails; /* with this errno */
static int sync_kills; /* after it was done */

__attribute__((visibility("default"))) int
fdatasync(int fd)
{
    int rc = (int)syscall(SYS_fdatasync, fd);

    if (sync_kills)
        raise(SIGKILL);
    if (!sync_fails)
        return rc;
    errno = sync_fails;
    sync_fails = 0;
    return -1;
}

static int
set_up(void **state)
{
    backend *b = calloc(1, sizeof(*b));

    setenv("TEST_KEY", "redo_size=32KiB", 1);
    sync_fails = sync_kills = 0;
    backend_open(b, "state-bdb");
    *state = b;
    return 0;
}

static int
tear_down(void **state)
{
    backend_close(*state);
    free(*state);
    return 0;
}

static void *
begin(const backend *b, uint32_t flags)
{
    pp_err err = {0, 0, ""};
    void *txn = NULL;

    if (b->ops->begin(b->self, flags, 200, &txn, &err) < 0)
        fail_msg("begin: %s", err.msg);
    return txn;
}

static int
set(const backend *b, char val, pp_err *err)
{
    void *txn = begin(b, PP_TXN_RW);

    assert_int_equal(
        b->ops->put(txn, pp_slice_of("k", 1), pp_slice_of(&val, 1), 0, err), 0);
    return b->ops->commit(txn, 0, err);
}

/* What k is; '-' if it is absent. */
static char
get(const backend *b, void *txn)
{
    pp_err err = {0, 0, ""};
    pp_slice val;
    int rc = b->ops->get(txn, pp_slice_of("k", 1), &val, &err);

    if (rc == -PP_E_NOTFOUND)
        return '-';
    assert_int_equal(rc, 0);
    assert_int_equal(val.n, 1);
    return *(const char *)val.p;
}

static char
look(const backend *b)
{
    void *txn = begin(b, 0);
    char c = get(b, txn);

    b->ops->abort(txn);
    return c;
}

/* Nobody knows any more what was published: recovery finds out. */
static void
lose_header(const backend *b)
{
    char path[300];

    snprintf(path, sizeof(path), "%s/lock", b->dir);
    assert_int_equal(truncate(path, 0), 0);
}

static void
test_redo__commits_go_past_a_reader(void **state)
{
    backend *a = *state, b;
    pp_err err = {0, 0, ""};
    char pid[32];
    void *reader;
    int n = 0;

    backend_share(a, &b);
    assert_int_equal(set(a, 'a', &err), 0);
    reader = begin(a, 0);
    while (set(&b, (char)('b' + n), &err) == 0 && n < 100)
        n++;
    assert_in_range(n, 3, 8);
    assert_int_equal(err.code, PP_E_BUSY);
    snprintf(pid, sizeof(pid), "read by process %d ", (int)getpid());
    assert_non_null(strstr(err.msg, pid));
    assert_int_equal(get(a, reader), 'a');
    assert_int_equal(look(a), 'a' + n); /* of the same instance */
    assert_int_equal(get(a, reader), 'a');
    a->ops->abort(reader);
    assert_int_equal(set(&b, 'z', &err), 0);
    assert_int_equal(look(a), 'z');
    backend_close(&b);
}

static void
test_redo__a_folded_store_reads_the_same(void **state)
{
    backend *a = *state, b;
    pp_err err = {0, 0, ""};
    int i;

    for (i = 0; i < 40; i++) {
        assert_int_equal(set(a, (char)('A' + i), &err), 0);
        assert_int_equal(look(a), 'A' + i);
        backend_share(a, &b);
        assert_int_equal(look(&b), 'A' + i);
        backend_close(&b);
        if (i % 3 == 0)
            lose_header(a);
    }
}

static void
die_in_commit(const backend *a)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        backend b;

        backend_share(a, &b);
        sync_kills = 1;
        set(&b, 'b', NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void
test_redo__what_was_seen_absent_stays_absent(void **state)
{
    backend *a = *state;
    pp_err err = {0, 0, ""};

    assert_int_equal(set(a, 'a', &err), 0);
    die_in_commit(a);
    assert_int_equal(look(a), 'a');
    lose_header(a);
    assert_int_equal(look(a), 'a');
    assert_int_equal(set(a, 'c', &err), 0);
    assert_int_equal(look(a), 'c');
}

static void
test_redo__what_was_synced_and_not_seen_is_found(void **state)
{
    backend *a = *state;
    pp_err err = {0, 0, ""};

    assert_int_equal(set(a, 'a', &err), 0);
    die_in_commit(a);
    lose_header(a);
    assert_int_equal(look(a), 'b');
}

static void
test_redo__a_failed_sync_is_no_commit(void **state)
{
    backend *a = *state;
    pp_err err = {0, 0, ""};

    assert_int_equal(set(a, 'a', &err), 0);
    sync_fails = EIO;
    assert_int_equal(set(a, 'b', &err), -PP_E_IO);
    assert_int_equal(look(a), 'a');
    lose_header(a);
    assert_int_equal(look(a), 'a');
    assert_int_equal(set(a, 'c', &err), 0);
    assert_int_equal(look(a), 'c');
}

static void
flip_byte(const backend *b, off_t at)
{
    char path[300], c;
    int fd;

    snprintf(path, sizeof(path), "%s/redo", b->dir);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, &c, 1, at), 1);
    c ^= 1;
    assert_int_equal(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

/* Two commits, a page each, and nobody who knows how many they were. */
static void
test_redo__a_hole_is_damage_but_an_end_is_none(void **state)
{
    backend *a = *state;
    pp_err err = {0, 0, ""};
    void *txn;

    assert_int_equal(set(a, 'a', &err), 0);
    assert_int_equal(set(a, 'b', &err), 0);
    flip_byte(a, 4096 + 20);
    lose_header(a);
    assert_int_equal(a->ops->begin(a->self, 0, 200, &txn, &err), -PP_E_CORRUPT);
    assert_non_null(strstr(err.msg, "redo"));
    flip_byte(a, 4096 + 20);
    assert_int_equal(look(a), 'b');
    flip_byte(a, 2 * 4096 + 20);
    lose_header(a);
    assert_int_equal(look(a), 'a');
}

static void
test_redo__a_large_commit_goes_with_a_fold(void **state)
{
    backend *a = *state;
    pp_err err = {0, 0, ""};
    char *val = calloc(1, 100000);
    pp_slice got;
    void *txn;

    assert_int_equal(set(a, 'a', &err), 0);
    txn = begin(a, PP_TXN_RW);
    assert_int_equal(a->ops->put(txn, pp_slice_of("large", 5),
                                 pp_slice_of(val, 100000), 0, &err),
                     0);
    assert_int_equal(a->ops->commit(txn, 0, &err), 0);
    lose_header(a);
    assert_int_equal(look(a), 'a');
    txn = begin(a, 0);
    assert_int_equal(a->ops->get(txn, pp_slice_of("large", 5), &got, &err), 0);
    assert_int_equal(got.n, 100000);
    a->ops->abort(txn);
    free(val);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_redo__commits_go_past_a_reader,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_redo__a_folded_store_reads_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_redo__what_was_seen_absent_stays_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_redo__what_was_synced_and_not_seen_is_found, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_redo__a_failed_sync_is_no_commit,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_redo__a_hole_is_damage_but_an_end_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_redo__a_large_commit_goes_with_a_fold, set_up, tear_down),
    };

    if (access(TEST_PLUGINS "/state-bdb.so", R_OK) < 0) {
        print_message("state-bdb is not built\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
