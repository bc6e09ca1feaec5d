/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_run.c - helper programs: output, deadline, descriptors */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/util/clock.h"
#include "core/util/run.h"
#include "core/util/sink.h"

struct call {
    pp_run r;
    const char *argv[8];
    pp_sink out;
    pp_sink errout;
    pp_err err;
    int status;
};

static void
call_sh(struct call *c, const char *script)
{
    memset(c, 0, sizeof *c);
    c->argv[0] = "/bin/sh";
    c->argv[1] = "-c";
    c->argv[2] = script;
    c->r.struct_size = sizeof c->r;
    c->r.argv = c->argv;
    c->r.out = &c->out;
    c->r.errout = &c->errout;
    c->r.netns_fd = -1;
    c->r.timeout_ms = 10000;
    c->status = -1;
}

static int
run(struct call *c)
{
    return ppc_run(&c->r, &c->status, &c->err);
}

static void
call_end(struct call *c)
{
    ppc_sink_clear(&c->out);
    ppc_sink_clear(&c->errout);
}

static void
test_run__collects_both_outputs_and_the_exit_code(void **state)
{
    struct call c;

    (void)state;
    call_sh(&c, "echo one; echo two >&2; exit 7");
    assert_int_equal(run(&c), 0);
    assert_int_equal(c.status, 7);
    assert_string_equal(ppc_str_get(&c.out.s), "one\n");
    assert_string_equal(ppc_str_get(&c.errout.s), "two\n");
    call_end(&c);
}

static void
test_run__death_by_signal_is_128_and_more(void **state)
{
    struct call c;

    (void)state;
    call_sh(&c, "kill -TERM $$");
    assert_int_equal(run(&c), 0);
    assert_int_equal(c.status, 128 + SIGTERM);
    call_end(&c);
}

/* Larger than any pipe, and with a reader that never reads. */
static void
test_run__input_arrives_whole_or_is_ignored(void **state)
{
    size_t n = 3u << 20;
    char *big = malloc(n);
    struct call c;

    (void)state;
    assert_non_null(big);
    memset(big, 'x', n);
    call_sh(&c, "wc -c");
    c.r.in = pp_slice_of(big, n);
    assert_int_equal(run(&c), 0);
    assert_int_equal(atol(ppc_str_get(&c.out.s)), n);
    call_end(&c);

    call_sh(&c, "exit 0");
    c.r.in = pp_slice_of(big, n);
    assert_int_equal(run(&c), 0);
    call_end(&c);

    call_sh(&c, "cat; cat /proc/self/fd/0");
    c.r.in = pp_slice_of("abc", 3);
    assert_int_equal(run(&c), 0);
    assert_int_equal(memcmp(ppc_str_get(&c.out.s), "abc", 3), 0);
    call_end(&c);
    free(big);
}

static void
test_run__without_input_reads_the_end_at_once(void **state)
{
    struct call c;

    (void)state;
    call_sh(&c, "cat");
    assert_int_equal(run(&c), 0);
    assert_int_equal(c.out.s.n, 0);
    call_end(&c);
}

static void
test_run__deadline_kills_the_whole_group(void **state)
{
    char cmd[64];
    struct call c;
    int64_t t0 = ppc_monotonic();
    long child;
    int i;

    (void)state;
    call_sh(&c, "sleep 60 & echo $!; wait");
    c.r.timeout_ms = 300;
    assert_int_equal(run(&c), -PP_E_TIMEOUT);
    assert_true(ppc_monotonic() - t0 < 5 * PPC_SEC);
    assert_non_null(strstr(c.err.msg, "\"/bin/sh\""));
    assert_non_null(strstr(c.err.msg, "300 ms"));
    assert_int_equal(c.status, -1); /* outputs untouched on failure */
    child = atol(ppc_str_get(&c.out.s));
    assert_true(child > 1);
    /* Whoever adopts it may take a moment to collect the dead. */
    snprintf(cmd, sizeof cmd, "/proc/%ld/exe", child);
    for (i = 0; i < 200 && access(cmd, F_OK) == 0; i++)
        ppc_sleep(10 * PPC_MS);
    assert_int_not_equal(access(cmd, F_OK), 0);
    call_end(&c);
}

/* The child of a process that is killed: its helper must not go on. */
static void
test_run__helper_dies_with_its_caller(void **state)
{
    char path[32];
    char text[16] = "";
    int fds[2];
    pid_t caller;
    int i;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    caller = fork();
    if (!caller) {
        struct call c;
        char cmd[64];

        snprintf(cmd, sizeof cmd, "echo $$ >/proc/%d/fd/%d; exec sleep 60",
                 (int)getpid(), fds[1]);
        call_sh(&c, cmd);
        _exit(run(&c) != 0);
    }
    assert_true(read(fds[0], text, sizeof text - 1) > 1);
    kill(caller, SIGKILL);
    waitpid(caller, NULL, 0);
    snprintf(path, sizeof path, "/proc/%ld/exe", atol(text));
    for (i = 0; i < 200 && access(path, F_OK) == 0; i++)
        ppc_sleep(10 * PPC_MS);
    assert_int_not_equal(access(path, F_OK), 0);
    close(fds[0]);
    close(fds[1]);
}

