#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Netlink that fails at every answer and every message, one after the other:
# an operation succeeds as a whole, or says why and leaves nothing.

load net-bridge.bash

setup() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    export POLYPOD_BUILD=${POLYPOD_BUILD:-$BATS_TEST_DIRNAME/../../build/dev}
    T=$(mktemp -d)
    export T ASAN_OPTIONS=verify_asan_link_order=0
}

needs() {
    [ -e "$POLYPOD_BUILD/plugins/$1.so" ] || skip "$1 is not built"
}

MORE+=$(cat <<'PRELUDE'

fw() {
    "$POLYPOD_BUILD/tests/plugin/fwdrive" \
        "$POLYPOD_BUILD/plugins/fw-nftables.so" "$@"
}

# every HOW BEFORE OP AFTER: OP is run with its 1st, 2nd... answer spoilt,
# until there is none; its exit status is in $rc
every() {
    local how=$1 n
    for ((n = 1; n < 200; n++)); do
        "$2"
        rm -f $T/hit
        rc=0
        ( export NLSHIM=$how:$n NLSHIM_LOG=$T/hit \
              LD_PRELOAD=$POLYPOD_BUILD/tests/plugin/nlshim.so
          $3 ) >$T/stdout 2>$T/said || rc=$?
        [ -e $T/hit ] || break
        echo "$how $n: $rc $(cat $T/said)" >&2
        "$4"
    done
    [ $n -gt ${least:-3} ] && [ $n -lt 200 ]
    [ $rc = 0 ]
    "$4"
}
set +x
PRELUDE
)

@test "net-bridge: a set-up is whole, or undone and told" {
    needs net-bridge
    sandbox <<'SH'
before() { ip link del cni-podman0 2>/dev/null || true; ip netns add c1; }
after() {
    if [ $rc = 0 ]; then
        net check id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck1
        net teardown id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck1
    else
        grep -q "^error [0-9]*: ..*: " $T/said
        # nothing is promised where the undo is what fails, but to be found
        [ $how != SHORT ] || net teardown id=ctr1 ifname=eth0
    fi
    nothing_left
    not ip -n c1 link show eth0 2>/dev/null
    ip netns del c1
}
op() { net setup id=ctr1 ifname=eth0 netns=/run/netns/c1 cookie=$T/ck1; }
for how in ENOBUFS SHORT SEND; do
    every $how before op after
done
# what is asked again hurts nobody
after_good() { [ $rc = 0 ]; after; }
for how in EINTR TORN SENDINTR; do
    every $how before op after_good
done
SH
}

@test "net-bridge: a teardown that failed is completed by the next" {
    needs net-bridge
    sandbox <<'SH'
before() { attach 1 >/dev/null; }
after() { detach 1; nothing_left; }
op() { detach 1; }
least=1
for how in ENOBUFS SHORT SEND EINTR SENDINTR; do
    every $how before op after
done
SH
}

@test "net-bridge: a check says drift only when there is some" {
    needs net-bridge
    sandbox <<'SH'
attach 1 >/dev/null
before() { :; }
after() { [ $rc = 0 ] || not grep -q '^error 16' $T/said; }
op() { same 1; }
for how in ENOBUFS SHORT SEND EINTR TORN SENDINTR; do
    every $how before op after
done
SH
}

@test "fw-nftables: rules are whole, or none and told" {
    needs fw-nftables
    sandbox <<'SH'
rules="owner=one addr=10.88.0.2/10.88.0.0/16@net0@br0 port=tcp:8080:80
    port=udp:53:53@203.0.113.1"
ip link add br0 type bridge
ip link set br0 up
before() { nft flush ruleset; }
after() {
    local n
    if [ $rc != 0 ]; then
        grep -q "^error [0-9]*: ..*" $T/said || grep -q : $T/said
        not grep -q 'success\|Success' $T/said
        fw remove one
        fw net_down net0
        nft list ruleset >$T/rules
        not grep "elements =" $T/rules >&2
    else
        fw check $rules
        fw remove one
    fi
}
op() { fw apply $rules; }
for how in ENOBUFS EINTR TORN SENDINTR SHORT SEND; do
    every $how before op after
done
# a set-up is made again by itself when an answer is lost
after_good() { [ $rc = 0 ]; after; }
for how in ENOBUFS EINTR TORN SENDINTR; do
    every $how before op after_good
done
# in the presence of another
fw apply owner=two addr=10.88.0.3/10.88.0.0/16@net0@br0 port=tcp:8081:80
before() { :; }
op() { fw sync $T/all; }
after() {
    [ $rc = 0 ] || fw sync $T/all
    fw check $rules
    [ "$(fw list)" = one ]
    fw remove one
    fw apply owner=two addr=10.88.0.3/10.88.0.0/16@net0@br0 port=tcp:8081:80
}
echo apply $rules >$T/all
for how in ENOBUFS EINTR TORN SENDINTR SHORT SEND; do
    every $how before op after
done
SH
}
