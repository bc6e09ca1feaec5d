#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# From create to rm: logs, wait, kill, start again, what ps and inspect show,
# what conmon and the container hold open, and operations at the same time.

load common

@test "create, start, stop, start again: the record stays" {
    local id
    id=$(polypod create --name web --network none -p 8080:80 \
        --rootfs "$ROOTFS" true 2>/dev/null) || true
    id=$(polypod create --name web -p 8080:80 --rootfs "$ROOTFS" sleep 100)
    is "$(get web State.Status)" created
    is "$(get web State.Pid)" 0
    polypod start web
    local first
    first=$(pid web)
    polypod start web # runs already: nothing to do
    is "$(pid web)" "$first"
    polypod stop -t 0 web
    is "$(get web State.ExitCode)" 137
    is "$(get web State.Pid)" 0
    polypod start web
    is "$(get web State.Status)" running
    is "$(get web Id)" "$id"
    is "$(get web State.ExitCode)" 0
    polypod rm -f -t 0 web
}

@test "a container that ended by itself gives back all but its record" {
    start web -p 8080:80 -- sh -c 'exit 6'
    is "$(polypod wait web)" 6
    given_back() {
        [ -z "$(contents "$RUN/netns")$(ss -Hltn 'sport = :8080')" ] &&
            [ -z "$(find "$RUN/tmp/net-cni" -name '10.88.*')" ] &&
            not pgrep -x conmon
    }
    eventually given_back
    is "$(get web State.Status)" exited
    is "$(get web State.ExitCode)" 6
    is "$(polypod start -a web >/dev/null; echo $?)" 6
}

@test "start -a shows the output and ends with the exit code" {
    local code=0
    polypod create --name job --network none --rootfs "$ROOTFS" \
        sh -c 'echo out; echo err >&2; exit 4' >/dev/null
    local i
    for i in 1 2 3; do
        code=0
        polypod start -a job >"$F/out" 2>"$F/err" || code=$?
        is "$code" 4
        is "$(<"$F/out")" out
        is "$(<"$F/err")" err
    done
}

@test "every byte of the output arrives, in the foreground" {
    inside -- sh -c 'i=0; while [ $i -lt 20000 ]; do echo line $i
                     i=$((i+1)); done' >"$F/out"
    seq -f 'line %.0f' 0 19999 | cmp - "$F/out"
    inside -- head -c 3000000 /dev/zero | wc -c | grep -x 3000000
}

@test "a reader that leaves does not hang the foreground" {
    timeout 20 "$BASH" -c "$(declare -f polypod); polypod run --rm \
        --network none --rootfs $ROOTFS sh -c 'yes | head -c 5000000; exit 3' \
        | head -n 1"
    nothing_left
}

@test "logs: streams, --tail, -t, long lines, no newline at the end" {
    start job --network none -- sh -c '
        echo one; echo two >&2; echo three
        head -c 20000 /dev/zero | tr "\0" x; echo; printf end'
    polypod wait job
    polypod logs job >"$F/out" 2>"$F/err"
    is "$(sed -n 1p "$F/out")" one
    is "$(sed -n 2p "$F/out")" three
    is "$(sed -n 3p "$F/out" | tr -d '\n' | wc -c)" 20000
    is "$(sed -n 4p "$F/out")" end
    is "$(<"$F/err")" two
    is "$(polypod logs --tail 1 job)" end
    is "$(polypod logs --tail 2 job | wc -c)" 20005
    is "$(polypod logs --tail 0 job)" ""
    polypod logs -t job 2>/dev/null | head -n 1 |
        grep -E '^[0-9]{4}-[0-9-]+T[0-9:.]+[+-][0-9:]+ one$'
}

@test "logs -f follows to the end, and what comes after the start" {
    start job --network none -- sh -c \
        'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done'
    is "$(timeout 20 "$BASH" -c "$(declare -f polypod)
        polypod logs -f job" | xargs)" "1 2 3 4 5"
    # it has ended: the same at once
    is "$(timeout 5 "$BASH" -c "$(declare -f polypod)
        polypod logs -f --tail 2 job" | xargs)" "4 5"
    # the log goes on with the next start
    polypod start -a job >/dev/null
    is "$(polypod logs job | wc -l)" 10
}

