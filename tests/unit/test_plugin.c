/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_plugin.c - the registry, the host table, the guards */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/config/settings.h"
#include "core/plugin/internal.h"
#include "core/util/clock.h"
#include "core/util/file.h"

#define MOCKS TEST_PLUGINS "-mock"

static const char *const dirs[] = {MOCKS, NULL};

static void
test_plugin__names(void **state)
{
    char out[64];

    (void)state;
    assert_true(ppc_plugin_name_ok("bdb"));
    assert_true(ppc_plugin_name_ok("9p-store"));
    assert_true(ppc_plugin_name_ok("a234567890123456789012345678901"));
    assert_false(ppc_plugin_name_ok("a2345678901234567890123456789012"));
    assert_false(ppc_plugin_name_ok(""));
    assert_false(ppc_plugin_name_ok("-a"));
    assert_false(ppc_plugin_name_ok("../a"));
    assert_false(ppc_plugin_name_ok("Bdb"));
    assert_false(ppc_plugin_name_ok("a.b"));
    assert_false(ppc_plugin_name_ok(NULL));
    assert_string_equal(ppc_kind_prefix(PP_KIND_FW), "fw");
    assert_string_equal(ppc_kind_section(PP_KIND_FW), "firewall");
    assert_null(ppc_kind_prefix(0));
    assert_null(ppc_kind_section(99));
    ppc_plugin_package("state-bdb", out, sizeof out);
    assert_string_equal(out, "polypod-state-bdb");
    ppc_plugin_package("fw-none", out, sizeof out);
    assert_string_equal(out, "polypod-cli");
}

static void
test_plugin__what_cannot_be_a_name_is_not_looked_for(void **state)
{
    static const char *const relative[] = {"plugins", NULL};
    ppc_plugin *p = NULL;
    pp_err err;

    (void)state;
    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, "../good", dirs, &p, &err),
                     -PP_E_INVAL);
    assert_int_equal(ppc_plugin_load(9, "good", dirs, &p, &err), -PP_E_INVAL);
    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, "good", relative, &p, &err),
                     -PP_E_INVAL);
    assert_non_null(strstr(err.msg, "\"plugins\""));
}

static void
test_plugin__the_first_folder_wins_even_with_a_bad_file(void **state)
{
    char dir[] = "/tmp/polypod-plugin.XXXXXX";
    char path[PATH_MAX];
    const char *two[] = {dir, MOCKS, NULL};
    ppc_plugin_file *files = NULL;
    ppc_plugin *p = NULL;
    pp_err err;
    size_t n = 0;
    size_t i;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, "good", two, &p, &err), 0);
    assert_string_equal(ppc_plugin_path(p), MOCKS "/state-good.so");
    ppc_plugin_free(p);
    p = NULL;
    snprintf(path, sizeof path, "%s/state-good.so", dir);
    assert_int_equal(ppc_file_write(path, "bad", 3, 0644, &err), 0);
    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, "good", two, &p, &err),
                     -PP_E_PLUGINLOAD);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, "good", two, &p, &err),
                     -PP_E_PLUGINTRUST);
    assert_null(p);

    assert_int_equal(ppc_plugin_files(two, &files, &n, &err), 0);
    for (i = 0; i < n; i++) {
        if (i)
            assert_true(strcmp(files[i - 1].name, files[i].name) < 0);
        if (!strcmp(files[i].name, "state-good"))
            assert_string_equal(files[i].path, path);
        assert_int_equal(files[i].kind,
                         !strcmp(files[i].name, "odd") ? 0 : PP_KIND_STATE);
    }
    ppc_plugin_files_free(files, n);
    ppc_dir_remove(dir, NULL);
}

static ppc_instance *
open_mock(const char *name, pp_settings *settings, const ppc_plugin_dirs *d)
{
    ppc_instance *i = NULL;
    ppc_plugin *p = NULL;
    pp_err err = {0};

    if (ppc_plugin_load(PP_KIND_STATE, name, dirs, &p, &err) ||
        ppc_plugin_open(p, settings, d, &i, &err))
        fail_msg("%s", err.msg);
    return i;
}

