#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# net-cni: the protocol, with CNI plugins that misbehave

load net-cni.bash

@test "what a plugin is given" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
echo '{"cniVersion":"1.0.0","ips":[{"address":"10.1.2.3/24"}]}'
X
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"n","plugins":[
 {"type":"p","strange":[1,2.50,{"x":null}],"capabilities":
  {"portMappings":true,"aliases":true,"mac":false,"bandwidth":true}}]}
JSON
SECRET=1 net setup id=ctr-1.x name=web ifname=eth7 netns=/proc/self/ns/net \
    port=127.0.0.1@80:8080/tcp port=53:5353+2/udp port=9:9/sctp \
    alias=one alias=two arg=A=b arg=C= ip=10.1.2.3 mac=02:00:00:00:00:01
sort $T/bin/p.ADD.env >$T/env
cut -d= -f1 $T/env | grep -vx -e PWD -e OLDPWD -e SHLVL -e _ | tr '\n' ' ' >$T/names
[ "$(cat $T/names)" = \
  'CNI_ARGS CNI_COMMAND CNI_CONTAINERID CNI_IFNAME CNI_NETNS CNI_PATH PATH ' ]
grep -x CNI_CONTAINERID=ctr-1.x $T/env
grep -x CNI_IFNAME=eth7 $T/env
grep -x CNI_NETNS=/proc/self/ns/net $T/env
grep -x CNI_PATH=$T/bin $T/env
grep -x 'CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=web;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=ctr-1.x;A=b;C=;IP=10.1.2.3;MAC=02:00:00:00:00:01' $T/env
asked p ADD '.name == "n" and .cniVersion == "1.0.0" and .type == "p" and
    (has("capabilities") or has("prevResult") | not)'
asked p ADD '.strange == [1,2.5,{"x":null}]'
grep -q '2\.50' $T/bin/p.ADD.in
asked p ADD '.runtimeConfig == {"aliases":["one","two"],"portMappings":[
 {"hostPort":80,"containerPort":8080,"protocol":"tcp","hostIP":"127.0.0.1"},
 {"hostPort":53,"containerPort":5353,"protocol":"udp","hostIP":""},
 {"hostPort":54,"containerPort":5354,"protocol":"udp","hostIP":""},
 {"hostPort":9,"containerPort":9,"protocol":"sctp","hostIP":""}]}'
SH
}

@test "requests that cannot be right run nothing" {
    sandbox <<'SH'
use_fakes
fake p </dev/null
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"p"}]}'
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
for bad in id= id=-a id=a/b id=a\;b ifname= ifname=eth0/1 ifname=a:b \
    ifname=. ifname=sixteen-letters- netns= name=a\;b=c arg=novalue \
    arg=a=b\;c=d ip=1.2.3 ip=1.2.3.4/33 ip=::1/129 mac=zz port=0:1/tcp \
    port=65535:1+2/tcp port=x@1:1/tcp; do
    refused 2 setup $ok "$bad"
done
refused 4 setup $ok port=1:1/icmp
refused 4 setup $ok ip=1.2.3.4 ip=1.2.3.5
[ ! -e $T/bin/order ]
SH
}

@test "results go down the chain, DEL comes back up" {
    sandbox <<'SH'
use_fakes
for p in one two three; do fake $p <<'X'
[ $cmd = ADD ] && echo '{"cniVersion":"1.0.0","ips":[],"dns":{"domain":"'$me'"}}'
exit 0
X
done
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"n","plugins":[
 {"type":"one"},{"type":"two","capabilities":{"aliases":true}},{"type":"three"}]}
