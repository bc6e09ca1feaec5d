/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/commands.c - the one table of commands
 */
#include "commands.h"

const cli_cmd *const cli_commands[] = {
    &cli_cmd_config,  &cli_cmd_container, &cli_cmd_create, &cli_cmd_firewall,
    &cli_cmd_info,    &cli_cmd_inspect,   &cli_cmd_kill,   &cli_cmd_logs,
    &cli_cmd_network, &cli_cmd_plugin,    &cli_cmd_ps,     &cli_cmd_rm,
    &cli_cmd_run,     &cli_cmd_start,     &cli_cmd_state,  &cli_cmd_stop,
    &cli_cmd_version, &cli_cmd_wait,      NULL};
