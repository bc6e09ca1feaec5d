#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# config: show, check and default

load lib

@test "global flags are the highest layer, with their origin" {
    run polypod --state memory config show --origin
    [ "$status" -eq 0 ]
    [[ $output == *"driver = memory"*"flag --state"* ]]
    [[ $output == *"flag --runroot"* ]]
}

@test "config default prints what config check accepts" {
    "$POLYPOD" config default >"$T/default.conf"
    [ -s "$T/default.conf" ]
    run "$POLYPOD" --config "$T/default.conf" config show
    [ "$status" -eq 0 ]
}

@test "config default FILE does not overwrite without --force" {
    "$POLYPOD" config default "$T/new.conf"
    [ "$(stat -c %a "$T/new.conf")" = 644 ]
    "$POLYPOD" config default | cmp - "$T/new.conf"
    echo mine >"$T/new.conf"
    fails 125 "exists; use --force" "$POLYPOD" config default "$T/new.conf"
    [ "$(cat "$T/new.conf")" = mine ]
    "$POLYPOD" config default --force "$T/new.conf"
    "$POLYPOD" config default | cmp - "$T/new.conf"
    [ "$(find "$T" -name 'new.conf*' | wc -l)" = 1 ]
    fails 125 "cannot make" "$POLYPOD" config default "$T/none/x.conf"
}

@test "config check names file, line and the nearest key" {
    printf '[engine]\ncgroup_manger = cgroupfs\n' >"$T/bad.conf"
    fails 125 "bad.conf:2:" "$POLYPOD" --config "$T/bad.conf" config check
    [[ $output == *cgroup_manager* ]]
    fails 125 "Error: " "$POLYPOD" --config "$T/bad.conf" ps
    fails 125 "" "$POLYPOD" --config "$T/none.conf" config check
}
