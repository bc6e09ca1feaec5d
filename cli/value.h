/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/value.h - text of flags as values
 *
 * Every reader takes the whole text, returns 0 or -PP_E_INVAL and leaves out
 * untouched on failure; the message says what was expected, not where.
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <polypod/error.h>

int cli_value_bool(const char *s, bool *out, pp_err *err);
int cli_value_int(const char *s, int64_t *out, pp_err *err);
/* "512", "64k", "1.5g", "2GiB": bytes */
int cli_value_size(const char *s, int64_t *out, pp_err *err);
/* "250ms", "1h30m": nanoseconds; a number alone is milliseconds */
int cli_value_duration(const char *s, int64_t *out, pp_err *err);
/* "1.5": thousandths, rounded */
int cli_value_milli(const char *s, int64_t *out, pp_err *err);
/* "TERM", "SIGTERM", "15", "RTMIN+1" */
int cli_value_signal(const char *s, int32_t *out, pp_err *err);
/* A date, a time of RFC 3339, seconds since the epoch or a duration back
 * from now: nanoseconds since the epoch */
int cli_value_time(const char *s, int64_t now, int64_t *out, pp_err *err);

#endif
