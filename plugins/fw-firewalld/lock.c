/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/lock.c - one change at a time
 *
 * firewalld has no transaction over several requests, so whether a port is
 * free and taking it must not be parted.  The lock dies with its process.
 */
#include "fwd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define NAP INT64_C(2000000)

/*
 * Polling, because a library may not use the signal that would interrupt a
 * blocking flock(2).
 *
 * returns  a descriptor, to be closed | -PP_E_BUSY | -PP_E_IO
 */
int
fwd_lock(const struct fwd *fwd, pp_err *err)
{
    const struct timespec nap = {0, NAP};
    int64_t left = fwd->timeout;
    int fd = open(fwd->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return pp_host_fail(fwd->host, err, PP_E_IO, errno,
                            "cannot open \"%s\"", fwd->lock);
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int sys = errno;

        if ((sys == EWOULDBLOCK || sys == EINTR) && left > 0) {
            nanosleep(&nap, NULL);
            left -= NAP;
            continue;
        }
        close(fd);
        if (sys == EWOULDBLOCK || sys == EINTR)
            return pp_host_fail(fwd->host, err, PP_E_BUSY, 0,
                                "another process changes the rules of "
                                "firewalld and has held \"%s\" for %.1f s; "
                                "try again",
                                fwd->lock, (double)fwd->timeout / 1e9);
        return pp_host_fail(fwd->host, err, PP_E_IO, sys, "cannot lock \"%s\"",
                            fwd->lock);
    }
    return fd;
}
