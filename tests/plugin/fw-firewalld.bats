#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# fw-firewalld: what it puts into firewalld, its manners with what belongs to
# others, and a firewalld that reloads, ends, hangs or talks nonsense.  What
# packets find in general is asked by fw-packets.bats.

FW=fw-firewalld
source "$BATS_TEST_DIRNAME/fw-lab.bash"

setup() {
    export -f direct has hasnt sources ours intruder hear tell die_at
}

# (firewall-cmd quotes some words)
direct() { firewall-cmd --direct --get-all-rules | tr -d "'"; }

has() { # LINE of direct
    direct | grep -qxF -- "$1" || {
        echo "missing: $1"
        direct
        return 1
    }
}

hasnt() { # TEXT
    ! direct | grep -F -- "$1"
}

sources() { # [ZONE]
    firewall-cmd --zone="${1:-trusted}" --list-sources
}

# Everything of ours, wherever firewalld keeps it.
ours() {
    firewall-cmd --direct --get-all-chains | sort
    direct | sort
    firewall-cmd --get-active-zones
}

# NETNS: a container that sends what is for 127.0.0.1 to the host.
intruder() {
    ip -n "$1" route add 127.0.0.1 via 10.88.0.1 dev eth0
    ip -n "$1" route del local 127.0.0.1 table local
    ip -n "$1" route del local 127.0.0.0/8 table local
    at "$1" sysctl -qw net.ipv4.conf.all.route_localnet=1
}

hear() { # NETNS SOCAT-ADDRESS
    at "$1" socat -u "$2" OPEN:"$LAB/heard",creat,append &
    sleep 0.5
}

tell() { # NETNS SOCAT-ADDRESS
    : >"$LAB/heard"
    echo hello | at "$1" socat -u - "$2"
    sleep 0.5
}

layout() {
    local c="-m comment --comment polypod-fwd:one -j" n p
    local m="-m comment --comment polypod-fwd-net:net0 -j"
    cp -r /etc/firewalld "$LAB/before"
    fw net_up $NET0 flags=masquerade,isolate
    fw apply owner=one $A1 port=tcp:8080:80 port=udp:53:53@203.0.113.1 \
        port=sctp:9000-9009:100
    [ "$(sources)" = "10.88.0.2 fd00:88::2" ]
    p="ipv4 filter POLYPOD_FORWARD 0"
    has "$p -s 10.88.0.2 $c ACCEPT"
    has "$p -d 10.88.0.2 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT $c ACCEPT"
    has "ipv6 filter POLYPOD_FORWARD 0 -s fd00:88::2 $c ACCEPT"
    p="ipv4 nat POLYPOD_DNAT"
    has "$p 1 -p tcp --dport 8080 $c DNAT --to-destination 10.88.0.2:80"
    has "$p 0 -d 203.0.113.1 -p udp --dport 53 $c DNAT --to-destination 10.88.0.2:53"
    has "$p 1 -p sctp --dport 9000:9009 $c DNAT --to-destination 10.88.0.2:100-109/9000"
    has "ipv6 nat POLYPOD_DNAT 1 -p tcp --dport 8080 $c DNAT --to-destination [fd00:88::2]:80"
    hasnt "ipv6 nat POLYPOD_DNAT 0"
    has "ipv4 nat POLYPOD_MASQ 1 -s 10.88.0.0/16 ! -d 10.88.0.0/16 $m MASQUERADE"
    has "ipv4 mangle POLYPOD_ISOLATED 0 -o br0 $m DROP"
    has "ipv4 filter INPUT 100 -d 127.0.0.0/8 -m comment --comment polypod-fwd -j POLYPOD_GUARD"
    # the same again changes nothing, and nothing is permanent
    n=$(ours)
    fw net_up $NET0 flags=masquerade,isolate
    fw apply owner=one $A1 port=tcp:8080:80 port=udp:53:53@203.0.113.1 \
        port=sctp:9000-9009:100
    [ "$n" = "$(ours)" ]
    diff -r /etc/firewalld "$LAB/before"
    # what is replaced goes, addresses too
    fw apply owner=one ${A1% *} port=tcp:8081:80
    [ "$(sources)" = 10.88.0.2 ]
    hasnt 8080
    hasnt fd00:88::2
    fw net_down net0
    hasnt polypod-fwd-net
    [ "$(cat /proc/sys/net/ipv4/conf/br0/route_localnet)" = 0 ]
    fw sync /dev/null
    [ "$(ours)" = "$(firewall-cmd --get-active-zones)" ]
    [ -z "$(direct)$(sources)" ]
}

