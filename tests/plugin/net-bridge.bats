#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# net-bridge: what packets find, and what is left afterwards

load net-bridge.bash

@test "two containers on the built-in network reach each other" {
    sandbox <<'SH'
attach 1
attach 2
grep -q '^iface cni-podman0 mac=..:..:..:..:..:.. sandbox=- ' $T/out1
grep -q '^iface eth0 mac=..:..:..:..:..:.. sandbox=/run/netns/c1 ' $T/out1
grep -qx 'address eth0 10.88.0.2/16 gw=10.88.0.1' $T/out1
grep -qx 'address eth0 10.88.0.3/16 gw=10.88.0.1' $T/out2
grep -qx 'route 0.0.0.0/0 gw=-' $T/out1
ping 1 10.88.0.3
ping 2 10.88.0.1
ip -n c1 route | grep -x 'default via 10.88.0.1 dev eth0 '
# the port lets packets out where they came in, for a published port
ip -d link show master cni-podman0 | grep 'hairpin on'
[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
[ "$(cat /proc/sys/net/ipv6/conf/cni-podman0/accept_ra)" = 0 ]
same 1
same 2

detach 1
detach 2
nothing_left
not ip -n c1 link show eth0
ip link show cni-podman0
# once more: nothing left is success
detach 1
SH
}

@test "IPv4 and IPv6 together" {
    sandbox <<'SH'
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"dual","plugins":[
 {"type":"bridge","bridge":"br-dual","isGateway":true,"hairpinMode":true,
  "ipam":{"type":"host-local",
   "ranges":[[{"subnet":"10.77.0.0/24"}],[{"subnet":"fd77::/64"}]],
   "routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]}}]}
JSON
# switched off for interfaces to come, as some images want it
ip netns add c2
ip netns exec c2 sysctl -qw net.ipv6.conf.default.disable_ipv6=1
attach 1
attach 2
grep -qx 'address eth0 10.77.0.2/24 gw=10.77.0.1' $T/out1
grep -qx 'address eth0 fd77::2/64 gw=fd77::1' $T/out1
ping 1 fd77::3
ping 2 fd77::1
ping 1 10.77.0.3
ip -n c1 -6 route | grep '^default via fd77::1 dev eth0'
absent tentative ip -n c1 -6 addr show scope global
[ "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" = 1 ]
ls /var/lib/cni/networks/dual | grep -x fd77::2
same 1
detach 1
detach 2
nothing_left /var/lib/cni/networks/dual
SH
}

@test "an address and a MAC address can be wanted" {
    sandbox <<'SH'
attach 1 ip=10.88.7.7 mac=02:00:00:00:00:07
grep -qx 'address eth0 10.88.7.7/16 gw=10.88.0.1' $T/out1
ip -n c1 link show eth0 | grep 02:00:00:00:00:07
ip netns add c2
want="id=ctr2 ifname=eth0 netns=/run/netns/c2"
refused 6 setup $want ip=10.88.7.7
says 'the wanted address 10.88.7.7 is leased to container ctr1'
refused 2 setup $want ip=10.88.0.1
says "the wanted address 10.88.0.1 is the gateway's"
refused 2 setup $want ip=10.99.0.1
says 'the wanted address 10.99.0.1 is in no range of it'
refused 2 setup $want ip=ten
refused 4 setup $want ip=10.88.1.1 ip=10.88.1.2
says 'the wanted 10.88.1.2 is one more'
for mac in 03:00:00:00:00:07 00:00:00:00:00:00 02-00-00-00-00-07 02:0:0:0:0:7; do
    refused 2 setup $want mac=$mac
done
[ "$(ip -o link show type veth | wc -l)" = 1 ]
not ip -n c2 link show eth0
[ "$(ls $leases | grep -c '^10\.')" = 1 ]
# the next one that wants nothing starts from the beginning
attach 2
grep -qx 'address eth0 10.88.0.2/16 gw=10.88.0.1' $T/out2
ping 2 10.88.7.7
SH
}

@test "one that inherits an address is found at once" {
    sandbox <<'SH'
attach 1
attach 2 ip=10.88.0.9
ping 1 10.88.0.9
detach 2
attach 3 ip=10.88.0.9
ip netns exec c1 busybox ping -c1 -W1 10.88.0.9
SH
}

@test "fifty at once: as many addresses, and all answer" {
    sandbox <<'SH'
for i in $(seq 50); do ip netns add c$i; done
pids=
for i in $(seq 50); do attach $i & pids="$pids $!"; done
for p in $pids; do wait $p; done
[ "$(cat $T/out* | grep '^address' | sort -u | wc -l)" = 50 ]
[ "$(ls $leases | grep -c '^10\.')" = 50 ]
for i in $(seq 50); do ping $i 10.88.0.1; done >/dev/null
pids=
for i in $(seq 50); do detach $i & pids="$pids $!"; done
for p in $pids; do wait $p; done
nothing_left
SH
}

@test "a pool that is exhausted says so and leaves nothing" {
    sandbox <<'SH'
conf a.conflist <<'JSON'
{"cniVersion":"0.4.0","name":"n","plugins":[
 {"type":"bridge","bridge":"br-n","isGateway":true,"ipam":{"type":
  "host-local","subnet":"10.77.0.0/29","rangeStart":"10.77.0.5"}}]}
JSON
attach 1
attach 2
ip netns add c3
refused 13 setup id=c ifname=eth0 netns=/run/netns/c3
says 'no address is free from 10.77.0.5 to 10.77.0.6'
says '/var/lib/cni/networks/n'
not ip -n c3 link show eth0
[ "$(ip -o link show type veth | wc -l)" = 2 ]
# around the end
detach 1
attach 3
grep -q 'address eth0 10.77.0.5/29' $T/out3
SH
}

@test "teardown works after the namespace is gone" {
    sandbox <<'SH'
for how in path nopath nocookie notns; do
    attach 1
    ls $leases | grep '^10\.'
    cp $T/ck1 $T/keep
    ip netns del c1
    case $how in
    path) detach 1 ;;
    nopath) net teardown id=ctr1 ifname=eth0 cookie=$T/ck1 ;;
    nocookie) net teardown id=ctr1 ifname=eth0 ;;
    notns) touch /run/netns/c1; detach 1; rm /run/netns/c1 ;;
    esac
    nothing_left
done
SH
}

