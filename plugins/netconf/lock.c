/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/netconf/lock.c - GC apart from everything else
 *
 * The specification forbids GC while an ADD or DEL runs on any attachment:
 * those share the lock, GC holds it alone.  It dies with its process.
 */
#include "netconf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* returns  a descriptor, to be closed by LOCK_AUTO, or -PP_E_* */
int
cni_lock_take(const netconf *self, bool exclusive, int64_t deadline,
              cni_why *why)
{
    const struct timespec nap = {0, 10 * 1000 * 1000};
    int fd =
        open(self->lock_file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return cni_say(why, PP_E_IO, errno, "cannot open \"%s\"",
                       self->lock_file);
    while (flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0) {
        int e = errno;

        if ((e == EWOULDBLOCK || e == EINTR) && cni_now_ms() < deadline) {
            nanosleep(&nap, NULL);
            continue;
        }
        close(fd);
        if (e == EWOULDBLOCK)
            return cni_say(why, PP_E_BUSY, 0,
                           "another process holds \"%s\" for too long",
                           self->lock_file);
        return cni_say(why, PP_E_IO, e, "cannot lock \"%s\"", self->lock_file);
    }
    return fd;
}

void
cni_lock_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
