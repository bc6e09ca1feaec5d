/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_config_bind.c - plugins' sections against their keys */
#include "settings_fixture.h"

#define KEY(...)                                                               \
    {                                                                          \
        .struct_size = sizeof(pp_key), __VA_ARGS__                             \
    }

static const pp_key rows[] = {
    KEY(.type = PP_KEY_PATH, .name = "dir", .def = "/d"),
    KEY(.type = PP_KEY_PATH, .name = "bare"),
    KEY(.type = PP_KEY_LIST, .name = "dirs", .range = "path",
        .def = "/one\n  /two  \n\n/three"),
    KEY(.type = PP_KEY_LIST, .name = "words"),
    KEY(.type = PP_KEY_SIZE, .name = "cache", .def = "1m", .range = "512k..1g"),
    KEY(.type = PP_KEY_ENUM, .name = "mode", .def = "a", .range = "a|bc"),
    KEY(.type = PP_KEY_STRING, .name = "token", .flags = PP_KEY_SECRET),
    KEY(.type = PP_KEY_INT, .name = "pin", .flags = PP_KEY_SECRET),
};
static const pp_key *const keys[] = {&rows[0], &rows[1], &rows[2],
                                     &rows[3], &rows[4], &rows[5],
                                     &rows[6], &rows[7], NULL};

static int
bind(struct fixture *f, const pp_config **view)
{
    memset(&f->err, 0, sizeof f->err);
    return ppc_settings_bind(f->s, "state.test", keys, view, &f->err);
}

static void
check_list(const pp_config *view, const char *key, const char *joined)
{
    const char *entry = NULL;
    char text[256] = "";

    while ((entry = ppc_view_next(view, key, entry))) {
        strcat(text, entry);
        strcat(text, "|");
    }
    assert_string_equal(text, joined);
}

static void
test_bind__defaults(void **state)
{
    struct fixture *f = *state;
    const pp_config *view = NULL;

    assert_int_equal(bind(f, &view), 0);
    assert_string_equal(ppc_view_str(view, "dir"), "/d");
    assert_null(ppc_view_str(view, "bare"));
    assert_int_equal(ppc_view_int(view, "bare"), 0);
    assert_int_equal(ppc_view_int(view, "cache"), 1048576);
    assert_string_equal(ppc_view_str(view, "mode"), "a");
    assert_null(ppc_view_str(view, "nope"));
    assert_null(ppc_view_next(view, "nope", NULL));
    assert_null(ppc_view_next(view, "dir", NULL));
    check_list(view, "dirs", "/one|/two|/three|");
    check_list(view, "words", "");
}

static void
test_bind__values_of_files_and_options(void **state)
{
    static const char *const words[] = {"x", "y", NULL};
    struct fixture *f = *state;
    const pp_config *view = NULL;
    const pp_config *second = NULL;

    assert_int_equal(fixture_load(f, "[state.test]\ndir = /f\ncache = 2m\n"
                                     "dirs =\n  /x\n  /y\nmode = bc\n"
                                     "words = gone\nbare =\n"),
                     0);
    assert_int_equal(
        pp_settings_set(f->s, "state.test.words", words, "option", &f->err), 0);
    assert_int_equal(bind(f, &view), 0);
    assert_string_equal(ppc_view_str(view, "dir"), "/f");
    assert_null(ppc_view_str(view, "bare"));
    assert_int_equal(ppc_view_int(view, "cache"), 2097152);
    check_list(view, "dirs", "/x|/y|");
    check_list(view, "words", "x|y|");
    /* a view is what was, also when another is made */
    assert_int_equal(
        pp_settings_set1(f->s, "state.test.dir", "", "option", &f->err), 0);
    assert_int_equal(bind(f, &second), 0);
    assert_string_equal(ppc_view_str(view, "dir"), "/f");
    assert_string_equal(ppc_view_str(second, "dir"), "/d");
}

static void
test_bind__empty_list(void **state)
{
    static const char *const none[] = {NULL};
    struct fixture *f = *state;
    const pp_config *view = NULL;

    assert_int_equal(fixture_load(f, "[state.test]\ndirs =\n"), 0);
    assert_int_equal(bind(f, &view), 0);
    check_list(view, "dirs", "");
    assert_int_equal(
        pp_settings_set(f->s, "state.test.dirs", none, "option", &f->err), 0);
    assert_int_equal(bind(f, &view), 0);
    check_list(view, "dirs", "");
}

