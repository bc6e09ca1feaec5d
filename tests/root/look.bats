#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who only looks waits for nobody, and writes nowhere.

load common

@test "looking does not wait for who holds a container's lock" {
    configure "[engine]" "lock_timeout = 1s"
    start stubborn --network none -- sh -c 'trap "" TERM; sleep 100 & wait; wait'
    polypod stop -t 30 stubborn 3>&- &
    local holder=$!
    eventually test -s "$RUN/tmp/lock/$(polypod ps -q --no-trunc)"
    sleep 0.3
    has "$(timeout 5 "$BASH" -c "$(declare -f polypod); polypod ps")" stubborn
    is "$(get stubborn State.Status)" running
    timeout 5 "$BASH" -c "$(declare -f polypod); polypod info" >/dev/null
    timeout 5 "$BASH" -c "$(declare -f polypod); polypod logs stubborn"
    # who wants the lock gives up in time, and says who has it
    refused 125 polypod kill stubborn
    says "lock of container stubborn is held by process "
    says "(polypod)"
    says "engine.lock_timeout"
    configure
    kill -KILL $(pgrep -P "$holder")
    wait "$holder" || true
    polypod rm -f -t 0 stubborn
}

@test "looking works on a read-only file system" {
    start up --network none -- sleep 100
    polypod run --name ended --network none --rootfs "$ROOTFS" \
        sh -c 'echo said; exit 4' || is $? 4
    for dir in "$ROOT" "$RUN"; do
        mount --bind "$dir" "$dir"
        mount -o remount,ro,bind "$dir"
    done
    has "$(polypod ps -a)" "Exited (4)"
    is "$(get up State.Status)" running
    is "$(polypod logs ended)" said
    is "$(polypod wait ended)" 4
    polypod info >/dev/null
    refused 125 polypod rm ended
    says "Read-only file system"
    refused 125 polypod run --network none --rootfs "$ROOTFS" true
    umount "$ROOT" "$RUN"
    polypod rm -f -t 0 up ended
}
