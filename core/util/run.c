/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/run.c - fork, execute, collect, kill at the deadline; see run.h */
#include "core/util/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/sink.h"

enum { IN, OUT, ERR, EXEC, PID, N_FDS };

/* How often a kernel without pidfd_open (before 5.3) is asked. */
enum { TICK_MS = 20 };

/* What the child says when it cannot become the program. */
struct exec_fault {
    int step; /* STEP_* */
    int err;
};
enum { STEP_NONE, STEP_SETUP, STEP_NETNS, STEP_EXEC };

struct job {
    pp_run r; /* a copy of our own struct's size */
    pid_t pid;
    pid_t parent;
    int64_t deadline;  /* monotonic */
    int ours[N_FDS];   /* OUT, ERR, EXEC: reading ends; PID: pidfd */
    int theirs[N_FDS]; /* IN, OUT, ERR, EXEC: what the child gets */
    struct exec_fault fault;
    int wait_status;
};

static void
job_clear(struct job *job)
{
    int i;

    for (i = 0; i < N_FDS; i++) {
        if (job->ours[i] >= 0)
            close(job->ours[i]);
        if (job->theirs[i] >= 0)
            close(job->theirs[i]);
        job->ours[i] = job->theirs[i] = -1;
    }
}

static void
job_kill(const struct job *job)
{
    /* Not yet waited for, so neither number can be somebody else's. */
    kill(-job->pid, SIGKILL);
    kill(job->pid, SIGKILL);
}

/* The same file at a number of at least 4: the child moves its descriptors to
 * 0..3 and none of them may be overwritten on the way. -1 with errno. */
static int
lift_fd(int fd)
{
    int up;

    if (fd < 0 || fd > 3)
        return fd;
    up = fcntl(fd, F_DUPFD_CLOEXEC, 4);
    close(fd);
    return up;
}

static int
make_pipe(struct job *job, int which)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC))
        return -1;
    job->ours[which] = fds[0];
    job->theirs[which] = lift_fd(fds[1]);
    if (job->theirs[which] < 0)
        return -1;
    return fcntl(fds[0], F_SETFL, O_NONBLOCK);
}

/* Standard input is a file in memory: no writing loop, no SIGPIPE. */
static int
make_input(struct job *job)
{
    int fd;

    if (!job->r.in.n)
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    else
        fd = memfd_create("polypod-stdin", MFD_CLOEXEC);
    job->theirs[IN] = lift_fd(fd);
    if (job->theirs[IN] < 0)
        return -1;
    if (!job->r.in.n)
        return 0;
    if (ppc_write_all(job->theirs[IN], job->r.in.p, job->r.in.n))
        return -1;
    return lseek(job->theirs[IN], 0, SEEK_SET) ? -1 : 0;
}

static int
make_output(struct job *job, int which, const pp_sink *sink)
{
    if (sink)
        return make_pipe(job, which);
    job->theirs[which] = lift_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
    return job->theirs[which] < 0 ? -1 : 0;
}

/*
 * The child, between fork and exec.  Other threads of the parent are frozen
 * in whatever they held: async-signal-safe calls only.
 */

static _Noreturn void
child_fail(int fd, int step)
{
    struct exec_fault fault = {step, errno};
    ssize_t n = write(fd, &fault, sizeof fault);

    _exit(n < 0 ? 126 : 127);
}

static void
child_close_from(unsigned first, rlim_t limit)
{
    rlim_t fd;

#ifdef SYS_close_range
    if (!syscall(SYS_close_range, first, ~0u, 0))
        return;
#endif
    for (fd = first; fd < limit && fd < (1 << 20); fd++)
        close((int)fd);
}

