/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/plugin/fwhost.c - a small host for one plugin, without the engine
 */
#include "fwhost.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
cfg_find(const pp_config *config, const char *key)
{
    size_t n = strlen(key);

    for (unsigned i = config->n_set; i-- > 0;)
        if (!strncmp(config->set[i], key, n) && config->set[i][n] == '=')
            return config->set[i] + n + 1;
    for (const pp_key *const *k = config->plugin->keys; k && *k; k++)
        if (!strcmp((*k)->name, key))
            return (*k)->def;
    return NULL;
}

static const char *
cfg_str(const pp_config *config, const char *key)
{
    return cfg_find(config, key);
}

/* Durations in nanoseconds and sizes in bytes, as the engine gives them. */
static int64_t
cfg_int(const pp_config *config, const char *key)
{
    static const struct {
        const char *unit;
        int64_t times;
    } units[] = {
        {"ms", 1000000},      {"us", 1000},      {"ns", 1},
        {"s", 1000000000},    {"k", 1024},       {"m", 1048576},
        {"min", 60000000000}, {"g", 1073741824},
    };
    const char *v = cfg_find(config, key);
    char *end = NULL;
    int64_t n = 0;

    if (!v)
        return 0;
    if (!strcasecmp(v, "yes") || !strcasecmp(v, "true") || !strcasecmp(v, "on"))
        return 1;
    n = strtoll(v, &end, 0);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (!strcasecmp(end, units[i].unit))
            return n * units[i].times;
    return n;
}

/* A list has at most one value here: KEY=VALUE. */
static const char *
cfg_next(const pp_config *config, const char *key, const char *prev)
{
    return prev ? NULL : cfg_find(config, key);
}

bool
host_set(pp_config *config, const char *word)
{
    size_t n = strcspn(word, "=");

    if (word[n] != '=' || config->n_set == HOST_MAX_SET)
        return false;
    for (const pp_key *const *k = config->plugin->keys; k && *k; k++)
        if (strlen((*k)->name) == n && !strncmp((*k)->name, word, n)) {
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
    if (err) {
        err->code = code;
        err->sys = sys;
        vsnprintf(err->text, sizeof(err->text), fmt, ap);
    }
    return -code;
}

static const char *
host_dir(pp_host_ctx *ctx, uint32_t which)
{
    (void)which;
    return ctx->dir;
}

static int
host_put(pp_sink *sink, const void *p, size_t n)
{
    if (n > ((size_t)16 << 20) - sink->n)
        return -PP_E_FULL;
    if (sink->n + n + 1 > sink->cap) {
        size_t cap = (sink->n + n + 1) * 2;
        char *grown = realloc(sink->p, cap);

        if (!grown)
            return -PP_E_NOMEM;
        sink->p = grown;
        sink->cap = cap;
    }
    memcpy(sink->p + sink->n, p, n);
    sink->n += n;
    sink->p[sink->n] = '\0';
    return 0;
}

void
sink_clear(pp_sink *sink)
{
    free(sink->p);
    *sink = (pp_sink){0};
}

static int
fail(pp_err *err, int code, const char *text)
{
    if (err) {
        err->code = code;
        err->sys = errno;
        snprintf(err->text, sizeof(err->text), "%s", text);
    }
    return -code;
}

/* An unlinked file serves as input and as outputs: no pipe can block. */
static int
scratch(const void *p, size_t n)
{
    char name[] = "/tmp/fwhost.XXXXXX";
    int fd = mkostemp(name, O_CLOEXEC);

    if (fd < 0)
        return -1;
    unlink(name);
    if (n > 0 && write(fd, p, n) != (ssize_t)n) {
        close(fd);
        return -1;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void
child(const pp_run *run, const int fds[3])
{
    static const char *const env[] = {
        "PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", NULL};
    const char *const *envp = run->envp ? run->envp : env;

    if (run->netns_fd >= 0 && setns(run->netns_fd, CLONE_NEWNET) < 0)
        _exit(125);
    for (int i = 0; i < 3; i++)
        if (dup2(fds[i], i) < 0)
            _exit(125);
    setpgid(0, 0);
    execve(run->argv[0], (char *const *)(uintptr_t)run->argv,
           (char *const *)(uintptr_t)envp);
    _exit(127);
}

/* Wait for PID until its deadline, then kill its group. */
static int
wait_for(pid_t pid, uint32_t timeout_ms, int *status, pp_err *err)
{
    int st = 0;

    for (uint32_t left = timeout_ms ? timeout_ms : 30000; left > 0; left--) {
        if (waitpid(pid, &st, WNOHANG) == pid) {
            *status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
            return 0;
        }
        poll(NULL, 0, 1);
    }
    kill(-pid, SIGKILL);
    waitpid(pid, &st, 0);
    return fail(err, PP_E_TIMEOUT, "the helper was too slow");
}

static void
collect(int fd, pp_sink *sink)
{
    char buf[4096];
    ssize_t n = 0;

    lseek(fd, 0, SEEK_SET);
    while (sink && (n = read(fd, buf, sizeof(buf))) > 0)
        host_put(sink, buf, (size_t)n);
    close(fd);
}

static int
host_run(pp_host_ctx *ctx, const pp_run *run, int *status, pp_err *err)
{
    int fds[3] = {scratch(run->in.p, run->in.n), scratch(NULL, 0),
                  scratch(NULL, 0)};
    int rc = -PP_E_IO;
    pid_t pid = -1;

    (void)ctx;
    if (fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0)
        pid = fork();
    if (pid == 0)
        child(run, fds);
    rc = pid < 0 ? fail(err, PP_E_IO, "cannot fork")
                 : wait_for(pid, run->timeout_ms, status, err);
    collect(fds[0], NULL);
    collect(fds[1], run->out);
    collect(fds[2], run->errout);
    return rc;
}

void
host_init(pp_host *host, pp_host_ctx *ctx)
{
    *host = (pp_host){
        .struct_size = sizeof(*host),
        .abi_major = PP_ABI_MAJOR,
        .abi_minor = PP_ABI_MINOR,
        .core_version = "fwdrive",
        .ctx = ctx,
        .vlog = host_vlog,
        .vfail = host_vfail,
        .cfg_str = cfg_str,
        .cfg_int = cfg_int,
        .cfg_next = cfg_next,
        .dir = host_dir,
        .put = host_put,
        .run = host_run,
    };
}
