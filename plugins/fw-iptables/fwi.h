/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/fwi.h - one open instance, and what its files share
 *
 * An instance is configuration only: what is wanted comes with each call,
 * what is there is in the kernel.
 */
#ifndef FWI_FWI_H
#define FWI_FWI_H

#include <polypod/firewall.h>

#include "rule.h"

#define FWI_VERSION "1.0"
#define FWI_PREFIX_MAX 16 /* of a chain: "-ISOLATION-1" must still fit */
#define FWI_NAME_MAX 64   /* an owner */
#define FWI_NET_MAX 128
#define FWI_OWNER_TAG "polypod:"
#define FWI_NET_TAG "polypod-net:"
#define FWI_JUMP_TAG "polypod"

struct fwi {
    const pp_host *host;
    const char *forward; /* borrowed from the configuration */
    const char *admin;
    char dnat[FWI_CHAIN_MAX];
    char masq[FWI_CHAIN_MAX];
    char iso1[FWI_CHAIN_MAX];
    char iso2[FWI_CHAIN_MAX];
    char localnet[FWI_CHAIN_MAX];
    int64_t lock_timeout; /* ns */
    bool single_nat;      /* the kernel cannot shift a range of ports      */
    bool localnet_on;     /* published ports answer on 127.0.0.1           */
};

#define fwi_fail(ctx, err, code, sys, ...)                                     \
    pp_host_fail((ctx)->host, err, code, sys, __VA_ARGS__)
#define fwi_oom(ctx, err) fwi_fail(ctx, err, PP_E_NOMEM, 0, "out of memory")

/* A point of the test build, which defines it; see HACKING. */
#ifndef PP_FAULT
#define PP_FAULT(name) 0
#endif

#endif
