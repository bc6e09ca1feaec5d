/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/attach.c - start a container and be its foreground
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
cli_attach_start(cli *c, const char *ref, bool sig_proxy, int *code,
                 pp_err *err)
{
    CLI_AUTO_FD int signals = -1;
    pp_attach attach = {.struct_size = sizeof(attach),
                        .in_fd = -1,
                        .out_fd = STDOUT_FILENO,
                        .err_fd = STDERR_FILENO,
                        .signal_fd = -1};

    if (sig_proxy) {
        signals = open_signals(err);
        if (signals < 0)
            return signals;
        attach.signal_fd = signals;
    }
    return pp_container_start(c->rt, ref, &attach, code, err);
}
