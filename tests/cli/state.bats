#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# state: info, check, export, import and migrate, on every lasting driver

load lib
shopt -s extglob

# Drivers that were built and keep what they are given.
drivers() {
    local name
    for name in bdb sqlite; do
        [ -e "$POLYPOD_PLUGINS/state-$name.so" ] && echo "$name"
    done
}

need_two_drivers() {
    [ "$(drivers | wc -l)" -ge 2 ] || skip "there is one lasting driver only"
}

# create NAME...: containers that are never started
create() {
    local name
    mkdir -p "$T/rootfs"
    for name in "$@"; do
        polypod --state "$DRIVER" create --network none --name "$name" \
            --rootfs "$T/rootfs" true >/dev/null
    done
}

# state ARG...: of the driver in DRIVER
state() {
    polypod --state "$DRIVER" state "$@"
}

# spawn ARG... &: the command itself, so that $! can be killed
spawn() {
    exec "$POLYPOD" --config "$T/polypod.conf" --root "$T/root" \
        --runroot "$T/run" --tmpdir "$T/tmp" --firewall none \
        --plugin-dir "$POLYPOD_PLUGINS" "$@"
}

in_use() {
    polypod state info -f '{{.Driver}} {{.Containers}}'
}

each_driver() {
    for DRIVER in $(drivers); do
        rm -rf "$T/root" "$T/tmp" "$T/run"
        "$@" || return
    done
}

nothing_yet() {
    fails 125 "no store of state driver" state check
    fails 125 "no store of state driver" state export
    run state info -f '{{.Exists}}'
    [ "$output" = false ]
    fails 125 "no store" state migrate --to bdb
    [ ! -e "$T/root/static" ]
}

@test "without a store there is nothing to check, and none is made" {
    each_driver nothing_yet
}

round_trip() {
    create a b
    state export "$T/one"
    [ "$(stat -c %a "$T/one")" = 600 ]
    [ -z "$(find "$T" -name 'one.*')" ]
    state export | cmp - "$T/one"
    jq -s -e '.[0].format == "polypod-state" and .[-1].records == length - 2' \
        "$T/one" >/dev/null
    [ "$(grep -c . "$T/one")" = "$(LC_ALL=C sort -u "$T/one" | grep -c .)" ]
    fails 125 "use --merge" state import "$T/one"
    fails 125 "the name b is in use" state import --merge "$T/one"
    create c
    state import --replace "$T/one"
    state export | cmp - "$T/one"
    rm -rf "$T/root/static"
    state import <"$T/one"
    state export | cmp - "$T/one"
    [ "$(polypod --state "$DRIVER" ps -aq | wc -l)" = 2 ]
    fails 125 "$T/one" state import --replace "$T/one.missing"
    head -n -1 "$T/one" >"$T/cut"
    fails 125 "not complete" state import --replace "$T/cut"
    sed '3s/^/x/' "$T/one" >"$T/bad"
    fails 125 "$T/bad:3: " state import --replace --dry-run "$T/bad"
    [ "$(polypod --state "$DRIVER" ps -aq | wc -l)" = 2 ]
}

@test "an export comes back the same" {
    each_driver round_trip
}

@test "all drivers give the same export" {
    need_two_drivers
    DRIVER=bdb
    create a b c
    state export "$T/bdb"
    rm -rf "$T/root/static"
    DRIVER=sqlite
    state import "$T/bdb"
    state export | cmp - "$T/bdb"
}

damaged() {
    create a b c
    state export "$T/whole"
    sed '2s/"json":{.*}}$/"text":"{"}/; /\["n","b"\]/d' "$T/whole" |
        sed '$d' >"$T/bad"
    printf '{"records":%d}\n' $(($(wc -l <"$T/bad") - 1)) >>"$T/bad"
    fails 125 "its config cannot be read" state import --replace "$T/bad"
    state export | cmp - "$T/whole"
    state check
    run state import --replace --repair "$T/bad"
    [ "$status" -eq 0 ]
    [[ $output == *"2 containers"* ]]
    run state check
    [ "$status" -eq 0 ]
    [[ $output == *"set aside: "*"its config cannot be read"* ]]
    [ "$(state info -f '{{.Quarantined}} {{.LastCheck.findings}}')" = "3 0" ]
    [ "$(polypod --state "$DRIVER" ps -aq | wc -l)" = 2 ]
}

@test "what is damaged is set aside, and the rest works" {
    each_driver damaged
}

@test "check says what is wrong with exit code 1, and repairs" {
    DRIVER=$(drivers | head -n 1)
    create a
    "$STATE_POKE" "$DRIVER" "$T/root/static/state-$DRIVER" c0 n ghost
    fails 1 'name "ghost": the store lists' state check
    [[ $output == *"--repair can delete the entry"* ]]
    run state check -f '{{.Open}} {{(index .Findings 0).Kind}}'
    [ "$status" -eq 1 ]
    [ "$output" = "1 index" ]
    run state check --repair
    [ "$status" -eq 0 ]
    [[ $output == *"repaired: delete the entry"* ]]
    state check
}

