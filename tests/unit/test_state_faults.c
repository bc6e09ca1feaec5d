/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_state_faults.c - every call of the back end fails once
 *
 * Each writing operation is run again and again; the N-th run has the N-th
 * call fail.  The store must then hold all of the operation or nothing.
 *
 * test_state_faults [BACKEND]: a plugin in chaos.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/store.h"
#include "scenario.h"

#define MAX_CALLS 400

static const char *backend_name = "state-chaos/state-memory";

struct world {
    backend b;
    ppc_state *st;
    ppc_pod *p1;
    ppc_ctr *c2; /* in p1 */
    ppc_ctr *c3; /* in p1, needs c2 */
    ppc_ctr *c4; /* free, to be added */
    ppc_pod *p5; /* to be added */
    ppc_ctr *c6; /* in p1, to be added, needs c2 and c3 */
    ppc_ctr *c7; /* free, stored */
};

typedef int (*op_fn)(struct world *, pp_err *);

static ppc_ctr *
member(char digit, const char *need)
{
    PP_AUTO(ppc_pod_free) ppc_pod *p = fixture_pod('1');
    ppc_ctr *c = fixture_ctr(digit);

    c->config->pod = strdup(p->config->id);
    c->config->nspace = strdup("space");
    for (; *need; need++) {
        PP_AUTO(ppc_ctr_free) ppc_ctr *n = fixture_ctr(*need);

        assert_int_equal(ppc_strv_add(&c->config->dependencies, n->config->id),
                         0);
    }
    return c;
}

static void
must(int rc, const pp_err *err)
{
    if (rc < 0)
        print_error("%d %s\n", rc, err->msg);
    assert_int_equal(rc, 0);
}

static void
set_up(struct world *w, uint32_t timeout_ms)
{
    const pp_state_ops *ops = w->b.ops;
    pp_err err = {0, 0, ""};

    backend_fail(&w->b, 0, 0, 0, false);
    backend_wipe(&w->b);
    must(ppc_state_open(ops, w->b.self, timeout_ms, NULL, &w->st, &err), &err);
    w->p1 = fixture_pod('1');
    w->p1->config->nspace = strdup("space");
    w->c2 = member('2', "");
    w->c3 = member('3', "2");
    w->c4 = fixture_ctr('4');
    w->p5 = fixture_pod('5');
    w->c6 = member('6', "23");
    w->c7 = fixture_ctr('7');
    w->c7->intent = strdup("start");
    must(ppc_state_add_pod(w->st, w->p1, &err), &err);
    must(ppc_state_add_container_to_pod(w->st, w->p1, w->c2, NULL, &err), &err);
    must(ppc_state_add_container_to_pod(w->st, w->p1, w->c3, NULL, &err), &err);
    must(ppc_state_add_container(w->st, w->c7, NULL, &err), &err);
}

static void
tear_down(struct world *w)
{
    ppc_state_free(w->st);
    ppc_pod_free(w->p1);
    ppc_ctr_free(w->c2);
    ppc_ctr_free(w->c3);
    ppc_ctr_free(w->c4);
    ppc_pod_free(w->p5);
    ppc_ctr_free(w->c6);
    ppc_ctr_free(w->c7);
}

static int
op_add(struct world *w, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *spec = pp_json_object();

    return ppc_state_add_container(w->st, w->c4, spec, err);
}

static int
op_add_member(struct world *w, pp_err *err)
{
    return ppc_state_add_container_to_pod(w->st, w->p1, w->c6, NULL, err);
}

static int
op_add_pod(struct world *w, pp_err *err)
{
    return ppc_state_add_pod(w->st, w->p5, err);
}

static int
op_save(struct world *w, pp_err *err)
{
    free(pp_steal(&w->c7->intent));
    w->c7->netns = w->c7->netns ? w->c7->netns : strdup("/run/netns/x");
    w->c7->state->state = PPC_CTR_PAUSED;
    return ppc_state_save_container(w->st, w->c7, err);
}

static int
op_save_pod(struct world *w, pp_err *err)
{
    free(pp_steal(&w->p1->state->cgroup_path));
    return ppc_state_save_pod(w->st, w->p1, err);
}

static int
op_remove(struct world *w, pp_err *err)
{
    return ppc_state_remove_container(w->st, w->c7, err);
}

static int
op_remove_member(struct world *w, pp_err *err)
{
    return ppc_state_remove_container_from_pod(w->st, w->p1, w->c3, err);
}

static int
op_empty_pod(struct world *w, pp_err *err)
{
    return ppc_state_remove_pod_containers(w->st, w->p1, err);
}

static int
op_meta(struct world *w, pp_err *err)
{
    return ppc_state_meta_put(w->st, "firewall", "nftables", err);
}

static int
op_evict(struct world *w, pp_err *err)
{
    return ppc_state_evict_container(w->st, "test7", NULL, err);
}

static const op_fn writers[] = {
    op_evict,    op_add,    op_add_member, op_add_pod,       op_save,
    op_save_pod, op_remove, op_meta,       op_remove_member, op_empty_pod,
};
#define WRITERS (sizeof writers / sizeof writers[0])

