/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_trust.c - which files' code may run with our rights */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/plugin/internal.h"
#include "core/util/file.h"

static char base[PATH_MAX];

/* PATH below the test's folder; good for one use at a time. */
static const char *
at(const char *path)
{
    static char buf[4][PATH_MAX];
    static unsigned turn;
    char *p = buf[turn++ % 4];
    int n = snprintf(p, PATH_MAX, "%s/%s", base, path);

    assert_true(n > 0 && n < PATH_MAX);
    return p;
}

static int
setup(void **state)
{
    (void)state;
    strcpy(base, "/tmp/polypod-trust.XXXXXX");
    umask(022);
    if (!mkdtemp(base) || mkdir(at("d"), 0755) || mkdir(at("d/e"), 0755))
        return -1;
    return ppc_file_write(at("d/e/p.so"), "x", 1, 0644, NULL);
}

static int
teardown(void **state)
{
    (void)state;
    return ppc_dir_remove(base, NULL);
}

static void
trusted(const char *path)
{
    pp_err err = {0};

    if (ppc_trust_check(path, &err))
        fail_msg("%s", err.msg);
}

static void
distrusted(const char *path, const char *a, const char *b)
{
    pp_err err = {0};

    assert_int_equal(ppc_trust_check(path, &err), -PP_E_PLUGINTRUST);
    if (!strstr(err.msg, path) || !strstr(err.msg, a) || !strstr(err.msg, b))
        fail_msg("\"%s\" and \"%s\" are not in: %s", a, b, err.msg);
}

static void
test_trust__a_plain_file_is_trusted_whatever_its_x_bits(void **state)
{
    (void)state;
    trusted(at("d/e/p.so"));
    assert_int_equal(chmod(at("d/e/p.so"), 0755), 0);
    trusted(at("d/e/p.so"));
    assert_int_equal(chmod(at("d/e/p.so"), 0400), 0);
    trusted(at("d/e/p.so"));
    trusted(at("d/./e//../e/p.so"));
}

static void
test_trust__writable_by_others_is_refused(void **state)
{
    (void)state;
    assert_int_equal(chmod(at("d/e/p.so"), 0664), 0);
    distrusted(at("d/e/p.so"), "p.so\" can be written", "mode 0664");
    assert_int_equal(chmod(at("d/e/p.so"), 0646), 0);
    distrusted(at("d/e/p.so"), "p.so\" can be written", "mode 0646");
    assert_int_equal(chmod(at("d/e/p.so"), 0644), 0);
    assert_int_equal(chmod(at("d"), 0775), 0);
    distrusted(at("d/e/p.so"), "/d\" can be written", "mode 0775");
    assert_int_equal(chmod(at("d"), 0757), 0);
    distrusted(at("d/e/p.so"), "/d\" can be written", "mode 0757");
    assert_int_equal(chmod(at("d"), 01777), 0); /* like /tmp itself */
    trusted(at("d/e/p.so"));
}

static void
test_trust__setuid_and_other_things_are_refused(void **state)
{
    (void)state;
    assert_int_equal(chmod(at("d/e/p.so"), 04755), 0);
    distrusted(at("d/e/p.so"), "is setuid or setgid", "mode 4755");
    assert_int_equal(chmod(at("d/e/p.so"), 02755), 0);
    distrusted(at("d/e/p.so"), "is setuid or setgid", "mode 2755");
    assert_int_equal(mkfifo(at("d/fifo"), 0600), 0);
    distrusted(at("d/fifo"), "is not a regular file", "mode 0600");
    distrusted(at("d/e"), "it is a folder", "d/e");
    distrusted(at("d/e/none.so"), "cannot look at", "No such file");
    distrusted(at("d/e/p.so/x"), "p.so\"", "setuid");
    distrusted("d/e/p.so", "not absolute", "");
}

static void
test_trust__owner_must_be_root_or_us(void **state)
{
    (void)state;
    if (geteuid())
        skip();
    assert_int_equal(chown(at("d/e/p.so"), 4242, 0), 0);
    distrusted(at("d/e/p.so"), "neither to root nor", "uid 4242");
    assert_int_equal(seteuid(4242), 0);
    assert_int_equal(access(base, X_OK), 0);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(base, 0755), 0);
    assert_int_equal(seteuid(4242), 0);
    trusted(at("d/e/p.so")); /* its own */
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chown(at("d/e/p.so"), 0, 0), 0);
    assert_int_equal(chown(at("d"), 4242, 0), 0);
    distrusted(at("d/e/p.so"), "/d\" belongs", "uid 4242, mode 0755");
}

static void
test_trust__links_are_walked_not_believed(void **state)
{
    (void)state;
    assert_int_equal(symlink("e", at("d/rel")), 0);
    assert_int_equal(symlink(at("d"), at("abs")), 0);
    assert_int_equal(symlink("../e/p.so", at("d/e/file.so")), 0);
    trusted(at("abs/rel/p.so"));
    trusted(at("abs/rel/file.so"));
    assert_int_equal(chmod(at("d/e"), 0777), 0);
    distrusted(at("abs/rel/p.so"), "/d/e\" can be written", "mode 0777");
    assert_int_equal(chmod(at("d/e"), 0755), 0);
    assert_int_equal(symlink("loop", at("loop")), 0);
    distrusted(at("loop/p.so"), "loop", "Too many levels");
    assert_int_equal(symlink("gone", at("dangling.so")), 0);
    distrusted(at("dangling.so"), "gone", "No such file");
}

/* In a folder that everyone may write to, a link may be somebody else's. */
static void
test_trust__a_strangers_link_is_refused(void **state)
{
    (void)state;
    if (geteuid())
        skip();
    assert_int_equal(chmod(at("d"), 01777), 0);
    assert_int_equal(symlink("e", at("d/theirs")), 0);
    assert_int_equal(lchown(at("d/theirs"), 4242, 0), 0);
    distrusted(at("d/theirs/p.so"), "/d/theirs\" belongs", "uid 4242");
}

static void
test_trust__paths_that_are_too_long_are_refused(void **state)
{
    char path[PATH_MAX + 100];

    (void)state;
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    assert_int_equal(ppc_trust_check(path, NULL), -PP_E_PLUGINTRUST);
    path[1000] = '\0';
    assert_int_equal(ppc_trust_check(path, NULL), -PP_E_PLUGINTRUST);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_trust__a_plain_file_is_trusted_whatever_its_x_bits),
        CASE(test_trust__writable_by_others_is_refused),
        CASE(test_trust__setuid_and_other_things_are_refused),
        CASE(test_trust__owner_must_be_root_or_us),
        CASE(test_trust__links_are_walked_not_believed),
        CASE(test_trust__a_strangers_link_is_refused),
        CASE(test_trust__paths_that_are_too_long_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
