/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/slow/slow.c - what the crash and fault tests share; see slow.h */
#include "slow.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/util/file.h"
#include "core/util/log.h"

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "%s %s: %s\n", what, name, strerror(errno));
    exit(99);
}

void
slow_begin(slow *s, int argc, char **argv, unsigned mib)
{
    const struct rlimit no_core = {0, 0};
    const char *seed = getenv("POLYPOD_SEED");
    const char *is_long = getenv("POLYPOD_LONG");

    memset(s, 0, sizeof *s);
    if (argc < 2) {
        fprintf(stderr, "usage: %s PLUGIN\n", argv[0]);
        exit(2);
    }
    s->plugin = argv[1];
    s->is_long = is_long && strcmp(is_long, "0");
    s->seed = seed ? strtoull(seed, NULL, 0) : 1;
    s->seed = s->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    ppc_log_set_level(PP_LOG_ERROR);
    if (unshare(CLONE_NEWNS) < 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        printf("needs a mount namespace of its own: %s\n", strerror(errno));
        exit(77);
    }
    snprintf(s->base, sizeof s->base, "/tmp/polypod-slow.XXXXXX");
    if (!mkdtemp(s->base))
        die("cannot make", s->base);
    slow_mount(s->base, (uint64_t)mib << 20);
    snprintf(s->store, sizeof s->store, "%s/s", s->base);
}

int
slow_end(slow *s)
{
    slow_unmount(s->base);
    rmdir(s->base);
    printf("%s: %s, seed %s, %d failures\n", s->plugin,
           s->is_long ? "long form" : "short form",
           getenv("POLYPOD_SEED") ? getenv("POLYPOD_SEED") : "1", s->failures);
    return s->failures ? 1 : 0;
}

void
slow_fail(slow *s, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (s->failures++ < 20) {
        printf("not ok: ");
        vprintf(fmt, ap);
        printf("\n");
    }
    va_end(ap);
}

/* The child is gone, or killed for being late. */
static int
outcome(pid_t pid, unsigned seconds)
{
    struct pollfd p = {(int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0};
    int status = 0, late;

    if (p.fd < 0)
        die("pidfd", "");
    do
        late = poll(&p, 1, (int)seconds * 1000) == 0;
    while (!late && !p.revents);
    close(p.fd);
    if (late)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (late)
        return SLOW_HUNG;
    return WIFEXITED(status) ? WEXITSTATUS(status)
                             : SLOW_SIGNAL + WTERMSIG(status);
}

int
slow_run(slow_fn fn, void *arg, unsigned seconds)
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid < 0)
        die("cannot", "fork");
    if (pid)
        return outcome(pid, seconds);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(fn(arg));
}

const char *
slow_result(int result, char buf[64])
{
    if (result == SLOW_HUNG)
        return "hung";
    if (result > SLOW_SIGNAL)
        snprintf(buf, 64, "ended by signal %d", result - SLOW_SIGNAL);
    else
        snprintf(buf, 64, "exit code %d", result);
    return buf;
}

void *
slow_share(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                   -1, 0);

    if (p == MAP_FAILED)
        die("cannot", "mmap");
    return p;
}

int
slow_note_fail(slow_note *n, int code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    n->code = code < 0 ? -code : code;
    vsnprintf(n->text, sizeof n->text, fmt, ap);
    va_end(ap);
    return 1;
}

uint64_t
slow_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 8;
}

uint64_t
slow_below(uint64_t *state, uint64_t bound)
{
    return bound ? slow_random(state) % bound : 0;
}

void
slow_empty(const char *dir)
{
    pp_err err = {0, 0, ""};

    if (ppc_dir_remove(dir, &err) < 0 || mkdir(dir, 0700) < 0)
        die("cannot empty", dir);
}

static void
copy_file(int from_dir, int to_dir, const char *name)
{
    int in = openat(from_dir, name, O_RDONLY | O_CLOEXEC);
    int out =
        openat(to_dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct stat st;
    off_t at = 0;

    if (in < 0 || out < 0 || fstat(in, &st) < 0 ||
        ftruncate(out, st.st_size) < 0)
        die("cannot copy", name);
    while (at < st.st_size)
        if (copy_file_range(in, &at, out, NULL, (size_t)st.st_size, 0) <= 0)
            die("cannot copy", name);
    close(in);
    close(out);
}

void
slow_copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC), out;
    struct dirent *e;
    DIR *d;

    slow_empty(to);
    out = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    d = in < 0 ? NULL : fdopendir(in);
    if (!d || out < 0)
        die("cannot copy", from);
    while ((e = readdir(d)))
        if (e->d_type == DT_REG)
            copy_file(in, out, e->d_name);
    closedir(d);
    close(out);
}

void
slow_mount(const char *dir, uint64_t bytes)
{
    char opt[64];

    snprintf(opt, sizeof opt, "mode=0700,size=%llu", (unsigned long long)bytes);
    mkdir(dir, 0700);
    if (mount("polypod-slow", dir, "tmpfs", MS_NOSUID | MS_NODEV, opt) < 0)
        die("cannot mount a tmpfs on", dir);
}

void
slow_resize(const char *dir, uint64_t bytes)
{
    char opt[64];

    snprintf(opt, sizeof opt, "size=%llu", (unsigned long long)bytes);
    if (mount("polypod-slow", dir, "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV,
              opt) < 0)
        die("cannot resize", dir);
}

void
slow_unmount(const char *dir)
{
    if (umount2(dir, MNT_DETACH) < 0)
        die("cannot unmount", dir);
}
