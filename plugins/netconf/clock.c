/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/netconf/clock.c - the clock that deadlines are on */
#include "netconf.h"

#include <time.h>

int64_t
cni_now_ms(void)
{
    struct timespec ts = {0};

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
