/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/backup.c - a copy that needs no redo
 *
 * state.db is copied into memory, the commits in redo are put into the copy,
 * and its mark says that it belongs to none: so it is the whole store, and
 * neither the files nor those who write them have to wait for it.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int
write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

/* From where both are to the end of the first.  0 or errno. */
static int
copy(int from, int to)
{
    char buf[1 << 15];
    ssize_t n;
    int rc = 0;

    while (rc == 0 && (n = read(from, buf, sizeof(buf))) != 0) {
        if (n < 0 && errno != EINTR)
            rc = errno;
        if (n > 0)
            rc = write_all(to, buf, (size_t)n);
    }
    return rc;
}

static int
put_all(DB *db, const bdb_changes *changes)
{
    int rc = 0;
    size_t i;

    for (i = 0; i < changes->n && rc == 0; i++) {
        const bdb_change *c = changes->v[i];
        DBT key = bdb_dbt(bdb_change_key(c)), val = bdb_dbt(bdb_change_val(c));

        if (!c->del)
            rc = db->put(db, NULL, &key, &val, 0);
        else
            rc = db->del(db, NULL, &key, 0);
        if (rc == DB_NOTFOUND)
            rc = 0;
    }
    return rc;
}

/* The copy takes in what is over state.db. */
static int
complete(bdb *s, int fd, const bdb_head *head)
{
    bdb_mark mark = {0, head->seq};
    char path[64];
    DB *db = NULL;
    int rc = db_create(&db, NULL, 0), rc2;

    if (rc != 0)
        return rc;
    db->get_env(db)->app_private = s;
    db->set_errcall(db, bdb_log_db);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    rc = db->open(db, NULL, path, NULL, DB_BTREE, 0, 0);
    if (rc == 0)
        rc = put_all(db, s->over);
    if (rc == 0)
        rc = bdb_mark_put(db, NULL, &mark);
    rc2 = db->close(db, 0);
    return rc ? rc : rc2;
}

static int
copy_store(bdb *s, const bdb_head *head, int out_fd, pp_err *err)
{
    int fd = openat(s->dir_fd, BDB_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int copy_fd = fd < 0 ? -1 : memfd_create("state.db", MFD_CLOEXEC);
    int rc = copy_fd < 0 ? errno : copy(fd, copy_fd);

    if (rc == 0)
        rc = complete(s, copy_fd, head);
    if (rc == 0 && lseek(copy_fd, 0, SEEK_SET) < 0)
        rc = errno;
    if (rc == 0)
        rc = copy(copy_fd, out_fd);
    if (fd >= 0)
        close(fd);
    if (copy_fd >= 0)
        close(copy_fd);
    return rc ? bdb_fail_db(s, err, rc, "cannot copy") : 0;
}

int
bdb_backup(void *self, int32_t out_fd, uint32_t flags, pp_err *err)
{
    bdb *s = self;
    bdb_head head;
    int fd = -1, rc;

    if (flags)
        return bdb_bad_flags(s, err, "backup", flags);
    rc = bdb_lock_open(s, &fd, err);
    if (rc < 0)
        return rc;
    rc = bdb_enter_read(s, fd, bdb_deadline(s->lock_timeout), &head, err);
    if (rc == 0)
        rc = bdb_look(s, &head, err);
    if (rc == 0)
        rc = copy_store(s, &head, out_fd, err);
    close(fd);
    return rc;
}
