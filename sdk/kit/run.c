/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/run.c - the host's run service: a helper with a deadline
 */
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USUAL_MS 30000
#define OUTPUT_MAX ((size_t)16 << 20)

typedef struct helper {
    pid_t pid;
    int fd[3]; /* our ends of its stdio; -1: closed */
    pp_slice in;
    size_t out_n;
} helper;

PP_PRINTF(4, 5)
static int
fail(pp_err *err, int code, int sys_errno, const char *fmt, ...)
{
    va_list ap;

    if (err) {
        err->code = code;
        err->sys_errno = sys_errno;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
        va_end(ap);
    }
    return -code;
}

/* Between fork and exec: only what is async-signal-safe. */
static void
become(const pp_run *run, int theirs[3])
{
    static const char *const usual[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        NULL};
    const char *const *env = run->envp ? run->envp : usual;
    int i;

    setpgid(0, 0);
    for (i = 0; i < 3; i++)
        if (dup2(theirs[i], i) < 0)
            _exit(127);
    if (run->netns_fd >= 0 && setns(run->netns_fd, CLONE_NEWNET) < 0)
        _exit(127);
    execve(run->argv[0], (char *const *)(uintptr_t)run->argv,
           (char *const *)(uintptr_t)env);
    _exit(127);
}

static int
start(const pp_run *run, helper *h)
{
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, theirs[3], i, ok = 1;

    for (i = 0; i < 3 && ok; i++)
        ok = pipe2(pipes[i], O_CLOEXEC) == 0;
    h->pid = ok ? fork() : -1;
    if (h->pid == 0) {
        theirs[0] = pipes[0][0];
        theirs[1] = pipes[1][1];
        theirs[2] = pipes[2][1];
        become(run, theirs);
    }
    for (i = 0; i < 3; i++) {
        int ours = i == 0;

        close(pipes[i][!ours]);
        h->fd[i] = pipes[i][ours];
        if (h->fd[i] >= 0)
            fcntl(h->fd[i], F_SETFL, O_NONBLOCK);
    }
    return h->pid < 0 ? -1 : 0;
}

static void
shut(int *fd)
{
    close(*fd);
    *fd = -1;
}

static void
feed(helper *h)
{
    ssize_t n = h->in.n ? write(h->fd[0], h->in.p, h->in.n) : 0;

    if (n > 0)
        h->in = pp_slice_of((const char *)h->in.p + n, h->in.n - (size_t)n);
    if (h->in.n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        shut(&h->fd[0]);
}

static void
drain(const pp_host *host, helper *h, int i, pp_sink *sink)
{
    char buf[4096];
    ssize_t n = read(h->fd[i], buf, sizeof(buf));

    if (n > 0) {
        h->out_n += (size_t)n;
        if (sink && host->put(sink, buf, (size_t)n) < 0)
            h->out_n = OUTPUT_MAX + 1;
        return;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
        shut(&h->fd[i]);
}

static int64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until all three are closed: 0, -PP_E_TIMEOUT or -PP_E_FULL. */
static int
converse(const pp_host *host, const pp_run *run, helper *h)
{
    int64_t end = now_ms() + (run->timeout_ms ? run->timeout_ms : USUAL_MS);

    while (h->fd[0] >= 0 || h->fd[1] >= 0 || h->fd[2] >= 0) {
        struct pollfd p[3] = {{h->fd[0], POLLOUT, 0},
                              {h->fd[1], POLLIN, 0},
                              {h->fd[2], POLLIN, 0}};
        int64_t left = end - now_ms();

        if (left <= 0)
            return -PP_E_TIMEOUT;
        if (h->out_n > OUTPUT_MAX)
            return -PP_E_FULL;
        if (poll(p, 3, (int)left) <= 0)
            continue;
        if (p[0].revents)
            feed(h);
        if (p[1].revents)
            drain(host, h, 1, run->out);
        if (p[2].revents)
            drain(host, h, 2, run->errout);
    }
    return 0;
}

int
kit_host_run(pp_host_ctx *ctx, const pp_run *run, int *status, pp_err *err)
{
    kit *k = (kit *)(void *)((char *)ctx - offsetof(kit, ctx));
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    helper h = {.in = run->in};
    int rc, i, st = 0;

    ctx->runs++;
    if (!run->argv || !run->argv[0] || run->argv[0][0] != '/')
        return fail(err, PP_E_INVAL, 0, "argv[0] is not an absolute path");
    if (start(run, &h) < 0)
        return fail(err, PP_E_IO, errno, "cannot start %s", run->argv[0]);
    sigaction(SIGPIPE, &ignore, &old);
    rc = converse(&k->host, run, &h);
    sigaction(SIGPIPE, &old, NULL);
    for (i = 0; i < 3; i++)
        if (h.fd[i] >= 0)
            close(h.fd[i]);
    if (rc < 0)
        kill(-h.pid, SIGKILL);
    while (waitpid(h.pid, &st, 0) < 0 && errno == EINTR)
        ;
    if (rc < 0)
        return fail(err, -rc, 0, "%s: %s", run->argv[0],
                    rc == -PP_E_TIMEOUT ? "deadline passed"
                                        : "too much output");
    *status = WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
    return 0;
}
