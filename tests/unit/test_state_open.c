/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_state_open.c - schema and path check of the state */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/util/file.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/state/objects.h"
#include "scenario.h"

static const ppc_state_paths all = {
    .os = "linux",
    .static_dir = "/nowhere/static",
    .tmp_dir = "/nowhere/tmp",
    .run_root = "/nowhere/run",
    .graph_root = "/nowhere/graph",
    .graph_driver = "overlay",
};

static int
open_backend(void **state)
{
    static backend b;

    backend_open(&b, "map");
    *state = &b;
    return 0;
}

static int
close_backend(void **state)
{
    backend_close(*state);
    return 0;
}

static int
try_open(backend *b, const ppc_state_paths *paths, pp_err *err)
{
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;

    return ppc_state_open(b->ops, b->self, 1000, paths, &st, err);
}

static void
test_each_field_alone(void **state)
{
    static const struct {
        ppc_state_paths with;
        const char *says;
    } cases[] = {
        {{.os = "plan9"}, "\"linux\""},
        {{.static_dir = "/other"}, "static_dir in [engine]"},
        {{.tmp_dir = "/other"}, "tmp_dir in [engine]"},
        {{.run_root = "/other"}, "run_root in [storage]"},
        {{.graph_root = "/other"}, "graph_root in [storage]"},
        {{.graph_driver = "vfs"}, "driver in [storage]"},
    };
    backend *b = *state;
    PP_AUTO_FREE char *before = NULL;
    size_t i;

    assert_int_equal(try_open(b, &all, NULL), 0);
    assert_int_equal(try_open(b, &all, NULL), 0);
    before = backend_dump(b);
    assert_non_null(strstr(before, "m/path/graph-driver-name = overlay"));
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        PP_AUTO_FREE char *after = NULL;
        pp_err err = {0, 0, ""};

        assert_int_equal(try_open(b, &cases[i].with, &err), -PP_E_DBBADCONFIG);
        assert_non_null(strstr(err.msg, cases[i].says));
        after = backend_dump(b);
        assert_string_equal(after, before);
    }
}

static void
test_nothing_is_stored_on_failure(void **state)
{
    const ppc_state_paths first = {.graph_root = "/a"};
    const ppc_state_paths bad = {.static_dir = "/s", .graph_root = "/b"};
    const ppc_state_paths more = {.static_dir = "/s", .graph_root = "/a"};
    backend *b = *state;
    PP_AUTO_FREE char *dump = NULL;
    pp_err err = {0, 0, ""};

    assert_int_equal(try_open(b, &first, NULL), 0);
    assert_int_equal(try_open(b, &bad, &err), -PP_E_DBBADCONFIG);
    assert_non_null(strstr(err.msg, "\"/a\""));
    assert_non_null(strstr(err.msg, "\"/b\""));
    dump = backend_dump(b);
    assert_null(strstr(dump, "static-dir"));
    assert_int_equal(try_open(b, &more, NULL), 0);
    free(dump);
    dump = backend_dump(b);
    assert_non_null(strstr(dump, "m/path/static-dir = /s"));
}

static void
test_unset_says_nothing(void **state)
{
    const ppc_state_paths none = {.os = ""};
    backend *b = *state;

    assert_int_equal(try_open(b, &none, NULL), 0);
    assert_int_equal(try_open(b, &all, NULL), 0);
    assert_int_equal(try_open(b, &none, NULL), 0);
    assert_int_equal(try_open(b, NULL, NULL), 0);
}