JSON
net setup id=a ifname=eth0 netns=/proc/self/ns/net alias=x cookie=$T/ck >$T/out
grep -x 'dns 4 three' $T/out
asked one ADD 'has("prevResult") | not'
asked two ADD '.prevResult.dns.domain == "one"'
asked three ADD '.prevResult.dns.domain == "two"'
net check id=a ifname=eth0 netns=/proc/self/ns/net cookie=$T/ck
asked one CHECK '.prevResult.dns.domain == "three"'
# the file changes and goes: the cookie knows
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"zz"}]}'
net teardown id=a ifname=eth0 cookie=$T/ck
asked one DEL '.prevResult.dns.domain == "three"'
asked two DEL '.runtimeConfig.aliases == ["x"]'
grep -x CNI_NETNS= $T/bin/one.DEL.env
rm $T/conf/a.conflist
net teardown id=a ifname=eth0 cookie=$T/ck
[ "$(tr '\n' , <$T/bin/order)" = "one ADD,two ADD,three ADD,\
one CHECK,two CHECK,three CHECK,three DEL,two DEL,one DEL,\
three DEL,two DEL,one DEL," ]
SH
}

@test "DEL goes on after errors and returns the first" {
    sandbox <<'SH'
use_fakes
for p in one two three four; do fake $p <<'X'
[ $cmd = ADD ] && { echo '{"ips":[]}'; exit 0; }
[ $me = four ] && { echo '{"code":3,"msg":"unknown container"}'; exit 1; }
[ $me = two ] || { echo '{"code":5,"msg":"'$me' is sad","details":"very"}'; exit 1; }
X
done
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"one"},{"type":"two"},
 {"type":"three"},{"type":"four"}]}
JSON
net setup id=a ifname=eth0 netns=/proc/self/ns/net cookie=$T/ck
rm $T/bin/order
refused 12 teardown id=a ifname=eth0 netns=/proc/self/ns/net cookie=$T/ck
says 'error 12: network n: CNI plugin three: three is sad: very (code 5)'
says 'log 4: network n: CNI plugin one: one is sad: very (code 5)'
[ "$(tr '\n' , <$T/bin/order)" = 'four DEL,three DEL,two DEL,one DEL,' ]
SH
}

@test "before 0.4.0 DEL has no prevResult and there is no CHECK" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
echo '{"cniVersion":"0.3.1","ips":[]}'
X
conf a.conflist <<<'{"cniVersion":"0.3.1","name":"n","plugins":[{"type":"p"}]}'
ok="id=a ifname=eth0 netns=/proc/self/ns/net cookie=$T/ck"
net setup $ok
net check $ok
net teardown $ok debug=1 2>$T/said
says 'cniVersion 0.3.1 has no prevResult in DEL'
asked p DEL 'has("prevResult") | not'
[ ! -e $T/bin/p.CHECK.in ]
SH
}

@test "answers that are no result are refused and undone" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
[ $cmd = ADD ] || exit 0
echo "on the way out" >&2
cat "$dir/answer"
X
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"p"}]}'
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
bad() { # TEXT
    rm -f $T/bin/order
    cat >$T/bin/answer
    refused 14 setup $ok
    says "$1"
    [ "$(tr '\n' , <$T/bin/order)" = 'p ADD,p DEL,' ]
}
bad 'ADD printed no result: it is empty: on the way out' </dev/null
bad 'CNI plugin p: ADD printed no result: ' <<<'Segmentation fault'
bad 'it is not an object' <<<'[]'
bad 'it is not an object' <<<'null'
bad 'it ends too early' <<<'{"ips":['
bad 'text after the value' <<<'{} {}'
head -c 5000 /dev/zero | tr '\0' '[' | bad 'nesting too deep'
printf '{"a":1}\0x' | bad 'text after the value'
bad 'the result has an invalid address' <<<'{"ips":[{"address":"10.0.0.1"}]}'
bad 'the result has an invalid address' <<<'{"ips":[{"address":"x/24"}]}'
bad 'the result has an invalid address' <<<'{"ips":[7]}'
bad 'an invalid address' <<<'{"ips":[{"address":"10.0.0.1/24\u0000"}]}'
bad 'an invalid gateway' <<<'{"ips":[{"address":"1.1.1.1/8","gateway":"x"}]}'
bad 'an invalid route' <<<'{"routes":[{"dst":"default"}]}'
bad 'an invalid interface' <<<'{"interfaces":[{"name":"a/b"}]}'
bad 'an invalid DNS entry' <<<'{"dns":{"search":["a\nnameserver 6.6.6.6"]}}'
bad 'an invalid DNS entry' <<<'{"dns":{"nameservers":["evil"]}}'
bad 'an invalid DNS entry' <<<'{"dns":{"domain":"a b"}}'
jq -nc '{routes:[range(300)|{dst:"10.0.0.0/8"}]}' | bad 'more than 256 routes'
SH
}

