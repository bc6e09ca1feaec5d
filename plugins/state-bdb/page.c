/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/page.c - the checksums of state.db, before recovery
 *
 * libdb does not compare them when it recovers; it believes what pages say
 * and has been seen to run out of them.  What a crash leaves is no damage: a
 * page is as it was, as it should be, or of zeros, and the last may be cut.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define META_SIZE 512u /* the part of the first page that is in use */
#define META_SUM 492u
#define META_FLAGS 26u
#define HAS_SUMS 1u
#define PAGE_SUM 28u

/* Berkeley DB's sum of a page, with its own place taken for zeros. */
static uint32_t
sum_of(const unsigned char *p, size_t n, size_t place)
{
    uint32_t h = 0;
    size_t i;

    for (i = 0; i < n; i++)
        h = h * 33 + (i - place < sizeof(h) ? 0 : p[i]);
    return h;
}

static int
is_right(const unsigned char *p, uint64_t number)
{
    size_t place = number ? PAGE_SUM : META_SUM, i = 0;
    uint32_t sum;

    memcpy(&sum, p + place, sizeof(sum));
    if (sum == sum_of(p, number ? BDB_PAGE : META_SIZE, place))
        return 1;
    while (i < BDB_PAGE && p[i] == 0)
        i++;
    return i == BDB_PAGE;
}

/* A file that Berkeley DB's own programs made may be without. */
static int
has_sums(const unsigned char *first)
{
    uint32_t sum;

    memcpy(&sum, first + META_SUM, sizeof(sum));
    return (first[META_FLAGS] & HAS_SUMS) || sum != 0;
}

/* 0, errno, or DB_VERIFY_BAD.  No file is no failure. */
int
bdb_look_at_pages(const bdb *s)
{
    int fd = openat(s->dir_fd, BDB_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    unsigned char page[BDB_PAGE];
    uint64_t number;
    ssize_t n = 0;
    int rc = 0;

    if (fd < 0)
        return errno == ENOENT ? 0 : errno;
    for (number = 0; rc == 0; number++) {
        n = pread(fd, page, sizeof(page), (off_t)(number * BDB_PAGE));
        if (n < 0)
            rc = errno;
        if (n < (ssize_t)sizeof(page) || (number == 0 && !has_sums(page)))
            break;
        if (!is_right(page, number))
            rc = DB_VERIFY_BAD;
    }
    close(fd);
    return rc;
}
