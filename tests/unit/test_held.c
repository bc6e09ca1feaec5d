/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_held.c - operations, and what is owed after those that
 * died half-way
 */
#include "engine_fixture.h"

static int32_t
state_of(struct engine *e, const char *id)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = engine_record(e, id);

    return c ? c->state->state : -1;
}

/* As if the process of an operation had died: the record says so. */
static void
die_in(struct engine *e, const char *id, const char *intent, int32_t state)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = engine_record(e, id);

    assert_non_null(c);
    c->intent = strdup(intent);
    c->state->state = state;
    assert_int_equal(ppc_state_save_container(e->rt->state, c, &e->err), 0);
}

static void
is_dead_soon(int64_t pid)
{
    int64_t deadline = ppc_monotonic() + 10 * PPC_SEC;

    while (ppc_process_is_alive(pid, 0) && ppc_monotonic() < deadline)
        ppc_sleep(PPC_MS);
    assert_false(ppc_process_is_alive(pid, 0));
}

static int
take(struct engine *e, const char *id)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;

    return ppc_held_take(e->rt, id, &h, &e->err);
}

static void
test_held__life_of_a_container(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];
    int code = -1;

    engine_create(e, "web", 0, id);
    assert_int_equal(state_of(e, id), PPC_CTR_CONFIGURED);
    assert_int_equal(pp_container_start(e->rt, "web", NULL, NULL, &e->err), 0);
    assert_int_equal(state_of(e, id), PPC_CTR_RUNNING);
    assert_int_equal(pp_container_start(e->rt, "web", NULL, NULL, &e->err), 0);
    assert_int_equal(pp_container_remove(e->rt, "web", 0, -1, &e->err),
                     -PP_E_CTRSTATE);
    assert_int_equal(pp_container_stop(e->rt, "web", -1, &e->err), 0);
    assert_int_equal(state_of(e, id), PPC_CTR_EXITED);
    assert_int_equal(pp_container_stop(e->rt, "web", -1, &e->err), 0);
    assert_int_equal(pp_container_wait(e->rt, "web", NULL, 1, &code, &e->err),
                     0);
    assert_int_equal(code, 128 + SIGTERM);
    assert_int_equal(pp_container_start(e->rt, "web", NULL, NULL, &e->err), 0);
    assert_int_equal(
        pp_container_remove(e->rt, "web", PP_REMOVE_FORCE, 0, &e->err), 0);
    engine_is_empty(e);
}

/* Each is a file where create wants a folder. */
static void
test_held__failed_create_leaves_nothing(void **state)
{
    static const char *const folders[] = {"graph/containers", "run/containers",
                                          "run/tmp/lock"};
    struct engine *e = *state;
    pp_container_spec spec = engine_spec(e, "web");
    PP_AUTO_FREE char *rootfs = strdup(spec.rootfs);
    char id[PP_ID_MAX] = "untouched";
    size_t i;

    spec.rootfs = rootfs;
    for (i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        assert_int_equal(rmdir(engine_path(e, folders[i])), 0);
        engine_write(e, folders[i], "", 0644);
        assert_true(pp_container_create(e->rt, &spec, id, &e->err) < 0);
        assert_int_equal(unlink(engine_path(e, folders[i])), 0);
        assert_int_equal(mkdir(engine_path(e, folders[i]), 0755), 0);
        assert_string_equal(id, "untouched");
        engine_is_empty(e);
    }
}

static void
test_held__name_in_use_leaves_nothing(void **state)
{
    struct engine *e = *state;
    pp_container_spec spec = engine_spec(e, "web");
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_create(e->rt, &spec, id, &e->err),
                     -PP_E_CTREXISTS);
    assert_int_equal(pp_container_remove(e->rt, "web", 0, -1, &e->err), 0);
    engine_is_empty(e);
}

