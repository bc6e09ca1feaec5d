/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_config_paths.c - defaults of users, root's and the host's
 *
 * Run by root, a test takes a user's effective ID and gives it back.
 */
#include "settings_fixture.h"

#define NOBODY 65534

static void
be_user(struct fixture *f)
{
    if (geteuid())
        return;
    assert_int_equal(chown(f->dir, NOBODY, NOBODY), 0);
    assert_int_equal(seteuid(NOBODY), 0);
}

/* The folder is the user's home and TMPDIR; nothing else is known. */
static int
setup_user(void **state)
{
    struct fixture *f;

    if (fixture_setup(state))
        return -1;
    f = *state;
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", f->dir, 1);
    setenv("TMPDIR", f->dir, 1);
    be_user(f);
    return 0;
}

static int
teardown_user(void **state)
{
    int rc = getuid() ? 0 : seteuid(0);

    assert_int_equal(rc, 0);
    return fixture_teardown(state);
}

static const char *
below(struct fixture *f, const char *rest)
{
    static char path[256];

    snprintf(path, sizeof path, "%s%s", f->dir, rest);
    return path;
}

static void
check(struct fixture *f, const char *key, const char *value, const char *origin)
{
    assert_string_equal(pp_settings_str(f->s, key), value);
    assert_string_equal(pp_settings_origin(f->s, key), origin);
    assert_false(pp_settings_is_set(f->s, key));
}

static void
test_paths__user_of_xdg(void **state)
{
    struct fixture *f = *state;

    setenv("XDG_RUNTIME_DIR", "/xdg/run", 1);
    setenv("XDG_DATA_HOME", "/xdg/data", 1);
    fixture_new(f);
    check(f, "storage.run_root", "/xdg/run/polypod",
          "derived from $XDG_RUNTIME_DIR");
    check(f, "storage.graph_root", "/xdg/data/polypod",
          "derived from $XDG_DATA_HOME");
    check(f, "engine.tmp_dir", "/xdg/run/polypod/tmp",
          "derived from storage.run_root");
    check(f, "engine.static_dir", "/xdg/data/polypod/static",
          "derived from storage.graph_root");
    check(f, "engine.cgroup_manager", "cgroupfs", "default");
    check(f, "engine.signature_policy_path", "", "default");
    /* a relative path in the environment counts as none */
    setenv("XDG_DATA_HOME", "data", 1);
    fixture_new(f);
    check(f, "storage.graph_root", below(f, "/.local/share/polypod"),
          "derived from $HOME");
}

/* Only where the host has no folder of its own for the user. */
static bool
host_has_run(void)
{
    char path[64];

    snprintf(path, sizeof path, "/run/user/%u", (unsigned)geteuid());
    return !access(path, F_OK);
}

