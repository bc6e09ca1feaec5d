/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_config.c - files: what they say, and what is wrong */
#include "settings_fixture.h"

/* One bad file and its whole report. */
static const struct {
    const char *text;
    const char *report;
} bad_files[] = {
    {"[engine]\ncgroup_manger = systemd\n",
     "t:2: [engine] cgroup_manger: unknown key "
     "(did you mean \"cgroup_manager\"?)\n"},
    {"[engine]\nLabel = no\n",
     "t:2: [engine] Label: unknown key (did you mean \"label\"?)\n"},
    {"[engine]\nzzzzzzzzz = 1\n", "t:2: [engine] zzzzzzzzz: unknown key\n"},
    {"[engine]\ngraph_root = /x\n",
     "t:2: [engine] graph_root: unknown key "
     "(did you mean \"[storage] graph_root\"?)\n"},
    {"[engine]\npause_image = x\n",
     "t:2: [engine] pause_image: unknown key "
     "(did you mean \"[engine] infra_image\"?)\n"},
    {"[engine]\ncni_config_dir = /x\n",
     "t:2: [engine] cni_config_dir: unknown key "
     "(did you mean \"[network.cni] cni_config_dir\"?)\n"},
    {"\n[egnine]\nlabel = no\n",
     "t:2: [egnine]: unknown section (did you mean \"engine\"?)\n"},
    {"[Engine]\n",
     "t:1: [Engine]: unknown section (did you mean \"engine\"?)\n"},
    {"[ engine ]\n",
     "t:1: [ engine ]: unknown section (did you mean \"engine\"?)\n"},
    {"[frobnicate]\n", "t:1: [frobnicate]: unknown section\n"},
    {"[]\n", "t:1: []: unknown section\n"},
    {"[netwrok.cni]\n", "t:1: [netwrok.cni]: unknown section "
                        "(did you mean \"network.cni\"?)\n"},
    {"[state.BDB]\n", "t:1: [state.BDB]: unknown section\n"},
    {"[state.]\n", "t:1: [state.]: unknown section\n"},
    {"[state.-a]\n", "t:1: [state.-a]: unknown section\n"},
    {"[engine.x]\n", "t:1: [engine.x]: unknown section\n"},
    {"[engine\nlabel = no\n", "t:1: the section's header has no \"]\"\n"
                              "t:2: label: stands before any [section] "
                              "(did you mean \"[engine] label\"?)\n"},
    {"[engine]\n[engine\nlabel = no\n",
     "t:2: [engine]: the section's header has no \"]\"\n"},
    {"[engine] label = no\n",
     "t:1: there is text behind the section's header\n"},
    {"label = no\n", "t:1: label: stands before any [section] "
                     "(did you mean \"[engine] label\"?)\n"},
    {"[engine]\nlabel\n", "t:2: [engine]: there is no \"=\" in the line\n"},
    {"[engine]\nlabel ; = no\n",
     "t:2: [engine]: there is no \"=\" in the line\n"},
    {"[engine]\n= no\n", "t:2: [engine]: there is no name before \"=\"\n"},
    {"[engine]\nlabel = maybe\n",
     "t:2: [engine] label: \"maybe\" is neither yes nor no\n"},
    {"[engine]\nlabel =\n",
     "t:2: [engine] label: \"\" is neither yes nor no\n"},
    {"[engine]\nlabel = no\nlabel = no\n",
     "t:3: [engine] label: is set twice, first in line 2\n"},
    {"[engine]\nlabel = no\n[state]\n[engine]\nlabel = no\n",
     "t:5: [engine] label: is set twice, first in line 2\n"},
    {"[engine]\nlabel = no\n  namespace = x\n",
     "t:3: [engine] label: takes one value, but an indented line continues "
     "it; begin the next key at the left margin\n"},
    {"[engine]\nhooks_dir = /a\n  namespace = x\n",
     "t:3: [engine] hooks_dir: \"namespace = x\" is not an absolute path\n"},
    {"[engine]\ncgroup_manager = cgroups\n",
     "t:2: [engine] cgroup_manager: \"cgroups\" is not one of "
     "cgroupfs|systemd\n"},
    {"[engine]\ncgroup_manager = \"systemd\"\n",
     "t:2: [engine] cgroup_manager: \"\"systemd\"\" is not one of "
     "cgroupfs|systemd; values are not quoted\n"},
    {"[engine]\ncgroup_manager =\n",
     "t:2: [engine] cgroup_manager: must not be empty\n"},
    {"[engine]\nstatic_dir = a\n",
     "t:2: [engine] static_dir: \"a\" is not an absolute path\n"},
    {"[engine]\nstatic_dir =\n",
     "t:2: [engine] static_dir: must not be empty\n"},
    {"[engine]\nmax_log_size = -2\n",
     "t:2: [engine] max_log_size: \"-2\" is not in the range -1..\n"},
    {"[engine]\nlock_timeout = 25h\n",
     "t:2: [engine] lock_timeout: \"25h\" is not in the range 0..24h\n"},
    {"[engine]\nconmon_env_vars = PATH\n",
     "t:2: [engine] conmon_env_vars: \"PATH\" is not NAME=VALUE\n"},
    {"[state]\ndriver = ../x\n",
     "t:2: [state] driver: \"../x\" is not a plugin's name\n"},
    {"[state.bdb]\nBad-Key = 1\n",
     "t:2: [state.bdb] Bad-Key: is not a key's name\n"},
    {"[engine]\nnamespace = a\x01z\n",
     "t:2: [engine]: the line holds a control character\n"},
    /* All of them in one go, and the lines are right behind each kind. */
    {"# c\n[engine]\nx = 1\nhooks_dir =\n  /a\n  b\n\nlabel = 7\n[nope]\nq=1\n"
     "[storage]\ngraph_root = r\n",
     "t:3: [engine] x: unknown key\n"
     "t:6: [engine] hooks_dir: \"b\" is not an absolute path\n"
     "t:8: [engine] label: \"7\" is neither yes nor no\n"
     "t:9: [nope]: unknown section\n"
     "t:12: [storage] graph_root: \"r\" is not an absolute path\n"},
};

