/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/lifecycle.h - ordered stages, started one by one, unwound in reverse
 *
 * A table of stages is the whole story of a start: what comes first, what
 * needs what, and what is undone when a later one fails.
 */
#ifndef CORE_LIFECYCLE_H
#define CORE_LIFECYCLE_H

#include <stddef.h>

#include <polypod/error.h>

typedef struct ppc_stage {
    const char *name;
    int (*start)(void *ctx, pp_err *err);
    void (*stop)(void *ctx); /* undoes start; NULL: nothing to undo */
} ppc_stage;

/*
 * Start all stages in order.
 *
 * returns  0, or the failure of one, after the stages before it were stopped
 *          in reverse; one that fails leaves nothing of its own
 */
int ppc_stages_start(const ppc_stage *stages, size_t n, void *ctx,
                     pp_err *err);

/* Stop all stages, last first. */
void ppc_stages_stop(const ppc_stage *stages, size_t n, void *ctx);

#endif
