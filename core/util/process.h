/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/process.h - is that process still the one we knew?
 *
 * A pid alone is no identity: it is used again.  The start time of
 * /proc/PID/stat (field 22, clock ticks since boot; proc(5)) makes it one.
 */
#ifndef CORE_UTIL_PROCESS_H
#define CORE_UTIL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* The start time of a process, 0 if there is none or it is a zombie. */
int64_t ppc_process_start(int64_t pid);

/* Does the process with this pid and start time live?  start 0: no check.
 * One of which nothing can be learned just now counts as alive as long as
 * its pid is in use. */
bool ppc_process_is_alive(int64_t pid, int64_t start);

#endif
