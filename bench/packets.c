/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/packets.c - packets a second through a host, by several paths
 *
 * bench-packets KEY ROUNDS PACKETS PATH...
 *
 * PATH  LABEL=SENDER=HOST=RECEIVER=ADDRESS:PORT=ADDRESS:PORT: three named
 *       network namespaces, where the sender sends to, and where that must
 *       arrive.
 *
 * Rounds in which each path in turn carries PACKETS small UDP packets; the
 * samples KEY.new are packets a second where each packet is the first of a
 * flow, KEY.old where all are of one flow.  Packets are sent a few at a time
 * and all of those are received before the next: nothing is lost in a queue,
 * and the time is that of the whole path, on one processor.  The host forgets
 * its connections between two turns.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sample.h"

#define WINDOW 32
#define SOURCE "203.0.113.2"

struct packet {
    struct iphdr ip;
    struct udphdr udp;
    char data[18];
};

struct lane {
    char *label;
    int out; /* raw, in the sender's namespace          */
    int in;  /* UDP, in the receiver's                  */
    int ct;  /* netlink, in the host's: its connections */
    struct sockaddr_in to;
};

static int
socket_in(const char *netns, int domain, int type, int protocol)
{
    char path[256];
    int ns, fd;

    snprintf(path, sizeof path, "/run/netns/%s", netns);
    ns = open(path, O_RDONLY | O_CLOEXEC);
    if (ns < 0 || setns(ns, CLONE_NEWNET))
        bench_die("%s: %s", path, strerror(errno));
    close(ns);
    fd = socket(domain, type | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        bench_die("socket in %s: %s", netns, strerror(errno));
    return fd;
}

static struct sockaddr_in
address(char *text)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    char *colon = text ? strchr(text, ':') : NULL;

    if (colon)
        *colon = '\0';
    if (!colon || inet_pton(AF_INET, text, &a.sin_addr) != 1)
        bench_die("\"%s\" is not ADDRESS:PORT", text ? text : "");
    a.sin_port = htons((uint16_t)bench_number(colon + 1));
    return a;
}

static void
lane_open(struct lane *l, char *words)
{
    const struct timeval wait = {.tv_sec = 2};
    struct sockaddr_in at;
    char *sender, *host, *receiver;

    l->label = strsep(&words, "=");
    sender = strsep(&words, "=");
    host = strsep(&words, "=");
    receiver = strsep(&words, "=");
    l->to = address(strsep(&words, "="));
    at = address(words);
    l->out = socket_in(sender, AF_INET, SOCK_RAW, IPPROTO_RAW);
    l->ct = socket_in(host, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
    l->in = socket_in(receiver, AF_INET, SOCK_DGRAM, 0);
    if (bind(l->in, (struct sockaddr *)&at, sizeof at) ||
        setsockopt(l->in, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait))
        bench_die("%s: %s", l->label, strerror(errno));
}

static void
lane_forget(struct lane *l)
{
    struct {
        struct nlmsghdr head;
        struct nfgenmsg gen;
    } m = {
        .head = {.nlmsg_len = sizeof m,
                 .nlmsg_type =
                     NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .gen = {.nfgen_family = AF_INET},
    };
    struct {
        struct nlmsghdr head;
        struct nlmsgerr err;
        char rest[256];
    } answer;

    if (send(l->ct, &m, sizeof m, 0) != sizeof m ||
        recv(l->ct, &answer, sizeof answer, 0) < 0)
        bench_die("netlink: %s", strerror(errno));
    if (answer.head.nlmsg_type == NLMSG_ERROR && answer.err.error)
        bench_die("cannot empty the table of connections: %s",
                  strerror(-answer.err.error));
}

static void
fill(struct packet *p, const struct sockaddr_in *to, unsigned port)
{
    memset(p, 0, sizeof *p);
    p->ip.version = 4;
    p->ip.ihl = 5;
    p->ip.ttl = 64;
    p->ip.protocol = IPPROTO_UDP;
    p->ip.tot_len = htons(sizeof *p);
    inet_pton(AF_INET, SOURCE, &p->ip.saddr);
    p->ip.daddr = to->sin_addr.s_addr;
    p->udp.source = htons((uint16_t)port);
    p->udp.dest = to->sin_port;
    p->udp.len = htons(sizeof *p - sizeof p->ip);
}

/* Send and receive a window that begins with number first. */
static void
window(struct lane *l, unsigned first, unsigned n, bool new_flows)
{
    struct packet packet[WINDOW];
    struct mmsghdr msg[WINDOW];
    struct iovec iov[WINDOW];
    char junk[64];
    unsigned i;

    memset(msg, 0, sizeof msg);
    for (i = 0; i < n; i++) {
        fill(&packet[i], &l->to, new_flows ? 1024 + (first + i) % 64000 : 1023);
        iov[i] = (struct iovec){&packet[i], sizeof packet[i]};
        msg[i].msg_hdr = (struct msghdr){.msg_name = &l->to,
                                         .msg_namelen = sizeof l->to,
                                         .msg_iov = &iov[i],
                                         .msg_iovlen = 1};
    }
    if (sendmmsg(l->out, msg, n, 0) != (int)n)
        bench_die("%s: send: %s", l->label, strerror(errno));
    for (i = 0; i < n; i++)
        if (recv(l->in, junk, sizeof junk, 0) < 0)
            bench_die("%s: a packet did not arrive: %s", l->label,
                      strerror(errno));
}

static void
turn(struct lane *l, const char *key, unsigned packets, bool new_flows)
{
    double begin = bench_now();
    unsigned i, n;
    char what[64];

    for (i = 0; i < packets; i += n) {
        n = packets - i < WINDOW ? packets - i : WINDOW;
        window(l, i, n, new_flows);
    }
    snprintf(what, sizeof what, "%s.%s", key, new_flows ? "new" : "old");
    bench_sample(what, l->label, packets * 1e6 / (bench_now() - begin));
}

int
main(int argc, char **argv)
{
    unsigned long rounds, packets, r;
    struct lane *lanes;
    int n = argc - 4;
    int k;

    if (n < 1) {
        fprintf(stderr, "usage: see bench/packets.c\n");
        return 2;
    }
    rounds = bench_number(argv[2]);
    packets = bench_number(argv[3]);
    if (packets > 64000)
        bench_die("a sender has 64000 ports");
    lanes = bench_alloc((size_t)n * sizeof *lanes);
    for (k = 0; k < n; k++) {
        lane_open(&lanes[k], argv[4 + k]);
        window(&lanes[k], 0, 1, true); /* neighbours learn each other */
    }
    for (r = 0; r < rounds; r++)
        for (k = 0; k < n; k++) {
            lane_forget(&lanes[k]);
            turn(&lanes[k], argv[1], (unsigned)packets, true);
            lane_forget(&lanes[k]);
            turn(&lanes[k], argv[1], (unsigned)packets, false);
        }
    for (k = 0; k < n; k++) {
        close(lanes[k].out);
        close(lanes[k].in);
        close(lanes[k].ct);
    }
    free(lanes);
    return 0;
}
