/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_options.c - options over files, and what follows from them */
#include "settings_fixture.h"

#define EACH(i, array) (i = 0; i < sizeof array / sizeof array[0]; i++)

/* Every option of the reference, with a good and a bad argument. */
static const struct {
    const char *option;
    const char *key;
    const char *good;
    const char *bad; /* NULL: none is */
} options[] = {
    {"WithStorageConfig", "storage.graph_root", "/g", ""},
    {"WithStorageConfig", "storage.run_root", "/r", "r"},
    {"WithStorageConfig", "storage.driver", "", " x"},
    {"WithStorageConfig", "storage.options", "overlay.x=1", ""},
    {"WithDefaultTransport", "engine.image_default_transport", "", NULL},
    {"WithSignaturePolicy", "engine.signature_policy_path", "", "x"},
    {"WithStateType", "state.driver", "memory", ""},
    {"WithOCIRuntime", "engine.runtime_path", "/r", ""},
    {"WithOCIRuntime", "engine.runtime_path", "/r", "runc"},
    {"WithConmonPath", "engine.conmon_path", "/c", ""},
    {"WithConmonEnv", "engine.conmon_env_vars", "A=", "A"},
    {"WithCgroupManager", "engine.cgroup_manager", "systemd", "Systemd"},
    {"WithCgroupManager", "engine.cgroup_manager", "cgroupfs", "cgroup"},
    {"WithCgroupManager", "engine.cgroup_manager", "cgroupfs", ""},
    {"WithStaticDir", "engine.static_dir", "/s", ""},
    {"WithTmpDir", "engine.tmp_dir", "/t", "t"},
    {"WithHooksDir", "engine.hooks_dir", "/h", ""},
    {"WithDefaultMountsFile", "engine.default_mounts_file", "/m", ""},
    {"WithMaxLogSize", "engine.max_log_size", "-1", "-2"},
    {"WithMaxLogSize", "engine.max_log_size", "0", "9223372036854775808"},
    {"WithNoPivotRoot", "engine.no_pivot_root", "no", "2"},
    {"WithNamespace", "engine.namespace", "", "a\nb"},
    {"WithDefaultInfraImage", "engine.infra_image", "", "a ;b"},
    {"WithDefaultInfraCommand", "engine.infra_command", "/pause", "x "},
};

static void
test_options__each_is_checked(void **state)
{
    struct fixture *f = *state;
    size_t i;

    for
        EACH(i, options)
        {
            char *before = NULL;
            char *after = NULL;

            fixture_new(f);
            if (pp_settings_set1(f->s, options[i].key, options[i].good,
                                 "option", &f->err))
                fail_msg("%s: %s", options[i].option, f->err.msg);
            assert_string_equal(pp_settings_origin(f->s, options[i].key),
                                "option");
            assert_true(pp_settings_is_set(f->s, options[i].key));
            if (!options[i].bad)
                continue;
            pp_settings_dump(f->s, PP_DUMP_ORIGIN, &before, NULL);
            if (pp_settings_set1(f->s, options[i].key, options[i].bad,
                                 "flag --x", &f->err) != -PP_E_INVAL)
                fail_msg("%s takes \"%s\"", options[i].option, options[i].bad);
            assert_int_equal(f->err.code, PP_E_INVAL);
            assert_non_null(strstr(f->err.msg, options[i].key));
            assert_non_null(strstr(f->err.msg, "flag --x: "));
            pp_settings_dump(f->s, PP_DUMP_ORIGIN, &after, NULL);
            assert_string_equal(before, after);
            free(before);
            free(after);
        }
}

/* The table names each option, at the keys it sets. */
static void
test_options__table_names_them(void **state)
{
    const pp_setting_key *row;
    size_t i;
    size_t k;

    (void)state;
    for
        EACH(i, options)
        {
            for (k = 0; (row = pp_settings_key(k)); k++) {
                const char *dot = strchr(options[i].key, '.');

                if (!strcmp(row->name, dot + 1) &&
                    !strncmp(row->section, options[i].key,
                             (size_t)(dot - options[i].key)))
                    break;
            }
            assert_non_null(row);
            assert_non_null(row->option);
            assert_string_equal(row->option, options[i].option);
        }
    for (k = 0; (row = pp_settings_key(k)); k++) {
        for
            EACH(i, options)
        if (row->option && !strcmp(row->option, options[i].option))
            break;
        if (row->option && i == sizeof options / sizeof options[0])
            fail_msg("%s is not tested", row->option);
    }
}

