#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/plugin/fw-none.bats - the firewall that does nothing says so

FW=fw-none
source "$BATS_TEST_DIRNAME/fw-lab.bash"

none() {
    [[ $(fw probe) == "score 1"* ]]
    [ -z "$(fw caps)" ]
    [ "$(fw status | jq -r .does)" = nothing ]
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1
    fw check owner=one $A1
    fails 4 "[firewall]" fw apply owner=one $A1 port=tcp:80:80
    fails 4 "isolated" fw net_up $NET0 flags=isolate
    [ -z "$(fw list)" ]
    fw remove one
    fw net_down net0
    [ -z "$(nft list ruleset)" ]
}

@test "nothing is done, and what can not be had is refused" {
    lab none
}
