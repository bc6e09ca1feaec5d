#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/plugin/state.bats - the state plugins against the conformance kit, and
# what only the outside of one can show: file modes, read-only and full disks

setup() {
    kit=$POLYPOD_BUILD/sdk/kit/polypod-plugin-test
    plugins=$POLYPOD_BUILD/plugins
    dir=$(mktemp -d)
}

teardown() {
    rm -rf "$dir"
}

need() {
    [ -e "$plugins/$1.so" ] || skip "$1 is not built"
}

conforms() {
    local name=$1
    shift
    need "$name"
    run timeout 300 "$kit" -d "$dir" "$@" "$plugins/$name.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$(ls -A "$dir")" ]
}

@test "state-memory conforms" {
    conforms state-memory
}

@test "state-chaos that fails nothing conforms, around each store" {
    local name
    for name in memory bdb sqlite; do
        [ -e "$plugins/state-$name.so" ] || continue
        run timeout 300 "$kit" -d "$dir" -k 20 "$plugins-test/state-chaos.so" \
            inner="$plugins/state-$name.so"
        echo "$output"
        [ "$status" -eq 0 ]
        [ -z "$(ls -A "$dir")" ]
    done
}

@test "state-bdb conforms, with 300 kills" {
    conforms state-bdb -k 300
    [[ "$output" != *"busy does not name"* ]]
}

@test "state-bdb conforms with the smallest cache, log and redo" {
    need state-bdb
    run timeout 300 "$kit" -d "$dir" -k 20 "$plugins/state-bdb.so" \
        cache_size=256KiB log_size=32KiB redo_size=32KiB
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "state-bdb survives a full disk" {
    need state-bdb
    [ "$(id -u)" -eq 0 ] || skip "needs root for a mount"
    run unshare -m sh -c 'mount -t tmpfs -o size=8m none "$1" &&
        exec timeout 300 "$2" -f -d "$1" "$3"' \
        sh "$dir" "$kit" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"ok 1 - a full disk is survived"* ]]
}

@test "state-bdb can be read on a read-only file system" {
    need state-bdb
    [ "$(id -u)" -eq 0 ] || skip "needs root for a mount"
    run unshare -m "$kit" -r -d "$dir" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"ok 1 - a read-only store can be read"* ]]
}

@test "state-bdb keeps its files to their owner" {
    need state-bdb
    run sh -c 'umask 022; "$1" -K -d "$2" -o outlive "$3"' \
        sh "$kit" "$dir" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -n "$(find "$dir" -path '*/state/*' -type f)" ]
    [ -z "$(find "$dir" -path '*/state/*' -type f ! -perm 600)" ]
}

@test "a backup of state-bdb is a store again" {
    need state-bdb
    run "$kit" -K -d "$dir" -o backup "$plugins/state-bdb.so"
    [ "$status" -eq 0 ]
    mkdir -m 700 "$dir/again"
    cp "$dir"/plugin-test.*/backup "$dir/again/state.db"
    run "$kit" -d "$dir" -l "$dir/again" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "a=
ab=
b=
c=
c/1=
c/10=
c/2=
d=" ]
}

@test "a removed log of state-bdb does no harm, a removed state.db is named" {
    need state-bdb
    run "$kit" -K -d "$dir" -o backup "$plugins/state-bdb.so"
    state=$(echo "$dir"/plugin-test.*/state)
    rm "$state"/log.*
    run "$kit" -d "$dir" -l "$state" "$plugins/state-bdb.so"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 8 ]
    rm "$state/state.db"
    run "$kit" -d "$dir" -l "$state" "$plugins/state-bdb.so"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"state.db\": it is damaged or absent"* ]]
    [[ "$output" == *"polypod-state-bdb(8)"* ]]
}

@test "after a reboot state-bdb recovers before it reads" {
    need state-bdb
    run "$kit" -K -d "$dir" -o backup "$plugins/state-bdb.so"
    state=$(echo "$dir"/plugin-test.*/state)
    printf x | dd of="$state/lock" bs=1 seek=24 conv=notrunc status=none
    before=$(stat -c %y "$state"/log.*)
    run "$kit" -d "$dir" -l "$state" "$plugins/state-bdb.so"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 8 ]
    [ "$before" != "$(stat -c %y "$state"/log.*)" ]
}

