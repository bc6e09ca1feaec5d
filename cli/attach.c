/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/attach.c - our streams and signals as those of a container
 */
#include "attach.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* What a caller may want to tell the container; not job control, not the
 * signals of our own children and faults. */
static int
open_signals(pp_err *err)
{
    static const int forwarded[] = {SIGHUP,  SIGINT,  SIGQUIT,
                                    SIGTERM, SIGUSR1, SIGUSR2};
    sigset_t set;
    int fd;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
        sigaddset(&set, forwarded[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot block signals");
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot open a signal descriptor");
    return fd;
}

int
cli_streams_open(bool sig_proxy, cli_streams *s, pp_err *err)
{
    int fd = -1;

    if (sig_proxy) {
        fd = open_signals(err);
        if (fd < 0)
            return fd;
    }
    s->attach = (pp_attach){.struct_size = sizeof(s->attach),
                            .in_fd = -1,
                            .out_fd = STDOUT_FILENO,
                            .err_fd = STDERR_FILENO,
                            .signal_fd = fd};
    return 0;
}

void
cli_streams_close(cli_streams *s)
{
    if (s->attach.struct_size && s->attach.signal_fd >= 0)
        close(s->attach.signal_fd);
    s->attach.signal_fd = -1;
}
