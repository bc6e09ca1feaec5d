/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/log.h - the process's one log sink
 *
 * The only mutable globals besides the loader's mutex live in log.c.
 * Libraries log; only the command decides the level and where it goes.
 */
#ifndef CORE_UTIL_LOG_H
#define CORE_UTIL_LOG_H

#include <stdarg.h>
#include <stdint.h>

/* level: PP_LOG_* of polypod/plugin.h */
void ppc_log(uint32_t level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void ppc_vlog(uint32_t level, const char *prefix, const char *fmt,
              va_list ap) __attribute__((format(printf, 3, 0)));
/* Show messages of this level and graver ones. Default: warnings. */
void ppc_log_set_level(uint32_t level);
uint32_t ppc_log_level(void);

#endif
