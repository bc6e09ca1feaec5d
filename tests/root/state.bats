#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an operator does to the state store while containers run: look, check,
# keep, move to another driver and back.

load common

both_drivers() {
    [ -e "$POLYPOD_BUILD/plugins/state-bdb.so" ] &&
        [ -e "$POLYPOD_BUILD/plugins/state-sqlite.so" ] ||
        skip "needs the plugins state-bdb and state-sqlite"
}

# driver NAME: in the configuration, from now on
driver() { configure "[state]" "driver = $1"; }

info() { polypod state info -f "{{.$1}}"; }
exported() { polypod state export | grep -v state-check; }
serves() { nsenter -t "$(pid "$1")" -n busybox nc -w 2 127.0.0.1 80 </dev/null; }

# The web server, one that waits, one that has ended, one never started.
some() {
    mkdir -p "$ROOTFS/www"
    echo hello >"$ROOTFS/www/index.html"
    start web -p 8080:80 -- httpd -f -p 80 -h /www
    start lone --network none -- sh -c 'trap "exit 5" TERM; sleep 100 & wait'
    start done --network none -- sh -c 'exit 4'
    polypod wait done
    polypod create --name new --network none --rootfs "$ROOTFS" true
}

# All of them are there and as they should be; $1 runs.
all_there() {
    is "$(polypod ps -a --format '{{.Names}}' | sort | xargs)" \
        "done lone new web"
    is "$(polypod ps --format '{{.Names}}' | sort | xargs)" "lone web"
    is "$(get done State.ExitCode)" 4
    is "$(get new State.Status)" created
    is "$(info Containers)" 4
    is "$(info Running)" 2
    out busybox wget -q -O - "http://$HOST_SIDE:8080/" | grep -qx hello
    has "$(polypod state check)" "4 containers"
}

@test "info, check and export while containers run, and after they stopped" {
    some
    all_there
    exported >"$F/one"
    exported | cmp - "$F/one"
    polypod stop -t 5 lone
    is "$(get lone State.ExitCode)" 5
    is "$(info Running)" 1
    not cmp <(exported) "$F/one"
    polypod stop -t 0 web
    polypod state check
    polypod rm web lone done new
    has "$(polypod state check)" "0 containers"
}

@test "an import is refused while they run, and gives back what has ended" {
    some
    polypod state export "$F/all"
    refused 125 polypod state import "$F/all"
    says "use --merge"
    refused 125 polypod state import --replace "$F/all"
    says "running"
    all_there
    polypod stop -t 0 web lone
    polypod state export "$F/all"
    polypod rm done
    polypod state import --replace "$F/all"
    is "$(get done State.ExitCode)" 4
    polypod state check
    polypod start web
    eventually out busybox wget -q -O - "http://$HOST_SIDE:8080/"
    polypod rm -f -t 0 web
    polypod rm lone done new
}

@test "the driver changes there and back while containers run" {
    both_drivers
    local p id
    driver bdb
    some
    p=$(pid web) id=$(get web Id)
    driver sqlite
    refused 125 polypod ps
    says "in the store of bdb"
    driver bdb
    has "$(polypod state migrate --to sqlite)" sqlite
    refused 125 polypod stop web
    says "in the store of sqlite"
    driver sqlite
    all_there
    is "$(pid web) $(get web Id)" "$p $id"
    # one that was started under the old driver ends under the new one
    polypod stop -t 5 lone
    is "$(get lone State.ExitCode)" 5
    # and conmon, with the settings of then, tells the new store of an end
    start late --network none -- sh -c 'sleep 3; exit 6'
    polypod state migrate --to bdb
    driver bdb
    is "$(polypod wait late)" 6
    eventually is "$(get late State.Status)" exited
    is "$(get late State.ExitCode)" 6
    is "$(get lone State.ExitCode)" 5
    is "$(pid web)" "$p"
    out busybox wget -q -O - "http://$HOST_SIDE:8080/" | grep -qx hello
    polypod stop -t 0 web
    polypod state check
    polypod rm web lone done new late
    nothing_left
}

@test "--rm and a move: it goes from the store it is in by then" {
    both_drivers
    driver bdb
    start gone --rm --network none -- sh -c 'sleep 2'
    polypod state migrate --to sqlite
    driver sqlite
    is "$(polypod ps -q | wc -l)" 1
    sleep 2
    eventually is_empty
    polypod state check
}

is_empty() { [ -z "$(polypod ps -aq)" ]; }

# foreground VERB...: in the background for us, its exit code in $F/code
foreground() {
    local code=0
    "$@" >"$F/output" 2>&1 || code=$?
    echo "$code" >"$F/code"
}

runs() { [ -n "$(polypod ps -q -f "name=$1")" ]; }

@test "a store can be moved while run and start -a wait in the foreground" {
    both_drivers
    driver bdb
    rm -f "$F/code"
    background foreground polypod run --name front --rootfs "$ROOTFS" \
        sh -c 'echo begun; sleep 5; echo ended; exit 7'
    eventually runs front
    polypod state migrate --to sqlite
    driver sqlite
    is "$(get front State.Status)" running
    has "$(polypod state check)" "1 containers"
    eventually_long test -s "$F/code"
    is "$(cat "$F/code")" 7
    is "$(cat "$F/output")" "$(printf 'begun\nended')"
    is "$(get front State.Status) $(get front State.ExitCode)" "exited 7"
    rm -f "$F/code"
    background foreground polypod start -a front
    eventually runs front
    polypod state export "$F/all"
    polypod state migrate --to bdb
    driver bdb
    eventually_long test -s "$F/code"
    is "$(cat "$F/code")" 7
    is "$(get front State.Status) $(get front State.ExitCode)" "exited 7"
    polypod rm front
    nothing_left
}

