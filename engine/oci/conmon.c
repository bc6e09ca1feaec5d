/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/oci/conmon.c - start conmon and hear what became of the create
 *
 * conmon gets two pipes of ours: a start pipe, on which it waits for one byte
 * (so that we may move it first), and a sync pipe, on which it writes one
 * line of JSON: {"pid": N}, or {"pid": -1, "message": "..."}.  It keeps its
 * end of the sync pipe open for the container's life: read one line, never
 * to the end.  End of file without a line is a failed create.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/oci/oci.h"

#define CREATE_TIMEOUT (240 * PPC_SEC)
#define SYNC_FD 3
#define START_FD 4
#define FIRST_KEPT_FD PPC_CONMON_FIRST_FD
#define LINE_MAX_BYTES 65536

static int
add_words(char ***v, const char *const *words)
{
    for (; words && *words; words++)
        if (ppc_strv_add(v, *words))
            return -1;
    return 0;
}

static int
add_exit_command(char ***v, const char *const *words)
{
    if (!words || !*words)
        return 0;
    if (ppc_strv_add(v, "--exit-command") || ppc_strv_add(v, *words))
        return -1;
    for (words++; *words; words++)
        if (ppc_strv_add(v, "--exit-command-arg") || ppc_strv_add(v, *words))
            return -1;
    return 0;
}

static char **
make_argv(pp_runtime *rt, const ppc_conmon *c)
{
    const ppc_bundle *b = c->bundle;
    const bool systemd = !strcmp(
        pp_settings_str(rt->settings, "engine.cgroup_manager"), "systemd");
    const bool debug = ppc_log_level() >= PP_LOG_DEBUG;
    PP_AUTO(ppc_strv_free) char **v = NULL;
    const char *const fixed[] = {rt->conmon_path,
                                 "-c", c->id,
                                 "-u", c->id,
                                 "-r", rt->oci_path,
                                 "-b", b->dir,
                                 "-p", b->pidfile,
                                 "--exit-dir", rt->exit_dir,
                                 "--socket-dir-path", rt->sock_dir,
                                 "--conmon-pidfile",
                                 c->pid_file ? c->pid_file : b->conmon,
                                 "--log-level", debug ? "debug" : "warning",
                                 "--runtime-arg", "--log-format=json",
                                 NULL};

    if (add_words(&v, fixed) || ppc_strv_add(&v, "--runtime-arg") ||
        ppc_strv_addf(&v, "--log=%s", b->oci_log))
        return NULL;
    if (ppc_str_eq(c->log_driver, "none")
            ? ppc_strv_add(&v, "-l") || ppc_strv_add(&v, "none")
            : ppc_strv_add(&v, "-l") ||
                  ppc_strv_addf(&v, "k8s-file:%s", c->log_path))
        return NULL;
    if (c->log_size_max >= 0 &&
        (ppc_strv_add(&v, "--log-size-max") ||
         ppc_strv_addf(&v, "%lld", (long long)c->log_size_max)))
        return NULL;
    if (pp_settings_bool(rt->settings, "engine.no_pivot_root") &&
        ppc_strv_add(&v, "--no-pivot"))
        return NULL;
    if ((systemd && ppc_strv_add(&v, "-s")) ||
        (c->terminal ? ppc_strv_add(&v, "-t")
                     : c->stdin_open && ppc_strv_add(&v, "-i")) ||
        add_exit_command(&v, c->exit_command))
        return NULL;
    return pp_steal(&v);
}

static char **
make_env(pp_runtime *rt)
{
    static const char *const passed[] = {"XDG_RUNTIME_DIR", "NOTIFY_SOCKET",
                                         NULL};
    PP_AUTO(ppc_strv_free) char **v = NULL;
    const char *value;
    size_t i;

    if (add_words(&v, pp_settings_list(rt->settings,
                                       "engine.conmon_env_vars")) ||
        ppc_strv_addf(&v, "_OCI_SYNCPIPE=%d", SYNC_FD) ||
        ppc_strv_addf(&v, "_OCI_STARTPIPE=%d", START_FD))
        return NULL;
    for (i = 0; passed[i]; i++) {
        value = getenv(passed[i]);
        if (value && ppc_strv_addf(&v, "%s=%s", passed[i], value))
            return NULL;
    }
    return pp_steal(&v);
}

/* A source above all targets: no dup2 then writes over it, though we were
 * started without standard streams. */
static int
lift(int fd)
{
    return fcntl(fd, F_DUPFD, FIRST_KEPT_FD);
}

/* In the child: put the pipes where conmon looks for them, close the rest,
 * execute.  Only async-signal-safe calls. */
