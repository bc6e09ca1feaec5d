/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench/firewall_int.h - ways to give one owner its rules, and to take them
 *
 * A way works in a network namespace of its own, in which a plugin has made
 * the rules of all the other owners.
 */
#ifndef BENCH_FIREWALL_INT_H
#define BENCH_FIREWALL_INT_H

#include <polypod/firewall.h>

#include "plugin.h"

#define OWNER "bench-owner" /* who comes and goes                      */
#define PORTS 4             /* that each owner publishes               */

typedef struct way {
    const char *name;  /* of the table's row                           */
    const char *fills; /* the plugin that makes the others' rules      */
    int netns;
    char *text[2]; /* files to read: apply, remove; or NULL      */
    const char *const *argv;
    bench_plugin plugin;
    void *floor; /* what a bare library keeps                          */
    /* in the way's namespace; what fails ends the program */
    void (*capture)(struct way *w); /* while the owner has its rules   */
    void (*change)(struct way *w, bool add);
    void (*forget)(struct way *w); /* the floor */
} way;

/* A bare libnftnl batch over libmnl: the very elements of fw-nftables. */
void nftnl_capture(way *w);
void nftnl_change(way *w, bool add);
void nftnl_forget(way *w);

/* Bare libiptc: the very entries of fw-iptables. */
void iptc_capture(way *w);
void iptc_change(way *w, bool add);
void iptc_forget(way *w);

/* The rules of owner I among count, or with I == count of OWNER. */
typedef struct owner {
    pp_fw_rules rules;
    char id[65];
    char address[48];
    pp_fw_addr addr;
    const pp_fw_addr *addrs[1];
    pp_fw_port port[PORTS];
    const pp_fw_port *ports[PORTS];
} owner;

/* fw-none refuses ports: it gets none. */
void owner_make(owner *o, unsigned i, unsigned count, bool ports);
/* Give them to a plugin: sync with all, in this namespace. */
void owners_fill(bench_plugin *p, unsigned count, bool ports);

#endif
