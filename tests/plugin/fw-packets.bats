#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/plugin/fw-packets.bats - real packets through any firewall plugin
#
# FW names the plugin; without it, fw-nftables.

source "$BATS_TEST_DIRNAME/fw-lab.bash"

masquerade() {
    serve out TCP4-LISTEN:90
    serve out TCP6-LISTEN:91
    silent c1 TCP4:203.0.113.2:90
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1
    answers c1 TCP4:203.0.113.2:90 "out 203.0.113.1"
    answers c1 "TCP6:[2001:db8::2]:91" "out [2001:0db8"
    serve c2 TCP4-LISTEN:80
    answers c1 TCP4:10.88.0.3:80 "c2 10.88.0.2"
    fw net_down net0
    silent c1 TCP4:203.0.113.2:90
}

@test "leaving a network is masqueraded, staying in it is not" {
    lab masquerade
}

published() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=two $A2
    fw apply owner=one $A1 port=tcp:8080:80 port=udp:5353:53
    serve c1 TCP4-LISTEN:80
    serve c1 UDP4-LISTEN:53
    answers out TCP4:203.0.113.1:8080 "c1 203.0.113.2"
    answers out UDP4:203.0.113.1:5353 "c1 203.0.113.2"
    answers out TCP4:203.0.113.3:8080 "c1 203.0.113.2"
    answers host TCP4:203.0.113.1:8080 "c1"
    answers host TCP4:10.88.0.1:8080 "c1"
    answers host TCP4:127.0.0.1:8080 "c1 10.88.0.1"
    answers host UDP4:127.0.0.1:5353 "c1"
    answers c1 TCP4:203.0.113.1:8080 "c1"
    answers c2 TCP4:203.0.113.1:8080 "c1"
    answers c2 UDP4:10.88.0.1:5353 "c1"
    fw remove one
    silent out TCP4:203.0.113.1:8080
    silent host TCP4:127.0.0.1:8080
}

@test "a published port answers outside, host, loopback, hairpin, sibling" {
    lab published
}

published_routed() {
    sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null || true
    ip link set vc1 type bridge_slave hairpin off
    published
}

@test "the same where bridged packets do not pass netfilter" {
    export -f published
    lab published_routed
}

published6() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=two $A2
    fw apply owner=one $A1 port=tcp:8080:80 port=udp:5353:53
    serve c1 TCP6-LISTEN:80,ipv6only
    serve c1 UDP6-LISTEN:53,ipv6only
    answers out "TCP6:[2001:db8::1]:8080" "c1 [2001:0db8:0000:0000"
    answers out "UDP6:[2001:db8::1]:5353" "c1"
    answers host "TCP6:[2001:db8::1]:8080" "c1"
    answers c1 "TCP6:[2001:db8::1]:8080" "c1"
    answers c2 "TCP6:[fd00:88::1]:8080" "c1"
    fw remove one
    silent out "TCP6:[2001:db8::1]:8080"
}

@test "a published port answers by IPv6" {
    lab published6
}

range() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8000-8999:1000
    serve c1 TCP4-LISTEN:1000
    serve c1 TCP4-LISTEN:1999
    answers out TCP4:203.0.113.1:8000 c1
    answers out TCP4:203.0.113.1:8999 c1
    silent out TCP4:203.0.113.1:9000
    fw remove one
    silent out TCP4:203.0.113.1:8999
}

@test "a range of 1000 ports leads to as many" {
    lab range
}

host_ip() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80@203.0.113.1
    fw apply owner=two $A2 port=tcp:8080:80@203.0.113.3
    serve c1 TCP4-LISTEN:80
    serve c2 TCP4-LISTEN:80
    answers out TCP4:203.0.113.1:8080 c1
    answers out TCP4:203.0.113.3:8080 c2
    silent host TCP4:127.0.0.1:8080
    fw apply owner=two $A2 port=tcp:8080:80@127.0.0.1
    answers host TCP4:127.0.0.1:8080 c2
    silent out TCP4:203.0.113.3:8080
}

@test "one port on two host addresses has two owners" {
    lab host_ip
}

