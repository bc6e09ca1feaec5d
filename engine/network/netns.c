/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/netns.c - named network namespaces
 *
 * A child process makes the namespace and mounts it, so that no thread of
 * ours is ever in a wrong one.
 */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/util/fault.h"
#include "engine/network/network.h"

static int
loopback_up(void)
{
    struct ifreq ifr = {.ifr_name = "lo"};
    PP_AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
        return -1;
    ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP);
    return ioctl(fd, SIOCSIFFLAGS, &ifr);
}

/* In the child. The exit code is errno. */
static void
make_namespace(const char *path)
{
    if (unshare(CLONE_NEWNET) || loopback_up() ||
        mount("/proc/self/ns/net", path, "none", MS_BIND, NULL))
        _exit(errno ? errno & 0xff : 1);
    _exit(0);
}

int
ppc_netns_open(const char *path, pp_err *err)
{
    PP_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return pp_fail(err, errno == ENOENT ? PP_E_NOTFOUND : PP_E_IO, errno,
                       "cannot open network namespace \"%s\"", path);
    if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
        return pp_fail(err, PP_E_NOTFOUND, 0,
                       "\"%s\" is no network namespace", path);
    return pp_steal_fd(&fd);
}

int
ppc_netns_remove(const char *path, pp_err *err)
{
    if (umount2(path, MNT_DETACH) && errno != EINVAL && errno != ENOENT)
        return pp_fail(err, PP_E_IO, errno,
                       "cannot unmount network namespace \"%s\"", path);
    if (ppc_fault("namespace.unmounted", err) < 0)
        return -PP_E_IO;
    if (unlink(path) && errno != ENOENT)
        return pp_fail(err, PP_E_IO, errno,
                       "cannot remove network namespace \"%s\"", path);
    return 0;
}

int
ppc_netns_create(const char *path, pp_err *err)
{
    int status = 0;
    pid_t child;
    int fd;

    fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0)
        return pp_fail(err, PP_E_IO, errno,
                       "cannot make network namespace \"%s\"", path);
    close(fd);
    if (ppc_fault("namespace.file", err) < 0) {
        ppc_netns_remove(path, NULL);
        return -PP_E_IO;
    }
    child = fork();
    if (!child)
        make_namespace(path);
    if (child > 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    if (child > 0 && !status)
        return 0;
    status = child < 0 ? errno : WEXITSTATUS(status);
    ppc_netns_remove(path, NULL);
    return pp_fail(err, PP_E_IO, status,
                   "cannot make network namespace \"%s\"", path);
}
