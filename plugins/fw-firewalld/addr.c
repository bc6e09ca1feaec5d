/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/addr.c - addresses, prefixes and names from text
 *
 * What passes here has no blank, quote or line end in it: firewalld hands
 * the words of a rule on as lines of text.
 */
#include "fwd.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static bool
parse_ip(const char *text, struct fwd_prefix *p)
{
    memset(p, 0, sizeof(*p));
    if (inet_pton(AF_INET, text, p->ip) == 1) {
        p->bits = 32;
        return true;
    }
    p->v6 = true;
    p->bits = 128;
    return inet_pton(AF_INET6, text, p->ip) == 1;
}

/* Decimal digits only. */
static bool
parse_bits(const char *text, unsigned max, uint8_t *out)
{
    unsigned n = 0;

    if (!*text || strlen(text) > 3)
        return false;
    for (; *text >= '0' && *text <= '9'; text++)
        n = n * 10 + (unsigned)(*text - '0');
    *out = (uint8_t)n;
    return !*text && n <= max;
}

static void
clear_host_bits(struct fwd_prefix *p)
{
    for (unsigned i = 0; i < sizeof(p->ip); i++) {
        unsigned first = i * 8;

        if (first >= p->bits)
            p->ip[i] = 0;
        else if (p->bits - first < 8)
            p->ip[i] &= (uint8_t)(0xff00u >> (p->bits - first));
    }
}

static void
write_text(struct fwd_prefix *p)
{
    char ip[INET6_ADDRSTRLEN] = "";

    inet_ntop(p->v6 ? AF_INET6 : AF_INET, p->ip, ip, sizeof(ip));
    if (p->bits == (p->v6 ? 128 : 32))
        snprintf(p->text, sizeof(p->text), "%s", ip);
    else
        snprintf(p->text, sizeof(p->text), "%s/%u", ip, p->bits);
}

bool
fwd_addr_parse(const char *text, struct fwd_prefix *out)
{
    struct fwd_prefix p;

    if (!text || !parse_ip(text, &p))
        return false;
    write_text(&p);
    *out = p;
    return true;
}

bool
fwd_prefix_parse(const char *text, struct fwd_prefix *out)
{
    char ip[INET6_ADDRSTRLEN];
    struct fwd_prefix p;
    const char *slash = text ? strchr(text, '/') : NULL;

    if (!slash || (size_t)(slash - text) >= sizeof(ip))
        return false;
    memcpy(ip, text, (size_t)(slash - text));
    ip[slash - text] = '\0';
    if (!parse_ip(ip, &p) || !parse_bits(slash + 1, p.bits, &p.bits))
        return false;
    clear_host_bits(&p);
    write_text(&p);
    *out = p;
    return true;
}

bool
fwd_addr_is_any(const struct fwd_prefix *addr)
{
    static const uint8_t zero[16];

    return memcmp(addr->ip, zero, sizeof(zero)) == 0;
}

bool
fwd_name_valid(const char *name, size_t max)
{
    static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t n = name ? strnlen(name, max + 1) : 0;

    return n >= 1 && n <= max && strspn(name, ok) == n;
}

/* As the kernel has it, but only what stands in a rule without quotes. */
bool
fwd_iface_valid(const char *name)
{
    size_t n = strnlen(name, IFNAMSIZ);

    if (n < 1 || n >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];

        if (c <= ' ' || c >= 0x7f || strchr("/:\"'\\!#", c))
            return false;
    }
    /* iptables reads a trailing + as "any that begin so" */
    return name[0] != '-' && name[n - 1] != '+';
}
