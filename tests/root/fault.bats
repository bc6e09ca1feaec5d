#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Death and failure at every step of setting a container's network and
# firewall up and of tearing them down; core/util/fault.h names the steps.
#
# The names are read from the library and the plugins.  The last test fails
# on one that no scenario came by, so no step is added without being tested.

load common

setup() {
    export ROOT=$F/$BATS_TEST_NUMBER/state RUN=$F/$BATS_TEST_NUMBER/run
    [ -n "$(points)" ] || skip "built without POLYPOD_FAULTS"
}

# All names, one a line, in order.
points() {
    local file
    for file in "$POLYPOD_BUILD"/engine/libpolypod.so \
        "$POLYPOD_BUILD"/plugins/*.so; do
        objcopy -O binary --only-section=polypod_faults \
            --set-section-flags polypod_faults=alloc "$file" "$F/names"
        tr '\0' '\n' <"$F/names"
    done | grep . | sort
}

drivers() {
    [ -e "$POLYPOD_BUILD/plugins/net-$1.so" ] || skip "net-$1 is not built"
    [ -e "$POLYPOD_BUILD/plugins/fw-$2.so" ] || skip "fw-$2 is not built"
    configure '[network]' "driver = $1" \
        '[network.bridge]' "cni_config_dir = $F/cni"
    export FW=$2
}

# What COMMAND passes when nothing happens to it: NAME:N, a line each.
passes() {
    rm -f "$F/passed"
    POLYPOD_FAULT_LOG=$F/passed polypod "$@" >/dev/null
    awk '{ print $1 ":" ++n[$1] }' "$F/passed"
    cat "$F/passed" >>"$F/seen"
}

# killed PREPARE RECOVER COMMAND...: COMMAND is killed at each step of its,
# after PREPARE; then RECOVER leaves nothing.
killed() {
    local prepare=$1 recover=$2 fault list n=0
    shift 2
    "$prepare"
    list=$(passes "$@")
    "$recover"
    nothing_left
    for fault in $list; do
        "$prepare"
        echo "kill -9 at $fault" >&2
        POLYPOD_FAULT=$fault run -137 polypod "$@"
        "$recover"
        nothing_left
        n=$((n + 1))
    done
    [ "$n" -gt 3 ]
}

# failed EXPECT PREPARE RECOVER COMMAND...: the same, each step fails; COMMAND
# ends as EXPECT says, in words and not by a signal.
failed() {
    local expect=$1 prepare=$2 recover=$3 fault list
    shift 3
    "$prepare"
    list=$(passes "$@")
    "$recover"
    for fault in $list; do
        "$prepare"
        echo "ENOBUFS at $fault" >&2
        status=0
        POLYPOD_FAULT=$fault:ENOBUFS polypod "$@" \
            >"$F/stdout" 2>"$F/stderr" || status=$?
        cat "$F/stderr" >&2
        "$expect"
        "$recover"
        nothing_left
    done
}

a_new_one() {
    ip link del cni-podman0 2>/dev/null || true # it is made, too
    polypod create --name web -p 8080:80 --rootfs "$ROOTFS" sleep 100
}

a_running_one() { start web -p 8080:80 -- sleep 100; }

# By what a user does next.
started_again() {
    polypod start web
    polypod firewall check
    polypod network reload web
    polypod rm -f -t 0 web
}

removed() {
    [ -z "$(polypod ps -a -q)" ] || polypod rm -f -t 0 web
    is "$(polypod ps -a -q)" ""
}

@test "start killed at each step, bridge and nftables: started again" {
    drivers bridge nftables
    killed a_new_one started_again start web
}

@test "start killed at each step, cni and iptables: removed" {
    drivers cni iptables
    killed a_new_one removed start web
}

@test "stop killed at each step, bridge and nftables" {
    drivers bridge nftables
    killed a_running_one removed stop -t 0 web
}

@test "rm -f killed at each step, cni and iptables" {
    drivers cni iptables
    killed a_running_one removed rm -f -t 0 web
}

# a container on two networks, or on its way to the second
two_networks() {
    polypod network create more >/dev/null
    a_running_one
}

connected() { two_networks && polypod network connect more web; }

connected_again() {
    polypod network disconnect more web 2>/dev/null || true
    polypod network connect more web
    polypod firewall check
    polypod network disconnect more web
    polypod firewall check
    removed
    polypod network rm more
}

@test "connect killed at each step" {
    drivers bridge nftables
    killed two_networks connected_again network connect more web
}

@test "disconnect killed at each step" {
    drivers bridge nftables
    killed connected connected_again network disconnect more web
}

says_why() {
    [ "$status" -ge 125 ] && [ "$status" -lt 128 ]
    grep -q "^Error: .*\(No buffer space\|Input/output error\)" "$F/stderr"
    # the undo has been whole, no recovery is needed
    is "$(get web State.Status)" created
    polypod rm web
}

@test "each step of a start fails: it is undone at once" {
    drivers bridge nftables
    failed says_why a_new_one removed start web
}

# what force went past is the firewall's and the network's to collect
collected() {
    removed
    polypod firewall sync
}

either() { [ "$status" -lt 128 ]; }

@test "each step of a removal fails: force goes past it" {
    drivers bridge nftables
    failed either a_running_one collected rm -f -t 0 web
}

@test "no step is left out" {
    is "$(points | uniq -d)" ""
    is "$(comm -23 <(points) <(sort -u "$F/seen"))" ""
}
