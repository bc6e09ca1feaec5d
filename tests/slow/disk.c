/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/disk.c - the program's own write, fsync, rename; see disk.h
 *
 * Its variables are global because the functions of libc have no context.
 */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static struct {
    char dir[64];
    const char *boot;
    disk_fault fault;
    bool sticky;
    long at;
    long calls;
    const char *last;
    int trace;
} disk = {.trace = -1};

void
disk_watch(const char *dir)
{
    snprintf(disk.dir, sizeof disk.dir, "%s", dir ? dir : "");
    disk.calls = 0;
    disk.fault = DISK_FINE;
}

void
disk_plan(disk_fault fault, long at, bool sticky)
{
    disk.fault = fault;
    disk.at = at;
    disk.sticky = sticky;
}

long
disk_calls(void)
{
    return disk.calls;
}

const char *
disk_last(void)
{
    return disk.last ? disk.last : "nothing";
}

void
disk_boot(const char *path)
{
    disk.boot = path;
}

static void
put(const void *p, size_t n)
{
    while (n > 0) {
        long done = syscall(SYS_write, disk.trace, p, n);

        if (done <= 0)
            abort();
        p = (const char *)p + done;
        n -= (size_t)done;
    }
}

static void
record(disk_op op, uint64_t ino, uint64_t at, const char *name,
       const char *other)
{
    disk_record r = {.op = op, .ino = ino, .at = at};
    int saved = errno;

    if (disk.trace < 0)
        return;
    snprintf(r.name, sizeof r.name, "%s", name ? name : "");
    snprintf(r.other, sizeof r.other, "%s", other ? other : "");
    put(&r, sizeof r);
    errno = saved;
}

static void
record_write(uint64_t ino, uint64_t at, const void *p, size_t n)
{
    disk_record r = {.op = DISK_WRITE, .ino = ino, .at = at, .n = (uint32_t)n};
    int saved = errno;

    if (disk.trace < 0)
        return;
    put(&r, sizeof r);
    put(p, n);
    errno = saved;
}

static void
record_file(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    char buf[65536];
    struct stat st;
    uint64_t at = 0;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) < 0)
        abort();
    record(DISK_CREATE, st.st_ino, 0, name, NULL);
    while ((n = read(fd, buf, sizeof buf)) > 0) {
        record_write(st.st_ino, at, buf, (size_t)n);
        at += (uint64_t)n;
    }
    record(DISK_SYNC, st.st_ino, 0, name, NULL);
    close(fd);
}

void
disk_trace(int fd)
{
    DIR *d = opendir(disk.dir);
    struct dirent *e;

    disk.trace = fd;
    if (!d)
        abort();
    while ((e = readdir(d)))
        if (e->d_type == DT_REG)
            record_file(dirfd(d), e->d_name);
    closedir(d);
    record(DISK_SYNC, 0, 0, NULL, NULL);
    record(DISK_BEGIN, 0, 0, NULL, NULL);
}

void
disk_ack(uint64_t n)
{
    record(DISK_ACK, 0, n, NULL, NULL);
}

/* Is the path the watched folder (name ""), or a file in it? */
static bool
is_in_dir(const char *path, const char **name)
{
    size_t n = strlen(disk.dir);

    if (!n || strncmp(path, disk.dir, n) || (path[n] && path[n] != '/'))
        return false;
    *name = path[n] ? path + n + 1 : path + n;
    return true;
}

/* Of an open file: its name now, and its number. */
static bool
is_watched(int fd, char path[256], const char **name, uint64_t *ino)
{
    char link[64];
    struct stat st;
    long n;

    if (!disk.dir[0])
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = syscall(SYS_readlink, link, path, 255);
    path[n > 0 ? n : 0] = '\0';
    if (!is_in_dir(path, name) || fstat(fd, &st) < 0)
        return false;
    *ino = **name ? st.st_ino : 0;
    return true;
}