@test "zone sources and direct rules, in the runtime configuration only" {
    lab layout
}

backends() {
    FWD_BACKEND=nftables
    [ "$(fw status | jq -r .backend)" = nftables ]
    fw apply owner=one $A1
    has "ipv4 filter POLYPOD_FORWARD 0 -s 10.88.0.2 -m comment --comment polypod-fwd:one -j ACCEPT"
    firewalld_stop
    sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf
    firewalld_start
    [ "$(fw status | jq -r .backend)" = iptables ]
    # here the zone decides, so ours only note whose the address is
    fw apply owner=one $A1
    has "ipv4 filter POLYPOD_FORWARD 0 -s 10.88.0.2 -m comment --comment polypod-fwd:one -j RETURN"
    fw check owner=one $A1
    [[ $(fw probe) == "score 100"*"backend is iptables"* ]]
}

@test "where firewalld's backend is iptables, the zone alone decides" {
    lab backends
}

reloaded() {
    local all=$LAB/all
    echo "net_up $NET0 flags=masquerade
apply owner=one $A1 port=tcp:8080:80" >"$all"
    serve c1 TCP4-LISTEN:80
    fw sync "$all"
    answers out TCP4:203.0.113.1:8080 c1
    firewall-cmd -q --reload
    silent out TCP4:203.0.113.1:8080
    [ -z "$(fw list)" ]
    fails 16 "source 10.88.0.2: wanted zone trusted, found nothing" \
        fw check owner=one ${A1% *}
    fails 16 "missing: ipv4 filter POLYPOD_FORWARD" \
        fw check owner=one $A1 port=tcp:8080:80
    fw remove never
    fw sync "$all"
    fw check owner=one $A1 port=tcp:8080:80
    answers out TCP4:203.0.113.1:8080 c1
    firewalld_stop KILL
    firewalld_start
    fails 16 missing fw check owner=one $A1 port=tcp:8080:80
    fw sync "$all"
    answers out TCP4:203.0.113.1:8080 c1
    fw check owner=one $A1 port=tcp:8080:80
}

@test "a reload and a restart lose everything, and sync restores it" {
    lab reloaded
}

flushed() {
    local all=$LAB/all
    echo "net_up $NET0 flags=masquerade
apply owner=one $A1 port=tcp:8080:80
apply owner=two $A2 port=tcp:8081:80" >"$all"
    serve c1 TCP4-LISTEN:80
    fw sync "$all"
    iptables -t nat -F
    iptables -t nat -X
    # firewalld does not know it, and says that all is there
    direct | grep -q POLYPOD_DNAT
    silent out TCP4:203.0.113.1:8080
    fails 16 "missing: ipv4 nat POLYPOD_DNAT" \
        fw check owner=one $A1 port=tcp:8080:80
    fails 16 "missing: ipv4 nat POLYPOD_MASQ" \
        fw net_check $NET0 flags=masquerade
    fails 12 "polypod firewall sync" fw apply owner=three $A3 port=tcp:8082:80
    hasnt polypod-fwd:three
    hasnt net1
    # a removal must not fail for that
    fw remove two
    hasnt polypod-fwd:two
    echo "net_up $NET0 flags=masquerade
apply owner=one $A1 port=tcp:8080:80" >"$all"
    fw sync "$all"
    fw check owner=one $A1 port=tcp:8080:80
    answers out TCP4:203.0.113.1:8080 c1
    iptables -t nat -F POLYPOD_DNAT
    iptables -D FORWARD 1
    fw sync "$all"
    fw check owner=one $A1 port=tcp:8080:80
    iptables -t nat -F
    iptables -t nat -X
    fw sync /dev/null
    [ -z "$(direct)$(sources)$(firewall-cmd --direct --get-all-chains)" ]
}

