#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# the command over a state store whose calls fail (state-chaos)

load lib

# Stores around which chaos is put.
inner() {
    local name
    for name in bdb sqlite; do
        [ -e "$POLYPOD_PLUGINS/state-$name.so" ] && echo "$name"
    done
}

# store NAME: begin anew, on that store
store() {
    INNER=$1
    rm -rf "$T/root" "$T/tmp" "$T/run"
    mkdir -p "$T/rootfs"
    chaos
}

# chaos [KEY=VALUE...]: from now on; without any, all goes well
chaos() {
    {
        printf '[state]\ndriver = chaos\n[state.chaos]\ninner = %s\n' \
            "$POLYPOD_PLUGINS/state-$INNER.so"
        printf '%s\n' "$@"
    } >"$T/polypod.conf"
}

pod() {
    polypod --plugin-dir "$POLYPOD_PLUGINS-test" "$@"
}

create() {
    pod create --network none --name "$1" --rootfs "$T/rootfs" true
}

# each_call CODE VERIFY COMMAND...: with one call failing, the first, then the
# second, until the command meets none; after each failure the store is as it
# was, and VERIFY holds.
each_call() {
    local code=$1 verify=$2 n
    shift 2
    pod state export "$T/before"
    for ((n = 1; n < 500; n++)); do
        chaos "codes = $code" "at = $n"
        run "$@"
        chaos
        if [ "$status" -eq 0 ]; then
            echo "# $INNER: $code: $* makes $((n - 1)) calls" >&3
            [ "$n" -gt 5 ]
            return
        fi
        if [ "$status" -ne 125 ] ||
            [[ $output != *"fails as it was told to"* ]]; then
            echo "call $n: exit $status: $output"
            return 1
        fi
        pod state check >"$T/check" || { cat "$T/check"; return 1; }
        pod state export | diff "$T/before" -
        "$verify"
    done
    return 1
}

no_folder() {
    [ "$(ls "$T/root/containers" 2>/dev/null | wc -l)" -le 1 ]
}

one_at_a_time() {
    local code
    for code in io busy; do
        store "$1"
        create first
        each_call $code no_folder create web
        each_call $code true pod rm web
        [ "$(pod ps -a --format '{{.Names}}')" = first ]
    done
}

@test "a failing store leaves no half of a container" {
    for name in $(inner); do
        one_at_a_time "$name"
    done
}

@test "conflicts are nobody's business" {
    for name in $(inner); do
        store "$name"
        for i in 1 2 3 4 5; do
            chaos "codes = conflict" "rate = 100" "seed = $i"
            create "c$i"
        done
        [ "$(pod ps -aq | wc -l)" -eq 5 ]
        pod rm -a
        [ "$(pod ps -aq | wc -l)" -eq 0 ]
        pod state check
    done
}

@test "endless conflicts end as busy" {
    store "$(inner | head -n 1)"
    create web
    chaos "rate = 1000"
    printf '[state]\ntimeout = 300ms\n' >>"$T/polypod.conf"
    fails 125 "too busy for 300 ms" pod ps
    chaos
    [ "$(pod ps -aq | wc -l)" -eq 1 ]
}