/* The folder behind a path, whatever it goes through: "" if there is none. */
static void
folder_of(int dirfd, const char *path, char out[256])
{
    const char *end = strrchr(path, '/');
    char dir[256] = ".", link[64];
    long fd, n = 0;

    if (end)
        snprintf(dir, sizeof dir, "%.*s", (int)(end - path) + 1, path);
    fd = syscall(SYS_openat, dirfd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(link, sizeof link, "/proc/self/fd/%ld", fd);
    if (fd >= 0) {
        n = syscall(SYS_readlink, link, out, 255);
        syscall(SYS_close, fd);
    }
    out[n > 0 ? n : 0] = '\0';
}

/* The same of a name under a folder. */
static bool
is_watched_at(int dirfd, const char *path, char buf[512], const char **name)
{
    const char *last = strrchr(path, '/');
    int saved = errno;
    char dir[256];

    if (!disk.dir[0])
        return false;
    folder_of(dirfd, path, dir);
    snprintf(buf, 512, "%s/%s", dir, last ? last + 1 : path);
    errno = saved;
    return is_in_dir(buf, name);
}

/* A full disk: what lies in pages that the file has is written. */
static bool
is_full(int fd, size_t *n, off_t at)
{
    struct stat st;
    off_t end;

    if (disk.fault != DISK_FULL || disk.calls + 1 < disk.at ||
        fstat(fd, &st) < 0)
        return false;
    end = (st.st_size + PAGE - 1) / PAGE * PAGE;
    if (at < end && at + (off_t)*n > end)
        *n = (size_t)(end - at);
    if (at < end)
        return false;
    disk.calls++;
    disk.last = "a write";
    errno = ENOSPC;
    return true;
}

/* A kill cuts a write short where the kernel looks: between two pages. */
static void
kill_in_write(int fd, const void *p, size_t n, off_t at)
{
    off_t end = (at + (off_t)n - 1) / PAGE * PAGE;

    if (disk.fault != DISK_PAGE_KILL || disk.calls + 1 != disk.at)
        return;
    if (end > at)
        syscall(SYS_pwrite64, fd, p, end - at, at);
    raise(SIGKILL);
}

/*
 * Count a call.  0: let it be made; -1 with errno: it fails; *n may become
 * less.
 */
static int
count(const char *what, size_t *n)
{
    disk.calls++;
    if (disk.fault == DISK_FINE || disk.calls < disk.at ||
        (disk.calls > disk.at && !disk.sticky))
        return 0;
    if (disk.fault == DISK_FULL && strcmp(what, "open") &&
        strcmp(what, "mknod") && strcmp(what, "fallocate"))
        return 0;
    disk.last = what;
    if (disk.fault == DISK_KILL)
        raise(SIGKILL);
    if (disk.fault == DISK_SHORT && n && *n > 1) {
        *n /= 2;
        return 0;
    }
    if (disk.fault == DISK_PAGE_KILL)
        raise(SIGKILL);
    errno = disk.fault == DISK_ENOSPC || disk.fault == DISK_FULL ? ENOSPC : EIO;
    return -1;
}

static int
do_open(int dirfd, const char *path, int flags, mode_t mode)
{
    bool creates = flags & O_CREAT, is_new, cuts;
    const char *name;
    char buf[512];
    struct stat st;
    int fd;

    if (disk.boot && !strcmp(path, BOOT_ID))
        path = disk.boot;
    if (!is_watched_at(dirfd, path, buf, &name) || !*name)
        return (int)syscall(SYS_openat, dirfd, path, flags, mode);
    is_new = creates && fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0;
    cuts = !is_new && (flags & O_TRUNC);
    if ((is_new || cuts) && count("open", NULL) < 0)
        return -1;
    fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        if (is_new)
            record(DISK_CREATE, st.st_ino, 0, name, NULL);
        if (cuts)
            record(DISK_RESIZE, st.st_ino, 0, name, NULL);
    }
    return fd;
}

