/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_seccomp.c - a profile flattened for one machine */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "engine/json.h"
#include "engine/spec/spec.h"

static const char profile[] =
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"
    "\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\","
    "\"subArchitectures\":[\"SCMP_ARCH_X86\"]},"
    "{\"architecture\":\"SCMP_ARCH_AARCH64\"}],\"syscalls\":["
    "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[],"
    "\"comment\":\"\",\"includes\":{},\"excludes\":{}},"
    "{\"names\":[\"x86\"],\"action\":\"SCMP_ACT_ALLOW\","
    "\"includes\":{\"arches\":[\"amd64\"]}},"
    "{\"names\":[\"admin\"],\"action\":\"SCMP_ACT_ALLOW\","
    "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
    "{\"names\":[\"both\"],\"action\":\"SCMP_ACT_ALLOW\","
    "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_CHOWN\"]}},"
    "{\"names\":[\"noadmin\"],\"action\":\"SCMP_ACT_ERRNO\","
    "\"errnoRet\":1,\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]},"
    "\"args\":[{\"index\":0,\"value\":18446744073709551615,"
    "\"op\":\"SCMP_CMP_EQ\"}]},"
    "{\"names\":[\"old\"],\"action\":\"SCMP_ACT_ALLOW\","
    "\"includes\":{\"minKernel\":\"2.6\"}},"
    "{\"names\":[\"future\"],\"action\":\"SCMP_ACT_ALLOW\","
    "\"includes\":{\"minKernel\":\"99.1\"}}]}";

static pp_json *
flatten(const char *arch, const char *const *caps)
{
    PP_AUTO(pp_json_unref) pp_json *p = NULL;
    pp_json *out = NULL;
    pp_err err = {0};

    assert_int_equal(
        pp_json_parse(profile, sizeof profile - 1, "test", &p, &err), 0);
    assert_int_equal(ppc_seccomp_flatten(p, arch, caps, &out, &err), 0);
    return out;
}

/* First names of the rules, with a blank behind each. */
static void
rules_are(const pp_json *s, const char *want)
{
    const pp_json *list = pp_json_get(s, "syscalls");
    PP_AUTO_STR ppc_str got = PPC_STR_INIT;
    size_t i;

    for (i = 0; i < pp_json_len(list); i++)
        ppc_str_printf(&got, "%s ",
                       pp_json_str(pp_json_at(
                           pp_json_get(pp_json_at(list, i), "names"), 0)));
    assert_string_equal(ppc_str_get(&got), want);
}

static void
test_seccomp__arch_caps_kernel(void **state)
{
    static const char *const admin[] = {"CAP_SYS_ADMIN", NULL};
    static const char *const both[] = {"CAP_CHOWN", "CAP_SYS_ADMIN", NULL};
    PP_AUTO(pp_json_unref) pp_json *plain = flatten("amd64", NULL);
    PP_AUTO(pp_json_unref) pp_json *arm = flatten("arm64", admin);
    PP_AUTO(pp_json_unref) pp_json *all = flatten("amd64", both);

    (void)state;
    rules_are(plain, "read x86 noadmin old ");
    rules_are(arm, "read admin old ");
    rules_are(all, "read x86 admin both old ");
    assert_int_equal(pp_json_len(pp_json_get(plain, "architectures")), 2);
    assert_int_equal(pp_json_len(pp_json_get(arm, "architectures")), 1);
    assert_int_equal(pp_json_get_i64(plain, "defaultErrnoRet"), 38);
}

static void
test_seccomp__only_what_the_spec_knows(void **state)
{
    PP_AUTO(pp_json_unref) pp_json *s = flatten("amd64", NULL);
    const pp_json *rules = pp_json_get(s, "syscalls");
    PP_AUTO_FREE char *first = pp_json_text(pp_json_at(rules, 0), 0);
    PP_AUTO_FREE char *third = pp_json_text(pp_json_at(rules, 2), 0);

    (void)state;
    assert_string_equal(first,
                        "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}");
    assert_non_null(strstr(third, "\"errnoRet\":1"));
    assert_non_null(strstr(third, "18446744073709551615"));
    assert_false(pp_json_has(s, "archMap"));
}

static void
test_seccomp__a_profile_needs_a_default(void **state)
{
    PP_AUTO(pp_json_unref) pp_json *p = pp_json_object();
    pp_json *out = NULL;

    (void)state;
    assert_int_equal(ppc_seccomp_flatten(p, "amd64", NULL, &out, NULL),
                     -PP_E_CORRUPT);
    assert_null(out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seccomp__arch_caps_kernel),
        cmocka_unit_test(test_seccomp__only_what_the_spec_knows),
        cmocka_unit_test(test_seccomp__a_profile_needs_a_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
