/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/nl.c - the netlink socket and batches of messages
 *
 * The kernel handles a batch inside sendto(), so every answer is queued
 * when that returns and nothing is ever waited for without a limit.
 */
#include "nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/gen.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUF_SIZE ((size_t)64 << 10) /* a dump's skb is at most 32 KiB */
#define MSG_ROOM ((size_t)128 << 10)
#define RCVBUF (4 << 20)

static int64_t
now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* FORCE needs CAP_NET_ADMIN where the socket was made, as all else here. */
static void
set_buffer(int fd, int force, int plain, int size)
{
    if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

static int
set_up(struct mnl_socket *sock, int64_t timeout)
{
    int fd = mnl_socket_get_fd(sock);
    int on = 1;
    struct timeval tv = {
        .tv_sec = (time_t)(timeout / 1000000000),
        .tv_usec = (suseconds_t)(timeout % 1000000000 / 1000),
    };

    if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
        return -1;
    set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RCVBUF);
    /* a failure without the message that failed, where the kernel can */
    mnl_socket_setsockopt(sock, NETLINK_CAP_ACK, &on, sizeof(on));
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

static struct mnl_socket *
make_socket(int64_t timeout)
{
    struct mnl_socket *sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
    int saved = 0;

    if (!sock || set_up(sock, timeout) == 0)
        return sock;
    saved = errno;
    mnl_socket_close(sock);
    errno = saved;
    return NULL;
}

/* Where this thread is now; false without /proc, then nothing is kept. */
static bool
where(struct nft_socket *here)
{
    struct stat st;

    if (stat("/proc/thread-self/ns/net", &st) < 0)
        return false;
    here->dev = st.st_dev;
    here->ino = st.st_ino;
    here->pid = getpid();
    return true;
}

void
nft_nl_drop(struct nft_socket *kept)
{
    if (kept->sock)
        mnl_socket_close(kept->sock);
    memset(kept, 0, sizeof(*kept));
}

/* The kept socket if it belongs here, else a new one that is kept. */
static struct mnl_socket *
take_socket(const struct nft *nft)
{
    struct nft_socket here = {0};
    struct nft_socket *kept = nft->kept;

    if (!kept || !where(&here))
        return make_socket(nft->timeout);
    if (kept->sock && kept->dev == here.dev && kept->ino == here.ino &&
        kept->pid == here.pid)
        return kept->sock;
    nft_nl_drop(kept);
    here.sock = make_socket(nft->timeout);
    if (here.sock)
        *kept = here;
    return here.sock;
}

int
nft_nl_open(struct nft_nl *nl, const struct nft *nft, pp_err *err)
{
    memset(nl, 0, sizeof(*nl));
    nl->nft = nft;
    nl->deadline = now() + nft->timeout;
    nl->seq = (uint32_t)nl->deadline;
    nl->sock = take_socket(nft);
    if (!nl->sock)
        return pp_host_fail(nft->host, err,
                            errno == EPERM ? PP_E_PERM : PP_E_UNAVAIL, errno,
                            "cannot open a netlink socket to netfilter");
    return 0;
}

void
nft_nl_close(struct nft_nl *nl)
{
    const struct nft_socket *kept = nl->nft->kept;

    if (nl->sock && (!kept || kept->sock != nl->sock))
        mnl_socket_close(nl->sock);
    nl->sock = NULL;
}

/* Throw away what an abandoned dump left behind. */
static void
drain(struct nft_nl *nl)
{
    char junk[1024];

    while (recv(mnl_socket_get_fd(nl->sock), junk, sizeof(junk),
                MSG_DONTWAIT | MSG_TRUNC) >= 0 ||
           errno == EINTR || errno == ENOBUFS)
        ;
}

/*
 * Send one request and hand each answer to CB until the last has come.
 * -EINTR: the rules changed during a dump, which is then worth nothing.
 */
int
nft_nl_query(struct nft_nl *nl, struct nlmsghdr *nlh,
             int (*cb)(const struct nlmsghdr *, void *), void *arg)
{
    unsigned portid = mnl_socket_get_portid(nl->sock);
    char *buf = malloc(BUF_SIZE);
    int rc = -ENOMEM;

    if (!buf)
        return rc;
    nlh->nlmsg_seq = ++nl->seq;
    nlh->nlmsg_flags |= NLM_F_ACK;
    while (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0) {
        rc = -errno;
        if (rc == -EINTR)
            continue;
        free(buf);
        return rc;
    }
    for (rc = MNL_CB_OK; rc > MNL_CB_STOP;) {
        ssize_t n = mnl_socket_recvfrom(nl->sock, buf, BUF_SIZE);

        if (n < 0 && errno == EINTR && now() < nl->deadline)
            continue;
        if (n < 0) {
            rc = errno == EAGAIN ? -ETIMEDOUT : -errno;
            break;
        }
        /* waiting for the rest of half a message would be for ever */
        if (!mnl_nlmsg_ok((const void *)buf, (int)n)) {
            rc = -EBADMSG;
            break;
        }
        rc = mnl_cb_run(buf, (size_t)n, nlh->nlmsg_seq, portid, cb, arg);
        if (rc < 0)
            rc = -errno;
    }
    if (rc < 0)
        drain(nl);
    free(buf);
    return rc < 0 ? rc : 0;
}

static int
take_gen(const struct nlmsghdr *nlh, void *arg)
{
    struct nft_nl *nl = arg;
    struct nftnl_gen *gen = nftnl_gen_alloc();

    if (!gen) {
        errno = ENOMEM;
        return MNL_CB_ERROR;
    }
    if (nftnl_gen_nlmsg_parse(nlh, gen) == 0)
        nl->gen = nftnl_gen_get_u32(gen, NFTNL_GEN_ID);
    nftnl_gen_free(gen);
    return MNL_CB_OK;
}

int
nft_nl_read_gen(struct nft_nl *nl)
{
    char buf[256];

    return nft_nl_query(
        nl, nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETGEN, AF_UNSPEC, 0, 0),
        take_gen, nl);
}