static void
test_config__bad_files_are_reported_whole(void **state)
{
    struct fixture *f = *state;
    size_t i;

    for (i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        int rc = fixture_load(f, bad_files[i].text);
        const char *report = fixture_report(f);

        if (rc != -PP_E_CONFIG || strcmp(report, bad_files[i].report))
            fail_msg("case %zu: %d\n%swanted:\n%s", i, rc, report,
                     bad_files[i].report);
        assert_int_equal(f->err.code, PP_E_CONFIG);
    }
}

static void
test_config__error_counts_the_rest(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(fixture_load(f, "[engine]\na = 1\nb = 1\nc = 1\n"),
                     -PP_E_CONFIG);
    assert_non_null(strstr(f->err.msg, "/t:2: [engine] a: unknown key"));
    assert_non_null(strstr(f->err.msg, " (and 2 more)"));
    assert_int_equal(fixture_load(f, "[engine]\na = 1\n"), -PP_E_CONFIG);
    assert_null(strstr(f->err.msg, "more"));
    assert_int_equal(fixture_load(f, "[engine]\n"), 0);
    assert_string_equal(pp_settings_report(f->s), "");
}

static void
test_config__nothing_of_a_bad_file_is_taken(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(fixture_load(f, "[engine]\nlabel = no\nnamespace = n\n"
                                     "hooks_dir = /x\n[network.cni]\na = 1\n"
                                     "[storage]\ngraph_root = /g\nbad = 1\n"),
                     -PP_E_CONFIG);
    assert_true(pp_settings_bool(f->s, "engine.label"));
    assert_string_equal(pp_settings_str(f->s, "engine.namespace"), "");
    assert_string_equal(fixture_list(f, "engine.hooks_dir"),
                        "/usr/share/containers/oci/hooks.d|"
                        "/etc/containers/oci/hooks.d");
    assert_string_equal(pp_settings_str(f->s, "engine.static_dir"),
                        "/var/lib/polypod/static");
    assert_false(pp_settings_is_set(f->s, "network.cni.a"));
}