static void
test_options__unknown_ones(void **state)
{
    static const struct {
        const char *key;
        const char *message;
    } cases[] = {
        {"engine.lable", "unknown setting \"engine.lable\" "
                         "(did you mean \"label\"?)"},
        {"engin.label",
         "unknown setting \"engin.label\" (did you mean \"engine\"?)"},
        {"label", "\"label\" is not a setting: it is written SECTION.KEY"},
        {"", "\"\" is not a setting: it is written SECTION.KEY"},
        {".", "\".\" is not a setting: it is written SECTION.KEY"},
        {"engine.", "unknown setting \"engine.\""},
        {"network.cni.Bad", "unknown setting \"network.cni.Bad\""},
        {"network.CNI.a", "unknown setting \"network.CNI.a\""},
    };
    struct fixture *f = *state;
    size_t i;

    for
        EACH(i, cases)
        {
            assert_int_equal(
                pp_settings_set1(f->s, cases[i].key, "1", "option", &f->err),
                -PP_E_INVAL);
            assert_string_equal(f->err.msg, cases[i].message);
        }
}

static void
test_options__scalars_take_one_value(void **state)
{
    static const char *const two[] = {"a", "b", NULL};
    static const char *const none[] = {NULL};
    struct fixture *f = *state;

    assert_int_equal(
        pp_settings_set(f->s, "engine.namespace", two, "o", &f->err),
        -PP_E_INVAL);
    assert_int_equal(
        pp_settings_set(f->s, "engine.namespace", none, "o", &f->err),
        -PP_E_INVAL);
    assert_int_equal(
        pp_settings_set(f->s, "engine.namespace", NULL, "o", &f->err),
        -PP_E_INVAL);
    assert_int_equal(
        pp_settings_set(f->s, "storage.options", two, "o", &f->err), 0);
    assert_string_equal(fixture_list(f, "storage.options"), "a|b");
    assert_int_equal(
        pp_settings_set(f->s, "storage.options", none, "o", &f->err), 0);
    assert_string_equal(fixture_list(f, "storage.options"), "");
}

static void
set(struct fixture *f, const char *key, const char *value)
{
    if (pp_settings_set1(f->s, key, value, "option", &f->err))
        fail_msg("%s", f->err.msg);
}

static void
test_options__win_over_files_in_any_order(void **state)
{
    struct fixture *f = *state;
    const char *file = "[engine]\nnamespace = file\nhooks_dir = /file\n"
                       "infra_image = file\n[network.cni]\na = file\n";
    int round;

    for (round = 0; round < 2; round++) {
        fixture_new(f);
        if (round)
            assert_int_equal(fixture_load(f, file), 0);
        set(f, "engine.namespace", "option");
        set(f, "engine.hooks_dir", "/option");
        set(f, "network.cni.a", "option");
        if (!round)
            assert_int_equal(fixture_load(f, file), 0);
        assert_string_equal(pp_settings_str(f->s, "engine.namespace"),
                            "option");
        assert_string_equal(fixture_list(f, "engine.hooks_dir"), "/option");
        assert_string_equal(pp_settings_str(f->s, "engine.infra_image"),
                            "file");
        assert_string_equal(pp_settings_str(f->s, "network.cni.a"), "option");
    }
}

static void
check_static(struct fixture *f, const char *dir, const char *origin, bool set_)
{
    assert_string_equal(pp_settings_str(f->s, "engine.static_dir"), dir);
    if (origin)
        assert_string_equal(pp_settings_origin(f->s, "engine.static_dir"),
                            origin);
    assert_int_equal(pp_settings_is_set(f->s, "engine.static_dir"), set_);
}

static void
test_options__static_dir_follows_graph_root(void **state)
{
    const char *derived = "derived from storage.graph_root";
    struct fixture *f = *state;

    check_static(f, "/var/lib/polypod/static", derived, false);
    /* a file's graph_root moves it, but not a file's static_dir */
    assert_int_equal(fixture_load(f, "[storage]\ngraph_root = /f\n"), 0);
    check_static(f, "/f/static", derived, false);
    assert_int_equal(fixture_load(f, "[engine]\nstatic_dir = /s\n"), 0);
    check_static(f, "/s", NULL, true);
    assert_int_equal(fixture_load(f, "[storage]\ngraph_root = /f2\n"), 0);
    check_static(f, "/s", NULL, true);
    /* an option's graph_root moves even that */
    set(f, "storage.graph_root", "/o");
    check_static(f, "/o/static", derived, false);
    set(f, "storage.graph_root", "/");
    check_static(f, "/static", derived, false);
    assert_int_equal(fixture_load(f, "[engine]\nstatic_dir = /s\n"), 0);
    check_static(f, "/static", derived, false);
    /* but not an option's static_dir, whatever comes first */
    set(f, "engine.static_dir", "/os");
    check_static(f, "/os", "option", true);
    set(f, "storage.graph_root", "/o2");
    check_static(f, "/os", "option", true);
}

