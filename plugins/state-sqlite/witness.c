/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/witness.c - the number of the last commit, once more
 *
 * SQLite ends a log at the first frame that is not whole, as after a crash. It
 * cannot know that there were more; state.commits does.  After each commit, and
 * so after its sync, the number of the commit goes there.  A store that is at
 * an earlier one has lost commits.
 *
 * The file is a ring of slots, each a number and its checksum; commit n goes to
 * slot n modulo their count, and the largest number counts.  So processes that
 * come late overwrite nothing newer, and no lock is needed.  Nothing here is
 * synced: what is lost of it only makes the witness know less.  For the same
 * reason it may fail, and damage to it hides nothing of the store: neither is
 * an error.
 */
#include "lite.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOTS 32
#define SEED UINT64_C(0x50506f6457697473) /* no slot of zeros is right */
#define TRIES 3                           /* somebody may be writing */

typedef struct slot {
    uint64_t commit; /* little-endian, like the sum */
    uint64_t sum;
} slot;

static uint64_t
sum_of(const slot *s)
{
    return htole64(lite_sum(&s->commit, sizeof(s->commit), SEED));
}

/* The highest number, and how many slots are not right. */
static int
read_ring(const lite *s, uint64_t *most)
{
    slot ring[SLOTS];
    int tries, i, damaged = 0;

    *most = 0;
    for (tries = 0; tries < TRIES; tries++) {
        memset(ring, 0, sizeof(ring));
        if (s->witness < 0 || pread(s->witness, ring, sizeof(ring), 0) <= 0)
            return 0;
        for (i = damaged = 0; i < SLOTS; i++) {
            if (ring[i].sum != sum_of(&ring[i]))
                damaged += ring[i].sum || ring[i].commit;
            else if (le64toh(ring[i].commit) > *most)
                *most = le64toh(ring[i].commit);
        }
        if (!damaged)
            break;
    }
    return damaged;
}

/* Not for those that can only read, nor in their folder. */
void
lite_witness_open(lite *s)
{
    const int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    struct stat st;
    uint64_t most;

    s->witness = open(s->commits, O_RDWR | O_CREAT | flags, 0600);
    if (s->witness < 0)
        s->witness = open(s->commits, O_RDONLY | flags);
    if (s->witness < 0 && errno != ENOENT)
        pp_host_log(s->host, PP_LOG_WARNING, "cannot open \"%s\": %s",
                    s->commits, strerror(errno));
    if (s->witness < 0)
        return;
    if (fstat(s->witness, &st) < 0 || !S_ISREG(st.st_mode)) {
        pp_host_log(s->host, PP_LOG_WARNING, "\"%s\" is not a plain file",
                    s->commits);
        close(s->witness);
        s->witness = -1;
    }
    if (read_ring(s, &most) > 0)
        pp_host_log(s->host, PP_LOG_WARNING,
                    "\"%s\" is damaged; the next commits write it anew",
                    s->commits);
}

/* 0: it knows nothing. */
uint64_t
lite_witness_read(const lite *s)
{
    uint64_t most;

    read_ring(s, &most);
    return most;
}

/* The commit has returned from its sync; nothing here can fail it. */
void
lite_witness_write(const lite *s, uint64_t commit)
{
    slot mine = {htole64(commit), 0};
    off_t at = (off_t)(commit % SLOTS * sizeof(mine));

    mine.sum = sum_of(&mine);
    if (s->witness < 0)
        return;
    if (pwrite(s->witness, &mine, sizeof(mine), at) != (ssize_t)sizeof(mine))
        pp_host_log(s->host, PP_LOG_DEBUG, "cannot write \"%s\": %s",
                    s->commits, strerror(errno));
}
