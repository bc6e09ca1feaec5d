/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_config_dump.c - settings written out and read again */
#include "settings_fixture.h"

static char *
dump(const pp_settings *s, uint32_t flags)
{
    char *text = NULL;

    assert_int_equal(pp_settings_dump(s, flags, &text, NULL), 0);
    return text;
}

static void
change(struct fixture *f)
{
    static const char *const options[] = {"a.b=c", ";x", "#y", NULL};
    static const char *const list[] = {"one", "", "[two]", "x=y", NULL};

    assert_int_equal(
        fixture_load(f, "[engine]\nhooks_dir =\n  /h 1\n  /h;2\n"
                        "infra_image =\nlock_timeout = 1m30s\nlabel = off\n"
                        "plugin_dirs =\n[state.bdb]\nb = 1\nc =\n"),
        0);
    assert_int_equal(pp_settings_set(f->s, "storage.options", options,
                                     "flag --storage-opt", &f->err),
                     0);
    assert_int_equal(
        pp_settings_set(f->s, "network.cni.list", list, "option", &f->err), 0);
    assert_int_equal(
        pp_settings_set1(f->s, "state.bdb.a", ";v", "option", &f->err), 0);
    assert_int_equal(
        pp_settings_set1(f->s, "engine.hooks_dir", "/opt", "option", &f->err),
        0);
    assert_int_equal(
        pp_settings_set1(f->s, "storage.graph_root", "/g", "option", &f->err),
        0);
}

/* What is written, with any flags, reads back as the same settings. */
static void
test_dump__round_trip(void **state)
{
    static const uint32_t flags[] = {0, PP_DUMP_ORIGIN, PP_DUMP_CHANGED,
                                     PP_DUMP_CHANGED | PP_DUMP_ORIGIN};
    struct fixture *f = *state;
    PP_AUTO_FREE char *wanted = NULL;
    pp_settings *changed;
    size_t i;

    change(f);
    changed = f->s;
    f->s = NULL;
    wanted = dump(changed, 0);
    for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        PP_AUTO_FREE char *text = dump(changed, flags[i]);
        PP_AUTO_FREE char *again = NULL;

        fixture_new(f);
        if (fixture_load(f, text))
            fail_msg("flags %u: %s\n%s", flags[i], f->err.msg, text);
        again = dump(f->s, 0);
        assert_string_equal(again, wanted);
    }
    pp_settings_free(changed);
}

static void
test_dump__defaults_change_nothing(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *text = dump(f->s, PP_DUMP_CHANGED);

    assert_string_equal(text, "");
}

static void
test_dump__origins(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *text = NULL;
    char wanted[256];

    change(f);
    text = dump(f->s, PP_DUMP_ORIGIN);
    snprintf(wanted, sizeof wanted, "\nlock_timeout = 1m30s  ; from %s/t:6\n",
             f->dir);
    assert_non_null(strstr(text, wanted));
    snprintf(wanted, sizeof wanted, "\nb = 1  ; from %s/t:10\n", f->dir);
    assert_non_null(strstr(text, wanted));
    assert_non_null(strstr(text, "\ngraph_root = /g  ; from option\n"));
    assert_non_null(strstr(text, "\nstatic_dir = /g/static  ; derived from "
                                 "storage.graph_root\n"));
    assert_non_null(strstr(text, "\nno_pivot_root = no  ; default\n"));
}

/* Commented out it sets nothing; with its comments opened it sets what is
 * set anyway. */
static void
test_dump__default_file(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *text = NULL;
    PP_AUTO_FREE char *wanted = dump(f->s, 0);
    PP_AUTO_STR ppc_str opened = PPC_STR_INIT;
    const pp_setting_key *row;
    const char *line;
    const char *next;
    size_t i;

    change(f);
    text = dump(f->s, PP_DUMP_DEFAULT);
    fixture_new(f);
    assert_int_equal(fixture_load(f, text), 0);
    for (i = 0; (row = pp_settings_key(i)); i++) {
        char name[128];

        snprintf(name, sizeof name, "%s.%s", row->section, row->name);
        assert_false(pp_settings_is_set(f->s, name));
        assert_non_null(strstr(text, row->help));
    }
    for (line = text; *line; line = next) {
        size_t n = strcspn(line, "\n");
        size_t name = *line == '#' ? strcspn(line + 2, " \n") : 0;
        bool is_key = name && (!strncmp(line + 2 + name, " = ", 3) ||
                               !strncmp(line + 2 + name, " =\n", 3));

        next = line + n + 1;
        ppc_str_add(&opened, line + (is_key ? 2 : 0), n + 1 - (is_key * 2u));
    }
    if (fixture_load(f, ppc_str_get(&opened)))
        fail_msg("%s", f->err.msg);
    for (i = 0; (row = pp_settings_key(i)); i++) {
        char name[128];

        snprintf(name, sizeof name, "%s.%s", row->section, row->name);
        if (!pp_settings_is_set(f->s, name))
            fail_msg("%s is not in the file", name);
    }
    free(text);
    text = dump(f->s, 0);
    assert_string_equal(text, wanted);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_dump__round_trip),
        FIXTURE_TEST(test_dump__defaults_change_nothing),
        FIXTURE_TEST(test_dump__origins),
        FIXTURE_TEST(test_dump__default_file),
    };

    return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
