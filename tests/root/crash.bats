#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Death at any moment: of the command, of conmon, of the machine.

load common

# Kill the command after some milliseconds, N times, then remove what is left.
# The seed is printed; POLYPOD_SEED repeats a run.
storm() {
    local n=$1 most=$2 i ms job
    shift 2
    RANDOM=${POLYPOD_SEED:-$$}
    echo "seed ${POLYPOD_SEED:-$$}"
    for ((i = 0; i < n; i++)); do
        ms=$((RANDOM % most))
        setsid "$@" "ctr$i" >/dev/null 2>&1 3>&- &
        job=$!
        sleep "0.$(printf %03d $ms)"
        kill -9 "$job" 2>/dev/null || true
        wait "$job" 2>/dev/null || true
    done
}

# The command itself, not a shell around it, so that kill meets it.
doomed_run() {
    exec "$POLYPOD_BUILD/polypod" --root "$ROOT" --runroot "$RUN" \
        --config "$CONF" --plugin-dir "$POLYPOD_BUILD/plugins" \
        ${FW:+--firewall "$FW"} run --cgroup-parent "$CGROUP" \
        "${@:1:$#-1}" --name "${!#}" --rootfs "$ROOTFS" sleep 100
}
export -f doomed_run

remove_all() {
    local id
    # every record is seen and can be removed
    for id in $(polypod ps -a -q); do
        polypod rm -f -t 0 "$id"
    done
    is "$(polypod ps -a -q)" ""
    # folders of those who died before their record go with the next boot
    boot_id
    polypod ps
    nothing_left
}

# The alive file of another boot, though the run folder is still there.
boot_id() {
    echo 00000000-0000-0000-0000-000000000000 >"$RUN/tmp/alive"
}

@test "run -d killed at random moments: rm -f finds everything" {
    storm 40 120 "$BASH" -c 'doomed_run -d "$@"' -
    remove_all
}

@test "run -d killed, under iptables" {
    export FW=iptables
    storm 15 120 "$BASH" -c 'doomed_run -d "$@"' -
    remove_all
}

@test "run -d -p killed: the port is free again" {
    local i
    for i in 1 2 3 4 5 6 7 8; do
        storm 1 120 "$BASH" -c 'doomed_run -d -p 8080:80 "$@"' -
        remove_all
        polypod run --rm -p 8080:80 --rootfs "$ROOTFS" true
    done
}

@test "run --rm in the foreground killed" {
    storm 15 200 "$BASH" -c 'doomed_run --rm "$@"' -
    remove_all
}

@test "start killed: the next start works" {
    local i job
    polypod create --name web -p 8080:80 --rootfs "$ROOTFS" sleep 100
    for i in 1 2 3 4 5 6 7 8 9 10; do
        "$POLYPOD_BUILD/polypod" --root "$ROOT" --runroot "$RUN" \
            --config "$CONF" --plugin-dir "$POLYPOD_BUILD/plugins" \
            start web >/dev/null 2>&1 3>&- &
        job=$!
        sleep "0.0$((i * 7 + 10))"
        kill -9 "$job" 2>/dev/null || true
        wait "$job" 2>/dev/null || true
        polypod start web
        is "$(get web State.Status)" running
        # that of the start that was killed has done its work, too
        eventually sh -c '[ "$(pgrep -c -x conmon)" = 1 ]'
        is "$(get web State.Status)" running
        kill -0 "$(pid web)"
        polypod stop -t 0 web
    done
}

@test "rm -f killed: the next rm -f finishes it" {
    local i job
    for i in 1 2 3 4 5 6; do
        start web -p 8080:80 -- sleep 100
        "$POLYPOD_BUILD/polypod" --root "$ROOT" --runroot "$RUN" \
            --config "$CONF" --plugin-dir "$POLYPOD_BUILD/plugins" \
            rm -f -t 0 web >/dev/null 2>&1 3>&- &
        job=$!
        sleep "0.0$((i * 12 + 10))"
        kill -9 "$job" 2>/dev/null || true
        wait "$job" 2>/dev/null || true
        polypod rm -f -t 0 web
        nothing_left
    done
}

