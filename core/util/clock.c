/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/clock.c - times; see clock.h */
#include "core/util/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char zero_time[] = "0001-01-01T00:00:00Z";

static int64_t
read_clock(clockid_t id)
{
    struct timespec ts = {0, 0};

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * PPC_SEC + ts.tv_nsec;
}

int64_t
ppc_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t
ppc_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void
ppc_sleep(int64_t ns)
{
    struct timespec ts = {(time_t)(ns / PPC_SEC), (long)(ns % PPC_SEC)};

    while (nanosleep(&ts, &ts) && errno == EINTR)
        ;
}

void
ppc_time_format(int64_t ns, char out[40])
{
    time_t s = (time_t)(ns / PPC_SEC);
    struct tm tm;
    size_t n;

    if (!ns || !gmtime_r(&s, &tm)) {
        memcpy(out, zero_time, sizeof zero_time);
        return;
    }
    n = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, 40 - n, ".%09ldZ", (long)(ns % PPC_SEC));
}

int
ppc_time_parse(const char *text, int64_t *ns)
{
    struct tm tm = {0};
    int64_t frac = 0;
    int64_t unit = PPC_SEC;
    const char *p;
    int hh, mm;
    time_t s;

    if (!strcmp(text, zero_time)) {
        *ns = 0;
        return 0;
    }
    p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!p)
        return -1;
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++) {
            unit /= 10;
            frac += unit * (*p - '0');
        }
    s = timegm(&tm);
    if (*p == 'Z' && !p[1]) {
        *ns = (int64_t)s * PPC_SEC + frac;
        return 0;
    }
    if ((*p != '+' && *p != '-') || sscanf(p + 1, "%2d:%2d", &hh, &mm) != 2)
        return -1;
    s -= (*p == '-' ? -1 : 1) * (hh * 3600 + mm * 60);
    *ns = (int64_t)s * PPC_SEC + frac;
    return 0;
}
