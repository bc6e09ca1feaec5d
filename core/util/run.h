/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/run.h - run a helper program with a deadline
 *
 * The one place that forks and executes a short-lived program: no shell, no
 * inherited descriptor, own process group, bounded output.
 */
#ifndef CORE_UTIL_RUN_H
#define CORE_UTIL_RUN_H

#include <polypod/error.h>
#include <polypod/plugin.h>

/*
 * Run r->argv to its end; see pp_run in polypod/plugin.h.
 *
 * status   exit code, or 128 + signal
 * returns  0 | -PP_E_UNAVAIL (cannot execute, names it) | -PP_E_TIMEOUT |
 *          -PP_E_FULL (output past 16 MiB) | -PP_E_IO
 */
int ppc_run(const pp_run *r, int *status, pp_err *err);

#endif
