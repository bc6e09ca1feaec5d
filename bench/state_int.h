/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/state_int.h - who takes part in a measurement of state stores
 *
 * A party commits records durably: a plugin, or a bare file as the floor.
 * Names of drivers are those of the configuration, "bdb"; floors are
 *
 *   append     pwrite at the end of a file that grows, and fdatasync
 *   overwrite  the same into a file that has its blocks already
 */
#ifndef BENCH_STATE_INT_H
#define BENCH_STATE_INT_H

#include <stdbool.h>

#include "engine/state/store.h"
#include "plugin.h"

#define RECORD 2048 /* bytes of a value that is committed */

typedef struct party {
    const char *name;
    bool floor;
    bool appends;
    char path[256]; /* a folder, or the floor's file */
    int fd;
    long at; /* where the floor writes next */
    bench_plugin plugin;
    ppc_store store;
} party;

/* Give it a place below dir; part: one of several processes, or 0. */
void party_init(party *p, const char *name, const char *dir, int part);
void party_open(party *p);
void party_close(party *p);
/* One durable commit of one record; key: which of the records. */
void party_commit(party *p, unsigned long key);

/* One measurement each: argv is what follows its name. */
int measure_lookup(int argc, char **argv);
int measure_add(int argc, char **argv);

#endif
