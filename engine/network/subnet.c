/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/subnet.c - arithmetic of addresses; see subnet.h */
#include "engine/network/subnet.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/util/cleanup.h"
#include "core/util/str.h"

static int
size_of(int family)
{
    return family == AF_INET6 ? 16 : 4;
}

int
ppc_addr_parse(const char *text, ppc_addr *out)
{
    ppc_addr a = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

    if (inet_pton(a.family, text, a.raw) != 1)
        return -1;
    *out = a;
    return 0;
}

void
ppc_addr_text(const ppc_addr *a, char out[PPC_SUBNET_TEXT])
{
    if (!inet_ntop(a->family, a->raw, out, PPC_SUBNET_TEXT))
        *out = '\0';
}

int
ppc_addr_cmp(const ppc_addr *a, const ppc_addr *b)
{
    int d = memcmp(a->raw, b->raw, sizeof a->raw);

    return (d > 0) - (d < 0);
}

/* Set the bits behind the first n, or clear them. */
static void
fill(ppc_addr *a, int n, bool set)
{
    int i;

    for (i = n; i < 8 * size_of(a->family); i++) {
        unsigned char bit = (unsigned char)(0x80 >> i % 8);

        a->raw[i / 8] =
            (unsigned char)(set ? a->raw[i / 8] | bit : a->raw[i / 8] & ~bit);
    }
}

static void
step(ppc_addr *a, int by)
{
    int i;

    for (i = size_of(a->family); i--;) {
        a->raw[i] = (unsigned char)(a->raw[i] + by);
        if (a->raw[i] != (by > 0 ? 0 : 0xff))
            return;
    }
}

int
ppc_subnet_parse(const char *text, ppc_subnet *out)
{
    const char *slash = strchr(text, '/');
    char address[INET6_ADDRSTRLEN];
    ppc_subnet s;
    int64_t bits;

    if (!slash || (size_t)(slash - text) >= sizeof address)
        return -1;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    if (ppc_addr_parse(address, &s.base) ||
        ppc_parse_i64(slash + 1, 0, 8 * size_of(s.base.family), &bits))
        return -1;
    s.bits = (int)bits;
    fill(&s.base, s.bits, false);
    *out = s;
    return 0;
}

void
ppc_subnet_text(const ppc_subnet *s, char out[PPC_SUBNET_TEXT])
{
    size_t n;

    ppc_addr_text(&s->base, out);
    n = strlen(out);
    snprintf(out + n, PPC_SUBNET_TEXT - n, "/%d", s->bits);
}

bool
ppc_subnet_has(const ppc_subnet *s, const ppc_addr *a)
{
    ppc_addr base = *a;

    if (a->family != s->base.family)
        return false;
    fill(&base, s->bits, false);
    return !ppc_addr_cmp(&base, &s->base);
}

bool
ppc_subnet_meets(const ppc_subnet *a, const ppc_subnet *b)
{
    return a->bits < b->bits ? ppc_subnet_has(a, &b->base)
                             : ppc_subnet_has(b, &a->base);
}

ppc_addr
ppc_subnet_first(const ppc_subnet *s)
{
    ppc_addr a = s->base;

    step(&a, 1);
    return a;
}

ppc_addr
ppc_subnet_last(const ppc_subnet *s)
{
    ppc_addr a = s->base;

    fill(&a, s->bits, true);
    if (a.family == AF_INET)
        step(&a, -1);
    return a;
}

int
ppc_subnets_add(ppc_subnets *list, const ppc_subnet *s)
{
    ppc_subnet *v = reallocarray(list->v, list->n + 1, sizeof *v);

    if (!v)
        return -1;
    v[list->n++] = *s;
    list->v = v;
    return 0;
}

void
ppc_subnets_clear(ppc_subnets *list)
{
    free(list->v);
    *list = (ppc_subnets){NULL, 0};
}

const ppc_subnet *
ppc_subnets_find(const ppc_subnets *list, const ppc_subnet *s)
{
    size_t i;

    for (i = 0; i < list->n; i++)
        if (ppc_subnet_meets(&list->v[i], s))
            return &list->v[i];
    return NULL;
}

static int
choose4(const ppc_subnets *taken, ppc_subnet *out, pp_err *err)
{
    ppc_subnet s = {{AF_INET, {10, 89}}, 24};
    int net;

    for (net = 89 << 8; net < 256 << 8; net++) {
        s.base.raw[1] = (unsigned char)(net >> 8);
        s.base.raw[2] = (unsigned char)net;
        if (ppc_subnets_find(taken, &s))
            continue;
        *out = s;
        return 0;
    }
    return pp_fail(err, PP_E_FULL, 0,
                   "no free subnet from 10.89.0.0/24 to 10.255.255.0/24: "
                   "choose one by --subnet");
}

/* A unique local prefix (RFC 4193) with 56 random bits. */
static int
choose6(const ppc_subnets *taken, ppc_subnet *out, pp_err *err)
{
    ppc_subnet s = {{AF_INET6, {0xfd}}, 64};

    do {
        if (getrandom(s.base.raw + 1, 7, 0) != 7)
            return pp_fail(err, PP_E_IO, errno, "no random numbers");
    } while (ppc_subnets_find(taken, &s));
    *out = s;
    return 0;
}

int
ppc_subnet_choose(int family, const ppc_subnets *taken, ppc_subnet *out,
                  pp_err *err)
{
    return family == AF_INET6 ? choose6(taken, out, err)
                              : choose4(taken, out, err);
}
