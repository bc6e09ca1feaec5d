#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The main job over every firewall driver: what packets find, and what is
# left afterwards.

load common

with_firewall() {
    [ -e "${PLUGINS:-$POLYPOD_BUILD/plugins}/fw-$1.so" ] ||
        skip "the plugin fw-$1 is not built"
    export FW=$1
}

# A web server that answers with the address it was asked from.
web() {
    mkdir -p "$ROOTFS/www/cgi-bin"
    printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\n%s\n' \
        'echo "asked by ${REMOTE_ADDR##*:}"' >"$ROOTFS/www/cgi-bin/who"
    chmod +x "$ROOTFS/www/cgi-bin/who"
    start web "$@" -- sh -c 'echo serving; echo warning >&2
                             exec httpd -f -p 80 -h /www'
    eventually ask "$(address web)" 80
}

# ask ADDRESS PORT: what the server says, asked from here
ask() {
    printf 'GET /cgi-bin/who HTTP/1.0\r\n\r\n' | timeout 3 \
        "${from_outside[@]}" busybox nc -w 3 "$1" "$2" | grep -o 'asked by [0-9.]*'
}
from_outside=()

outside_asks() {
    from_outside=(ip netns exec outside)
    ask "$@"
}

# asked by another container
container_asks() {
    inside --network bridge -- sh -c \
        "printf 'GET /cgi-bin/who HTTP/1.0\r\n\r\n' | nc -w 3 $1 $2" |
        grep -o 'asked by [0-9.]*'
}

# ping from inside the network namespace of a process
reaches() {
    nsenter -t "$1" -n busybox ping -c 1 -W 1 "$2"
}

# ps, inspect, logs, stop and rm of a container that runs.
lifecycle() {
    local id
    id=$(get web Id)
    is "${#id}" 64
    is "$(polypod ps --format '{{.Names}} {{.State}}')" "web running"
    is "$(get web State.Status)" running
    kill -0 "$(pid web)"
    is "$(polypod logs web 2>/dev/null)" serving
    is "$(polypod logs web 2>&1 >/dev/null)" warning
    is "$(polypod stop -t 1 web)" web
    is "$(polypod ps -q)" ""
    is "$(polypod ps -a --format '{{.Names}} {{.State}}')" "web exited"
    is "$(polypod rm web)" web
    nothing_left
}

# Two containers and the outside world.
on_bridge() {
    local a
    web -p 8080:80
    a=$(address web)
    is "${a%.*.*}" 10.88

    # container to container
    inside --network bridge -- ping -c 1 -W 2 "$a"
    has "$(container_asks "$a" 80)" "asked by 10.88."

    # container to outside: seen there under the host's address; there is
    # no way back to the container's own
    not out busybox ping -c 1 -W 1 "$a"
    background ip netns exec outside socat -u TCP-LISTEN:7000,reuseaddr \
        SYSTEM:'echo $SOCAT_PEERADDR >'"$F/peer"'; cat >/dev/null'
    eventually sh -c 'ip netns exec outside ss -Hltn | grep -q :7000'
    inside --network bridge -- sh -c "echo hello | nc -w 3 $OUTSIDE 7000"
    wait "${helpers[0]}"
    is "$(<"$F/peer")" "$HOST_SIDE"

    # the published port: from outside with the asker's own address, from
    # here by loopback and by address, from a container, and by itself
    is "$(outside_asks "$HOST_SIDE" 8080)" "asked by $OUTSIDE"
    has "$(ask 127.0.0.1 8080)" "asked by"
    has "$(ask "$HOST_SIDE" 8080)" "asked by"
    has "$(container_asks "$HOST_SIDE" 8080)" "asked by"
    has "$(nsenter -t "$(pid web)" -n bash -c "$(declare -f ask)
        ask $HOST_SIDE 8080")" "asked by"
    polypod inspect web | jq -e '.[0].NetworkSettings.Ports["80/tcp"][0].HostPort == "8080"'
    lifecycle
    # nobody answers there any more
    not outside_asks "$HOST_SIDE" 8080
}

without_network() {
    start web --network none -- sh -c 'echo serving; echo warning >&2
                                       exec sleep 100'
    is "$(address web)" ""
    is "$(nsenter -t "$(pid web)" -n ip -br link | cut -d' ' -f1)" lo
    reaches "$(pid web)" 127.0.0.1
    not reaches "$(pid web)" "$OUTSIDE"
    lifecycle
}

@test "nftables: a bridge, a published port, the outside world" {
    with_firewall nftables
    on_bridge
}

@test "iptables: a bridge, a published port, the outside world" {
    with_firewall iptables
    on_bridge
}

@test "none: containers reach each other, ports cannot be published" {
    with_firewall none
    refused 125 polypod run -d -p 8080:80 --rootfs "$ROOTFS" sleep 100
    says "firewall"
    says "none"
    is "$(polypod ps -a -q)" ""
    nothing_left
    web
    inside --network bridge -- ping -c 1 -W 2 "$(address web)"
    has "$(ask "$(address web)" 80)" "asked by"
    lifecycle
}

@test "nftables: --network none" {
    with_firewall nftables
    without_network
}

@test "iptables: --network none" {
    with_firewall iptables
    without_network
}

@test "none: --network none" {
    with_firewall none
    without_network
}

@test "auto: the driver that is chosen is written down and found again" {
    web -p 8080:80
    is "$(polypod inspect --format '{{.FirewallDriver}}' web)" nftables
    # another wish in between changes nothing for those who run
    FW=iptables inside --network bridge -- ping -c 1 -W 2 "$(address web)"
    has "$(ask 127.0.0.1 8080)" "asked by"
    lifecycle
}
