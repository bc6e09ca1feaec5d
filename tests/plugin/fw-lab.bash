# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/plugin/fw-lab.bash - a small network in namespaces of its own
#
#   outside 203.0.113.2 --- host 203.0.113.1, .3 --- br0 --- c1 10.88.0.2
#         2001:db8::2            2001:db8::1          |        fd00:88::2
#                                                     +----- c2 10.88.0.3
#                                                   br1 --- c3 10.89.0.2
#
# Each test runs again inside "unshare -mn", where /run/netns is its own, so
# nothing of the real host is touched and everything ends with the processes.

FW=${FW:-fw-nftables}
source "$BATS_TEST_DIRNAME/firewalld.bash"
BUILD=${POLYPOD_BUILD:-$BATS_TEST_DIRNAME/../../build/dev}
DRIVE=$BUILD/tests/plugin/fwdrive
PLUGIN=$BUILD/plugins/$FW.so

A1="addr=10.88.0.2/10.88.0.0/16@net0@br0 addr=fd00:88::2/fd00:88::/64@net0@br0"
A2="addr=10.88.0.3/10.88.0.0/16@net0@br0 addr=fd00:88::3/fd00:88::/64@net0@br0"
A3="addr=10.89.0.2/10.89.0.0/16@net1@br1 addr=fd00:89::2/fd00:89::/64@net1@br1"
NET0="net=net0 bridge=br0 subnet=10.88.0.0/16 subnet=fd00:88::/64"
NET1="net=net1 bridge=br1 subnet=10.89.0.0/16 subnet=fd00:89::/64"

fw() {
    # shellcheck disable=SC2086
    "$DRIVE" ${FW_KEYS:-} "$PLUGIN" "$@"
}

# lab FUNCTION: run it in a fresh lab; its failure fails the test.
lab() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    [ -x "$DRIVE" ] && [ -e "$PLUGIN" ] || skip "$FW is not built"
    [ "$FW" != fw-firewalld ] || firewalld_can ||
        skip "needs firewalld and dbus-daemon"
    export -f "$1"
    run timeout -k 5 120 unshare -mnp --fork --kill-child \
        --propagation private bash -c "
        set -eE
        BATS_TEST_DIRNAME='$BATS_TEST_DIRNAME'
        FW='$FW'
        POLYPOD_BUILD='$BUILD'
        source '$BATS_TEST_DIRNAME/fw-lab.bash'
        trap 'echo \"line \$LINENO: \$BASH_COMMAND\"' ERR
        lab_up
        $1"
    echo "$output"
    [ "$status" -eq 0 ]
}

# All rules there are, without counters and what tools say beside.
rules_now() {
    if [ "$FW" = fw-firewalld ]; then
        [ "${FWD_BACKEND-}" = iptables ] || nft list table inet firewalld
        firewall-cmd --direct --get-all-chains | sort
        firewall-cmd --direct --get-all-rules | sort
        return
    fi
    nft list ruleset
    iptables-legacy-save 2>/dev/null | grep -v '^[#:]' || true
}

# All rules of the host are gone, as after a careless restart of a service.
wipe() {
    local t
    if [ "$FW" = fw-firewalld ]; then
        firewall-cmd -q --reload
        return
    fi
    nft flush ruleset
    [ "$FW" = fw-iptables ] || return 0
    for t in filter nat mangle raw; do
        iptables-legacy -w -t $t -F 2>/dev/null || true
        ip6tables-legacy -w -t $t -F 2>/dev/null || true
    done
}

container() { # NAME BRIDGE V4 GW4 V6 GW6
    ip netns add "$1"
    ip link add "v$1" type veth peer name eth0 netns "$1"
    ip link set "v$1" master "$2" up
    # where bridged packets pass netfilter, a hairpin is one at this port
    ip link set "v$1" type bridge_slave hairpin on
    ip -n "$1" addr add "$3" dev eth0
    ip -n "$1" addr add "$5" dev eth0 nodad
    ip -n "$1" link set eth0 up
    ip -n "$1" link set lo up
    ip -n "$1" route add default via "$4"
    ip -n "$1" route add default via "$6"
}

bridge() { # NAME V4 V6
    ip link add "$1" type bridge
    ip addr add "$2" dev "$1"
    ip addr add "$3" dev "$1" nodad
    ip link set "$1" up
}