/* Of plain files only. */
static int
do_mknod(int dirfd, const char *path, mode_t mode, dev_t dev)
{
    const char *name;
    char buf[512];
    struct stat st;
    int rc;

    if (!is_watched_at(dirfd, path, buf, &name))
        return (int)syscall(SYS_mknodat, dirfd, path, mode, dev);
    if (count("mknod", NULL) < 0)
        return -1;
    rc = (int)syscall(SYS_mknodat, dirfd, path, mode, dev);
    if (rc == 0 && fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
        record(S_ISREG(st.st_mode) ? DISK_CREATE : DISK_ALIEN, st.st_ino, 0,
               name, NULL);
    return rc;
}

static ssize_t
do_pwrite(int fd, const void *p, size_t n, off_t at)
{
    const char *name;
    char path[256];
    uint64_t ino;
    long done;

    if (!is_watched(fd, path, &name, &ino))
        return syscall(SYS_pwrite64, fd, p, n, at);
    if (is_full(fd, &n, at))
        return -1;
    kill_in_write(fd, p, n, at);
    if (count("pwrite", &n) < 0)
        return -1;
    done = syscall(SYS_pwrite64, fd, p, n, at);
    if (done > 0)
        record_write(ino, (uint64_t)at, p, (size_t)done);
    return done;
}

static ssize_t
do_write(int fd, const void *p, size_t n)
{
    const char *name;
    char path[256];
    uint64_t ino;
    long done;

    if (!is_watched(fd, path, &name, &ino))
        return syscall(SYS_write, fd, p, n);
    if (is_full(fd, &n, syscall(SYS_lseek, fd, 0, SEEK_CUR)))
        return -1;
    kill_in_write(fd, p, n, syscall(SYS_lseek, fd, 0, SEEK_CUR));
    if (count("write", &n) < 0)
        return -1;
    done = syscall(SYS_write, fd, p, n);
    if (done > 0) /* the offset after it is right with O_APPEND too */
        record_write(
            ino, (uint64_t)syscall(SYS_lseek, fd, 0, SEEK_CUR) - (uint64_t)done,
            p, (size_t)done);
    return done;
}

static int
do_truncate(int fd, off_t size)
{
    const char *name;
    char path[256];
    uint64_t ino;
    int rc;

    if (!is_watched(fd, path, &name, &ino))
        return (int)syscall(SYS_ftruncate, fd, size);
    if (count("ftruncate", NULL) < 0)
        return -1;
    rc = (int)syscall(SYS_ftruncate, fd, size);
    if (rc == 0)
        record(DISK_RESIZE, ino, (uint64_t)size, name, NULL);
    return rc;
}

static int
do_sync(int fd, long number, const char *what)
{
    const char *name;
    char path[256];
    uint64_t ino;
    int rc;

    if (!is_watched(fd, path, &name, &ino))
        return (int)syscall(number, fd);
    if (count(what, NULL) < 0)
        return -1;
    rc = (int)syscall(number, fd);
    if (rc == 0)
        record(DISK_SYNC, ino, 0, name, NULL);
    return rc;
}

static int
do_rename(int fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    char buf[512], to_buf[512];
    const char *name = "", *to_name = "";
    bool in = is_watched_at(fd, from, buf, &name);
    bool to_in = is_watched_at(to_fd, to, to_buf, &to_name);
    int rc;

    if (!in && !to_in)
        return (int)syscall(SYS_renameat2, fd, from, to_fd, to, flags);
    if (count("rename", NULL) < 0)
        return -1;
    rc = (int)syscall(SYS_renameat2, fd, from, to_fd, to, flags);
    if (rc == 0)
        record(in && to_in && !flags ? DISK_RENAME : DISK_ALIEN, 0, 0, name,
               to_name);
    return rc;
}

static int
do_unlink(int dirfd, const char *path, int flags)
{
    const char *name;
    char buf[512];
    int rc;

    if (!is_watched_at(dirfd, path, buf, &name))
        return (int)syscall(SYS_unlinkat, dirfd, path, flags);
    if (count("unlink", NULL) < 0)
        return -1;
    rc = (int)syscall(SYS_unlinkat, dirfd, path, flags);
    if (rc == 0)
        record(DISK_UNLINK, 0, 0, name, NULL);
    return rc;
}

/* A mapping that writes to the file is outside of the model, unless it is
 * of memory that a restart forgets anyway. */
static void *
do_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at)
{
    const char *name;
    char path[256];
    uint64_t ino;

    if (fd >= 0 && (prot & PROT_WRITE) && (flags & MAP_SHARED) &&
        is_watched(fd, path, &name, &ino)) {
        size_t len = strlen(name);

        if (len < 4 || strcmp(name + len - 4, "-shm"))
            record(DISK_ALIEN, ino, 0, name, "mmap");
    }
    return (void *)syscall(SYS_mmap, p, n, prot, flags, fd, at);
}

static int
do_fallocate(int fd, int mode, off_t at, off_t n)
{
    const char *name;
    struct stat st;
    char path[256];
    uint64_t ino;
    int rc;

    if (!is_watched(fd, path, &name, &ino))
        return (int)syscall(SYS_fallocate, fd, mode, at, n);
    if (count("fallocate", NULL) < 0)
        return -1;
    rc = (int)syscall(SYS_fallocate, fd, mode, at, n);
    if (rc == 0 && mode)
        record(DISK_ALIEN, ino, 0, name, "fallocate");
    else if (rc == 0 && fstat(fd, &st) == 0)
        record(DISK_RESIZE, ino, (uint64_t)st.st_size, name, NULL);
    return rc;
}

/* The functions of libc.  No header may have declared them with attributes
 * that differ, so they are named here and given their names below. */
#define NAMED(type, name, symbol, ...)                                         \
    type disk_##name(__VA_ARGS__) __asm__(symbol)                              \
        __attribute__((visibility("default"), used));                          \
    type disk_##name(__VA_ARGS__)

#define MODE_OF(flags, mode)                                                   \
    do {                                                                       \
        if ((flags) & (O_CREAT | O_TMPFILE)) {                                 \
            va_list ap;                                                        \
                                                                               \
            va_start(ap, flags);                                               \
            mode = va_arg(ap, mode_t);                                         \
            va_end(ap);                                                        \
        }                                                                      \
    } while (0)

