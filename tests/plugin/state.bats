#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/plugin/state.bats - the state plugins against the conformance kit, and
# what only the outside of one can show: file modes, read-only and full disks

setup() {
    kit=$POLYPOD_BUILD/sdk/kit/polypod-plugin-test
    plugins=$POLYPOD_BUILD/plugins
    dir=$(mktemp -d)
}

teardown() {
    rm -rf "$dir"
}

need() {
    [ -e "$plugins/$1.so" ] || skip "$1 is not built"
}

conforms() {
    local name=$1
    shift
    need "$name"
    run timeout 300 "$kit" -d "$dir" "$@" "$plugins/$name.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$(ls -A "$dir")" ]
}

@test "state-memory conforms" {
    conforms state-memory
}

@test "state-bdb conforms, with 300 kills" {
    conforms state-bdb -k 300
    [[ "$output" != *"busy does not name"* ]]
}

@test "state-bdb conforms with the smallest cache and log" {
    need state-bdb
    run timeout 300 "$kit" -d "$dir" -k 20 "$plugins/state-bdb.so" \
        cache_size=256KiB log_size=32KiB
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "state-bdb survives a full disk" {
    need state-bdb
    [ "$(id -u)" -eq 0 ] || skip "needs root for a mount"
    run unshare -m sh -c 'mount -t tmpfs -o size=8m none "$1" &&
        exec timeout 300 "$2" -f -d "$1" "$3"' \
        sh "$dir" "$kit" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"ok 1 - a full disk is survived"* ]]
}

@test "state-bdb can be read on a read-only file system" {
    need state-bdb
    [ "$(id -u)" -eq 0 ] || skip "needs root for a mount"
    run unshare -m "$kit" -r -d "$dir" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"ok 1 - a read-only store can be read"* ]]
}

@test "state-bdb keeps its files to their owner" {
    need state-bdb
    run sh -c 'umask 022; "$1" -K -d "$2" -o outlive "$3"' \
        sh "$kit" "$dir" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -n "$(find "$dir" -path '*/state/*' -type f)" ]
    [ -z "$(find "$dir" -path '*/state/*' -type f ! -perm 600)" ]
}

@test "a backup of state-bdb is a store again" {
    need state-bdb
    run "$kit" -K -d "$dir" -o backup "$plugins/state-bdb.so"
    [ "$status" -eq 0 ]
    mkdir -m 700 "$dir/again"
    cp "$dir"/plugin-test.*/backup "$dir/again/state.db"
    run "$kit" -d "$dir" -l "$dir/again" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "a=
ab=
b=
c=
c/1=
c/10=
c/2=
d=" ]
}

@test "a removed log of state-bdb does no harm, a removed state.db is named" {
    need state-bdb
    run "$kit" -K -d "$dir" -o backup "$plugins/state-bdb.so"
    state=$(echo "$dir"/plugin-test.*/state)
    rm "$state"/log.*
    run "$kit" -d "$dir" -l "$state" "$plugins/state-bdb.so"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 8 ]
    rm "$state/state.db"
    run "$kit" -d "$dir" -l "$state" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"state.db\": it is damaged or absent"* ]]
    [[ "$output" == *"polypod-state-bdb(8)"* ]]
}

@test "after a reboot state-bdb recovers before it reads" {
    need state-bdb
    run "$kit" -K -d "$dir" -o backup "$plugins/state-bdb.so"
    state=$(echo "$dir"/plugin-test.*/state)
    printf x | dd of="$state/lock" bs=1 seek=24 conv=notrunc status=none
    before=$(stat -c %y "$state"/log.*)
    run "$kit" -d "$dir" -l "$state" "$plugins/state-bdb.so"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 8 ]
    [ "$before" != "$(stat -c %y "$state"/log.*)" ]
}

@test "plugins export one symbol and need nothing of the engine's" {
    for name in state-memory state-bdb; do
        [ -e "$plugins/$name.so" ] || continue
        nm -D --defined-only "$plugins/$name.so" | grep -v asan >"$dir/nm"
        [ "$(wc -l <"$dir/nm")" -eq 1 ]
        grep -q ' pp_plugin_v1$' "$dir/nm"
        ! ldd "$plugins/$name.so" | grep polypod
    done
}

# Each of these ended in a crash or an endless loop inside libdb once.
@test "damage that hurt before is refused" {
    need state-bdb
    for seed in 202954835 326621290 167499248; do
        run "$kit" -d "$dir" -o damage -s "$seed" "$plugins/state-bdb.so" \
            cache_size=256KiB log_size=32KiB
        echo "$output"
        [ "$status" -eq 0 ]
    done
}
