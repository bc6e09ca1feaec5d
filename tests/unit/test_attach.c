/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_attach.c - streams between us and a socket like conmon's */
#include "engine_fixture.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct streams {
    int sock[2]; /* ours, conmon's */
    int in[2];
    int out[2];
    int err[2];
};

static void
open_streams(struct streams *s)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
                                s->sock),
                     0);
    assert_int_equal(pipe2(s->in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(s->out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(s->err, O_CLOEXEC), 0);
}

static void
close_streams(struct streams *s)
{
    int *all = &s->sock[0];
    size_t i;

    for (i = 0; i < sizeof *s / sizeof(int); i++)
        if (all[i] >= 0)
            close(all[i]);
}

static pid_t
start_pump(struct streams *s)
{
    pid_t child = fork();
    pp_attach a = {sizeof a, s->in[0], s->out[1], s->err[1], -1, 0};

    assert_true(child >= 0);
    if (!child) {
        alarm(20);
        close(s->sock[1]);
        close(s->in[1]);
        _exit(ppc_attach_pump(NULL, "id", s->sock[0], &a, NULL) ? 1 : 0);
    }
    close(pp_steal_fd(&s->sock[0]));
    close(pp_steal_fd(&s->in[0]));
    close(pp_steal_fd(&s->out[1]));
    close(pp_steal_fd(&s->err[1]));
    return child;
}

static void
ends_well(pid_t child)
{
    int status = -1;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void
reads(int fd, const char *want)
{
    char buf[64] = "";
    ssize_t n = read(fd, buf, sizeof buf - 1);

    assert_int_equal(n, strlen(want));
    assert_string_equal(buf, want);
}

static void
test_attach__packets_go_to_their_stream(void **state)
{
    struct streams s;
    pid_t child;

    (void)state;
    open_streams(&s);
    child = start_pump(&s);
    assert_int_equal(send(s.sock[1], "\2out", 4, 0), 4);
    assert_int_equal(send(s.sock[1], "\3err", 4, 0), 4);
    reads(s.out[0], "out");
    reads(s.err[0], "err");
    assert_int_equal(write(s.in[1], "in", 2), 2);
    reads(s.sock[1], "in");
    close(pp_steal_fd(&s.in[1]));
    reads(s.sock[1], ""); /* its end too */
    close(pp_steal_fd(&s.sock[1]));
    ends_well(child);
    close_streams(&s);
}

/* A container that reads nothing but writes. */
static void
test_attach__output_does_not_wait_for_input(void **state)
{
    struct streams s;
    char junk[4096] = {0};
    size_t put = 0;
    pid_t child;

    (void)state;
    open_streams(&s);
    child = start_pump(&s);
    assert_int_equal(fcntl(s.in[1], F_SETFL, O_NONBLOCK), 0);
    for (;;) { /* until pipe and socket are full */
        struct pollfd p = {.fd = s.in[1], .events = POLLOUT};

        if (poll(&p, 1, 200) <= 0)
            break;
        assert_true(write(s.in[1], junk, sizeof junk) > 0);
        put += sizeof junk;
    }
    assert_true(put > 65536);
    assert_int_equal(send(s.sock[1], "\2out", 4, 0), 4);
    reads(s.out[0], "out");
    close(pp_steal_fd(&s.sock[1]));
    ends_well(child);
    close_streams(&s);
}

/* Started without standard streams, the pipes to conmon are 0 to 5. */
static int
create_without_streams(struct engine *e, const char *id)
{
    int fd;

    for (fd = 0; fd < 3; fd++)
        close(fd);
    return pp_container_start(e->rt, id, NULL, NULL, NULL) ? 1 : 0;
}

static void
test_attach__conmon_is_heard_without_streams(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];
    pid_t child;

    engine_create(e, "web", 0, id);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        alarm(20);
        _exit(create_without_streams(e, id));
    }
    ends_well(child);
}

static void
test_attach__conmon_that_dies_is_a_failure(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    engine_write(e, "conmon", "#!/bin/sh\nexit 0\n", 0755);
    assert_true(pp_container_start(e->rt, id, NULL, NULL, &e->err) < 0);
    engine_write(e, "conmon", "#!/bin/sh\necho no such option >&2\nexit 3\n",
                 0755);
    assert_true(pp_container_start(e->rt, id, NULL, NULL, &e->err) < 0);
    assert_non_null(strstr(e->err.msg, "no such option"));
    engine_write(e, "conmon", "#!/bin/sh\necho 'no JSON' >&3\n", 0755);
    assert_true(pp_container_start(e->rt, id, NULL, NULL, &e->err) < 0);
    assert_non_null(strstr(e->err.msg, "no JSON"));
    engine_write(e, "conmon",
                 "#!/bin/sh\necho '{\"pid\":-1,\"message\":\"exec: "
                 "\\\"x\\\": stat x: no such file or directory\"}' >&3\n",
                 0755);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err),
                     -PP_E_CMDNOTFOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach__packets_go_to_their_stream),
        cmocka_unit_test(test_attach__output_does_not_wait_for_input),
        ENGINE_TEST(test_attach__conmon_is_heard_without_streams),
        ENGINE_TEST(test_attach__conmon_that_dies_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
