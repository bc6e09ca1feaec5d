#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# net-bridge: the networks of net-cni, and its leases

load net-bridge.bash

@test "both drivers know the same networks" {
    sandbox <<'SH'
net list >$T/a
cni list >$T/b
cmp $T/a $T/b
net info | grep -x 'name podman'
net info | grep -x 'bridge cni-podman0'
net info | grep '^json ' >$T/a
cni info | grep '^json ' >$T/b
cmp $T/a $T/b
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"web","plugins":[
 {"type":"bridge","bridge":"br-web","ipMasq":true,"ipam":{"type":"host-local",
  "subnet":"10.77.0.0/24"}},
 {"type":"portmap","capabilities":{"portMappings":true}},
 {"type":"firewall","ingressPolicy":"same-bridge"},{"type":"tuning"}]}
JSON
echo '{' | conf b.conflist
net list 2>$T/said | grep -x web
says 'b.conflist" is not JSON'
# all of it is left to the firewall plugin of the engine
net info | grep -x 'flags 0x28'
cni info | grep -x 'flags 0xf'
refused 5 info net=other
says 'known are: web'
net status
ip netns add c1
net setup id=a ifname=eth0 netns=/run/netns/c1
SH
}

@test "the lease of one driver is seen by the other" {
    needs_cni
    sandbox <<'SH'
for i in 1 2 3 4; do ip netns add c$i; done
for i in 1 3; do
    cni setup id=ctr$i ifname=eth0 netns=/run/netns/c$i cookie=$T/ck$i >$T/out$i
    attach $((i + 1))
done
cat $T/out* | grep '^address' | sort >$T/addresses
printf 'address eth0 10.88.0.%s/16 gw=10.88.0.1\n' 2 3 4 5 >$T/wanted
cmp $T/addresses $T/wanted
ping 1 10.88.0.3
ping 4 10.88.0.2
ip netns add c5
refused 6 setup id=ctr5 ifname=eth0 netns=/run/netns/c5 ip=10.88.0.2
says 'leased to container ctr1'
not cni setup id=ctr5 ifname=eth0 netns=/run/netns/c5 ip=10.88.0.3 2>$T/said
says 10.88.0.3

# each is detached by the other, with a cookie that is not its own
for i in 1 3; do detach $i; done
for i in 2 4; do
    cni teardown id=ctr$i ifname=eth0 netns=/run/netns/c$i cookie=$T/ck$i \
        2>$T/said
    says 'is not one of this plugin'
done
nothing_left
for i in 1 2 3 4; do not ip -n c$i link show eth0; done
SH
}

@test "the lease of a network of its own, too, with the namespace gone" {
    needs_cni
    sandbox <<'SH'
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"bridge","bridge":"br-n",
 "ipam":{"type":"host-local","ranges":[[{"subnet":"10.77.0.0/24"}],
 [{"subnet":"fd77::/64"}]]}}]}
JSON
ip netns add c1
cni setup id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck1
attach 2
grep -q '10.77.0.3/24' $T/out2
grep -q 'fd77::3/64' $T/out2
ip netns del c1
ip netns del c2
detach 1
cni teardown id=ctr2 ifname=eth0 2>/dev/null
absent '77' ls /var/lib/cni/networks/n
SH
}

@test "collection knows the leases of net-cni" {
    needs_cni
    sandbox <<'SH'
for i in 1 2; do
    ip netns add c$i
    cni setup id=ctr$i ifname=eth0 netns=/run/netns/c$i
done
ip netns del c2
net gc alive=ctr1:eth0
[ "$(ls $leases | grep '^10')" = 10.88.0.2 ]
SH
}

