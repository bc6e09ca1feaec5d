/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/nl.c - rtnetlink: batches of changes, and queries
 *
 * A batch is sent at once, and the kernel handles all of it before sendto()
 * returns: a process that is killed leaves the whole batch done, or nothing.
 * Each message is acknowledged, and each failure has its own words.
 */
#include "bridge.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ROOM 1024 /* the most that one message takes */
#define ANSWER ((size_t)32 << 10)
#define MAX_TRIES 20 /* of one query */

/* Of the namespace that this thread is in; -1 with errno. */
int
br_nl_socket(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static int
set_up(struct mnl_socket *sock)
{
    int on = 1;

    if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
        return -1;
    /* Older kernels know less of these, and then say less. */
    mnl_socket_setsockopt(sock, NETLINK_EXT_ACK, &on, sizeof(on));
    mnl_socket_setsockopt(sock, NETLINK_CAP_ACK, &on, sizeof(on));
    mnl_socket_setsockopt(sock, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
    return 0;
}

/* FD is a new socket for routing, or -1 with errno; taken over. */
int
br_nl_take(br_nl *nl, int fd, int64_t deadline, cni_why *why)
{
    struct mnl_socket *sock = fd >= 0 ? mnl_socket_fdopen(fd) : NULL;

    if (sock && set_up(sock) == 0) {
        *nl = (br_nl){.sock = sock, .seq = 1, .deadline = deadline};
        return 0;
    }
    int e = errno;

    if (sock)
        mnl_socket_close(sock);
    else if (fd >= 0)
        close(fd);
    return cni_say(why, PP_E_UNAVAIL, e,
                   "cannot open a netlink socket for routing");
}

int
br_nl_open(br_nl *nl, int64_t deadline, cni_why *why)
{
    return br_nl_take(nl, br_nl_socket(), deadline, why);
}

void
br_nl_close(br_nl *nl)
{
    if (nl->sock)
        mnl_socket_close(nl->sock);
    nl->sock = NULL;
}

int
br_nl_code(int sys_errno)
{
    switch (sys_errno) {
    case EPERM:
    case EACCES:
        return PP_E_PERM;
    case ENOMEM:
    case ENOBUFS:
        return PP_E_NOMEM;
    case ETIMEDOUT:
        return PP_E_TIMEOUT;
    case EEXIST:
        return PP_E_EXISTS;
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
        return PP_E_NOTSUP;
    default:
        return PP_E_IO;
    }
}

br_batch *
br_batch_new(cni_why *why)
{
    br_batch *batch = malloc(sizeof(*batch));

    if (!batch) {
        cni_say(why, PP_E_NOMEM, 0, "no memory for netlink messages");
        return NULL;
    }
    batch->n = 0;
    batch->n_steps = 0;
    batch->open = NULL;
    return batch;
}

static void
finish(br_batch *batch)
{
    if (batch->open)
        batch->n += NLMSG_ALIGN(batch->open->nlmsg_len);
    batch->open = NULL;
}

/*
 * The next message, whose failure is told as FMT.  The bounds of a network
 * keep every batch below what fits; a message too many is written over the
 * last one and counted, which br_batch_run() refuses.
 */
struct nlmsghdr *
br_batch_add(br_batch *batch, uint16_t type, uint16_t flags, int allow,
             const char *fmt, ...)
{
    va_list ap;

    finish(batch);
    if (batch->n_steps >= BR_MAX_STEPS ||
        batch->n + ROOM > sizeof(batch->buf)) {
        batch->n_steps = BR_MAX_STEPS + 1;
        batch->n = 0;
        return mnl_nlmsg_put_header(batch->buf);
    }
    br_step *step = &batch->step[batch->n_steps++];

    step->allow = allow;
    va_start(ap, fmt);
    vsnprintf(step->what, sizeof(step->what), fmt, ap);
    va_end(ap);
    batch->open = mnl_nlmsg_put_header(batch->buf + batch->n);
    batch->open->nlmsg_type = type;
    batch->open->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    return batch->open;
}

static int
take_text(const struct nlattr *attr, void *arg)
{
    const char **text = arg;

    if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
        mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
        *text = mnl_attr_get_str(attr);
    return MNL_CB_OK;
}

/* What the kernel adds to an error number, or NULL.  Borrowed. */
static const char *
ack_text(const struct nlmsghdr *nlh)
{
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
    const char *text = NULL;
    size_t skip = sizeof(*e);

    if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
        return NULL;
    if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
        skip += mnl_nlmsg_get_payload_len(&e->msg);
    if (skip < mnl_nlmsg_get_payload_len(nlh))
        mnl_attr_parse(nlh, (unsigned)skip, take_text, &text);
    return text;
}

static void
set_timeout(const br_nl *nl)
{
    int64_t left = nl->deadline - cni_now_ms();

    left = left > 1 ? left : 1;
    struct timeval tv = {.tv_sec = (time_t)(left / 1000),
                         .tv_usec = (suseconds_t)(left % 1000 * 1000)};

    setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVTIMEO, &tv,
               sizeof(tv));
}

/*
 * returns  bytes, or -errno; -ETIMEDOUT at the deadline, -ENOBUFS when the
 *          kernel had no room for an answer, -ENOSPC when we had none
 */
static ssize_t
receive(const br_nl *nl, char *buf)
{
    for (;;) {
        ssize_t n = mnl_socket_recvfrom(nl->sock, buf, ANSWER);

        /* waiting for the rest of half a message would be for ever */
        if (n >= 0)
            return mnl_nlmsg_ok((const void *)buf, (int)n) ? n : -EBADMSG;
        if (errno != EINTR)
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        if (cni_now_ms() >= nl->deadline)
            return -ETIMEDOUT;
    }
}

/* The state of a batch while its answers come. */
typedef struct answers {
    const br_batch *batch;
    uint32_t first; /* sequence number */
    size_t n;
    int rc;
    cni_why *why;
} answers;

static void
take_answer(answers *a, const struct nlmsghdr *nlh)
{
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
    size_t i = nlh->nlmsg_seq - a->first;

    if (nlh->nlmsg_type != NLMSG_ERROR || i >= a->batch->n_steps ||
        mnl_nlmsg_get_payload_len(nlh) < sizeof(*e))
        return;
    a->n++;
    if (e->error == 0 || -e->error == a->batch->step[i].allow || a->rc < 0)
        return;
    const char *text = ack_text(nlh);

    a->rc = cni_say(a->why, br_nl_code(-e->error), -e->error, "%s%s%.200s",
                    a->batch->step[i].what, text ? ": " : "", text ? text : "");
}

static int
take_answers(answers *a, const br_nl *nl)
{
    FREE_AUTO char *buf = malloc(ANSWER);

    if (!buf)
        return cni_say(a->why, PP_E_NOMEM, 0, "no memory for answers");
    set_timeout(nl);
    while (a->n < a->batch->n_steps) {
        ssize_t got = receive(nl, buf);
        int left = (int)got;

        if (got < 0)
            return cni_say(a->why, br_nl_code((int)-got), (int)-got,
                           "%s: the kernel's answer is lost",
                           a->batch->step[a->n].what);
        for (const struct nlmsghdr *h = (const void *)buf;
             mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
            take_answer(a, h);
    }
    return a->rc;
}

/*
 * Send a batch and hear what became of it.
 *
 * returns  0 | -PP_E_* of the first message that failed; the others were
 *          tried all the same
 */
int
br_batch_run(br_batch *batch, br_nl *nl, cni_why *why)
{
    answers a = {.batch = batch, .first = nl->seq, .why = why};

    finish(batch);
    if (batch->n_steps > BR_MAX_STEPS)
        return cni_say(why, PP_E_INVAL, 0, "too many addresses and routes");
    for (size_t at = 0; at < batch->n;) {
        struct nlmsghdr *h = (void *)(batch->buf + at);

        h->nlmsg_seq = nl->seq++;
        at += NLMSG_ALIGN(h->nlmsg_len);
    }
    while (mnl_socket_sendto(nl->sock, batch->buf, batch->n) < 0)
        if (errno != EINTR)
            return cni_say(why, br_nl_code(errno), errno, "%s",
                           batch->step[0].what);
    return take_answers(&a, nl);
}

static int
query_once(br_nl *nl, struct nlmsghdr *nlh, char *buf,
           int (*cb)(const struct nlmsghdr *, void *), void *arg)
{
    unsigned port = mnl_socket_get_portid(nl->sock);

    nlh->nlmsg_seq = nl->seq++;
    nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    while (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0)
        if (errno != EINTR)
            return -errno;
    for (;;) {
        ssize_t n = receive(nl, buf);

        if (n < 0)
            return (int)n;
        int rc = mnl_cb_run(buf, (size_t)n, nlh->nlmsg_seq, port, cb, arg);

        if (rc < 0)
            return -errno;
        if (rc == MNL_CB_STOP)
            return 0;
    }
}

/* What is still queued would be taken for the next answer; and a dump that
 * was not read to its end is the only one the kernel allows. */
static void
drain(const br_nl *nl, char *buf)
{
    while (recv(mnl_socket_get_fd(nl->sock), buf, ANSWER, MSG_DONTWAIT) >= 0 ||
           errno == EINTR || errno == ENOBUFS)
        ;
}

/*
 * Is it worth to ask once more?  A dump that things changed under (EINTR), or
 * whose answers did not fit into the socket, is not asked again by
 * br_nl_query(): CB may have kept what it saw.
 */
bool
br_nl_again(int rc, int tries)
{
    return tries < MAX_TRIES && (rc == -EINTR || rc == -ENOBUFS);
}

/*
 * Ask, and hand each answer to CB.
 *
 * returns  0 | -errno, see br_nl_again()
 */
int
br_nl_query(br_nl *nl, struct nlmsghdr *nlh,
            int (*cb)(const struct nlmsghdr *, void *), void *arg)
{
    FREE_AUTO char *buf = malloc(ANSWER);

    if (!buf)
        return -ENOMEM;
    set_timeout(nl);
    int rc = query_once(nl, nlh, buf, cb, arg);

    if (rc < 0)
        drain(nl, buf);
    return rc;
}