static void
test_one_folder_has_many_names(void **state)
{
    char dir[] = "/tmp/polypod-test.XXXXXX";
    backend *b = *state;
    PP_AUTO_FREE char *real = NULL;
    PP_AUTO_FREE char *link = NULL;
    PP_AUTO_FREE char *tail = NULL;
    ppc_state_paths p = {.os = "linux"};
    int rc_link, rc_tail, rc_root;

    assert_non_null(mkdtemp(dir));
    real = ppc_sprintf("%s/real", dir);
    link = ppc_sprintf("%s/link", dir);
    tail = ppc_sprintf("%s/link//not/there/", dir);
    assert_int_equal(mkdir(real, 0755), 0);
    assert_int_equal(symlink(real, link), 0);
    p.static_dir = real;
    p.tmp_dir = "/nowhere/at/all/";
    p.run_root = ppc_sprintf("%s/not/there", real);
    assert_int_equal(try_open(b, &p, NULL), 0);
    p.static_dir = link;
    rc_link = try_open(b, &p, NULL);
    free((void *)(uintptr_t)p.run_root);
    p.run_root = tail;
    p.tmp_dir = "/nowhere/at/all";
    rc_tail = try_open(b, &p, NULL);
    p.static_dir = "/";
    rc_root = try_open(b, &p, NULL);
    assert_int_equal(ppc_dir_remove(dir, NULL), 0);
    assert_int_equal(rc_link, 0);
    assert_int_equal(rc_tail, 0);
    assert_int_equal(rc_root, -PP_E_DBBADCONFIG);
}

static void
test_a_read_only_store_is_only_compared(void **state)
{
    const ppc_state_paths bad = {.os = "plan9"};
    const ppc_state_paths part = {.os = "linux"};
    backend *b = *state;

    mapstore_set_read_only(b->map, true);
    assert_int_equal(try_open(b, &all, NULL), 0); /* empty */
    mapstore_set_read_only(b->map, false);
    assert_int_equal(try_open(b, &part, NULL), 0);
    mapstore_set_read_only(b->map, true);
    assert_int_equal(try_open(b, &all, NULL), 0);
    assert_int_equal(try_open(b, &bad, NULL), -PP_E_DBBADCONFIG);
}

static void
test_a_newer_store_is_refused(void **state)
{
    backend *b = *state;
    pp_err err = {0, 0, ""};

    assert_int_equal(try_open(b, &all, NULL), 0);
    backend_put(b, "m/schema", 8, "7");
    assert_int_equal(try_open(b, &all, &err), -PP_E_NOTSUP);
    assert_non_null(strstr(err.msg, "version 7"));
    assert_non_null(strstr(err.msg, "up to 1"));
    backend_put(b, "m/schema", 8, "one");
    assert_int_equal(try_open(b, &all, &err), -PP_E_CORRUPT);
    backend_put(b, "m/schema", 8, "0");
    assert_int_equal(try_open(b, &all, &err), -PP_E_CORRUPT);
}

static void
test_a_foreign_store_is_refused(void **state)
{
    backend *b = *state;
    PP_AUTO_FREE char *dump = NULL;

    backend_put(b, "something", 9, "else");
    assert_int_equal(try_open(b, &all, NULL), -PP_E_CORRUPT);
    dump = backend_dump(b);
    assert_string_equal(dump, "something = else\n\n");
}

static int
step_two(ppc_txn *t, void *arg, pp_err *err)
{
    (void)arg;
    return ppc_txn_put_text(t, ppc_key_meta("fact", "two"), "2", err);
}

static int
step_three(ppc_txn *t, void *arg, pp_err *err)
{
    (void)arg;
    if (ppc_txn_has(t, ppc_key_meta("fact", "two"), err) != 1)
        return pp_fail(err, PP_E_INTERNAL, 0, "steps out of order");
    return ppc_txn_put_text(t, ppc_key_meta("fact", "three"), "3", err);
}

static int
step_fails(ppc_txn *t, void *arg, pp_err *err)
{
    (void)arg;
    (void)t;
    return pp_fail(err, PP_E_CORRUPT, 0, "no way");
}