@test "rules that somebody flushed under firewalld are missed and mended" {
    lab flushed
}

absent() {
    fw apply owner=one $A1
    firewalld_stop
    fails 17 "firewalld is not running" fw apply owner=one $A1
    fails 17 "firewalld is not running" fw check owner=one $A1
    fails 17 "firewalld is not running" fw list
    [[ $(fw probe) == "score 0"*"firewalld is not running"* ]]
    # what it held has ended with it
    fails 0 "ended with it" fw remove one
    fails 0 "ended with it" fw net_down net0
    fails 0 "ended with it" fw sync /dev/null
    kill "$BUS_PID"
    wait "$BUS_PID" || true
    fails 17 "no D-Bus daemon at \"unix:path=$FWD/bus\"" fw apply owner=one $A1
    [[ $(fw probe) == "score 0"*"no D-Bus daemon"* ]]
    FW_KEYS="-d $FWD"
    fails 17 /run/dbus/system_bus_socket fw list
    FW_KEYS="-d $FWD -k bus=unixexec:path=/bin/touch,argv1=$FWD/x"
    fails 2 "[firewall.firewalld] bus" fw list
    [ ! -e "$FWD/x" ]
}

@test "no firewalld, or no bus, is said clearly" {
    lab absent
}

hanging() {
    local t0
    fw apply owner=one $A1
    FW_KEYS="$FW_KEYS -k timeout=400ms"
    kill -STOP "$FWD_PID"
    t0=$SECONDS
    fails 9 "firewalld did not answer Get within 0.4 s" \
        fw apply owner=one $A1 port=tcp:8080:80
    fails 9 "did not answer" fw check owner=one $A1
    fails 9 "did not answer" fw remove one
    [[ $(fw probe) == "score 0"*"did not answer"* ]]
    [ $((SECONDS - t0)) -lt 10 ]
    kill -CONT "$FWD_PID"
    fw check owner=one $A1
    kill -STOP "$BUS_PID"
    t0=$SECONDS
    fails 9 "D-Bus daemon at" fw list
    fails 9 "D-Bus daemon at" fw apply owner=one $A1
    [ $((SECONDS - t0)) -lt 10 ]
    kill -CONT "$BUS_PID"
    fw check owner=one $A1
}

@test "a firewalld or a bus that hangs costs no more than the deadline" {
    lab hanging
}

zones() {
    local before
    FW_KEYS_0=$FW_KEYS
    FW_KEYS="$FW_KEYS_0 -k zone=nowhere"
    fails 2 'firewalld has no zone "nowhere"' fw apply owner=one $A1
    [ -z "$(direct)" ]
    fails 16 missing fw check owner=one $A1
    fw remove one
    # an address that the administrator put elsewhere stays there
    firewall-cmd -q --zone=drop --add-source=fd00:88::2
    FW_KEYS=$FW_KEYS_0
    before=$(ours)
    fails 6 "address fd00:88::2 is in firewalld's zone drop" \
        fw apply owner=one $A1 port=tcp:1:1
    # of a refused change nothing is left, but perhaps chains
    [ -z "$(direct)$(sources)" ]
    [ "$(sources drop)" = fd00:88::2 ]
    firewall-cmd -q --zone=drop --remove-source=fd00:88::2
    fw apply owner=one $A1
    firewall-cmd -q --zone=work --change-source=10.88.0.2
    fails 16 "source 10.88.0.2: wanted zone trusted, found zone work" \
        fw check owner=one $A1
    # one of ours is moved back, also to another zone of the configuration
    fw apply owner=one $A1
    fw check owner=one $A1
    FW_KEYS="$FW_KEYS_0 -k zone=internal"
    fails 16 "wanted zone internal, found zone trusted" fw check owner=one $A1
    fw apply owner=one $A1
    fw check owner=one $A1
    [ "$(sources internal)" = "10.88.0.2 fd00:88::2" ]
    [ -z "$(sources)" ]
    fw remove one
    [ -z "$(sources internal)" ]
    hasnt polypod-fwd:
}

