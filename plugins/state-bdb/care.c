/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/care.c - generation, check, compact
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Without a lock: the number changes last in a commit, and only grows. */
int
bdb_generation(void *self, uint64_t *gen, pp_err *err)
{
    bdb *s = self;
    bdb_head head;
    int fd = -1, rc;

    rc = bdb_lock_open(s, &fd, err);
    if (rc < 0)
        return rc;
    rc = bdb_head_read(s, fd, &head, err);
    close(fd);
    if (rc == 0)
        *gen = head.seq;
    return rc;
}

static int
say(const bdb *s, pp_sink *report, const char *what, const char *text)
{
    char line[512];
    int n = snprintf(line, sizeof(line), "%s/" BDB_FILE ": %s%s\n", s->dir,
                     what, text);

    if (n >= (int)sizeof(line))
        n = (int)sizeof(line) - 1;
    return s->host->put(report, line, (size_t)n);
}

int
bdb_check(void *self, uint32_t flags, pp_sink *report, pp_err *err)
{
    bdb *s = self;
    bdb_head head;
    uint32_t page = 0;
    char where[64];
    int fd = -1, rc, rc_db = 0;

    if (flags & ~PP_CHECK_QUICK)
        return bdb_bad_flags(s, err, "check", flags);
    rc = bdb_lock_open(s, &fd, err);
    if (rc < 0)
        return rc;
    rc = bdb_enter_read(s, fd, bdb_deadline(s->lock_timeout), &head, err);
    if (rc == 0)
        rc = bdb_look_again(s, &head, err);
    if (rc == 0 && !(flags & PP_CHECK_QUICK))
        rc_db = bdb_verify(s, &page);
    close(fd);
    if (rc < 0)
        return rc;
    if (rc_db != 0) {
        snprintf(where, sizeof(where),
                 "damaged, %u pages were read: ", (unsigned)page);
        say(s, report, where, db_strerror(rc_db));
        return bdb_fail_db(s, err, rc_db, "verification found damage in");
    }
    return say(s, report, "sound", "");
}

static int
empty_redo(bdb *s, int fd, bdb_head *head, pp_err *err)
{
    bdb_changes *all = bdb_changes_ref(s->over);
    bdb_need need = bdb_space_need(s, all);
    int rc = bdb_space_reserve(s, &need, err);

    if (rc == 0)
        rc = bdb_fold(s, fd, head, all, head->seq, err);
    bdb_changes_unref(all);
    return rc;
}

int
bdb_compact(void *self, uint32_t flags, pp_err *err)
{
    bdb *s = self;
    int64_t deadline = bdb_deadline(s->lock_timeout);
    bdb_head head;
    int fd = -1, rc;

    if (flags)
        return bdb_bad_flags(s, err, "compact", flags);
    if (s->read_only)
        return pp_host_fail(s->host, err, PP_E_PERM, 0,
                            "state store \"%s\" cannot be written", s->dir);
    rc = bdb_lock_open(s, &fd, err);
    if (rc < 0)
        return rc;
    rc = bdb_lock_write(s, fd, deadline, err);
    if (rc == 0)
        rc = bdb_enter_write(s, fd, deadline, &head, err);
    if (rc == 0)
        rc = bdb_look(s, &head, err);
    if (rc == 0)
        rc = bdb_lock_alone(s, fd, deadline, err);
    if (rc == 0 && head.tail > BDB_FIRST)
        rc = empty_redo(s, fd, &head, err);
    if (rc == 0)
        rc = bdb_squeeze(s, fd, &head, err);
    close(fd);
    return rc;
}
