/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/ns.c - does firewalld rule the namespace we are in?
 *
 * A bus is a socket in the file system, so it can be reached from a network
 * namespace that firewalld has no say in; its rules would be made elsewhere.
 */
#include "fwd.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A process that is seen under this number and is a firewalld. */
static bool
is_firewalld(uint32_t pid)
{
    char path[64];
    char name[32] = "";
    FILE *f = NULL;

    snprintf(path, sizeof(path), "/proc/%u/comm", pid);
    f = fopen(path, "re");
    if (!f)
        return false;
    if (fgets(name, sizeof(name), f))
        name[strcspn(name, "\n")] = '\0';
    fclose(f);
    return !strcmp(name, "firewalld");
}

/* Only what is certain counts: a process that cannot be seen may be here. */
int
fwd_ns_check(const struct fwd_bus *b, uint32_t pid, pp_err *err)
{
    char path[64];
    struct stat theirs;
    struct stat ours;

    snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
    if (!is_firewalld(pid) || stat(path, &theirs) < 0 ||
        stat("/proc/thread-self/ns/net", &ours) < 0 ||
        (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino))
        return 0;
    return pp_host_fail(b->fwd->host, err, PP_E_NOTSUP, 0,
                        "firewalld (process %u) is in another network "
                        "namespace and can make no rules in this one; use "
                        "the firewall driver nftables here",
                        pid);
}
