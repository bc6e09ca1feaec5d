/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/log.c - one line per message on standard error; see log.h */
#include "core/util/log.h"

#include <stdio.h>
#include <unistd.h>

#include <polypod/plugin.h>

#include "core/util/file.h"

static uint32_t threshold = PP_LOG_WARNING;

static const char *
level_name(uint32_t level)
{
    if (level <= PP_LOG_ERROR)
        return "error";
    if (level <= PP_LOG_WARNING)
        return "warning";
    return level <= PP_LOG_INFO ? "info" : "debug";
}

void
ppc_vlog(uint32_t level, const char *prefix, const char *fmt, va_list ap)
{
    char line[2048];
    size_t n;

    if (level > threshold)
        return;
    n = (size_t)snprintf(line, sizeof line, "polypod: %s: %s%s",
                         level_name(level), prefix ? prefix : "",
                         prefix ? ": " : "");
    vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
    for (n = 0; line[n]; n++)
        if (line[n] == '\n')
            line[n] = ' ';
    line[n++] = '\n';
    if (ppc_write_all(STDERR_FILENO, line, n))
        return;
}

void
ppc_log(uint32_t level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    ppc_vlog(level, NULL, fmt, ap);
    va_end(ap);
}

void
ppc_log_set_level(uint32_t level)
{
    threshold = level;
}

uint32_t
ppc_log_level(void)
{
    return threshold;
}