# A store whose commits are in redo, in $state; its backup beside it.
bdb_store() {
    need state-bdb
    "$kit" -K -d "$dir" -o backup "$plugins/state-bdb.so" >/dev/null
    state=$(echo "$dir"/plugin-test.*/state)
    cp -a "$state" "$dir/spare copy"
}

bdb_list() {
    run "$@" "$kit" -d "$dir" -l "$state" "$plugins/state-bdb.so"
    echo "$output"
}

@test "state-bdb goes on without its redo only when told to" {
    bdb_store
    rm "$state/redo"
    bdb_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"redo\": it is absent"*"polypod-state-bdb(8)"* ]]
    rm "$state/lock"
    bdb_list
    [ "$status" -eq 1 ]
    touch "$state/redo.lost"
    bdb_list
    [ "$status" -eq 0 ]
    [ -z "$output" ] # the eight items were in redo
    [ -e "$state/redo.lost.old" ]
    [ ! -e "$state/redo.lost" ]
    rm "$state/redo" "$state/lock"
    bdb_list
    [ "$status" -eq 1 ]
}

@test "state-bdb refuses the redo or the state.db of another store" {
    bdb_store
    cp "$dir"/plugin-test.*/backup "$state/state.db"
    bdb_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"redo\": it is not the one that belongs to"* ]]
    rm -r "$state"
    cp -a "$dir/spare copy" "$state"
    rm "$state/state.db"
    bdb_list
    [ "$status" -eq 1 ]
    rm "$state/lock"
    bdb_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"state.db\": it is damaged or absent"* ]]
    [ ! -e "$state/state.db" ]
}

@test "a copy of state-bdb without its header is whole" {
    bdb_store
    rm "$state/lock" "$state"/log.* "$state/spare"
    bdb_list
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 8 ]
}

@test "state-bdb looks at a state.db that somebody else has written" {
    bdb_store
    dd if=/dev/zero of="$state/state.db" bs=4096 seek=1 count=1 conv=notrunc \
        status=none
    bdb_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot be recovered"* ]]
}

@test "what Berkeley DB's own programs save of state-bdb is a store again" {
    need state-bdb
    command -v db5.3_dump >/dev/null || skip "needs db5.3_dump"
    "$kit" -K -d "$dir" -o "many keys" "$plugins/state-bdb.so" \
        redo_size=32KiB >/dev/null # more than redo takes
    state=$(echo "$dir"/plugin-test.*/state)
    bdb_list
    want=$output
    [ "${#lines[@]}" -gt 100 ]
    db5.3_dump -r "$state/state.db" >"$dir/items"
    for edit in '' '/^chksum/d'; do
        rm "$state"/*
        sed "$edit" "$dir/items" | db5.3_load "$state/state.db"
        bdb_list
        [ "$status" -eq 1 ]
        touch "$state/redo.lost"
        rm "$state/lock"
        bdb_list
        [ "$status" -eq 0 ]
        [ "$output" = "$want" ]
    done
}

# Its header was shorter, and there was no redo.
@test "state-bdb takes over a store from before redo" {
    bdb_store
    cp "$dir"/plugin-test.*/backup "$dir/old"
    rm "$state"/*
    cp "$dir/old" "$state/state.db"
    { printf 'PPBDB\0\0\001\007\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
      tr -d '\n' </proc/sys/kernel/random/boot_id
      printf '\0\0\0\0'; } >"$state/lock"
    [ "$(stat -c %s "$state/lock")" -eq 64 ]
    if [ "$(id -u)" -eq 0 ]; then
        bdb_list frozen
        [ "$status" -eq 0 ]
        [ "${#lines[@]}" -eq 8 ]
        [ ! -e "$state/redo" ]
    fi
    bdb_list
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 8 ]
    [ -e "$state/redo" ]
    printf 'PPBDB\0\0\003' | dd of="$state/lock" conv=notrunc status=none
    bdb_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"newer version"* ]]
}

@test "state-sqlite conforms, with 300 kills" {
    conforms state-sqlite -k 300
    [[ "$output" != *"busy does not name"* ]]
}

@test "state-sqlite conforms with the smallest log" {
    need state-sqlite
    run timeout 300 "$kit" -d "$dir" -k 20 "$plugins/state-sqlite.so" \
        wal_size=64KiB
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "state-sqlite survives a full disk" {
    need state-sqlite
    [ "$(id -u)" -eq 0 ] || skip "needs root for a mount"
    run unshare -m sh -c 'mount -t tmpfs -o size=8m none "$1" &&
        exec timeout 300 "$2" -f -d "$1" "$3"' \
        sh "$dir" "$kit" "$plugins/state-sqlite.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"ok 1 - a full disk is survived"* ]]
}

@test "state-sqlite can be read on a read-only file system" {
    need state-sqlite
    [ "$(id -u)" -eq 0 ] || skip "needs root for a mount"
    run unshare -m "$kit" -r -d "$dir" "$plugins/state-sqlite.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"ok 1 - a read-only store can be read"* ]]
}

@test "state-sqlite keeps its files to their owner" {
    need state-sqlite
    run sh -c 'umask 022; "$1" -K -d "$2" -o outlive "$3"' \
        sh "$kit" "$dir" "$plugins/state-sqlite.so"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -n "$(find "$dir" -path '*/state/*' -type f)" ]
    [ -z "$(find "$dir" -path '*/state/*' -type f ! -perm 600)" ]
}

# A store of eight items, closed, in $state; its backup beside it.
sqlite_store() {
    need state-sqlite
    "$kit" -K -d "$dir" -o backup "$plugins/state-sqlite.so" >/dev/null
    state=$(echo "$dir"/plugin-test.*/state)
}

