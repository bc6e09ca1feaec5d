/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/value.c - text of flags as values
 */
#include "value.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

int
cli_value_bool(const char *s, bool *out, pp_err *err)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
        if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0) {
            *out = strcmp(s, yes[i]) == 0;
            return 0;
        }
    }
    return pp_fail(err, PP_E_INVAL, 0, "expected true or false");
}

int
cli_value_int(const char *s, int64_t *out, pp_err *err)
{
    const char *digits = s + (*s == '-' || *s == '+');
    long long v;
    char *end;

    if (!isdigit((unsigned char)*digits))
        return pp_fail(err, PP_E_INVAL, 0, "expected a whole number");
    errno = 0;
    v = strtoll(s, &end, 10);
    if (*end)
        return pp_fail(err, PP_E_INVAL, 0, "expected a whole number");
    if (errno)
        return pp_fail(err, PP_E_INVAL, 0, "number is out of range");
    *out = v;
    return 0;
}

/* Digits behind the point, at most nine of them, times unit. */
static int64_t
read_fraction(const char **s, int64_t unit)
{
    unsigned __int128 part = 0;
    uint32_t scale = 1;

    for (; isdigit((unsigned char)**s); (*s)++) {
        if (scale == 1000000000)
            continue;
        part = part * 10 + (unsigned)(**s - '0');
        scale *= 10;
    }
    return (int64_t)(part * (uint64_t)unit / scale);
}

/* A decimal number times unit; *end is what follows it. */
static int
read_decimal(const char *s, int64_t unit, int64_t *out, const char **end)
{
    const char *start = s;
    int64_t whole = 0;
    int64_t part = 0;

    for (; isdigit((unsigned char)*s); s++) {
        if (whole > (INT64_MAX - 9) / 10)
            return -1;
        whole = whole * 10 + (*s - '0');
    }
    if (s == start && !(s[0] == '.' && isdigit((unsigned char)s[1])))
        return -1;
    if (*s == '.') {
        s++;
        part = read_fraction(&s, unit);
    }
    if (whole > (INT64_MAX - unit) / unit)
        return -1;
    *out = whole * unit + part;
    *end = s;
    return 0;
}

int
cli_value_size(const char *s, int64_t *out, pp_err *err)
{
    static const char units[] = "bkmgtp";
    const char *end = s;
    const char *unit;
    int64_t factor = 1;
    int64_t v;

    while (isdigit((unsigned char)*end) || *end == '.')
        end++;
    unit = *end ? strchr(units, tolower((unsigned char)*end)) : units;
    if (!unit)
        return pp_fail(err, PP_E_INVAL, 0,
                       "expected a size such as 512m or 2g");
    for (const char *u = units; u < unit; u++)
        factor *= 1024;
    if (read_decimal(s, factor, &v, &end) < 0)
        return pp_fail(err, PP_E_INVAL, 0,
                       "expected a size such as 512m or 2g");
    if (*end)
        end++;
    if (unit != units &&
        (strcasecmp(end, "b") == 0 || strcasecmp(end, "ib") == 0))
        end = "";
    if (*end)
        return pp_fail(err, PP_E_INVAL, 0,
                       "expected a size such as 512m or 2g");
    *out = v;
    return 0;
}

typedef struct time_unit {
    const char *name;
    int64_t ns;
} time_unit;

/* The unit s begins with; ms before m. */
static const time_unit *
find_unit(const char *s)
{
    static const time_unit units[] = {{"ns", 1},          {"us", 1000},
                                      {"ms", 1000000},    {"h", 3600 * SECOND},
                                      {"m", 60 * SECOND}, {"s", SECOND}};

    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (strncmp(s, units[i].name, strlen(units[i].name)) == 0)
            return &units[i];
    }
    return NULL;
}

int
cli_value_duration(const char *s, int64_t *out, pp_err *err)
{
    const time_unit *unit;
    const char *end;
    int64_t sum = 0;
    int64_t v;

    if (*s && s[strspn(s, "0123456789")] == '\0') {
        if (read_decimal(s, 1000000, out, &end) == 0)
            return 0;
        return pp_fail(err, PP_E_INVAL, 0, "duration is out of range");
    }
    while (*s) {
        const char *digits = s + strspn(s, "0123456789.");

        unit = digits > s ? find_unit(digits) : NULL;
        if (!unit || read_decimal(s, unit->ns, &v, &end) < 0 || end != digits ||
            sum > INT64_MAX - v)
            break;
        sum += v;
        s = digits + strlen(unit->name);
        if (!*s) {
            *out = sum;
            return 0;
        }
    }
    return pp_fail(err, PP_E_INVAL, 0,
                   "expected a duration such as 250ms, 10s or 1h30m");
}

