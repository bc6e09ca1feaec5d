/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_versioned.c - structs that callers of another version fill
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/util/versioned.h"

/* Of the version 1.0, of ours, and of a newer one. */
typedef struct first {
    uint32_t struct_size;
    uint32_t a;
} first;
typedef struct ours {
    uint32_t struct_size;
    uint32_t a;
    uint64_t b;
} ours;
typedef struct newer {
    ours known;
    uint64_t c;
    uint64_t d;
} newer;

static int
take(ours *own, const void *theirs, pp_err *err)
{
    return PPC_TAKE(ours, a, own, theirs, err);
}

static void
test_versioned__older_caller(void **state)
{
    const first theirs = {sizeof theirs, 7};
    ours own;

    (void)state;
    memset(&own, 0xff, sizeof own);
    assert_int_equal(take(&own, &theirs, NULL), 0);
    assert_int_equal(own.struct_size, sizeof own);
    assert_int_equal(own.a, 7);
    assert_int_equal(own.b, 0);
}

static void
test_versioned__same_version(void **state)
{
    const ours theirs = {sizeof theirs, 7, 8};
    ours own;

    (void)state;
    assert_int_equal(take(&own, &theirs, NULL), 0);
    assert_memory_equal(&own, &theirs, sizeof own);
}

static void
test_versioned__newer_caller(void **state)
{
    newer theirs = {{sizeof theirs, 7, 8}, 0, 0};
    pp_err err = {0};
    ours own;

    (void)state;
    assert_int_equal(take(&own, &theirs, &err), 0);
    assert_int_equal(own.struct_size, sizeof own);
    assert_int_equal(own.b, 8);
    theirs.d = 1;
    assert_int_equal(take(&own, &theirs, &err), -PP_E_NOTSUP);
    assert_non_null(strstr(err.msg, "ours uses what came after"));
}

static void
test_versioned__not_filled(void **state)
{
    const ours empty = {0};
    const ours cut = {offsetof(ours, a), 7, 8};
    pp_err err = {0};
    ours own = {1, 2, 3};

    (void)state;
    assert_int_equal(take(&own, &empty, &err), -PP_E_INVAL);
    assert_non_null(strstr(err.msg, "struct_size"));
    assert_int_equal(take(&own, &cut, &err), -PP_E_INVAL);
    assert_int_equal(take(&own, NULL, &err), -PP_E_INVAL);
    assert_int_equal(own.b, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versioned__older_caller),
        cmocka_unit_test(test_versioned__same_version),
        cmocka_unit_test(test_versioned__newer_caller),
        cmocka_unit_test(test_versioned__not_filled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