clashes() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80 port=udp:5353:53@203.0.113.1
    fails 6 one fw apply owner=two $A2 port=tcp:9:9 port=tcp:8080:80
    fails 6 one fw apply owner=two $A2 port=tcp:8080:80@203.0.113.3
    fails 6 one fw apply owner=two $A2 port=udp:5353:53
    fails 6 one fw apply owner=two $A2 port=udp:5353:53@203.0.113.1
    fails 6 one fw apply owner=two $A2 port=tcp:8000-8100:80
    [ "$(fw list)" = one ]
    fw apply owner=two $A2 port=udp:8080:80 port=udp:5353:53@203.0.113.3
    # its own old ports are no obstacle
    fw apply owner=one $A1 port=tcp:8080:80@203.0.113.1 port=udp:5354:53
    fw apply owner=one $A1 port=tcp:8080:80
    fw apply owner=two $A2 port=udp:5353:53
    fw check owner=one $A1 port=tcp:8080:80
    fw check owner=two $A2 port=udp:5353:53
}

@test "a port that another owner holds is refused and names it" {
    lab clashes
}

isolation() {
    local net
    fw net_up $NET0 flags=masquerade
    fw net_up $NET1 flags=masquerade
    fw apply owner=one $A1
    fw apply owner=three $A3 port=tcp:8080:80
    serve c3 TCP4-LISTEN:80
    serve c3 TCP6-LISTEN:81
    serve out TCP4-LISTEN:90
    answers c1 TCP4:10.89.0.2:80 c3
    answers c1 "TCP6:[fd00:89::2]:81" c3
    fw net_up $NET0 flags=masquerade,isolate
    answers c1 TCP4:10.89.0.2:80 c3
    fw net_up $NET1 flags=masquerade,isolate
    silent c1 TCP4:10.89.0.2:80
    silent c1 "TCP6:[fd00:89::2]:81"
    answers c3 TCP4:203.0.113.2:90 out
    answers out TCP4:203.0.113.1:8080 c3
    serve c2 TCP4-LISTEN:80
    answers c1 TCP4:10.88.0.3:80 c2
}

@test "isolated networks do not reach each other" {
    lab isolation
}

internal() {
    fw net_up $NET0 flags=internal
    fw net_up $NET1 flags=masquerade
    fw apply owner=one $A1
    fw apply owner=two $A2
    serve out TCP4-LISTEN:90
    ip -n out route add 10.88.0.0/16 via 203.0.113.1
    silent c1 TCP4:203.0.113.2:90
    # not even one way
    at out socat -u UDP4-RECV:99 CREATE:"$LAB/got" &
    sleep 0.2
    echo leak | at c1 socat -u - UDP4-SENDTO:203.0.113.2:99
    sleep 0.2
    [ ! -s "$LAB/got" ]
    serve c1 TCP4-LISTEN:80
    silent out TCP4:10.88.0.2:80
    silent c3 TCP4:10.88.0.2:80
    answers c2 TCP4:10.88.0.2:80 c1
    answers host TCP4:10.88.0.2:80 c1
    fw net_up $NET0 flags=
    answers c1 TCP4:203.0.113.2:90 "out 10.88.0.2"
    echo fine | at c1 socat -u - UDP4-SENDTO:203.0.113.2:99
    sleep 0.2
    [ "$(cat "$LAB/got")" = fine ]
}

@test "an internal network has no way out and none in" {
    lab internal
}

removal() {
    local before
    fw net_up $NET0 flags=masquerade
    fw apply owner=keep $A2 port=tcp:1:1
    before=$(rules_now)
    fw apply owner=gone $A1 port=tcp:8000-8019:80 port=udp:9:9@203.0.113.1
    fw apply owner=gone $A1 port=tcp:8010-8029:80 port=sctp:9:9@203.0.113.3
    fw remove gone
    fw remove gone
    fw remove never
    [ "$before" = "$(rules_now)" ]
    [ "$(fw list)" = keep ]
    fw apply owner=keep
    [ -z "$(fw list)" ]
}

@test "remove leaves nothing of the owner" {
    lab removal
}

