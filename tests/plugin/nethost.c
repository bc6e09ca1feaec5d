/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/plugin/nethost.c - a small host for one network plugin */
#include "nethost.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_OUT ((size_t)16 << 20)

static bool
is_of(const char *word, const char *key)
{
    size_t n = strlen(key);

    return !strncmp(word, key, n) && word[n] == '=';
}

static const char *
cfg_str(const pp_config *config, const char *key)
{
    for (unsigned i = config->n_set; i-- > 0;)
        if (is_of(config->set[i], key))
            return config->set[i] + strlen(key) + 1;
    for (const pp_key *const *k = config->plugin->keys; k && *k; k++)
        if (!strcmp((*k)->name, key))
            return (*k)->def;
    return NULL;
}

/* Durations only: the network plugins have no other numbers. */
static int64_t
cfg_int(const pp_config *config, const char *key)
{
    const char *v = cfg_str(config, key);
    char *end = NULL;
    int64_t n = v ? strtoll(v, &end, 10) : 0;

    return n * (end && !strcmp(end, "ms") ? 1000000 : 1000000000);
}

/* Each set value is an element; a default is split at its line ends. */
static const char *
cfg_next(const pp_config *config, const char *key, const char *prev)
{
    static char def[1024];
    bool take = prev == NULL;
    bool any = false;

    for (unsigned i = 0; i < config->n_set; i++) {
        const char *v = config->set[i] + strlen(key) + 1;

        if (!is_of(config->set[i], key))
            continue;
        any = true;
        if (take)
            return v;
        take = v == prev;
    }
    if (any)
        return NULL;
    if (!prev) {
        const char *v = cfg_str(config, key);
        size_t n = (size_t)snprintf(def, sizeof(def), "%s", v ? v : "");

        for (size_t i = 0; i < n; i++)
            if (def[i] == '\n')
                def[i] = '\0';
        def[n + 1] = '\0';
        return n ? def : NULL;
    }
    prev += strlen(prev) + 1;
    return *prev ? prev : NULL;
}

bool
host_set(pp_config *config, const char *word)
{
    if (config->n_set == HOST_MAX_SET)
        return false;
    for (const pp_key *const *k = config->plugin->keys; k && *k; k++)
        if (is_of(word, (*k)->name)) {
            config->set[config->n_set++] = word;
            return true;
        }
    return false;
}

static void
host_vlog(pp_host_ctx *ctx, uint32_t level, const char *fmt, va_list ap)
{
    if (level > ctx->level)
        return;
    fprintf(stderr, "log %u: ", level);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

static int
host_vfail(pp_err *err, int code, int sys, const char *fmt, va_list ap)
{
    if (!err)
        return -code;
    err->code = code;
    int n = vsnprintf(err->text, sizeof(err->text), fmt, ap);

    if (sys && n >= 0 && (size_t)n < sizeof(err->text))
        snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s",
                 strerror(sys));
    return -code;
}

static int
fail(pp_err *err, int code, const char *text)
{
    if (err) {
        err->code = code;
        snprintf(err->text, sizeof(err->text), "host: %s", text);
    }
    return -code;
}

static const char *
host_dir(pp_host_ctx *ctx, uint32_t which)
{
    (void)which;
    return ctx->dir;
}

static pp_sink *
sink_new(pp_host_ctx *ctx, size_t max)
{
    pp_sink *s = calloc(1, sizeof(*s));

    (void)ctx;
    if (s)
        s->max = max < MAX_OUT ? max : MAX_OUT;
    return s;
}

static pp_slice
sink_data(const pp_sink *sink)
{
    return pp_slice_of(sink->p, sink->n);
}

void
host_sink_free(pp_sink *sink)
{
    if (sink)
        free(sink->p);
    free(sink);
}

pp_sink *
host_sink(void)
{
    pp_sink *s = sink_new(NULL, MAX_OUT);

    if (!s)
        exit(3);
    return s;
}

static int
host_put(pp_sink *sink, const void *p, size_t n)
{
    if (n > sink->max - sink->n)
        return -PP_E_FULL;
    char *grown = realloc(sink->p, sink->n + n + 1);

    if (!grown)
        return -PP_E_NOMEM;
    sink->p = grown;
    memcpy(sink->p + sink->n, p, n);
    sink->n += n;
    sink->p[sink->n] = '\0';
    return 0;
}