sqlite_list() {
    run "$@" "$kit" -d "$dir" -l "$state" "$plugins/state-sqlite.so"
    echo "$output"
}

# Run on a read-only mount of $state.
frozen() {
    unshare -m sh -c 'mount --bind "$1" "$1" &&
        mount -o remount,bind,ro "$1" && shift && exec "$@"' sh "$state" "$@"
}

@test "a backup of state-sqlite is a store again, also where none can write" {
    sqlite_store
    mkdir -m 700 "$dir/again"
    cp "$dir"/plugin-test.*/backup "$dir/again/state.db"
    state=$dir/again
    want="a=
ab=
b=
c=
c/1=
c/10=
c/2=
d="
    if [ "$(id -u)" -eq 0 ]; then
        sqlite_list frozen
        [ "$output" = "$want" ]
        [ "$(ls "$state")" = state.db ]
    fi
    sqlite_list
    [ "$output" = "$want" ]
}

@test "a closed state-sqlite needs no log, a damaged one is named" {
    sqlite_store
    rm "$state"/state.db-*
    sqlite_list
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 8 ]
    printf x | dd of="$state/state.db" bs=1 conv=notrunc status=none
    sqlite_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"state.db\": it is damaged"* ]]
    [[ "$output" == *"polypod-state-sqlite(8)"* ]]
}

@test "state-sqlite asks for recovery when the log cannot be read" {
    [ "$(id -u)" -eq 0 ] || skip "needs root for a mount"
    need state-sqlite
    run "$kit" -K -d "$dir" -o stuck "$plugins/state-sqlite.so"
    state=$(echo "$dir"/plugin-test.*/state)
    [ -s "$state/state.db-wal" ] || echo junk >"$state/state.db-wal"
    rm "$state/state.db-shm"
    sqlite_list frozen
    [ "$status" -eq 1 ]
    [[ "$output" == *"-15"*"make it writable"* ]]
    sqlite_list
    [ "$status" -eq 0 ]
}

