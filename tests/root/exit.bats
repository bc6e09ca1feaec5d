#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Exit codes: the container's, and the engine's own.

load common

# CODE COMMAND...
ends() {
    local want=$1 code=0
    shift
    "$@" >"$F/stdout" 2>"$F/stderr" || code=$?
    cat "$F/stderr" >&2
    is "$code" "$want"
}

@test "the exit code of the command is that of run" {
    local code
    for code in 0 1 3 42 124 125 126 127 128 200 255; do
        ends "$code" inside -- sh -c "exit $code"
        is "$(<"$F/stderr")" ""
    done
}

@test "a command that ends at once never loses its code" {
    local i
    for ((i = 0; i < 40; i++)); do
        ends 7 inside -- sh -c "exit 7"
    done
}

@test "125: a flag, a verb, a value that is wrong" {
    ends 125 polypod run --no-such-flag
    ends 125 polypod no-such-verb
    ends 125 polypod run --memory lots --rootfs "$ROOTFS" true
    ends 125 polypod run
    ends 125 polypod run some-image true
    ends 125 polypod run -d --cpus x --rootfs "$ROOTFS" true
}

@test "126: not executable, a folder" {
    echo text >"$ROOTFS/tmp/text"
    refused 126 inside -- /tmp/text
    refused 126 inside -- /etc
    refused 126 polypod run -d --rootfs "$ROOTFS" /tmp/text
}

@test "127: not found, by path and by name" {
    refused 127 inside -- /no/such/command
    says /no/such/command
    refused 127 inside -- nosuchcommand
    says nosuchcommand
    refused 127 polypod run -d --rootfs "$ROOTFS" nosuchcommand
}

@test "signals: 128 and the number" {
    ends 137 inside -- sh -c 'kill -9 $$; kill -9 1; sleep 1; exit 3' || true
    start victim --network none -- sleep 100
    polypod kill victim
    is "$(polypod wait victim)" 137
    is "$(get victim State.ExitCode)" 137
    is "$(get victim State.OOMKilled)" false
    polypod rm victim
    start victim --network none -- sh -c 'trap "exit 5" TERM
                                          while :; do sleep 0.05; done'
    sleep 0.2
    polypod kill -s TERM victim
    is "$(polypod wait victim)" 5
    polypod rm victim
    # a first process has no default actions: the shell's child is killed
    ends 143 inside -- sh -c 'sh -c "kill -TERM \$\$"; exit $?'
}

@test "stop: by the signal when it helps, by SIGKILL when not" {
    start polite --network none -- sh -c 'trap "exit 9" TERM
                                          while :; do sleep 0.05; done'
    start deaf --network none --stop-timeout 1 -- sh -c \
        'trap "" TERM; while :; do sleep 0.05; done'
    sleep 0.2
    polypod stop polite
    is "$(get polite State.ExitCode)" 9
    SECONDS=0
    polypod stop deaf
    is "$(get deaf State.ExitCode)" 137
    [ "$SECONDS" -ge 1 ] && [ "$SECONDS" -le 4 ]
    # no failure: it does not run any more
    polypod stop deaf
}

@test "out of memory: 137, and inspect says why" {
    start hungry --network none --memory 8m -- sh -c \
        'x=x; while :; do x=$x$x; done'
    is "$(polypod wait hungry)" 137
    is "$(get hungry State.OOMKilled)" true
    is "$(get hungry State.Status)" exited
    # and forgets it at the next start
    polypod rm hungry
}

@test "foreground signals reach the container, its code comes back" {
    local job code=0
    "$BASH" -c "$(declare -f polypod); polypod run --rm --network none \
        --rootfs $ROOTFS sh -c 'trap \"exit 11\" INT; echo up
        while :; do sleep 0.05; done'" >"$F/up" &
    job=$!
    eventually grep -q up "$F/up"
    kill -INT "$(pgrep -x polypod)"
    wait "$job" || code=$?
    is "$code" 11
}
