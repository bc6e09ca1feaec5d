/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/family.h - what differs between IPv4 and IPv6, as a table
 *
 * libip4tc and libip6tc are one source compiled twice and so is
 * family_impl.h; everything else in this plugin is written once, against
 * this table, and sees entries as untyped bytes.
 */
#ifndef FWI_FAMILY_H
#define FWI_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fwi_rule;
struct xtc_handle;

struct fwi_family {
    int af;
    uint8_t addr_len; /* bytes                                              */
    uint8_t addr_bits;
    const char *name;  /* "IPv4"                                            */
    const char *names; /* the kernel's list of its tables                   */
    const char *module;
    uint16_t head_size;   /* of an entry, before its matches                  */
    uint16_t masq_size;   /* of the data of target MASQUERADE, revision 0     */
    const char *loopback; /* the prefixes that no packet from outside may   */
    uint8_t loopback_bits; /* be addressed to                               */
    const char *multicast;
    uint8_t multicast_bits;

    /* libiptc; 0 is failure and sets errno */
    struct xtc_handle *(*init)(const char *table);
    void (*free)(struct xtc_handle *h);
    int (*commit)(struct xtc_handle *h);
    int (*is_chain)(const char *chain, struct xtc_handle *h);
    const char *(*first_chain)(struct xtc_handle *h);
    const char *(*next_chain)(struct xtc_handle *h);
    const void *(*first_rule)(const char *chain, struct xtc_handle *h);
    const void *(*next_rule)(const void *prev, struct xtc_handle *h);
    const char *(*target)(const void *entry, struct xtc_handle *h);
    int (*insert)(const char *chain, const void *entry, unsigned int index,
                  struct xtc_handle *h);
    int (*append)(const char *chain, const void *entry, struct xtc_handle *h);
    int (*delete_at)(const char *chain, unsigned int index,
                     struct xtc_handle *h);
    int (*create_chain)(const char *chain, struct xtc_handle *h);
    int (*delete_chain)(const char *chain, struct xtc_handle *h);
    const char *(*strerror)(int err);

    /* the head of an entry */
    void (*put_head)(void *entry, const struct fwi_rule *rule,
                     uint16_t target_offset, uint16_t next_offset);
    void (*get_head)(const void *entry, struct fwi_rule *rule);
    void (*offsets)(const void *entry, uint16_t *target_offset,
                    uint16_t *next_offset);
    /* is the kernel too old for this revision of target DNAT? */
    bool (*lacks_dnat)(uint8_t revision);
};

extern const struct fwi_family fwi_ipv4;
extern const struct fwi_family fwi_ipv6;

#define FWI_IS_V6(fam) ((fam) == &fwi_ipv6)

/* Both, IPv4 first; NULL at the end. */
extern const struct fwi_family *const fwi_families[3];

#endif