static void
test_migration_runs_the_missing_steps(void **state)
{
    static const ppc_schema_step steps[] = {
        {"two", step_two}, {"three", step_three}, {NULL, NULL}};
    static const ppc_schema_step bad[] = {{"two", step_two},
                                          {"three", step_three},
                                          {"four", step_fails},
                                          {NULL, NULL}};
    backend *b = *state;
    ppc_store s = {b->ops, b->self, 1000, false};
    PP_AUTO_FREE char *before = NULL;
    PP_AUTO_FREE char *after = NULL;
    pp_err err = {0, 0, ""};

    assert_int_equal(try_open(b, NULL, NULL), 0);
    assert_int_equal(ppc_schema_open(&s, steps, &err), 0);
    before = backend_dump(b);
    assert_non_null(strstr(before, "m/fact/three = 3"));
    assert_non_null(strstr(before, "m/schema = 3"));
    assert_int_equal(ppc_schema_open(&s, steps, &err), 0);
    assert_int_equal(ppc_schema_open(&s, bad, &err), -PP_E_CORRUPT);
    assert_non_null(strstr(err.msg, "version 4 (four): no way"));
    after = backend_dump(b);
    assert_string_equal(after, before);
    assert_int_equal(try_open(b, NULL, NULL), -PP_E_NOTSUP);
}

static void
test_a_new_store_runs_no_step(void **state)
{
    static const ppc_schema_step bad[] = {{"two", step_fails}, {NULL, NULL}};
    backend *b = *state;
    ppc_store s = {b->ops, b->self, 1000, false};

    assert_int_equal(ppc_schema_open(&s, bad, NULL), 0);
}

static void
test_the_request_is_kept_beside(void **state)
{
    backend *b = *state;
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr('1');
    PP_AUTO(ppc_ctr_free) ppc_ctr *d = fixture_ctr('2');
    PP_AUTO(pp_json_unref) pp_json *spec = pp_json_object();
    PP_AUTO(pp_json_unref) pp_json *back = NULL;
    PP_AUTO_FREE char *text = NULL;

    assert_int_equal(pp_json_put(spec, "a", pp_json_int(1)), 0);
    assert_int_equal(ppc_state_open(b->ops, b->self, 1000, NULL, &st, NULL), 0);
    assert_int_equal(ppc_state_add_container(st, c, spec, NULL), 0);
    assert_int_equal(ppc_state_add_container(st, d, NULL, NULL), 0);
    assert_int_equal(ppc_state_container_spec(st, c, &back, NULL), 0);
    text = pp_json_text(back, 0);
    assert_string_equal(text, "{\"a\":1}");
    assert_int_equal(ppc_state_container_spec(st, d, &back, NULL),
                     -PP_E_NOTFOUND);
    assert_int_equal(ppc_state_remove_container(st, c, NULL), 0);
    assert_int_equal(ppc_state_container_spec(st, c, &back, NULL),
                     -PP_E_NOTFOUND);
}

static void
test_what_could_not_be_read_back_is_not_stored(void **state)
{
    backend *b = *state;
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr('1');
    PP_AUTO_FREE char *big = malloc((5u << 20) + 1);
    pp_json *deep = pp_json_object();
    pp_json *outer;
    int i;

    for (i = 0; i < 70; i++) {
        outer = pp_json_object();
        assert_int_equal(pp_json_put(outer, "x", deep), 0);
        deep = outer;
    }
    assert_int_equal(ppc_state_open(b->ops, b->self, 1000, NULL, &st, NULL), 0);
    pp_json_unref(c->config->labels);
    c->config->labels = deep;
    assert_int_equal(ppc_state_add_container(st, c, NULL, NULL), -PP_E_INVAL);
    pp_json_unref(pp_steal(&c->config->labels));
    memset(big, 'x', 5u << 20);
    big[5u << 20] = '\0';
    c->config->user = pp_steal(&big);
    assert_int_equal(ppc_state_add_container(st, c, NULL, NULL), -PP_E_INVAL);
    c->config->user[1u << 20] = '\0';
    assert_int_equal(ppc_state_add_container(st, c, NULL, NULL), 0);
}

