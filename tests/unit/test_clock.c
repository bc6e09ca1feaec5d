/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_clock.c - times as text and back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/util/clock.h"

static void
parses_as(const char *text, int64_t want)
{
    int64_t ns = -7;

    assert_int_equal(ppc_time_parse(text, &ns), 0);
    assert_int_equal(ns, want);
}

static void
is_refused(const char *text)
{
    int64_t ns = -7;

    assert_int_equal(ppc_time_parse(text, &ns), -1);
    assert_int_equal(ns, -7);
}

static void
test_clock__zones_and_fractions(void **state)
{
    const int64_t at = INT64_C(1540000000) * PPC_SEC;

    (void)state;
    parses_as("2018-10-20T01:46:40Z", at);
    parses_as("2018-10-20T03:46:40.5+02:00", at + PPC_SEC / 2);
    parses_as("2018-10-19T20:16:40.123456789-05:30", at + 123456789);
    parses_as("2018-10-20T01:46:40.1234567899Z", at + 123456789);
    parses_as("1970-01-01T00:00:00Z", 0);
    parses_as("0001-01-01T00:00:00Z", 0);
}

static void
test_clock__bad_times_are_refused(void **state)
{
    static const char *const bad[] = {
        "", "yesterday", "2018-10-20", "2018-10-20T01:46:40",
        "2018-10-20T01:46:40+1:2", "2018-10-20T01:46:40+02:00x",
        "2018-10-20T01:46:40Zx", "2018-10-20T01:46:40+24:00",
        "2018-10-20T01:46:40+00:60", "2018-10-20T01:46:40+-1:00",
        "2018-10-20T01:46:40+02"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        is_refused(bad[i]);
}

static void
test_clock__times_out_of_range_are_refused(void **state)
{
    (void)state;
    is_refused("9999-12-31T23:59:59Z");
    is_refused("1000-01-01T00:00:00Z");
    parses_as("2262-04-11T23:47:16.854775807Z", INT64_MAX);
    is_refused("2262-04-11T23:47:16.854775808Z");
}

static void
test_clock__format_and_back(void **state)
{
    static const int64_t times[] = {1, PPC_SEC, INT64_C(1540000000123456789),
                                    -1, -PPC_SEC, -3 * PPC_SEC / 2,
                                    INT64_MAX};
    char text[40];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof times / sizeof times[0]; i++) {
        ppc_time_format(times[i], text);
        parses_as(text, times[i]);
    }
    ppc_time_format(INT64_C(1540000000000000001), text);
    assert_string_equal(text, "2018-10-20T01:46:40.000000001Z");
    ppc_time_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
    ppc_time_format(0, text);
    assert_string_equal(text, "0001-01-01T00:00:00Z");
}

static void
test_clock__sleep_is_as_long_as_said(void **state)
{
    int64_t before = ppc_monotonic();

    (void)state;
    ppc_sleep(5 * PPC_MS);
    assert_true(ppc_monotonic() - before >= 5 * PPC_MS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock__zones_and_fractions),
        cmocka_unit_test(test_clock__bad_times_are_refused),
        cmocka_unit_test(test_clock__times_out_of_range_are_refused),
        cmocka_unit_test(test_clock__format_and_back),
        cmocka_unit_test(test_clock__sleep_is_as_long_as_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
