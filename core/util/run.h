/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/run.h - run a helper program with a deadline
 *
 * The one place that forks and executes a short-lived program: no shell, no
 * inherited descriptor, signals at their defaults, own process group, bounded
 * output.  Safe in a process with several threads, whatever they do.
 */
#ifndef CORE_UTIL_RUN_H
#define CORE_UTIL_RUN_H

#include <polypod/error.h>
#include <polypod/plugin.h>

/* What timeout_ms 0 means, and the environment that envp NULL means. */
#define PPC_RUN_TIMEOUT_MS 60000u
#define PPC_RUN_PATH                                                           \
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Run r->argv to its end; see pp_run in polypod/plugin.h.
 *
 * The program's output is what was written when it ended: a grandchild that
 * lives on is not waited for.  At a failure its whole process group is
 * killed and what came until then stays in the sinks.
 *
 * status   exit code, or 128 + signal; may be NULL
 * returns  0 | -PP_E_INVAL (no absolute argv[0]) | -PP_E_NOTSUP (a flag) |
 *          -PP_E_UNAVAIL (cannot execute, names it) | -PP_E_TIMEOUT |
 *          -PP_E_FULL (output past the sink's bound) | -PP_E_IO | -PP_E_NOMEM
 */
int ppc_run(const pp_run *r, int *status, pp_err *err);

#endif