#define OPENS(suffix, symbol, at_symbol)                                       \
    NAMED(int, open##suffix, symbol, const char *path, int flags, ...)         \
    {                                                                          \
        mode_t mode = 0;                                                       \
                                                                               \
        MODE_OF(flags, mode);                                                  \
        return do_open(AT_FDCWD, path, flags, mode);                           \
    }                                                                          \
    NAMED(int, openat##suffix, at_symbol, int dirfd, const char *path,         \
          int flags, ...)                                                      \
    {                                                                          \
        mode_t mode = 0;                                                       \
                                                                               \
        MODE_OF(flags, mode);                                                  \
        return do_open(dirfd, path, flags, mode);                              \
    }                                                                          \
    struct disk_semicolon

OPENS(, "open", "openat");
OPENS(64, "open64", "openat64");
OPENS(_2, "__open_2", "__openat_2");
OPENS(64_2, "__open64_2", "__openat64_2");

NAMED(int, mknod, "mknod", const char *path, mode_t mode, dev_t dev)
{
    return do_mknod(AT_FDCWD, path, mode, dev);
}

NAMED(int, mknodat, "mknodat", int dirfd, const char *path, mode_t mode,
      dev_t dev)
{
    return do_mknod(dirfd, path, mode, dev);
}

NAMED(ssize_t, pwrite, "pwrite", int fd, const void *p, size_t n, off_t at)
{
    return do_pwrite(fd, p, n, at);
}

NAMED(ssize_t, pwrite64, "pwrite64", int fd, const void *p, size_t n, off_t at)
{
    return do_pwrite(fd, p, n, at);
}

NAMED(ssize_t, write, "write", int fd, const void *p, size_t n)
{
    return do_write(fd, p, n);
}

NAMED(ssize_t, writev, "writev", int fd, const struct iovec *v, int n)
{
    ssize_t all = 0, done;
    const char *name;
    char path[256];
    uint64_t ino;
    int i;

    if (!is_watched(fd, path, &name, &ino))
        return syscall(SYS_writev, fd, v, n);
    for (i = 0; i < n; i++) {
        done = do_write(fd, v[i].iov_base, v[i].iov_len);
        if (done < 0)
            return all ? all : -1;
        all += done;
        if ((size_t)done < v[i].iov_len)
            break;
    }
    return all;
}

NAMED(int, ftruncate, "ftruncate", int fd, off_t size)
{
    return do_truncate(fd, size);
}

NAMED(int, ftruncate64, "ftruncate64", int fd, off_t size)
{
    return do_truncate(fd, size);
}

NAMED(int, fsync, "fsync", int fd)
{
    return do_sync(fd, SYS_fsync, "fsync");
}

NAMED(int, fdatasync, "fdatasync", int fd)
{
    return do_sync(fd, SYS_fdatasync, "fdatasync");
}

NAMED(int, fallocate, "fallocate", int fd, int mode, off_t at, off_t n)
{
    return do_fallocate(fd, mode, at, n);
}

NAMED(int, fallocate64, "fallocate64", int fd, int mode, off_t at, off_t n)
{
    return do_fallocate(fd, mode, at, n);
}

NAMED(int, posix_fallocate, "posix_fallocate", int fd, off_t at, off_t n)
{
    return do_fallocate(fd, 0, at, n) < 0 ? errno : 0;
}

NAMED(int, posix_fallocate64, "posix_fallocate64", int fd, off_t at, off_t n)
{
    return do_fallocate(fd, 0, at, n) < 0 ? errno : 0;
}

NAMED(int, rename, "rename", const char *from, const char *to)
{
    return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

NAMED(int, renameat, "renameat", int fd, const char *from, int to_fd,
      const char *to)
{
    return do_rename(fd, from, to_fd, to, 0);
}

NAMED(int, renameat2, "renameat2", int fd, const char *from, int to_fd,
      const char *to, unsigned flags)
{
    return do_rename(fd, from, to_fd, to, flags);
}

NAMED(int, unlink, "unlink", const char *path)
{
    return do_unlink(AT_FDCWD, path, 0);
}

NAMED(int, unlinkat, "unlinkat", int dirfd, const char *path, int flags)
{
    return do_unlink(dirfd, path, flags);
}

NAMED(void *, mmap, "mmap", void *p, size_t n, int prot, int flags, int fd,
      off_t at)
{
    return do_mmap(p, n, prot, flags, fd, at);
}

NAMED(void *, mmap64, "mmap64", void *p, size_t n, int prot, int flags, int fd,
      off_t at)
{
    return do_mmap(p, n, prot, flags, fd, at);
}