static void
test_held__cidfile_of_others_stays(void **state)
{
    struct engine *e = *state;
    PP_AUTO_FREE char *cid = strdup(engine_write(e, "cid", "theirs\n", 0644));
    pp_container_spec spec = engine_spec(e, "web");
    char id[PP_ID_MAX];

    spec.cidfile = cid;
    assert_int_equal(pp_container_create(e->rt, &spec, id, &e->err),
                     -PP_E_EXISTS);
    engine_is_empty(e);
    assert_int_equal(access(cid, F_OK), 0);
    assert_int_equal(unlink(cid), 0);
    assert_int_equal(pp_container_create(e->rt, &spec, id, &e->err), 0);
    assert_int_equal(access(cid, F_OK), 0);
    engine_write(e, "cid", "somebody else's by now", 0644);
    assert_int_equal(pp_container_remove(e->rt, id, 0, -1, &e->err), 0);
    assert_int_equal(access(cid, F_OK), 0);
}

static void
test_held__own_cidfile_goes(void **state)
{
    struct engine *e = *state;
    PP_AUTO_FREE char *cid = strdup(engine_path(e, "cid"));
    pp_container_spec spec = engine_spec(e, "web");
    PP_AUTO_FREE char *text = NULL;
    char id[PP_ID_MAX];

    spec.cidfile = cid;
    assert_int_equal(pp_container_create(e->rt, &spec, id, &e->err), 0);
    assert_int_equal(ppc_file_read(cid, 80, &text, NULL, &e->err), 0);
    assert_string_equal(text, id);
    assert_int_equal(pp_container_remove(e->rt, id, 0, -1, &e->err), 0);
    assert_int_equal(access(cid, F_OK), -1);
}

/* Without a network, an exited container's record shows no trace of what an
 * unfinished start made but the intent. */
static void
test_held__unfinished_start_is_undone(void **state)
{
    struct engine *e = *state;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    die_in(e, id, PPC_INTENT_START, PPC_CTR_EXITED);
    assert_int_equal(take(e, id), 0);
    assert_true(engine_was_asked(e, "delete --force", id));
    c = engine_record(e, id);
    assert_null(c->intent);
    assert_int_equal(c->state->state, PPC_CTR_EXITED);
}

static void
test_held__undo_that_fails_is_owed_still(void **state)
{
    struct engine *e = *state;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    die_in(e, id, PPC_INTENT_START, PPC_CTR_CONFIGURED);
    engine_write(e, "fail-delete", "", 0644);
    assert_true(take(e, id) < 0);
    c = engine_record(e, id);
    assert_string_equal(c->intent, PPC_INTENT_START);
    assert_true(pp_container_start(e->rt, id, NULL, NULL, &e->err) < 0);
    /* its process lives: not even by force */
    assert_true(pp_container_remove(e->rt, id, PP_REMOVE_FORCE, -1, &e->err) <
                0);
    assert_int_equal(unlink(engine_path(e, "fail-delete")), 0);
    assert_int_equal(take(e, id), 0);
    assert_int_equal(state_of(e, id), PPC_CTR_CONFIGURED);
}

static void
test_held__unfinished_create_is_erased(void **state)
{
    struct engine *e = *state;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    die_in(e, id, PPC_INTENT_CREATE, PPC_CTR_CONFIGURED);
    engine_write(e, "fail-delete", "", 0644);
    assert_true(take(e, id) < 0);
    c = engine_record(e, id);
    assert_string_equal(c->intent, PPC_INTENT_CREATE);
    assert_int_equal(unlink(engine_path(e, "fail-delete")), 0);
    assert_int_equal(take(e, id), -PP_E_NOSUCHCTR);
    /* conmon writes the exit file after that, and calls the clean-up */
    is_dead_soon(engine_pid(e, "conmon-", id));
    assert_int_equal(pp_container_cleanup(e->rt, id, &e->err), 0);
    engine_is_empty(e);
}

static void
test_held__teardown_twice_is_once(void **state)
{
    struct engine *e = *state;
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    assert_int_equal(ppc_held_take(e->rt, id, &h, &e->err), 0);
    assert_int_equal(ppc_held_stop(e->rt, &h, 1, &e->err), 0);
    assert_int_equal(h.ctr->state->state, PPC_CTR_STOPPED);
    assert_int_equal(ppc_held_teardown(e->rt, &h, &e->err), 0);
    assert_int_equal(ppc_held_teardown(e->rt, &h, &e->err), 0);
    assert_int_equal(h.ctr->state->state, PPC_CTR_EXITED);
    assert_int_equal(h.ctr->state->exit_code, 128 + SIGTERM);
    assert_int_equal(engine_count(e, "run/tmp/exits"), 0);
}