@test "the zone: unknown, in conflict, changed by hand, changed by key" {
    lab zones
}

# polypod-fw-firewalld(8) tells to make this one.
own_zone() {
    firewall-cmd -q --permanent --new-zone=containers
    firewall-cmd -q --permanent --new-policy=containers-out
    firewall-cmd -q --permanent --policy=containers-out \
        --add-ingress-zone=containers
    firewall-cmd -q --permanent --policy=containers-out --add-egress-zone=ANY
    firewall-cmd -q --permanent --policy=containers-out --set-target=ACCEPT
    firewall-cmd -q --reload
    serve host TCP4-LISTEN:70
    serve out TCP4-LISTEN:90
    serve c1 TCP4-LISTEN:80
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1
    answers c1 TCP4:10.88.0.1:70 host
    fw remove one
    FW_KEYS="$FW_KEYS -k zone=containers"
    fw apply owner=one $A1 port=tcp:8080:80
    silent c1 TCP4:10.88.0.1:70
    answers c1 TCP4:203.0.113.2:90 out
    answers out TCP4:203.0.113.1:8080 c1
    answers host TCP4:127.0.0.1:8080 c1
    answers c1 TCP4:203.0.113.1:8080 c1
}

@test "in a zone of its own a container does not reach the host" {
    lab own_zone
}

loopback() {
    serve c1 TCP4-LISTEN:81
    hear host UDP4-RECV:7000,bind=127.0.0.1
    intruder c2
    fw apply owner=two $A2
    echo 1 >/proc/sys/net/ipv4/conf/br0/route_localnet
    tell c2 UDP4:127.0.0.1:7000
    [ -s "$LAB/heard" ]
    fw apply owner=one $A1 port=tcp:8081:81@127.0.0.1
    tell c2 UDP4:127.0.0.1:7000
    [ ! -s "$LAB/heard" ]
    tell host UDP4:127.0.0.1:7000
    [ -s "$LAB/heard" ]
    answers host TCP4:127.0.0.1:8081 c1
    silent host TCP4:203.0.113.1:8081
    silent out TCP4:203.0.113.1:8081
    fw apply owner=one $A1 port=udp:53:53@127.0.0.1
    hear c1 UDP4-RECV:53
    tell c2 UDP4:127.0.0.1:53
    [ ! -s "$LAB/heard" ]
    tell host UDP4:127.0.0.1:53
    [ -s "$LAB/heard" ]
    fails 4 "::1" fw apply owner=one $A1 port=tcp:80:80@::1
}

@test "a port on 127.0.0.1 is for the host alone, and so is its loopback" {
    lab loopback
}

