/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/clock.h - times as int64_t nanoseconds, and as text */
#ifndef CORE_UTIL_CLOCK_H
#define CORE_UTIL_CLOCK_H

#include <stdint.h>

#define PPC_MS INT64_C(1000000)
#define PPC_SEC INT64_C(1000000000)

int64_t ppc_now(void);       /* since the epoch */
int64_t ppc_monotonic(void); /* for deadlines */
void ppc_sleep(int64_t ns);

/* RFC 3339 with nanoseconds, UTC ("Z"); 0 is "0001-01-01T00:00:00Z".
 * out has room for 40 bytes. */
void ppc_time_format(int64_t ns, char out[40]);
/* Whole seconds without punctuation, for names: 20261122T101500Z */
void ppc_time_stamp(int64_t ns, char out[20]);
/* The reverse of format, any zone: 0, or -1 for no time, or one that does not fit. */
int ppc_time_parse(const char *text, int64_t *ns);

#endif
