/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_lifecycle.c - stages, and the life of a runtime */
#include "engine_fixture.h"

#include "core/lifecycle.h"

/* What the stages did: a letter for a start, a capital for a stop. */
static int
start_a(void *ctx, pp_err *err)
{
    (void)err;
    strcat(ctx, "a");
    return 0;
}

static void
stop_a(void *ctx)
{
    strcat(ctx, "A");
}

static int
start_b(void *ctx, pp_err *err)
{
    (void)err;
    strcat(ctx, "b");
    return 1; /* success too */
}

static void
stop_b(void *ctx)
{
    strcat(ctx, "B");
}

static int
start_bad(void *ctx, pp_err *err)
{
    strcat(ctx, "x");
    return pp_fail(err, PP_E_IO, 0, "on purpose");
}

static void
test_lifecycle__stages_unwind_in_reverse(void **state)
{
    const ppc_stage good[] = {{"a", start_a, stop_a},
                              {"none", start_b, NULL},
                              {"b", start_b, stop_b}};
    const ppc_stage bad[] = {{"a", start_a, stop_a},
                             {"b", start_b, stop_b},
                             {"bad", start_bad, stop_a},
                             {"never", start_a, stop_a}};
    char did[16] = "";
    pp_err err = {0};

    (void)state;
    assert_int_equal(ppc_stages_start(good, 3, did, &err), 0);
    ppc_stages_stop(good, 3, did);
    assert_string_equal(did, "abbBA");
    did[0] = '\0';
    assert_int_equal(ppc_stages_start(bad, 4, did, &err), -PP_E_IO);
    assert_string_equal(did, "abxBA");
    assert_string_equal(err.msg, "on purpose");
}

static int
one_line(void *arg, const pp_log_line *l)
{
    (void)arg;
    (void)l;
    return 0;
}

/* Every call that needs an open runtime. */
static void
is_stopped(struct engine *e)
{
    const pp_container_spec spec = engine_spec(e, "web");
    const pp_logs_options logs = {.struct_size = sizeof logs,
                                  .line = one_line};
    const pp_attach attach = {sizeof attach, -1, -1, -1, -1, 0};
    const int no = -PP_E_RUNTIMESTOPPED;
    pp_err *err = &e->err;
    pp_runtime *rt = e->rt;
    pp_settings *s = NULL;
    pp_json *v = NULL;
    char id[PP_ID_MAX];
    int code;

    assert_int_equal(pp_runtime_shutdown(rt, false, err), no);
    assert_int_equal(pp_runtime_shutdown(rt, true, err), no);
    assert_int_equal(pp_runtime_get_config(rt, &s, err), no);
    assert_null(s);
    assert_int_equal(pp_runtime_info(rt, &v, err), no);
    assert_int_equal(pp_container_create(rt, &spec, id, err), no);
    assert_int_equal(pp_container_run(rt, &spec, NULL, id, &code, err), no);
    assert_int_equal(pp_container_start(rt, "x", NULL, NULL, err), no);
    assert_int_equal(pp_container_start(rt, "x", &attach, &code, err), no);
    assert_int_equal(pp_container_stop(rt, "x", 0, err), no);
    assert_int_equal(pp_container_kill(rt, "x", 9, err), no);
    assert_int_equal(pp_container_remove(rt, "x", 0, -1, err), no);
    assert_int_equal(pp_container_wait(rt, "x", NULL, 0, &code, err), no);
    assert_int_equal(pp_container_cleanup(rt, "x", err), no);
    assert_int_equal(pp_container_list(rt, 0, &v, err), no);
    assert_int_equal(pp_container_inspect(rt, "x", &v, err), no);
    assert_int_equal(pp_container_lookup(rt, "x", id, err), no);
    assert_int_equal(pp_container_logs(rt, "x", &logs, err), no);
    assert_null(v);
}

static void
test_lifecycle__closed_is_closed(void **state)
{
    struct engine *e = *state;

    assert_int_equal(pp_runtime_open(e->rt, 0, &e->err),
                     -PP_E_RUNTIMEFINALIZED);
    assert_int_equal(pp_runtime_shutdown(e->rt, false, &e->err), 0);
    is_stopped(e);
    assert_int_equal(pp_runtime_open(e->rt, 0, &e->err),
                     -PP_E_RUNTIMESTOPPED);
    pp_runtime_free(e->rt);
    engine_new(e);
    is_stopped(e); /* not open yet */
    pp_runtime_free(NULL);
}

static void
test_lifecycle__options_are_final_once_open(void **state)
{
    const char *const value[] = {"x", NULL};
    struct engine *e = *state;

    assert_int_equal(pp_options_set(e->rt, "engine.namespace", value, "test",
                                    &e->err),
                     -PP_E_RUNTIMEFINALIZED);
    assert_int_equal(pp_options_load(e->rt, NULL, &e->err),
                     -PP_E_RUNTIMEFINALIZED);
    assert_int_equal(pp_runtime_shutdown(e->rt, false, &e->err), 0);
    assert_int_equal(pp_options_set(e->rt, "engine.namespace", value, "test",
                                    &e->err),
                     -PP_E_RUNTIMEFINALIZED);
}

