/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_firewall.c - polypod firewall: the rules of all containers
 */
#include "commands.h"

static const cli_cmd *const sub[] = {
    &cli_cmd_firewall_check,  &cli_cmd_firewall_diff, &cli_cmd_firewall_list,
    &cli_cmd_firewall_switch, &cli_cmd_firewall_sync, NULL};

const cli_cmd cli_cmd_firewall = {
    .name = "firewall",
    .args = "COMMAND [ARG...]",
    .summary = "Look at and restore the rules of containers",
    .about = "The rules of running containers follow from what is stored "
             "about them. So they can be compared with what the kernel has, "
             "made again after another program flushed them, and moved from "
             "one firewall driver to another while the containers run.\n\n"
             "The system service polypod-firewall runs \"polypod firewall "
             "sync\" whenever nftables, iptables or firewalld have been "
             "restarted or reloaded. Networks that make rules themselves, as "
             "the CNI plugins portmap and firewall do, are restored by "
             "\"polypod network reload\".",
    .examples = "polypod firewall check\n"
                "polypod firewall sync\n"
                "polypod firewall switch iptables",
    .sub = sub,
};