static int
open_world(void **state)
{
    static struct world w;

    memset(&w, 0, sizeof w);
    backend_open(&w.b, backend_name);
    *state = &w;
    return 0;
}

static int
close_world(void **state)
{
    struct world *w = *state;

    backend_close(&w->b);
    return 0;
}

/* What the store holds when nothing fails. */
static char *
outcome(struct world *w, op_fn op)
{
    pp_err err = {0, 0, ""};
    char *dump;

    set_up(w, 1000);
    must(op(w, &err), &err);
    dump = backend_dump(&w->b);
    tear_down(w);
    return dump;
}

/* One failing call, for every call: all or nothing. Gives the calls made. */
static long
fail_each(struct world *w, op_fn op, int code, bool applied)
{
    PP_AUTO_FREE char *whole = outcome(w, op);
    long n;

    for (n = 0; n < MAX_CALLS; n++) {
        PP_AUTO_FREE char *before = NULL;
        PP_AUTO_FREE char *after = NULL;
        pp_err err = {0, 0, ""};
        bool reached;
        int rc;

        set_up(w, 1000);
        before = backend_dump(&w->b);
        backend_fail(&w->b, n, code, 1, applied);
        rc = op(w, &err);
        reached = backend_calls(&w->b) > n;
        backend_fail(&w->b, 0, 0, 0, false);
        assert_false(backend_busy(&w->b) || backend_broken(&w->b));
        assert_true(w->p1->valid && w->c2->valid && w->c3->valid);
        assert_true(w->c4->valid && w->p5->valid && w->c7->valid);
        after = backend_dump(&w->b);
        if (rc == 0 || (applied && strcmp(after, before)))
            assert_string_equal(after, whole);
        else
            assert_string_equal(after, before);
        if (reached && code == PP_E_CONFLICT) {
            assert_int_equal(rc, 0);
        } else if (reached) {
            assert_int_equal(rc, -code);
            assert_int_equal(err.code, code);
            assert_true(err.msg[0]);
        }
        assert_true(store_is_sound(&w->b));
        tear_down(w);
        if (!reached)
            return n;
    }
    fail_msg("the operation does not end");
    return n;
}

static void
test_a_conflict_is_retried(void **state)
{
    size_t i;

    for (i = 0; i < WRITERS; i++)
        assert_true(fail_each(*state, writers[i], PP_E_CONFLICT, false) > 2);
}

static void
test_a_failure_leaves_no_trace(void **state)
{
    static const int codes[] = {PP_E_IO, PP_E_BUSY, PP_E_FULL, PP_E_NOMEM};
    size_t i, j;

    for (i = 0; i < WRITERS; i++)
        for (j = 0; j < sizeof codes / sizeof codes[0]; j++)
            fail_each(*state, writers[i], codes[j], false);
}

static void
test_a_commit_that_fails_after_it_happened(void **state)
{
    size_t i;

    for (i = 0; i < WRITERS; i++)
        fail_each(*state, writers[i], PP_E_IO, true);
}

/* Refresh is many transactions; each object is old or new, and a second run
 * makes all new. */
static void
test_refresh_broken_off_is_done_again(void **state)
{
    struct world *w = *state;
    PP_AUTO_FREE char *whole = NULL;
    pp_err err = {0, 0, ""};
    long n;
    int rc = -1;

    set_up(w, 1000);
    must(ppc_state_refresh(w->st, &err), &err);
    whole = backend_dump(&w->b);
    tear_down(w);
    for (n = 0; rc && n < MAX_CALLS; n++) {
        PP_AUTO_FREE char *after = NULL;

        set_up(w, 1000);
        backend_fail(&w->b, n, PP_E_IO, 1, false);
        rc = ppc_state_refresh(w->st, &err);
        backend_fail(&w->b, 0, 0, 0, false);
        assert_false(backend_busy(&w->b) || backend_broken(&w->b));
        assert_true(store_is_sound(&w->b));
        must(ppc_state_refresh(w->st, &err), &err);
        after = backend_dump(&w->b);
        assert_string_equal(after, whole);
        tear_down(w);
    }
    assert_true(n > 10 && n < MAX_CALLS);
}

/* Reading calls change nothing of the handle, or of what they give out. */
static void
read_all(struct world *w, int code)
{
    ppc_ctr *none = NULL;
    ppc_ctr **list = NULL;
    ppc_pod **pods = NULL;
    char **ids = NULL;
    char *state_was = w->c7->intent;
    bool has = true;

    assert_int_equal(ppc_state_container(w->st, w->c7->config->id, &none, NULL),
                     -code);
    assert_int_equal(ppc_state_lookup_container(w->st, "test", &none, NULL),
                     -code);
    assert_int_equal(ppc_state_all_containers(w->st, &list, NULL), -code);
    assert_int_equal(ppc_state_all_pods(w->st, &pods, NULL), -code);
    assert_int_equal(ppc_state_intents(w->st, &ids, NULL), -code);
    assert_int_equal(ppc_state_container_in_use(w->st, w->c7, &ids, NULL),
                     -code);
    assert_int_equal(ppc_state_pod_containers(w->st, w->p1, &list, NULL),
                     -code);
    assert_int_equal(ppc_state_has_container(w->st, "x", &has, NULL), -code);
    assert_int_equal(ppc_state_update_container(w->st, w->c7, NULL), -code);
    assert_null(none);
    assert_null(list);
    assert_null(pods);
    assert_null(ids);
    assert_true(has);
    assert_true(w->c7->valid);
    assert_ptr_equal(w->c7->intent, state_was);
}