static void
test_bind__faults_name_file_and_line(void **state)
{
    static const struct {
        const char *text;
        const char *report;
    } cases[] = {
        {"dri = /x\n", "t:2: [state.test] dri: unknown key "
                       "(did you mean \"dir\"?)\n"},
        {"dir = x\n", "t:2: [state.test] dir: \"x\" is not an absolute path\n"},
        {"dir = /x\ndir = /y\n", "t:3: [state.test] dir: takes one value, "
                                 "and this is a second one\n"},
        {"dir = /x\n /y\n", "t:3: [state.test] dir: takes one value, "
                            "and this is a second one\n"},
        {"dirs = /x\n y\n",
         "t:3: [state.test] dirs: \"y\" is not an absolute path\n"},
        {"cache = 1k\n",
         "t:2: [state.test] cache: \"1k\" is not in the range 512k..1g\n"},
        {"cache = 2g\n",
         "t:2: [state.test] cache: \"2g\" is not in the range 512k..1g\n"},
        {"mode = b\n", "t:2: [state.test] mode: \"b\" is not one of a|bc\n"},
        {"pin = 123x\n", "t:2: [state.test] pin: has a wrong value\n"},
        {"mode = b\ncache = 1\nzzz = 1\n",
         "t:3: [state.test] cache: \"1\" is not in the range 512k..1g\n"
         "t:2: [state.test] mode: \"b\" is not one of a|bc\n"
         "t:4: [state.test] zzz: unknown key\n"},
    };
    struct fixture *f = *state;
    const pp_config *view = NULL;
    char text[256];
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture_new(f);
        snprintf(text, sizeof text, "[state.test]\n%s", cases[i].text);
        assert_int_equal(fixture_load(f, text), 0);
        assert_int_equal(bind(f, &view), -PP_E_CONFIG);
        assert_null(view);
        assert_string_equal(fixture_report(f), cases[i].report);
    }
}

static void
test_bind__only_its_own_section(void **state)
{
    struct fixture *f = *state;
    const pp_config *view = NULL;

    assert_int_equal(fixture_load(f, "[state.other]\nnope = 1\n"), 0);
    assert_int_equal(bind(f, &view), 0);
    assert_int_equal(
        ppc_settings_bind(f->s, "state.none", NULL, &view, &f->err), 0);
    assert_null(ppc_view_str(view, "nope"));
    assert_int_equal(
        ppc_settings_bind(f->s, "state.other", NULL, &view, &f->err),
        -PP_E_CONFIG);
    assert_non_null(strstr(f->err.msg, "[state.other] nope: unknown key"));
}

static void
test_bind__required_keys(void **state)
{
    static const pp_key need =
        KEY(.type = PP_KEY_STRING, .name = "need", .flags = PP_KEY_REQUIRED);
    static const pp_key *const list[] = {&need, NULL};
    struct fixture *f = *state;
    const pp_config *view = NULL;

    assert_int_equal(
        ppc_settings_bind(f->s, "state.test", list, &view, &f->err),
        -PP_E_CONFIG);
    assert_string_equal(f->err.msg, "[state.test] need: must be set");
    assert_int_equal(
        pp_settings_set1(f->s, "state.test.need", "x", "option", &f->err), 0);
    assert_int_equal(
        ppc_settings_bind(f->s, "state.test", list, &view, &f->err), 0);
    assert_string_equal(ppc_view_str(view, "need"), "x");
}

/* A key row of an older, shorter header: what it lacks counts as zero. */
static void
test_bind__short_rows(void **state)
{
    static const pp_key old = {.struct_size = offsetof(pp_key, def),
                               .type = PP_KEY_INT,
                               .name = "old",
                               .def = "1",
                               .range = "1..2"};
    static const pp_key *const list[] = {&old, NULL};
    struct fixture *f = *state;
    const pp_config *view = NULL;

    assert_int_equal(
        pp_settings_set1(f->s, "state.test.old", "7", "option", &f->err), 0);
    assert_int_equal(
        ppc_settings_bind(f->s, "state.test", list, &view, &f->err), 0);
    assert_int_equal(ppc_view_int(view, "old"), 7);
}

static void
test_bind__secrets_are_not_shown(void **state)
{
    struct fixture *f = *state;
    const pp_config *view = NULL;
    PP_AUTO_FREE char *text = NULL;

    assert_int_equal(fixture_load(f, "[state.test]\ntoken = hunter2\n"), 0);
    assert_int_equal(bind(f, &view), 0);
    assert_string_equal(ppc_view_str(view, "token"), "hunter2");
    assert_int_equal(pp_settings_dump(f->s, 0, &text, NULL), 0);
    assert_null(strstr(text, "hunter2"));
    assert_non_null(strstr(text, "# token is set, and secret\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bind__defaults),
        FIXTURE_TEST(test_bind__values_of_files_and_options),
        FIXTURE_TEST(test_bind__empty_list),
        FIXTURE_TEST(test_bind__faults_name_file_and_line),
        FIXTURE_TEST(test_bind__only_its_own_section),
        FIXTURE_TEST(test_bind__required_keys),
        FIXTURE_TEST(test_bind__short_rows),
        FIXTURE_TEST(test_bind__secrets_are_not_shown),
    };

    return cmocka_run_group_tests_name("bind", tests, NULL, NULL);
}
