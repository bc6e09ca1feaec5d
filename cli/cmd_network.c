/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network.c - polypod network: what containers are attached to
 */
#include "commands.h"

static const cli_cmd *const sub[] = {&cli_cmd_network_reload, NULL};

const cli_cmd cli_cmd_network = {
    .name = "network",
    .args = "COMMAND [ARG...]",
    .summary = "Restore the networks of containers",
    .about = "Networks are defined by the files of the network driver, CNI "
             "lists by default. A container names those it wants when it is "
             "created.",
    .examples = "polypod network reload --all",
    .sub = sub,
};