@test "run --rm in the foreground removes itself from the new store" {
    both_drivers
    driver bdb
    rm -f "$F/code"
    background foreground polypod run --rm --name front --network none \
        --rootfs "$ROOTFS" sh -c 'sleep 4; exit 3'
    eventually runs front
    polypod state migrate --to sqlite
    driver sqlite
    eventually_long test -s "$F/code"
    is "$(cat "$F/code")" 3
    is "$(polypod ps -aq)" ""
    polypod state check
}

@test "a store that ends with the process stays open while it runs" {
    local code=0
    polypod --state memory run --name front --network none \
        --rootfs "$ROOTFS" sh -c 'sleep 2; exit 3' || code=$?
    is "$code" 3
    nothing_left
}

@test "who cannot find the store again says so, and nothing is lost" {
    rm -f "$F/code"
    background foreground polypod run --name front --network none \
        --rootfs "$ROOTFS" sh -c 'sleep 4; exit 3'
    eventually runs front
    sleep 1.5
    cp "$ROOT/static/state.driver" "$F/driver"
    echo 'no name' >"$ROOT/static/state.driver"
    eventually_long test -s "$F/code"
    is "$(cat "$F/code")" 125
    has "$(cat "$F/output")" "state.driver"
    cp "$F/driver" "$ROOT/static/state.driver"
    is "$(get front State.Status) $(get front State.ExitCode)" "exited 3"
    polypod rm front
    nothing_left
}

eventually_long() {
    eventually "$@" || eventually "$@" || eventually "$@"
}

# A second store that has something is never passed over.
@test "a populated second store is named, whoever asks" {
    both_drivers
    driver bdb
    start one --network none -- sleep 100
    mv "$ROOT/static/state-bdb" "$F/kept"
    rm "$ROOT/static/state.driver"
    driver sqlite
    polypod create --name two --network none --rootfs "$ROOTFS" true
    mv "$F/kept" "$ROOT/static/state-bdb"
    driver bdb
    refused 125 polypod ps
    says "1 containers and pods are in the store of sqlite"
    says "$ROOT/static/state-sqlite"
    refused 125 polypod state migrate --to bdb
    says "bdb"
    driver sqlite
    has "$(polypod state info)" "state-bdb"
    refused 125 polypod state migrate --to bdb
    says "of its own"
    # each can be emptied with its own driver
    polypod rm two
    echo bdb >"$ROOT/static/state.driver"
    driver bdb
    is "$(get one State.Status)" running
    polypod rm -f -t 0 one
}

# chaos NAME [LINE...]: the configuration, with state-chaos around that store
chaos() {
    local inner=$POLYPOD_BUILD/plugins/state-$1.so
    shift
    configure "[state]" "driver = chaos" "timeout = 1s" \
        "[state.chaos]" "inner = $inner" "$@"
}

# Somebody is stuck in the middle of a commit, with the container's lock.
stuck_writer() {
    rm -rf "$ROOT" "$RUN"
    chaos "$1" "ops = commit" "codes = delay" "delay = 60s" "rate = 1000"
    cp "$CONF" "$F/slow.conf"
    chaos "$1"
    start held --network none -- sleep 100
    CONF=$F/slow.conf background polypod stop -t 0 held
    eventually test -s "$RUN/tmp/lock/$(polypod ps -q --no-trunc)"
    sleep 1
    has "$(within 3 ps -a)" held
    has "$(within 3 inspect held)" '"Name": "held"'
    is "$(within 3 state info -f '{{.Containers}}')" 1
    within 3 state export >/dev/null
    has "$(within 5 state check)" "1 containers"
    refused 125 within 5 create --name other --network none \
        --rootfs "$ROOTFS" true
    says "is being written by process "
    says "(polypod)"
    kill -KILL $(pgrep -P "${helpers[-1]}")
    wait "${helpers[-1]}" 2>/dev/null || true
    polypod state check
    polypod rm -f -t 0 held
    nothing_left
}

# within SECONDS ARG...: polypod in a process that is ended then
within() {
    timeout "$1" "$BASH" -c "$(declare -f polypod); polypod \"\${@:2}\"" _ "$@"
}

@test "who looks waits for no writer, and no writer for ever" {
    local name
    export PLUGINS=$F/plugins
    mkdir -m 755 "$PLUGINS"
    cp "$POLYPOD_BUILD"/plugins/*.so "$POLYPOD_BUILD"/plugins-test/*.so \
        "$PLUGINS"
    for name in bdb sqlite; do
        [ ! -e "$PLUGINS/state-$name.so" ] || stuck_writer "$name"
    done
    configure
}

@test "sqlite: looking works on a read-only file system" {
    both_drivers
    driver sqlite
    start up --network none -- sleep 100
    for dir in "$ROOT" "$RUN"; do
        mount --bind "$dir" "$dir"
        mount -o remount,ro,bind "$dir"
    done
    has "$(polypod ps)" up
    is "$(get up State.Status)" running
    polypod state info >/dev/null
    polypod state export >/dev/null
    has "$(polypod state check)" "1 containers"
    refused 125 polypod rm -f up
    umount "$ROOT" "$RUN"
    polypod rm -f -t 0 up
}
