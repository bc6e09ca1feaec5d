/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/netconf/valid.c - the alphabets of the CNI specification */
#include "netconf.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static const char *const versions[CNI_N_VERSIONS] = {
    "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0",
};

/* The number of a version; no version at all means the oldest; or -1. */
int
cni_version_find(const char *text)
{
    if (!text || !*text)
        return CNI_0_1_0;
    for (int i = 0; i < CNI_N_VERSIONS; i++)
        if (!strcmp(text, versions[i]))
            return i;
    return -1;
}

const char *
cni_version_text(int version)
{
    return versions[version];
}

static bool
is_word(const char *s, size_t max)
{
    size_t n = s ? strlen(s) : 0;

    return n > 0 && n <= max && strchr(LOWER UPPER DIGIT, s[0]) &&
           strspn(s, LOWER UPPER DIGIT "_.-") == n;
}

/* A container's ID, and a network's name. */
bool
cni_id_valid(const char *id)
{
    return is_word(id, 255);
}

/* A plugin's type is the name of a file in a folder, never a path. */
bool
cni_type_valid(const char *type)
{
    return is_word(type, 255);
}

bool
cni_ifname_valid(const char *name)
{
    size_t n = name ? strlen(name) : 0;

    if (n == 0 || n >= IF_NAMESIZE || !strcmp(name, ".") || !strcmp(name, ".."))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f ||
            strchr("/:", name[i]))
            return false;
    return true;
}

/* An IP address, with "/LENGTH" if PREFIX. */
bool
cni_address_valid(const char *text, bool prefix)
{
    char host[INET6_ADDRSTRLEN];
    unsigned char bin[16];
    size_t n = text ? strcspn(text, "/") : 0;

    if (n == 0 || n >= sizeof(host) || (text[n] == '/') != prefix)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    bool four = inet_pton(AF_INET, host, bin) == 1;

    if (!four && inet_pton(AF_INET6, host, bin) != 1)
        return false;
    if (!prefix)
        return true;
    const char *len = text + n + 1;
    size_t digits = strspn(len, DIGIT);

    if (digits == 0 || digits > 3 || len[digits])
        return false;
    return strtoul(len, NULL, 10) <= (four ? 32u : 128u);
}

/* Text without blanks and control characters, fit for a line of a file. */
bool
cni_word_valid(const char *text)
{
    size_t n = text ? strlen(text) : 0;

    if (n == 0 || n > 1024)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
            return false;
    return true;
}

/* Make what a program printed fit for one line of a message. */
void
cni_text_clean(char *text)
{
    size_t n = strlen(text);

    while (n > 0 && strchr(" \t\r\n", text[n - 1]))
        text[--n] = '\0';
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            text[i] = ' ';
}
