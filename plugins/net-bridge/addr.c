/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/addr.c - addresses as bytes */
#include "bridge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* An IPv4 address in the clothes of IPv6 is no address here. */
bool
br_ip_parse(const char *text, br_ip *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    br_ip ip = {.len = 4};

    if (!text)
        return false;
    if (inet_pton(AF_INET, text, ip.b) != 1) {
        ip.len = 16;
        if (inet_pton(AF_INET6, text, ip.b) != 1 ||
            !memcmp(ip.b, mapped, sizeof(mapped)))
            return false;
    }
    *out = ip;
    return true;
}

bool
br_cidr_parse(const char *text, br_cidr *out)
{
    char host[BR_IP_TEXT];
    size_t n = text ? strcspn(text, "/") : 0;

    if (!cni_address_valid(text, true) || n >= sizeof(host))
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    if (!br_ip_parse(host, &out->ip))
        return false;
    out->bits = (uint8_t)strtoul(text + n + 1, NULL, 10);
    return true;
}

/* As host-local writes it, which is the name of a lease. */
const char *
br_ip_text(const br_ip *ip, char out[BR_IP_TEXT])
{
    if (!inet_ntop(ip->len == 4 ? AF_INET : AF_INET6, ip->b, out, BR_IP_TEXT))
        out[0] = '\0';
    return out;
}

const char *
br_cidr_text(const br_cidr *cidr, char out[BR_CIDR_TEXT])
{
    char ip[BR_IP_TEXT];

    snprintf(out, BR_CIDR_TEXT, "%s/%u", br_ip_text(&cidr->ip, ip),
             (unsigned)cidr->bits);
    return out;
}

int
br_ip_cmp(const br_ip *a, const br_ip *b)
{
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return memcmp(a->b, b->b, a->len);
}

bool
br_ip_same(const br_ip *a, const br_ip *b)
{
    return br_ip_cmp(a, b) == 0;
}

/* One up or down, around the end. */
void
br_ip_step(br_ip *ip, int by)
{
    const uint8_t end = by > 0 ? 0xff : 0;

    for (size_t i = ip->len; i-- > 0;) {
        bool carry = ip->b[i] == end;

        ip->b[i] = (uint8_t)(ip->b[i] + by);
        if (!carry)
            return;
    }
}

static br_ip
fill_host(const br_cidr *cidr, bool ones)
{
    br_ip ip = cidr->ip;

    for (unsigned i = cidr->bits; i < ip.len * 8u; i++) {
        uint8_t bit = (uint8_t)(0x80u >> (i % 8));

        ip.b[i / 8] = (uint8_t)(ones ? ip.b[i / 8] | bit : ip.b[i / 8] & ~bit);
    }
    return ip;
}

/* The subnet's own address. */
br_ip
br_cidr_first(const br_cidr *cidr)
{
    return fill_host(cidr, false);
}

br_ip
br_cidr_last(const br_cidr *cidr)
{
    return fill_host(cidr, true);
}

bool
br_cidr_has(const br_cidr *cidr, const br_ip *ip)
{
    br_ip first = br_cidr_first(cidr);
    br_ip last = br_cidr_last(cidr);

    return ip->len == cidr->ip.len && br_ip_cmp(ip, &first) >= 0 &&
           br_ip_cmp(ip, &last) <= 0;
}

bool
br_cidr_overlap(const br_cidr *a, const br_cidr *b)
{
    return br_cidr_has(a, &b->ip) || br_cidr_has(b, &a->ip);
}

/* An address of one interface: neither a group's nor nobody's. */
bool
br_mac_parse(const char *text, uint8_t out[6])
{
    uint8_t mac[6];
    uint8_t any = 0;

    if (strlen(text) != 17 || strspn(text, "0123456789abcdefABCDEF:") != 17)
        return false;
    for (size_t i = 0; i < 6; i++) {
        char *end = NULL;

        mac[i] = (uint8_t)strtoul(text + 3 * i, &end, 16);
        if (end != text + 3 * i + 2 || *end != (i < 5 ? ':' : '\0'))
            return false;
        any |= mac[i];
    }
    if ((mac[0] & 1) || !any)
        return false;
    memcpy(out, mac, sizeof(mac));
    return true;
}

const char *
br_mac_text(const uint8_t mac[6], char out[BR_MAC_TEXT])
{
    snprintf(out, BR_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
             mac[2], mac[3], mac[4], mac[5]);
    return out;
}

/* A random one that no maker of hardware gave away. */
int
br_mac_make(uint8_t out[6])
{
    while (getrandom(out, 6, 0) != 6)
        if (errno != EINTR)
            return -PP_E_IO;
    out[0] = (uint8_t)((out[0] & 0xfe) | 0x02);
    return 0;
}

/* FNV-1a; chains from BR_HASH_START. */
uint64_t
br_hash(uint64_t hash, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ b[i]) * 1099511628211u;
    return hash;
}

/*
 * Made of the address, so that neighbours who remember one of a container
 * that is gone are right about the next one that has its address.
 */
void
br_mac_of(const br_ip *ip, uint8_t out[6])
{
    uint64_t hash = br_hash(BR_HASH_START, ip->b, ip->len);

    out[0] = 0x02;
    out[1] = ip->len == 4 ? 0x50 : 0x51;
    memcpy(out + 2, ip->len == 4 ? (const void *)ip->b : &hash, 4);
}
