#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# fw-iptables: what packets find, with a FORWARD chain that drops by policy.
# One host, one machine outside, two networks with three containers.

setup() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    for p in iptables-legacy socat busybox; do
        command -v $p >/dev/null || skip "needs $p"
    done
    unshare -mn true || skip "needs namespaces"
    export DRIVE=$POLYPOD_BUILD/tests/plugin/fwdrive
    export SO=$POLYPOD_BUILD/plugins/fw-iptables.so
    [ -e "$SO" ] || skip "fw-iptables is not built"
    export T
    T=$(mktemp -d)
    export XTABLES_LOCKFILE=$T/lock
    export A1="owner=c1 addr=10.88.0.2/10.88.0.0/16@n0@br0 addr=fd88::2/fd88::/64@n0@br0"
    export A2="owner=c2 addr=10.88.0.3/10.88.0.0/16@n0@br0 addr=fd88::3/fd88::/64@n0@br0"
    export A3="owner=c3 addr=10.89.0.2/10.89.0.0/16@n1@br1 addr=fd89::2/fd89::/64@n1@br1"
    export N0="net=n0 bridge=br0 subnet=10.88.0.0/16 subnet=fd88::/64"
    export N1="net=n1 bridge=br1 subnet=10.89.0.0/16 subnet=fd89::/64"
}

teardown() {
    if [ -n "${T:-}" ]; then rm -rf "$T"; fi
}

fw() {
    "$DRIVE" "$SO" "$@"
}

# NS BRIDGE LAST-PART: a container.
container() {
    local net=${2#br}
    ip netns add "$1"
    ip link add "v$1" type veth peer name eth0 netns "$1"
    ip link set "v$1" master "$2" up
    ip link set "v$1" type bridge_slave hairpin on
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 up
    ip -n "$1" addr add "10.8$((8 + net)).0.$3/16" dev eth0
    ip -n "$1" addr add "fd8$((8 + net))::$3/64" dev eth0 nodad
    ip -n "$1" route add default via "10.8$((8 + net)).0.1"
    ip -n "$1" route add default via "fd8$((8 + net))::1"
}

world() {
    local i
    mount -t tmpfs t /run/netns 2>/dev/null || {
        mount -t tmpfs t /run
        mkdir /run/netns
        mount -t tmpfs t /run/netns
    }
    ip link set lo up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
    ip netns add out
    ip link add up0 type veth peer name up1 netns out
    ip addr add 203.0.113.1/24 dev up0
    ip addr add 2001:db8::1/64 dev up0 nodad
    ip link set up0 up
    ip -n out link set lo up
    ip -n out addr add 203.0.113.2/24 dev up1
    ip -n out addr add 2001:db8::2/64 dev up1 nodad
    ip -n out link set up1 up
    for i in 0 1; do
        ip link add br$i type bridge
        ip addr add 10.8$((8 + i)).0.1/16 dev br$i
        ip addr add fd8$((8 + i))::1/64 dev br$i nodad
        ip link set br$i up
    done
    container c1 br0 2
    container c2 br0 3
    container c3 br1 2
    iptables-legacy -P FORWARD DROP
    ip6tables-legacy -P FORWARD DROP
    sleep 1
}

# NS KIND PORT: answer, over IPv4 and IPv6, with who asked and where.
serve() {
    local f list=-ltn
    [ "$2" = TCP ] || list=-lun
    for f in "${2}4-LISTEN:$3" "${2}6-LISTEN:$3,ipv6only=1"; do
        ip netns exec "$1" socat "$f,fork,reuseaddr" \
            SYSTEM:'read x; echo "$SOCAT_PEERADDR $SOCAT_SOCKADDR $SOCAT_SOCKPORT"' \
            2>/dev/null &
        pids="$pids $!"
    done
    for _ in $(seq 50); do
        [ "$(ip netns exec "$1" ss -H $list "sport = :$3" | wc -l)" = 2 ] &&
            return
        sleep 0.1
    done
    echo "no server in $1"
    return 1
}

# NS ADDRESS [KIND]: the answer; empty if there is none.
ask() {
    local in="ip netns exec $1"
    [ "$1" != host ] || in=
    echo hello | $in timeout 3 socat -t 1 - "${3:-TCP}:$2" 2>/dev/null || true
}

gets() {
    local want=$1 got
    shift
    got=$(ask "$@")
    case $got in
    $want) ;;
    *)
        echo "$*: wanted $want, got \"$got\""
        iptables-legacy-save -c | grep -v "^[#:*]\|0:0"
        return 1
        ;;
    esac
}