/* A value as it stands in a file, and what it means; min: refused. */
static const struct {
    const char *key; /* of [state.test], by the type it is bound to */
    const char *text;
    int64_t num;
    bool ok;
} numbers[] = {
    {"bool", "yes", 1, true},
    {"bool", "True", 1, true},
    {"bool", "ON", 1, true},
    {"bool", "1", 1, true},
    {"bool", "no", 0, true},
    {"bool", "false", 0, true},
    {"bool", "off", 0, true},
    {"bool", "0", 0, true},
    {"bool", "2", 0, false},
    {"bool", "y", 0, false},
    {"int", "0", 0, true},
    {"int", "-7", -7, true},
    {"int", "9223372036854775807", INT64_MAX, true},
    {"int", "9223372036854775808", 0, false},
    {"int", "-9223372036854775807", -INT64_MAX, true},
    {"int", "1k", 0, false},
    {"int", "+1", 0, false},
    {"int", "0x10", 0, false},
    {"int", "1.5", 0, false},
    {"int", "--1", 0, false},
    {"int", "-", 0, false},
    {"int", "1 2", 0, false},
    {"small", "3", 3, true},
    {"small", "7", 7, true},
    {"small", "2", 0, false},
    {"small", "8", 0, false},
    {"size", "-1", -1, true},
    {"size", "0", 0, true},
    {"size", "17", 17, true},
    {"size", "17b", 17, true},
    {"size", "512k", 524288, true},
    {"size", "512KiB", 524288, true},
    {"size", "10m", 10485760, true},
    {"size", "10MB", 10485760, true},
    {"size", "1GiB", 1073741824, true},
    {"size", "2t", INT64_C(2199023255552), true},
    {"size", "8388607t", INT64_C(8388607) << 40, true},
    {"size", "8388608t", 0, false},
    {"size", "1 k", 0, false},
    {"size", "k", 0, false},
    {"size", "1kk", 0, false},
    {"size", "1k1", 0, false},
    {"size", "1x", 0, false},
    {"time", "250ms", 250000000, true},
    {"time", "10s", INT64_C(10000000000), true},
    {"time", "10", INT64_C(10000000000), true},
    {"time", "2m", INT64_C(120000000000), true},
    {"time", "1h", INT64_C(3600000000000), true},
    {"time", "1m30s", INT64_C(90000000000), true},
    {"time", "5us", 5000, true},
    {"time", "7ns", 7, true},
    {"time", "0", 0, true},
    {"time", "2562047h", INT64_C(2562047) * 3600 * 1000000000, true},
    {"time", "2562048h", 0, false},
    {"time", "2562047h48m", 0, false},
    {"time", "1m30", 0, false},
    {"time", "s", 0, false},
    {"time", "1.5s", 0, false},
};

static void
test_config__numbers(void **state)
{
    static const pp_key keys[] = {
        {.struct_size = sizeof(pp_key), .type = PP_KEY_BOOL, .name = "bool"},
        {.struct_size = sizeof(pp_key), .type = PP_KEY_INT, .name = "int"},
        {.struct_size = sizeof(pp_key),
         .type = PP_KEY_INT,
         .name = "small",
         .range = "3..7"},
        {.struct_size = sizeof(pp_key), .type = PP_KEY_SIZE, .name = "size"},
        {.struct_size = sizeof(pp_key),
         .type = PP_KEY_DURATION,
         .name = "time"},
    };
    static const pp_key *const list[] = {&keys[0], &keys[1], &keys[2],
                                         &keys[3], &keys[4], NULL};
    struct fixture *f = *state;
    const pp_config *view = NULL;
    char text[256];
    size_t i;

    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        bool ok;

        fixture_new(f);
        snprintf(text, sizeof text, "[state.test]\n%s = %s\n", numbers[i].key,
                 numbers[i].text);
        assert_int_equal(fixture_load(f, text), 0);
        ok = !ppc_settings_bind(f->s, "state.test", list, &view, &f->err);
        if (ok != numbers[i].ok ||
            (ok && ppc_view_int(view, numbers[i].key) != numbers[i].num))
            fail_msg("%s = %s: %s", numbers[i].key, numbers[i].text,
                     ok ? "accepted, or another number" : f->err.msg);
    }
}