@test "teardown after the file has changed, gone or broken" {
    sandbox <<'SH'
network() {
    conf a.conflist <<JSON
{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"bridge","bridge":"$1",
 "ipam":{"type":"host-local","dataDir":"$T/$2","subnet":"10.77.0.0/24"}}]}
JSON
}
for how in changed gone broken; do
    network br-a data
    attach 1
    ls $T/data/n | grep '^10\.'
    case $how in
    changed) network br-b elsewhere ;;
    gone) rm $T/conf/a.conflist ;;
    broken) echo '{' | conf a.conflist ;;
    esac
    detach 1 2>/dev/null
    nothing_left $T/data/n
done
# without a cookie and without the network: the pair at least
network br-a data
attach 1
rm $T/conf/a.conflist
net teardown id=ctr1 ifname=eth0 net=n
absent veth ip -d link
SH
}

@test "setup again replaces what a dead process left" {
    sandbox <<'SH'
attach 1
attach 1
[ "$(ls $leases | grep -c '^10\.')" = 1 ]
[ "$(ip -o link show type veth | wc -l)" = 1 ]
same 1
# an empty file is no lease
: >$leases/10.88.0.9
attach 2 ip=10.88.0.9
grep -q 'address eth0 10.88.0.9' $T/out2
detach 1
detach 2
nothing_left
SH
}

@test "killed at any system call, teardown leaves nothing" {
    command -v strace >/dev/null || skip "needs strace"
    sandbox <<'SH'
attach 0
detach 0
kills=0
# killed N CALL: at the Nth of these calls, and then cleaned up in one of four
# ways: with the namespace or without, by teardown or by collection
killed() {
    local rc=0 gone=$((kills % 2)) collect=$((kills / 2 % 2))
    ip netns add c1
    traced -o /dev/null -e trace=$2 \
        -e inject=$2:signal=KILL:when=$1 \
        "$POLYPOD_BUILD/tests/plugin/netdrive" \
        "$POLYPOD_BUILD/plugins/net-bridge.so" setup \
        dir=$T/run/net-bridge cni_config_dir=$T/conf \
        id=ctr1 ifname=eth0 netns=/run/netns/c1 >/dev/null || rc=$?
    [ $gone = 0 ] || ip netns del c1
    if [ $collect = 1 ]; then
        net gc alive=ctr9:eth0
    else
        net teardown id=ctr1 ifname=eth0 netns=/run/netns/c1
    fi
    absent veth ip -d link
    absent '^10\.' ls $leases
    if [ $gone = 0 ]; then
        not ip -n c1 link show eth0
        ip netns del c1
    fi
    kills=$((kills + 1))
    died=$rc
}
set +x
for call in openat renameat unlinkat sendto clone3 setns flock socket bind \
            close write; do
    n=0 died=1
    while [ $died != 0 ]; do
        n=$((n + 1))
        [ $n -lt 100 ]
        echo "$call $n" >&2
        killed $n $call
    done
done
set -x
[ $kills -gt 60 ]
# what is left of a draft does not matter
attach 1
detach 1
nothing_left
SH
}