static void
test_plugin__the_host_gives_settings_and_folders(void **state)
{
    static const char *const list[] = {"/a", "/b", NULL};
    char dir[] = "/tmp/polypod-plugin.XXXXXX";
    char sub[PATH_MAX];
    char want[PATH_MAX + 32];
    ppc_plugin_dirs d = {sub, NULL, NULL, NULL};
    pp_settings *settings = pp_settings_new();
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    ppc_plugin *p = NULL;
    ppc_instance *i;
    struct stat st;
    pp_err err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(sub, sizeof sub, "%s/x/y/", dir);
    if (pp_settings_set1(settings, "state.good.greeting", "moin", "test",
                         &err) ||
        pp_settings_set(settings, "state.good.folders", list, "test", &err))
        fail_msg("%s", err.msg);
    i = open_mock("good", settings, &d);
    assert_int_not_equal(stat(sub, &st), 0); /* only when it is wanted */
    assert_int_equal(ppc_instance_status(i, &text, &err), 0);
    snprintf(want, sizeof want, "{moin /a /b %s/x/y}", dir);
    assert_string_equal(ppc_str_get(&text), want);
    assert_int_equal(stat(sub, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_string_equal(ppc_plugin_desc(ppc_instance_plugin(i))->name, "good");
    ppc_instance_close(i);

    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, "good", dirs, &p, &err), 0);
    d.state = "relative";
    assert_int_equal(ppc_plugin_open(p, settings, &d, &i, &err), -PP_E_INVAL);
    ppc_plugin_free(p);
    pp_settings_free(settings);
    ppc_dir_remove(dir, NULL);
}

static void
test_plugin__an_unknown_key_is_found_before_open(void **state)
{
    pp_settings *settings = pp_settings_new();
    ppc_instance *i = NULL;
    ppc_plugin *p = NULL;
    pp_err err = {0};
    int rc;

    (void)state;
    pp_settings_set1(settings, "state.good.greetin", "moin", "test", &err);
    assert_int_equal(ppc_plugin_load(PP_KIND_STATE, "good", dirs, &p, &err), 0);
    rc = ppc_plugin_open(p, settings, NULL, &i, &err);
    assert_true(rc == -PP_E_CONFIG || rc == -PP_E_INVAL);
    assert_non_null(strstr(err.msg, "greetin"));
    assert_null(i);
    ppc_plugin_free(p);
    pp_settings_free(settings);
}

static void
test_plugin__a_sink_is_bounded(void **state)
{
    pp_sink sink = {PPC_STR_INIT, 4};

    (void)state;
    assert_int_equal(ppc_sink_put(&sink, "abc", 3), 0);
    assert_int_equal(ppc_sink_put(&sink, "de", 2), -PP_E_FULL);
    assert_int_equal(ppc_sink_put(&sink, "d", SIZE_MAX), -PP_E_FULL);
    assert_int_equal(ppc_sink_put(&sink, "d", 1), 0);
    assert_string_equal(ppc_str_get(&sink.s), "abcd");
    ppc_sink_clear(&sink);
}

struct worker {
    ppc_instance *i;
    int rc;
};

static void *
work(void *arg)
{
    struct worker *w = arg;
    const pp_state_ops *ops = ppc_instance_ops(w->i);
    void *self = ppc_instance_self(w->i);
    pp_slice key = pp_slice_of("k", 1);
    pp_slice val;
    pp_state_info info = {.struct_size = sizeof info};
    void *txn;
    void *it;
    int n;

    for (n = 0; n < 200 && !w->rc; n++) {
        w->rc = ops->info(self, &info, NULL);
        if (w->rc || (w->rc = ops->begin(self, PP_TXN_RW, 20000, &txn, NULL)))
            break;
        w->rc = ops->put(txn, key, key, 0, NULL);
        if (!w->rc && !(w->rc = ops->scan(txn, key, key, 0, &it, NULL))) {
            ops->next(it, &key, &val, NULL);
            ops->end(it);
        }
        if (n % 2)
            ops->abort(txn);
        else
            ops->commit(txn, 0, NULL);
    }
    return NULL;
}

/* How often two calls were inside an instance at once, with four threads. */
static uint64_t
crowd(const char *name)
{
    pp_settings *settings = pp_settings_new();
    ppc_instance *i = open_mock(name, settings, NULL);
    const pp_state_ops *ops = ppc_instance_ops(i);
    struct worker w[4];
    pthread_t t[4];
    uint64_t crowded = 0;
    size_t n;

    assert_null(ops->backup); /* an optional op stays absent */
    for (n = 0; n < 4; n++) {
        w[n] = (struct worker){i, 0};
        assert_int_equal(pthread_create(&t[n], NULL, work, &w[n]), 0);
    }
    for (n = 0; n < 4; n++) {
        pthread_join(t[n], NULL);
        assert_int_equal(w[n].rc, 0);
    }
    assert_int_equal(ops->generation(ppc_instance_self(i), &crowded, NULL), 0);
    ppc_instance_close(i);
    pp_settings_free(settings);
    return crowded;
}