static void
test_paths__user_of_tmpdir(void **state)
{
    struct fixture *f = *state;
    char dir[128];
    char wanted[160];
    struct stat st;

    if (host_has_run())
        skip();
    snprintf(dir, sizeof dir, "%s/user/%u", f->dir, (unsigned)geteuid());
    snprintf(wanted, sizeof wanted, "%s/polypod", dir);
    fixture_new(f);
    check(f, "storage.run_root", wanted, "derived from $TMPDIR");
    assert_int_equal(lstat(dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    /* open to others: not to be trusted, so the home is next */
    assert_int_equal(chmod(dir, 0750), 0);
    fixture_new(f);
    check(f, "storage.run_root", below(f, "/rundir/polypod"),
          "derived from $HOME");
    /* nor through a link */
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(chmod(f->dir, 0700), 0);
    assert_int_equal(symlink(f->dir, dir), 0);
    fixture_new(f);
    check(f, "storage.run_root", below(f, "/rundir/polypod"),
          "derived from $HOME");
}

static void
test_paths__user_of_nowhere(void **state)
{
    struct fixture *f = *state;

    if (host_has_run())
        skip();
    unsetenv("HOME");
    setenv("TMPDIR", "/nonexistent", 1);
    fixture_new(f);
    check(f, "storage.run_root", "", "default");
    check(f, "storage.graph_root", "", "default");
    check(f, "engine.tmp_dir", "", "default");
    assert_int_equal(
        pp_settings_set1(f->s, "storage.run_root", "/r", "option", &f->err), 0);
    check(f, "engine.tmp_dir", "/r/tmp", "derived from storage.run_root");
}

static void
put(struct fixture *f, const char *name, const char *text)
{
    fixture_write(f, name, text, strlen(text));
}

static void
test_paths__user_files(void **state)
{
    struct fixture *f = *state;

    setenv("XDG_RUNTIME_DIR", f->dir, 1);
    put(f, ".config/containers/policy.json", "{}");
    put(f, ".config/polypod/polypod.conf", "[engine]\nnamespace = home\n");
    put(f, "xdg/polypod/polypod.conf", "[engine]\nnamespace = xdg\n");
    put(f, "xdg/polypod/polypod.conf.d/1.conf",
        "[engine]\ninfra_image = drop\n");
    fixture_new(f);
    check(f, "engine.signature_policy_path",
          below(f, "/.config/containers/policy.json"), "derived from $HOME");
    assert_int_equal(pp_settings_load(f->s, NULL, &f->err), 0);
    assert_string_equal(pp_settings_str(f->s, "engine.namespace"), "home");
    setenv("XDG_CONFIG_HOME", below(f, "/xdg"), 1);
    assert_int_equal(pp_settings_load(f->s, NULL, &f->err), 0);
    assert_string_equal(pp_settings_str(f->s, "engine.namespace"), "xdg");
    assert_string_equal(pp_settings_str(f->s, "engine.infra_image"), "drop");
}

static void
test_paths__user_cannot_read(void **state)
{
    struct fixture *f = *state;
    const char *path;

    put(f, ".config/polypod/polypod.conf", "[engine]\n");
    path = below(f, "/.config/polypod/polypod.conf");
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(pp_settings_load(f->s, NULL, &f->err), -PP_E_CONFIG);
    assert_non_null(strstr(f->err.msg, path));
    assert_non_null(strstr(f->err.msg, "Permission denied"));
    assert_int_equal(chmod(path, 0600), 0);
    put(f, ".config/polypod/polypod.conf.d/1.conf", "[engine]\n");
    path = below(f, "/.config/polypod/polypod.conf.d");
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(pp_settings_load(f->s, NULL, &f->err), -PP_E_CONFIG);
    assert_non_null(strstr(f->err.msg, "polypod.conf.d"));
    assert_int_equal(chmod(path, 0700), 0);
}

static void
test_paths__root_of_this_host(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    bool systemd = !lstat("/run/systemd/system", &st) && S_ISDIR(st.st_mode);

    if (geteuid())
        skip();
    check(f, "storage.graph_root", "/var/lib/polypod", "default");
    check(f, "storage.run_root", "/run/polypod", "default");
    check(f, "engine.cgroup_manager", systemd ? "systemd" : "cgroupfs",
          "derived from /run/systemd/system");
    assert_string_equal(pp_settings_list(f->s, "engine.runtime_path")[0],
                        "/usr/sbin/runc");
    assert_string_equal(pp_settings_list(f->s, "engine.conmon_path")[0],
                        "/usr/bin/conmon");
    assert_int_equal(pp_settings_i64(f->s, "engine.max_log_size"), -1);
    assert_int_equal(pp_settings_i64(f->s, "engine.lock_timeout"),
                     INT64_C(30000000000));
    assert_int_equal(pp_settings_i64(f->s, "state.timeout"),
                     INT64_C(10000000000));
}

int
main(void)
{
#define USER_TEST(fn)                                                          \
    cmocka_unit_test_setup_teardown(fn, setup_user, teardown_user)
    const struct CMUnitTest tests[] = {
        USER_TEST(test_paths__user_of_xdg),
        USER_TEST(test_paths__user_of_tmpdir),
        USER_TEST(test_paths__user_of_nowhere),
        USER_TEST(test_paths__user_files),
        USER_TEST(test_paths__user_cannot_read),
        FIXTURE_TEST(test_paths__root_of_this_host),
    };

    return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
