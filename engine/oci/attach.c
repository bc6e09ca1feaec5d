/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/oci/attach.c - a container's streams
 *
 * conmon's socket is SOCK_SEQPACKET.  Each packet from it is one byte that
 * names the stream (2 standard output, 3 standard error) and at most 8192
 * bytes; what is sent to it is the container's input, unframed.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "engine/oci/oci.h"

#define PACKET (8192 + 1)
#define LEAVE_AFTER PPC_SEC
#define STREAM_OUT 2
#define STREAM_ERR 3

int
ppc_attach_connect(const ppc_bundle *b, pp_err *err)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    PP_AUTO_FD int dir = open(b->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    PP_AUTO_FD int fd = -1;

    if (dir < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot open \"%s\"", b->dir);
    /* a path of its own would be cut at 107 bytes */
    snprintf(sun.sun_path, sizeof sun.sun_path, "/proc/self/fd/%d/attach",
             dir);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&sun, sizeof sun) < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot attach to \"%s/attach\"",
                       b->dir);
    return pp_steal_fd(&fd);
}

/* One packet of output: 1, 0 at the end, or negative. */
static int
pump_out(int fd, const pp_attach *a, pp_err *err)
{
    char buf[PACKET];
    ssize_t n = recv(fd, buf, sizeof buf, 0);
    int to;

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 1;
    if (n < 0 && errno != ECONNRESET)
        return pp_fail(err, PP_E_IO, errno, "cannot read from the container");
    if (n <= 0)
        return 0;
    to = buf[0] == STREAM_ERR ? a->err_fd : a->out_fd;
    if (to < 0 || !ppc_write_all(to, buf + 1, (size_t)n - 1))
        return 1;
    if (errno == EPIPE)
        return 1; /* our reader left; the container goes on */
    return pp_fail(err, PP_E_IO, errno,
                   "cannot pass on the output of the container");
}

/* Input on its way to the container: conmon takes none as long as the
 * container reads none, and its output must not wait for that. */
typedef struct input {
    char buf[8192];
    size_t n;
    bool ended;
} input;

static void
read_input(input *in, int fd)
{
    ssize_t n = read(fd, in->buf, sizeof in->buf);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    in->n = n > 0 ? (size_t)n : 0;
    in->ended = n <= 0;
}

/* What was read, and after that the end. */
static void
send_input(input *in, int fd)
{
    ssize_t n;

    if (in->n) {
        n = send(fd, in->buf, in->n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            return;
        in->ended = in->ended || n < 0; /* nobody takes it any more */
        in->n = 0;
    }
    if (in->ended)
        shutdown(fd, SHUT_WR);
}

static void
forward_signal(pp_runtime *rt, const char *id, int signal_fd)
{
    struct signalfd_siginfo si;
    pp_err err = {0};

    if (read(signal_fd, &si, sizeof si) != (ssize_t)sizeof si)
        return;
    if (ppc_oci_kill(rt, id, (int)si.ssi_signo, false, &err) < 0)
        ppc_log(PP_LOG_DEBUG, "signal %u for %.12s: %s", si.ssi_signo, id,
                err.msg);
}

/* Milliseconds until the store is left, for poll(2); -1: that was done.  What
 * ends soon does not pay for it. */
static int
leave_later(pp_runtime *rt, int64_t *since)
{
    int64_t left;

    if (!*since)
        return -1;
    left = *since + LEAVE_AFTER - ppc_monotonic();
    if (left > 0)
        return (int)(left / PPC_MS) + 1;
    ppc_runtime_leave_store(rt);
    *since = 0;
    return -1;
}

int
ppc_attach_pump(pp_runtime *rt, const char *id, int fd, const pp_attach *a,
                pp_err *err)
{
    struct pollfd p[3] = {{.fd = fd},
                          {.fd = a->in_fd, .events = POLLIN},
                          {.fd = a->signal_fd, .events = POLLIN}};
    int64_t since = ppc_monotonic();
    input in = {.n = 0};
    int rc = 1;

    while (rc > 0) {
        p[0].events = in.n ? POLLIN | POLLOUT : POLLIN;
        p[1].fd = in.n || in.ended ? -1 : a->in_fd;
        if (poll(p, 3, leave_later(rt, &since)) < 0) {
            if (errno == EINTR)
                continue;
            return pp_fail(err, PP_E_IO, errno, "cannot wait for %.12s", id);
        }
        if (p[2].revents & POLLIN)
            forward_signal(rt, id, a->signal_fd);
        else if (p[2].revents)
            p[2].fd = -1;
        if (p[1].revents)
            read_input(&in, a->in_fd);
        if (p[1].revents || (p[0].revents & POLLOUT))
            send_input(&in, fd);
        if (p[0].revents & ~POLLOUT)
            rc = pump_out(fd, a, err);
    }
    return rc;
}
