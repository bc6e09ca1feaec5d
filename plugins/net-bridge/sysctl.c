/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/sysctl.c - switches under /proc/sys/net
 *
 * The kernel shows those of the namespace that the calling thread is in.
 */
#include "bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROOT "/proc/sys/net/"

/* Already so: nothing is written, which also works on a read-only /proc. */
static bool
is_set(const char *path, const char *value)
{
    char text[32];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return false;
    text[n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return !strcmp(text, value);
}

/* returns  0 | -errno, -ENOENT: there is no such switch */
int
br_sysctl_set(const char *value, const char *fmt, ...)
{
    char path[160] = ROOT;
    va_list ap;
    int rc = 0;

    va_start(ap, fmt);
    int n =
        vsnprintf(path + strlen(ROOT), sizeof(path) - strlen(ROOT), fmt, ap);

    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(path) - strlen(ROOT))
        return -ENAMETOOLONG;
    if (is_set(path, value))
        return 0;
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (write(fd, value, strlen(value)) < 0)
        rc = -errno;
    close(fd);
    return rc;
}
