/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/ns.c - into the namespace of a container
 *
 * A socket belongs to the namespace that it was made in, so only its making
 * has to happen inside.  A thread that exists for nothing else enters the
 * namespace, sets the switches of the interface, makes the socket and ends
 * (it allocates nothing, which would cost it an arena of its own);
 * the calling thread waits for it and never leaves its own namespace.
 */
#include "bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

void
br_fd_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static bool
is_ours(int fd)
{
    struct stat here;
    struct stat there;

    return stat("/proc/thread-self/ns/net", &here) == 0 &&
           fstat(fd, &there) == 0 && here.st_ino == there.st_ino &&
           here.st_dev == there.st_dev;
}

/*
 * The namespace of a request.
 *
 * returns  a descriptor for FD_AUTO | -PP_E_NOTFOUND (it is gone) |
 *          -PP_E_INVAL (it is the host's)
 */
int
br_ns_open(const pp_net_request *req, cni_why *why)
{
    const char *path = req->netns_path ? req->netns_path : "";
    FD_AUTO int fd = -1;

    if (req->netns_fd >= 0)
        fd = fcntl(req->netns_fd, F_DUPFD_CLOEXEC, 3);
    else if (*path)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cni_say(why, PP_E_NOTFOUND, *path ? errno : 0,
                       "container %s: no network namespace \"%.256s\"", req->id,
                       path);
    if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
        return cni_say(why, PP_E_NOTFOUND, 0,
                       "container %s: \"%.256s\" is no network namespace",
                       req->id, path);
    if (is_ours(fd))
        return cni_say(why, PP_E_INVAL, 0,
                       "container %s: \"%.256s\" is the network namespace of "
                       "the host",
                       req->id, path);
    int out = fd;

    fd = -1;
    return out;
}

typedef struct visit {
    const br_ns_entry *entry;
    int sock;
    const char *failed; /* what, static */
    int sys_errno;
} visit;

static void *
enter(void *arg)
{
    visit *v = arg;
    const br_ns_setting *s = v->entry->settings;

    if (setns(v->entry->fd, CLONE_NEWNET) < 0) {
        v->sys_errno = errno;
        v->failed = "cannot enter the network namespace";
        return NULL;
    }
    for (; s && s->family; s++) {
        int rc = br_sysctl_set(s->value, "%s/conf/%s/%s", s->family,
                               v->entry->ifname, s->key);

        if (rc < 0 && s->must) {
            v->sys_errno = -rc;
            v->failed = s->key;
            return NULL;
        }
    }
    v->sock = br_nl_socket();
    if (v->sock < 0) {
        v->sys_errno = errno;
        v->failed = "cannot open a netlink socket";
    }
    return NULL;
}

/* The thread handles no signal of the host's: not from in there. */
static int
run_visit(visit *v)
{
    pthread_t thread;
    sigset_t all;
    sigset_t old;

    sigfillset(&all);
    int rc = pthread_sigmask(SIG_SETMASK, &all, &old);

    if (rc == 0) {
        rc = pthread_create(&thread, NULL, enter, v);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    return rc ? rc : pthread_join(thread, NULL);
}

/* A socket inside, for NL_AUTO, after the settings are made. */
int
br_ns_socket(const br_ns_entry *entry, int64_t deadline, br_nl *nl,
             cni_why *why)
{
    visit v = {.entry = entry, .sock = -1};
    int rc = run_visit(&v);

    if (rc)
        return cni_say(why, PP_E_IO, rc, "cannot start a thread");
    if (v.sock < 0)
        return cni_say(why, PP_E_IO, v.sys_errno, "interface %s: %s",
                       entry->ifname, v.failed);
    return br_nl_take(nl, v.sock, deadline, why);
}