static void
test_run__too_much_output_is_refused(void **state)
{
    struct call c;

    (void)state;
    call_sh(&c, "while :; do echo 0123456789; done");
    c.out.max = 4096;
    assert_int_equal(run(&c), -PP_E_FULL);
    assert_true(c.out.s.n <= 4096);
    call_end(&c);

    call_sh(&c, "cat /dev/zero");
    assert_int_equal(run(&c), -PP_E_FULL);
    call_end(&c);
}

/* A daemon left behind must not make everyone wait for it. */
static void
test_run__a_grandchild_with_the_pipe_is_not_waited_for(void **state)
{
    int64_t t0 = ppc_monotonic();
    struct call c;
    long child;

    (void)state;
    call_sh(&c, "sleep 30 & echo $!");
    assert_int_equal(run(&c), 0);
    assert_true(ppc_monotonic() - t0 < 5 * PPC_SEC);
    child = atol(ppc_str_get(&c.out.s));
    assert_true(child > 1);
    kill((pid_t)child, SIGKILL);
    call_end(&c);
}

static void
test_run__names_what_cannot_be_executed(void **state)
{
    struct call c;

    (void)state;
    call_sh(&c, "");
    c.argv[0] = "/nowhere/helper";
    assert_int_equal(run(&c), -PP_E_UNAVAIL);
    assert_int_equal(c.err.sys_errno, ENOENT);
    assert_non_null(strstr(c.err.msg, "\"/nowhere/helper\""));
    c.argv[0] = "/etc/passwd";
    assert_int_equal(run(&c), -PP_E_UNAVAIL);
    assert_int_equal(c.err.sys_errno, EACCES);
    c.argv[0] = "sh";
    assert_int_equal(run(&c), -PP_E_INVAL);
    c.argv[0] = "/bin/true";
    c.r.flags = 0x80;
    assert_int_equal(run(&c), -PP_E_NOTSUP);
    c.r.flags = 0;
    c.r.struct_size = 8;
    assert_int_equal(run(&c), -PP_E_INVAL);
    call_end(&c);
}

static void
test_run__environment_is_clean(void **state)
{
    static const char *const own[] = {"A=1", "B=2", NULL};
    struct call c;

    (void)state;
    setenv("POLYPOD_LEAK", "yes", 1);
    call_sh(&c, "");
    c.argv[0] = "/usr/bin/env";
    c.argv[1] = NULL;
    assert_int_equal(run(&c), 0);
    assert_string_equal(ppc_str_get(&c.out.s), PPC_RUN_PATH "\n");
    call_end(&c);
    c.r.envp = own;
    assert_int_equal(run(&c), 0);
    assert_string_equal(ppc_str_get(&c.out.s), "A=1\nB=2\n");
    call_end(&c);
}

/* A descriptor without close-on-exec, low and high, and a blocked and an
 * ignored signal: nothing of it arrives. */