# NS: a container that sends what is for 127.0.0.1 to the host.
intruder() {
    ip -n "$1" route add 127.0.0.1 via 10.88.0.1 dev eth0
    ip -n "$1" route del local 127.0.0.1 table local
    ip -n "$1" route del local 127.0.0.0/8 table local
    ip netns exec "$1" sysctl -qw net.ipv4.conf.all.route_localnet=1
}

# NS SOCKET: write down what comes.
hear() {
    local in="ip netns exec $1"
    [ "$1" != host ] || in=
    : >"$T/heard"
    $in socat -u "$2" OPEN:"$T/heard",append &
    pids="$pids $!"
    sleep 0.5
}

tell() {
    local in="ip netns exec $1"
    [ "$1" != host ] || in=
    : >"$T/heard"
    echo hello | $in socat -u - "$2"
    sleep 0.5
}

# Has anything come since the last tell?
heard() {
    [ -s "$T/heard" ]
}

silence() {
    [ ! -s "$T/heard" ]
}

finish() {
    kill $pids 2>/dev/null
    wait
}

export -f fw container world serve ask gets intruder hear tell heard silence finish

inside() {
    unshare -mn --propagation private bash -eu -o pipefail -c "
pids=
trap finish EXIT
world
$1"
}

@test "a published port answers from everywhere, over IPv4 and IPv6" {
    inside '
    serve c1 TCP 80
    gets "" out 203.0.113.1:8080
    fw net_up $N0 flags=masquerade
    fw apply $A1 port=tcp:8080:80
    fw apply $A2
    gets "*203.0.113.2* 80" out 203.0.113.1:8080
    gets "* 80" host 203.0.113.1:8080
    gets "* 80" host 127.0.0.1:8080
    gets "* 80" host 127.1.2.3:8080
    gets "*10.88.0.1* 80" c1 203.0.113.1:8080
    gets "* 80" c1 10.88.0.1:8080
    gets "*10.88.0.1* 80" c2 203.0.113.1:8080
    gets "*:0db8:*:0002* 80" out [2001:db8::1]:8080 TCP6
    gets "* 80" host [2001:db8::1]:8080 TCP6
    gets "* 80" c1 [2001:db8::1]:8080 TCP6
    gets "* 80" c2 [fd88::1]:8080 TCP6
    gets "" host [::1]:8080 TCP6
    fw remove c1
    gets "" out 203.0.113.1:8080
    gets "" host 127.0.0.1:8080'
}

@test "ranges keep their offset, also one rule at a time" {
    inside '
    for p in 90 94 99; do serve c1 TCP $p; done
    fw apply $A1 port=tcp:8000-8009:90
    gets "* 90" out 203.0.113.1:8000
    gets "* 94" out 203.0.113.1:8004
    gets "* 99" out 203.0.113.1:8009
    gets "* 94" out [2001:db8::1]:8004 TCP6
    gets "" out 203.0.113.1:8010
    ASAN_OPTIONS=detect_leaks=0 strace -qqo /dev/null \
        -e inject=getsockopt:error=EPROTONOSUPPORT:when=1 \
        "$DRIVE" "$SO" apply $A1 port=tcp:8000-8009:90
    gets "* 90" out 203.0.113.1:8000
    gets "* 99" out 203.0.113.1:8009
    gets "* 94" out [2001:db8::1]:8004 TCP6'
}

@test "host_ip narrows a published port to that address" {
    inside '
    ip addr add 203.0.113.9/24 dev up0
    serve c1 TCP 80
    fw apply $A1 port=tcp:8080:80@203.0.113.9
    gets "* 80" out 203.0.113.9:8080
    gets "* 80" host 203.0.113.9:8080
    gets "" out 203.0.113.1:8080
    gets "" host 127.0.0.1:8080'
}