# A list of this bridge and PLUGINS is refused with TEXT.
@test "what only CNI plugins can do is refused by name" {
    sandbox <<'SH'
ip netns add c1
bad() {
    conf a.conflist <<<"{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"plugins\":[$2]}"
    refused ${3:-4} setup id=a ifname=eth0 netns=/run/netns/c1
    says "$1"
    says "network n"
    [ ${3:-4} = 2 ] || says 'set network.driver = cni'
    refused 17 status
}
ipam='"ipam":{"type":"host-local","subnet":"10.77.0.0/24"}'
bridge="{\"type\":\"bridge\",$ipam}"
bad 'begins with the CNI plugin macvlan' "{\"type\":\"macvlan\",$ipam}"
bad 'has the CNI plugin bandwidth' "$bridge,{\"type\":\"bandwidth\"}"
bad '"sysctl" of the CNI plugin tuning' "$bridge,{\"type\":\"tuning\",\"sysctl\":{\"a\":\"b\"}}"
bad '"conditionsV4" of the CNI plugin portmap' "$bridge,{\"type\":\"portmap\",\"conditionsV4\":[\"-s\",\"x\"]}"
bad 'ingressPolicy "isolated"' "$bridge,{\"type\":\"firewall\",\"ingressPolicy\":\"isolated\"}"
bad '"vlan" of the CNI plugin bridge' "{\"type\":\"bridge\",\"vlan\":5,$ipam}"
bad '"macspoofchk" of the CNI plugin bridge' "{\"type\":\"bridge\",\"macspoofchk\":true,$ipam}"
bad 'addresses by "dhcp"' '{"type":"bridge","ipam":{"type":"dhcp"}}'
bad 'addresses by ""' '{"type":"bridge"}'
bad '"table" of a route' '{"type":"bridge","ipam":{"type":"host-local","subnet":"10.77.0.0/24","routes":[{"dst":"0.0.0.0/0","table":5}]}}'
bad '"resolvConf" of the CNI plugin host-local' '{"type":"bridge","ipam":{"type":"host-local","resolvConf":"/etc/resolv.conf","subnet":"10.77.0.0/24"}}'

range() { bad "$1" "{\"type\":\"bridge\",\"ipam\":{\"type\":\"host-local\",\"ranges\":[$2]}}" 2; }
range 'has no range of addresses' ''
range 'a range without a subnet' '[{}]'
range 'a set of ranges is no list' '{}'
range 'bits behind its prefix' '[{"subnet":"10.77.0.1/24"}]'
range 'too small' '[{"subnet":"10.77.0.0/31"}]'
range 'ends before it starts' '[{"subnet":"10.77.0.0/24","rangeStart":"10.77.0.9","rangeEnd":"10.77.0.8"}]'
range 'not an address of its subnet' '[{"subnet":"10.77.0.0/24","rangeStart":"10.78.0.9"}]'
range 'mixes IPv4 and IPv6' '[{"subnet":"10.77.0.0/24"},{"subnet":"fd77::/64"}]'
range 'overlaps another one' '[{"subnet":"10.77.0.0/24"}],[{"subnet":"10.77.0.128/25"}]'
bad 'exclude each other' "{\"type\":\"bridge\",\"hairpinMode\":true,\"promiscMode\":true,$ipam}" 2
bad 'mtu must be' "{\"type\":\"bridge\",\"mtu\":9,$ipam}" 2
bad 'is no name of an interface' "{\"type\":\"bridge\",\"bridge\":\"seventeen-letters\",$ipam}" 2
absent . find /var/lib/cni -mindepth 1
absent veth ip -d link
SH
}

@test "a set of two ranges goes on in the second" {
    sandbox <<'SH'
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"bridge","bridge":"br-n",
 "isGateway":true,"ipam":{"type":"host-local","ranges":[[
 {"subnet":"10.77.0.0/24","rangeStart":"10.77.0.9","rangeEnd":"10.77.0.9"},
 {"subnet":"10.78.0.0/24","rangeStart":"10.78.0.9","rangeEnd":"10.78.0.9"}]]}}]}
JSON
attach 1
attach 2
grep -qx 'address eth0 10.77.0.9/24 gw=10.77.0.1' $T/out1
grep -qx 'address eth0 10.78.0.9/24 gw=10.78.0.1' $T/out2
ip netns add c3
refused 13 setup id=c ifname=eth0 netns=/run/netns/c3
ping 1 10.77.0.1
ping 2 10.78.0.1
SH
}

@test "ipam_dir moves the leases of the built-in network" {
    sandbox <<'SH'
attach 1 ipam_dir=$T/elsewhere
ls $T/elsewhere/podman | grep -x 10.88.0.2
detach 1
nothing_left $T/elsewhere/podman
[ ! -e $leases ]
SH
}

@test "requests that make no sense are refused" {
    sandbox <<'SH'
ip netns add c1
refused 2 setup id=a/b ifname=eth0 netns=/run/netns/c1
refused 2 setup id=a ifname=sixteen-letters- netns=/run/netns/c1
refused 2 setup id=a ifname=a/b netns=/run/netns/c1
refused 2 teardown id= ifname=eth0
refused 2 setup timeout=0s id=a ifname=eth0 netns=/run/netns/c1
echo nonsense >$T/ck
attach 1
net teardown id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck
nothing_left
# the cookie of one is of no use to another
attach 1
net teardown id=other ifname=eth0 cookie=$T/ck1
same 1
# a lock that is held for too long is named
attach 2
flock $leases/lock sleep 3 &
sleep 0.3
refused 8 setup ms=200 id=x ifname=eth1 netns=/run/netns/c2
says "holds \"$leases/lock\" for too long"
wait
SH
}