static bool
grow(struct nft_batch *b, size_t room)
{
    size_t cap = b->cap;
    char *p = NULL;

    if (b->oom || b->cap - b->n >= room)
        return !b->oom;
    while (cap - b->n < room)
        cap = cap ? cap * 2 : MSG_ROOM;
    p = realloc(b->p, cap);
    if (!p) {
        b->oom = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void
nft_batch_end(struct nft_batch *b, const struct nlmsghdr *nlh)
{
    if (nlh)
        b->n += NLMSG_ALIGN(nlh->nlmsg_len);
}

/* The write stands only if nothing was committed since nl->gen was read. */
void
nft_batch_init(struct nft_batch *b, const struct nft_nl *nl)
{
    struct nlmsghdr *nlh = NULL;

    memset(b, 0, sizeof(*b));
    if (!grow(b, MSG_ROOM))
        return;
    nlh = nftnl_batch_begin(b->p, ++b->seq);
    mnl_attr_put_u32(nlh, NFNL_BATCH_GENID, htonl(nl->gen));
    nft_batch_end(b, nlh);
}

void
nft_batch_clear(struct nft_batch *b)
{
    free(b->p);
    memset(b, 0, sizeof(*b));
}

/* NULL when memory ran out, which nft_nl_commit() will report. */
struct nlmsghdr *
nft_batch_msg(struct nft_batch *b, uint16_t type, uint16_t flags)
{
    if (!grow(b, MSG_ROOM))
        return NULL;
    return nftnl_nlmsg_build_hdr(b->p + b->n, type, NFPROTO_INET, flags,
                                 ++b->seq);
}

/* Ask for an answer to the last message that changes anything. */
static bool
ask_answer(struct nft_batch *b)
{
    struct nlmsghdr *nlh = NULL;
    struct nlmsghdr *last = NULL;

    for (size_t at = 0; at < b->n; at += NLMSG_ALIGN(nlh->nlmsg_len)) {
        nlh = (struct nlmsghdr *)(void *)(b->p + at);
        last = at > 0 ? nlh : NULL;
    }
    if (last)
        last->nlmsg_flags |= NLM_F_ACK;
    return last != NULL;
}

/* 0, or the first failure among the answers; none at all is a failure. */
static int
take_answers(struct nft_nl *nl)
{
    char *buf = malloc(BUF_SIZE);
    int rc = -EIO;
    bool any = false;
    ssize_t n = 0;

    if (!buf)
        return -ENOMEM;
    for (;;) {
        n = recv(mnl_socket_get_fd(nl->sock), buf, BUF_SIZE, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, (uint32_t)n);
             h = NLMSG_NEXT(h, n)) {
            const struct nlmsgerr *e = NLMSG_DATA(h);

            if (h->nlmsg_type != NLMSG_ERROR ||
                h->nlmsg_len < NLMSG_LENGTH(sizeof(*e)))
                continue;
            if (!any || rc == 0)
                rc = e->error;
            any = true;
        }
    }
    /* lost answers: what became of the batch is not known */
    if (errno != EAGAIN && (rc >= 0 || !any))
        rc = -errno;
    free(buf);
    return rc;
}

/* An empty batch is a success; -ERESTART: what was read is out of date. */
int
nft_nl_commit(struct nft_nl *nl, struct nft_batch *b)
{
    struct nlmsghdr *nlh = NULL;
    int rc = 0;

    if (!grow(b, MSG_ROOM))
        return -ENOMEM;
    if (!ask_answer(b))
        return 0;
    nlh = nftnl_batch_end(b->p + b->n, ++b->seq);
    b->n += NLMSG_ALIGN(nlh->nlmsg_len);
    if (b->n > INT32_MAX / 2)
        return -EMSGSIZE;
    if (PP_FAULT("nft.commit"))
        return -EIO;
    set_buffer(mnl_socket_get_fd(nl->sock), SO_SNDBUFFORCE, SO_SNDBUF,
               (int)b->n + 4096);
    while (mnl_socket_sendto(nl->sock, b->p, b->n) < 0)
        if (errno != EINTR)
            return -errno;
    rc = PP_FAULT("nft.sent") ? -EIO : take_answers(nl);
    /* the socket is kept: what is still queued is nobody else's answer */
    if (rc < 0)
        drain(nl);
    return rc;
}

/*
 * Is RC a lost race that is worth another try before the deadline?  Waits a
 * little, longer each time and different in each process.
 */
bool
nft_nl_again(struct nft_nl *nl, int rc)
{
    struct timespec pause = {0, 0};

    if (rc != -ERESTART && rc != -EINTR && rc != -ENOBUFS && rc != -EAGAIN)
        return false;
    if (now() >= nl->deadline)
        return false;
    nl->tries++;
    if (nl->tries > 2) {
        unsigned most = nl->tries > 8 ? 8 : nl->tries;
        long span = 20000L << most;

        pause.tv_nsec =
            (long)((uint64_t)now() * 2654435761u % 1000) * (span / 1000);
        nanosleep(&pause, NULL);
    }
    return true;
}

int
nft_nl_fail(struct nft_nl *nl, int rc, const char *what, const char *name,
            pp_err *err)
{
    const struct nft *nft = nl->nft;
    int code = PP_E_IO;

    if (rc == -ENOBUFS)
        return pp_host_fail(nft->host, err, PP_E_NOMEM, ENOBUFS,
                            "table inet %s: %s \"%s\": the kernel's answers "
                            "do not fit into the socket, raise "
                            "net.core.rmem_max",
                            nft->table, what, name);
    if (rc == -ERESTART || rc == -EINTR || rc == -EAGAIN)
        return pp_host_fail(nft->host, err, PP_E_BUSY, 0,
                            "table inet %s: %s \"%s\": other programs kept "
                            "changing the rules for %lld ms, try again",
                            nft->table, what, name,
                            (long long)(nft->timeout / 1000000));
    if (rc == -EPERM || rc == -EACCES)
        code = PP_E_PERM;
    else if (rc == -ENOMEM)
        code = PP_E_NOMEM;
    else if (rc == -ETIMEDOUT)
        code = PP_E_TIMEOUT;
    else if (rc == -EOPNOTSUPP)
        code = PP_E_NOTSUP;
    return pp_host_fail(nft->host, err, code, -rc, "table inet %s: %s \"%s\"",
                        nft->table, what, name);
}
