/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/routes.c - where this host's routes lead to
 *
 * The kernel's tables in /proc: one line per route, addresses in hex.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "engine/network/subnet.h"

static FILE *
open_table(const char *path, pp_err *err, int *rc)
{
    FILE *f = fopen(path, "re");

    /* no such protocol in this kernel: no routes */
    *rc = f || errno == ENOENT
              ? 0
              : pp_fail(err, PP_E_IO, errno, "cannot read \"%s\"", path);
    return f;
}

/* A default route leads everywhere: it meets everything and means nothing. */
static int
add(ppc_subnets *out, const ppc_subnet *s, pp_err *err)
{
    if (s->bits == 0 || !ppc_subnets_add(out, s))
        return 0;
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for the host's routes");
}

/* "eth0 0000580A 00000000 0001 0 0 0 0000FFFF ..." as the machine orders
 * bytes. */
static int
read4(ppc_subnets *out, pp_err *err)
{
    PP_AUTO_FREE char *line = NULL;
    size_t cap = 0;
    uint32_t dst, mask;
    int rc;
    PP_AUTO(fclose) FILE *f = open_table("/proc/self/net/route", err, &rc);

    while (f && rc >= 0 && getline(&line, &cap, f) > 0) {
        ppc_subnet s = {{AF_INET, {0}}, 0};

        if (sscanf(line, "%*s %8x %*s %*s %*s %*s %*s %8x", &dst, &mask) != 2)
            continue;
        memcpy(s.base.raw, &dst, sizeof dst);
        s.bits = __builtin_popcount(mask);
        rc = add(out, &s, err);
    }
    return rc;
}

/* Link-local and multicast prefixes are on every link. */
static bool
is_link6(const ppc_subnet *s)
{
    return s->base.raw[0] == 0xff ||
           (s->base.raw[0] == 0xfe && (s->base.raw[1] & 0xc0) == 0x80);
}

/* "fd000089000000000000000000000000 40 ..." */
static int
read6(ppc_subnets *out, pp_err *err)
{
    PP_AUTO_FREE char *line = NULL;
    size_t cap = 0;
    char hex[33];
    unsigned bits, byte, i;
    int rc;
    PP_AUTO(fclose)
    FILE *f = open_table("/proc/self/net/ipv6_route", err, &rc);

    while (f && rc >= 0 && getline(&line, &cap, f) > 0) {
        ppc_subnet s = {{AF_INET6, {0}}, 0};

        if (sscanf(line, "%32[0-9a-f] %2x", hex, &bits) != 2 ||
            strlen(hex) != 32 || bits > 128)
            continue;
        for (i = 0; i < 16 && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
            s.base.raw[i] = (unsigned char)byte;
        s.bits = (int)bits;
        if (!is_link6(&s))
            rc = add(out, &s, err);
    }
    return rc;
}

int
ppc_routes_read(ppc_subnets *out, pp_err *err)
{
    int rc = read4(out, err);

    return rc < 0 ? rc : read6(out, err);
}