static void
test_lifecycle__config_is_a_copy(void **state)
{
    struct engine *e = *state;
    const char *const *before;
    pp_settings *copy = NULL;

    assert_int_equal(pp_runtime_get_config(e->rt, &copy, &e->err), 0);
    assert_int_equal(pp_settings_set1(copy, "engine.plugin_dirs", "/elsewhere",
                                      "test", &e->err),
                     0);
    assert_int_equal(pp_settings_set1(copy, "engine.namespace", "mine",
                                      "test", &e->err),
                     0);
    before = pp_settings_list(pp_runtime_settings(e->rt),
                              "engine.plugin_dirs");
    assert_string_equal(before[0], TEST_PLUGINS);
    assert_string_equal(pp_settings_str(pp_runtime_settings(e->rt),
                                        "engine.namespace"),
                        "");
    pp_settings_free(copy);
}

/* A start that failed can be tried again with another option. */
static void
test_lifecycle__failed_start_leaves_nothing_open(void **state)
{
    struct engine *e = *state;

    pp_runtime_free(e->rt);
    engine_new(e);
    engine_set(e, "state.driver", "nosuch");
    assert_true(pp_runtime_open(e->rt, 0, &e->err) < 0);
    assert_null(e->rt->state);
    assert_null(e->rt->oci_path);
    assert_null(e->rt->lock_dir);
    is_stopped(e);
    engine_set(e, "state.driver", "memory");
    assert_int_equal(pp_runtime_open(e->rt, 0x80, &e->err), -PP_E_NOTSUP);
    assert_int_equal(pp_runtime_open(e->rt, 0, &e->err), 0);
}

static void
test_lifecycle__forced_shutdown_stops_what_runs(void **state)
{
    struct engine *e = *state;
    char one[PP_ID_MAX], two[PP_ID_MAX], never[PP_ID_MAX];

    engine_create(e, "one", 0, one);
    engine_create(e, "two", PP_SPEC_AUTO_REMOVE, two);
    engine_create(e, "never", 0, never);
    assert_int_equal(pp_container_start(e->rt, one, NULL, NULL, &e->err), 0);
    assert_int_equal(pp_container_start(e->rt, two, NULL, NULL, &e->err), 0);
    assert_int_equal(pp_runtime_shutdown(e->rt, true, &e->err), 0);
    assert_false(ppc_process_is_alive(engine_pid(e, "", one), 0));
    assert_false(ppc_process_is_alive(engine_pid(e, "", two), 0));
}

static void
test_lifecycle__shutdown_tells_who_did_not_stop(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];

    engine_create(e, "stuck", 0, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    engine_write(e, "fail-kill", "", 0644);
    assert_true(pp_runtime_shutdown(e->rt, true, &e->err) < 0);
    assert_non_null(strstr(e->err.msg, "stuck"));
    is_stopped(e);
}

/* The folder of a create that died before its record is swept after a boot,
 * any other one stays. */
static void
test_lifecycle__refresh_sweeps_what_has_no_record(void **state)
{
    struct engine *e = *state;
    PP_AUTO_FREE char *orphan = NULL;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    orphan = ppc_sprintf("%s/graph/containers/%064d", e->dir, 7);
    assert_int_equal(mkdir(orphan, 0700), 0);
    assert_int_equal(mkdir(engine_path(e, "graph/containers/other"), 0700), 0);
    assert_int_equal(ppc_runtime_refresh(e->rt, &e->err), 0);
    assert_int_equal(access(orphan, F_OK), -1);
    assert_int_equal(engine_count(e, "graph/containers"), 2);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
}

static void
test_names__ids_are_no_numbers(void **state)
{
    char id[65];
    size_t i;

    (void)state;
    for (i = 0; i < 2000; i++) {
        assert_int_equal(ppc_generate_id(id, NULL), 0);
        assert_int_equal(strspn(id, "0123456789abcdef"), 64);
        assert_true(strspn(id, "0123456789") < 12);
    }
}

static void
test_names__pattern_is_anchored(void **state)
{
    static const char *const good[] = {"a", "9", "a-b_c.d", "A1"};
    static const char *const bad[] = {"", "-a", ".a", "_a", "a b", "a/b",
                                      "a!", "\xc3\xa4", "a\n", " a"};
    char text[300];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(ppc_check_name(good[i], NULL), 0);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ppc_check_name(bad[i], NULL), -PP_E_INVAL);
    memset(text, 'a', sizeof text);
    text[256] = '\0';
    assert_int_equal(ppc_check_name(text, NULL), -PP_E_INVAL);
    text[255] = '\0';
    assert_int_equal(ppc_check_name(text, NULL), 0);
}

static void
test_names__generated_ones_are_free_and_valid(void **state)
{
    struct engine *e = *state;
    PP_AUTO_FREE char *name = NULL;
    bool taken = true;

    assert_int_equal(ppc_generate_name(e->rt, &name, &e->err), 0);
    assert_int_equal(ppc_check_name(name, &e->err), 0);
    assert_int_equal(ppc_state_name_taken(e->rt->state, name, &taken, NULL),
                     0);
    assert_false(taken);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifecycle__stages_unwind_in_reverse),
        ENGINE_TEST(test_lifecycle__closed_is_closed),
        ENGINE_TEST(test_lifecycle__options_are_final_once_open),
        ENGINE_TEST(test_lifecycle__config_is_a_copy),
        ENGINE_TEST(test_lifecycle__failed_start_leaves_nothing_open),
        ENGINE_TEST(test_lifecycle__forced_shutdown_stops_what_runs),
        ENGINE_TEST(test_lifecycle__shutdown_tells_who_did_not_stop),
        ENGINE_TEST(test_lifecycle__refresh_sweeps_what_has_no_record),
        cmocka_unit_test(test_names__ids_are_no_numbers),
        cmocka_unit_test(test_names__pattern_is_anchored),
        ENGINE_TEST(test_names__generated_ones_are_free_and_valid),
    };

    alarm(100);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
