#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers where firewalld runs: a firewalld of this test's own, in the
# namespaces that all tests of this folder have.

load common
source "$BATS_TEST_DIRNAME/../plugin/firewalld.bash"

setup() {
    export ROOT=$F/$BATS_TEST_NUMBER/state RUN=$F/$BATS_TEST_NUMBER/run
    [ -e "${PLUGINS:-$POLYPOD_BUILD/plugins}/fw-firewalld.so" ] ||
        skip "the plugin fw-firewalld is not built"
    firewalld_can || skip "needs firewalld and dbus-daemon"
    FWD_BACKEND=$(case $BATS_TEST_DESCRIPTION in
        iptables:*) echo iptables ;; *) echo nftables ;; esac)
    firewalld_up "$F/$BATS_TEST_NUMBER/firewalld"
    configure '[firewall.firewalld]' "bus = unix:path=$FWD/bus" 'timeout = 5s'
}

teardown() {
    local name
    [ -n "${FWD_PID-}" ] || return 0
    for name in $(polypod ps -a -q 2>/dev/null); do
        polypod rm -f -t 0 "$name" >/dev/null 2>&1 || true
    done
    nothing_left
    # a network's own stay until the next sync, no container's do
    is "$(sources)" ""
    not sh -c 'firewall-cmd --direct --get-all-rules | grep polypod-fwd:'
    firewalld_stop
    kill "$BUS_PID"
    wait "$BUS_PID" || true
    umount /etc/firewalld
    nft flush ruleset
}

sources() { firewall-cmd --zone=trusted --list-sources; }

# echo NAME [FLAGS...]: gives back each line it is sent
echo_server() {
    start "$@" -- sh -c 'exec nc -ll -p 7 -e cat'
    eventually listens "$1"
}

listens() { [ -n "$(nsenter -t "$(pid "$1")" -n ss -Hltn 'sport = :7')" ]; }

# answers NETNS|- ADDRESS PORT
answers() {
    local from=()
    [ "$1" = - ] || from=(ip netns exec "$1")
    [ "$(echo "hello $3" | timeout 4 "${from[@]}" \
        socat -t1 - "TCP:$2:$3,connect-timeout=2" 2>/dev/null)" = "hello $3" ]
}

is_published() { # PORT
    answers outside "$HOST_SIDE" "$1"
    answers - 127.0.0.1 "$1"
    answers - "$HOST_SIDE" "$1"
}

is_not_published() { not answers outside "$HOST_SIDE" "$1"; }

gets_out() { nsenter -t "$(pid "$1")" -n busybox ping -c 1 -W 2 "$OUTSIDE"; }

lived() {
    unset FW
    echo_server web -p 8080:7
    is "$(get web FirewallDriver)" firewalld
    has "$(sources)" "$(address web)"
    is_published 8080
    gets_out web
    # containers reach each other by address and by the published port
    echo_server db
    nsenter -t "$(pid db)" -n busybox ping -c 1 -W 2 "$(address web)"
    is "$(polypod firewall check | sort)" "container db: ok
container web: ok
network podman: ok"

    firewall-cmd -q --reload
    is_not_published 8080
    not gets_out web
    run -1 --separate-stderr polypod firewall check
    has "$output" "container web: "
    has "$stderr" "polypod firewall sync"
    polypod firewall sync
    is_published 8080
    gets_out web
    polypod firewall check

    is "$(polypod stop -t 1 web)" web
    polypod rm web
    is_not_published 8080
    is "$(sources)" "$(address db)"
}

@test "auto finds firewalld; run, reload, sync, stop" {
    lived
}

@test "iptables: the same where firewalld's backend is iptables" {
    lived
}

@test "a switch from nftables, of which a warning was, and back" {
    [ -e "${PLUGINS:-$POLYPOD_BUILD/plugins}/fw-nftables.so" ] ||
        skip "the plugin fw-nftables is not built"
    export FW=nftables
    polypod run -d --name web -p 8080:7 --rootfs "$ROOTFS" \
        sh -c 'exec nc -ll -p 7 -e cat' >"$F/out" 2>"$F/stderr"
    eventually listens web
    says "polypod firewall switch firewalld"
    # why: the way out is firewalld's to open
    not gets_out web
    polypod firewall switch firewalld
    is "$(get web FirewallDriver)" firewalld
    is "$(nft list ruleset | grep -c 'elements =')" 0
    is_published 8080
    gets_out web
    polypod --firewall firewalld firewall check
    polypod firewall switch nftables
    is "$(sources)" ""
    is "$(firewall-cmd --direct --get-all-rules)" ""
    is "$(firewall-cmd --direct --get-all-chains)" ""
    answers outside "$HOST_SIDE" 8080
}

@test "firewalld ends: a start says so, a removal goes on" {
    export FW=firewalld
    echo_server web -p 8080:7
    firewalld_stop
    run -125 --separate-stderr polypod run --rm -p 8081:80 --rootfs "$ROOTFS" true
    has "$stderr" "firewalld is not running"
    polypod rm -f -t 0 web
    is "$(polypod ps -a -q)" ""
    firewalld_start
}