@test "wait: several, one that has ended, one that ends later" {
    start soon --network none -- sh -c 'sleep 0.5; exit 3'
    start now --network none -- sh -c 'exit 4'
    is "$(polypod wait soon now | xargs)" "3 4"
    is "$(polypod wait soon)" 3
}

@test "kill: a signal by name and number; only what runs" {
    start web --network none -- sh -c \
        'trap "echo usr1" USR1; trap "exit 12" HUP
         echo up; while :; do sleep 0.05; done'
    eventually sh -c "grep -q up $(get web LogPath)"
    polypod kill -s USR1 web
    eventually sh -c "grep -q usr1 $(get web LogPath)"
    polypod kill --signal 1 web
    is "$(polypod wait web)" 12
    refused 125 polypod kill web
    refused 125 polypod kill -s NOSUCH web
}

@test "ps: filters and templates; inspect: templates" {
    start up --network none --label a=1 -- sleep 100
    start down --network none --label a=2 -- true
    polypod create --name new --network none --rootfs "$ROOTFS" true
    polypod wait down
    is "$(polypod ps --format '{{.Names}}')" up
    is "$(polypod ps -a --format '{{.Names}}' | sort | xargs)" "down new up"
    is "$(polypod ps -a -f status=exited --format '{{.Names}}')" down
    is "$(polypod ps -a -f status=created --format '{{.Names}}')" new
    is "$(polypod ps -a -f name=^n --format '{{.Names}}')" new
    is "$(polypod ps -a -f exited=0 --format '{{.Names}}')" down
    is "$(polypod ps -a -f label=a=2 --format '{{.Names}} {{.Labels.a}}')" \
        "down 2"
    is "$(polypod ps -q)" "$(get up Id | cut -c1-12)"
    is "$(polypod ps -q --no-trunc)" "$(get up Id)"
    polypod ps -a --format json | jq -e 'length == 3'
    has "$(polypod ps -a | head -n 1)" "CONTAINER ID"
    is "$(polypod inspect --format \
        '{{.State.Pid}} {{.NetworkSettings.IPAddress}}' up)" "$(pid up) "
    is "$(polypod inspect --format '{{json .Config.Labels}}' up)" '{"a":"1"}'
    is "$(polypod inspect --format '{{range .Config.Cmd}}<{{.}}>{{end}}' up)" \
        "<sleep><100>"
    refused 125 polypod inspect --format '{{.State.Nope' up
    is "$(polypod inspect up down | jq -c 'map(.Name)')" '["up","down"]'
}

# The descriptors of a process: "NUMBER TARGET", sockets and pipes cut.
open_files() {
    local fd
    for fd in /proc/"$1"/fd/*; do
        printf '%s %s\n' "${fd##*/}" "$(readlink "$fd" | sed 's/:\[.*//')"
    done
}

@test "conmon and the container hold no lock and no database" {
    start web -p 8080:80 -p 8053:53/udp -- sleep 100
    local conmon
    conmon=$(get web State.ConmonPid)
    open_files "$conmon" >"$F/conmon"
    open_files "$(pid web)" >"$F/ctr"
    cat "$F/conmon" "$F/ctr"
    # conmon: what it opened itself, its log, two reserved ports
    is "$(grep -v -e ' socket$' -e ' pipe$' -e ' anon_inode$' \
        -e ' /dev/null$' -e ' .*ctr.log$' -e ' .*/ctl$' -e ' .*/winsz$' \
        -e ' /sys/fs/cgroup/' -e ' .*/userdata' -e ' /dev/pts' \
        -e " $ROOT/containers/" -e ' anon_inode:' "$F/conmon")" ""
    ss -Hltnp 'sport = :8080' | grep "pid=$conmon,"
    ss -Hlunp 'sport = :8053' | grep "pid=$conmon,"
    # the container: standard streams and nothing else
    is "$(cut -d' ' -f1 "$F/ctr" | xargs)" "0 1 2"
    is "$(grep -c -e ' pipe$' -e ' /dev/null$' "$F/ctr")" 3
    # nobody holds a lock but those who work just now
    is "$(find "$RUN/tmp/lock" "$ROOT/static" -type f -printf '%i\n' |
        grep -wFf - /proc/locks | grep -w -e "$conmon" -e "$(pid web)")" ""
}

