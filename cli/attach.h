/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/attach.h - start a container and be its foreground
 */
#ifndef CLI_ATTACH_H
#define CLI_ATTACH_H

#include "cmd.h"

/*
 * Start it with our streams until it ends.  With sig_proxy the signals that
 * we get go to the container; they stay blocked in this process.
 *
 * code     the container's exit code
 * returns  as pp_container_start
 */
int cli_attach_start(cli *c, const char *ref, bool sig_proxy, int *code,
                     pp_err *err);

#endif
