/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/fds.c - descriptors: none may leak, none may survive an exec
 */
#include "kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
kit_fds_note(kit_fds *fds)
{
    DIR *d = opendir("/proc/self/fd");
    struct dirent *entry;

    memset(fds, 0, sizeof(*fds));
    while (d && (entry = readdir(d))) {
        long fd = strtol(entry->d_name, NULL, 10);

        if (entry->d_name[0] != '.' && fd != dirfd(d) && fd >= 0 &&
            fd < (long)sizeof(fds->open))
            fds->open[fd] = 1;
    }
    if (d)
        closedir(d);
}

/* New descriptors must be close-on-exec, or must not be there at all. */
int
kit_fds_check(const kit_fds *before, int allow_more)
{
    kit_fds now;
    int fd;

    kit_fds_note(&now);
    for (fd = 0; fd < (int)sizeof(now.open); fd++) {
        char path[64], target[256];
        ssize_t n;

        if (!now.open[fd] || before->open[fd])
            continue;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        n = readlink(path, target, sizeof(target) - 1);
        target[n > 0 ? n : 0] = '\0';
        if (!allow_more)
            return KIT_FAIL("descriptor %d (%s) was left open", fd, target);
        if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
            return KIT_FAIL("descriptor %d (%s) is not close-on-exec", fd,
                            target);
    }
    return 0;
}
