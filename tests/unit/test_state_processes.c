/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_state_processes.c - one state, several processes, and
 * processes that die
 *
 * test_state_processes PLUGIN; without one there is nothing to share.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "scenario.h"

#define RIVALS 4
#define ROUNDS 10
#define KILLS 12
#define TIMEOUT_MS 20000

static ppc_state *
open_state(const backend *b)
{
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};

    if (ppc_state_open(b->ops, b->self, TIMEOUT_MS, NULL, &st, &err) < 0)
        fprintf(stderr, "open: %s\n", err.msg);
    return st;
}

typedef int (*work_fn)(ppc_state *st, int who);

/* Run work in a process of its own; its result, 0 to 9, is the exit code. */
static pid_t
spawn(const backend *b, work_fn work, int who)
{
    ppc_state *st;
    backend own;
    pid_t pid = fork();
    int rc;

    if (pid)
        return pid;
    backend_share(b, &own);
    st = open_state(&own);
    rc = st ? work(st, who) : 10;
    ppc_state_free(st);
    backend_close(&own);
    _exit(rc);
}

static int
result(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* 0: added; 1: another was first; 2: anything else. */
static int
verdict(int rc, const pp_err *err)
{
    if (!rc)
        return 0;
    if (rc == -PP_E_CTREXISTS || rc == -PP_E_NOSUCHPOD)
        return 1;
    fprintf(stderr, "%d %s\n", rc, err->msg);
    return 2;
}

static int
add_same_name(ppc_state *st, int who)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr((char)('1' + who));
    pp_err err = {0, 0, ""};

    free(c->config->name);
    c->config->name = strdup("same");
    return verdict(ppc_state_add_container(st, c, NULL, &err), &err);
}

static void
test_one_of_many_gets_the_name(void **state)
{
    backend *b = *state;
    pid_t pid[RIVALS];
    int seen[3], round, i, rc;

    for (round = 0; round < ROUNDS; round++) {
        backend_wipe(b);
        ppc_state_free(open_state(b));
        memset(seen, 0, sizeof seen);
        for (i = 0; i < RIVALS; i++)
            pid[i] = spawn(b, add_same_name, i);
        for (i = 0; i < RIVALS; i++) {
            rc = result(pid[i]);
            assert_in_range(rc, 0, 1);
            seen[rc]++;
        }
        assert_int_equal(seen[0], 1);
        assert_int_equal(seen[1], RIVALS - 1);
        assert_true(store_is_sound(b));
    }
}

/* Some add a member to the pod, one removes the pod. */
static int
pod_race(ppc_state *st, int who)
{
    PP_AUTO(ppc_pod_free) ppc_pod *p = fixture_pod('1');
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr((char)('2' + who));
    pp_err err = {0, 0, ""};

    if (!who)
        return verdict(ppc_state_remove_pod(st, p, &err), &err);
    c->config->pod = strdup(p->config->id);
    return verdict(ppc_state_add_container_to_pod(st, p, c, NULL, &err), &err);
}

static void
test_no_member_without_its_pod(void **state)
{
    backend *b = *state;
    pid_t pid[RIVALS];
    int round, i, rc, gone, added;

    for (round = 0; round < ROUNDS; round++) {
        PP_AUTO(ppc_pod_free) ppc_pod *p = fixture_pod('1');
        ppc_state *st;

        backend_wipe(b);
        st = open_state(b);
        assert_int_equal(ppc_state_add_pod(st, p, NULL), 0);
        ppc_state_free(st);
        for (i = 0; i < RIVALS; i++)
            pid[i] = spawn(b, pod_race, i);
        gone = added = 0;
        for (i = 0; i < RIVALS; i++) {
            rc = result(pid[i]);
            assert_in_range(rc, 0, 1);
            gone += !i && !rc;
            added += i && !rc;
        }
        assert_true(gone ? !added : added == RIVALS - 1);
        assert_true(store_is_sound(b));
    }
}

/* Adds and removes until it is killed. */
static int
churn(ppc_state *st, int who)
{
    PP_AUTO(ppc_pod_free) ppc_pod *p = fixture_pod((char)('1' + 3 * who));
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr((char)('2' + 3 * who));
    PP_AUTO(ppc_ctr_free) ppc_ctr *d = fixture_ctr((char)('3' + 3 * who));

    p->config->nspace = strdup("space");
    c->config->nspace = strdup("space");
    d->config->nspace = strdup("space");
    c->config->pod = strdup(p->config->id);
    d->config->pod = strdup(p->config->id);
    d->config->ns_ctr[PPC_NS_NET] = strdup(c->config->id);
    for (;;) {
        p->valid = c->valid = d->valid = true;
        ppc_state_add_pod(st, p, NULL);
        ppc_state_add_container_to_pod(st, p, c, NULL, NULL);
        ppc_state_add_container_to_pod(st, p, d, NULL, NULL);
        d->intent = d->intent ? d->intent : strdup("start");
        ppc_state_save_container(st, d, NULL);
        ppc_state_remove_pod_containers(st, p, NULL);
        ppc_state_remove_pod(st, p, NULL);
    }
    return 0;
}

static void
test_a_killed_process_leaves_a_sound_store(void **state)
{
    backend *b = *state;
    unsigned seed = 1;
    pid_t pid[2];
    int i, j;

    backend_wipe(b);
    ppc_state_free(open_state(b));
    for (i = 0; i < KILLS; i++) {
        for (j = 0; j < 2; j++)
            pid[j] = spawn(b, churn, j);
        seed = seed * 1103515245u + 12345u;
        ppc_sleep((30 + (seed >> 16) % 70) * PPC_MS);
        for (j = 0; j < 2; j++)
            kill(pid[j], SIGKILL);
        for (j = 0; j < 2; j++)
            assert_int_equal(result(pid[j]), 128 + SIGKILL);
        backend_reopen(b);
        assert_true(store_is_sound(b));
    }
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_many_gets_the_name),
        cmocka_unit_test(test_no_member_without_its_pod),
        cmocka_unit_test(test_a_killed_process_leaves_a_sound_store),
    };
    static struct CMUnitTest with[sizeof tests / sizeof tests[0]];
    static backend b;
    size_t i;
    int rc;

    if (argc < 2) {
        printf("needs the name of a plugin that processes can share\n");
        return 77;
    }
    backend_open(&b, argv[1]);
    memcpy(with, tests, sizeof with);
    for (i = 0; i < sizeof with / sizeof with[0]; i++)
        with[i].initial_state = &b;
    rc = cmocka_run_group_tests(with, NULL, NULL);
    backend_close(&b);
    return rc;
}