static void
test_held__failed_start_is_as_before(void **state)
{
    struct engine *e = *state;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    engine_write(e, "fail-start", "", 0644);
    assert_true(pp_container_start(e->rt, id, NULL, NULL, &e->err) < 0);
    c = engine_record(e, id);
    assert_null(c->intent);
    assert_int_equal(c->state->state, PPC_CTR_CONFIGURED);
    assert_int_equal(c->state->pid, 0);
    is_dead_soon(engine_pid(e, "", id));
}

static void
test_held__remove_by_force_goes_on(void **state)
{
    struct engine *e = *state;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    pp_json *att = pp_json_object();
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    c = engine_record(e, id);
    c->netns = strdup("/absent/netns");
    c->state->network_status = pp_json_array();
    pp_json_put(att, "network", pp_json_string("of a plugin that is gone"));
    pp_json_add(c->state->network_status, att);
    assert_int_equal(ppc_state_save_container(e->rt->state, c, &e->err), 0);
    assert_true(pp_container_remove(e->rt, id, 0, -1, &e->err) < 0);
    assert_int_equal(
        pp_container_remove(e->rt, id, PP_REMOVE_FORCE, -1, &e->err), 0);
    engine_is_empty(e);
}

/* conmon writes the exit code a little after the end: till then nobody may
 * read that it is unknown. */
static void
test_held__end_is_told_by_conmon(void **state)
{
    struct engine *e = *state;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    char id[PP_ID_MAX];
    int64_t pid;
    int code = -7;

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    c = engine_record(e, id);
    assert_int_equal(ppc_bundle_init(e->rt, id, &b, &e->err), 0);
    assert_false(ppc_ctr_sync(&b, c, 0));
    engine_write(e, "slow", "", 0644);
    pid = engine_pid(e, "", id);
    kill((pid_t)pid, SIGKILL);
    is_dead_soon(pid);
    assert_false(ppc_ctr_sync(&b, c, 0));
    assert_int_equal(c->state->state, PPC_CTR_RUNNING);
    assert_int_equal(unlink(engine_path(e, "slow")), 0);
    assert_int_equal(pp_container_wait(e->rt, id, NULL, 0, &code, &e->err), 0);
    assert_int_equal(code, 128 + SIGKILL);
    assert_true(ppc_ctr_sync(&b, c, 0));
    assert_int_equal(c->state->exit_code, 128 + SIGKILL);
}

static void
test_held__end_without_conmon_is_unknown(void **state)
{
    struct engine *e = *state;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    c = engine_record(e, id);
    assert_int_equal(ppc_bundle_init(e->rt, id, &b, &e->err), 0);
    kill((pid_t)c->state->conmon_pid, SIGKILL);
    is_dead_soon(c->state->conmon_pid);
    assert_false(ppc_ctr_sync(&b, c, 0)); /* the container itself lives on */
    kill((pid_t)c->state->pid, SIGKILL);
    is_dead_soon(c->state->pid);
    assert_true(ppc_ctr_sync(&b, c, 0));
    assert_int_equal(c->state->exit_code, -1);
    assert_true(c->state->exited);
}

/* The pid is somebody else's by now. */
static void
test_held__pid_in_use_again_is_not_it(void **state)
{
    struct engine *e = *state;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = ppc_ctr_new();
    ppc_bundle b = {.dir = e->dir, .exitfile = e->dir};

    c->config->name = strdup("web");
    c->state->state = PPC_CTR_RUNNING;
    c->state->pid = getpid();
    c->state->pid_start = ppc_process_start(getpid());
    assert_false(ppc_ctr_sync(&b, c, 0));
    c->state->pid_start++;
    assert_true(ppc_ctr_sync(&b, c, 0));
}