static void
test_plugin__the_declared_thread_model_is_enforced(void **state)
{
    (void)state;
    assert_int_equal(crowd("serial"), 0);
    assert_int_equal(crowd("instance"), 0);
}

static void *
try_begin(void *arg)
{
    struct worker *w = arg;
    const pp_state_ops *ops = ppc_instance_ops(w->i);
    void *txn = NULL;

    w->rc = ops->begin(ppc_instance_self(w->i), PP_TXN_RW, 50, &txn, NULL);
    if (w->rc == 0)
        ops->abort(txn);
    return NULL;
}

static int
begin_elsewhere(ppc_instance *i)
{
    struct worker w = {i, 1};
    pthread_t t;

    assert_int_equal(pthread_create(&t, NULL, try_begin, &w), 0);
    pthread_join(t, NULL);
    return w.rc;
}

static void
transactions_exclude(const char *name, int other_instance)
{
    pp_settings *settings = pp_settings_new();
    ppc_instance *i = open_mock(name, settings, NULL);
    ppc_instance *j = open_mock(name, settings, NULL);
    const pp_state_ops *ops = ppc_instance_ops(i);
    void *self = ppc_instance_self(i);
    void *txn = NULL;
    void *second = NULL;

    assert_int_equal(ops->begin(self, 0x40, 50, &txn, NULL), -PP_E_NOTSUP);
    assert_int_equal(begin_elsewhere(i), 0); /* a failure keeps no lock */
    assert_int_equal(ops->begin(self, PP_TXN_RW, 50, &txn, NULL), 0);
    assert_int_equal(begin_elsewhere(i), -PP_E_BUSY);
    assert_int_equal(begin_elsewhere(j), other_instance);
    /* the same thread may have another one */
    assert_int_equal(ops->begin(self, 0, 50, &second, NULL), 0);
    ops->abort(second);
    assert_int_equal(begin_elsewhere(i), -PP_E_BUSY);
    assert_int_equal(ops->commit(txn, 0, NULL), 0);
    assert_int_equal(begin_elsewhere(i), 0);
    ppc_instance_close(i);
    ppc_instance_close(j);
    pp_settings_free(settings);
}

static void
test_plugin__a_transaction_holds_the_lock(void **state)
{
    (void)state;
    transactions_exclude("serial", -PP_E_BUSY);
    transactions_exclude("instance", 0);
}

static void *
load_many(void *arg)
{
    static const char *const names[] = {"good",     "undefined", "old",
                                        "nosymbol", "future",    "garbage"};
    uintptr_t bad = 0;
    size_t n;

    (void)arg;
    for (n = 0; n < 60; n++) {
        ppc_plugin *p = NULL;
        int rc = ppc_plugin_load(PP_KIND_STATE, names[n % 6], dirs, &p, NULL);

        bad += (rc == 0) != (n % 2 == 0);
        ppc_plugin_free(p);
    }
    return (void *)bad;
}

static void
test_plugin__threads_may_load_at_once(void **state)
{
    pthread_t t[4];
    void *bad;
    size_t n;

    (void)state;
    for (n = 0; n < 4; n++)
        assert_int_equal(pthread_create(&t[n], NULL, load_many, NULL), 0);
    for (n = 0; n < 4; n++) {
        pthread_join(t[n], &bad);
        assert_null(bad);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plugin__names),
        cmocka_unit_test(test_plugin__what_cannot_be_a_name_is_not_looked_for),
        cmocka_unit_test(
            test_plugin__the_first_folder_wins_even_with_a_bad_file),
        cmocka_unit_test(test_plugin__the_host_gives_settings_and_folders),
        cmocka_unit_test(test_plugin__an_unknown_key_is_found_before_open),
        cmocka_unit_test(test_plugin__a_sink_is_bounded),
        cmocka_unit_test(test_plugin__the_declared_thread_model_is_enforced),
        cmocka_unit_test(test_plugin__a_transaction_holds_the_lock),
        cmocka_unit_test(test_plugin__threads_may_load_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