static void
test_a_failed_read_gives_nothing_out(void **state)
{
    struct world *w = *state;
    long n;

    for (n = 0; n < 3; n++) {
        set_up(w, 1000);
        backend_fail(&w->b, n, PP_E_IO, 1000000, false);
        while (backend_calls(&w->b) < n)
            ppc_state_refresh(w->st, NULL);
        read_all(w, PP_E_IO);
        tear_down(w);
    }
}

static void
test_reads_survive_a_conflict_at_every_call(void **state)
{
    struct world *w = *state;
    bool reached = true;
    long n;

    for (n = 0; reached && n < MAX_CALLS; n++) {
        PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
        PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;

        set_up(w, 1000);
        backend_fail(&w->b, n, PP_E_CONFLICT, 1, false);
        assert_int_equal(ppc_state_all_containers(w->st, &list, NULL), 0);
        assert_non_null(list[2]);
        assert_null(list[3]);
        assert_string_equal(list[2]->intent, "start");
        assert_int_equal(ppc_state_lookup_container(w->st, "77", &c, NULL), 0);
        assert_string_equal(c->intent, "start");
        assert_int_equal(ppc_state_update_container(w->st, w->c7, NULL), 0);
        reached = backend_calls(&w->b) > n;
        tear_down(w);
    }
    assert_true(n > 20);
}

static void
test_endless_conflict_ends_as_busy(void **state)
{
    struct world *w = *state;
    pp_err err = {0, 0, ""};
    int64_t took;
    long begun;

    set_up(w, 200);
    begun = backend_begun(&w->b);
    backend_fail(&w->b, 0, PP_E_CONFLICT, 1000000000, false);
    took = ppc_monotonic();
    assert_int_equal(op_add(w, &err), -PP_E_BUSY);
    took = ppc_monotonic() - took;
    begun = backend_begun(&w->b) - begun;
    assert_int_equal(err.code, PP_E_BUSY);
    assert_true(took >= 190 * PPC_MS && took < 2 * PPC_SEC);
    assert_true(begun > 3 && begun < 100);
    tear_down(w);
}

static void
test_busy_is_not_retried(void **state)
{
    struct world *w = *state;
    long begun;

    set_up(w, 1000);
    begun = backend_begun(&w->b);
    backend_fail(&w->b, 0, PP_E_BUSY, 1, false);
    assert_int_equal(op_add(w, NULL), -PP_E_BUSY);
    assert_int_equal(backend_begun(&w->b) - begun, 1);
    tear_down(w);
}

/* Puts twice and does not look at what came of it. */
static int
careless(ppc_txn *t, void *arg, pp_err *err)
{
    ++*(int *)arg;
    (void)ppc_txn_put_text(t, ppc_key_meta("fact", "a"), "1", err);
    (void)ppc_txn_put_text(t, ppc_key_meta("fact", "b"), "2", err);
    return 0;
}

static void
test_a_swallowed_conflict_is_retried_too(void **state)
{
    struct world *w = *state;
    PP_AUTO_FREE char *dump = NULL;
    ppc_store s = {w->b.ops, w->b.self, 1000, false};
    int runs = 0;

    backend_fail(&w->b, 0, 0, 0, false);
    backend_wipe(&w->b);
    backend_fail(&w->b, 1, PP_E_CONFLICT, 1, false);
    assert_int_equal(ppc_store_update(&s, careless, &runs, NULL), 0);
    backend_fail(&w->b, 0, 0, 0, false);
    assert_int_equal(runs, 2);
    dump = backend_dump(&w->b);
    assert_string_equal(dump, "m/fact/a = 1\nm/fact/b = 2\n\n");
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_conflict_is_retried),
        cmocka_unit_test(test_a_failure_leaves_no_trace),
        cmocka_unit_test(test_a_commit_that_fails_after_it_happened),
        cmocka_unit_test(test_refresh_broken_off_is_done_again),
        cmocka_unit_test(test_a_failed_read_gives_nothing_out),
        cmocka_unit_test(test_reads_survive_a_conflict_at_every_call),
        cmocka_unit_test(test_a_swallowed_conflict_is_retried_too),
        cmocka_unit_test(test_endless_conflict_ends_as_busy),
        cmocka_unit_test(test_busy_is_not_retried),
    };

    if (argc > 1)
        backend_name = argv[1];
    return cmocka_run_group_tests_name(backend_name, tests, open_world,
                                       close_world);
}
