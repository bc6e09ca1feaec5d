/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/abi/test_bad.c - one plugin for each defect: the right failure, and a
 * text that helps */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/config/settings.h"
#include "core/plugin/plugin.h"
#include "core/util/clock.h"

static const char *const dirs[] = {TEST_MOCKS, NULL};

struct defect {
    const char *name;
    int code;
    const char *text; /* must be in the message */
};

static const struct defect at_load[] = {
    {"absent", PP_E_PLUGINABSENT, "install the package polypod-state-absent"},
    {"absent", PP_E_PLUGINABSENT, TEST_MOCKS},
    {"undefined", PP_E_PLUGINLOAD, "undefined symbol: mock_nowhere"},
    {"missingdep", PP_E_PLUGINLOAD,
     "libmock-dep.so: cannot open shared object file"},
    {"garbage", PP_E_PLUGINLOAD, "invalid ELF header"},
    {"empty", PP_E_PLUGINLOAD, "file too short"},
    {"nosymbol", PP_E_PLUGINENTRY, "undefined symbol: pp_plugin_v1"},
    {"function", PP_E_PLUGINENTRY, "pp_plugin_v1 is not data"},
    {"borrowed", PP_E_PLUGINENTRY, "libmock-dep.so"},
    {"badmagic", PP_E_PLUGINABI, "magic is 0x31505051"},
    {"major2", PP_E_PLUGINABI, "made for plugin ABI 2.0"},
    {"newer", PP_E_PLUGINABI, "needs an engine with plugin ABI 1.9 or newer"},
    {"tiny", PP_E_PLUGINABI, "struct_size is 32"},
    {"huge", PP_E_PLUGINABI, "struct_size is 2147483647"},
    {"lying", PP_E_PLUGINABI, "the symbol has only"},
    {"wrongkind", PP_E_PLUGINABI, "says kind 2 (fw)"},
    {"nokind", PP_E_PLUGINABI, "says kind 77 (unknown)"},
    {"wrongname", PP_E_PLUGINABI, "says name \"Wrongname\""},
    {"badthreads", PP_E_PLUGINABI, "threads is 3"},
    {"badflags", PP_E_PLUGINABI, "unknown flags 0x10"},
    {"noopen", PP_E_PLUGINABI, "no open function"},
    {"noclose", PP_E_PLUGINABI, "no close function"},
    {"noops", PP_E_PLUGINABI, "has no ops"},
    {"tinyops", PP_E_PLUGINABI, "ops' struct_size is 16"},
    {"hugeops", PP_E_PLUGINABI, "ops' struct_size is 1094795585"},
    {"missingop", PP_E_PLUGINABI, "mandatory op \"get\" is missing"},
    {"keysize", PP_E_PLUGINABI, "key number 1 has struct_size 8"},
    {"keytype", PP_E_PLUGINABI, "\"greeting\" has the unknown type 99"},
    {"keyflags", PP_E_PLUGINABI, "\"greeting\" has unknown flags 0x40"},
    {"keyname", PP_E_PLUGINABI, "key number 1 has no usable name"},
    {"keytwice", PP_E_PLUGINABI, "\"greeting\" is there twice"},
};

static const struct defect at_open[] = {
    {"openio", PP_E_IO, "cannot open state-openio: the mock disk is gone"},
    {"openinval", PP_E_PLUGINOPEN, "the mock is not amused"},
    {"opensilent", PP_E_PLUGINOPEN, "no reason: not supported"},
    {"opennull", PP_E_PLUGINOPEN, "without an instance"},
};

static void
expect(const struct defect *d, int rc, const pp_err *err)
{
    if (rc != -d->code || err->code != d->code || !strstr(err->msg, d->text))
        fail_msg("%s: wanted %d with \"%s\", got %d: %s", d->name, -d->code,
                 d->text, rc, err->msg);
}

static void
test_bad__load_fails_with_its_own_code_and_text(void **state)
{
    ppc_plugin *const untouched = (ppc_plugin *)(uintptr_t)0x55;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof at_load / sizeof *at_load; i++) {
        const struct defect *d = &at_load[i];
        ppc_plugin *p = untouched;
        pp_err err = {0};

        expect(d, ppc_plugin_load(PP_KIND_STATE, d->name, dirs, &p, &err),
               &err);
        assert_ptr_equal(p, untouched);
        /* and without anybody to tell */
        assert_int_equal(
            ppc_plugin_load(PP_KIND_STATE, d->name, dirs, &p, NULL), -d->code);
    }
}

static void
test_bad__a_refused_plugin_does_not_spoil_the_next(void **state)
{
    ppc_plugin *p = NULL;
    pp_err err = {0};

    (void)state;
    assert_true(ppc_plugin_load(PP_KIND_STATE, "undefined", dirs, &p, &err) <
                0);
    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, "good", dirs, &p, &err), 0);
    assert_string_equal(ppc_plugin_desc(p)->version, "3.1");
    ppc_plugin_free(p);
}

