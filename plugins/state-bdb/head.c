/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/head.c - the header that says whether the files are whole
 *
 * It is written before the files change and after they are whole again, in
 * one pwrite each.  Nothing orders these writes against a power cut, and
 * nothing has to: after one the boot id differs, and that alone asks for
 * recovery.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "PPBDB"
#define MAGIC_1 "PPBDB\0\0\1"

int
bdb_boot_id(bdb *s, pp_err *err)
{
    const char *path = "/proc/sys/kernel/random/boot_id";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    if (fd >= 0) {
        n = read(fd, s->boot, sizeof(s->boot) - 1);
        close(fd);
    }
    if (n < 36)
        return pp_host_fail(s->host, err, PP_E_UNAVAIL, fd < 0 ? errno : 0,
                            "cannot read \"%s\"; is /proc mounted", path);
    memset(s->boot + 36, 0, sizeof(s->boot) - 36);
    return 0;
}

/* An empty or foreign file is no failure: it is a header that is not whole. */
int
bdb_head_read(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    bdb_head h = {0};
    ssize_t n = pread(fd, &h, sizeof(h), 0);

    if (n < 0)
        return pp_host_fail(s->host, err, PP_E_IO, errno,
                            "cannot read \"%s/lock\"", s->dir);
    if (n == sizeof(h) && memcmp(h.magic, MAGIC, sizeof(MAGIC)) == 0 &&
        memcmp(h.magic, MAGIC_1, sizeof(h.magic)) != 0)
        return pp_host_fail(s->host, err, PP_E_NOTSUP, 0,
                            "state store \"%s\" was made by a newer version; "
                            "use that version",
                            s->dir);
    if (n != sizeof(h) || memcmp(h.magic, MAGIC_1, sizeof(h.magic)) != 0)
        memset(&h, 0, sizeof(h));
    *head = h;
    return 0;
}

int
bdb_head_write(bdb *s, int fd, const bdb_head *head, pp_err *err)
{
    bdb_head h = *head;
    ssize_t n;

    memcpy(h.magic, MAGIC_1, sizeof(h.magic));
    memcpy(h.boot, s->boot, sizeof(h.boot));
    n = pwrite(fd, &h, sizeof(h), 0);
    if (n != sizeof(h))
        return pp_host_fail(
            s->host, err, n >= 0 || errno == ENOSPC ? PP_E_FULL : PP_E_IO,
            n < 0 ? errno : ENOSPC, "cannot write \"%s/lock\"", s->dir);
    return 0;
}

int
bdb_head_is_whole(const bdb *s, const bdb_head *head)
{
    return head->magic[0] && !head->dirty &&
           memcmp(head->boot, s->boot, sizeof(head->boot)) == 0;
}

/* The files may be torn: get alone with them and recover. */
static int
make_whole(bdb *s, int64_t deadline, pp_err *err)
{
    bdb_head head;
    int fd = -1, rc;

    if (s->read_only)
        return pp_host_fail(s->host, err, PP_E_RECOVER, 0,
                            "state store \"%s\" needs recovery but cannot be "
                            "written; make it writable and run the command "
                            "again",
                            s->dir);
    rc = bdb_lock_open(s, &fd, err);
    if (rc < 0)
        return rc;
    rc = bdb_lock_write(s, fd, deadline, err);
    if (rc == 0)
        rc = bdb_enter_write(s, fd, deadline, &head, err);
    close(fd);
    return rc;
}

/* Come out with a reader's lock on files that are whole. */
int
bdb_enter_read(bdb *s, int fd, int64_t deadline, bdb_head *head, pp_err *err)
{
    for (;;) {
        int rc = bdb_lock_read(s, fd, deadline, err);

        if (rc == 0)
            rc = bdb_head_read(s, fd, head, err);
        if (rc < 0 || bdb_head_is_whole(s, head))
            return rc;
        bdb_unlock_read(fd);
        rc = make_whole(s, deadline, err);
        if (rc < 0)
            return rc;
    }
}

/* With the writer's lock held: nobody else can change the files now. */
int
bdb_enter_write(bdb *s, int fd, int64_t deadline, bdb_head *head, pp_err *err)
{
    int rc = bdb_head_read(s, fd, head, err);

    if (rc < 0 || bdb_head_is_whole(s, head))
        return rc;
    rc = bdb_lock_alone(s, fd, deadline, err);
    if (rc < 0)
        return rc;
    rc = bdb_recover(s, fd, head, err);
    bdb_unlock_alone(fd);
    return rc;
}
