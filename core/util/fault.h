/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/fault.h - points at which a test has the process die or fail
 *
 * Nothing at all unless the build is made with POLYPOD_FAULTS=ON.  Then
 *
 *   POLYPOD_FAULT=NAME[:N]        kills the process when it comes to the
 *                                 point NAME for the Nth time (the first)
 *   POLYPOD_FAULT=NAME:N:ENOBUFS  makes the step there fail so
 *   POLYPOD_FAULT_LOG=FILE        receives the name of each point passed
 *
 * Names are unique, and all of them stand in the section "polypod_faults" of
 * each library and plugin, so that a test can go over all there are.  The
 * build includes this file into plugins, too, which know of PP_FAULT only.
 */
#ifndef CORE_UTIL_FAULT_H
#define CORE_UTIL_FAULT_H

#ifdef POLYPOD_FAULTS
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void
pp_fault_note(const char *name)
{
    const char *path = getenv("POLYPOD_FAULT_LOG");
    const int how = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
    int fd = path ? open(path, how, 0600) : -1;

    if (fd < 0)
        return;
    if (write(fd, name, strlen(name)) < 0 || write(fd, "\n", 1) < 0)
        abort();
    close(fd);
}

/* The errno to fail with, 0 to go on. */
static inline int
pp_fault_hit(const char *name, unsigned *count)
{
    const char *want = getenv("POLYPOD_FAULT");
    const size_t n = strlen(name);
    unsigned long at = 1;
    char *end = NULL;

    pp_fault_note(name);
    if (!want || strncmp(want, name, n) != 0 || (want[n] && want[n] != ':'))
        return 0;
    if (want[n])
        at = strtoul(want + n + 1, &end, 10);
    if (__atomic_add_fetch(count, 1, __ATOMIC_RELAXED) != at)
        return 0;
    if (end && *end == ':')
        return ENOBUFS;
    kill(getpid(), SIGKILL);
    return EINTR;
}

#define PP_FAULT(name)                                                         \
    __extension__({                                                            \
        static const char pp_fault_name[]                                      \
            __attribute__((section("polypod_faults"), used)) = name;           \
        static unsigned pp_fault_count;                                        \
                                                                               \
        pp_fault_hit(pp_fault_name, &pp_fault_count);                          \
    })
#else
#define PP_FAULT(name) 0
#endif

/* In a row of steps: 0, or the failure that was asked for. */
#define ppc_fault(name, err)                                                   \
    __extension__({                                                            \
        const int ppc_fault_errno = PP_FAULT(name);                            \
                                                                               \
        ppc_fault_errno                                                        \
            ? pp_fail(err, PP_E_IO, ppc_fault_errno, "fault point " name)      \
            : 0;                                                               \
    })

#endif
