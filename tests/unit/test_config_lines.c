/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_config_lines.c - lines longer than the parser library's
 *
 * The distribution's inih cuts a line at 199 bytes; a setting must arrive
 * whole whatever its length, and mean the same as a short one.
 */
#include "settings_fixture.h"

static const size_t lengths[] = {1,   20,  150, 194, 195, 196, 197,  198,  199,
                                 200, 201, 202, 399, 400, 401, 5000, 65000};

#define EACH(i, array) (i = 0; i < sizeof array / sizeof array[0]; i++)

/* n times 'x'; caller frees. */
static char *
many(size_t n)
{
    char *s = malloc(n + 1);

    assert_non_null(s);
    memset(s, 'x', n);
    s[n] = '\0';
    return s;
}

/* What stands behind NAME = (line 2), at every length, must be text. */
static void
check_scalar(struct fixture *f, const char *before, const char *value,
             const char *after)
{
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    int rc;

    ppc_str_printf(&text, "[engine]\n%s%s%s\nlabel = no\n", before, value,
                   after);
    fixture_new(f);
    rc = fixture_load(f, ppc_str_get(&text));
    if (rc)
        fail_msg("%zu bytes, \"%s\": %s", strlen(value), after, f->err.msg);
    assert_string_equal(pp_settings_str(f->s, "engine.namespace"), value);
    assert_false(pp_settings_bool(f->s, "engine.label"));
    assert_non_null(strstr(pp_settings_origin(f->s, "engine.label"), "t:3"));
}

static void
test_lines__values_arrive_whole(void **state)
{
    static const char *const before[] = {
        "namespace=", "namespace = ", "\t  namespace : ",
        "namespace    =     "};
    static const char *const after[] = {"", "   ", "\r", " ; comment = x",
                                        "\t;"};
    size_t i;
    size_t b;
    size_t a;

    for
        EACH(i, lengths)
        {
            PP_AUTO_FREE char *value = many(lengths[i]);

        for
            EACH(b, before)
            for
                EACH(a, after)
            check_scalar(*state, before[b], value, after[a]);
        }
}

/* The awkward characters of a value, at a length inih sees and one it does
 * not: both must mean the same. */
static void
test_lines__long_and_short_mean_the_same(void **state)
{
    static const char *const tails[] = {
        "a;b", ";",   "a=b",  "a = b", "[x]",   "#",
        " #x", " ;",  " ; a", "\t; a", "  x  ", "x;y ;z",
        ":",   "x ;", ";;",   " ;; ;", "=;",    "\xc3\xa4 ;",
    };
    struct fixture *f = *state;
    size_t i;

    for
        EACH(i, tails)
        {
            PP_AUTO_FREE char *padding = many(300);
            PP_AUTO_STR ppc_str text = PPC_STR_INIT;
            PP_AUTO_FREE char *short_one = NULL;

            fixture_new(f);
            ppc_str_printf(&text, "[engine]\nnamespace = x%s\n", tails[i]);
            assert_int_equal(fixture_load(f, ppc_str_get(&text)), 0);
            short_one = strdup(pp_settings_str(f->s, "engine.namespace"));
            text.n = 0;
            ppc_str_printf(&text, "[engine]\nnamespace = %s%s\n", padding,
                           tails[i]);
            fixture_new(f);
            assert_int_equal(fixture_load(f, ppc_str_get(&text)), 0);
            assert_string_equal(pp_settings_str(f->s, "engine.namespace") + 299,
                                short_one);
        }
}

static void
test_lines__continuations_arrive_whole(void **state)
{
    struct fixture *f = *state;
    size_t i;

    for
        EACH(i, lengths)
        {
            PP_AUTO_FREE char *value = many(lengths[i]);
            PP_AUTO_STR ppc_str text = PPC_STR_INIT;
            const char *const *list;

            fixture_new(f);
            ppc_str_printf(&text,
                           "[engine]\nhooks_dir =\n /%s=y ; c\n\t/%s\n  /b\n"
                           "[network.cni]\nlist = %s\n  %s\n\nx = 1\n",
                           value, value, value, value);
            if (fixture_load(f, ppc_str_get(&text)))
                fail_msg("%zu bytes: %s", lengths[i], f->err.msg);
            list = pp_settings_list(f->s, "engine.hooks_dir");
            assert_int_equal(strlen(list[0]), lengths[i] + 3);
            assert_int_equal(strlen(list[1]), lengths[i] + 1);
            assert_string_equal(list[2], "/b");
            assert_null(list[3]);
            list = pp_settings_list(f->s, "network.cni.list");
            assert_string_equal(list[0], value);
            assert_string_equal(list[1], value);
            assert_non_null(
                strstr(pp_settings_origin(f->s, "network.cni.x"), "t:10"));
        }
}

