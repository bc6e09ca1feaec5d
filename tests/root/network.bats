#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Networks: defined, listed, removed, attached to and left.

load common

teardown() {
    local name
    for name in $(polypod ps -a -q 2>/dev/null); do
        polypod rm -f -t 0 "$name" >/dev/null 2>&1 || true
    done
    polypod network prune -f >/dev/null 2>&1
    nothing_left
    rm -rf /var/lib/cni/networks/* # last_reserved_ip
    is "$(find "$F/cni" -type f -name '*.conflist' 2>/dev/null)" ""
    is "$(ip -br link show type bridge | grep -o '^cni-podman[1-9]*\b' |
          grep -v podman0)" ""
}

net() { polypod network inspect --format "$2" "$1"; }
# the interfaces inside, a line each: NAME ADDRESS...
links() { nsenter -t "$(pid "$1")" -n ip -br addr | grep -v '^lo' |
              sed -E 's/@[a-z0-9]+//; s/ +/ /g; s/ (UP|DOWN|UNKNOWN)//'; }
reaches() { nsenter -t "$(pid "$1")" -n busybox ping -c 1 -W 1 "$2"; }
unchanged() { is "$(polypod network ls -q)" podman
              is "$(ls "$F/cni" 2>/dev/null)" ""; }
rules() { nft list ruleset 2>/dev/null | grep -F "$1"; }

@test "create, ls, inspect, rm" {
    is "$(polypod network ls -q)" podman
    is "$(polypod network create inner)" inner
    is "$(stat -c %a "$F/cni/inner.conflist")" 644
    is "$(polypod network ls -q)" "$(printf 'inner\npodman')"
    is "$(polypod network ls --noheading --filter name=inn --format \
          '{{.Name}} {{.Driver}}')" "inner bridge"
    has "$(polypod network ls)" "NETWORK ID"
    is "$(polypod network ls --format json | jq -r '.[0].name')" inner
    is "$(net inner '{{.driver}} {{.network_interface}} {{.internal}}')" \
        "bridge cni-podman1 false"
    is "$(polypod network inspect inner | jq -c '.[0].subnets')" \
        '[{"subnet":"10.89.0.0/24","gateway":"10.89.0.1"}]'
    # the ID is the digest of the name, and names it
    local id
    id=$(printf inner | sha256sum | cut -d' ' -f1)
    is "$(net inner '{{.id}}')" "$id"
    is "$(net "${id:0:12}" '{{.name}}')" inner
    polypod network exists inner
    is "$(polypod network create)" podman1
    is "$(net podman1 '{{(index .subnets 0).subnet}}')" 10.89.1.0/24
    is "$(polypod network rm inner podman1)" "$(printf 'inner\npodman1')"
    refused 1 polypod network rm inner
    run -1 polypod network exists inner
    polypod network rm -f inner
    unchanged
}

@test "what create is told is what inspect says, and CNI reads" {
    polypod network create --subnet 10.90.1.7/24 --gateway 10.90.1.254 \
        --ip-range 10.90.1.16/28 --subnet fd00:90::/64 --label a=b --label c \
        -o mtu=1400 -o isolate=true --interface-name br-x two
    polypod network inspect two | jq -e '.[0] |
        .subnets == [{"subnet":"10.90.1.0/24","gateway":"10.90.1.254",
            "lease_range":{"start_ip":"10.90.1.17","end_ip":"10.90.1.30"}},
            {"subnet":"fd00:90::/64","gateway":"fd00:90::1"}] and
        .ipv6_enabled and .labels == {"a":"b","c":""} and
        .options == {"mtu":"1400","isolate":"true"} and
        .network_interface == "br-x" and
        .ipam_options.driver == "host-local" and
        (.created | startswith("20"))'
    start web --network two -- sleep 100
    is "$(links web | cut -d' ' -f1-3)" "eth0 10.90.1.17/24 fd00:90::2/64"
    has "$(nsenter -t "$(pid web)" -n ip link show eth0)" "mtu 1400"
    has "$(nft list set inet polypod isolated)" br-x
    is "$(polypod network inspect two | jq -r '.[0].containers[].name')" web
    is "$(polypod network ls -q --filter label=a=b)" two
    is "$(polypod network ls -q --filter label=a=c)" ""
    polypod rm -f -t 0 web
    polypod network rm two
    not ip link show br-x
}

@test "an internal network: containers meet, nothing gets out or in" {
    polypod network create --internal vault
    is "$(net vault '{{.internal}}')" true
    start a --network vault -- sleep 100
    start b --network vault -- sleep 100
    reaches a "$(address b)"
    not reaches a "$OUTSIDE"
    not out busybox ping -c 1 -W 1 "$(address a)"
}

@test "create refuses what is wrong, and leaves nothing" {
    local s
    for s in 10.90.0.0 10.90.0.0/33 10.90.0.0/-1 10.900.0.0/24 fd00::/129 \
        10.90.0.0/31 0.0.0.0/0 nonsense "" /24; do
        refused 125 polypod network create --subnet "$s" bad
    done
    # routes of the host, other networks, both ways round
    refused 125 polypod network create --subnet 203.0.113.128/25 bad
    says "route to 203.0.113.0/24"
    refused 125 polypod network create --subnet 203.0.0.0/16 bad
    refused 125 polypod network create --subnet 10.88.3.0/24 bad
    says "network podman"
    refused 125 polypod network create --subnet 10.0.0.0/8 bad
    # gateways and ranges
    refused 125 polypod network create --subnet 10.90.0.0/24 \
        --gateway 10.91.0.1 bad
    refused 125 polypod network create --subnet 10.90.0.0/24 \
        --gateway 10.90.0.255 bad
    refused 125 polypod network create --gateway 10.90.0.1 bad
    refused 125 polypod network create --subnet 10.90.0.0/24 \
        --ip-range 10.90.1.0/28 bad
    refused 125 polypod network create --subnet 10.90.0.0/24 \
        --ip-range 10.90.0.9-10.90.0.3 bad
    refused 125 polypod network create --internal --subnet 10.90.0.0/24 \
        --gateway 10.90.0.1 bad
    # two of one family
    refused 125 polypod network create --subnet 10.90.0.0/24 \
        --subnet 10.91.0.0/24 bad
    # names
    for s in a/b ../x "a b" -- host none bridge container podman \
        "$(printf 'a%.0s' {1..201})"; do
        refused 125 polypod network create -- "$s"
    done
    # options, drivers, interfaces
    refused 125 polypod network create -d macvlan bad
    says "macvlan"
    refused 125 polypod network create -o mtu=0 bad
    refused 125 polypod network create -o mtu=70000 bad
    refused 125 polypod network create -o isolate=perhaps bad
    refused 125 polypod network create -o nosuch=1 bad
    refused 125 polypod network create --interface-name lo bad
    refused 125 polypod network create --interface-name up0 bad
    says "interface up0 exists"
    refused 125 polypod network create --interface-name 1234567890123456 bad
    unchanged
}

@test "names, subnets and bridges are taken once" {
    polypod network create --subnet 10.90.0.0/24 one
    refused 125 polypod network create one
    says "network one exists"
    is "$(polypod network create --ignore one)" one
    refused 125 polypod network create --subnet 10.90.0.128/25 two
    says "network one"
    refused 125 polypod network create --interface-name cni-podman1 two
    says "network one"
    # a file that is there is nobody's to replace
    local file=$F/cni/three.conflist other
    other='{"cniVersion":"0.4.0","name":"four","plugins":[{"type":"x"}]}'
    echo "$other" >"$file"
    refused 125 polypod network create three
    says "three.conflist"
    is "$(<"$file")" "$other"
    rm "$file"
    # many at once: each its own subnet and bridge
    local i
    for i in {1..8}; do
        polypod network create "n$i" &
    done
    wait
    is "$(polypod network ls --format json |
          jq -r '.[].subnets[].subnet' | sort -u | wc -l)" 10
    is "$(polypod network ls --format json |
          jq -r '.[].network_interface' | sort -u | wc -l)" 10
}

@test "a list of an unknown version costs no other network" {
    polypod network create inner
    printf '%s' '{"cniVersion":"9.9.9","name":"odd","plugins":[{"type":"x"}]}' \
        >"$F/cni/odd.conflist"
    is "$(polypod network ls -q 2>/dev/null)" "$(printf 'inner\npodman')"
    refused 125 polypod --log-level error run --network odd \
        --rootfs "$ROOTFS" true
    says odd
    rm "$F/cni/odd.conflist"
}

@test "rm refuses a network in use, -f takes the containers, prune neither" {
    polypod network create used
    polypod network create free
    polypod create --name idle --network used --rootfs "$ROOTFS" true
    start web --network used -- sleep 100
    refused 2 polypod network rm used
    says web
    says idle
    is "$(polypod network prune -f)" free
    is "$(echo n | polypod network prune | tail -n 1 | grep -c used)" 0
    polypod network exists used
    refused 125 polypod network rm podman
    says "default network"
    is "$(polypod network rm -f -t 0 used)" used
    is "$(polypod ps -a -q)" ""
    unchanged
}

@test "several networks, with options of their own" {
    polypod network create --subnet 10.90.0.0/24 a
    polypod network create --subnet 10.91.0.0/24 --subnet fd00:91::/64 b
    start web --network a:ip=10.90.0.77,mac=02:00:00:00:00:07,alias=x \
        --network b:interface_name=inner,ip=10.91.0.9,ip=fd00:91::9 \
        -- sleep 100
    has "$(links web)" "eth0 10.90.0.77/24 "
    has "$(links web)" "inner 10.91.0.9/24 fd00:91::9/64 "
    has "$(nsenter -t "$(pid web)" -n ip link show eth0)" 02:00:00:00:00:07
    reaches web "$OUTSIDE"
    # the plain list, and flags for the one network there is
    is "$(inside --network a,b -- ip addr | grep -c 'scope global')" 3
    has "$(inside --network a --ip 10.90.0.50 --mac-address 02:00:00:00:00:50 \
           -- ip addr)" 10.90.0.50/24
    # stop and start: the same again
    polypod stop -t 0 web
    polypod start web
    has "$(links web)" "inner 10.91.0.9/24 fd00:91::9/64 "
}

@test "--network refuses what is wrong" {
    local n
    polypod network create --subnet 10.90.0.0/24 a
    for n in nosuch a,nosuch a,a a:ip=10.90.0.5,nosuch=1 a:ip=10.90.0.300 \
        a:ip a:ip= a:mac=01:00:00:00:00:01 a:mac=zz a:interface_name=lo \
        a:interface_name=x/y "a:interface_name=" a:alias=a/b , a, "" \
        container: container:nosuch ns:relative ns:/nowhere; do
        refused 125 polypod run --rm --network "$n" --rootfs "$ROOTFS" true
        nothing_left
    done
    refused 125 polypod run --network host --network a --rootfs "$ROOTFS" true
    refused 125 polypod run --network a,podman --ip 10.90.0.9 \
        --rootfs "$ROOTFS" true
    refused 125 polypod run --network a:interface_name=eth1 --network podman \
        --rootfs "$ROOTFS" true
    # an address outside of the subnet, and one that is taken
    refused 125 polypod run --network a:ip=10.99.0.9 --rootfs "$ROOTFS" true
    start web --network a:ip=10.90.0.9 -- sleep 100
    refused 125 polypod run --network a:ip=10.90.0.9 --rootfs "$ROOTFS" true
    is "$(polypod ps -a --format '{{.Names}}')" web
    for n in 0:80 65536:80 80:0 80:65536 -1:80 70-60:80-90; do
        refused 125 polypod run -p "$n" --rootfs "$ROOTFS" true
    done
}

@test "--network container: shares namespace, resolv.conf and hosts" {
    start web --dns 192.0.2.53 --add-host other:192.0.2.1 -- sleep 100
    start peer --network container:web -- sleep 100
    is "$(readlink "/proc/$(pid web)/ns/net")" \
        "$(readlink "/proc/$(pid peer)/ns/net")"
    is "$(cat "/proc/$(pid peer)/root/etc/resolv.conf")" "nameserver 192.0.2.53"
    has "$(cat "/proc/$(pid peer)/root/etc/hosts")" "$(address web)"
    has "$(cat "/proc/$(pid peer)/root/etc/hosts")" "other"
    refused 125 polypod run --network container:web -p 80:80 \
        --rootfs "$ROOTFS" true
    says "published"
    refused 125 polypod rm -f web
    says "dependents"
    polypod stop -t 0 peer web
    refused 125 polypod start peer
    says "start it first"
    polypod start web
    polypod start peer
    is "$(readlink "/proc/$(pid web)/ns/net")" \
        "$(readlink "/proc/$(pid peer)/ns/net")"
    # one without a network of the engine's has a namespace too
    start bare --network none -- sleep 100
    is "$(inside --network container:bare -- ip -o link | wc -l)" 1
    # and a path
    is "$(inside --network "ns:/proc/$(pid bare)/ns/net" -- ip -o link |
          wc -l)" 1
    polypod rm -f -t 0 peer
}

@test "connect and disconnect a running container" {
    polypod network create --subnet 10.90.0.0/24 a
    polypod network create --subnet 10.91.0.0/24 b
    start web --network a -p 8080:80 -- sh -c \
        'mkdir -p /tmp/w; exec httpd -f -p 80 -h /tmp'
    polypod network connect --ip 10.91.0.9 b web
    has "$(links web)" "eth1 10.91.0.9/24 "
    inside --network b -- ping -c 1 -W 2 10.91.0.9
    [ -n "$(rules 10.91.0.9)" ]
    refused 125 polypod network connect b web
    says "is connected"
    # the address goes, its rules with it, the port follows what is left
    [ -n "$(rules '10.90.0.2 . 80')" ]
    polypod network disconnect a web
    not has "$(links web)" eth0
    is "$(rules 10.90.0)" ""
    is "$(find /var/lib/cni/networks/a -name '10.*')" ""
    [ -n "$(rules '10.91.0.9 . 80')" ]
    polypod network rm a
    # the last one: no rules at all, and back again
    polypod network disconnect b web
    is "$(links web)" ""
    is "$(rules 10.9)" ""
    polypod network connect b web
    has "$(links web)" "eth0 10.91.0."
    # what it has now is what it has after a restart
    polypod stop -t 0 web
    polypod start web
    has "$(links web)" "eth0 10.91."
    polypod rm -f -t 0 web
    is "$(find /var/lib/cni/networks -name '10.*')" ""
}

@test "prune takes what the filters match" {
    polypod network create --label keep a
    polypod network create --label tier=web b
    polypod network create --label tier=web --label keep c
    polypod network create d
    start web --network d -- sleep 100
    refused 125 polypod network prune -f --filter name=a
    says "label, label!, until"
    refused 125 polypod network prune -f --filter until=never
    refused 125 polypod network prune -f --filter label
    is "$(polypod network prune -f --filter until=1h)" ""
    is "$(polypod network prune -f --filter until=2001-01-01)" ""
    is "$(polypod network prune -f --filter label=tier=web \
        --filter label!=keep)" b
    is "$(polypod network prune -f --filter label=tier=db)" ""
    is "$(polypod network prune -f --filter label=tier --filter label=keep)" c
    has "$(echo y | polypod network prune --filter until=0s)" a
    # what is used stays, and so does the default network
    is "$(polypod network ls -q --filter until=0s)" d
    is "$(polypod network ls -q | xargs)" "d podman"
    polypod rm -f -t 0 web
    is "$(polypod network prune -f)" d
    unchanged
}

# the default routes inside, and the container's own lines of /etc/hosts
way_out() { nsenter -t "$(pid "$1")" -n ip "${@:2}" route show default; }
own_hosts() { grep -F "$1" "/proc/$(pid "$1")/root/etc/hosts" | cut -f1; }

# leave the network that has the default route, and come back
moving() {
    polypod network create --subnet 10.90.0.0/24 --subnet fd00:90::/64 a
    polypod network create --internal --subnet 10.92.0.0/24 c
    polypod network create --subnet 10.91.0.0/24 --subnet fd00:91::/64 b
    start web --network a,c,b -- sleep 100
    polypod network reload web
    has "$(way_out web)" "via 10.90.0.1 dev eth0"
    polypod network disconnect a web
    # the internal network has none to give
    has "$(way_out web)" "via 10.91.0.1 dev eth2"
    has "$(way_out web -6)" "via fd00:91::1 dev eth2"
    is "$(way_out web | wc -l)" 1
    eventually reaches web "$OUTSIDE"
    # what moved is not a drift
    polypod network reload web 2>"$F/stderr"
    is "$(grep -c 'attaching it' "$F/stderr")" 0
    polypod network connect a web
    has "$(way_out web)" "via 10.91.0.1 dev eth2"
    # one who died before the move: reload completes it
    nsenter -t "$(pid web)" -n ip route del default
    polypod network reload web
    has "$(way_out web)" "via 10.91.0.1 dev eth2"
    polypod network disconnect b web
    has "$(way_out web)" "via 10.90.0.1 dev eth0"
    polypod network disconnect a web
    is "$(way_out web)" ""
    polypod rm -f -t 0 web
}

@test "the default route moves with the networks" {
    moving
}

@test "the default route moves with the networks, bridge" {
    configure '[network]' 'driver = bridge' \
        '[network.bridge]' "cni_config_dir = $F/cni"
    moving
    configure
}

@test "/etc/hosts of a running container follows its networks" {
    local file a
    polypod network create --subnet 10.90.0.0/24 a
    start web --add-host other:192.0.2.1 -- sleep 100
    file=/proc/$(pid web)/root/etc/hosts
    a=$(address web)
    echo "192.0.2.9 mine" >>"$file"
    is "$(own_hosts web)" "$a"
    polypod network connect --ip 10.90.0.9 a web
    is "$(own_hosts web | xargs)" "$a 10.90.0.9"
    polypod network disconnect podman web
    is "$(own_hosts web)" 10.90.0.9
    # in the file that it has, the rest of it untouched
    has "$(<"$file")" "192.0.2.9 mine"
    has "$(<"$file")" "other"
    has "$(<"$file")" "localhost"
    polypod network disconnect a web
    is "$(own_hosts web)" ""
    # a file that was replaced by something else is left alone
    rm "$RUN"/containers/*/hosts
    ln -s /etc/hostname "$RUN/containers/$(get web Id)/hosts"
    polypod network connect a web
    says_nothing_lost
    polypod rm -f -t 0 web
}
says_nothing_lost() { [ -s /etc/hostname ]; }