@test "collection takes the dead of one network only" {
    sandbox <<'SH'
for n in a b; do
    conf $n.conflist <<JSON
{"cniVersion":"1.0.0","name":"$n","plugins":[{"type":"bridge",
 "bridge":"br-x","ipam":{"type":"host-local",
 "subnet":"10.$([ $n = a ] && echo 77 || echo 78).0.0/24"}}]}
JSON
done
attach 1 net=a
attach 2 net=a
attach 3 net=b
# from before the boot: one nobody's, one that says it is somebody's
folder=/var/lib/cni/networks/a
printf 'old' >$folder/10.77.0.200   # content of long ago
printf 'ctr1' >$folder/10.77.0.201
touch -d '2001-01-01' $folder/10.77.0.200 $folder/10.77.0.201
# another store on the same network, and another engine
mkdir -p $T/other/net-bridge
ip netns add c4
"$POLYPOD_BUILD/tests/plugin/netdrive" "$POLYPOD_BUILD/plugins/net-bridge.so" \
    setup dir=$T/other/net-bridge cni_config_dir=$T/conf id=ctr4 ifname=eth0 \
    net=a netns=/run/netns/c4 >$T/out4
printf 'theirs\r\neth0' >$folder/10.77.0.202
net gc net=a alive=ctr1:eth0 alive=ctr2:eth1
ip -n c4 link show eth0
rm $folder/10.77.0.4 $folder/10.77.0.202
ip -n c1 link show eth0
not ip -n c2 link show eth0
ip -n c3 link show eth0
[ "$(ls /var/lib/cni/networks/a | grep '^10' | tr '\n' ,)" = 10.77.0.2,10.77.0.201, ]
ls /var/lib/cni/networks/b | grep -x 10.78.0.2
[ "$(ls $T/run/net-bridge/made | wc -l)" = 2 ]
detach 1
detach 3 net=b
[ -z "$(ls $T/run/net-bridge/made)" ]
SH
}

@test "check tells in words what has changed" {
    sandbox <<'SH'
attach 1
veth=$(ip -o link show type veth | sed 's/^[0-9]*: \([^@]*\)@.*/\1/')
refused 16 check id=ctr1 ifname=eth0 netns=/run/netns/c1
says 'was never attached: its cookie is empty'
refused 16 check id=ctr1 ifname=eth0 cookie=$T/ck1
says 'the namespace of container ctr1 is gone'

ip link set $veth down;            drifted 1 "port $veth is down"
ip link set $veth up nomaster;     drifted 1 "$veth is not a port of bridge cni-podman0"
ip link set $veth master cni-podman0; same 1
ip link set cni-podman0 down;      drifted 1 'bridge cni-podman0 is down'
ip link set cni-podman0 up;        same 1
ip addr del 10.88.0.1/16 dev cni-podman0
drifted 1 'interface cni-podman0 does not have 10.88.0.1/16'
ip addr add 10.88.0.1/16 dev cni-podman0; same 1
ip -n c1 link set eth0 address 02:00:00:00:00:99
drifted 1 'interface eth0 has the address 02:00:00:00:00:99, it was 02:50:0a:58:00:02'
ip -n c1 link set eth0 address 02:50:0a:58:00:02; same 1
mv $leases/10.88.0.2 $T/lease;     drifted 1 'address 10.88.0.2 is leased to nobody'
printf 'x\r\neth0' >$leases/10.88.0.2; drifted 1 'address 10.88.0.2 is leased to x'
mv $T/lease $leases/10.88.0.2;     same 1
ip -n c1 addr flush dev eth0;      drifted 1 'interface eth0 does not have 10.88.0.2/16'
ip -n c1 link set eth0 down;       drifted 1 "the container's interface eth0 is down"
ip -n c1 link del eth0;            drifted 1 "port $veth is not there"
SH
}

@test "what is in the way is named, and left alone" {
    sandbox <<'SH'
ip netns add c1
want="id=ctr1 ifname=eth0 netns=/run/netns/c1"
ip link add cni-podman0 type veth peer name p0
refused 7 setup $want
says 'interface cni-podman0 is there, but no bridge'
refused 17 status
ip link del cni-podman0

ip link add other type veth peer name p0
ip addr add 10.88.5.5/16 dev other
refused 7 setup $want
says 'its subnet is on interface'
says 'as 10.88.5.5/16, wanted was 10.88.0.1/16 on cni-podman0'
ip link del other

ip addr flush dev cni-podman0
ip addr add 10.88.0.77/24 dev cni-podman0
refused 7 setup $want
says 'bridge cni-podman0 has the address 10.88.0.77/24'
ip addr flush dev cni-podman0

ip -n c1 link add eth0 type bridge
refused 6 setup $want
says 'container ctr1 has an interface eth0 already'
ip -n c1 link show eth0
net teardown $want
ip -n c1 link show eth0
nothing_left

refused 2 setup id=ctr1 ifname=eth0 netns=/proc/self/ns/net
says 'is the network namespace of the host'
refused 5 setup id=ctr1 ifname=eth0 netns=$T/nothing
refused 5 setup id=ctr1 ifname=eth0 netns=/etc/passwd
says 'is no network namespace'
SH
}