static void
test_lines__numbers_are_right_behind_long_ones(void **state)
{
    struct fixture *f = *state;
    size_t i;

    for
        EACH(i, lengths)
        {
            PP_AUTO_FREE char *x = many(lengths[i]);
            PP_AUTO_STR ppc_str text = PPC_STR_INIT;

            ppc_str_printf(
                &text,
                "# %s = 1\n; %s\n\n[engine] ; %s\nnamespace = %s\n"
                "nope = %s\nhooks_dir = /%s\n  %s\n  # %s\nzip = 1\n",
                x, x, x, x, x, x, x, x);
            assert_int_equal(fixture_load(f, ppc_str_get(&text)), -PP_E_CONFIG);
            assert_non_null(strstr(fixture_report(f),
                                   "t:6: [engine] nope: unknown key\n"
                                   "t:8: [engine] hooks_dir: \"x"));
            assert_non_null(strstr(fixture_report(f), "\n"
                                                      "t:10: [engine] zip: "));
        }
}

/* TEXT with %s for a long run of x, and the one fault it has. */
static void
test_lines__long_nonsense_is_refused(void **state)
{
    static const struct {
        const char *before;
        size_t n;
        const char *after;
        const char *fault;
    } cases[] = {
        {"", 300, "", "there is no \"=\" in the line"},
        {"", 300, " ; a = b", "there is no \"=\" in the line"},
        {"", 300, " = 1", "the name is too long"},
        {"", 80, " = 1", "unknown key"},
        {"[", 300, "", "the section's header has no \"]\""},
        {"[", 300, "]", "the name is too long"},
        {"[", 49, "]", "the section's name is too long"},
        {"[", 48, "]", "unknown section"},
        {"[state.", 40, "]", "unknown section"},
        {"[engine] ; ", 300, "\nx = 1", "x: unknown key"},
        {"namespace = ", 65536, "", "the line is longer than 65536 bytes"},
    };
    struct fixture *f = *state;
    size_t i;

    for
        EACH(i, cases)
        {
            PP_AUTO_FREE char *x = many(cases[i].n);
            PP_AUTO_STR ppc_str text = PPC_STR_INIT;
            const char *end;

            ppc_str_printf(&text, "[engine]\n%s%s%s\n", cases[i].before, x,
                           cases[i].after);
            assert_int_equal(fixture_load(f, ppc_str_get(&text)), -PP_E_CONFIG);
            if (!strstr(fixture_report(f), cases[i].fault))
                fail_msg("case %zu: %s", i, f->err.msg);
            end = strchr(f->report, '\n');
            assert_string_equal(end, "\n");
        }
}

static void
test_lines__nul_bytes_are_refused(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        const char *report;
    } cases[] = {
        {"[engine]\nlabel = n\0o\n", 21,
         "t:2: [engine]: the line holds a NUL byte\n"},
        {"\0", 1, "t:1: the line holds a NUL byte\n"},
        {"\n# \0\n\n", 6, "t:2: the line holds a NUL byte\n"},
        {"[engine]\nlabel = no\0", 20,
         "t:2: [engine]: the line holds a NUL byte\n"},
    };
    struct fixture *f = *state;
    size_t i;

    for
        EACH(i, cases)
        {
            assert_int_equal(fixture_load_n(f, cases[i].text, cases[i].n),
                             -PP_E_CONFIG);
            assert_string_equal(fixture_report(f), cases[i].report);
        }
}

static void
test_lines__a_huge_file_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t n = 1024 * 1024 + 1;
    PP_AUTO_FREE char *text = malloc(n);

    assert_non_null(text);
    memset(text, '\n', n);
    assert_int_equal(fixture_load_n(f, text, n), -PP_E_CONFIG);
    assert_non_null(strstr(f->err.msg, "is larger than"));
    assert_int_equal(fixture_load_n(f, text, n - 1), 0);
}

static void
test_lines__odd_ends(void **state)
{
    static const char *const fine[] = {
        "",
        "\n",
        "\xef\xbb\xbf",
        "\r\n",
        "[engine]",
        "[engine]\nlabel=no",
        "[engine]\r\nlabel=no\r\n",
        " \t \n[engine]\n \t \n",
        ";",
        "# x",
    };
    struct fixture *f = *state;
    size_t i;

    for
        EACH(i, fine)
    if (fixture_load(f, fine[i]))
        fail_msg("case %zu: %s", i, f->err.msg);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_lines__values_arrive_whole),
        FIXTURE_TEST(test_lines__long_and_short_mean_the_same),
        FIXTURE_TEST(test_lines__continuations_arrive_whole),
        FIXTURE_TEST(test_lines__numbers_are_right_behind_long_ones),
        FIXTURE_TEST(test_lines__long_nonsense_is_refused),
        FIXTURE_TEST(test_lines__nul_bytes_are_refused),
        FIXTURE_TEST(test_lines__a_huge_file_is_refused),
        FIXTURE_TEST(test_lines__odd_ends),
    };

    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
