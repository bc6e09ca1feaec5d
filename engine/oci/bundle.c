/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/oci/bundle.c - paths of one container's files */
#include "core/util/str.h"
#include "engine/oci/oci.h"

int
ppc_bundle_init(const pp_runtime *rt, const char *id, ppc_bundle *b,
                pp_err *err)
{
    b->dir = ppc_sprintf("%s/%s", rt->ctr_dir, id);
    b->run = ppc_sprintf("%s/%s", rt->ctr_run, id);
    b->config = ppc_sprintf("%s/%s/config.json", rt->ctr_dir, id);
    b->pidfile = ppc_sprintf("%s/%s/pidfile", rt->ctr_run, id);
    b->conmon = ppc_sprintf("%s/%s/conmon.pid", rt->ctr_run, id);
    b->oci_log = ppc_sprintf("%s/%s/oci-log", rt->ctr_run, id);
    b->exitfile = ppc_sprintf("%s/%s", rt->exit_dir, id);
    b->socket = ppc_sprintf("%s/%s", rt->sock_dir, id);
    if (b->dir && b->run && b->config && b->pidfile && b->conmon &&
        b->oci_log && b->exitfile && b->socket)
        return 0;
    ppc_bundle_clear(b);
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for the paths of %.12s",
                   id);
}

void
ppc_bundle_clear(ppc_bundle *b)
{
    free(b->dir);
    free(b->run);
    free(b->config);
    free(b->pidfile);
    free(b->conmon);
    free(b->oci_log);
    free(b->exitfile);
    free(b->socket);
    *b = (ppc_bundle){0};
}
