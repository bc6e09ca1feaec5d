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

@test "all faults of a file are told in one go, by every command" {
    printf '[engine]\ncgroup_manger = x\nmax_log_size\n[nosuch]\na = b\n' \
        >"$T/bad.conf"
    for words in "ps" "config check" "run --rootfs / true"; do
        # shellcheck disable=SC2086 # words
        run "$POLYPOD" --config "$T/bad.conf" $words
        [ "$status" -eq 125 ]
        [ "${#lines[@]}" -eq 3 ]
        [[ "${lines[0]}" == *"bad.conf:2: [engine] cgroup_manger: "*'did you mean "cgroup_manager"?'* ]]
        [[ "${lines[1]}" == *"bad.conf:3: "* ]]
        [[ "${lines[2]}" == *"bad.conf:4: "* ]]
    done
}
