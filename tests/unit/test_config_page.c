/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_config_page.c - polypod.conf(5) against the key table
 *
 * Every key is in the page under its section, in the order of the table, with
 * its type, its default and its range; and the page has no others.
 */
#include "settings_fixture.h"

#define PAGE TEST_SOURCE "/docs/man/polypod.conf.5"
#define DIFFERENCES TEST_SOURCE "/docs/design/differences.md"

static const char *const types[] = {
    [PP_KEY_STRING] = "string", [PP_KEY_INT] = "int",
    [PP_KEY_BOOL] = "bool",     [PP_KEY_SIZE] = "size",
    [PP_KEY_LIST] = "list",     [PP_KEY_PATH] = "path",
    [PP_KEY_ENUM] = "enum",     [PP_KEY_DURATION] = "duration",
};

static char *
read_page(const char *path)
{
    char *text = NULL;
    pp_err err = {0};

    if (ppc_file_read(path, 1024 * 1024, &text, NULL, &err))
        fail_msg("%s", err.msg);
    return text;
}

/* Where the next key, or the end of the keys, begins. */
static char *
next_item(char *from)
{
    char *item = strstr(from, "\n.It Ic ");
    char *end = strstr(from, "\n.El");

    assert_non_null(end);
    return item && item < end ? item : end;
}

/* The words of text, one by one, must all be in the item. */
static void
check_words(const pp_setting_key *row, const char *item, const char *text,
            const char *separators)
{
    while (text && *text) {
        size_t n = strcspn(text, separators);
        char word[256];

        assert_true(n < sizeof word);
        memcpy(word, text, n);
        word[n] = '\0';
        if (n && !strstr(item, word))
            fail_msg("[%s] %s: the page lacks \"%s\"", row->section, row->name,
                     word);
        text += n;
        text += strspn(text, separators);
    }
}

static void
check_item(const pp_setting_key *row, const char *item)
{
    char head[128];

    snprintf(head, sizeof head, "\n.It Ic %s Pq Ar %s%s\n", row->name,
             types[row->type],
             row->type == PP_KEY_LIST && ppc_str_eq(row->range, "path")
                 ? " No of paths"
                 : "");
    if (strncmp(item, head, strlen(head)))
        fail_msg("[%s] %s: not next in the page, or of another type:%.60s",
                 row->section, row->name, item);
    check_words(row, item, row->def, "\n");
    check_words(row, item, row->def_rootless, "\n");
    if (row->range && row->type != PP_KEY_LIST)
        check_words(row, item, row->range, "|.");
}

static void
test_page__has_every_key_and_no_other(void **state)
{
    PP_AUTO_FREE char *page = read_page(PAGE);
    const pp_setting_key *row;
    const char *section = "";
    char *at = page;
    size_t i;

    (void)state;
    for (i = 0; (row = pp_settings_key(i)); i++) {
        char head[64];
        char *end;

        if (strcmp(section, row->section)) {
            if (*section)
                assert_memory_equal(at, "\n.El", 4);
            section = row->section;
            snprintf(head, sizeof head, "\n.Ss [%s] section\n", section);
            at = strstr(at, head);
            assert_non_null(at);
            at = next_item(at);
        }
        end = next_item(at + 1);
        *end = '\0';
        check_item(row, at);
        *end = '\n';
        at = end;
    }
    assert_memory_equal(at, "\n.El", 4);
    assert_null(strstr(at, "\n.It Ic "));
}

/* The example of the page is a file that loads. */
static void
test_page__examples_load(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *page = read_page(PAGE);
    char *text = strstr(page, "\n.Sh EXAMPLES");
    char *end;

    assert_non_null(text);
    text = strstr(text, "\n[state]");
    assert_non_null(text);
    end = strstr(text, "\n.Ed");
    assert_non_null(end);
    end[1] = '\0';
    if (fixture_load(f, text))
        fail_msg("%s", f->err.msg);
    assert_string_equal(pp_settings_str(f->s, "state.driver"), "memory");
}

/* Every option of the reference has its line in the list of differences. */
static void
test_page__options_are_listed(void **state)
{
    PP_AUTO_FREE char *text = read_page(DIFFERENCES);
    const pp_setting_key *row;
    size_t i;

    (void)state;
    for (i = 0; (row = pp_settings_key(i)); i++) {
        char line[128];

        if (!row->option)
            continue;
        snprintf(line, sizeof line, "| `%s` | `%s.%s`", row->option,
                 row->section, row->name);
        if (!strcmp(row->option, "WithStorageConfig"))
            snprintf(line, sizeof line, "`%s.%s`", row->section, row->name);
        if (!strstr(text, line))
            fail_msg("differences.md lacks: %s", line);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page__has_every_key_and_no_other),
        FIXTURE_TEST(test_page__examples_load),
        cmocka_unit_test(test_page__options_are_listed),
    };

    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