static int64_t
now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
child(const pp_run *run, int in, int out, int err)
{
    static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                      NULL};
    const char *const *envp = run->envp ? run->envp : env;

    setpgid(0, 0);
    if ((run->netns_fd >= 0 && setns(run->netns_fd, CLONE_NEWNET) < 0) ||
        dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(126);
    execve(run->argv[0], (char *const *)(uintptr_t)run->argv,
           (char *const *)(uintptr_t)envp);
    _exit(127);
}

struct helper {
    struct pollfd fds[3]; /* its input, output, error output */
    size_t given;
    pid_t pid;
};

static void
shut(struct pollfd *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static int
move(struct helper *h, const pp_run *run)
{
    pp_sink *sinks[3] = {NULL, run->out, run->errout};
    char buf[65536];

    if (h->fds[0].revents) {
        ssize_t n = write(h->fds[0].fd, (const char *)run->in.p + h->given,
                          run->in.n - h->given);

        h->given += n > 0 ? (size_t)n : 0;
        if ((n < 0 && errno != EAGAIN) || h->given == run->in.n)
            shut(&h->fds[0]);
    }
    for (int i = 1; i < 3; i++) {
        if (!h->fds[i].revents)
            continue;
        ssize_t n = read(h->fds[i].fd, buf, sizeof(buf));

        if (n <= 0 && !(n < 0 && errno == EAGAIN))
            shut(&h->fds[i]);
        if (n > 0 && sinks[i] && host_put(sinks[i], buf, (size_t)n) < 0)
            return -PP_E_FULL;
    }
    return 0;
}

static int
attend(struct helper *h, const pp_run *run, int *status, pp_err *err)
{
    int64_t end = now_ms() + (run->timeout_ms ? run->timeout_ms : 30000);
    int st = 0;
    bool ended = false;
    int rc = 0;

    if (run->in.n == 0)
        shut(&h->fds[0]);
    while (!ended && rc == 0) {
        ended = waitpid(h->pid, &st, WNOHANG) == h->pid;
        while (rc == 0 && poll(h->fds, 3, ended ? 0 : 5) > 0)
            rc = move(h, run);
        if (!ended && rc == 0 && now_ms() >= end)
            rc = fail(err, PP_E_TIMEOUT, "the helper was too slow");
    }
    if (!ended) {
        kill(-h->pid, SIGKILL);
        waitpid(h->pid, &st, 0);
    }
    *status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
    return rc;
}

static int
host_run(pp_host_ctx *ctx, const pp_run *run, int *status, pp_err *err)
{
    int in[2];
    int out[2];
    int eo[2];

    (void)ctx;
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(eo, O_CLOEXEC))
        return fail(err, PP_E_IO, "no pipe");
    struct helper h = {
        .fds = {{.fd = in[1], .events = POLLOUT},
                {.fd = out[0], .events = POLLIN},
                {.fd = eo[0], .events = POLLIN}},
        .pid = fork(),
    };

    if (h.pid == 0)
        child(run, in[0], out[1], eo[1]);
    close(in[0]);
    close(out[1]);
    close(eo[1]);
    for (int i = 0; i < 3; i++)
        fcntl(h.fds[i].fd, F_SETFL, O_NONBLOCK);
    if (h.pid > 0)
        setpgid(h.pid, h.pid);
    int rc = h.pid < 0 ? fail(err, PP_E_IO, "cannot fork")
                       : attend(&h, run, status, err);

    for (int i = 0; i < 3; i++)
        shut(&h.fds[i]);
    return rc;
}

void
host_init(pp_host *host, pp_host_ctx *ctx)
{
    *host = (pp_host){
        .struct_size = sizeof(*host),
        .abi_major = PP_ABI_MAJOR,
        .abi_minor = PP_ABI_MINOR,
        .core_version = "netdrive",
        .ctx = ctx,
        .vlog = host_vlog,
        .vfail = host_vfail,
        .cfg_str = cfg_str,
        .cfg_int = cfg_int,
        .cfg_next = cfg_next,
        .dir = host_dir,
        .put = host_put,
        .run = host_run,
        .sink_new = sink_new,
        .sink_data = sink_data,
        .sink_free = host_sink_free,
    };
}