@test "descriptors of the caller stay with the caller" {
    exec 7</etc/passwd 8>"$F/own"
    start web --network none -- sleep 100
    exec 7<&- 8>&-
    not sh -c "ls -l /proc/$(get web State.ConmonPid)/fd | grep -e passwd \
        -e own"
    is "$(ls "/proc/$(pid web)/fd" | xargs)" "0 1 2"
}

# at_once N COMMAND...: all must end; the codes are in $F/codes
at_once() {
    local n=$1 i jobs=()
    shift
    : >"$F/codes"
    for ((i = 0; i < n; i++)); do
        { code=0; "$@" || code=$?; echo $code >>"$F/codes"; } &
        jobs+=($!)
    done
    wait "${jobs[@]}"
    is "$(wc -l <"$F/codes")" "$n"
}

@test "two rm at once: one removes, the other finds nothing" {
    local i
    for i in 1 2 3 4 5; do
        start web -- sleep 100
        at_once 2 polypod rm -f -t 0 web
        is "$(sort "$F/codes" | xargs)" "0 0"
        start web -- true
        polypod wait web
        at_once 2 polypod rm web
        is "$(sort "$F/codes" | xargs)" "0 1"
        nothing_left
    done
}

@test "two start at once: one container runs" {
    local i
    polypod create --name web -p 8080:80 --rootfs "$ROOTFS" sleep 100
    for i in 1 2 3; do
        at_once 2 polypod start web
        is "$(xargs <"$F/codes")" "0 0"
        is "$(pgrep -c -x conmon)" 1
        is "$(get web State.Status)" running
        polypod stop -t 0 web
    done
}

@test "two run of one name at once: one wins" {
    at_once 3 polypod run -d --name web --network none \
        --rootfs "$ROOTFS" sleep 100
    is "$(sort -n "$F/codes" | xargs)" "0 125 125"
    is "$(polypod ps -a -q | wc -l)" 1
}

@test "stop and rm -f while it starts" {
    local i
    for i in 1 2 3 4 5 6; do
        polypod create --name web -p 8080:80 --rootfs "$ROOTFS" sleep 100
        polypod start web &
        sleep "0.0$i"
        polypod stop -t 0 web
        wait $! || true
        [[ $(get web State.Status) =~ ^(running|exited|created)$ ]]
        polypod start web &
        sleep "0.0$i"
        polypod rm -f -t 0 web
        wait $! || true
        nothing_left
    done
}

@test "rm -f of what runs in the foreground elsewhere" {
    local job code=0
    polypod run --rm --name web --rootfs "$ROOTFS" sleep 100 &
    job=$!
    eventually test running = "$(get web State.Status 2>/dev/null)" ||
        eventually sh -c 'sleep 0.3'
    until [ "$(get web State.Status 2>/dev/null)" = running ]; do
        sleep 0.05
    done
    polypod rm -f -t 0 web
    wait "$job" || code=$?
    is "$code" 137
    nothing_left
}

@test "50 containers at once on the bridge: every address is another" {
    at_once 50 "$BASH" -c "$(declare -f polypod); polypod run --rm \
        --rootfs $ROOTFS ip -4 -o addr show eth0" >"$F/addresses"
    is "$(sort -u "$F/codes")" 0
    is "$(grep -c ' 10\.88\.' "$F/addresses")" 50
    is "$(grep -o '10\.88\.[0-9.]*/16' "$F/addresses" | sort -u | wc -l)" 50
    nothing_left
}

@test "20 containers at once under iptables" {
    export FW=iptables
    at_once 20 "$BASH" -c "$(declare -f polypod); polypod run --rm \
        --rootfs $ROOTFS true"
    is "$(sort -u "$F/codes")" 0
    nothing_left
}
