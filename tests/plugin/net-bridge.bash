# SPDX-License-Identifier: LGPL-2.1-or-later
# net-bridge.bash - what the shell tests of net-bridge share
#
# net drives net-bridge, cni drives net-cni, over the same networks and with
# their folders beside each other, as the engine gives them.

load net-cni.bash

setup() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    export POLYPOD_BUILD=${POLYPOD_BUILD:-$BATS_TEST_DIRNAME/../../build/dev}
    [ -e "$POLYPOD_BUILD/plugins/net-bridge.so" ] ||
        skip "net-bridge is not built"
    T=$(mktemp -d)
    export T
}

needs_cni() {
    [ -x /usr/lib/cni/bridge ] || skip "needs containernetworking-plugins"
    [ -e "$POLYPOD_BUILD/plugins/net-cni.so" ] || skip "net-cni is not built"
}

# not_in TEXT: no line of the input has it
not_in() { [ -z "$(grep -F -e "$1")" ]; }

MORE=$(cat <<'PRELUDE'
leases=$T/run/net-cni/ipam/podman
mkdir -p $T/run/net-bridge $T/run/net-cni

drive() {
    "$POLYPOD_BUILD/tests/plugin/netdrive" "$POLYPOD_BUILD/plugins/$1.so" \
        "$2" dir="$T/run/$1" cni_config_dir="$T/conf" "${@:3}"
}
net() { drive net-bridge "$@"; }
cni() { drive net-cni "$@"; }

# attach N WORD...: container ctrN with the namespace cN
attach() {
    [ -e /run/netns/c$1 ] || ip netns add c$1
    net setup id=ctr$1 ifname=eth0 netns=/run/netns/c$1 cookie=$T/ck$1 \
        "${@:2}" >$T/out$1
}
detach() {
    net teardown id=ctr$1 ifname=eth0 netns=/run/netns/c$1 cookie=$T/ck$1 \
        "${@:2}"
}
same() { net check id=ctr$1 ifname=eth0 netns=/run/netns/c$1 cookie=$T/ck$1; }
drifted() {
    refused 16 check id=ctr$1 ifname=eth0 netns=/run/netns/c$1 cookie=$T/ck$1
    says "$2"
}

# nothing_left [FOLDER]: no pair, no lease, not even half of one
nothing_left() {
    absent veth ip -d link
    absent '[0-9.:]*\.[0-9]*$\|draft\|[0-9a-f]:' \
        find "${1:-$leases}" -name '[0-9a-f]*' -printf '%f\n'
    absent draft ls -A "${1:-$leases}"
}

# strace, also of what was built to look for leaks, which cannot be both
traced() { ASAN_OPTIONS=detect_leaks=0 strace -f -qqq "$@"; }

# ping N ADDRESS: from a container
ping() { ip netns exec c$1 busybox ping -c1 -W3 "$2"; }
PRELUDE
)
export MORE
