/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_config_oom.c - every allocation fails once
 *
 * The linker sends allocations here (--wrap).  The N-th and all later ones
 * fail, for N from 1 until a run needs no more: each run must end with the
 * right result, and the address sanitizer finds what it leaves behind.
 */
#include "settings_fixture.h"

static long left = -1; /* allocations that still succeed; -1: all */

static bool
is_out(void)
{
    if (left > 0)
        left--;
    return left == 0;
}

#define WRAP(type, fn, params, args)                                           \
    type __real_##fn params;                                                   \
    type __wrap_##fn params;                                                   \
    type __wrap_##fn params                                                    \
    {                                                                          \
        return is_out() ? NULL : __real_##fn args;                             \
    }

WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t m), (n, m))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(void *, reallocarray, (void *p, size_t n, size_t m), (p, n, m))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))

static const pp_key key = {.struct_size = sizeof(pp_key),
                           .type = PP_KEY_LIST,
                           .name = "list",
                           .def = "a\nb"};
static const pp_key *const keys[] = {&key, NULL};

/* A life of settings: 0, or the failure that ended it. */
static int
live(const char *file, const char *bad_file, pp_err *err)
{
    static const char *const values[] = {"/a", "/b", NULL};
    PP_AUTO(pp_settings_free) pp_settings *s = pp_settings_new();
    PP_AUTO(pp_settings_free) pp_settings *copy = NULL;
    PP_AUTO_FREE char *text = NULL;
    const pp_config *view = NULL;
    int rc;

    if (!s)
        return -PP_E_NOMEM;
    rc = pp_settings_load(s, file, err);
    if (!rc) {
        rc = pp_settings_load(s, bad_file, err);
        if (!rc)
            return 1;
        rc = rc == -PP_E_CONFIG ? 0 : rc;
    }
    if (!rc)
        rc = pp_settings_set(s, "engine.hooks_dir", values, "option", err);
    if (!rc)
        rc = pp_settings_set(s, "network.cni.list", values, "option", err);
    if (!rc)
        rc = ppc_settings_bind(s, "network.cni", keys, &view, err);
    if (!rc)
        rc = pp_settings_dump(s, PP_DUMP_ORIGIN, &text, err);
    if (rc)
        return rc;
    copy = pp_settings_dup(s);
    return copy ? 0 : -PP_E_NOMEM;
}

static void
test_oom__each_allocation_may_fail(void **state)
{
    const char *good = "[engine]\nhooks_dir =\n  /a\n  /b\nlabel = no\n"
                       "[network.cni]\nlist = a\n  b\n";
    const char *bad = "[engine]\nx = 1\nlabel = x\n[nope]\n";
    struct fixture *f = *state;
    PP_AUTO_FREE char *file = NULL;
    PP_AUTO_FREE char *bad_file = NULL;
    int rc = -1;
    long n;

    file = strdup(fixture_write(f, "good", good, strlen(good)));
    bad_file = strdup(fixture_write(f, "bad", bad, strlen(bad)));
    for (n = 1; rc; n++) {
        assert_true(n < 10000);
        left = n;
        rc = live(file, bad_file, &f->err);
        left = -1;
        if (rc && rc != -PP_E_NOMEM)
            fail_msg("allocation %ld: %d: %s", n, rc, f->err.msg);
    }
    assert_true(n > 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_oom__each_allocation_may_fail),
    };

    return cmocka_run_group_tests_name("oom", tests, NULL, NULL);
}