/* Who runs it in the foreground reads its exit code before it goes. */
static void
test_held__stop_leaves_the_end_to_the_foreground(void **state)
{
    struct engine *e = *state;
    PP_AUTO_FREE char *name = NULL;
    char id[PP_ID_MAX];
    int lock;

    engine_create(e, "web", PP_SPEC_AUTO_REMOVE, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    name = ppc_foreground_lock(id);
    lock = ppc_lock_take(e->rt->lock_dir, name, 0, "test", "test", &e->err);
    assert_true(lock >= 0);
    assert_int_equal(pp_container_stop(e->rt, id, -1, &e->err), 0);
    assert_int_not_equal(state_of(e, id), -1);
    ppc_lock_forget(e->rt->lock_dir, name);
    close(lock);
    assert_int_equal(pp_container_cleanup(e->rt, id, &e->err), 0);
    engine_is_empty(e);
    assert_int_equal(pp_container_cleanup(e->rt, id, &e->err), 0);
}

/* Whoever looks has the record of a moment ago, and is overtaken. */
static void
test_held__an_end_recorded_meanwhile(void **state)
{
    struct engine *e = *state;
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    c = engine_record(e, id);
    assert_int_equal(ppc_bundle_init(e->rt, id, &b, &e->err), 0);
    assert_int_equal(pp_container_stop(e->rt, id, -1, &e->err), 0);
    is_dead_soon(engine_pid(e, "conmon-", id));
    assert_int_equal(access(b.exitfile, F_OK), -1);
    assert_int_equal(c->state->state, PPC_CTR_RUNNING);
    assert_true(ppc_ctr_look(e->rt, &b, c));
    assert_int_equal(c->state->exit_code, 128 + SIGTERM);
    assert_int_equal(pp_container_remove(e->rt, id, 0, -1, &e->err), 0);
}

static void
test_held__signals_are_checked(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_kill(e->rt, id, SIGTERM, &e->err),
                     -PP_E_CTRSTATE);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    assert_int_equal(pp_container_kill(e->rt, id, 0, &e->err), -PP_E_INVAL);
    assert_int_equal(pp_container_kill(e->rt, id, 65, &e->err), -PP_E_INVAL);
    assert_int_equal(pp_container_kill(e->rt, id, SIGKILL, &e->err), 0);
}

static void
test_held__wait_knows_the_shown_words(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];
    int code = -1;

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_wait(e->rt, id, "created", 1, &code, &e->err),
                     0);
    assert_int_equal(
        pp_container_wait(e->rt, id, "configured", 1, &code, &e->err), 0);
    assert_int_equal(pp_container_wait(e->rt, id, "asleep", 1, &code, &e->err),
                     -PP_E_INVAL);
    assert_int_equal(
        pp_container_wait(e->rt, "absent", NULL, 1, &code, &e->err),
        -PP_E_NOSUCHCTR);
}

/* Somebody else holds it: not for ever, and he is named. */
static void
test_held__busy_names_the_holder(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX], pid[32];
    int lock;

    engine_create(e, "web", 0, id);
    lock = ppc_lock_take(e->rt->lock_dir, id, 0, "test", "test", &e->err);
    assert_true(lock >= 0);
    assert_int_equal(take(e, id), -PP_E_BUSY);
    snprintf(pid, sizeof pid, "process %d", (int)getpid());
    assert_non_null(strstr(e->err.msg, pid));
    close(lock);
    assert_int_equal(take(e, id), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST(test_held__life_of_a_container),
        ENGINE_TEST(test_held__failed_create_leaves_nothing),
        ENGINE_TEST(test_held__name_in_use_leaves_nothing),
        ENGINE_TEST(test_held__cidfile_of_others_stays),
        ENGINE_TEST(test_held__own_cidfile_goes),
        ENGINE_TEST(test_held__unfinished_start_is_undone),
        ENGINE_TEST(test_held__undo_that_fails_is_owed_still),
        ENGINE_TEST(test_held__unfinished_create_is_erased),
        ENGINE_TEST(test_held__teardown_twice_is_once),
        ENGINE_TEST(test_held__failed_start_is_as_before),
        ENGINE_TEST(test_held__remove_by_force_goes_on),
        ENGINE_TEST(test_held__end_is_told_by_conmon),
        ENGINE_TEST(test_held__end_without_conmon_is_unknown),
        ENGINE_TEST(test_held__pid_in_use_again_is_not_it),
        ENGINE_TEST(test_held__stop_leaves_the_end_to_the_foreground),
        ENGINE_TEST(test_held__an_end_recorded_meanwhile),
        ENGINE_TEST(test_held__signals_are_checked),
        ENGINE_TEST(test_held__wait_knows_the_shown_words),
        ENGINE_TEST(test_held__busy_names_the_holder),
    };

    alarm(100);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
