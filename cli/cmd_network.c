/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_network.c - polypod network: the group
 */
#include "commands.h"
#include "network.h"

static const cli_cmd *const sub[] = {&cli_cmd_network_connect,
                                     &cli_cmd_network_create,
                                     &cli_cmd_network_disconnect,
                                     &cli_cmd_network_exists,
                                     &cli_cmd_network_inspect,
                                     &cli_cmd_network_ls,
                                     &cli_cmd_network_prune,
                                     &cli_cmd_network_reload,
                                      &cli_cmd_network_rm,
                                     NULL};

const cli_cmd cli_cmd_network = {
    .name = "network",
    .args = "COMMAND [ARG...]",
    .summary = "Define networks and attach containers to them",
    .about =
        "A network is a file in the folder that [network.cni] cni_config_dir "
        "names. Those that create writes are lists of CNI plugins, which "
        "other tools can read: a bridge with host-local addresses. Masquerade, "
        "ports and isolation are not in them; they are made by the firewall "
        "driver.",
    .examples = "polypod network create --subnet 10.90.0.0/24 inner\n"
                "polypod run --network inner:ip=10.90.0.7 --rootfs DIR httpd\n"
                "polypod network connect inner web\npolypod network ls",
    .sub = sub,
};