bad_input() {
    fails 2 owner fw apply "owner=a/b" $A1
    fails 2 address fw apply owner=x addr=10.88.0.300/10.88.0.0/16@net0
    fails 2 "" fw apply owner=x $A1 port=tcp:80-90:65530
    fails 2 "" fw apply owner=x port=tcp:80:80
    fails 2 subnet fw net_up net=n bridge=b subnet=10.0.0.0/33 flags=masquerade
    [ -z "$(fw list)" ]
}

@test "what makes no sense is refused by name" {
    lab bad_input
}

syncing() {
    local file=$LAB/all
    cat >"$file" <<END
net_up $NET0 flags=masquerade
apply owner=one $A1 port=tcp:8080:80 port=tcp:9000:80@203.0.113.1
apply owner=two $A2 port=udp:8080:80 port=tcp:9000:80@203.0.113.3
END
    serve c1 TCP4-LISTEN:80
    serve out TCP4-LISTEN:90
    fw net_up $NET1 flags=masquerade
    fw apply owner=stale $A3 port=tcp:8080:80
    fw sync "$file"
    [ "$(fw list | tr '\n' ' ')" = "one two " ]
    answers out TCP4:203.0.113.1:8080 c1
    fw check owner=one $A1 port=tcp:8080:80 port=tcp:9000:80@203.0.113.1
    wipe
    fails 16 "" fw check owner=one $A1 port=tcp:8080:80 \
        port=tcp:9000:80@203.0.113.1
    fw sync "$file"
    fw check owner=one $A1 port=tcp:8080:80 port=tcp:9000:80@203.0.113.1
    fw check owner=two $A2 port=udp:8080:80 port=tcp:9000:80@203.0.113.3
    answers out TCP4:203.0.113.1:8080 c1
    answers host TCP4:127.0.0.1:8080 c1
    answers c1 TCP4:203.0.113.2:90 "out 203.0.113.1"
    silent c3 TCP4:203.0.113.2:90
}

@test "sync makes what is wanted, after a flush too, and removes the rest" {
    lab syncing
}

checking() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    fw check owner=one $A1 port=tcp:8080:80
    fails 16 8081 fw check owner=one $A1 port=tcp:8081:80
    fails 16 8080 fw check owner=one $A1
    fails 16 10.88.0.3 fw check owner=two $A2
    fw check owner=two
    echo 0 >/proc/sys/net/ipv4/conf/br0/route_localnet
    fails 16 route_localnet fw check owner=one $A1 port=tcp:8080:80
}

@test "check says what is missing and what is extra" {
    lab checking
}

storm() {
    local p pids=() i
    fw net_up $NET0 flags=masquerade
    for p in 1 2 3 4; do
        for i in $(seq 50); do
            fw apply "owner=s$p-$i" \
                "addr=10.88.$p.$i/10.88.0.0/16@net0@br0" \
                "port=tcp:$((p * 1000 + i)):80" \
                "port=udp:$i:80@10.0.0.$p" || exit 1
        done &
        pids+=($!)
    done
    for p in "${pids[@]}"; do wait "$p"; done
    [ "$(fw list | wc -l)" = 200 ]
    for p in 1 2 3 4; do
        for i in 1 25 50; do
            fw check "owner=s$p-$i" "addr=10.88.$p.$i/10.88.0.0/16@net0@br0" \
                "port=tcp:$((p * 1000 + i)):80" "port=udp:$i:80@10.0.0.$p"
        done
    done
    pids=()
    for p in 1 2 3 4; do
        for i in $(seq 50); do fw remove "s$p-$i" || exit 1; done &
        pids+=($!)
    done
    for p in "${pids[@]}"; do wait "$p"; done
    [ -z "$(fw list)" ]
}

@test "four processes that apply 50 owners each lose nothing" {
    lab storm
}

race() {
    local p pids=() won=0
    fw net_up $NET0 flags=masquerade
    for p in 1 2 3 4 5 6 7 8; do
        fw apply "owner=r$p" "addr=10.88.1.$p/10.88.0.0/16@net0" \
            port=tcp:80:80 2>/dev/null &
        pids+=($!)
    done
    for p in "${pids[@]}"; do
        if wait "$p"; then won=$((won + 1)); fi
    done
    [ "$won" = 1 ]
    [ "$(fw list | wc -l)" = 1 ]
}

@test "of eight that want one port at the same time, one gets it" {
    lab race
}
