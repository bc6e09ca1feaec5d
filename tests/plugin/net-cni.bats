#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# net-cni with the real CNI plugins

load net-cni.bash

@test "two containers on the built-in network reach each other" {
    sandbox <<'SH'
for i in 1 2; do
    ip netns add c$i
    net setup id=ctr$i ifname=eth0 netns=/run/netns/c$i cookie=$T/ck$i >$T/out$i
done
grep -q '^iface eth0 mac=..:..:..:..:..:.. sandbox=/run/netns/c1 ' $T/out1
grep -qx 'address eth0 10.88.0.2/16 gw=10.88.0.1' $T/out1
grep -qx 'address eth0 10.88.0.3/16 gw=10.88.0.1' $T/out2
grep -qx 'route 0.0.0.0/0 gw=-' $T/out1
ip netns exec c1 busybox ping -c1 -W2 10.88.0.3
ip netns exec c2 busybox ping -c1 -W2 10.88.0.1
net check id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck1

for i in 1 2; do
    net teardown id=ctr$i ifname=eth0 netns=/run/netns/c$i cookie=$T/ck$i
done
absent veth ip link
not ip netns exec c1 ip link show eth0
[ -z "$(ls $T/run/ipam/podman | grep '^10\.')" ]
# once more: nothing left is success
net teardown id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck1
# the host's own folders were not used
[ -z "$(ls -A /var/lib/cni)" ]
SH
}

@test "an address and a MAC address can be wanted" {
    sandbox <<'SH'
ip netns add c1
ip netns add c2
net setup id=a ifname=eth0 netns=/run/netns/c1 ip=10.88.7.7 \
    mac=02:00:00:00:00:07 cookie=$T/ck >$T/out
grep -qx 'address eth0 10.88.7.7/16 gw=10.88.0.1' $T/out
ip -n c1 link show eth0 | grep 02:00:00:00:00:07
# taken: refused, and undone
refused 12 setup id=b ifname=eth0 netns=/run/netns/c2 ip=10.88.7.7
says 'network podman: CNI plugin bridge: '
says '10.88.7.7'
says '(code 999)'
not ip -n c2 link show eth0
[ $(ip -o link | grep -c veth) = 1 ]
SH
}

@test "bridge, portmap and firewall: rules come and go" {
    sandbox <<'SH'
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"full","plugins":[
 {"type":"bridge","bridge":"cni-f0","isGateway":true,"ipMasq":true,
  "ipam":{"type":"host-local","subnet":"10.77.0.0/24"}},
 {"type":"portmap","capabilities":{"portMappings":true}},
 {"type":"firewall","backend":"iptables"}]}
JSON
ip netns add c1
net info | grep -x 'flags 0xf'
net info | grep -x 'bridge cni-f0'
net setup id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck \
    port=8080:80/tcp port=127.0.0.1@5000:5000+2/udp
iptables-save >$T/rules
grep -q -- '--dport 8080 -j DNAT --to-destination 10.77.0.2:80' $T/rules
grep -q -- '-d 127.0.0.1/32 -p udp -m udp --dport 5001 -j DNAT' $T/rules
grep -q -- '-A CNI-FORWARD -s 10.77.0.2/32 -j ACCEPT' $T/rules
grep -q MASQUERADE $T/rules
# portmap's own CHECK is wrong for one family: a warning, not drift
net check id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck 2>$T/warned
grep -q 'log 4: network full: CNI plugin portmap' $T/warned

net teardown id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck
absent '10.77.0.2\|8080\|CNI-DN\|ctr1' iptables-save
[ -z "$(ls /var/lib/cni/networks/full | grep '^10\.')" ]
absent veth ip link
SH
}

@test "check finds an address that is gone" {
    sandbox <<'SH'
ip netns add c1
net setup id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck
ip -n c1 addr flush dev eth0
refused 16 check id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck
says '10.88.0.2'
refused 16 check id=ctr1 ifname=eth0 cookie=$T/ck
says 'the namespace of container ctr1 is gone'
SH
}

@test "teardown works after the namespace is gone" {
    sandbox <<'SH'
for how in path nopath nocookie; do
    ip netns add c1
    net setup id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck
    ls $T/run/ipam/podman | grep '^10\.'
    ip netns del c1
    case $how in
    path) net teardown id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck ;;
    nopath) net teardown id=ctr1 ifname=eth0 cookie=$T/ck ;;
    nocookie) net teardown id=ctr1 ifname=eth0 ;;
    esac
    absent '^10\.' ls $T/run/ipam/podman
done
SH
}

@test "a failing second plugin undoes the first" {
    sandbox <<'SH'
cp /usr/lib/cni/bridge /usr/lib/cni/host-local $T/bin
use_fakes
fake broken <<'X'
[ $cmd != ADD ] || { echo '{"code":100,"msg":"no luck"}'; exit 1; }
X
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"n","plugins":[
 {"type":"bridge","bridge":"cni-f0","ipam":{"type":"host-local",
  "subnet":"10.77.0.0/24"}},{"type":"broken"}]}
JSON
ip netns add c1
refused 12 setup id=ctr1 ifname=eth0 netns=/run/netns/c1
says 'error 12: network n: CNI plugin broken: no luck (code 100)'
[ "$(tr '\n' , <$T/bin/order)" = 'broken ADD,broken DEL,' ]
asked broken DEL '.prevResult.ips[0].address == "10.77.0.2/24"'
not ip -n c1 link show eth0
absent '^10\.' ls /var/lib/cni/networks/n
SH
}

@test "an attachment of a pool that is full leaves nothing behind" {
    sandbox <<'SH'
conf a.conflist <<'JSON'
{"cniVersion":"0.4.0","name":"n","plugins":[
 {"type":"bridge","bridge":"cni-f0","isGateway":true,"ipam":{"type":
  "host-local","subnet":"10.77.0.0/30"}}]}
JSON
ip netns add c1
ip netns add c2
net setup id=a ifname=eth0 netns=/run/netns/c1 cookie=$T/ck
refused 12 setup id=b ifname=eth0 netns=/run/netns/c2
says 'no IP addresses available'
not ip -n c2 link show eth0
SH
}

@test "a list that a plugin is too new for names the versions" {
    sandbox <<'SH'
conf a.conflist <<'JSON'
{"cniVersion":"0.3.1","name":"n","plugins":[
 {"type":"bridge","ipam":{"type":"host-local","subnet":"10.77.0.0/24"}},
 {"type":"firewall"}]}
JSON
ip netns add c1
refused 4 setup id=a ifname=eth0 netns=/run/netns/c1
says 'CNI plugin firewall: incompatible CNI versions'
says 'it supports ["0.4.0","1.0.0"], the network asks for 0.3.1'
not ip -n c1 link show eth0
refused 17 status
says 'CNI plugin firewall does not support version 0.3.1'
SH
}

@test "status is good for the built-in network" {
    sandbox <<'SH'
net status
net gc alive=x:eth0
net caps | grep -x 'caps 0x1f'
net probe | grep -x 'score 100'
SH
}