/* Containers with an ID that begins with their number. */
static void
fill(ppc_state *st, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr('1');

        free(c->config->id);
        free(c->config->name);
        c->config->id = ppc_sprintf("%05d%s", i, "aaaaaaaaaaaa");
        c->config->name = ppc_sprintf("name%d", i);
        assert_int_equal(ppc_state_add_container(st, c, NULL, NULL), 0);
    }
}

/* Calls of the back end made by a look-up, and by a list. */
static void
count_calls(backend *b, ppc_state *st, const char *ref, long *look, long *list)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    PP_AUTO(ppc_ctrs_free) ppc_ctr **all_of_them = NULL;
    long before = mapstore_calls(b->map);

    assert_int_equal(ppc_state_lookup_container(st, ref, &c, NULL), 0);
    *look = mapstore_calls(b->map) - before;
    before = mapstore_calls(b->map);
    assert_int_equal(ppc_state_all_containers(st, &all_of_them, NULL), 0);
    *list = mapstore_calls(b->map) - before;
}

static void
test_work_does_not_grow_with_the_store(void **state)
{
    backend *b = *state;
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    long name, name_full, id, id_full, list, list_full;

    assert_int_equal(ppc_state_open(b->ops, b->self, 1000, NULL, &st, NULL), 0);
    fill(st, 2);
    count_calls(b, st, "name1", &name, &list);
    count_calls(b, st, "00001a", &id, &list);
    assert_int_equal(ppc_state_evict_container(st, "name0", NULL, NULL), 0);
    assert_int_equal(ppc_state_evict_container(st, "name1", NULL, NULL), 0);
    fill(st, 1000);
    count_calls(b, st, "name777", &name_full, &list_full);
    count_calls(b, st, "00777a", &id_full, &list_full);
    assert_int_equal(name_full, name);
    assert_int_equal(id_full, id);
    assert_true(list_full <= 2 * 1000 + 10); /* config and state of each */
}

static void
test_messages_say_what_and_what_to_do(void **state)
{
    backend *b = *state;
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr('1');
    PP_AUTO(ppc_ctr_free) ppc_ctr *same = fixture_ctr('2');
    PP_AUTO(ppc_pod_free) ppc_pod *p = fixture_pod('3');
    PP_AUTO(ppc_ctr_free) ppc_ctr *none = NULL;
    pp_err err = {0, 0, ""};

    assert_int_equal(ppc_state_open(b->ops, b->self, 1000, NULL, &st, NULL), 0);
    ppc_state_lookup_container(st, "web", &none, &err);
    assert_string_equal(err.msg, "no container with name or ID \"web\" "
                                 "found: no such container");
    assert_int_equal(ppc_state_add_container(st, c, NULL, NULL), 0);
    same->config->name[4] = '1';
    ppc_state_add_container(st, same, NULL, &err);
    assert_string_equal(
        err.msg, "the container name \"test1\" is already in use by "
                 "11111111111111111111111111111111: you have to remove that "
                 "container to be able to reuse that name");
    p->config->name[4] = '1';
    ppc_state_add_pod(st, p, &err);
    assert_string_equal(
        err.msg, "the pod name \"test1\" is already in use by container "
                 "11111111111111111111111111111111: you have to remove that "
                 "container to be able to reuse that name");
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, open_backend, close_backend)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_each_field_alone),
        T(test_nothing_is_stored_on_failure),
        T(test_unset_says_nothing),
        T(test_one_folder_has_many_names),
        T(test_a_read_only_store_is_only_compared),
        T(test_a_newer_store_is_refused),
        T(test_a_foreign_store_is_refused),
        T(test_migration_runs_the_missing_steps),
        T(test_a_new_store_runs_no_step),
        T(test_the_request_is_kept_beside),
        T(test_work_does_not_grow_with_the_store),
        T(test_messages_say_what_and_what_to_do),
        T(test_what_could_not_be_read_back_is_not_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