closed() {
    serve c1 TCP4-LISTEN:80
    fw net_up $NET0 flags=masquerade
    fw net_up $NET1 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    fw apply owner=three $A3
    answers c3 TCP4:10.88.0.2:80 c1
    # a connection that was there before ends as well
    at c3 socat -u PIPE:"$LAB/in" TCP4:10.88.0.2:70 &
    at c1 socat -u TCP4-LISTEN:70 OPEN:"$LAB/heard",creat &
    sleep 0.5
    exec 9<>"$LAB/in"
    echo before >&9
    sleep 0.5
    [ "$(cat "$LAB/heard")" = before ]
    fw net_up $NET0 flags=masquerade,isolate
    fw net_up $NET1 flags=masquerade,isolate
    echo after >&9
    sleep 0.5
    [ "$(cat "$LAB/heard")" = before ]
    silent c3 TCP4:10.88.0.2:80
    answers c3 TCP4:203.0.113.1:8080 c1
    fw net_up $NET0 flags=internal
    silent c3 TCP4:10.88.0.2:80
    silent c3 TCP4:203.0.113.1:8080
    silent out TCP4:203.0.113.1:8080
    answers host TCP4:127.0.0.1:8080 c1
    fw net_up $NET1 flags=masquerade
    silent c3 TCP4:10.88.0.2:80
    # not even one way
    hear c1 UDP4-RECV:99
    tell c3 UDP4:10.88.0.2:99
    [ ! -s "$LAB/heard" ]
    tell host UDP4:10.88.0.2:99
    [ -s "$LAB/heard" ]
}

@test "isolated networks meet at published ports, an internal one does not" {
    lab closed
}

@test "the same with the backend iptables" {
    FWD_BACKEND=iptables lab closed
}

first_come() {
    serve c1 TCP4-LISTEN:80
    fw net_up $NET0 flags=masquerade
    fw net_up $NET1 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    answers out TCP4:203.0.113.1:8080 c1
    # a direct rule of the administrator's comes before ours
    firewall-cmd -q --direct --add-rule ipv4 filter FORWARD 0 \
        -s 203.0.113.2 -j DROP
    silent out TCP4:203.0.113.1:8080
    # and what is not ours is never touched
    firewall-cmd -q --direct --add-rule ipv4 filter FORWARD 1 \
        -s 192.0.2.1 -m comment --comment polypod-fwdx -j DROP
    firewall-cmd -q --zone=trusted --add-source=192.0.2.7
    fw sync /dev/null
    [ "$(direct | grep -c DROP)" = 2 ]
    [ "$(sources)" = 192.0.2.7 ]
}

@test "the administrator's word comes first, and stays" {
    lab first_come
}

shared_address() {
    fw apply owner=one $A1
    fw apply owner=two ${A1% *}
    fw remove one
    [ "$(sources)" = 10.88.0.2 ]
    fw check owner=two ${A1% *}
    fw remove two
    [ -z "$(sources)" ]
}

@test "an address stays in the zone as long as anybody has it" {
    lab shared_address
}

namespaces() {
    fails 4 "another network namespace" \
        ip netns exec c1 "$DRIVE" $FW_KEYS "$PLUGIN" apply owner=one $A1
    [ -z "$(direct)" ]
    [[ $(ip netns exec c1 "$DRIVE" $FW_KEYS "$PLUGIN" probe) == \
        "score 0"*"another network namespace"* ]]
}

@test "a firewalld of another network namespace is refused" {
    lab namespaces
}

# The other drivers' probes, whose warnings the engine shows after a start.
neighbours() {
    local name
    for name in nftables iptables; do
        PLUGIN=$BUILD/plugins/fw-$name.so
        [ -e "$PLUGIN" ] || continue
        FW_KEYS=''
        [[ $(fw probe) == *"warning: firewalld runs here"*"polypod firewall switch firewalld"* ]]
    done
    firewalld_stop
    for name in nftables iptables; do
        PLUGIN=$BUILD/plugins/fw-$name.so
        [ -e "$PLUGIN" ] || continue
        [[ $(fw probe) != *"firewalld runs here"* ]]
    done
}

@test "the other drivers warn of a firewalld, and only then" {
    lab neighbours
}

kit() {
    "$BUILD/sdk/kit/polypod-plugin-test" "$PLUGIN" "bus=${FW_KEYS##*bus=}" |
        tee "$LAB/kit"
    [ "$(grep -c ^ok "$LAB/kit")" -ge 8 ]
    # it probes from a network namespace of its own
    grep -q "score 0: firewalld (process .* is in another" "$LAB/kit"
    [ -z "$(direct)$(sources)" ]
}

