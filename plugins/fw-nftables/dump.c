/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/dump.c - reading elements back from the kernel
 */
#include "set.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/set.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

struct look {
    unsigned set;
    const char *comment; /* only these; NULL: all */
    struct nft_elems *into;
    struct nft_elem *one;
    struct nft_desc *desc;
};

/* Comment and index text; user data of anybody else's making is ignored. */
static void
read_user_data(const uint8_t *p, uint32_t n, struct nft_elem *e,
               struct nft_desc *desc)
{
    while (n >= 2 && p[1] <= n - 2) {
        if (p[0] == NFTNL_UDATA_SET_ELEM_COMMENT && p[1] > 0 &&
            p[1] <= sizeof(e->comment) && p[1 + p[1]] == '\0')
            memcpy(e->comment, p + 2, p[1]);
        if (desc && p[0] == NFT_UDATA_DESC && p[1] <= sizeof(desc->p)) {
            desc->overflow = false;
            desc->n = p[1];
            memcpy(desc->p, p + 2, p[1]);
        }
        n -= 2u + p[1];
        p += 2 + p[1];
    }
}

static void
copy(struct nftnl_set_elem *el, uint16_t attr, uint8_t *to, uint32_t max)
{
    uint32_t n = 0;
    const void *p = NULL;

    if (!nftnl_set_elem_is_set(el, attr))
        return;
    p = nftnl_set_elem_get(el, attr, &n);
    if (p)
        memcpy(to, p, n < max ? n : max);
}

static void
read_elem(struct nftnl_set_elem *el, struct nft_elem *e, struct nft_desc *desc)
{
    uint32_t n = 0;
    const uint8_t *p = NULL;

    copy(el, NFTNL_SET_ELEM_KEY, e->key, sizeof(e->key));
    copy(el, NFTNL_SET_ELEM_KEY_END, e->end, sizeof(e->end));
    copy(el, NFTNL_SET_ELEM_DATA, e->data, nft_set_dlen(e->set));
    if (!nftnl_set_elem_is_set(el, NFTNL_SET_ELEM_USERDATA))
        return;
    p = nftnl_set_elem_get(el, NFTNL_SET_ELEM_USERDATA, &n);
    if (p)
        read_user_data(p, n, e, desc);
}

static int
take_elem(struct nftnl_set_elem *el, void *arg)
{
    struct look *look = arg;
    struct nft_elem e = {.set = (uint8_t)look->set};
    struct nft_elem *to = NULL;

    read_elem(el, &e, look->desc);
    if (look->one)
        *look->one = e;
    if (!look->into || (look->comment && strcmp(look->comment, e.comment)))
        return 0;
    to = nft_elems_add(look->into, look->set, "");
    if (!to) {
        errno = ENOMEM;
        return -1;
    }
    *to = e;
    return 0;
}

static int
take_elems(const struct nlmsghdr *nlh, void *arg)
{
    struct nftnl_set *s = nftnl_set_alloc();
    int rc = MNL_CB_OK;

    if (!s) {
        errno = ENOMEM;
        return MNL_CB_ERROR;
    }
    if (nftnl_set_elems_nlmsg_parse(nlh, s) < 0) {
        errno = EBADMSG;
        rc = MNL_CB_ERROR;
    } else if (nftnl_set_elem_foreach(s, take_elem, arg) < 0) {
        rc = MNL_CB_ERROR;
    }
    if (s)
        nftnl_set_free(s);
    return rc;
}

/* Append the elements of SET; a set that is not there has none. */
int
nft_dump_set(struct nft_nl *nl, unsigned set, const char *comment,
             struct nft_elems *into)
{
    char buf[512];
    struct look look = {.set = set, .comment = comment, .into = into};
    struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETSETELEM,
                                                 NFPROTO_INET, NLM_F_DUMP, 0);
    int rc = 0;

    mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, nl->nft->table);
    mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, nft_set_name(set));
    rc = nft_nl_query(nl, nlh, take_elems, &look);
    return rc == -ENOENT ? 0 : rc;
}

/* Sets FROM to TO, both included; sorted. */
int
nft_dump_all(struct nft_nl *nl, unsigned from, unsigned to, const char *comment,
             struct nft_elems *into)
{
    int rc = 0;

    for (unsigned set = from; rc == 0 && set <= to; set++)
        rc = nft_dump_set(nl, set, comment, into);
    nft_elems_sort(into);
    return rc;
}

/*
 * Look one key up: E, which has set and key, gets the rest.  Not for sets of
 * intervals.  -ENOENT: no such element, set or table.
 */
int
nft_dump_one(struct nft_nl *nl, struct nft_elem *e, struct nft_desc *desc)
{
    char buf[1024];
    struct nft_elem found = *e;
    struct look look = {.set = e->set, .one = &found, .desc = desc};
    struct nftnl_set *s = nft_set_handle(nl->nft, e->set);
    struct nftnl_set_elem *el = nftnl_set_elem_alloc();
    struct nlmsghdr *nlh =
        nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETSETELEM, NFPROTO_INET, 0, 0);
    int rc = -ENOMEM;

    if (desc)
        *desc = (struct nft_desc){.overflow = true};
    if (s && el) {
        nftnl_set_elem_set(el, NFTNL_SET_ELEM_KEY, e->key,
                           nft_set_klen(e->set));
        nftnl_set_elem_add(s, el);
        el = NULL;
        nftnl_set_elems_nlmsg_build_payload(nlh, s);
        rc = nft_nl_query(nl, nlh, take_elems, &look);
    }
    if (rc == 0)
        *e = found;
    if (el)
        nftnl_set_elem_free(el);
    if (s)
        nftnl_set_free(s);
    return rc;
}