static void
test_config__lists(void **state)
{
    static const struct {
        const char *text;
        const char *joined;
    } cases[] = {
        {"hooks_dir = /a\n", "/a"},
        {"hooks_dir = /a\nhooks_dir = /b\n", "/a|/b"},
        {"hooks_dir = /a\nlabel = no\nhooks_dir = /b\n", "/a|/b"},
        {"hooks_dir =\n  /a\n\t/b\n", "/a|/b"},
        {"hooks_dir = /a\n  /b\n# c\n  ; c\n\n  /c\n", "/a|/b|/c"},
        {"hooks_dir = /a ; c\n  /b ; c\n", "/a|/b"},
        {"hooks_dir = /a;b\n  /b;c\n", "/a;b|/b;c"},
        {"hooks_dir =\n", ""},
        {"hooks_dir = /a\nhooks_dir =\nhooks_dir = /b\n", "/b"},
        {"hooks_dir = /a b\n", "/a b"},
        {"hooks_dir: /a\n", "/a"},
        {"  hooks_dir = /a\n  /b=c\n", "/a|/b=c"},
        {"hooks_dir = /a\r\n  /b\r\n", "/a|/b"},
        {"hooks_dir = /a\n  /b", "/a|/b"},
    };
    struct fixture *f = *state;
    char text[256];
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture_new(f);
        snprintf(text, sizeof text, "[engine]\n%s", cases[i].text);
        if (fixture_load(f, text))
            fail_msg("case %zu: %s", i, f->err.msg);
        assert_string_equal(fixture_list(f, "engine.hooks_dir"),
                            cases[i].joined);
        assert_true(pp_settings_is_set(f->s, "engine.hooks_dir"));
    }
}

static void
test_config__text_is_verbatim(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(fixture_load(f, "\xef\xbb\xbf[engine] # c\r\n"
                                     "  namespace  =  \"a\\n\" 'b' #x  ; c\n"
                                     "infra_image=a:b=c\n"
                                     "infra_command = ;c\n"),
                     0);
    assert_string_equal(pp_settings_str(f->s, "engine.namespace"),
                        "\"a\\n\" 'b' #x");
    assert_string_equal(pp_settings_str(f->s, "engine.infra_image"), "a:b=c");
    assert_string_equal(pp_settings_str(f->s, "engine.infra_command"), "");
}

static void
test_config__unreadable_files(void **state)
{
    struct fixture *f = *state;
    char path[256];

    snprintf(path, sizeof path, "%s/none", f->dir);
    assert_int_equal(pp_settings_load(f->s, path, &f->err), -PP_E_CONFIG);
    assert_non_null(strstr(f->err.msg, "/none"));
    assert_non_null(strstr(f->err.msg, "No such file"));
    assert_int_equal(pp_settings_load(f->s, f->dir, &f->err), -PP_E_CONFIG);
    assert_non_null(strstr(f->err.msg, "Is a directory"));
    assert_non_null(strstr(pp_settings_report(f->s), f->dir));
}

static int
load_places(struct fixture *f)
{
    char data[128];
    char config[128];
    ppc_places places = {data, config};

    snprintf(data, sizeof data, "%s/share", f->dir);
    snprintf(config, sizeof config, "%s/etc", f->dir);
    return ppc_settings_load_places(f->s, &places, &f->err);
}

static void
put(struct fixture *f, const char *name, const char *text)
{
    fixture_write(f, name, text, strlen(text));
}

