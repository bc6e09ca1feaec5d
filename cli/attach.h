/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/attach.h - our streams and signals as those of a container
 */
#ifndef CLI_ATTACH_H
#define CLI_ATTACH_H

#include "cmd.h"

typedef struct cli_streams {
    pp_attach attach;
} cli_streams;

/*
 * Offer our streams to a container.  With sig_proxy the signals that we get
 * go to it; they stay blocked in this process.
 *
 * returns  0 | -PP_E_IO
 */
int cli_streams_open(bool sig_proxy, cli_streams *s, pp_err *err);
void cli_streams_close(cli_streams *s);

#endif
