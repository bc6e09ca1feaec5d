/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_table.c - columns, times and ports as "ps" shows them
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/filter.h"
#include "cli/human.h"
#include "cli/row.h"
#include "cli/table.h"

static pp_json *
json(const char *text)
{
    pp_json *v = NULL;

    assert_int_equal(pp_json_parse(text, strlen(text), "test", &v, NULL), 0);
    return v;
}

static void
test_table__aligns(void **state)
{
    cli_buf out = CLI_BUF_INIT;

    (void)state;
    cli_table_align("ID\tNAME\tX\na\tlonger than that\ty\n\xc3\xa9\t\tz", &out);
    assert_string_equal(cli_buf_get(&out),
                        "ID          NAME              X\n"
                        "a           longer than that  y\n"
                        "\xc3\xa9                             z");
    cli_buf_clear(&out);
    cli_table_align("", &out);
    assert_string_equal(cli_buf_get(&out), "");
}

static void
test_table__durations(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } list[] = {{-5, "Less than a second"},
                {0, "Less than a second"},
                {1, "1 second"},
                {59, "59 seconds"},
                {60, "About a minute"},
                {120, "2 minutes"},
                {3600, "About an hour"},
                {7200, "2 hours"},
                {172800, "2 days"},
                {86400 * 14, "2 weeks"},
                {86400 * 60, "2 months"},
                {86400 * 800, "2 years"}};

    (void)state;
    for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
        CLI_AUTO_FREE char *got = cli_human_duration(list[i].seconds);

        assert_string_equal(got, list[i].text);
    }
}

static void
test_table__ports(void **state)
{
    CLI_AUTO_JSON pp_json *ports =
        json("[{\"host_ip\":\"\",\"container_port\":80,\"host_port\":8080,"
             "\"range\":1,\"protocol\":\"tcp\"},"
             "{\"host_ip\":\"\",\"container_port\":81,\"host_port\":8081,"
             "\"range\":2,\"protocol\":\"tcp\"},"
             "{\"host_ip\":\"::1\",\"container_port\":53,\"host_port\":53,"
             "\"range\":1,\"protocol\":\"udp\"},{\"container_port\":9}]");
    CLI_AUTO_FREE char *got = cli_human_ports(ports);
    CLI_AUTO_FREE char *none = cli_human_ports(NULL);

    (void)state;
    assert_string_equal(got, "0.0.0.0:8080-8082->80-82/tcp, "
                             "[::1]:53->53/udp, 9/tcp");
    assert_string_equal(none, "");
}

static const char one[] =
    "{\"Id\":\"0123456789abcdef\",\"Names\":[\"web\"],\"Image\":\"/srv\","
    "\"Command\":[\"sh\",\"-c\",\"echo \\u001b[31mred forever\"],"
    "\"Created\":100,\"State\":\"exited\",\"ExitCode\":3,\"ExitedAt\":160,"
    "\"Labels\":{\"app\":\"web\",\"k\":\"v\"},\"Networks\":[\"net\"]}";

static void
test_table__row(void **state)
{
    CLI_AUTO_JSON pp_json *c = json(one);
    CLI_AUTO_JSON pp_json *row = cli_row_new(c, CLI_ROW_ALL, false, 170);
    CLI_AUTO_JSON pp_json *full = cli_row_new(c, CLI_ROW_ALL, true, 170);
    CLI_AUTO_JSON pp_json *headers = cli_row_headers();
    pp_json_iter it = {0};

    (void)state;
    assert_string_equal(pp_json_get_str(row, "ID"), "0123456789ab");
    assert_string_equal(pp_json_get_str(row, "Command"),
                        "sh -c echo \\x1b[3...");
    assert_string_equal(pp_json_get_str(full, "Command"),
                        "sh -c echo \\x1b[31mred forever");
    assert_string_equal(pp_json_get_str(row, "Status"),
                        "Exited (3) 10 seconds ago");
    assert_string_equal(pp_json_get_str(row, "CreatedHuman"),
                        "About a minute ago");
    /* every field has a title, and every title a field */
    while (pp_json_next(row, &it))
        assert_true(pp_json_has(headers, it.key));
    assert_int_equal(pp_json_len(row), pp_json_len(headers));
}

static bool
keeps(const pp_json *c, const char *a, const char *b)
{
    cli_list filters = {NULL, 0};
    bool kept;

    cli_list_add(&filters, a);
    if (b)
        cli_list_add(&filters, b);
    assert_int_equal(cli_filter_check(&filters, NULL), 0);
    kept = cli_filter_keeps(&filters, c, NULL);
    cli_list_clear(&filters);
    return kept;
}

static void
test_table__filters(void **state)
{
    CLI_AUTO_JSON pp_json *c = json(one);
    cli_list wrong = {NULL, 0};
    pp_err err = {0};

    (void)state;
    assert_true(keeps(c, "name=we", NULL));
    assert_false(keeps(c, "name=^eb", NULL));
    assert_true(keeps(c, "name=x", "name=web"));
    assert_true(keeps(c, "id=0123", "status=exited"));
    assert_false(keeps(c, "id=0123", "status=running"));
    assert_true(keeps(c, "label=app", "label=k=v"));
    assert_false(keeps(c, "label=app", "label=k=w"));
    assert_true(keeps(c, "exited=3", "network=net"));
    assert_false(keeps(c, "exited=0", NULL));
    cli_list_add(&wrong, "nmae=x");
    assert_int_equal(cli_filter_check(&wrong, &err), -PP_E_INVAL);
    assert_string_equal(err.msg,
                        "invalid filter \"nmae\" (did you mean \"name\"?)");
    cli_list_clear(&wrong);
    cli_list_add(&wrong, "name=(");
    assert_int_equal(cli_filter_check(&wrong, &err), -PP_E_INVAL);
    cli_list_clear(&wrong);
    cli_list_add(&wrong, "status=asleep");
    assert_int_equal(cli_filter_check(&wrong, &err), -PP_E_INVAL);
    cli_list_clear(&wrong);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table__aligns),
        cmocka_unit_test(test_table__durations),
        cmocka_unit_test(test_table__ports),
        cmocka_unit_test(test_table__row),
        cmocka_unit_test(test_table__filters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
