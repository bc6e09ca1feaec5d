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

/* Seconds since the epoch, rounded down, and what is left. */
static int64_t
split_seconds(int64_t ns, long *rest)
{
    int64_t s = ns / PPC_SEC;

    *rest = (long)(ns % PPC_SEC);
    if (*rest >= 0)
        return s;
    *rest += PPC_SEC;
    return s - 1;
}

void
ppc_time_format(int64_t ns, char out[40])
{
    long rest;
    time_t s = (time_t)split_seconds(ns, &rest);
    struct tm tm;
    size_t n;

    if (!ns || !gmtime_r(&s, &tm)) {
        memcpy(out, zero_time, sizeof zero_time);
        return;
    }
    n = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, 40 - n, ".%09ldZ", rest);
}

static int
two_digits(const char *p)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return -1;
    return (p[0] - '0') * 10 + p[1] - '0';
}

/* "Z" or "+hh:mm" to the end of the text, in seconds: 0, or -1. */
static int
parse_zone(const char *p, int *offset)
{
    int hh, mm;

    *offset = 0;
    if (*p == 'Z')
        return p[1] ? -1 : 0;
    if (*p != '+' && *p != '-')
        return -1;
    hh = two_digits(p + 1);
    if (hh < 0 || hh > 23 || p[3] != ':')
        return -1;
    mm = two_digits(p + 4);
    if (mm < 0 || mm > 59 || p[6])
        return -1;
    *offset = (*p == '-' ? -1 : 1) * (hh * 3600 + mm * 60);
    return 0;
}

void
ppc_time_stamp(int64_t ns, char out[20])
{
    time_t s = (time_t)(ns / PPC_SEC);
    struct tm tm = {0};

    gmtime_r(&s, &tm);
    if (!strftime(out, 20, "%Y%m%dT%H%M%SZ", &tm))
        out[0] = '\0';
}

int
ppc_time_parse(const char *text, int64_t *ns)
{
    struct tm tm = {0};
    int64_t frac = 0;
    int64_t unit = PPC_SEC;
    int64_t total;
    const char *p;
    int offset;

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
    if (parse_zone(p, &offset) ||
        __builtin_mul_overflow((int64_t)timegm(&tm) - offset, PPC_SEC,
                               &total) ||
        __builtin_add_overflow(total, frac, &total))
        return -1;
    *ns = total;
    return 0;
}
