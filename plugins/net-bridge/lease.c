/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/lease.c - the folder of leases, in the form of host-local
 *
 * A file for each address, "ID\r\nIFNAME" in it; last_reserved_ip.SET; and
 * "lock", which is held by flock.  A lease gets its name when it is complete,
 * so that a process that dies leaves a whole lease or none.  An empty file,
 * which host-local leaves when it dies, is no lease.
 */
#include "bridge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DRAFT "polypod.draft" /* a lease before it has its name */

static int
make_path(const char *path, cni_why *why)
{
    FREE_AUTO char *copy = strdup(path);

    if (!copy)
        return cni_say(why, PP_E_NOMEM, 0, "no memory for \"%s\"", path);
    for (char *p = copy + 1;; *p++ = '/') {
        p += strcspn(p, "/");
        bool last = !*p;

        *p = '\0';
        if (mkdir(copy, 0755) < 0 && errno != EEXIST)
            return cni_say(why, PP_E_IO, errno, "cannot make \"%s\"", copy);
        if (last)
            return 0;
    }
}

static int
take_lock(br_store *store, int64_t deadline, cni_why *why)
{
    struct timespec nap = {0, 200 * 1000};

    store->lock = openat(store->dir, "lock",
                         O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock < 0)
        return cni_say(why, PP_E_IO, errno, "cannot open \"%s/lock\"",
                       store->path);
    while (flock(store->lock, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return cni_say(why, PP_E_IO, errno, "cannot lock \"%s/lock\"",
                           store->path);
        if (cni_now_ms() >= deadline)
            return cni_say(why, PP_E_BUSY, 0,
                           "another process holds \"%s/lock\" for too long",
                           store->path);
        nanosleep(&nap, NULL);
        if (nap.tv_nsec < 5 * 1000 * 1000)
            nap.tv_nsec *= 2;
    }
    return 0;
}

/*
 * Open and lock a folder of leases.
 *
 * create   make it when it is not there; else dir is then -1
 * out      closed by the caller, also on failure
 */
int
br_store_open(const char *path, bool create, int64_t deadline, br_store *out,
              cni_why *why)
{
    const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

    *out = (br_store){.dir = open(path, how), .lock = -1, .path = path};
    if (out->dir < 0 && errno == ENOENT && create) {
        int rc = make_path(path, why);

        if (rc < 0)
            return rc;
        out->dir = open(path, how);
    }
    if (out->dir < 0 && errno == ENOENT && !create)
        return 0;
    if (out->dir < 0)
        return cni_say(why, PP_E_IO, errno, "cannot open \"%s\"", path);
    return take_lock(out, deadline, why);
}

void
br_store_close(br_store *store)
{
    if (store->lock >= 0)
        close(store->lock);
    if (store->dir >= 0)
        close(store->dir);
    store->lock = -1;
    store->dir = -1;
}

/* Its length without the blanks around, or -1. */
static ssize_t
read_text(int dir, const char *name, char *out, size_t size)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, out, size - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return -1;
    out[n] = '\0';
    n = (ssize_t)strlen(out);
    while (n > 0 && strchr(" \t\r\n", out[n - 1]))
        out[--n] = '\0';
    return n;
}

/* Long ago the content was the ID alone. */
bool
br_owner_is(const char *owner, const char *id, const char *ifname)
{
    size_t n = strlen(id);

    if (strncmp(owner, id, n) != 0)
        return false;
    return !owner[n] ||
           (!strncmp(owner + n, "\r\n", 2) && !strcmp(owner + n + 2, ifname));
}

/* returns  1 with the owner | 0 (it is free) */
int
br_store_owner(const br_store *store, const br_ip *ip, char out[BR_OWNER_MAX])
{
    char name[BR_IP_TEXT];

    return read_text(store->dir, br_ip_text(ip, name), out, BR_OWNER_MAX) > 0;
}