# Bytes, in octal, at a place in a file.
poke() {
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "state-sqlite refuses what it has not made" {
    sqlite_store
    rm "$state/state.commits"
    # a version, or a name, that page 1 does not vouch for
    cp "$state/state.db" "$dir/keep"
    for at in 63 68; do
        poke "$state/state.db" $at '\003'
        sqlite_list
        [ "$status" -eq 1 ]
        [[ "$output" == *"page 1 of \"$state/state.db\" does not match"* ]]
        cp "$dir/keep" "$state/state.db"
    done
    poke "$state/state.db" 20 '\000' # it claims to have no checksums
    sqlite_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"page 1 of \"$state/state.db\" does not match"* ]]
    poke "$state/state.db" 63 '\003'
    sqlite_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"newer version"* ]]
    poke "$state/state.db" 68 'Else'
    sqlite_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"another program"* ]]
    rm "$state"/*
    ln -s "$dir"/plugin-test.*/backup "$state/state.db"
    sqlite_list
    [ "$status" -eq 1 ]
}

@test "state-sqlite names lost commits until the loss is accepted" {
    sqlite_store
    for lost in remove empty; do
        mkdir -m 700 "$dir/$lost"
        cp "$state"/state.* "$dir/$lost"
        if [ $lost = remove ]; then
            rm "$dir/$lost/state.db"
        else
            : >"$dir/$lost/state.db"
        fi
        for again in 1 2; do
            run "$kit" -d "$dir" -l "$dir/$lost" "$plugins/state-sqlite.so"
            echo "$output"
            [ "$status" -eq 1 ]
            [[ "$output" == *"-15"*"ends at commit 0, but commit"* ]]
            [[ "$output" == *"removing \"$dir/$lost/state.commits\""* ]]
        done
        [ ! -s "$dir/$lost/state.db" ]
        rm "$dir/$lost/state.commits"
        run "$kit" -d "$dir" -l "$dir/$lost" "$plugins/state-sqlite.so"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done
}

@test "a lost log of state-sqlite is named, and nothing of it is thrown away" {
    need state-sqlite
    "$kit" -K -d "$dir" -b -o transactions "$plugins/state-sqlite.so" \
        wal_size=256MiB >/dev/null 3>&- &
    pid=$!
    for i in $(seq 500); do
        size=$(stat -c %s "$dir"/plugin-test.*/state/state.db-wal 2>/dev/null) ||
            size=0
        [ "$size" -lt 100000 ] || break
        sleep 0.01
    done
    kill -9 $pid
    wait $pid || :
    state=$(echo "$dir"/plugin-test.*/state)
    cp "$state/state.db-wal" "$dir/log"
    for at in 0 1000 90000; do
        cp "$dir/log" "$state/state.db-wal"
        poke "$state/state.db-wal" $at 'damage'
        before=$(sha256sum <"$state/state.db-wal")
        for again in 1 2; do
            sqlite_list
            [ "$status" -eq 1 ]
            [[ "$output" == *"-15"*"but commit"*"was made"* ]]
            [ "$before" = "$(sha256sum <"$state/state.db-wal")" ]
        done
    done
    # for an empty state.db SQLite would remove the log
    cp "$dir/log" "$state/state.db-wal"
    cp "$state/state.db" "$dir/keep"
    : >"$state/state.db"
    sqlite_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"-15"*"ends at commit 0, but"* ]]
    cmp "$dir/log" "$state/state.db-wal"
    cp "$dir/keep" "$state/state.db"
    sqlite_list
    [ "$status" -eq 0 ]
    # what is accepted may be a store again, up to the damage
    cp "$dir/log" "$state/state.db-wal"
    cp "$dir/keep" "$state/state.db"
    poke "$state/state.db-wal" 90000 'damage'
    rm "$state/state.commits"
    sqlite_list
    [ "$status" -eq 0 ]
}

@test "a damaged witness of state-sqlite stops nobody" {
    sqlite_store
    for bytes in 100 512 5000; do
        head -c "$bytes" /dev/urandom >"$state/state.commits"
        sqlite_list
        [ "$status" -eq 0 ]
        [ "${#lines[@]}" -eq 8 ]
    done
}