static void
become_conmon(const ppc_conmon *c, char **argv, char **envp, int sync,
              int start, int errfd)
{
    int null = lift(open("/dev/null", O_RDWR | O_CLOEXEC));
    sigset_t none;
    size_t i;
    int sig;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL); /* an ignored one would be the container's */
    setpgid(0, 0);
    sync = lift(sync);
    start = lift(start);
    errfd = lift(errfd);
    if (chdir(c->bundle->dir) || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0 || dup2(errfd, STDERR_FILENO) < 0 ||
        dup2(sync, SYNC_FD) < 0 || dup2(start, START_FD) < 0)
        _exit(127);
    syscall(SYS_close_range, (unsigned)FIRST_KEPT_FD, ~0u,
            CLOSE_RANGE_CLOEXEC);
    for (i = 0; i < c->n_keep_fds; i++)
        fcntl(c->keep_fds[i], F_SETFD, 0);
    execve(argv[0], argv, envp);
    _exit(127);
}

/* Read one line within the deadline: 1, 0 at the end of file, or negative. */
static int
read_line(int fd, int64_t deadline, ppc_str *line, pp_err *err)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t left;
    ssize_t got;
    char ch;
    int n;

    while (line->n < LINE_MAX_BYTES) {
        left = (deadline - ppc_monotonic()) / PPC_MS;
        n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (!n)
            return pp_fail(err, PP_E_TIMEOUT, 0,
                           "conmon did not answer within %lld s",
                           (long long)(CREATE_TIMEOUT / PPC_SEC));
        got = n < 0 ? -1 : read(fd, &ch, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pp_fail(err, PP_E_IO, errno, "cannot read from conmon");
        if (!got)
            return 0; /* it ended without a line */
        if (ch == '\n')
            return 1;
        ppc_str_putc(line, ch);
        if (line->nomem)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory to hear conmon");
    }
    return pp_fail(err, PP_E_INTERNAL, 0, "conmon's answer is too long");
}

/* The OCI runtime's failure as our own code and one line of text. */
static int
fail_create(const char *message, pp_err *err)
{
    static const struct {
        const char *text;
        int code;
    } kinds[] = {
        {"executable file not found", PP_E_CMDNOTFOUND},
        {"executable file `", PP_E_CMDNOTFOUND},
        {"no such file or directory", PP_E_CMDNOTFOUND},
        {"permission denied", PP_E_CMDNOTEXEC},
        {"exec format error", PP_E_CMDNOTEXEC},
        {"is a directory", PP_E_CMDNOTEXEC},
    };
    const bool exec = strstr(message, "exec: ") || strstr(message, "exec /") ||
                      strstr(message, "executable file");
    int code = PP_E_INTERNAL;
    size_t i;

    for (i = 0; exec && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcasestr(message, kinds[i].text)) {
            code = kinds[i].code;
            break;
        }
    return pp_fail(err, code, 0, "OCI runtime: %s", message);
}

/* The last error of the OCI runtime's JSON log: the plain text of what went
 * wrong, without time and level.  Caller frees; NULL if there is none. */
static char *
oci_log_message(const char *path)
{
    PP_AUTO_FREE char *text = NULL;
    char *found = NULL;
    char *save = NULL;
    char *line;

    if (ppc_file_read(path, 1 << 20, &text, NULL, NULL) < 0)
        return NULL;
    for (line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        PP_AUTO(pp_json_unref) pp_json *v = NULL;

        if (pp_json_parse(line, strlen(line), "log", &v, NULL) < 0 ||
            strcmp(pp_json_get_str(v, "level"), "error"))
            continue;
        free(found);
        found = strdup(pp_json_get_str(v, "msg"));
    }
    return found;
}

static int
understand(const ppc_conmon *c, const ppc_str *line, int64_t *pid,
           pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    PP_AUTO_FREE char *log = oci_log_message(c->bundle->oci_log);
    const char *message;

    if (!line->n)
        return fail_create(log ? log : "create failed without a word", err);
    if (pp_json_parse(ppc_str_get(line), line->n, "conmon's answer", &v,
                      NULL) < 0)
        return fail_create(log ? log : ppc_str_get(line), err);
    *pid = pp_json_get_i64(v, "pid");
    if (*pid > 0 && *pid <= INT32_MAX)
        return 0;
    message = pp_json_get_str(v, "message");
    return fail_create(log ? log : message, err);
}

/* What the parent part of conmon had to say when it refused to start. */
static int
fail_conmon(pp_runtime *rt, int status, int errfd, pp_err *err)
{
    char text[512] = "";
    ssize_t n = read(errfd, text, sizeof text - 1);

    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return pp_fail(err, PP_E_INTERNAL, 0, "\"%s\" failed with status %d: %s",
                   rt->conmon_path, WIFEXITED(status) ? WEXITSTATUS(status)
                                                      : 128,
                   text);
}

int64_t
ppc_conmon_pid(const ppc_bundle *b, const char *pid_file)
{
    PP_AUTO_FREE char *text = NULL;
    int64_t pid = 0;

    if (ppc_file_read(pid_file ? pid_file : b->conmon, 32, &text, NULL,
                      NULL) < 0)
        return 0;
    text[strcspn(text, "\n")] = '\0';
    return ppc_parse_i64(text, 1, INT32_MAX, &pid) ? 0 : pid;
}

