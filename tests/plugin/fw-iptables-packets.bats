#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What packets find, beyond what fw-packets.bats asks of every plugin; the
# policy of FORWARD is DROP, so that only our rules let anything through.

FW=fw-iptables
export XTABLES_LOCKFILE=${BATS_RUN_TMPDIR:-/tmp}/xtables.lock
source "$BATS_TEST_DIRNAME/fw-lab.bash"

setup() {
    command -v iptables-legacy >/dev/null || skip "needs iptables-legacy"
    export -f strict intruder hear tell heard silence
}

strict() {
    iptables-legacy -P FORWARD DROP
    ip6tables-legacy -P FORWARD DROP
}

# NETNS: a container that sends what is for 127.0.0.1 to the host.
intruder() {
    ip -n "$1" route add 127.0.0.1 via 10.88.0.1 dev eth0
    ip -n "$1" route del local 127.0.0.1 table local
    ip -n "$1" route del local 127.0.0.0/8 table local
    at "$1" sysctl -qw net.ipv4.conf.all.route_localnet=1
}

# NETNS SOCAT-ADDRESS: write down what comes; one way, for no answer to an
# intruder would find its way back.
hear() {
    : >"$LAB/heard"
    at "$1" socat -u "$2" OPEN:"$LAB/heard",append &
    sleep 0.5
}

tell() {
    : >"$LAB/heard"
    echo hello | at "$1" socat -u - "$2"
    sleep 0.5
}

# Has anything come since the last tell?
heard() {
    [ -s "$LAB/heard" ]
}

silence() {
    [ ! -s "$LAB/heard" ]
}

policy_drop() {
    strict
    serve c1 TCP4-LISTEN:80
    serve c1 TCP6-LISTEN:80,ipv6only
    serve out TCP4-LISTEN:90
    fw net_up $NET0 flags=masquerade
    silent c1 TCP4:203.0.113.2:90
    fw apply owner=one $A1 port=tcp:8080:80
    answers c1 TCP4:203.0.113.2:90 "out 203.0.113.1"
    answers out TCP4:203.0.113.1:8080 "c1 203.0.113.2"
    answers out "TCP6:[2001:db8::1]:8080" c1
    answers host TCP4:127.1.2.3:8080 c1
    silent host "TCP6:[::1]:8080"
    # only through the published port
    ip -n out route add 10.88.0.0/16 via 203.0.113.1
    silent out TCP4:10.88.0.2:80
    silent c2 TCP4:203.0.113.2:90
}

@test "where FORWARD drops, owners and their ports pass, nobody else" {
    lab policy_drop
}

oldest_nat() {
    strict
    serve c1 TCP4-LISTEN:90
    serve c1 TCP4-LISTEN:99
    serve c1 TCP6-LISTEN:94,ipv6only
    ASAN_OPTIONS=detect_leaks=0 strace -qqo /dev/null \
        -e inject=getsockopt:error=EPROTONOSUPPORT:when=1 \
        "$DRIVE" "$PLUGIN" apply owner=one $A1 port=tcp:8000-8009:90
    answers out TCP4:203.0.113.1:8000 c1
    answers out TCP4:203.0.113.1:8009 c1
    answers out "TCP6:[2001:db8::1]:8004" c1
    silent out TCP4:203.0.113.1:8004
}

@test "a range on a kernel that cannot shift one" {
    command -v strace >/dev/null || skip "needs strace"
    lab oldest_nat
}

loopback_only() {
    serve c1 TCP4-LISTEN:81
    hear c1 UDP4-RECV:53
    intruder c2
    fw apply owner=one $A1 port=tcp:8081:81@127.0.0.1 port=udp:53:53@127.0.0.1
    answers host TCP4:127.0.0.1:8081 c1
    silent host TCP4:203.0.113.1:8081
    silent out TCP4:203.0.113.1:8081
    tell c2 UDP4:127.0.0.1:53
    silence
    tell host UDP4:127.0.0.1:53
    heard
}

@test "a port published on 127.0.0.1 is for the host alone" {
    lab loopback_only
}