@test "odd results are read leniently" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
[ $cmd = ADD ] && cat "$dir/answer"
exit 0
X
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"p"}]}'
conf b.conf <<<'{"cniVersion":"0.2.0","name":"old","type":"p"}'
conf c.conf <<<'{"name":"oldest","type":"p"}'
ok="id=a ifname=eth3 netns=/proc/self/ns/net"
cat >$T/bin/answer <<'JSON'
{"cniVersion":"1.1.0","interfaces":[{"name":"vethx"},{"name":"eth9","mtu":1400,
 "mac":"02:00:00:00:00:09","sandbox":"/x","socketPath":"/s"}],
 "ips":[{"version":"4","interface":1,"address":"10.0.0.2/24"},
 {"interface":0,"address":"10.0.0.3/24","gateway":""},
 {"interface":99,"address":"fd00::2/64","gateway":"fd00::1"},
 {"interface":-1,"address":"fd00::3/64"}],
 "routes":[{"dst":"0.0.0.0/0","gw":"10.0.0.1","mtu":1},{"dst":"::/0"}],
 "dns":{"nameservers":["1.1.1.1","fd00::53"],"search":["a.b"],
 "options":["ndots:2"],"domain":"d.e"},"unknown":{}}
JSON
net setup $ok >$T/out
diff $T/out - <<'OUT'
iface vethx mac=- sandbox=- mtu=0
iface eth9 mac=02:00:00:00:00:09 sandbox=/x mtu=1400
address eth9 10.0.0.2/24 gw=-
address eth3 10.0.0.3/24 gw=-
address eth3 fd00::2/64 gw=fd00::1
address eth3 fd00::3/64 gw=-
route 0.0.0.0/0 gw=10.0.0.1
route ::/0 gw=-
dns 1 1.1.1.1
dns 1 fd00::53
dns 2 a.b
dns 3 ndots:2
dns 4 d.e
OUT
cat >$T/bin/answer <<'JSON'
{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.2/24","gateway":"10.0.0.1",
 "routes":[{"dst":"0.0.0.0/0"},{"dst":"10.9.0.0/16","gw":"10.0.0.9"}]},
 "ip6":{"ip":"fd00::2/64"},"dns":{"nameservers":["1.1.1.1"]}}
JSON
for n in old oldest n; do
net setup $ok net=$n >$T/out
diff $T/out - <<'OUT'
address eth3 10.0.0.2/24 gw=10.0.0.1
route 0.0.0.0/0 gw=10.0.0.1
route 10.9.0.0/16 gw=10.0.0.9
address eth3 fd00::2/64 gw=-
dns 1 1.1.1.1
OUT
done
net setup $ok net=oldest
asked p ADD '.cniVersion == "0.1.0" and .name == "oldest"'
SH
}

@test "a wanted address that was not given is an error" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
[ $cmd = ADD ] && echo '{"interfaces":[{"name":"eth0","sandbox":"/x",
 "mac":"02:00:00:00:00:AA"}],"ips":[{"address":"10.0.0.2/24"},
 {"address":"fd00::0002/64"}]}'
exit 0
X
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"p"}]}'
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
refused 4 setup $ok ip=10.0.0.9
says 'network n did not give the wanted address 10.0.0.9'
[ "$(tr '\n' , <$T/bin/order)" = 'p ADD,p DEL,' ]
refused 4 setup $ok mac=02:00:00:00:00:01
net setup $ok ip=fd00::2 mac=02:00:00:00:00:aa
net setup $ok ip=10.0.0.2/16
SH
}