# As polypod-state-sqlite(8) says it.
@test "what sqlite3 saved of a store is a store of state-sqlite again" {
    command -v sqlite3 >/dev/null || skip "no sqlite3"
    sqlite_store
    sqlite_list
    want=$output
    mkdir -m 700 "$dir/new"
    { sqlite3 -readonly "$state/state.db" .dump | grep -v -e '^COMMIT' -e '^ROLLBACK'
      echo 'PRAGMA application_id = 1347448676;'
      echo 'PRAGMA user_version = 1; COMMIT;'; } | sqlite3 "$dir/new/state.db"
    [ "$(od -An -tu1 -j20 -N1 "$dir/new/state.db")" -eq 0 ]
    state=$dir/new
    if [ "$(id -u)" -eq 0 ]; then
        sqlite_list frozen
        [ "$status" -eq 1 ]
        [[ "$output" == *"-15"*"make it writable"* ]]
    fi
    for again in 1 2; do
        sqlite_list
        [ "$status" -eq 0 ]
        [ "$output" = "$want" ]
        [ "$(od -An -tu1 -j20 -N1 "$state/state.db")" -eq 8 ]
    done
}

@test "a database that cannot be converted by state-sqlite stays as it was" {
    command -v sqlite3 >/dev/null || skip "no sqlite3"
    need state-sqlite
    state=$dir/old
    mkdir -m 700 "$state"
    sqlite3 "$state/state.db" <<-'EOF' >/dev/null
	.dbconfig no_ckpt_on_close on
	PRAGMA journal_mode = WAL;
	CREATE TABLE item(key BLOB PRIMARY KEY NOT NULL, value BLOB) WITHOUT ROWID;
	INSERT INTO item VALUES(0, 0);
	INSERT INTO item SELECT CAST(value AS BLOB), randomblob(1000)
	    FROM generate_series(1, 100);
	INSERT INTO item VALUES('null', NULL);
	PRAGMA writable_schema = ON;
	UPDATE sqlite_schema SET sql = replace(sql, 'value BLOB',
	    'value BLOB NOT NULL');
	PRAGMA application_id = 1347448676;
	PRAGMA user_version = 1;
	EOF
    [ -s "$state/state.db-wal" ]
    cp -r "$state" "$dir/keep"
    sqlite_list
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot give checksums to"* ]]
    cmp "$dir/keep/state.db" "$state/state.db"
    cmp "$dir/keep/state.db-wal" "$state/state.db-wal"
}

@test "many processes make one state-sqlite" {
    need state-sqlite
    for round in 1 2 3 4 5; do
        mkdir "$dir/new"
        pids=
        for i in 1 2 3 4 5 6 7 8; do
            "$kit" -d "$dir" -l "$dir/new" "$plugins/state-sqlite.so" &
            pids="$pids $!"
        done
        for pid in $pids; do
            wait "$pid"
        done
        rm -r "$dir/new"
    done
}

@test "the log of state-sqlite does not grow without bound" {
    need state-sqlite
    "$kit" -d "$dir" -b -o transactions "$plugins/state-sqlite.so" \
        wal_size=256KiB >/dev/null 3>&- &
    pid=$!
    most=0
    while kill -0 $pid 2>/dev/null; do
        size=$(stat -c %s "$dir"/plugin-test.*/state/state.db-wal 2>/dev/null) ||
            size=0
        [ "$size" -le "$most" ] || most=$size
        sleep 0.01
    done
    wait $pid
    echo "$most"
    [ "$most" -gt 65536 ]
    [ "$most" -lt 524288 ]
}

@test "plugins export one symbol and need nothing of the engine's" {
    for name in state-memory state-bdb state-sqlite; do
        [ -e "$plugins/$name.so" ] || continue
        nm -D --defined-only "$plugins/$name.so" | grep -v asan >"$dir/nm"
        [ "$(wc -l <"$dir/nm")" -eq 1 ]
        grep -q ' pp_plugin_v1$' "$dir/nm"
        ! ldd "$plugins/$name.so" | grep polypod
    done
}

# Each of these ended in a crash or an endless loop inside libdb once.
@test "damage that hurt before is refused" {
    need state-bdb
    for seed in 202954835 326621290 167499248; do
        run "$kit" -d "$dir" -o damage -s "$seed" "$plugins/state-bdb.so" \
            cache_size=256KiB log_size=32KiB
        echo "$output"
        [ "$status" -eq 0 ]
    done
}
