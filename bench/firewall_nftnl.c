/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench/firewall_nftnl.c - the floor of nf_tables: one batch, no question
 *
 * The elements are read back once from what fw-nftables made, then added and
 * deleted as they are: no look-up, no generation, no wait for anybody else.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "firewall_int.h"
#include "sample.h"

#define TABLE "polypod"
#define MAX_SETS 64
#define ROOM (256 << 10)

struct floor {
    struct mnl_socket *sock;
    uint32_t seq;
    struct nftnl_set *sets[MAX_SETS]; /* with the owner's elements only */
    unsigned n;
    char *buf;
    char *in;
};

/* Send what is in buf and take every answer. */
static void
talk(struct floor *f, size_t n, unsigned answers, mnl_cb_t fn, void *arg)
{
    const unsigned port = mnl_socket_get_portid(f->sock);
    ssize_t got;
    int rc = 1;

    if (mnl_socket_sendto(f->sock, f->buf, n) < 0)
        bench_die("netlink: %s", strerror(errno));
    while (answers > 0) {
        got = mnl_socket_recvfrom(f->sock, f->in, ROOM);
        rc = got < 0 ? -1 : mnl_cb_run(f->in, (size_t)got, 0, port, fn, arg);
        if (rc < 0)
            bench_die("netlink: %s", strerror(errno));
        answers -= rc == MNL_CB_STOP;
    }
}

static int
take_set(const struct nlmsghdr *nlh, void *arg)
{
    struct floor *f = arg;
    struct nftnl_set *s = nftnl_set_alloc();

    if (!s || nftnl_set_nlmsg_parse(nlh, s) < 0 || f->n == MAX_SETS)
        bench_die("cannot read a set");
    f->sets[f->n++] = s;
    return MNL_CB_OK;
}

static struct nftnl_set *
named_set(struct floor *f, const char *name)
{
    struct nftnl_set *s = nftnl_set_alloc();

    (void)f;
    if (!s)
        bench_die("no memory");
    nftnl_set_set_str(s, NFTNL_SET_TABLE, TABLE);
    nftnl_set_set_str(s, NFTNL_SET_NAME, name);
    nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_INET);
    return s;
}

static bool
is_owners(struct nftnl_set_elem *e)
{
    uint32_t n = 0;
    const void *p = NULL;

    if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_USERDATA))
        p = nftnl_set_elem_get(e, NFTNL_SET_ELEM_USERDATA, &n);
    return p && memmem(p, n, OWNER, strlen(OWNER));
}

static int
take_elem(struct nftnl_set_elem *e, void *arg)
{
    static const uint16_t what[] = {NFTNL_SET_ELEM_KEY, NFTNL_SET_ELEM_DATA,
                                    NFTNL_SET_ELEM_USERDATA};
    struct nftnl_set_elem *copy;
    const void *p;
    uint32_t n;
    size_t i;

    if (!is_owners(e))
        return 0;
    copy = nftnl_set_elem_alloc();
    for (i = 0; copy && i < sizeof what / sizeof what[0]; i++)
        if (nftnl_set_elem_is_set(e, what[i])) {
            p = nftnl_set_elem_get(e, what[i], &n);
            nftnl_set_elem_set(copy, what[i], p, n);
        }
    if (!copy)
        bench_die("no memory");
    nftnl_set_elem_add(arg, copy);
    return 0;
}

static int
take_elems(const struct nlmsghdr *nlh, void *arg)
{
    struct nftnl_set *s = nftnl_set_alloc();

    if (!s || nftnl_set_elems_nlmsg_parse(nlh, s) < 0)
        bench_die("cannot read elements");
    nftnl_set_elem_foreach(s, take_elem, arg);
    nftnl_set_free(s);
    return MNL_CB_OK;
}

/* Keep of a set its name and the owner's elements; false: it has none. */
static bool
read_elements(struct floor *f, struct nftnl_set **set)
{
    struct nftnl_set *kept =
        named_set(f, nftnl_set_get_str(*set, NFTNL_SET_NAME));
    struct nftnl_set_elems_iter *it;
    struct nlmsghdr *nlh;
    bool has;

    nlh = nftnl_nlmsg_build_hdr(f->buf, NFT_MSG_GETSETELEM, NFPROTO_INET,
                                NLM_F_DUMP, ++f->seq);
    nftnl_set_elems_nlmsg_build_payload(nlh, kept);
    talk(f, nlh->nlmsg_len, 1, take_elems, kept);
    nftnl_set_free(*set);
    *set = kept;
    it = nftnl_set_elems_iter_create(kept);
    has = it && nftnl_set_elems_iter_cur(it);
    nftnl_set_elems_iter_destroy(it);
    return has;
}

void
nftnl_capture(way *w)
{
    struct floor *f = bench_alloc(sizeof *f);
    struct nftnl_set *of_table = named_set(f, "");
    struct nlmsghdr *nlh;
    unsigned i, n = 0;

    f->buf = bench_alloc(ROOM);
    f->in = bench_alloc(ROOM);
    f->sock = mnl_socket_open(NETLINK_NETFILTER);
    if (!f->sock || mnl_socket_bind(f->sock, 0, MNL_SOCKET_AUTOPID) < 0)
        bench_die("netlink: %s", strerror(errno));
    nftnl_set_unset(of_table, NFTNL_SET_NAME);
    nlh = nftnl_nlmsg_build_hdr(f->buf, NFT_MSG_GETSET, NFPROTO_INET,
                                NLM_F_DUMP, ++f->seq);
    nftnl_set_nlmsg_build_payload(nlh, of_table);
    talk(f, nlh->nlmsg_len, 1, take_set, f);
    nftnl_set_free(of_table);
    for (i = 0; i < f->n; i++)
        if (read_elements(f, &f->sets[i]))
            f->sets[n++] = f->sets[i];
        else
            nftnl_set_free(f->sets[i]);
    f->n = n;
    if (!n)
        bench_die("fw-nftables made no elements for " OWNER);
    w->floor = f;
}

void
nftnl_change(way *w, bool add)
{
    struct floor *f = w->floor;
    struct mnl_nlmsg_batch *b = mnl_nlmsg_batch_start(f->buf, ROOM / 2);
    unsigned i;

    nftnl_batch_begin(mnl_nlmsg_batch_current(b), ++f->seq);
    mnl_nlmsg_batch_next(b);
    for (i = 0; i < f->n; i++) {
        struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(
            mnl_nlmsg_batch_current(b),
            add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, NFPROTO_INET,
            (add ? NLM_F_CREATE | NLM_F_EXCL : 0) |
                (i + 1 == f->n ? NLM_F_ACK : 0),
            ++f->seq);

        nftnl_set_elems_nlmsg_build_payload(nlh, f->sets[i]);
        mnl_nlmsg_batch_next(b);
    }
    nftnl_batch_end(mnl_nlmsg_batch_current(b), ++f->seq);
    mnl_nlmsg_batch_next(b);
    talk(f, mnl_nlmsg_batch_size(b), 1, NULL, NULL);
    mnl_nlmsg_batch_stop(b);
}

void
nftnl_forget(way *w)
{
    struct floor *f = w->floor;

    while (f->n > 0)
        nftnl_set_free(f->sets[--f->n]);
    mnl_socket_close(f->sock);
    free(f->buf);
    free(f->in);
    free(f);
}
