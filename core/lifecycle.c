/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/lifecycle.c - ordered stages; see lifecycle.h */
#include "core/lifecycle.h"

#include <polypod/plugin.h>

#include "core/util/log.h"

void
ppc_stages_stop(const ppc_stage *stages, size_t n, void *ctx)
{
    while (n--)
        if (stages[n].stop)
            stages[n].stop(ctx);
}

int
ppc_stages_start(const ppc_stage *stages, size_t n, void *ctx, pp_err *err)
{
    size_t i;
    int rc;

    for (i = 0; i < n; i++) {
        ppc_log(PP_LOG_DEBUG, "stage %s", stages[i].name);
        rc = stages[i].start(ctx, err);
        if (rc >= 0)
            continue;
        ppc_stages_stop(stages, i, ctx);
        return rc;
    }
    return 0;
}