static int
write_draft(const br_store *store, const char *id, const char *ifname,
            cni_why *why)
{
    char text[BR_OWNER_MAX];
    int n = snprintf(text, sizeof(text), "%s\r\n%s", id, ifname);

    if (n < 0 || (size_t)n >= sizeof(text))
        return cni_say(why, PP_E_INVAL, 0, "container ID %.64s is too long",
                       id);
    /* Never written in place: it may be the file of a lease by now. */
    unlinkat(store->dir, DRAFT, 0);
    int fd = openat(store->dir, DRAFT,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int e = errno;
    ssize_t done = fd >= 0 ? write(fd, text, (size_t)n) : -1;

    if (fd >= 0) {
        e = done < 0 ? errno : ENOSPC;
        close(fd);
    }
    if (done == n)
        return 0;
    return cni_say(why, PP_E_IO, e, "cannot write a lease in \"%s\"",
                   store->path);
}

/*
 * Lease one address.
 *
 * returns  1 | 0 (somebody has it) | -PP_E_*
 */
int
br_store_take(const br_store *store, const br_ip *ip, const char *id,
              const char *ifname, cni_why *why)
{
    char name[BR_IP_TEXT];
    char owner[BR_OWNER_MAX];

    br_ip_text(ip, name);
    if (faccessat(store->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
        read_text(store->dir, name, owner, sizeof(owner)) != 0)
        return 0;
    int rc = write_draft(store, id, ifname, why);

    if (rc == 0)
        rc = cni_fault("bridge.draft", why);
    if (rc < 0)
        return rc;
    /* Over an empty file, too; nobody else is here while we hold the lock. */
    if (renameat(store->dir, DRAFT, store->dir, name) < 0)
        return cni_say(why, PP_E_IO, errno, "cannot lease \"%s/%s\"",
                       store->path, name);
    return 1;
}

/* What belongs to somebody else, or is not there, stays so. */
int
br_store_release(const br_store *store, const br_ip *ip, const char *id,
                 const char *ifname, cni_why *why)
{
    char name[BR_IP_TEXT];
    char owner[BR_OWNER_MAX];

    br_ip_text(ip, name);
    if (read_text(store->dir, name, owner, sizeof(owner)) <= 0 ||
        !br_owner_is(owner, id, ifname))
        return 0;
    if (unlinkat(store->dir, name, 0) < 0 && errno != ENOENT)
        return cni_say(why, PP_E_IO, errno, "cannot release \"%s/%s\"",
                       store->path, name);
    return 0;
}

static int
sweep(const br_store *store, DIR *d, br_keep keep, void *arg, cni_why *why)
{
    int rc = 0;

    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        char owner[BR_OWNER_MAX];
        br_ip ip;

        if (!br_ip_parse(e->d_name, &ip) ||
            read_text(store->dir, e->d_name, owner, sizeof(owner)) <= 0 ||
            keep(owner, arg))
            continue;
        if (unlinkat(store->dir, e->d_name, 0) < 0 && errno != ENOENT)
            rc = cni_say(why, PP_E_IO, errno, "cannot release \"%s/%s\"",
                         store->path, e->d_name);
    }
    return rc;
}

int
br_store_sweep(const br_store *store, br_keep keep, void *arg, cni_why *why)
{
    int fd = openat(store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

    if (!d) {
        int e = errno;

        if (fd >= 0)
            close(fd);
        return cni_say(why, PP_E_IO, e, "cannot read \"%s\"", store->path);
    }
    int rc = sweep(store, d, keep, arg, why);

    closedir(d);
    return rc;
}

/* Where the next search starts; only a hint, so nothing is lost with it. */
void
br_store_note(const br_store *store, unsigned set, const br_ip *ip)
{
    char name[40];
    char text[BR_IP_TEXT];
    struct stat st;

    snprintf(name, sizeof(name), "last_reserved_ip.%u", set);
    int fd = openat(store->dir, name,
                    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return;
    br_ip_text(ip, text);
    /* to truncate costs a millisecond, and is seldom needed */
    if (write(fd, text, strlen(text)) < 0 || fstat(fd, &st) < 0 ||
        (st.st_size > (off_t)strlen(text) &&
         ftruncate(fd, (off_t)strlen(text)) < 0))
        unlinkat(store->dir, name, 0);
    close(fd);
}

bool
br_store_noted(const br_store *store, unsigned set, br_ip *ip)
{
    char name[40];
    char text[BR_IP_TEXT];

    snprintf(name, sizeof(name), "last_reserved_ip.%u", set);
    return read_text(store->dir, name, text, sizeof(text)) > 0 &&
           br_ip_parse(text, ip);
}