@test "reload gives a network the aliases again" {
    mkdir -p "$F/cni" "$F/bin"
    ln -sf /usr/lib/cni/* "$F/bin/"
    cat >"$F/bin/notes" <<'END'
#!/bin/bash
in=$(cat)
case $CNI_COMMAND in
ADD) jq -c .runtimeConfig.aliases <<<"$in" >>"$(dirname "$0")/aliases"
    jq -c .prevResult <<<"$in" ;;
CHECK) echo '{"cniVersion":"0.4.0","code":100,"msg":"gone"}'; exit 1 ;;
esac
END
    chmod +x "$F/bin/notes"
    printf '%s' '{"cniVersion":"0.4.0","name":"named","plugins":[
        {"type":"bridge","bridge":"cni-podman9","isGateway":true,
         "ipam":{"type":"host-local","subnet":"10.97.0.0/24"}},
        {"type":"notes","capabilities":{"aliases":true}}]}' \
        >"$F/cni/10-named.conflist"
    configure
    printf 'cni_plugin_dir = %s\n' "$F/bin" >>"$CONF"
    start web --network named:alias=one,alias=two -- sleep 100
    polypod network reload web
    is "$(uniq -c <"$F/bin/aliases" | xargs)" '2 [one,two]'
    polypod rm -f -t 0 web
    rm "$F/cni/10-named.conflist" "$F/bin/notes"
    configure
    ip link del cni-podman9
}

@test "connect and disconnect one that does not run" {
    polypod network create --subnet 10.90.0.0/24 a
    polypod create --name web --rootfs "$ROOTFS" sleep 100
    polypod network connect a web
    polypod start web
    has "$(links web)" "eth0 10.88."
    has "$(links web)" "eth1 10.90.0.2"
    polypod stop -t 0 web
    polypod network disconnect podman web
    polypod start web
    is "$(links web | wc -l)" 1
    has "$(links web)" "eth0 10.90.0."
    refused 125 polypod network disconnect podman web
    polypod network disconnect -f podman web
    refused 125 polypod network connect nosuch web
    refused 125 polypod network connect a nobody
    start bare --network none -- sleep 100
    refused 125 polypod network connect a bare
    says none
}

@test "a connect that fails leaves the container as it was" {
    polypod network create --subnet 10.90.0.0/24 a
    start web -- sleep 100
    local before
    before=$(links web)
    refused 125 polypod network connect --ip 10.99.0.1 a web
    refused 125 polypod network connect --ip nonsense a web
    refused 125 polypod network connect --mac-address 01:00:00:00:00:00 a web
    is "$(links web)" "$before"
    is "$(get web NetworkSettings.Networks.a)" "<no value>"
    polypod network rm a
    reaches web "$OUTSIDE"
}

@test "a network's DNS comes into resolv.conf" {
    mkdir -p "$F/cni"
    printf '%s' '{"cniVersion":"0.4.0","name":"named","plugins":[
        {"type":"bridge","bridge":"cni-podman9","isGateway":true,
         "dns":{"nameservers":["192.0.2.7"],"search":["example.org"]},
         "ipam":{"type":"host-local","subnet":"10.97.0.0/24"}}]}' \
        >"$F/cni/10-named.conflist"
    local text
    text=$(inside --network named -- cat /etc/resolv.conf)
    has "$text" "nameserver 192.0.2.7"
    has "$text" "search example.org"
    # ours does not become the default network, theirs does
    polypod network create aaa
    is "$(polypod network ls -q)" "$(printf 'aaa\nnamed')"
    refused 125 polypod network rm named
    rm "$F/cni/10-named.conflist"
    ip link del cni-podman9
}

@test "leases that outlived a boot are taken back" {
    polypod network create --subnet 10.90.0.0/29 a
    start web --network a -- sleep 100
    polypod rm -f -t 0 web
    # somebody's from before the boot, and somebody's from now
    local dir=/var/lib/cni/networks/a
    printf 'dead\r\neth0' >"$dir/10.90.0.4"
    touch -d "@$(($(date -d "$(uptime -s)" +%s) - 3600))" "$dir/10.90.0.4"
    printf 'other\r\neth0' >"$dir/10.90.0.5"
    start web --network a -- sleep 100
    polypod network prune -f
    [ ! -e "$dir/10.90.0.4" ]
    [ -e "$dir/10.90.0.5" ]
    rm "$dir/10.90.0.5"
}

@test "after a boot the store's own leases are given back" {
    polypod network create --subnet 10.90.0.0/24 a
    start web --network a -- sleep 100
    is "$(address web)" 10.90.0.2
    # the machine goes down with it
    local pid
    pid=$(pid web)
    kill -9 "$(get web State.ConmonPid)" "$pid"
    eventually not kill -0 "$pid"
    umount "$RUN"/netns/*
    rm -rf "$RUN" /run/runc/* /run/crun/*
    is "$(polypod ps -a --format '{{.State}}')" exited
    is "$(find /var/lib/cni/networks/a -name '10.*')" ""
    nft delete table inet polypod || true
    polypod start web
    has "$(links web)" "eth0 10.90.0."
}

@test "a bridge goes with its network, also when the list of links is torn" {
    local how
    for how in TORN:1 ENOBUFS:1 EINTR:1 TORN:2; do
        polypod network create --subnet 10.90.0.0/24 --interface-name br-t a
        inside --network a -- true
        ip link show br-t
        ASAN_OPTIONS=verify_asan_link_order=0 NLSHIM=$how NLSHIM_LOG=$F/hit \
            LD_PRELOAD=$POLYPOD_BUILD/tests/plugin/nlshim.so polypod network rm a
        not ip link show br-t 2>/dev/null
        [ -e "$F/hit" ]
        rm "$F/hit"
    done
}
