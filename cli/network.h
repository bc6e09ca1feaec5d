/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cli/network.h - the verbs of "polypod network", one cmd_network_*.c each */
#ifndef CLI_NETWORK_H
#define CLI_NETWORK_H

#include <polypod/network_admin.h>

#include "cmd.h"

extern const cli_cmd cli_cmd_network_connect;
extern const cli_cmd cli_cmd_network_create;
extern const cli_cmd cli_cmd_network_disconnect;
extern const cli_cmd cli_cmd_network_exists;
extern const cli_cmd cli_cmd_network_inspect;
extern const cli_cmd cli_cmd_network_ls;
extern const cli_cmd cli_cmd_network_prune;
extern const cli_cmd cli_cmd_network_rm;

#endif
