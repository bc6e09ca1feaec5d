/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/file.c - whole files and folders; see file.h */
#include "core/util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/util/cleanup.h"
#include "core/util/str.h"

static int
io_code(int e)
{
    if (e == ENOENT || e == ENOTDIR)
        return PP_E_NOTFOUND;
    if (e == ENOSPC || e == EDQUOT)
        return PP_E_FULL;
    return PP_E_IO;
}

int
ppc_file_read(const char *path, size_t max, char **data, size_t *n,
              pp_err *err)
{
    PP_AUTO_STR ppc_str s = PPC_STR_INIT;
    PP_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char buf[16384];
    ssize_t got;
    size_t total;

    if (fd < 0)
        return pp_fail(err, io_code(errno), errno, "cannot open \"%s\"", path);
    for (;;) {
        got = read(fd, buf, sizeof buf);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pp_fail(err, PP_E_IO, errno, "cannot read \"%s\"", path);
        if (!got)
            break;
        if (s.n + (size_t)got > max)
            return pp_fail(err, PP_E_FULL, 0,
                           "\"%s\" is larger than %zu bytes", path, max);
        ppc_str_add(&s, buf, (size_t)got);
    }
    total = s.n;
    *data = ppc_str_steal(&s);
    if (!*data)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to read \"%s\"", path);
    if (n)
        *n = total;
    return 0;
}

int
ppc_write_all(int fd, const void *data, size_t n)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    const char *p = data;
    ssize_t put;

    while (n) {
        put = write(fd, p, n);
        if (put < 0 && errno == EAGAIN) {
            poll(&ready, 1, -1);
            continue;
        }
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

/* Sync the folder that has the file. */
static int
sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    PP_AUTO_FREE char *dir = NULL;
    PP_AUTO_FD int fd = -1;

    if (slash)
        dir = n ? strndup(path, n) : strdup("/");
    else
        dir = strdup(".");
    if (!dir)
        return -1;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

static int
write_file(const char *path, const void *data, size_t n, mode_t mode, bool sync,
           pp_err *err)
{
    PP_AUTO_FREE char *tmp = ppc_sprintf("%s.%d.tmp", path, (int)getpid());
    PP_AUTO_FD int fd = -1;
    int rc;

    if (!tmp)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to write \"%s\"", path);
    fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
              mode);
    if (fd < 0)
        return pp_fail(err, io_code(errno), errno, "cannot write \"%s\"",
                       path);
    if (fchmod(fd, mode) || ppc_write_all(fd, data, n) ||
        (sync && fsync(fd)) || rename(tmp, path)) {
        rc = pp_fail(err, io_code(errno), errno, "cannot write \"%s\"", path);
        unlink(tmp);
        return rc;
    }
    if (sync && sync_parent(path))
        return pp_fail(err, io_code(errno), errno, "cannot sync \"%s\"", path);
    return 0;
}

int
ppc_file_write(const char *path, const void *data, size_t n, mode_t mode,
               pp_err *err)
{
    return write_file(path, data, n, mode, false, err);
}

int
ppc_file_write_synced(const char *path, const void *data, size_t n, mode_t mode,
                      pp_err *err)
{
    return write_file(path, data, n, mode, true, err);
}

int
ppc_dir_make(const char *path, mode_t mode, pp_err *err)
{
    PP_AUTO_FREE char *copy = NULL;
    struct stat st;
    char *p;

    if (ppc_str_is_empty(path))
        return pp_fail(err, PP_E_INVAL, 0, "the path of a folder is empty");
    if (!stat(path, &st)) {
        if (S_ISDIR(st.st_mode))
            return 0;
        return pp_fail(err, PP_E_IO, ENOTDIR, "cannot make folder \"%s\"",
                       path);
    }
    copy = strdup(path);
    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for path \"%s\"", path);
    for (p = copy + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(copy, 0755) && errno != EEXIST)
            return pp_fail(err, io_code(errno), errno,
                           "cannot make folder \"%s\"", copy);
        *p = '/';
    }
    if (mkdir(path, mode) && errno != EEXIST)
        return pp_fail(err, io_code(errno), errno,
                       "cannot make folder \"%s\"", path);
    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        return pp_fail(err, PP_E_IO, ENOTDIR, "cannot make folder \"%s\"",
                       path);
    return 0;
}

/* A folder in a folder; not what is mounted there (EXDEV), though it may be
 * of the same file system, and no link. */
static int
open_subdir(int dir, const char *name)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
                                    O_CLOEXEC,
                           .resolve = RESOLVE_NO_XDEV |
                                      RESOLVE_NO_SYMLINKS};

    return (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
}

static int empty_dir(int fd, int depth);

/* Remove one entry: 0, or -1 with errno; one that has gone is fine. */
static int
remove_entry(int dir, const char *name, int depth)
{
    int sub;

    if (!unlinkat(dir, name, 0) || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    sub = open_subdir(dir, name);
    if (sub < 0)
        return errno == ENOENT ? 0 : -1;
    if (empty_dir(sub, depth + 1))
        return -1;
    return unlinkat(dir, name, AT_REMOVEDIR) && errno != ENOENT ? -1 : 0;
}

/* Empty the folder behind fd, which is consumed: 0, or -1 with errno. */
static int
empty_dir(int fd, int depth)
{
    PP_AUTO(closedir) DIR *dir = fdopendir(fd);
    struct dirent *e;

    if (!dir) {
        close(fd);
        return -1;
    }
    if (depth > 256) {
        errno = ELOOP;
        return -1;
    }
    while ((errno = 0, e = readdir(dir))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (remove_entry(dirfd(dir), e->d_name, depth))
            return -1;
    }
    return errno ? -1 : 0;
}

int
ppc_dir_remove(const char *path, pp_err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || empty_dir(fd, 0) || (rmdir(path) && errno != ENOENT))
        return pp_fail(err, PP_E_IO, errno, "cannot remove folder \"%s\"",
                       path);
    return 0;
}
