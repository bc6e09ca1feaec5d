/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/disk.h - the program's own write, fsync, rename, ...
 *
 * disk.c defines the libc functions that change files; linked into a test
 * program with exported symbols they take precedence over libc's for every
 * library the program loads, as a preloaded object would.  Each calls the
 * kernel.  Calls that change files in one watched folder are counted, can be
 * made to fail, and can be recorded.
 *
 * One watched folder, one plan, one thread.
 */
#ifndef TESTS_SLOW_DISK_H
#define TESTS_SLOW_DISK_H

#include <stdbool.h>
#include <stdint.h>

typedef enum disk_fault {
    DISK_FINE,
    DISK_EIO,
    DISK_ENOSPC,
    DISK_FULL,     /* ENOSPC for what needs a new page or name; sticky */
    DISK_SHORT,    /* half of a write; other calls: EIO */
    DISK_KILL,     /* SIGKILL instead of the call */
    DISK_PAGE_KILL /* SIGKILL before the last page of a write */
} disk_fault;

/* From now on; NULL: no folder.  Calls are counted from 1. */
void disk_watch(const char *dir);
/* The call of that number fails, and all later ones if it is sticky. */
void disk_plan(disk_fault fault, long at, bool sticky);
long disk_calls(void);

/* What was called under this number, for messages. */
const char *disk_last(void);

/* Readers of the kernel's boot ID find this file instead. */
void disk_boot(const char *path);

/* Records, to a file outside of the folder. */
typedef enum disk_op {
    DISK_CREATE = 1, /* name */
    DISK_WRITE,      /* ino, at, n bytes follow */
    DISK_RESIZE,     /* ino, at: the new size */
    DISK_SYNC,       /* ino; 0: the folder */
    DISK_RENAME,     /* name to other */
    DISK_UNLINK,     /* name */
    DISK_ACK,        /* at: what disk_ack said */
    DISK_BEGIN,      /* what precedes is how the folder was found */
    DISK_ALIEN       /* name: something the model does not know */
} disk_op;

typedef struct disk_record {
    uint32_t op;
    uint32_t n;
    uint64_t ino;
    uint64_t at;
    char name[56];
    char other[56];
} disk_record;

/* Begins with all that is in the folder. */
void disk_trace(int fd);
void disk_ack(uint64_t n);

#endif