@test "huge output ends the plugin" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
[ $cmd = ADD ] || exit 0
echo $$ >"$dir/pid"
if [ -e "$dir/err" ]; then exec cat /dev/zero >&2; fi
exec cat /dev/zero
X
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"p"}]}'
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
refused 12 setup $ok
says 'CNI plugin p: ADD printed more than 1 MiB and was killed'
not kill -0 $(cat $T/bin/pid)
touch $T/bin/err
refused 12 setup $ok
not kill -0 $(cat $T/bin/pid)
SH
}

@test "a plugin that hangs is killed with its children" {
    sandbox <<'SH'
use_fakes
fake good <<'X'
[ $cmd = ADD ] && echo '{"ips":[]}'
exit 0
X
fake p <<'X'
[ $cmd = ADD ] || exit 0
echo "waiting for the xtables lock" >&2
sleep 1000 &
echo $! >"$dir/child"
echo $$ >"$dir/pid"
wait
X
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"good"},{"type":"p"}]}
JSON
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
refused 9 setup $ok ms=400
says 'CNI plugin p: ADD did not end within '
says 'ms and was killed: waiting for the xtables lock'
gone() { ! kill -0 $1 2>/dev/null || grep -q '^State:.*Z' /proc/$1/status; }
gone $(cat $T/bin/pid)
gone $(cat $T/bin/child)
[ "$(tr '\n' , <$T/bin/order)" = 'good ADD,p ADD,p DEL,good DEL,' ]
# the key is the default
refused 9 setup $ok timeout=300ms
SH
}

@test "DEL that hangs leaves time for the others" {
    sandbox <<'SH'
use_fakes
fake good <<'X'
[ $cmd = ADD ] && echo '{"ips":[]}'
exit 0
X
fake p <<'X'
[ $cmd = ADD ] && { echo '{"ips":[]}'; exit 0; }
exec sleep 1000
X
conf a.conflist <<'JSON'
{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"good"},{"type":"p"}]}
JSON
ok="id=a ifname=eth0 netns=/proc/self/ns/net cookie=$T/ck"
net setup $ok
refused 9 teardown $ok ms=2000
grep -x 'good DEL' $T/bin/order
SH
}

@test "errors carry the plugin's words, cleaned" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
[ $cmd = ADD ] || exit 0
. "$dir/answer"
X
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"p"}]}'
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
bad() { # CODE TEXT
    cat >$T/bin/answer
    refused $1 setup $ok
    says "$2"
}
bad 12 'network n: CNI plugin p: text (code 999)' <<'X'
echo '{"code":999,"msg":"text"}'; exit 1
X
bad 8 'later (code 11)' <<'X'
echo '{"code":11,"msg":"later"}'; exit 1
X
bad 12 'a [31mred  line (code 999)' <<'X'
echo '{"code":999,"msg":"a\u001b[31mred\r\nline"}'; exit 1
X
bad 12 'ADD failed with status 3 and no error in JSON: panic: nil map' <<'X'
echo gibberish; echo 'panic: nil map' >&2; exit 3
X
bad 12 'ADD was killed by signal 11: last words' <<'X'
echo 'last words' >&2; kill -SEGV $$
X
bad 12 'failed with status 1 and no error in JSON' <<'X'
echo '{"code":"x","msg":1}'; exit 1
X
jq -nc '{code:100,msg:("x"*5000)}' >$T/bin/long
bad 12 'CNI plugin p: xxxx' <<'X'
cat "$dir/long"; exit 1
X
says '(code 100)'
SH
}

@test "cookies that are not ours are not believed" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
[ $cmd = ADD ] && echo '{"ips":[]}'
exit 0
X
fake evil </dev/null
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"p"}]}'
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
net setup $ok cookie=$T/ck
for f in .format=2 '.id="b"' '.ifname="a/b"' 'del(.list)' '.list.name="../x"' \
    '.list.plugins[0].type="../evil"' '.result=7' '.list=[]' '.args=1' \
    '.list.cniVersion="9"' '.list.plugins=[]'; do
    jq -c "$f" $T/ck >$T/bad
    rm -f $T/bin/order
    net teardown $ok cookie=$T/bad 2>$T/said
    grep '^log 4: ' $T/said
    [ "$(cat $T/bin/order)" = 'p DEL' ]     # by the file, as without a cookie
    refused 14 check $ok cookie=$T/bad || refused 4 check $ok cookie=$T/bad ||
        refused 2 check $ok cookie=$T/bad