guard() {
    serve c1 TCP4-LISTEN:80
    hear host UDP4-RECV:7000,bind=127.0.0.1
    intruder c2
    echo 1 >/proc/sys/net/ipv4/conf/br0/route_localnet
    tell c2 UDP4:127.0.0.1:7000
    heard
    fw apply owner=one $A1 port=tcp:8080:80
    tell c2 UDP4:127.0.0.1:7000
    silence
    tell host UDP4:127.0.0.1:7000
    heard
    answers host TCP4:127.0.0.1:8080 c1
}

@test "route_localnet does not open the host's loopback to containers" {
    lab guard
}

isolated_ports() {
    strict
    serve c1 TCP4-LISTEN:80
    fw apply owner=one $A1 port=tcp:8080:80
    fw apply owner=three $A3
    fw net_up $NET0 flags=masquerade,isolate
    fw net_up $NET1 flags=masquerade,isolate
    silent c3 TCP4:10.88.0.2:80
    answers c3 TCP4:203.0.113.1:8080 c1
    fw net_up $NET0 flags=internal
    silent c3 TCP4:203.0.113.1:8080
    silent out TCP4:203.0.113.1:8080
    answers host TCP4:127.0.0.1:8080 c1
}

@test "isolated networks meet at published ports, an internal one does not" {
    lab isolated_ports
}

administrator() {
    serve c1 TCP4-LISTEN:80
    fw apply owner=one $A1 port=tcp:8080:80
    answers out TCP4:203.0.113.1:8080 c1
    iptables-legacy -A CNI-ADMIN -s 203.0.113.2 -j DROP
    silent out TCP4:203.0.113.1:8080
    fw apply owner=one $A1 port=tcp:8080:80 port=tcp:1:1
    silent out TCP4:203.0.113.1:8080
}

@test "the administrator's word comes first" {
    lab administrator
}

foreign() {
    serve c1 TCP4-LISTEN:80
    serve out TCP4-LISTEN:90
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    answers out TCP4:203.0.113.1:8080 c1
    lacks warning: fw probe
    iptables-nft -P FORWARD DROP
    nft add table inet theirs
    nft add chain inet theirs forw \
        '{ type filter hook forward priority 10; policy drop; }'
    nft add chain inet theirs in \
        '{ type filter hook input priority 10; policy drop; }'
    silent out TCP4:203.0.113.1:8080
    silent c1 TCP4:203.0.113.2:90
    nft delete chain inet theirs in
    fw probe >"$LAB/probe"
    [ "$(grep -c '^warning: ' "$LAB/probe")" = 1 ]
    grep -q '^warning: chains ip filter FORWARD, inet theirs forw drop ' \
        "$LAB/probe"
    sed -n 's/^warning: .*; to let them through: //p' "$LAB/probe" |
        sed 's/BRIDGE/br0/g' >"$LAB/cure"
    bash -eu "$LAB/cure"
    answers out TCP4:203.0.113.1:8080 c1
    answers c1 TCP4:203.0.113.2:90 out
    iptables-nft -S FORWARD >/dev/null
}

@test "what drops in nf_tables: one warning, and its cure works" {
    command -v iptables-nft >/dev/null || skip "needs iptables-nft"
    lab foreign
}

# At which open does a probe ask for the names of legacy tables?
nth_open() {
    strace -qqq -e trace=openat "$DRIVE" "$PLUGIN" probe 2>&1 >/dev/null |
        grep -n ip_tables_names | head -n 1 | cut -d: -f1
}

lacking() {
    local out
    export ASAN_OPTIONS=detect_leaks=0
    out=$(strace -f -qqq -o /dev/null \
        -e inject=openat:error=ENOENT:when=$(nth_open)+ \
        "$DRIVE" "$PLUGIN" probe)
    [[ $out != "score 50"* ]]
    [[ $out == *"legacy ipv4 tables"* || $out == *"legacy IPv4 tables"* ]]
    # a kernel without nf_tables has nothing that could drop
    out=$(strace -f -qqq -o /dev/null -e inject=sendto:error=EINVAL \
        "$DRIVE" "$PLUGIN" probe)
    [[ $out == "score 50"* ]]
    [[ $out != *warning* ]]
}

@test "kernels that lack legacy tables or nf_tables" {
    command -v strace >/dev/null || skip "needs strace"
    export -f nth_open
    lab lacking
}
