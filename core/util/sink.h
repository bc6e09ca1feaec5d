/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/sink.h - bytes that somebody else gives, up to a bound
 *
 * What the opaque pp_sink of polypod/plugin.h is on our side.  A sink on the
 * stack begins as {PPC_STR_INIT, 0}.
 *
 * Ownership  the sink owns its bytes (ppc_sink_clear, or ppc_str_steal on s)
 */
#ifndef CORE_UTIL_SINK_H
#define CORE_UTIL_SINK_H

#include <polypod/codes.h>
#include <polypod/plugin.h>

#include "core/util/str.h"

#define PPC_SINK_MAX ((size_t)16 << 20)

struct pp_sink {
    ppc_str s;
    size_t max; /* bytes; 0: PPC_SINK_MAX */
};

/* Append a copy: 0 | -PP_E_FULL (nothing was added) | -PP_E_NOMEM. */
static inline int
ppc_sink_put(pp_sink *sink, const void *p, size_t n)
{
    size_t max = sink->max ? sink->max : PPC_SINK_MAX;

    if (sink->s.n > max || n > max - sink->s.n)
        return -PP_E_FULL;
    ppc_str_add(&sink->s, p, n);
    return sink->s.nomem ? -PP_E_NOMEM : 0;
}

static inline void
ppc_sink_clear(pp_sink *sink)
{
    ppc_str_clear(&sink->s);
}

static inline void
ppc_auto_sink(pp_sink *sink)
{
    ppc_sink_clear(sink);
}

#endif