done
head -c 5000 /dev/urandom >$T/bad
net teardown $ok cookie=$T/bad
head -c 200000 $T/ck | head -c 100 >$T/bad
net teardown $ok cookie=$T/bad
head -c 9000000 /dev/zero | tr '\0' ' ' >$T/bad
net teardown $ok cookie=$T/bad
SH
}

@test "STATUS and GC of 1.1.0" {
    sandbox <<'SH'
use_fakes
for p in one two; do fake $p <<'X'
[ -e "$dir/$me.fails" ] && { cat "$dir/$me.fails"; exit 1; }
exit 0
X
done
conf a.conflist <<'JSON'
{"cniVersion":"1.1.0","name":"n","plugins":[{"type":"one"},{"type":"two"}]}
JSON
net status
echo '{"code":50,"msg":"daemon is down"}' >$T/bin/two.fails
refused 17 status
says 'CNI plugin two: daemon is down (code 50)'
echo '{"code":51,"msg":"very down"}' >$T/bin/two.fails
refused 17 status
rm $T/bin/order
mv $T/bin/two.fails $T/bin/one.fails
refused 17 gc alive=aa:eth0 alive=bb:eth1
[ "$(tr '\n' , <$T/bin/order)" = 'one GC,two GC,' ]
asked two GC '."cni.dev/valid-attachments" ==
    [{"containerID":"aa","ifname":"eth0"},{"containerID":"bb","ifname":"eth1"}]'
not grep CNI_CONTAINERID $T/bin/two.GC.env
rm $T/bin/one.fails
net gc
asked one GC '."cni.dev/valid-attachments" == []'
conf a.conflist <<'JSON'
{"cniVersion":"1.1.0","name":"n","disableGC":true,"plugins":[{"type":"one"}]}
JSON
rm $T/bin/order
net gc
[ ! -e $T/bin/order ]
SH
}

@test "a list of 1.1.0 that is not ready attaches nothing" {
    sandbox <<'SH'
use_fakes
for p in one two; do fake $p <<'X'
[ -e "$dir/$me.$cmd.fails" ] && { cat "$dir/$me.$cmd.fails"; exit 1; }
[ $cmd != ADD ] || echo '{"ips":[]}'
exit 0
X
done
conf a.conflist <<'JSON'
{"cniVersion":"1.1.0","name":"n","plugins":[{"type":"one"},{"type":"two"}]}
JSON
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
net setup $ok cookie=$T/ck
[ "$(tr '\n' , <$T/bin/order)" = 'one STATUS,two STATUS,one ADD,two ADD,' ]
asked two STATUS '.cniVersion == "1.1.0" and .name == "n" and .type == "two"'
echo '{"code":50,"msg":"daemon is down"}' >$T/bin/two.STATUS.fails
rm $T/bin/order
refused 17 setup $ok
says 'CNI plugin two: daemon is down (code 50)'
[ "$(tr '\n' , <$T/bin/order)" = 'one STATUS,two STATUS,' ]
# what is attached can be checked and detached all the same
net check $ok cookie=$T/ck
net teardown $ok cookie=$T/ck
# a plugin from before STATUS has ADD say so
echo '{"code":4,"msg":"unknown CNI_COMMAND: STATUS"}' >$T/bin/two.STATUS.fails
net setup $ok
# older lists are not asked
rm $T/bin/order
sed -i s/1.1.0/1.0.0/ $T/conf/a.conflist
net setup $ok
[ "$(tr '\n' , <$T/bin/order)" = 'one ADD,two ADD,' ]
SH
}