static void
test_run__inherits_nothing(void **state)
{
    int fd = open("/dev/null", O_RDONLY); /* on purpose */
    int high = fcntl(fd, F_DUPFD, 200);
    sigset_t set;
    sigset_t old;
    struct call c;

    (void)state;
    assert_true(fd >= 0 && high >= 200);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    /* No shell in between: it blocks signals of its own accord. */
    call_sh(&c, "");
    c.argv[0] = "/bin/grep";
    c.argv[1] = "-E";
    c.argv[2] = "^Sig(Blk|Ign)";
    c.argv[3] = "/proc/self/status";
    assert_int_equal(run(&c), 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    signal(SIGPIPE, SIG_DFL);
    assert_string_equal(ppc_str_get(&c.out.s), "SigBlk:\t0000000000000000\n"
                                               "SigIgn:\t0000000000000000\n");
    call_end(&c);

    call_sh(&c, "");
    c.argv[0] = "/bin/ls";
    c.argv[1] = "/proc/self/fd";
    c.argv[2] = NULL;
    assert_int_equal(run(&c), 0);
    /* 3 is the folder that ls reads */
    assert_string_equal(ppc_str_get(&c.out.s), "0\n1\n2\n3\n");
    call_end(&c);
    close(fd);
    close(high);
}

static size_t
open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void
test_run__leaks_no_descriptor(void **state)
{
    size_t before = open_fds();
    struct call c;

    (void)state;
    call_sh(&c, "echo x");
    assert_int_equal(run(&c), 0);
    call_end(&c);
    c.argv[0] = "/nowhere";
    assert_int_equal(run(&c), -PP_E_UNAVAIL);
    call_sh(&c, "sleep 5");
    c.r.timeout_ms = 50;
    assert_int_equal(run(&c), -PP_E_TIMEOUT);
    call_end(&c);
    assert_int_equal(open_fds(), before);
}

/* Descriptors 0, 1 and 2 may be free when the caller is a daemon. */
static void
test_run__works_without_standard_descriptors(void **state)
{
    struct call c;
    int status;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (!pid) {
        close(0);
        close(1);
        close(2);
        call_sh(&c, "cat; echo err >&2");
        c.r.in = pp_slice_of("in", 2);
        if (run(&c) || c.status)
            _exit(1);
        if (strcmp(ppc_str_get(&c.out.s), "in"))
            _exit(2);
        _exit(strcmp(ppc_str_get(&c.errout.s), "err\n") ? 3 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
test_run__enters_the_network_namespace_in_the_child_only(void **state)
{
    char mine[64] = "";
    char now[64] = "";
    struct stat st;
    struct call c;
    pid_t pid;
    char path[64];
    int hold[2];
    int ready[2];
    char byte;
    int fd;

    (void)state;
    if (geteuid())
        skip();
    assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        close(hold[1]);
        if (unshare(CLONE_NEWNET))
            _exit(1);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        _exit(read(hold[0], &byte, 1) < 0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && !fstat(fd, &st));
    assert_true(readlink("/proc/self/ns/net", mine, sizeof mine - 1) > 0);
    call_sh(&c, "readlink /proc/self/ns/net");
    c.r.netns_fd = fd;
    assert_int_equal(run(&c), 0);
    snprintf(path, sizeof path, "net:[%lu]\n", (unsigned long)st.st_ino);
    assert_string_equal(ppc_str_get(&c.out.s), path);
    assert_true(readlink("/proc/self/ns/net", now, sizeof now - 1) > 0);
    assert_string_equal(mine, now);
    call_end(&c);
    close(hold[1]);
    close(hold[0]);
    close(ready[0]);
    close(ready[1]);
    close(fd);
    waitpid(pid, NULL, 0);

    call_sh(&c, "true");
    c.r.netns_fd = 0; /* no namespace */
    assert_int_equal(run(&c), -PP_E_UNAVAIL);
    assert_non_null(strstr(c.err.msg, "network namespace"));
    call_end(&c);
}

static volatile sig_atomic_t alarms;

static void
on_alarm(int sig)
{
    (void)sig;
    alarms++;
}

static void
test_run__survives_interrupting_signals(void **state)
{
    struct sigaction sa;
    struct sigaction old;
    struct call c;
    timer_t timer;
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};

    (void)state;
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = on_alarm;
    sigaction(SIGALRM, &sa, &old);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
    assert_int_equal(timer_settime(timer, 0, &every, NULL), 0);
    call_sh(&c, "for i in 1 2 3 4 5; do sleep 0.05; echo $i; done");
    assert_int_equal(run(&c), 0);
    timer_delete(timer);
    sigaction(SIGALRM, &old, NULL);
    assert_true(alarms > 20);
    assert_string_equal(ppc_str_get(&c.out.s), "1\n2\n3\n4\n5\n");
    call_end(&c);
}

static void *
many_runs(void *arg)
{
    char want[32];
    char script[64];
    struct call c;
    uintptr_t i;

    for (i = 0; i < 25; i++) {
        snprintf(want, sizeof want, "%u", (unsigned)((uintptr_t)arg + i));
        snprintf(script, sizeof script, "printf %s", want);
        call_sh(&c, script);
        if (run(&c) || strcmp(ppc_str_get(&c.out.s), want))
            return arg;
        call_end(&c);
    }
    return NULL;
}

static void
test_run__many_threads_at_once(void **state)
{
    pthread_t threads[8];
    void *bad;
    uintptr_t i;

    (void)state;
    for (i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_runs,
                                        (void *)((i + 1) * 1000)),
                         0);
    for (i = 0; i < 8; i++) {
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run__collects_both_outputs_and_the_exit_code),
        cmocka_unit_test(test_run__death_by_signal_is_128_and_more),
        cmocka_unit_test(test_run__input_arrives_whole_or_is_ignored),
        cmocka_unit_test(test_run__without_input_reads_the_end_at_once),
        cmocka_unit_test(test_run__deadline_kills_the_whole_group),
        cmocka_unit_test(test_run__helper_dies_with_its_caller),
        cmocka_unit_test(test_run__too_much_output_is_refused),
        cmocka_unit_test(
            test_run__a_grandchild_with_the_pipe_is_not_waited_for),
        cmocka_unit_test(test_run__names_what_cannot_be_executed),
        cmocka_unit_test(test_run__environment_is_clean),
        cmocka_unit_test(test_run__inherits_nothing),
        cmocka_unit_test(test_run__leaks_no_descriptor),
        cmocka_unit_test(test_run__works_without_standard_descriptors),
        cmocka_unit_test(
            test_run__enters_the_network_namespace_in_the_child_only),
        cmocka_unit_test(test_run__survives_interrupting_signals),
        cmocka_unit_test(test_run__many_threads_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
