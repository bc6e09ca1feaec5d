/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/file.c - the names of files that libdb makes or removes
 *
 * libdb syncs a new log file but not the folder it is in.  Pages of state.db
 * may reach the disk as soon as the log has, hence the name must be there
 * first: a log that a power cut made nameless undoes nothing.
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
sync_folder(const char *path)
{
    const char *end = strrchr(path, '/');
    char *dir = end ? strndup(path, (size_t)(end - path) + 1) : strdup(".");
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int rc = fd < 0 ? -1 : fsync(fd), saved = dir ? errno : ENOMEM;

    if (fd >= 0)
        close(fd);
    free(dir);
    errno = saved;
    return rc;
}

/* The file is new, and so is its name. */
static int
make_file(const char *path, int flags, mode_t mode)
{
    int fd = open(path, flags | O_CLOEXEC, mode), saved;

    if (fd < 0 || sync_folder(path) == 0)
        return fd;
    saved = errno;
    close(fd);
    unlink(path);
    errno = saved;
    return -1;
}

static int
open_file(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list ap;
    int fd;

    if (flags & O_CREAT) {
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        va_end(ap);
    }
    if (flags & O_EXCL)
        return make_file(path, flags, mode);
    fd = open(path, (flags & ~O_CREAT) | O_CLOEXEC);
    if (fd >= 0 || errno != ENOENT || !(flags & O_CREAT))
        return fd;
    return make_file(path, flags, mode);
}

/* libdb passes on what this returns: an errno. */
static int
rename_file(const char *from, const char *to)
{
    return rename(from, to) < 0 || sync_folder(to) < 0 ? errno : 0;
}

/* The same.  A log that recovery removed, but a second power cut did not,
 * would follow records that are not its own. */
static int
unlink_file(const char *path)
{
    return unlink(path) < 0 || sync_folder(path) < 0 ? errno : 0;
}

/* Once for the process: libdb keeps the functions in variables of its own,
 * and this plugin is never unloaded. */
void
bdb_files_init(void)
{
    db_env_set_func_open(open_file);
    db_env_set_func_rename(rename_file);
    db_env_set_func_unlink(unlink_file);
}