@test "every version is spoken, an unknown one is named" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
[ $cmd != ADD ] || jq -c '{cniVersion, ips: [{version: "4", address: "10.1.2.3/24"}]}' <<<"$in"
exit 0
X
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
for v in 0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0; do
    conf a.conflist <<<"{\"cniVersion\":\"$v\",\"name\":\"n\",\"plugins\":[{\"type\":\"p\"}]}"
    net setup $ok cookie=$T/ck >$T/out
    asked p ADD ".cniVersion == \"$v\""
    net teardown $ok cookie=$T/ck
    asked p DEL ".cniVersion == \"$v\""
done
for v in 1.2.0 2.0.0 0.9 v1.0.0; do
    conf a.conflist <<<"{\"cniVersion\":\"$v\",\"name\":\"n\",\"plugins\":[{\"type\":\"p\"}]}"
    refused 5 setup $ok net=n
    says "a.conflist: cniVersion $v is unknown here"
    says "speaks 0.1.0 to 1.1.0"
done
SH
}

@test "plugins of 1.1.0 in files of their own" {
    sandbox <<'SH'
use_fakes
for p in one two three four; do fake $p <<'X'
[ $cmd != ADD ] || echo '{"ips":[]}'
exit 0
X
done
mkdir $T/conf/n $T/conf/other
echo '{"type":"three","x":3}' >$T/conf/n/20-c.conf
echo '{"type":"two"}' >$T/conf/n/10-b.conf
echo '{"type":"nosuch"}' >$T/conf/n/30-d.json
echo '{"type":"nosuch"}' >$T/conf/other/10.conf
list() { conf a.conflist <<<"{\"cniVersion\":\"$1\",\"name\":\"n\"$2}"; }
ok="id=a ifname=eth0 netns=/proc/self/ns/net"
# adds: what was added, in order
adds() {
    rm -f $T/bin/order
    net setup $ok cookie=$T/ck
    [ "$(sed -n 's/ ADD//p' $T/bin/order | tr '\n' ,)" = "$1" ]
}
one=',"plugins":[{"type":"one"}]'
list 1.1.0 "$one"
adds one,two,three,
asked three ADD '.x == 3 and .name == "n"'
# DEL by the cookie, whatever is in the folder now
echo '{"type":"four"}' >$T/conf/n/40.conf
rm $T/bin/order
net teardown $ok cookie=$T/ck
[ "$(grep DEL $T/bin/order | tr '\n' ,)" = 'three DEL,two DEL,one DEL,' ]
adds one,two,three,four,
list 1.1.0 ""
adds two,three,four,
list 1.1.0 "$one,\"loadOnlyInlinedPlugins\":true"
adds one,
list 1.0.0 "$one"
adds one,
# one that is broken costs the network, and says which
echo '{' >$T/conf/n/50.conf
list 1.1.0 "$one"
refused 5 setup $ok net=n
says 'n/50.conf" is not JSON'
SH
}

@test "GC waits for ADD, and ADD for GC" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
[ $cmd = ADD ] && sleep 1 && echo '{"ips":[]}'
exit 0
X
conf a.conflist <<<'{"cniVersion":"1.1.0","name":"n","plugins":[{"type":"p"}]}'
net setup id=a ifname=eth0 netns=/proc/self/ns/net cookie=$T/ck &
while [ ! -e $T/bin/p.ADD.env ]; do sleep 0.02; done
refused 8 gc timeout=200ms
net gc
wait
grep -q . $T/ck
exec 9>>$T/run/net-cni.lock
flock 9
refused 8 setup id=b ifname=eth0 netns=/proc/self/ns/net ms=200
SH
}

@test "VERSION is asked for lists before 1.1.0" {
    sandbox <<'SH'
use_fakes
fake p <<'X'
cat "$dir/answer"
X
conf a.conflist <<<'{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"p"}]}'
echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}' >$T/bin/answer
net status
asked p VERSION '. == {"cniVersion":"1.0.0"}'
grep -x CNI_COMMAND=VERSION $T/bin/p.VERSION.env
echo '{"supportedVersions":["0.4.0"]}' >$T/bin/answer
refused 17 status
echo '{}' >$T/bin/answer
refused 17 status
echo garbage >$T/bin/answer
refused 17 status
SH
}
