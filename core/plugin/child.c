/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/plugin/child.c - ask a plugin something in a process that may die
 *
 * Constructors and probes are foreign code that runs before anything is
 * known about it.  A listing runs them in a forked child: what crashes or
 * hangs there is one line here.
 */
#include "core/plugin/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/file.h"

enum { TIMEOUT_S = 5, MAX_ANSWER = 1 << 20 };

/* What comes through the pipe; n bytes of output follow. */
struct answer {
    int32_t rc;
    uint32_t n;
    pp_err err;
};

static _Noreturn void
child_main(int fd, int (*fn)(void *, pp_sink *, pp_err *), void *arg)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL,
                                 SIGABRT, SIGSYS, SIGTERM, SIGPIPE};
    const struct rlimit none = {0, 0};
    struct answer a;
    pp_sink out = {PPC_STR_INIT, MAX_ANSWER};
    size_t i;

    /* The parent's crash reporter has no business here. */
    for (i = 0; i < sizeof deadly / sizeof *deadly; i++)
        signal(deadly[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &none);
    memset(&a, 0, sizeof a);
    a.rc = fn(arg, &out, &a.err);
    a.n = (uint32_t)out.s.n;
    if (ppc_write_all(fd, &a, sizeof a) || ppc_write_all(fd, out.s.p, a.n))
        _exit(1);
    _exit(0);
}

/* Everything until the end of the pipe: 0, or -1 at the deadline. */
static int
read_answer(int fd, int64_t deadline, pp_sink *in)
{
    struct pollfd p = {fd, POLLIN, 0};
    char buf[4096];
    int64_t left;
    ssize_t n;

    for (;;) {
        left = deadline - ppc_monotonic();
        if (left <= 0)
            return -1;
        if (poll(&p, 1, (int)(left / PPC_MS) + 1) <= 0)
            continue;
        n = read(fd, buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || ppc_sink_put(in, buf, (size_t)n) < 0)
            return 0;
    }
}

/* It is over, or made so. The wait status; -1 if somebody else took it. */
static int
reap_by(pid_t pid, int64_t deadline, bool *killed)
{
    int status = 0;
    pid_t got;

    *killed = false;
    for (;;) {
        got = waitpid(pid, &status, *killed ? 0 : WNOHANG);
        if (got == pid)
            return status;
        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0 && ppc_monotonic() >= deadline) {
            kill(pid, SIGKILL);
            *killed = true;
        } else if (got == 0) {
            ppc_sleep(PPC_MS);
        }
    }
}

static int
died(const char *what, int status, bool killed, pp_err *err)
{
    if (killed)
        return pp_fail(err, PP_E_PLUGINLOAD, 0,
                       "\"%s\" gave no answer within %d s and was stopped",
                       what, TIMEOUT_S);
    if (status >= 0 && WIFSIGNALED(status))
        return pp_fail(err, PP_E_PLUGINLOAD, 0,
                       "\"%s\" crashed while it was looked at: signal %d (%s)",
                       what, WTERMSIG(status), strsignal(WTERMSIG(status)));
    return pp_fail(err, PP_E_PLUGINLOAD, 0,
                   "\"%s\" ended the process while it was looked at", what);
}

static int
take_answer(const pp_sink *in, ppc_str *out, int *rc, pp_err *err)
{
    struct answer a;

    if (in->s.n < sizeof a)
        return -1;
    memcpy(&a, in->s.p, sizeof a);
    if (in->s.n - sizeof a != a.n)
        return -1;
    ppc_str_add(out, in->s.p + sizeof a, a.n);
    *rc = a.rc;
    if (err) {
        *err = a.err;
        err->msg[sizeof err->msg - 1] = '\0';
    }
    return 0;
}

int
ppc_child_call(const char *what, int (*fn)(void *, pp_sink *, pp_err *),
               void *arg, ppc_str *out, pp_err *err)
{
    int64_t deadline = ppc_monotonic() + TIMEOUT_S * PPC_SEC;
    pp_sink in = {PPC_STR_INIT, MAX_ANSWER + sizeof(struct answer)};
    bool killed = false;
    int status;
    int fds[2];
    pid_t pid;
    int rc = 0;

    if (pipe2(fds, O_CLOEXEC))
        return pp_fail(err, PP_E_IO, errno, "cannot look at \"%s\"", what);
    pid = ppc_dl_fork();
    if (!pid)
        child_main(fds[1], fn, arg);
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return pp_fail(err, PP_E_IO, errno, "cannot look at \"%s\"", what);
    }
    read_answer(fds[0], deadline, &in);
    close(fds[0]);
    status = reap_by(pid, deadline, &killed);
    if (take_answer(&in, out, &rc, err))
        rc = died(what, status, killed, err);
    ppc_sink_clear(&in);
    return rc;
}
