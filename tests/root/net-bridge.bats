#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers on networks made by net-bridge, with each firewall, and beside
# containers of net-cni.

load common

setup() {
    [ -e "${PLUGINS:-$POLYPOD_BUILD/plugins}/net-bridge.so" ] ||
        skip "the plugin net-bridge is not built"
    export ROOT=$F/$BATS_TEST_NUMBER/state RUN=$F/$BATS_TEST_NUMBER/run
    configure '[network]' 'driver = bridge' \
        '[network.bridge]' "cni_config_dir = $F/cni"
}

web() {
    mkdir -p "$ROOTFS/www"
    echo "hello from inside" >"$ROOTFS/www/index.html"
    start "$@" -- httpd -f -p 80 -h /www
}

# ask ADDRESS PORT [COMMAND...]: what the server says, asked by COMMAND
ask() {
    printf 'GET / HTTP/1.0\r\n\r\n' |
        timeout 3 "${@:3}" busybox nc -w 3 "$1" "$2" | grep -o 'hello from inside'
}

# A published port, the way out under the host's address, a neighbour.
everything() {
    local a
    web web -p 8080:80
    a=$(address web)
    is "${a%.*.*}" 10.88
    eventually ask "$a" 80
    inside --network bridge -- ping -c 1 -W 2 "$a"
    ask "$HOST_SIDE" 8080 ip netns exec outside
    ask 127.0.0.1 8080
    # itself, by the published port: out and in again on one port
    ask "$HOST_SIDE" 8080 nsenter -t "$(pid web)" -n

    not out busybox ping -c 1 -W 1 "$a"
    out socat -u TCP-LISTEN:7000,reuseaddr \
        SYSTEM:'echo $SOCAT_PEERADDR >'"$F/peer"'; cat >/dev/null' &
    eventually sh -c 'ip netns exec outside ss -Hltn | grep -q :7000'
    inside --network bridge -- sh -c "echo hello | nc -w 3 $OUTSIDE 7000"
    wait $!
    is "$(<"$F/peer")" "$HOST_SIDE"

    is "$(polypod stop -t 1 web)" web
    polypod rm web
    not ask "$HOST_SIDE" 8080 ip netns exec outside
    nothing_left
}

@test "nftables: a published port, the way out, a neighbour" {
    FW=nftables everything
}

@test "iptables: a published port, the way out, a neighbour" {
    FW=iptables everything
}

@test "no program of CNI is run" {
    command -v strace >/dev/null || skip "needs strace"
    ASAN_OPTIONS=detect_leaks=0 strace -f -qqq -o "$F/trace" \
        -e trace=execve \
        "$POLYPOD_BUILD/polypod" --root "$ROOT" --runroot "$RUN" \
        --config "$CONF" --plugin-dir "$POLYPOD_BUILD/plugins" \
        run --rm --cgroup-parent "$CGROUP" --rootfs "$ROOTFS" true
    not grep -e cni "$F/trace"
}

@test "containers of both drivers, each detached by its own or the other" {
    [ -x /usr/lib/cni/bridge ] || skip "needs containernetworking-plugins"
    local name driver other
    for name in a b c d; do
        case $name in a | c) driver=cni ;; *) driver=bridge ;; esac
        start_with $driver $name
    done
    is "$(for name in a b c d; do address $name; done | sort -u | wc -l)" 4
    nsenter -t "$(pid a)" -n busybox ping -c 1 -W 2 "$(address d)"
    nsenter -t "$(pid d)" -n busybox ping -c 1 -W 2 "$(address a)"
    # a and b by their own driver, c and d by the other one
    polypod --network-driver cni rm -f -t 0 a
    polypod --network-driver bridge rm -f -t 0 b
    polypod --network-driver bridge rm -f -t 0 c
    polypod --network-driver cni rm -f -t 0 d
    nothing_left
}

start_with() {
    polypod --network-driver "$1" run -d --name "$2" --rootfs "$ROOTFS" \
        sleep 100 >/dev/null
}

@test "prune collects what is nobody's, and nothing of others" {
    local dir=/var/lib/cni/networks/a
    polypod network create --subnet 10.90.0.0/24 a
    start web --network a -- sleep 100
    # a lease from before the boot, and one of another engine
    printf 'dead\r\neth0' >"$dir/10.90.0.4"
    touch -d 2001-01-01 "$dir/10.90.0.4"
    printf 'other\r\neth0' >"$dir/10.90.0.5"
    polypod network prune -f
    [ ! -e "$dir/10.90.0.4" ]
    [ -e "$dir/10.90.0.5" ]
    nsenter -t "$(pid web)" -n busybox ping -c 1 -W 2 10.90.0.1
    # one whose record is gone: what the store made for it is still known
    printf 'a\n%s\nlost\neth0\n' "$dir" \
        >"$RUN/tmp/net-bridge/made/ppv000000000000"
    printf 'lost\r\neth0' >"$dir/10.90.0.6"
    polypod network prune -f
    [ ! -e "$dir/10.90.0.6" ]
    rm "$dir/10.90.0.5"
    polypod rm -f -t 0 web
    polypod network prune -f
    is "$(find "$dir" -name '10.*')" ""
}