@test "a port published on 127.0.0.1 is for the host alone" {
    inside '
    serve c1 TCP 81
    hear c1 UDP4-RECV:53
    intruder c2
    fw apply $A1 port=tcp:8081:81@127.0.0.1 port=udp:53:53@127.0.0.1
    gets "* 81" host 127.0.0.1:8081
    gets "" host 203.0.113.1:8081
    gets "" out 203.0.113.1:8081
    tell c2 UDP4:127.0.0.1:53
    silence
    tell host UDP4:127.0.0.1:53
    heard'
}

@test "route_localnet does not open the host's loopback to containers" {
    inside '
    serve c1 TCP 80
    hear host UDP4-RECV:7000,bind=127.0.0.1
    intruder c2
    echo 1 >/proc/sys/net/ipv4/conf/br0/route_localnet
    tell c2 UDP4:127.0.0.1:7000
    heard
    fw apply $A1 port=tcp:8080:80
    tell c2 UDP4:127.0.0.1:7000
    silence
    tell host UDP4:127.0.0.1:7000
    heard
    gets "* 80" host 127.0.0.1:8080'
}

@test "udp is forwarded and rewritten like tcp" {
    inside '
    serve c1 UDP 53
    fw apply $A1 port=udp:5353:53
    gets "203.0.113.2 * 53" out 203.0.113.1:5353 UDP
    gets "* 53" host 127.0.0.1:5353 UDP
    gets "* 53" c2 203.0.113.1:5353 UDP'
}

@test "masquerade outwards, not within; forwarding for owners only" {
    inside '
    serve out TCP 99
    serve c2 TCP 98
    fw net_up $N0 flags=masquerade
    gets "" c1 203.0.113.2:99
    fw apply $A1
    gets "*203.0.113.1* 99" c1 203.0.113.2:99
    gets "*:0db8:*:0001* 99" c1 [2001:db8::2]:99 TCP6
    gets "*10.88.0.2* 98" c1 10.88.0.3:98
    gets "" c2 203.0.113.2:99
    ip -n out route add 10.88.0.0/16 via 203.0.113.1
    serve c1 TCP 80
    gets "" out 10.88.0.2:80
    fw net_down n0
    gets "*10.88.0.2* 99" c1 203.0.113.2:99'
}

@test "isolated networks do not meet but by published ports" {
    inside '
    serve c1 TCP 80
    serve c3 TCP 80
    fw apply $A1 port=tcp:8080:80
    fw apply $A3
    fw net_up $N0 flags=masquerade
    fw net_up $N1 flags=masquerade
    gets "* 80" c1 10.89.0.2:80
    fw net_up $N0 flags=masquerade,isolate
    fw net_up $N1 flags=masquerade,isolate
    gets "" c1 10.89.0.2:80
    gets "" c1 [fd89::2]:80 TCP6
    gets "" c3 10.88.0.2:80
    gets "* 80" c3 203.0.113.1:8080
    gets "* 80" out 203.0.113.1:8080
    fw net_down n1
    gets "* 80" c1 10.89.0.2:80'
}

@test "an internal network has no way out and none in" {
    inside '
    serve out TCP 99
    serve c1 TCP 80
    fw apply $A1 port=tcp:8080:80
    fw apply $A2
    fw net_up $N0 flags=internal
    gets "" c1 203.0.113.2:99
    gets "" c1 [2001:db8::2]:99 TCP6
    gets "" out 203.0.113.1:8080
    gets "* 80" c2 10.88.0.2:80
    gets "* 80" host 127.0.0.1:8080'
}

@test "the administrator's word comes first" {
    inside '
    serve c1 TCP 80
    fw apply $A1 port=tcp:8080:80
    gets "* 80" out 203.0.113.1:8080
    iptables-legacy -A CNI-ADMIN -s 203.0.113.2 -j DROP
    gets "" out 203.0.113.1:8080
    fw apply $A1 port=tcp:8080:80 port=tcp:1:1
    gets "" out 203.0.113.1:8080'
}
