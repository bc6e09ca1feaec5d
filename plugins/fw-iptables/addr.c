/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/addr.c - addresses, prefixes and names from text
 */
#include "addr.h"

#include <arpa/inet.h>
#include <string.h>

#include "family.h"

bool
fwi_addr_parse(const char *text, struct fwi_prefix *out)
{
    if (!text)
        return false;
    for (const struct fwi_family *const *f = fwi_families; *f; f++) {
        struct fwi_prefix p = {*f, {0}, (*f)->addr_bits};

        if (inet_pton((*f)->af, text, p.ip) == 1) {
            *out = p;
            return true;
        }
    }
    return false;
}

/* Decimal digits only: no sign, no space, no surprise. */
static bool
parse_bits(const char *text, unsigned int max, uint8_t *out)
{
    unsigned int n = 0;

    if (!*text || strlen(text) > 3)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        n = n * 10 + (unsigned int)(*text - '0');
    }
    *out = (uint8_t)n;
    return n <= max;
}

static void
clear_host_bits(struct fwi_prefix *p)
{
    for (unsigned int i = 0; i < sizeof p->ip; i++) {
        unsigned int first = i * 8;

        if (first >= p->bits)
            p->ip[i] = 0;
        else if (p->bits - first < 8)
            p->ip[i] &= (uint8_t)(0xff00u >> (p->bits - first));
    }
}

bool
fwi_prefix_parse(const char *text, struct fwi_prefix *out)
{
    char ip[INET6_ADDRSTRLEN];
    struct fwi_prefix p;
    const char *slash = text ? strchr(text, '/') : NULL;

    if (!slash || (size_t)(slash - text) >= sizeof ip)
        return false;
    memcpy(ip, text, (size_t)(slash - text));
    ip[slash - text] = '\0';
    if (!fwi_addr_parse(ip, &p) ||
        !parse_bits(slash + 1, p.fam->addr_bits, &p.bits))
        return false;
    clear_host_bits(&p);
    *out = p;
    return true;
}

bool
fwi_addr_is_any(const struct fwi_prefix *addr)
{
    static const uint8_t zero[16];

    return memcmp(addr->ip, zero, sizeof zero) == 0;
}

bool
fwi_name_valid(const char *name, size_t max)
{
    static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t n = name ? strnlen(name, max + 1) : 0;

    return n >= 1 && n <= max && strspn(name, ok) == n;
}

bool
fwi_iface_valid(const char *name)
{
    size_t n = strnlen(name, 16);

    if (n < 1 || n > 15 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    /* the kernel reads a trailing + as "any that begin so" */
    return name[n - 1] != '+' && !strpbrk(name, "/: \t\n\v\f\r\"\\");
}