# quarantine ARG...
quarantine() {
    state quarantine "$@"
}

set_aside() {
    local id config
    create a b
    id=$(polypod --state "$DRIVER" ps -aq --no-trunc -f name=b)
    config=$(state export | jq -rc --arg id "$id" \
        'select(.key == ["c", $id, "config"]).json')
    [ -z "$(quarantine ls -n)" ]
    "$STATE_POKE" "$DRIVER" "$T/root/static/state-$DRIVER" '{no' c "$id" config
    state check --repair
    set=$(quarantine ls -q)
    [[ $set == "$id@"*Z ]]
    run quarantine ls
    [[ ${lines[0]} == SET*KIND*NAME*RECORDS*REASON ]]
    [[ ${lines[1]} == "${id:0:12}@"*container*config,request,state*"cannot be read"* ]]
    [ "$(quarantine ls --format '{{.Set}}' --no-trunc)" = "$set" ]
    [ "$(quarantine ls --format json | jq -r '.[0].Ref')" = "$set" ]
    [ "$(quarantine show "${id:0:5}" config)" = '{no' ]
    [ "$(quarantine show "$set" -f '{{len .Records}} {{.Id}}')" = "3 $id" ]
    fails 125 'is called "zz"' quarantine show zz
    fails 125 'has no record "code"' quarantine show "$id" code
    # refused as long as it cannot be read, and while its name is in use
    fails 125 "its config cannot be read" quarantine restore "$id"
    "$STATE_POKE" "$DRIVER" "$T/root/static/state-$DRIVER" "$config" \
        q "$id" "${set#*@}" config data
    create b
    fails 125 'name "b": both container' quarantine restore "$id"
    polypod --state "$DRIVER" rm b
    [ "$(quarantine restore "${id:0:12}@")" = "$set" ]
    [ "$(polypod --state "$DRIVER" inspect -f '{{.Id}}' b)" = "$id" ]
    state check
    [ -z "$(quarantine ls -q)" ]
    polypod --state "$DRIVER" rm b
    # and for good
    "$STATE_POKE" "$DRIVER" "$T/root/static/state-$DRIVER" x z z
    state check --repair
    [ "$(quarantine ls -n --format '{{.Kind}} {{.Records}}')" = "key key" ]
    fails 125 "no version of the store has such a key" \
        quarantine restore "$(quarantine ls -q)"
    fails 125 "name the sets, or give --all" quarantine rm
    [[ $(quarantine rm -a) == key-*@*Z ]]
    [ "$(state info -f '{{.Quarantined}}')" = 0 ]
}

@test "what was set aside is shown, put back and deleted" {
    each_driver set_aside
}

@test "another driver's store is named, never passed over" {
    need_two_drivers
    DRIVER=bdb
    create a
    fails 125 "1 containers and pods are in the store of bdb" \
        polypod --state sqlite ps
    [[ $output == *"migrate --to sqlite"* && $output == *"driver = bdb"* ]]
    fails 125 "in the store of bdb" polypod --state memory ps
    [ ! -e "$T/root/static/state-sqlite" ]
    rm "$T/root/static/state.driver" # a store older than the marker
    fails 125 "in the store of bdb" polypod --state sqlite ps
    [ ! -e "$T/root/static/state-sqlite" ]
    DRIVER=bdb
    polypod --state bdb ps
    [ "$(cat "$T/root/static/state.driver")" = bdb ]
}

@test "a driver whose store is empty may be changed" {
    need_two_drivers
    polypod --state bdb ps
    polypod --state sqlite ps
    [ "$(cat "$T/root/static/state.driver")" = sqlite ]
    DRIVER=sqlite
    create a
    fails 125 "in the store of sqlite" polypod --state bdb ps
}

@test "migrate moves everything, there and back" {
    need_two_drivers
    DRIVER=bdb
    create a b c
    state export "$T/before"
    run state migrate --to sqlite --dry-run
    [ "$status" -eq 0 ]
    [[ $output == *"would copy"* ]]
    [ "$(ls "$T/root/static")" = "$(printf 'state-bdb\nstate.driver\nstate.lck')" ]
    run state migrate --to sqlite
    [ "$status" -eq 0 ]
    [[ $output == *"$(sha256sum <"$T/before" | cut -d' ' -f1)"* ]]
    [[ $output == *"$T/root/static/state-bdb.migrated-"* ]]
    fails 125 "in the store of sqlite" polypod --state bdb ps
    DRIVER=sqlite
    state export | cmp - "$T/before"
    state check
    [ "$(polypod --state sqlite ps -aq | wc -l)" = 3 ]
    fails 125 "already" state migrate --to sqlite
    fails 125 "keeps nothing" state migrate --to memory
    fails 125 "polypod-state-absent" state migrate --to absent
    state migrate --to bdb
    DRIVER=bdb
    state export | cmp - "$T/before"
}

