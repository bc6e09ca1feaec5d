/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/replay.h - what a disk may hold after a power cut
 *
 * From the record of disk.h.  What was synced is there.  Of the rest, each
 * page of 4096 bytes is as it was at a moment of its own since the file's
 * last sync, and so is the size: a page that did not make it is as before,
 * or zeros.  Names that were made, renamed or removed since the folder's last
 * sync are there or not: in the order of a journal, or each for itself.
 */
#ifndef TESTS_SLOW_REPLAY_H
#define TESTS_SLOW_REPLAY_H

#include "disk.h"
#include "slow.h"

typedef struct replay replay;

/* Failures end the test. */
replay *replay_new(const char *trace);
void replay_free(replay *r);

/* A cut lies before a record, from the first after what was there at the
 * beginning, or after the last. */
size_t replay_first(const replay *r);
size_t replay_count(const replay *r);
/* The last disk_ack before the cut, or none. */
int replay_acked(const replay *r, size_t cut, int none);
/* Something the model does not know, or NULL. */
const char *replay_alien(const replay *r);

typedef enum replay_names {
    REPLAY_JOURNAL, /* a prefix; syncing a new file syncs its name */
    REPLAY_LOOSE,   /* any; syncing a new file syncs its name */
    REPLAY_STRICT   /* any; only syncing the folder syncs names */
} replay_names;

/* The folder after a power cut, one of the many that there may be. */
void replay_write(const replay *r, size_t cut, replay_names names,
                  uint64_t *chance, const char *dir);
/* The folder without one: for the proof that nothing went past the record. */
bool replay_is_complete(const replay *r, const char *dir);

#endif
