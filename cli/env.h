/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/env.h - environment variables from flags and files
 *
 * NAME=VALUE is taken as it is, NAME from our own environment if it is set
 * there, NAME* every variable of ours whose name begins so.
 */
#ifndef CLI_ENV_H
#define CLI_ENV_H

#include "buf.h"

int cli_env_add(cli_list *env, const char *word, pp_err *err);
/* One a line; empty lines and lines that begin with # do not count. */
int cli_env_add_file(cli_list *env, const char *path, pp_err *err);

#endif