@test "conmon killed: the container runs on, its end is noticed" {
    start web -p 8080:80 -- sleep 100
    kill -9 "$(get web State.ConmonPid)"
    kill -0 "$(pid web)"
    is "$(get web State.Status)" running
    kill -9 "$(pid web)"
    eventually test exited = "$(get web State.Status)"
    is "$(polypod wait web)" -1
    is "$(get web State.Status)" exited
    is "$(get web State.ExitCode)" -1
    polypod start web
    polypod rm -f -t 0 web
    nothing_left
}

@test "conmon killed: stop and rm -f still work" {
    start web -p 8080:80 -- sleep 100
    kill -9 "$(get web State.ConmonPid)"
    polypod stop -t 0 web
    is "$(get web State.Status)" exited
    polypod rm web
    nothing_left
    start web -p 8080:80 -- sleep 100
    kill -9 "$(get web State.ConmonPid)"
    polypod rm -f -t 0 web
    nothing_left
}

# What a boot does: processes, mounts, namespaces, rules are gone, and with
# them everything below the run folder; the state folder stays.
reboot() {
    local p
    for p in $(pgrep -x conmon); do kill -9 "$p" || true; done
    for p in "$@"; do kill -9 "$p" || true; done
    find "$RUN/netns" -type f -exec umount {} \;
    ip link del cni-podman0 2>/dev/null || true
    nft delete table inet polypod 2>/dev/null || true
    rm -rf "$RUN" /run/runc
    find /sys/fs/cgroup -mindepth 3 -depth -type d -path "*$CGROUP/*" \
        -exec rmdir {} + 2>/dev/null || true
}

@test "a boot: what ran is exited, what was to vanish is gone" {
    local old_id
    start web -p 8080:80 -- sleep 100
    start gone --rm -- sleep 100
    start done -- sh -c 'exit 4'
    polypod create --name new --rootfs "$ROOTFS" true
    polypod wait done
    old_id=$(get web Id)
    reboot "$(pid web)" "$(pid gone)"
    is "$(polypod ps -q)" ""
    is "$(polypod ps -a --format '{{.Names}}' | sort | xargs)" "done new web"
    is "$(get web State.Status)" exited
    is "$(get web State.Pid)" 0
    is "$(get web Id)" "$old_id"
    is "$(get done State.ExitCode)" 4
    is "$(get new State.Status)" created
    polypod start web
    is "$(get web State.Status)" running
    is "$(address web | cut -d. -f1,2)" 10.88
    polypod stop -t 0 web
    polypod rm web done new
    nothing_left
}

@test "a boot that kept the run folder: the boot id tells" {
    start web -p 8080:80 -- sleep 100
    local p
    p=$(pid web)
    for c in $(pgrep -x conmon); do kill -9 "$c" || true; done
    kill -9 "$p"
    nft delete table inet polypod
    rm -rf /run/runc/*
    boot_id
    is "$(polypod ps -q)" ""
    is "$(get web State.Status)" exited
    polypod start web
    is "$(get web State.Status)" running
    polypod rm -f -t 0 web
    nothing_left
}

@test "the namespace, the bundle, the pid file vanish: rm -f works" {
    start web -p 8080:80 -- sleep 100
    umount -l "$RUN/netns/"*
    rm -f "$RUN/netns/"*
    polypod rm -f -t 0 web
    nothing_left
    start web -p 8080:80 -- sleep 100
    rm -rf "$RUN/containers/"*
    polypod rm -f -t 0 web
    nothing_left
    start web -p 8080:80 -- sleep 100
    rm -rf "$ROOT/containers/"*
    polypod rm -f -t 0 web
    nothing_left
}