static void
test_options__tmp_dir_follows_run_root(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(pp_settings_str(f->s, "engine.tmp_dir"),
                        "/run/polypod/tmp");
    set(f, "storage.run_root", "/r");
    assert_string_equal(pp_settings_str(f->s, "engine.tmp_dir"), "/r/tmp");
    assert_string_equal(pp_settings_origin(f->s, "engine.tmp_dir"),
                        "derived from storage.run_root");
    assert_int_equal(fixture_load(f, "[engine]\ntmp_dir = /t\n"), 0);
    set(f, "storage.run_root", "/r2");
    assert_string_equal(pp_settings_str(f->s, "engine.tmp_dir"), "/t");
}

static void
test_options__hooks_dir_has_to_exist(void **state)
{
    const char *fatal = "engine.hooks_dir_not_exist_fatal";
    struct fixture *f = *state;

    assert_int_equal(fixture_load(f, "[engine]\nhooks_dir = /f\n"), 0);
    assert_false(pp_settings_bool(f->s, fatal));
    assert_int_equal(
        fixture_load(f, "[engine]\nhooks_dir_not_exist_fatal = no\n"), 0);
    set(f, "engine.hooks_dir", "/h");
    assert_true(pp_settings_bool(f->s, fatal));
    assert_string_equal(pp_settings_origin(f->s, fatal),
                        "derived from engine.hooks_dir");
    assert_false(pp_settings_is_set(f->s, fatal));
    set(f, fatal, "no");
    assert_false(pp_settings_bool(f->s, fatal));
    set(f, "engine.hooks_dir", "/h2");
    assert_false(pp_settings_bool(f->s, fatal));
}

static void
test_options__no_pivot_root_is_honoured(void **state)
{
    struct fixture *f = *state;

    set(f, "engine.no_pivot_root", "yes");
    assert_true(pp_settings_bool(f->s, "engine.no_pivot_root"));
    set(f, "engine.no_pivot_root", "no");
    assert_false(pp_settings_bool(f->s, "engine.no_pivot_root"));
}

static void
test_options__copies_share_nothing(void **state)
{
    struct fixture *f = *state;
    const char *const *list = pp_settings_list(f->s, "engine.runtime_path");
    PP_AUTO(pp_settings_free) pp_settings *copy = NULL;
    pp_settings *other;

    set(f, "network.cni.a", "one");
    assert_int_equal(fixture_load(f, "[engine]\nhooks_dir = /a\n"), 0);
    copy = pp_settings_dup(f->s);
    assert_non_null(copy);
    assert_ptr_not_equal(pp_settings_list(copy, "engine.runtime_path"), list);
    assert_ptr_not_equal(pp_settings_list(copy, "engine.runtime_path")[0],
                         list[0]);
    set(f, "engine.hooks_dir", "/changed");
    set(f, "network.cni.a", "changed");
    assert_string_equal(pp_settings_list(copy, "engine.hooks_dir")[0], "/a");
    assert_string_equal(pp_settings_str(copy, "network.cni.a"), "one");
    pp_settings_free(f->s);
    f->s = pp_settings_new();
    assert_string_equal(pp_settings_list(copy, "engine.hooks_dir")[0], "/a");
    /* new settings begin from unchanged defaults */
    other = pp_settings_new();
    assert_string_equal(pp_settings_list(other, "engine.hooks_dir")[0],
                        "/usr/share/containers/oci/hooks.d");
    pp_settings_free(other);
}

static void
test_options__reading_an_unknown_key(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(pp_settings_str(f->s, "engine.nope"), "");
    assert_string_equal(pp_settings_str(f->s, "nope"), "");
    assert_int_equal(pp_settings_i64(f->s, "engine.nope"), 0);
    assert_false(pp_settings_bool(f->s, "engine.nope"));
    assert_non_null(pp_settings_list(f->s, "engine.nope"));
    assert_null(pp_settings_list(f->s, "engine.nope")[0]);
    assert_non_null(pp_settings_list(f->s, "engine.label"));
    assert_string_equal(pp_settings_origin(f->s, "engine.nope"), "default");
    assert_null(pp_settings_key(1000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_options__each_is_checked),
        FIXTURE_TEST(test_options__table_names_them),
        FIXTURE_TEST(test_options__unknown_ones),
        FIXTURE_TEST(test_options__scalars_take_one_value),
        FIXTURE_TEST(test_options__win_over_files_in_any_order),
        FIXTURE_TEST(test_options__static_dir_follows_graph_root),
        FIXTURE_TEST(test_options__tmp_dir_follows_run_root),
        FIXTURE_TEST(test_options__hooks_dir_has_to_exist),
        FIXTURE_TEST(test_options__no_pivot_root_is_honoured),
        FIXTURE_TEST(test_options__copies_share_nothing),
        FIXTURE_TEST(test_options__reading_an_unknown_key),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
