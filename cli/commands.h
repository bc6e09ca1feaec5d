/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/commands.h - the commands, one cmd_NAME.c each
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cmd.h"

extern const cli_cmd cli_cmd_config;
extern const cli_cmd cli_cmd_container;
extern const cli_cmd cli_cmd_container_ls;
extern const cli_cmd cli_cmd_create;
extern const cli_cmd cli_cmd_firewall;
extern const cli_cmd cli_cmd_firewall_check;
extern const cli_cmd cli_cmd_firewall_diff;
extern const cli_cmd cli_cmd_firewall_list;
extern const cli_cmd cli_cmd_firewall_switch;
extern const cli_cmd cli_cmd_firewall_sync;
extern const cli_cmd cli_cmd_info;
extern const cli_cmd cli_cmd_inspect;
extern const cli_cmd cli_cmd_kill;
extern const cli_cmd cli_cmd_logs;
extern const cli_cmd cli_cmd_network;
extern const cli_cmd cli_cmd_network_reload;
extern const cli_cmd cli_cmd_plugin;
extern const cli_cmd cli_cmd_ps;
extern const cli_cmd cli_cmd_rm;
extern const cli_cmd cli_cmd_run;
extern const cli_cmd cli_cmd_start;
extern const cli_cmd cli_cmd_state;
extern const cli_cmd cli_cmd_state_check;
extern const cli_cmd cli_cmd_state_export;
extern const cli_cmd cli_cmd_state_import;
extern const cli_cmd cli_cmd_state_info;
extern const cli_cmd cli_cmd_state_migrate;
extern const cli_cmd cli_cmd_state_quarantine;
extern const cli_cmd cli_cmd_stop;
extern const cli_cmd cli_cmd_version;
extern const cli_cmd cli_cmd_wait;

#endif
