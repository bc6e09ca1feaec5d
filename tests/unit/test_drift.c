/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_drift.c - a plugin's words about a drift, taken apart */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/firewall/drift.h"

#define OWNER "0123456789abcdef"

static void
expect(const char *text, const char *json)
{
    pp_json *v = ppc_drift_split(text, OWNER);
    char *got = pp_json_text(v, 0);

    assert_non_null(got);
    assert_string_equal(got, json);
    free(got);
    pp_json_unref(v);
}

static void
test_drift__nothing(void **state)
{
    (void)state;
    expect("", "[]");
    expect("owner " OWNER ": ", "[]");
}

static void
test_drift__missing_and_extra(void **state)
{
    (void)state;
    expect("owner " OWNER ": missing: addr4 { 10.88.0.2 }; extra: x",
           "[{\"Wanted\":\"addr4 { 10.88.0.2 }\"},{\"Found\":\"x\"}]");
    /* cut off at the end of a message */
    expect("missing: a; missing: ", "[{\"Wanted\":\"a\"},{\"Wanted\":\"\"}]");
}

static void
test_drift__wanted_and_found(void **state)
{
    (void)state;
    expect("chain C: wanted \"-j A\", found \"-j B\"",
           "[{\"Wanted\":\"chain C: \\\"-j A\\\"\","
           "\"Found\":\"chain C: \\\"-j B\\\"\"}]");
    expect("wanted 1, found nothing", "[{\"Wanted\":\"1\"}]");
    expect("wanted nothing, found 1", "[{\"Found\":\"1\"}]");
}

static void
test_drift__other_words(void **state)
{
    (void)state;
    expect("table inet polypod is missing; wanted what",
           "[{\"Note\":\"table inet polypod is missing\"},"
           "{\"Note\":\"wanted what\"}]");
    /* the owner in the middle is no head */
    expect("of \"" OWNER "\"", "[{\"Note\":\"of \\\"" OWNER "\\\"\"}]");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drift__nothing),
        cmocka_unit_test(test_drift__missing_and_extra),
        cmocka_unit_test(test_drift__wanted_and_found),
        cmocka_unit_test(test_drift__other_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