@test "migrate does not touch a store that has something" {
    need_two_drivers
    DRIVER=bdb
    create a
    mv "$T/root/static/state-bdb" "$T/kept"
    rm "$T/root/static/state.driver"
    DRIVER=sqlite
    create b
    mv "$T/kept" "$T/root/static/state-bdb"
    fails 125 "1 containers and pods of its own" state migrate --to bdb
    [ "$(in_use)" = "sqlite 1" ]
}

@test "conmon's cleanup finds a store that has moved" {
    need_two_drivers
    DRIVER=bdb
    create a
    state migrate --to sqlite
    polypod --state bdb container cleanup a
    fails 125 "in the store of sqlite" polypod --state bdb ps
}

# Killed anywhere: one store counts, has everything, and can be moved on.
@test "a killed migration leaves one store" {
    need_two_drivers
    local i pid from=bdb to=sqlite driver switched=0 tmp
    DRIVER=bdb
    create a b c
    state export "$T/before"
    for ((i = 0; i < 100; i++)); do
        spawn state migrate --to "$to" >/dev/null 2>&1 &
        pid=$!
        sleep "0.$((RANDOM % 4))$((RANDOM % 10))$((RANDOM % 10))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        run in_use
        [ "$status" -eq 0 ]
        echo "$output" # seen if the test fails
        driver=${output% *}
        [ "$output" = "$from 3" ] || [ "$output" = "$to 3" ]
        polypod --state "$driver" state export | cmp - "$T/before"
        [ "$driver" = "$from" ] && continue
        switched=$((switched + 1))
        tmp=$from from=$to to=$tmp
    done
    echo "switched $switched times"
    [ "$switched" -gt 0 ]
    polypod state migrate --to "$to"
    [ "$(in_use)" = "$to 3" ]
    [ ! -e "$T/root/static/state-$from" ]
    [ ! -e "$T/root/static/state.migrating" ]
    [ -z "$(find "$T/root/static" -maxdepth 1 -name '*.new')" ]
}

# Who asks meanwhile is never shown, or left, an empty store.
@test "info waits for a migration to end" {
    need_two_drivers
    local i to=sqlite
    DRIVER=bdb
    create a
    for ((i = 0; i < 10; i++)); do
        spawn state migrate --to "$to" >/dev/null &
        sleep "0.0$((RANDOM % 10))"
        [[ $(in_use) == *" 1" ]]
        wait $!
        [ "$(in_use)" = "$to 1" ]
        [ "$(echo "$T"/root/static/state-+([a-z]))" = \
            "$T/root/static/state-$to" ]
        [ "$to" = sqlite ] && to=bdb || to=sqlite
    done
}

# Whoever comes while it moves waits, and is then told or served.
@test "nothing is lost that is created during a migration" {
    need_two_drivers
    local i pids=() made=1
    DRIVER=bdb
    create first
    for ((i = 0; i < 12; i++)); do
        create "c$i" 2>/dev/null &
        pids+=($!)
        [ "$i" -ne 5 ] || state migrate --to sqlite
    done
    for i in "${pids[@]}"; do
        wait "$i" && made=$((made + 1))
    done
    [ "$(in_use)" = "sqlite $made" ]
    polypod --state sqlite state check
}

# many N: the export of N containers, made of that of one
many() {
    local id line i head
    create one
    id=$(polypod --state "$DRIVER" ps -aq --no-trunc)
    state export "$T/one"
    head=$(sed -n 1p "$T/one")
    line=$(sed '1d;$d' "$T/one" | sed "s/$id/@ID@/g; s/\"one\"/\"@NAME@\"/g")
    { echo "$head"
      for ((i = 1; i <= $1; i++)); do
          printf '%s\n' "$line" | sed "s/@ID@/$(printf %064x "$i")/g; s/@NAME@/c$i/g"
      done |
          LC_ALL=C sort -u
      echo
    } >"$T/many"
    sed -i "\$s/.*/{\"records\":$(($(wc -l <"$T/many") - 2))}/" "$T/many"
}

@test "a check of a large store leaves other folders alone" {
    DRIVER=bdb
    [ -e "$POLYPOD_PLUGINS/state-bdb.so" ] || skip "state-bdb was not built"
    many 1000
    state import --replace "$T/many"
    run strace -f -o "$T/calls" -e trace=openat "$POLYPOD" --root "$T/root" \
        --runroot "$T/run" --tmpdir "$T/tmp" --config "$T/polypod.conf" \
        --plugin-dir "$POLYPOD_PLUGINS" state check
    [[ $output == "1000 containers"* ]]
    grep state.db "$T/calls"
    ! grep -e O_CREAT "$T/calls" | grep -F '"/' | grep -v -F "$T"
}
