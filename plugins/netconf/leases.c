/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/netconf/leases.c - leases of host-local that a boot outlived
 *
 * host-local keeps a file per address, <dataDir>/<network>/<address>, with
 * "ID\r\nIFNAME" in it, on a disk that survives a reboot.  What is older than
 * this boot belongs to nobody: no namespace lives that long, whoever made
 * it.  Younger leases are left alone, since other engines, and other stores
 * of this one, may use the same network.
 */
#include "netconf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DATA_DIR "/var/lib/cni/networks"
#define MAX_LEASE 512

static int64_t
clock_ns(clockid_t clock)
{
    struct timespec t = {0};

    clock_gettime(clock, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Is it a lease from before the boot? Its text goes into buf. */
static bool
is_stale(int dir, const char *name, char buf[MAX_LEASE + 1])
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    ssize_t n = -1;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec <
            clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME))
        n = read(fd, buf, MAX_LEASE);
    close(fd);
    buf[n < 0 ? 0 : n] = '\0';
    return n >= 0;
}

/* "ID\r\nIFNAME"; old ones have the ID alone. */
static bool
is_of(const char *lease, const pp_net_attachment *a)
{
    size_t n = strcspn(lease, "\r\n");
    const char *ifname = lease + n + strspn(lease + n, "\r\n");
    size_t k = strcspn(ifname, "\r\n");

    return strlen(a->id) == n && strncmp(lease, a->id, n) == 0 &&
           (k == 0 ||
            (strlen(a->ifname) == k && strncmp(ifname, a->ifname, k) == 0));
}

static bool
is_alive(const char *lease, const pp_net_attachment *const *alive, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (is_of(lease, alive[i]))
            return true;
    return false;
}

/* host-local's own lock; without it nobody ever gave an address. */
static int
lock_leases(int dir, int64_t deadline)
{
    const struct timespec nap = {0, 10 * 1000 * 1000};
    int fd = openat(dir, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (cni_now_ms() >= deadline) {
            close(fd);
            return -1;
        }
        nanosleep(&nap, NULL);
    }
    return fd;
}

static void
sweep(const netconf *self, const char *net, DIR *d,
      const pp_net_attachment *const *alive, uint32_t n)
{
    char lease[MAX_LEASE + 1];

    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (!cni_address_valid(e->d_name, false) ||
            !is_stale(dirfd(d), e->d_name, lease) || is_alive(lease, alive, n))
            continue;
        if (unlinkat(dirfd(d), e->d_name, 0) == 0)
            note(self, PP_LOG_INFO,
                 "network %s: %s is free again, its lease is older than this "
                 "boot",
                 net, e->d_name);
    }
}

static int
sweep_folder(const netconf *self, const char *net, const char *folder,
             const pp_net_attachment *const *alive, uint32_t n, cni_why *why)
{
    DIR *d = opendir(folder);
    int lock;

    if (!d)
        return errno == ENOENT
                   ? 0
                   : cni_say(why, PP_E_IO, errno, "cannot open \"%s\"", folder);
    lock = lock_leases(dirfd(d), cni_now_ms() + self->timeout_ms);
    if (lock >= 0) {
        sweep(self, net, d, alive, n);
        close(lock);
    }
    closedir(d);
    return 0;
}

/* All folders of leases that the list names. */
int
cni_leases_gc(const netconf *self, const cni_list *list,
              const pp_net_attachment *const *alive, uint32_t n, cni_why *why)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < cni_list_n(list); i++) {
        json_object *p = json_object_array_get_idx(list->plugins, i);
        json_object *ipam = cni_json_get(p, "ipam");
        const char *type = cni_json_str(ipam, "type");
        const char *base = cni_json_str(ipam, "dataDir");
        char folder[4096];

        if (!type || strcmp(type, "host-local") != 0)
            continue;
        if (snprintf(folder, sizeof(folder), "%s/%s", base ? base : DATA_DIR,
                     list->name) < (int)sizeof(folder))
            rc = sweep_folder(self, list->name, folder, alive, n, why);
    }
    return rc;
}
