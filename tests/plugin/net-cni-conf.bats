#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# net-cni: the folder of networks

load net-cni.bash

@test "files are read in byte order and filtered by extension" {
    sandbox <<'SH'
one() { conf $1 <<<'{"cniVersion":"1.0.0","name":"'$2'","type":"bridge"}'; }
one b.conf bee
one B.json upper
one 10.conf ten
one 9.conf nine
one c.conf.bak no
one d.yaml no
conf e.conflist <<<'{"name":"old","plugins":[{"type":"ptp"}]}'
mkdir $T/conf/dir.conf
[ "$(net list 2>$T/said | tr '\n' ' ')" = 'ten nine upper bee old ' ]
says 'dir.conf" is not a regular file'
net info net= | grep -x 'name ten'
net info net=ten | grep -x 'flags 0x8'
net info net=bee | grep -x 'flags 0x0'
net info net=bee | grep -x 'bridge cni0'
net info net=old | grep -x 'bridge -'
SH
}

@test "a later file of the same name replaces the earlier" {
    sandbox <<'SH'
conf 1.conf <<<'{"cniVersion":"1.0.0","name":"x","type":"bridge","bridge":"b1"}'
conf 2.conf <<<'{"cniVersion":"1.0.0","name":"y","type":"bridge","bridge":"b2"}'
conf 3.conf <<<'{"cniVersion":"1.0.0","name":"x","type":"bridge","bridge":"b3"}'
[ "$(net list | tr '\n' ' ')" = 'x y ' ]
net info net=x | grep -x 'bridge b3'
net info | grep -x 'name x'
SH
}

@test "the default network can be named" {
    sandbox <<'SH'
conf 1.conf <<<'{"cniVersion":"1.0.0","name":"x","type":"bridge"}'
conf 2.conf <<<'{"cniVersion":"1.0.0","name":"y","type":"bridge"}'
net info cni_default_network=y | grep -x 'name y'
net info cni_default_network=y net=y | grep -x 'flags 0x8'
net info cni_default_network=y net=x | grep -x 'flags 0x0'
refused 5 info cni_default_network=z
says 'no default network "z"'
says 'known are: x, y'
refused 5 info net=podman
says "no network \"podman\" in \"$T/conf\", known are: x, y"
SH
}

@test "broken files are skipped with a warning" {
    sandbox <<'SH'
conf a.conflist <<<'{"name":'
conf b.conflist <<<'[1]'
conf c.conflist <<<'{"name":"c","plugins":[]}'
conf d.conflist <<<'{"plugins":[{"type":"bridge"}]}'
conf e.conflist <<<'{"name":"e","plugins":[{"type":"../../bin/sh"}]}'
conf f.conflist <<<'{"name":"../f","plugins":[{"type":"bridge"}]}'
conf g.conf <<<'{"name":"g","plugins":[{"type":"bridge"}]}'
conf h.conflist <<<'{"cniVersion":"9.9","name":"h","plugins":[{"type":"b"}]}'
conf i.conflist <<<'{"cniVersion":7,"name":"i","plugins":[{"type":"b"}]}'
conf j.conflist <<<'{"name":"j","plugins":[{"type":"b\u0000d"}]}'
conf k.conflist <<<'{"name":"k","plugins":[{"type":"b"}]} trailing'
{ printf '{"x":'; head -c 3000 /dev/zero | tr '\0' '['; } | conf l.conflist
head -c 1100000 /dev/zero | tr '\0' ' ' | conf m.conflist
mkfifo $T/conf/n.conf
ln -s /nonexistent $T/conf/o.conf
conf p.conflist </dev/null
conf z.conflist <<<'{"name":"good","plugins":[{"type":"bridge"}]}'
[ "$(net list 2>$T/said)" = good ]
[ "$(grep -c '^log 4: ' $T/said)" = 16 ]
says 'a list of plugins belongs into a file that ends in .conflist'
says 'cniVersion 9.9 is unknown here, this plugin speaks 0.1.0 to 1.1.0'
says 'm.conflist" is larger than 1 MiB'
rm $T/conf/z.conflist
[ "$(net list 2>$T/said)" = podman ]
SH
}

@test "no folder means the built-in network" {
    sandbox <<'SH'
rmdir $T/conf
net info >$T/out
grep -x 'name podman' $T/out
grep -x 'bridge cni-podman0' $T/out
sed -n 's/^json //p' $T/out | jq -e '.plugins[0].ipMasq == false and
    .plugins[0].ipam.dataDir == "'$T'/run/ipam"'
refused 5 info net=other
says 'known are: podman'
SH
}

@test "an empty name is the file's, several versions give the newest" {
    sandbox <<'SH'
conf a.conf <<<'{"type":"bridge"}'
conf b.conflist <<<'{"name":"","plugins":[{"type":"bridge"}]}'
[ "$(net list | tr '\n' ' ')" = 'a.conf b.conflist ' ]
rm $T/conf/*
use_fakes
fake p <<'X'
echo '{"ips":[]}'
X
conf a.conflist <<'JSON'
{"cniVersion":"0.4.0","cniVersions":["0.4.0","1.1.0","1.0.0","7.7"],"name":"n",
 "plugins":[{"type":"p"}]}
JSON
net setup id=a ifname=eth0 netns=/proc/self/ns/net
asked p ADD '.cniVersion == "1.1.0"'
SH
}

@test "a plugin that is not installed is named, and nothing has run" {
    sandbox <<'SH'
use_fakes
fake first </dev/null
conf a.conflist <<'JSON'
{"name":"n","plugins":[{"type":"first"},{"type":"absent"}]}
JSON
conf b.conflist <<'JSON'
{"name":"m","plugins":[{"type":"first","ipam":{"type":"no-ipam"}}]}
JSON
touch $T/bin/absent            # there, but not executable
refused 17 setup id=a ifname=eth0 netns=/proc/self/ns/net
says "CNI plugin absent is not in $T/bin, install the package containernetworking-plugins"
refused 17 setup id=a ifname=eth0 netns=/proc/self/ns/net net=m
says 'CNI plugin no-ipam is not in'
[ ! -e $T/bin/order ]
# and there is nothing to detach from what is not there
net teardown id=a ifname=eth0 2>$T/said
says 'CNI plugin absent is not in'
# nor from a network that nobody knows
net teardown id=a ifname=eth0 net=unknown 2>$T/said
says 'no network "unknown"'
SH
}

@test "keys are validated when the plugin is opened" {
    sandbox <<'SH'
refused 2 list timeout=0
refused 2 list cni_plugin_dir=relative
refused 2 list cni_plugin_dir=/a:/b
SH
}
