# SPDX-License-Identifier: LGPL-2.1-or-later
# net-cni.bash - what the shell tests of net-cni share
#
# sandbox <<'SH' ... SH runs a script, which fails at the first command that
# does, in its own mount and network namespaces with empty /run and /var/lib.
# What is in $MORE comes before it.

setup() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    [ -x /usr/lib/cni/bridge ] || skip "needs containernetworking-plugins"
    export POLYPOD_BUILD=${POLYPOD_BUILD:-$BATS_TEST_DIRNAME/../../build/dev}
    T=$(mktemp -d)
    export T
}

teardown() {
    [ -z "${T:-}" ] || rm -rf "$T"
}

sandbox() {
    { cat <<'PRELUDE'
mount -t tmpfs t /run
mount -t tmpfs t /var/lib
mkdir -p /run/netns /run/lock /var/lib/cni "$T/conf" "$T/bin" "$T/run"
ip link set lo up

# net OP WORD...: with the folders of this test
net() {
    "$POLYPOD_BUILD/tests/plugin/netdrive" \
        "$POLYPOD_BUILD/plugins/net-cni.so" "$1" dir="$T/run" \
        cni_config_dir="$T/conf" ${bins[@]+"${bins[@]}"} "${@:2}"
}
bins=()

# not COMMAND: fails when it succeeds, which a bare "!" under -e does not
not() { ! "$@"; }

# absent PATTERN COMMAND: it prints no line that matches
absent() {
    "${@:2}" >"$T/lines" 2>&1 || true
    not grep -e "$1" "$T/lines"
}

# refused CODE OP WORD...: fails with this code; see says
refused() {
    local code=$1 rc=0
    shift
    net "$@" >"$T/stdout" 2>"$T/said" || rc=$?
    cat "$T/said" >&2
    [ "$rc" = 1 ] && grep -q "^error $code: " "$T/said"
}

# says TEXT: the last message has it
says() { grep -qF -- "$1" "$T/said"; }

# use_fakes: only the plugins in $T/bin
use_fakes() { bins=(cni_plugin_dir="$T/bin"); }

# fake NAME <script: a CNI plugin; $dir, $cmd and $in are set for it, and
# what it was asked is in $dir/NAME.log and $dir/NAME.CMD.in
fake() {
    { cat <<'HEAD'
#!/bin/bash
dir=$(dirname "$0") me=$(basename "$0") cmd=$CNI_COMMAND
in=$(cat)
echo "$me $cmd" >>"$dir/order"
printf '%s\n' "$in" >"$dir/$me.$cmd.in"
env >"$dir/$me.$cmd.env"
HEAD
      cat; } >"$T/bin/$1"
    chmod +x "$T/bin/$1"
}

# conf FILE <text
conf() { cat >"$T/conf/$1"; }

# asked NAME CMD FILTER: jq over what the fake got on its standard input
asked() { jq -ce "$3" "$T/bin/$1.$2.in"; }
PRELUDE
      printf '%s\n' "${MORE-}"
      cat; } >"$T/script"
    unshare -mn --propagation private bash -eux -o pipefail "$T/script"
}