/* Is it "conmon ... -c ID ..."? */
static bool
is_conmon_of(int64_t pid, const char *id)
{
    PP_AUTO_FREE char *text = NULL;
    char path[48];
    const char *word;
    const char *end;
    size_t n = 0;

    snprintf(path, sizeof path, "/proc/%lld/cmdline", (long long)pid);
    if (ppc_file_read(path, LINE_MAX_BYTES, &text, &n, NULL) < 0 || !n ||
        !ppc_str_has_suffix(text, "conmon"))
        return false;
    end = text + n;
    for (word = text; word < end; word += strlen(word) + 1)
        if (!strcmp(word, "-c") && word + 3 < end && !strcmp(word + 3, id))
            return true;
    return false;
}

int64_t
ppc_conmon_find(const char *id)
{
    PP_AUTO(closedir) DIR *dir = opendir("/proc");
    struct dirent *e;
    int64_t pid;

    while (dir && (e = readdir(dir)))
        if (!ppc_parse_i64(e->d_name, 1, INT32_MAX, &pid) &&
            is_conmon_of(pid, id))
            return pid;
    return 0;
}

typedef struct pipes {
    int sync[2];
    int start[2];
    int err[2];
} pipes;

static void
close_pipes(pipes *p)
{
    int *lists[] = {p->sync, p->start, p->err};
    size_t i;

    for (i = 0; i < 3; i++) {
        if (lists[i][0] >= 0)
            close(lists[i][0]);
        if (lists[i][1] >= 0)
            close(lists[i][1]);
        lists[i][0] = lists[i][1] = -1;
    }
}

static int
spawn(pp_runtime *rt, const ppc_conmon *c, pipes *p, pid_t *child,
      pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **argv = make_argv(rt, c);
    PP_AUTO(ppc_strv_free) char **envp = make_env(rt);

    if (!argv || !envp)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to start conmon");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->sync) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->start) ||
        pipe2(p->err, O_CLOEXEC | O_NONBLOCK))
        return pp_fail(err, PP_E_IO, errno, "cannot make pipes for conmon");
    *child = fork();
    if (*child < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot fork for conmon");
    if (!*child)
        become_conmon(c, argv, envp, p->sync[1], p->start[1], p->err[1]);
    close(pp_steal_fd(&p->sync[1]));
    close(pp_steal_fd(&p->start[1]));
    close(pp_steal_fd(&p->err[1]));
    return 0;
}

/* The parent part of conmon ends at once, if it is one. */
static int
wait_parent(pid_t child, int64_t deadline, int *status, pp_err *err)
{
    PP_AUTO_FD int fd = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t left = deadline - ppc_monotonic();
    bool late = false;

    while (fd >= 0 && left > 0 && poll(&p, 1, (int)(left / PPC_MS) + 1) < 0 &&
           errno == EINTR)
        left = deadline - ppc_monotonic();
    if (fd >= 0 && !p.revents) {
        late = true;
        kill(-child, SIGKILL);
        kill(child, SIGKILL);
    }
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    if (!late)
        return 0;
    return pp_fail(err, PP_E_TIMEOUT, 0,
                   "conmon did not go to the background within %lld s",
                   (long long)(CREATE_TIMEOUT / PPC_SEC));
}

static int
converse(pp_runtime *rt, const ppc_conmon *c, pipes *p, pid_t child,
         int64_t *pid, pp_err *err)
{
    PP_AUTO_STR ppc_str line = PPC_STR_INIT;
    int64_t deadline = ppc_monotonic() + CREATE_TIMEOUT;
    int status = 0;
    int rc;

    if (send(p->start[0], "", 1, MSG_NOSIGNAL) < 0)
        ppc_log(PP_LOG_DEBUG, "conmon closed its start pipe early");
    rc = wait_parent(child, deadline, &status, err);
    if (rc < 0)
        return rc;
    if (status)
        return fail_conmon(rt, status, p->err[0], err);
    rc = read_line(p->sync[0], deadline, &line, err);
    return rc < 0 ? rc : understand(c, &line, pid, err);
}

int
ppc_conmon_create(pp_runtime *rt, const ppc_conmon *c, int64_t *pid,
                  int64_t *conmon_pid, pp_err *err)
{
    pipes p = {{-1, -1}, {-1, -1}, {-1, -1}};
    pid_t child = -1;
    pp_err ignored;
    int rc;

    /* leftovers of an earlier run would be taken for this one's */
    unlink(c->bundle->exitfile);
    unlink(c->bundle->oci_log);
    unlink(c->bundle->pidfile);
    unlink(c->bundle->conmon);
    rc = spawn(rt, c, &p, &child, err);
    if (rc >= 0)
        rc = converse(rt, c, &p, child, pid, err);
    close_pipes(&p);
    if (rc < 0) {
        if (child > 0)
            ppc_oci_delete(rt, c->id, &ignored);
        return rc;
    }
    *conmon_pid = ppc_conmon_pid(c->bundle, c->pid_file);
    return 0;
}