int
cli_value_milli(const char *s, int64_t *out, pp_err *err)
{
    const char *end;
    int64_t micro;

    if (read_decimal(s, 1000000, &micro, &end) < 0 || *end ||
        micro > INT64_C(1000000) * 1000000)
        return pp_fail(err, PP_E_INVAL, 0, "expected a number such as 1.5");
    *out = (micro + 500) / 1000;
    return 0;
}

/* "RTMIN+N" and "RTMAX-N" */
static int
read_realtime(const char *s, int32_t *out)
{
    bool min = strncasecmp(s, "RTMIN", 5) == 0;
    int64_t n = 0;

    if (!min && strncasecmp(s, "RTMAX", 5) != 0)
        return -1;
    s += 5;
    if (*s && (*s != (min ? '+' : '-') || !isdigit((unsigned char)s[1]) ||
               cli_value_int(s + 1, &n, NULL) < 0))
        return -1;
    if (n > SIGRTMAX - SIGRTMIN)
        return -1;
    *out = min ? SIGRTMIN + (int32_t)n : SIGRTMAX - (int32_t)n;
    return 0;
}

int
cli_value_signal(const char *s, int32_t *out, pp_err *err)
{
    const char *name = strncasecmp(s, "SIG", 3) == 0 ? s + 3 : s;
    int64_t number;

    if (isdigit((unsigned char)*s)) {
        if (cli_value_int(s, &number, NULL) < 0 || number < 1 ||
            number > SIGRTMAX)
            return pp_fail(err, PP_E_INVAL, 0, "expected a signal from 1 to %d",
                           SIGRTMAX);
        *out = (int32_t)number;
        return 0;
    }
    for (int i = 1; i < NSIG; i++) {
        const char *known = sigabbrev_np(i);

        if (known && strcasecmp(known, name) == 0) {
            *out = i;
            return 0;
        }
    }
    if (read_realtime(name, out) == 0)
        return 0;
    return pp_fail(err, PP_E_INVAL, 0,
                   "expected a signal such as TERM, SIGTERM or 15");
}

/* "Z", "+01:00" or nothing (local time) behind a date and time. */
static int
read_zone(const char *s, struct tm *tm, int64_t *seconds)
{
    int hours;
    int minutes;
    char sign;

    if (!*s) {
        tm->tm_isdst = -1;
        *seconds = mktime(tm);
        return 0;
    }
    *seconds = timegm(tm);
    if (strcmp(s, "Z") == 0)
        return 0;
    if (strlen(s) != 6 ||
        sscanf(s, "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
        (sign != '+' && sign != '-') || hours < 0 || minutes < 0)
        return -1;
    *seconds += (sign == '+' ? -60 : 60) * (hours * 60 + minutes);
    return 0;
}

static int
read_date(const char *s, int64_t *out)
{
    static const char *const forms[] = {
        "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};
    int64_t seconds;
    int64_t part = 0;

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        struct tm tm = {.tm_mday = 1};
        const char *end = strptime(s, forms[i], &tm);

        if (!end)
            continue;
        if (*end == '.' && read_decimal(end, SECOND, &part, &end) < 0)
            return -1;
        if (read_zone(end, &tm, &seconds) < 0 ||
            seconds > INT64_MAX / SECOND - 1 ||
            seconds < INT64_MIN / SECOND + 1)
            return -1;
        *out = seconds * SECOND + part;
        return 0;
    }
    return -1;
}

int
cli_value_time(const char *s, int64_t now, int64_t *out, pp_err *err)
{
    const char *end;
    int64_t v;

    if (read_decimal(s, SECOND, &v, &end) == 0 && !*end) {
        *out = v;
        return 0;
    }
    if (read_date(s, out) == 0)
        return 0;
    if (cli_value_duration(s + (*s == '-'), &v, NULL) == 0 && v <= now) {
        *out = now - v;
        return 0;
    }
    return pp_fail(err, PP_E_INVAL, 0,
                   "expected a time such as 2026-01-31T12:00:00Z, 10m or "
                   "seconds since the epoch");
}