@test "the conformance program is content" {
    lab kit
}

no_iptables() {
    firewalld_stop
    mount --bind /bin/false /usr/sbin/xtables-nft-multi
    mount --bind /bin/false /usr/sbin/xtables-legacy-multi
    firewalld_start
    [[ $(fw probe) == "score 0"*iptables* ]]
    fails 4 "install iptables" fw apply owner=one $A1
    [ -z "$(sources)" ]
}

@test "a firewalld without iptables is told apart" {
    lab no_iptables
}

# die_at N WORD...: fw, killed at its Nth message
die_at() {
    local n=$1
    shift
    ASAN_OPTIONS=detect_leaks=0 strace -qqo /dev/null \
        -e inject=sendmsg:signal=KILL:when="$n" \
        "$DRIVE" $FW_KEYS "$PLUGIN" "$@" 2>/dev/null
}

# Killed at every message it sends, in turn; what is left can be completed,
# and removed by the owner's name alone.
killed() {
    local i full
    fw net_up $NET0 flags=masquerade
    fw apply owner=two $A2 port=tcp:81:81
    full=$(ours)
    for ((i = 1; i < 200; i++)); do
        ! die_at $i apply owner=one $A1 port=tcp:80:80 || break
        if ((i % 2)); then
            fw apply owner=one $A1 port=tcp:80:80
            fw check owner=one $A1 port=tcp:80:80
        fi
        fw remove one
        [ "$(ours)" = "$full" ]
    done
    [ "$i" -gt 12 ] && [ "$i" -lt 200 ]
    for ((i = 1; i < 200; i++)); do
        fw apply owner=one $A1 port=tcp:80:80
        ! die_at $i remove one || break
        fw remove one
        [ "$(ours)" = "$full" ]
    done
    [ "$i" -gt 12 ] && [ "$i" -lt 200 ]
    [ "$(ours)" = "$full" ]
    fw check owner=two $A2 port=tcp:81:81
}

@test "who is killed at any message leaves what can be completed" {
    command -v strace >/dev/null || skip "needs strace"
    lab killed
}

# Something that has the name on the bus and answers as it likes.
nonsense() {
    local kind
    firewalld_stop
    cat >"$LAB/fake.py" <<'END'
import os, sys
import dbus, dbus.service, dbus.mainloop.glib
from gi.repository import GLib
F = "org.fedoraproject.FirewallD1"
kind = sys.argv[1]
class Fake(dbus.service.Object):
    @dbus.service.method("org.freedesktop.DBus.Properties",
                         in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return dbus.Int32(7) if kind == "property" else "x" * 5000
    @dbus.service.method(F + ".direct", out_signature="s")
    def getAllRules(self):
        if kind == "gone":
            os._exit(0)
        if kind == "error":
            raise dbus.DBusException("\n\t" + "y" * 5000, name=F + ".E")
        return "not a list"
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
name = dbus.service.BusName(F, bus)
Fake(bus, "/org/fedoraproject/FirewallD1")
Fake(bus, "/org/fedoraproject/FirewallD1/config")
print("ready", flush=True)
GLib.MainLoop().run()
END
    for kind in property list error gone; do
        echo "$kind"
        coproc FAKE { exec /usr/bin/python3 "$LAB/fake.py" $kind; }
        pid=$FAKE_PID
        read -r -u "${FAKE[0]}"
        case $kind in
        gone) fails 17 "firewall sync" fw apply owner=one $A1 ;;
        error) fails 12 "refused getAllRules: yyy" fw apply owner=one $A1 ;;
        list) fails 12 "(sssias): a message" fw apply owner=one $A1 ;;
        *) fails 12 "FirewallBackend: a message" fw apply owner=one $A1 ;;
        esac
        [[ $(fw probe) == "score 0"* ]]
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

@test "answers that make no sense are an error, never more" {
    lab nonsense
}
