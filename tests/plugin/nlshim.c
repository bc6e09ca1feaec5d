/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/plugin/nlshim.c - netlink that fails, by LD_PRELOAD
 *
 * NLSHIM=HOW:N  at the Nth answer that is read:
 *   ENOBUFS, EINTR  the call fails so; ENOBUFS loses the answer, as it does
 *   SHORT           only half a header arrives
 *   TORN            the answer says that the dump was interrupted
 *   SEND, SENDINTR  the Nth message is not sent: ENOBUFS, EINTR
 * NLSHIM_LOG=FILE receives one byte when it happens.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef ssize_t recvmsg_fn(int, struct msghdr *, int);
typedef ssize_t recv_fn(int, void *, size_t, int);
typedef ssize_t sendto_fn(int, const void *, size_t, int,
                          const struct sockaddr *, socklen_t);

static unsigned long received;
static unsigned long sent;

static bool
is_netlink(int fd)
{
    int domain = 0;
    socklen_t n = sizeof domain;

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
           domain == AF_NETLINK;
}

/* Is this the one?  how receives what is to happen. */
static bool
is_now(bool sending, const char **how)
{
    const char *want = getenv("NLSHIM");
    const char *colon = want ? strchr(want, ':') : NULL;
    const char *log = getenv("NLSHIM_LOG");
    unsigned long *count = sending ? &sent : &received;

    if (!colon || sending != !strncmp(want, "SEND", 4) ||
        ++*count != strtoul(colon + 1, NULL, 10))
        return false;
    int fd = log ? open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (fd >= 0 && (write(fd, "x", 1) != 1 || close(fd) < 0))
        abort();
    *how = want;
    return true;
}

static bool
begins(const char *how, const char *word)
{
    const size_t n = strlen(word);

    return !strncmp(how, word, n) && how[n] == ':';
}

/* What the answer of N bytes in BUF becomes. */
static ssize_t
spoil(const char *how, void *buf, ssize_t n)
{
    struct nlmsghdr *h = buf;

    if (begins(how, "ENOBUFS")) {
        errno = ENOBUFS;
        return -1;
    }
    if (begins(how, "SHORT"))
        return n > 8 ? 8 : n;
    if (begins(how, "TORN") && n >= (ssize_t)sizeof *h &&
        (h->nlmsg_flags & NLM_F_MULTI))
        h->nlmsg_flags |= NLM_F_DUMP_INTR;
    return n;
}

ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
    recvmsg_fn *real = (recvmsg_fn *)dlsym(RTLD_NEXT, "recvmsg");
    const char *how = NULL;

    if (!is_netlink(fd) || !is_now(false, &how))
        return real(fd, msg, flags);
    if (begins(how, "EINTR")) {
        errno = EINTR;
        return -1;
    }
    ssize_t n = real(fd, msg, flags);

    return n < 0 ? n : spoil(how, msg->msg_iov[0].iov_base, n);
}

ssize_t
recv(int fd, void *buf, size_t size, int flags)
{
    recv_fn *real = (recv_fn *)dlsym(RTLD_NEXT, "recv");
    const char *how = NULL;

    if (!is_netlink(fd) || !is_now(false, &how))
        return real(fd, buf, size, flags);
    if (begins(how, "EINTR")) {
        errno = EINTR;
        return -1;
    }
    ssize_t n = real(fd, buf, size, flags);

    return n < 0 ? n : spoil(how, buf, n);
}

ssize_t
sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to,
       socklen_t len)
{
    sendto_fn *real = (sendto_fn *)dlsym(RTLD_NEXT, "sendto");
    const char *how = NULL;

    if (!is_netlink(fd) || !is_now(true, &how))
        return real(fd, buf, n, flags, to, len);
    errno = begins(how, "SENDINTR") ? EINTR : ENOBUFS;
    return -1;
}