static void
child_default_signals(void)
{
    struct sigaction sa;
    sigset_t none;
    int sig;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = SIG_DFL;
    for (sig = 1; sig < NSIG; sig++)
        sigaction(sig, &sa, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void
child_main(const struct job *job, rlim_t limit)
{
    static const char *const default_env[] = {PPC_RUN_PATH, NULL};
    const char *const *env = job->r.envp ? job->r.envp : default_env;
    int report = job->theirs[EXEC];

    setpgid(0, 0);
    /* A helper that went on after our death would work against the one who
     * undoes what we began. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != job->parent)
        child_fail(report, STEP_SETUP);
    /* Before the moves, as netns_fd may be any number, 0 to 3 too. */
    if (job->r.netns_fd >= 0 && setns(job->r.netns_fd, CLONE_NEWNET))
        child_fail(report, STEP_NETNS);
    if (dup2(job->theirs[IN], 0) < 0 || dup2(job->theirs[OUT], 1) < 0 ||
        dup2(job->theirs[ERR], 2) < 0 || dup3(report, 3, O_CLOEXEC) < 0)
        child_fail(report, STEP_SETUP);
    child_close_from(4, limit);
    child_default_signals();
    execve(job->r.argv[0], (char *const *)(uintptr_t)job->r.argv,
           (char *const *)(uintptr_t)env);
    child_fail(3, STEP_EXEC);
}

static int
start(struct job *job)
{
    struct rlimit lim;
    sigset_t all;
    sigset_t old;
    int saved;

    if (getrlimit(RLIMIT_NOFILE, &lim))
        return -1;
    /* No handler of the parent's may run in the child. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    job->parent = getpid();
    job->pid = fork();
    if (!job->pid)
        child_main(job, lim.rlim_cur);
    saved = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = saved;
    if (job->pid < 0)
        return -1;
    setpgid(job->pid, job->pid); /* both sides, so that nobody is late */
#ifdef SYS_pidfd_open
    job->ours[PID] = (int)syscall(SYS_pidfd_open, job->pid, 0);
#endif
    return 0;
}

/* Take what the pipe has; the descriptor is closed at its end.
 * 0 | -PP_E_FULL | -PP_E_NOMEM | -PP_E_IO with errno */
static int
drain(struct job *job, int which, pp_sink *sink)
{
    char buf[16384];
    ssize_t n;
    int rc;

    while (job->ours[which] >= 0) {
        n = read(job->ours[which], buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -PP_E_IO;
        if (!n) {
            close(pp_steal_fd(&job->ours[which]));
            return 0;
        }
        rc = ppc_sink_put(sink, buf, (size_t)n);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static void
read_fault(struct job *job)
{
    ssize_t n;

    if (job->ours[EXEC] < 0)
        return;
    n = read(job->ours[EXEC], &job->fault, sizeof job->fault);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    close(pp_steal_fd(&job->ours[EXEC]));
}

static int
drain_all(struct job *job)
{
    int rc = drain(job, OUT, job->r.out);

    if (rc < 0)
        return rc;
    return drain(job, ERR, job->r.errout);
}

/* Has it ended?  1 yes, 0 no, -1 with errno.  It stays a zombie, so that its
 * group can still be killed by number. */
static int
has_ended(const struct job *job)
{
    siginfo_t info;
    int rc;

    memset(&info, 0, sizeof info);
    do {
        rc = waitid(P_PID, (id_t)job->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    } while (rc && errno == EINTR);
    if (rc)
        return -1;
    return info.si_pid == job->pid;
}

static int
wait_for_more(const struct job *job, int64_t left)
{
    struct pollfd fds[N_FDS];
    int64_t ms = (left + PPC_MS - 1) / PPC_MS;
    int i;

    for (i = 0; i < N_FDS; i++) {
        fds[i].fd = job->ours[i]; /* poll skips negative ones */
        fds[i].events = POLLIN;
        fds[i].revents = 0;
    }
    if (job->ours[PID] < 0 && ms > TICK_MS)
        ms = TICK_MS;
    if (poll(fds, N_FDS, ms > INT32_MAX ? INT32_MAX : (int)ms) < 0 &&
        errno != EINTR)
        return -PP_E_IO;
    return 0;
}

/* Until the program ends or must be ended. 0 or -PP_E_*; errno for IO. */
static int
collect(struct job *job)
{
    int64_t left;
    int ended;
    int rc;

    for (;;) {
        ended = has_ended(job); /* asked first: what it wrote is in the pipe */
        if (ended < 0)
            return -PP_E_IO;
        read_fault(job);
        rc = drain_all(job);
        if (rc < 0 || ended)
            return rc;
        left = job->deadline - ppc_monotonic();
        if (left <= 0)
            return -PP_E_TIMEOUT;
        rc = wait_for_more(job, left);
        if (rc < 0)
            return rc;
    }
}

static int
reap(struct job *job)
{
    pid_t pid;

    do {
        pid = waitpid(job->pid, &job->wait_status, 0);
    } while (pid < 0 && errno == EINTR);
    return pid < 0 ? -1 : 0;
}

static int
collect_failed(const struct job *job, int rc, int e, pp_err *err)
{
    const char *program = job->r.argv[0];

    if (rc == -PP_E_TIMEOUT)
        return pp_fail(err, PP_E_TIMEOUT, 0,
                       "\"%s\" did not end within %u ms and was killed",
                       program, job->r.timeout_ms);
    if (rc == -PP_E_FULL)
        return pp_fail(err, PP_E_FULL, 0,
                       "\"%s\" wrote more than it may and was killed", program);
    if (rc == -PP_E_NOMEM)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the output of \"%s\"",
                       program);
    return pp_fail(err, PP_E_IO, e, "lost sight of \"%s\"", program);
}

static int
fault_failed(const struct job *job, pp_err *err)
{
    const char *program = job->r.argv[0];

    if (job->fault.step == STEP_NETNS)
        return pp_fail(err, PP_E_UNAVAIL, job->fault.err,
                       "cannot enter the network namespace for \"%s\"",
                       program);
    if (job->fault.step == STEP_SETUP)
        return pp_fail(err, PP_E_IO, job->fault.err,
                       "cannot prepare to run \"%s\"", program);
    return pp_fail(err, PP_E_UNAVAIL, job->fault.err, "cannot execute \"%s\"",
                   program);
}

static int
check_request(struct job *job, const pp_run *r, pp_err *err)
{
    size_t n = r->struct_size;

    if (n < offsetof(pp_run, timeout_ms) + sizeof r->timeout_ms)
        return pp_fail(err, PP_E_INVAL, 0,
                       "a request to run a program has struct_size %zu", n);
    memcpy(&job->r, r, n < sizeof job->r ? n : sizeof job->r);
    if (job->r.flags)
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "a request to run a program has unknown flags 0x%x",
                       job->r.flags);
    if (!job->r.argv || !job->r.argv[0] || job->r.argv[0][0] != '/')
        return pp_fail(err, PP_E_INVAL, 0,
                       "cannot run \"%s\": not an absolute path",
                       job->r.argv && job->r.argv[0] ? job->r.argv[0] : "");
    if (!job->r.timeout_ms)
        job->r.timeout_ms = PPC_RUN_TIMEOUT_MS;
    return 0;
}

static int
run_job(struct job *job, int *status, pp_err *err)
{
    int rc;
    int e;

    if (make_input(job) || make_output(job, OUT, job->r.out) ||
        make_output(job, ERR, job->r.errout) || make_pipe(job, EXEC) ||
        start(job))
        return pp_fail(err, PP_E_IO, errno, "cannot start \"%s\"",
                       job->r.argv[0]);
    for (e = 0; e < N_FDS; e++)
        if (job->theirs[e] >= 0)
            close(pp_steal_fd(&job->theirs[e]));
    job->deadline = ppc_monotonic() + (int64_t)job->r.timeout_ms * PPC_MS;
    rc = collect(job);
    e = errno;
    /* ECHILD: the process ignores SIGCHLD, so the number is free again. */
    if (rc < 0 && !(rc == -PP_E_IO && e == ECHILD))
        job_kill(job);
    if (reap(job) && rc == 0) {
        rc = -PP_E_IO;
        e = errno;
    }
    if (rc < 0)
        return collect_failed(job, rc, e, err);
    if (job->fault.step)
        return fault_failed(job, err);
    if (status)
        *status = WIFSIGNALED(job->wait_status)
                      ? 128 + WTERMSIG(job->wait_status)
                      : WEXITSTATUS(job->wait_status);
    return 0;
}

int
ppc_run(const pp_run *r, int *status, pp_err *err)
{
    struct job job;
    int rc;
    int i;

    memset(&job, 0, sizeof job);
    for (i = 0; i < N_FDS; i++)
        job.ours[i] = job.theirs[i] = -1;
    rc = check_request(&job, r, err);
    if (rc < 0)
        return rc;
    rc = run_job(&job, status, err);
    job_clear(&job);
    return rc;
}