lab_up() {
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys 2>/dev/null || true
    mkdir -p /run/netns
    mount -t tmpfs none /run/netns
    LAB=/run/netns/lab.d
    mkdir "$LAB"
    [ -e /run/xtables.lock ] && mount --bind "$(mktemp -p "$LAB")" \
        /run/xtables.lock
    ip link set lo up
    sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    ip netns add out
    ip link add up0 type veth peer name eth0 netns out
    ip addr add 203.0.113.1/24 dev up0
    ip addr add 203.0.113.3/24 dev up0
    ip addr add 2001:db8::1/64 dev up0 nodad
    ip link set up0 up
    ip -n out addr add 203.0.113.2/24 dev eth0
    ip -n out addr add 2001:db8::2/64 dev eth0 nodad
    ip -n out link set eth0 up
    ip -n out link set lo up
    bridge br0 10.88.0.1/16 fd00:88::1/64
    bridge br1 10.89.0.1/16 fd00:89::1/64
    container c1 br0 10.88.0.2/16 10.88.0.1 fd00:88::2/64 fd00:88::1
    container c2 br0 10.88.0.3/16 10.88.0.1 fd00:88::3/64 fd00:88::1
    container c3 br1 10.89.0.2/16 10.89.0.1 fd00:89::2/64 fd00:89::1
    wait_up
    if [ "$FW" = fw-firewalld ]; then
        firewalld_up "$LAB/firewalld"
        FW_KEYS="-d $FWD -k bus=$DBUS_SYSTEM_BUS_ADDRESS"
    fi
}

# A bridge forwards only after its ports have come up.
wait_up() {
    local i
    for i in $(seq 100); do
        busybox ping -qc1 -W1 10.88.0.2 >/dev/null 2>&1 &&
            busybox ping -qc1 -W1 10.88.0.3 >/dev/null 2>&1 &&
            busybox ping -qc1 -W1 10.89.0.2 >/dev/null 2>&1 &&
            busybox ping -6 -qc1 -W1 fd00:88::2 >/dev/null 2>&1 &&
            busybox ping -6 -qc1 -W1 2001:db8::2 >/dev/null 2>&1 && return
        sleep 0.05
    done
    echo "the lab does not come up"
    return 1
}

at() { # NETNS COMMAND...: "host" is here
    if [ "$1" = host ]; then
        shift
        "$@"
    else
        ip netns exec "$@"
    fi
}

# serve NETNS LISTEN-ADDRESS: answers NAME and the peer's address, for good
serve() { # NETNS SOCAT-LISTEN
    at "$1" socat "$2,fork,reuseaddr" \
        SYSTEM:"read x; echo $1 \$SOCAT_PEERADDR" >/dev/null 2>&1 &
    local i port
    port=$(echo "$2" | sed 's/^[^:]*:\([0-9]*\).*/\1/')
    for i in $(seq 100); do
        [ -z "$(at "$1" ss -Hltun "sport = :$port")" ] || return 0
        sleep 0.02
    done
    echo "no server for $2 in $1"
    return 1
}

# ask NETNS SOCAT-CONNECT: prints the answer, or nothing after a second
ask() {
    echo hello | at "$1" timeout 2 socat -t1 -T1 - \
        "$2,connect-timeout=1" 2>/dev/null || true
}

# answers NETNS SOCAT-CONNECT WANTED-PREFIX
answers() {
    local got
    got=$(ask "$1" "$2")
    case $got in
    "$3"*) ;;
    *)
        echo "$1 -> $2: wanted \"$3...\", got \"$got\""
        return 1
        ;;
    esac
}

silent() {
    answers "$1" "$2" "" && [ -z "$(ask "$1" "$2")" ] || {
        echo "$1 -> $2: wanted nothing"
        return 1
    }
}

lacks() { # WORD COMMAND...: its output does not have the word
    local word=$1
    shift
    ! "$@" | grep -qw "$word"
}

fails() { # CODE TEXT COMMAND...: its exit status and part of its message
    local code=$1 text=$2 rc=0 out
    shift 2
    out=$("$@" 2>&1) || rc=$?
    [ "$rc" = "$code" ] && [[ $out == *"$text"* ]] || {
        echo "wanted $code \"$text\", got $rc \"$out\""
        return 1
    }
}