@test "forceAddress, mtu, portIsolation, isDefaultGateway, routes, dns" {
    sandbox <<'SH'
ip link add br-n type bridge
ip addr add 10.77.0.99/24 dev br-n
conf a.conflist <<'JSON'
{"cniVersion":"0.4.0","name":"n","plugins":[
 {"type":"bridge","bridge":"br-n","isDefaultGateway":true,"mtu":1400,
  "forceAddress":true,"portIsolation":true,
  "dns":{"nameservers":["10.77.0.53"],"search":["a.test"],"domain":"b.test"},
  "ipam":{"type":"host-local","subnet":"10.77.0.0/24","gateway":"10.77.0.254",
   "routes":[{"dst":"192.0.2.0/24","gw":"10.77.0.7"}]}}]}
JSON
attach 1
ip -n c1 link show eth0 | grep 'mtu 1400'
ip -o -d link show type veth | grep 'mtu 1400 .*hairpin off .* isolated on'
[ "$(ip -4 -o addr show dev br-n | awk '{print $4}')" = 10.77.0.254/24 ]
ip -n c1 route | grep -x '192.0.2.0/24 via 10.77.0.7 dev eth0 '
ip -n c1 route | grep -x 'default via 10.77.0.254 dev eth0 '
grep -qx 'dns 1 10.77.0.53' $T/out1
grep -qx 'dns 2 a.test' $T/out1
grep -qx 'dns 4 b.test' $T/out1
ping 1 10.77.0.254
same 1
SH
}

@test "without isGateway the bridge gets no address" {
    sandbox <<'SH'
conf a.conf <<'JSON'
{"cniVersion":"0.3.1","name":"n","type":"bridge",
 "ipam":{"type":"host-local","subnet":"10.77.0.0/24"}}
JSON
sysctl -qw net.ipv4.ip_forward=0
attach 1
attach 2
net info | grep -x 'bridge cni0'
[ -z "$(ip -4 -o addr show dev cni0)" ]
[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
ping 1 10.77.0.3
same 1
SH
}

@test "two networks: the first default route wins" {
    sandbox <<'SH'
for n in 1 2; do
    conf $n.conflist <<JSON
{"cniVersion":"1.0.0","name":"n$n","plugins":[{"type":"bridge",
 "bridge":"br-n$n","isGateway":true,"ipam":{"type":"host-local",
 "subnet":"10.7$n.0.0/24","routes":[{"dst":"0.0.0.0/0"}]}}]}
JSON
done
ip netns add c1
for n in 1 2; do
    net setup id=ctr1 net=n$n ifname=eth$n netns=/run/netns/c1 cookie=$T/ck$n
done
ip -n c1 route | grep '^default' >$T/routes
[ "$(cat $T/routes)" = 'default via 10.71.0.1 dev eth1 ' ]
for n in 1 2; do
    net check id=ctr1 ifname=eth$n netns=/run/netns/c1 cookie=$T/ck$n
    ping 1 10.7$n.0.1
done
# one goes, the other stays
net teardown id=ctr1 ifname=eth1 netns=/run/netns/c1 cookie=$T/ck1
net check id=ctr1 ifname=eth2 netns=/run/netns/c1 cookie=$T/ck2
SH
}

@test "no descriptor and no child is left in the process" {
    command -v strace >/dev/null || skip "needs strace"
    ldd "$POLYPOD_BUILD/plugins/net-bridge.so" | not_in libasan ||
        skip "a sanitizer opens files of its own"
    sandbox <<'SH'
ip netns add c1
traced -o $T/trace -e trace=openat,open,socket,fork,vfork,clone,clone3,execve,setns,dup,fcntl \
    "$POLYPOD_BUILD/tests/plugin/netdrive" "$POLYPOD_BUILD/plugins/net-bridge.so" \
    setup dir=$T/run/net-bridge cni_config_dir=$T/conf id=a ifname=eth0 netns=/run/netns/c1
# what the plugin opens is close-on-exec
grep -c CLOEXEC $T/trace
absent 'open.*O_' grep -v CLOEXEC $T/trace
absent 'socket(' grep -v CLOEXEC $T/trace
# one program; one thread, and only that one is ever elsewhere
[ "$(grep -c 'execve(' $T/trace)" = 1 ]
[ "$(grep -c 'clone3*(' $T/trace)" = 1 ]
grep 'clone3(' $T/trace | grep CLONE_THREAD
main=$(grep -m1 'execve(' $T/trace | cut -d' ' -f1)
absent "^$main .*setns" cat $T/trace
grep setns $T/trace
SH
}