static void
test_config__later_files_merge_over_earlier(void **state)
{
    struct fixture *f = *state;
    char origin[128];

    assert_int_equal(load_places(f), 0); /* none is fine */
    put(f, "share/polypod.conf",
        "[engine]\nnamespace = share\n"
        "infra_image = share\nhooks_dir = /share\n"
        "[network.cni]\na = share\nb = share\n");
    put(f, "etc/polypod.conf",
        "[engine]\nnamespace = etc\n"
        "infra_command = etc\n[network.cni]\na = etc\n");
    put(f, "etc/polypod.conf.d/20.conf",
        "[engine]\nnamespace = twenty\n"
        "hooks_dir = /20\n");
    put(f, "etc/polypod.conf.d/10.conf",
        "[engine]\nnamespace = ten\n"
        "infra_command = ten\n");
    put(f, "etc/polypod.conf.d/9.conf", "[engine]\nnamespace = nine\n");
    put(f, "etc/polypod.conf.d/Z.conf", "[storage]\ndriver = Z\n");
    put(f, "etc/polypod.conf.d/a.conf", "[storage]\ndriver = a\n");
    put(f, "etc/polypod.conf.d/.hidden.conf", "[bad]\n");
    put(f, "etc/polypod.conf.d/99.conf~", "[bad]\n");
    assert_int_equal(load_places(f), 0);
    assert_string_equal(pp_settings_str(f->s, "engine.namespace"), "nine");
    assert_string_equal(pp_settings_str(f->s, "engine.infra_image"), "share");
    assert_string_equal(pp_settings_str(f->s, "engine.infra_command"), "ten");
    assert_string_equal(pp_settings_str(f->s, "storage.driver"), "a");
    assert_string_equal(fixture_list(f, "engine.hooks_dir"), "/20");
    assert_string_equal(pp_settings_str(f->s, "network.cni.a"), "etc");
    assert_string_equal(pp_settings_str(f->s, "network.cni.b"), "share");
    snprintf(origin, sizeof origin, "%s/etc/polypod.conf.d/20.conf:3", f->dir);
    assert_string_equal(pp_settings_origin(f->s, "engine.hooks_dir"), origin);
    assert_string_equal(pp_settings_origin(f->s, "engine.label"), "default");
    assert_false(pp_settings_is_set(f->s, "engine.label"));
}

static void
test_config__only_the_bad_one_of_several_is_left_out(void **state)
{
    struct fixture *f = *state;

    put(f, "share/polypod.conf", "[engine]\nnamespace = share\n");
    put(f, "etc/polypod.conf", "[engine]\nnamespace = etc\nx = 1\n");
    put(f, "etc/polypod.conf.d/1.conf", "[state]\ndriver = memory\n");
    put(f, "etc/polypod.conf.d/2.conf", "[state]\ndriver = b_d\n");
    assert_int_equal(load_places(f), -PP_E_CONFIG);
    assert_string_equal(fixture_report(f),
                        "etc/polypod.conf:3: [engine] x: unknown key\n"
                        "etc/polypod.conf.d/2.conf:2: [state] driver: "
                        "\"b_d\" is not a plugin's name\n");
    assert_string_equal(pp_settings_str(f->s, "engine.namespace"), "share");
    assert_string_equal(pp_settings_str(f->s, "state.driver"), "memory");
}

static void
test_config__an_unreadable_place_is_an_error(void **state)
{
    struct fixture *f = *state;

    put(f, "etc/polypod.conf/x", ""); /* a folder where a file should be */
    assert_int_equal(load_places(f), -PP_E_CONFIG);
    assert_non_null(strstr(f->err.msg, "etc/polypod.conf"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_config__bad_files_are_reported_whole),
        FIXTURE_TEST(test_config__error_counts_the_rest),
        FIXTURE_TEST(test_config__nothing_of_a_bad_file_is_taken),
        FIXTURE_TEST(test_config__numbers),
        FIXTURE_TEST(test_config__lists),
        FIXTURE_TEST(test_config__text_is_verbatim),
        FIXTURE_TEST(test_config__unreadable_files),
        FIXTURE_TEST(test_config__later_files_merge_over_earlier),
        FIXTURE_TEST(test_config__only_the_bad_one_of_several_is_left_out),
        FIXTURE_TEST(test_config__an_unreadable_place_is_an_error),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
