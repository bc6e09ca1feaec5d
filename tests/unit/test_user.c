/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_user.c - who USER[:GROUP] is inside a root file system */
#include "settings_fixture.h"

#include "core/util/str.h"
#include "engine/spec/spec.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "broken line\n"
                             "half:x:12\n"
                             "big:x:4294967296:1:::\n"
                             "web:x:33:44:Web:/srv:/bin/sh\n"
                             "homeless:x:50:50:::\n"
                             "last:x:60:61:::";
static const char group[] = "root:x:0:\n"
                            "wheel:x:10:root,web\n"
                            "staff:x:20:others,web,more\n"
                            "web:x:44:\n"
                            "bad:x:y:web\n"
                            "webs:x:45:webmaster\n";

/* "uid:gid[ groups][ home]" */
static void
resolves_to(struct fixture *f, const char *text, const char *want)
{
    PP_AUTO_STR ppc_str got = PPC_STR_INIT;
    ppc_user u = {0};
    size_t i;

    if (ppc_user_resolve(f->dir, text, &u, &f->err) < 0)
        fail_msg("%s: %s", text ? text : "NULL", f->err.msg);
    ppc_str_printf(&got, "%d:%d", (int)u.uid, (int)u.gid);
    for (i = 0; i < u.n_groups; i++)
        ppc_str_printf(&got, " %d", (int)u.groups[i]);
    ppc_str_printf(&got, "%s%s", u.home ? " " : "", u.home ? u.home : "");
    ppc_user_clear(&u);
    assert_string_equal(ppc_str_get(&got), want);
}

static void
is_refused(struct fixture *f, const char *text, int code)
{
    ppc_user u = {0};
    int rc = ppc_user_resolve(f->dir, text, &u, &f->err);

    ppc_user_clear(&u);
    assert_int_equal(rc, -code);
}

static void
write_both(struct fixture *f)
{
    fixture_write(f, "etc/passwd", passwd, sizeof passwd - 1);
    fixture_write(f, "etc/group", group, sizeof group - 1);
}

static void
test_user__names_and_numbers(void **state)
{
    struct fixture *f = *state;

    write_both(f);
    resolves_to(f, NULL, "0:0 10 /root");
    resolves_to(f, "", "0:0 10 /root");
    resolves_to(f, "root", "0:0 10 /root");
    resolves_to(f, "web", "33:44 10 20 /srv");
    resolves_to(f, "33", "33:44 10 20 /srv");
    resolves_to(f, "33:", "33:44 10 20 /srv");
    resolves_to(f, "homeless", "50:50");
    resolves_to(f, "last", "60:61"); /* no newline */
    resolves_to(f, "1234", "1234:0");
}

static void
test_user__a_group_is_the_only_one(void **state)
{
    struct fixture *f = *state;

    write_both(f);
    resolves_to(f, "web:staff", "33:20 /srv");
    resolves_to(f, "web:7", "33:7 /srv");
    resolves_to(f, "1234:5", "1234:5");
    resolves_to(f, ":staff", "0:20 /root");
}

static void
test_user__unknown_ones_are_refused(void **state)
{
    struct fixture *f = *state;

    write_both(f);
    is_refused(f, "nobody", PP_E_INVAL);
    is_refused(f, "web:nogroup", PP_E_INVAL);
    is_refused(f, "half", PP_E_INVAL);
    is_refused(f, "big", PP_E_INVAL);
    is_refused(f, "-1", PP_E_INVAL);
    is_refused(f, "4294967295", PP_E_INVAL);
    is_refused(f, "web:bad", PP_E_INVAL);
}

static void
test_user__no_files_is_numbers_only(void **state)
{
    struct fixture *f = *state;

    resolves_to(f, NULL, "0:0");
    resolves_to(f, "7:8", "7:8");
    is_refused(f, "root", PP_E_INVAL);
}

/* The container's files are not trusted. */
static void
test_user__odd_files_are_failures(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *path = ppc_sprintf("%s/etc/passwd", f->dir);
    PP_AUTO_FREE char *line = calloc(1, 5 << 20);

    write_both(f);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    is_refused(f, "7", PP_E_INVAL);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("passwd", path), 0);
    is_refused(f, "7", PP_E_IO);
    assert_int_equal(unlink(path), 0);
    memset(line, '\n', 5 << 20);
    fixture_write(f, "etc/passwd", line, 5 << 20);
    is_refused(f, "7", PP_E_FULL);
}

/* A link of the container's leads to its own files, never the host's. */
static void
test_user__links_stay_inside(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *path = ppc_sprintf("%s/etc/passwd", f->dir);

    write_both(f);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/../../etc/hidden", path), 0);
    fixture_write(f, "etc/hidden", "me:x:5:6::/me:\n", 15);
    resolves_to(f, "me", "5:6 /me");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_user__names_and_numbers),
        FIXTURE_TEST(test_user__a_group_is_the_only_one),
        FIXTURE_TEST(test_user__unknown_ones_are_refused),
        FIXTURE_TEST(test_user__no_files_is_numbers_only),
        FIXTURE_TEST(test_user__odd_files_are_failures),
        FIXTURE_TEST(test_user__links_stay_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
