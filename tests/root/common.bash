# SPDX-License-Identifier: LGPL-2.1-or-later
# common.bash - what the tests with real containers share
#
# polypod    the command under test, with state folders, configuration and
#            cgroup parent of this file of tests; $FW chooses the firewall
# out        the outside world: a network namespace behind 203.0.113.0/24
# ok, not, eventually, refused, says: assertions
# nothing_left: every place a container leaves traces in is as it was
#
# Each test ends with nothing_left, whether it asks for it or not.

bats_require_minimum_version 1.5.0

# What the network of containers looks like from here and from outside.
HOST_SIDE=203.0.113.1
OUTSIDE=203.0.113.2

setup_file() {
    [ -n "${POLYPOD_INSIDE-}" ] ||
        { echo "run this by tests/root/inside FILE" >&2; return 1; }
    export F=$T/${BATS_TEST_FILENAME##*/}.d
    export ROOT=$F/state RUN=$F/run ROOTFS=$F/rootfs CONF=$F/polypod.conf
    export CGROUP=/polypod-test-${T##*.}
    mkdir -p "$F"
    configure
    "$POLYPOD_SOURCE/scripts/rootfs" "$ROOTFS"
    make_outside
}

setup() {
    # folders of its own, so that one test's leftovers are not the next one's
    export ROOT=$F/$BATS_TEST_NUMBER/state RUN=$F/$BATS_TEST_NUMBER/run
}

# configure [LINE...]: the configuration, with these lines in front
configure() {
    { printf '%s\n' "$@"
      printf '[network.cni]\ncni_config_dir = %s\n' "$F/cni"; } >"$CONF"
}

teardown_file() {
    # the shared host gets its cgroups back
    find /sys/fs/cgroup -mindepth 2 -depth -type d -path "*$CGROUP*" \
        -exec rmdir {} + 2>/dev/null || true
    [ -z "$(find /sys/fs/cgroup -maxdepth 2 -path "*$CGROUP*")" ]
}

make_outside() {
    ip netns add outside
    ip link add up0 type veth peer name eth0 netns outside
    ip addr add "$HOST_SIDE/24" dev up0
    ip link set up0 up
    ip -n outside addr add "$OUTSIDE/24" dev eth0
    ip -n outside link set eth0 up
    ip -n outside link set lo up
}

teardown() {
    local name
    [ ${#helpers[@]} = 0 ] || kill "${helpers[@]}" 2>/dev/null || true
    for name in $(polypod ps -a -q 2>/dev/null); do
        polypod rm -f -t 0 "$name" >/dev/null 2>&1 || true
    done
    nothing_left
}

# A program of ours in the background, until the end of the test; the
# descriptor 3 is that on which the tests' driver waits for us to end.
background() {
    "$@" 3>&- &
    helpers+=($!)
}
helpers=()

out() { ip netns exec outside "$@"; }

# The command, with a word of ours behind the verb where one is needed.
polypod() {
    local args=(--root "$ROOT" --runroot "$RUN" --config "$CONF"
                --plugin-dir "${PLUGINS:-$POLYPOD_BUILD/plugins}")
    [ -z "${FW-}" ] || args+=(--firewall "$FW")
    while [[ ${1-} == --* ]]; do
        args+=("$1" "$2")
        shift 2
    done
    case ${1-} in
    run | create) args+=("$1" --cgroup-parent "$CGROUP") && shift ;;
    esac
    "${POLYPOD:-$POLYPOD_BUILD/polypod}" "${args[@]}" "$@"
}

# A container in the background: NAME [FLAGS...] -- COMMAND...
start() {
    local name=$1 flags=()
    shift
    while [ "$1" != -- ]; do
        flags+=("$1")
        shift
    done
    shift
    polypod run -d --name "$name" ${flags[@]+"${flags[@]}"} \
        --rootfs "$ROOTFS" "$@" >/dev/null
}

# What a container of its own prints: [FLAGS...] -- COMMAND...
inside() {
    local flags=()
    [[ " $* " == *" --network "* ]] || flags=(--network none)
    while [ "$1" != -- ]; do
        flags+=("$1")
        shift
    done
    shift
    polypod run --rm ${flags[@]+"${flags[@]}"} \
        --rootfs "$ROOTFS" "$@"
}

get() { polypod inspect --format "{{.$2}}" "$1"; }
address() { get "$1" NetworkSettings.IPAddress; }
pid() { get "$1" State.Pid; }

# Assertions.  They print what they saw.

not() {
    if "$@"; then
        echo "succeeded: $*" >&2
        return 1
    fi
}

is() {
    [ "$1" = "$2" ] && return
    printf 'got      "%.2000s"\nexpected "%.2000s"\n' "$1" "$2" >&2
    return 1
}

has() {
    case $1 in
    *"$2"*) return ;;
    esac
    printf 'got     "%.2000s"\nwithout "%.2000s"\n' "$1" "$2" >&2
    return 1
}

# Try COMMAND for at most 5 seconds.
eventually() {
    local i
    for ((i = 0; i < 100; i++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
    done
    "$@"
}

# CODE COMMAND...: it ends with this code, and says one line beginning with
# "Error: " (and at most where to read about flags); says TEXT looks at it.
refused() {
    local want=$1 code=0
    shift
    "$@" >"$F/stdout" 2>"$F/stderr" || code=$?
    cat "$F/stderr" >&2
    is "$code" "$want"
    is "$(grep -vc -e '^See ' "$F/stderr")" 1
    has "$(<"$F/stderr")" "Error: "
}

says() { has "$(<"$F/stderr")" "$1"; }

# Traces.  Each prints what it finds.

traces() {
    polypod ps -a -q
    contents "$RUN/netns" "$RUN/containers" "$ROOT/containers" \
        "$RUN/tmp/exits" "$RUN/tmp/socket" /run/runc /run/crun
    contents "$RUN/tmp/lock" | grep -v -e '/networks$' -e '/attach$'
    grep -e " $RUN" -e " $ROOT" -e " $ROOTFS" /proc/self/mounts
    find "$RUN/tmp/net-cni" /var/lib/cni -type f -name '[0-9]*.[0-9]*'
    ip -br link show type veth | grep -v '^up0'
    nft list ruleset | grep -e 'elements ='
    iptables-legacy-save | grep -e '^-A.*10\.8[89]\.' -e '-j DNAT'
    find /sys/fs/cgroup -mindepth 3 -type d -path "*$CGROUP/*"
    pgrep -a -x 'conmon|runc|crun'
    true
} 2>/dev/null

# The entries of folders; none of a folder that is not there.
contents() { find "$@" -mindepth 1 -maxdepth 1 2>/dev/null; }

nothing_left() {
    local i found
    for ((i = 0; i < 60; i++)); do
        found=$(traces)
        [ -z "$found" ] && return
        sleep 0.1
    done
    printf 'left behind:\n%s\n' "$found" >&2
    return 1
}