static void
test_bad__open_keeps_the_plugins_text(void **state)
{
    pp_settings *settings = pp_settings_new();
    size_t i;

    (void)state;
    assert_non_null(settings);
    for (i = 0; i < sizeof at_open / sizeof *at_open; i++) {
        const struct defect *d = &at_open[i];
        ppc_instance *instance = NULL;
        ppc_plugin *p = NULL;
        pp_err err = {0};

        assert_int_equal(
            ppc_plugin_load(PP_KIND_STATE, d->name, dirs, &p, &err), 0);
        expect(d, ppc_plugin_open(p, settings, NULL, &instance, &err), &err);
        assert_null(instance);
        assert_int_equal(ppc_plugin_open(p, settings, NULL, &instance, NULL),
                         -d->code);
        ppc_plugin_free(p);
    }
    pp_settings_free(settings);
}

/* The file of a name, out of the whole list. */
static void
describe(const char *name, const struct defect *d)
{
    PP_AUTO_STR ppc_str out = PPC_STR_INIT;
    ppc_plugin_file *files = NULL;
    pp_err err = {0};
    size_t n = 0;
    size_t i;
    int rc = 1;

    assert_int_equal(ppc_plugin_files(dirs, &files, &n, &err), 0);
    for (i = 0; i < n; i++)
        if (!strcmp(files[i].name, name))
            rc = ppc_plugin_describe(&files[i], &out, &err);
    ppc_plugin_files_free(files, n);
    if (d) {
        expect(d, rc, &err);
        assert_int_equal(out.n, 0);
        return;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(out.n, sizeof "3.1\0forgets everything\0"
                                   "LGPL-2.1-or-later");
    assert_memory_equal(out.p, "3.1\0forgets everything\0LGPL-2.1-or-later",
                        out.n);
}

static void
test_bad__describe_outlives_what_it_describes(void **state)
{
    static const struct defect cases[] = {
        {"state-ctorcrash", PP_E_PLUGINLOAD, "crashed while"},
        {"state-ctorexit", PP_E_PLUGINLOAD, "ended the process"},
        {"state-undefined", PP_E_PLUGINLOAD, "undefined symbol"},
        {"state-newer", PP_E_PLUGINABI, "install a newer polypod"},
        {"odd", PP_E_PLUGINABI, "is not KIND-NAME.so"},
    };
    size_t i;

    (void)state;
    describe("state-good", NULL);
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        describe(cases[i].name, &cases[i]);
}

static void
test_bad__describe_does_not_wait_for_ever(void **state)
{
    const struct defect d = {"state-ctorhang", PP_E_PLUGINLOAD,
                             "gave no answer within 5 s"};
    int64_t t0 = ppc_monotonic();

    (void)state;
    describe(d.name, &d);
    assert_true(ppc_monotonic() - t0 < 8 * PPC_SEC);
}

static void
probe(const char *name, int *score, ppc_str *why, int *rc, pp_err *err)
{
    pp_settings *settings = pp_settings_new();
    ppc_plugin *p = NULL;

    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, name, dirs, &p, err), 0);
    *rc = ppc_plugin_probe(p, settings, NULL, score, why, err);
    ppc_plugin_free(p);
    pp_settings_free(settings);
}

static void
test_bad__a_probe_may_crash(void **state)
{
    const struct defect crash = {"probecrash", PP_E_PLUGINLOAD,
                                 "crashed while"};
    const struct defect refuse = {"probefail", PP_E_UNAVAIL,
                                  "probing state-probefail: no mock device"};
    PP_AUTO_STR ppc_str why = PPC_STR_INIT;
    pp_err err = {0};
    int score = -1;
    int rc;

    (void)state;
    probe("probecrash", &score, &why, &rc, &err);
    expect(&crash, rc, &err);
    probe("probefail", &score, &why, &rc, &err);
    expect(&refuse, rc, &err);
    assert_int_equal(score, -1);
    probe("good", &score, &why, &rc, &err);
    assert_int_equal(rc, 0);
    assert_int_equal(score, 42);
    assert_string_equal(ppc_str_get(&why), "looks good");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad__load_fails_with_its_own_code_and_text),
        cmocka_unit_test(test_bad__a_refused_plugin_does_not_spoil_the_next),
        cmocka_unit_test(test_bad__open_keeps_the_plugins_text),
        cmocka_unit_test(test_bad__describe_outlives_what_it_describes),
        cmocka_unit_test(test_bad__describe_does_not_wait_for_ever),
        cmocka_unit_test(test_bad__a_probe_may_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
