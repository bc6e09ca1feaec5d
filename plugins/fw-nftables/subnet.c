/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/subnet.c - what is outside of a network, as intervals
 *
 * A packet is masqueraded if its source is in a subnet of the network and
 * its destination in none of them and not multicast.  With the gaps between
 * the subnets as intervals of the second half of the key, one lookup in one
 * set decides that for any number of networks.
 */
#include "nft.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SUBNETS 32

/* Inclusive, in network order, of 4 or 16 bytes. */
struct range {
    uint8_t lo[16];
    uint8_t hi[16];
};

static bool
make_range(struct range *r, size_t len, const uint8_t *ip, unsigned prefix)
{
    if (prefix > len * 8)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned bits = prefix > i * 8 ? prefix - (unsigned)i * 8 : 0;
        uint8_t mask = (uint8_t)(0xff00u >> (bits < 8 ? bits : 8));

        r->lo[i] = ip[i] & mask;
        r->hi[i] = (uint8_t)(r->lo[i] | (uint8_t)~mask);
    }
    return true;
}

/* 4 or 16, the bytes of an address, or 0 if CIDR is not one. */
static size_t
parse_cidr(struct range *r, const char *cidr)
{
    const char *slash = cidr ? strchr(cidr, '/') : NULL;
    char text[INET6_ADDRSTRLEN];
    uint8_t ip[16];
    char *end = NULL;
    unsigned long prefix = 0;
    size_t len = 0;

    if (!slash || (size_t)(slash - cidr) >= sizeof(text))
        return 0;
    snprintf(text, sizeof(text), "%.*s", (int)(slash - cidr), cidr);
    len = strchr(text, ':') ? 16 : 4;
    if (inet_pton(len == 16 ? AF_INET6 : AF_INET, text, ip) != 1)
        return 0;
    prefix = strtoul(slash + 1, &end, 10);
    if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || prefix > 128)
        return 0;
    return make_range(r, len, ip, (unsigned)prefix) ? len : 0;
}

static int
range_order(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct range));
}

/* Add 1; false if it was the last. */
static bool
increment(uint8_t *p, size_t len)
{
    for (size_t i = len; i-- > 0;)
        if (++p[i] != 0)
            return true;
    return false;
}

static void
decrement(uint8_t *p, size_t len)
{
    for (size_t i = len; i-- > 0;)
        if (p[i]-- != 0)
            return;
}

/* The gaps between N sorted ranges; at most N + 1. */
static unsigned
find_gaps(const struct range *in, unsigned n, size_t len, struct range *gaps)
{
    uint8_t next[16] = {0};
    unsigned count = 0;

    for (unsigned i = 0; i < n; i++) {
        if (memcmp(next, in[i].lo, len) < 0) {
            memcpy(gaps[count].lo, next, len);
            memcpy(gaps[count].hi, in[i].lo, len);
            decrement(gaps[count++].hi, len);
        }
        if (memcmp(next, in[i].hi, len) > 0)
            continue;
        memcpy(next, in[i].hi, len);
        if (!increment(next, len))
            return count;
    }
    memcpy(gaps[count].lo, next, len);
    memset(gaps[count].hi, 0xff, len);
    return count + 1;
}

/* Every pair of a subnet and a gap. */
static bool
put_pairs(const struct range *subnets, unsigned n, size_t len,
          const char *comment, struct nft_elems *want)
{
    static const uint8_t multicast4[4] = {224};
    static const uint8_t multicast6[16] = {0xff};
    struct range outside[MAX_SUBNETS + 1];
    struct range gaps[MAX_SUBNETS + 2];
    unsigned n_gaps = 0;

    memset(outside, 0, sizeof(outside));
    memset(gaps, 0, sizeof(gaps));
    memcpy(outside, subnets, n * sizeof(*subnets));
    make_range(&outside[n], len, len == 4 ? multicast4 : multicast6,
               len == 4 ? 4 : 8);
    qsort(outside, n + 1, sizeof(*outside), range_order);
    n_gaps = find_gaps(outside, n + 1, len, gaps);
    for (unsigned i = 0; i < n; i++) {
        for (unsigned g = 0; g < n_gaps; g++) {
            struct nft_elem *e =
                nft_elems_add(want, len == 4 ? SET_MASQ4 : SET_MASQ6, comment);

            if (!e)
                return false;
            memcpy(e->key, subnets[i].lo, len);
            memcpy(e->key + len, gaps[g].lo, len);
            memcpy(e->end, subnets[i].hi, len);
            memcpy(e->end + len, gaps[g].hi, len);
        }
    }
    return true;
}

int
nft_subnets_masq(const struct nft *nft, const pp_fw_net *net,
                 const char *comment, struct nft_elems *want, pp_err *err)
{
    struct range r4[MAX_SUBNETS];
    struct range r6[MAX_SUBNETS];
    unsigned n4 = 0;
    unsigned n6 = 0;

    memset(r4, 0, sizeof(r4));
    memset(r6, 0, sizeof(r6));
    if (net->n_subnets > MAX_SUBNETS)
        return pp_host_fail(nft->host, err, PP_E_INVAL, 0,
                            "network %s has %u subnets, more than %d", net->net,
                            net->n_subnets, MAX_SUBNETS);
    for (uint32_t i = 0; i < net->n_subnets; i++) {
        struct range r = {{0}, {0}};
        size_t len = parse_cidr(&r, net->subnets[i]);

        if (len == 0)
            return pp_host_fail(nft->host, err, PP_E_INVAL, 0,
                                "network %s: \"%.80s\" is not a subnet",
                                net->net,
                                net->subnets[i] ? net->subnets[i] : "");
        if (len == 4)
            r4[n4++] = r;
        else
            r6[n6++] = r;
    }
    if ((n4 > 0 && !put_pairs(r4, n4, 4, comment, want)) ||
        (n6 > 0 && !put_pairs(r6, n6, 16, comment, want)))
        return pp_host_fail(nft->host, err, PP_E_NOMEM, 0, "out of memory");
    return 0;
}
