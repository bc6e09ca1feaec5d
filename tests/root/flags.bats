#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The flags of run, each looked at from inside the container or in the
# kernel's books.

load common

# A line of /proc/PID/status of a container.
status_of() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$(pid "$1")/status"; }

# cgroup_of NAME CONTROLLER FILE
cgroup_of() {
    cat "/sys/fs/cgroup/$2$CGROUP/polypod-$(get "$1" Id)/$3"
}

has_v1() {
    [ -d "/sys/fs/cgroup/$1" ] || skip "no cgroup v1 controller $1"
}

@test "--name, -d, --rm" {
    local id
    id=$(polypod run -d --rm --name web --network none \
        --rootfs "$ROOTFS" sleep 100)
    [[ $id =~ ^[0-9a-f]{64}$ ]]
    is "$(get web Id)" "$id"
    is "$(get "${id::10}" Name)" web
    is "$(get web HostConfig.AutoRemove)" true
    polypod stop -t 0 web
    eventually not polypod inspect web
    # without a name one is made up
    id=$(polypod create --network none --rootfs "$ROOTFS" true)
    [[ $(get "$id" Name) =~ ^[a-z]+_[a-z]+$ ]]
}

@test "-d --rm: gone by itself when it ends" {
    polypod run -d --rm -p 8080:80 --rootfs "$ROOTFS" true
    nothing_left
}

@test "-e, --env-file: order, values with = and blanks, taken from here" {
    printf '# comment\nA=from file\nB=b=b=b\n\nC=\n' >"$F/env"
    GIVEN=given inside --env-file "$F/env" -e A=flag -e GIVEN -e NOTHERE \
        -- env >"$F/out"
    grep -x A=flag "$F/out"
    grep -x B=b=b=b "$F/out"
    grep -x C= "$F/out"
    grep -x GIVEN=given "$F/out"
    not grep NOTHERE "$F/out"
    grep '^PATH=.*/bin' "$F/out"
    grep '^HOSTNAME=' "$F/out"
    is "$(grep -c ^A= "$F/out")" 1
}

@test "-w, -u: by name, by number, with group" {
    is "$(inside -w /tmp -- pwd)" /tmp
    is "$(inside -- pwd)" /
    has "$(inside -u nobody -- id)" "uid=65534(nobody) gid=65534(nogroup)"
    is "$(inside -u nobody -- id -G)" "65534 50"
    is "$(inside -u 1000:2000 -- sh -c 'id -u; id -g' | xargs)" "1000 2000"
    is "$(inside -u root:staff -- id -g)" 50
    is "$(inside -u nobody -- sh -c 'echo $HOME')" /
    start nobody --network none -u nobody -- sleep 100
    # no capability in force without being root
    is "$(status_of nobody CapEff)" 0000000000000000
    is "$(status_of nobody Uid | xargs)" "65534 65534 65534 65534"
}

@test "--hostname, /etc/hosts, /etc/hostname" {
    is "$(inside --hostname box -- sh -c \
        'hostname; cat /etc/hostname; echo $HOSTNAME' | xargs)" "box box box"
    local id
    id=$(polypod create --network none --rootfs "$ROOTFS" hostname)
    is "$(polypod start -a "$id")" "${id::12}"
    is "$(hostname)" "$(</proc/sys/kernel/hostname)"
    start web --hostname box -- sleep 100
    nsenter -t "$(pid web)" -m busybox cat /etc/hosts >"$F/out"
    grep "^$(address web)[[:space:]]*box" "$F/out"
}

@test "--add-host, --dns" {
    inside --network bridge --add-host db:192.0.2.9 --dns 192.0.2.53 \
        -- cat /etc/hosts /etc/resolv.conf >"$F/out"
    grep "^192.0.2.9[[:space:]]*db" "$F/out"
    is "$(grep ^nameserver "$F/out")" "nameserver 192.0.2.53"
}

@test "-v: a folder, a file, read-only; --tmpfs; --read-only" {
    mkdir -p "$F/data"
    echo there >"$F/data/file"
    is "$(inside -v "$F/data:/data" -- cat /data/file)" there
    inside -v "$F/data:/data" -- sh -c 'echo new >/data/new'
    is "$(<"$F/data/new")" new
    not inside -v "$F/data:/data:ro" -- sh -c 'echo x >/data/x'
    not test -e "$F/data/x"
    is "$(inside -v "$F/data/file:/etc/one:ro" -- cat /etc/one)" there
    (cd "$F" && is "$(inside -v "./data:/data" -- cat /data/file)" there)
    # in the container's mount table, not in the host's
    not grep /data/ /proc/self/mounts
    has "$(inside --tmpfs /scratch:size=64k -- df /scratch)" 64
    inside --tmpfs /scratch -- sh -c 'echo x >/scratch/x'
    not test -e "$ROOTFS/scratch/x"
    not inside --read-only -- sh -c 'echo x >/tmp/x'
    inside --read-only --tmpfs /tmp -- sh -c 'echo x >/tmp/x'
    not inside --read-only -- mkdir /newdir
    inside -- sh -c 'echo x >/tmp/written'
    is "$(<"$ROOTFS/tmp/written")" x
}

@test "a volume cannot lead out of the root by a symbolic link" {
    mkdir -p "$F/data" "$F/victim"
    echo inner >"$F/data/f"
    ln -sfn "$F/victim" "$ROOTFS/trap"
    inside -v "$F/data:/trap" -- cat /trap/f || true
    is "$(ls -A "$F/victim")" ""
    rm "$ROOTFS/trap"
}

@test "--network: none, host, a network by its name, two networks" {
    is "$(inside -- ip -o link | wc -l)" 1
    inside --network host -- ip -o link | grep up0
    mkdir -p "$F/cni"
    cat >"$F/cni/10-back.conflist" <<'JSON'
{"cniVersion": "0.4.0", "name": "back", "plugins": [
 {"type": "bridge", "bridge": "back0", "isGateway": true,
  "ipam": {"type": "host-local", "routes": [{"dst": "192.0.2.0/24"}],
           "ranges": [[{"subnet": "10.89.7.0/24"}]]}}]}
JSON
    cat >"$F/cni/20-front.conflist" <<'JSON'
{"cniVersion": "0.4.0", "name": "front", "plugins": [
 {"type": "bridge", "bridge": "front0", "isGateway": true,
  "ipam": {"type": "host-local", "routes": [{"dst": "0.0.0.0/0"}],
           "ranges": [[{"subnet": "10.88.9.0/24"}]]}}]}
JSON
    start web --network back -- sleep 100
    has "$(address web)" 10.89.7.
    start both --network front --network back -- sleep 100
    nsenter -t "$(pid both)" -n ip -br -4 addr >"$F/out"
    grep '^eth0.* 10\.88\.9\.' "$F/out"
    grep '^eth1.* 10\.89\.7\.' "$F/out"
    nsenter -t "$(pid both)" -n busybox ping -c 1 -W 1 "$(address web)"
    is "$(polypod inspect both | jq -r \
        '.[0].NetworkSettings.Networks | keys | join(" ")')" "back front"
    polypod rm -f -t 0 both web
    rm -r "$F/cni"
}

@test "--ip" {
    start web --ip 10.88.0.77 -- sleep 100
    is "$(address web)" 10.88.0.77
    has "$(nsenter -t "$(pid web)" -n ip -br addr show eth0)" 10.88.0.77/16
}

listens() {
    timeout 3 busybox nc -w 2 "$1" "$2" </dev/null | grep -x hello
}

@test "-p: a range, UDP, one address of the host, a port made up" {
    start web -p 8080-8082:80-82 -p 127.0.0.1:9090:80 -p 8053:53/udp -p 80 \
        -- sh -c 'for p in 80 81 82; do
                      nc -ll -p $p -e echo hello &
                  done; wait'
    eventually listens "$(address web)" 82
    local p
    for p in 8080 8081 8082; do
        listens "$HOST_SIDE" "$p"
        listens 127.0.0.1 "$p"
    done
    listens 127.0.0.1 9090
    not listens "$HOST_SIDE" 9090
    background nsenter -t "$(pid web)" -n \
        socat UDP-RECVFROM:53,fork EXEC:cat
    sleep 0.2
    is "$(echo ping | timeout 3 socat -t 1 - "UDP:$HOST_SIDE:8053")" ping
    p=$(polypod inspect web | jq -r '.[0].NetworkSettings.Ports["80/tcp"][]
        | .HostPort' | grep -v -e 8080 -e 9090)
    listens "$HOST_SIDE" "$p"
    has "$(polypod ps --format '{{.Ports}}')" 8080-8082
}

@test "--label, ps filters, --namespace" {
    start web --network none --label app=web --label empty -- sleep 100
    start db --network none --label app=db -- sleep 100
    is "$(polypod ps -f label=app=web --format '{{.Names}}')" web
    is "$(polypod ps -f label=empty --format '{{.Names}}')" web
    is "$(polypod ps -f label=app --format '{{.Names}}' | sort | xargs)" \
        "db web"
    is "$(polypod inspect web | jq -r '.[0].Config.Labels.app')" web
    start other --network none --namespace side -- sleep 100
    is "$(polypod --namespace side ps --format '{{.Names}}')" other
    has "$(polypod ps --format '{{.Names}}' | xargs)" other
    refused 125 polypod --namespace side inspect web
    polypod --namespace side rm -f -t 0 other
}

@test "capabilities: the default set, --cap-add, --cap-drop, ALL" {
    local default
    start plain --network none -- sleep 100
    default=$(status_of plain CapEff)
    not test "$default" = 0000000000000000
    is "$(status_of plain CapBnd)" "$default"
    is "$(status_of plain CapInh)" 0000000000000000
    start more --network none --cap-add SYS_TIME --cap-add cap_net_admin \
        -- sleep 100
    is "$(status_of more CapEff)" "$(printf %016x \
        $((0x$default | 1 << 25 | 1 << 12)))"
    start less --network none --cap-drop chown --cap-drop CAP_KILL -- sleep 100
    is "$(status_of less CapEff)" "$(printf %016x \
        $((0x$default & ~(1 << 0) & ~(1 << 5))))"
    start nothing --network none --cap-drop all -- sleep 100
    is "$(status_of nothing CapBnd)" 0000000000000000
    start one --network none --cap-drop ALL --cap-add SYS_TIME -- sleep 100
    is "$(status_of one CapEff)" "$(printf %016x $((1 << 25)))"
    # and it means something: an owner cannot be changed
    not inside --cap-drop CHOWN -- chown nobody /tmp
    inside -- sh -c 'echo >/tmp/o && chown nobody /tmp/o'
}

@test "confinement: seccomp, no new privileges, masked and read-only paths" {
    start plain --network none -- sleep 100
    is "$(status_of plain Seccomp)" 2
    not inside -- sh -c 'echo 1 >/proc/sys/kernel/dmesg_restrict'
    is "$(inside -- sh -c 'cat /proc/kcore | wc -c')" 0
    not inside -- mount -t tmpfs t /tmp
    not inside -- unshare -m true
    # its own first process, its own host name, nothing of ours
    is "$(inside -- sh -c 'echo $$')" 1
    not inside -- ls "/proc/$$"
}

@test "--privileged" {
    start strong --network none --privileged -- sleep 100
    is "$(status_of strong Seccomp)" 0
    # all that we have ourselves
    is "$(status_of strong CapEff)" \
        "$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)"
    inside --privileged -- mount -t tmpfs t /mnt || {
        mkdir -p "$ROOTFS/mnt"
        inside --privileged -- mount -t tmpfs t /mnt
    }
    inside --privileged -- test -c /dev/kmsg -o -c /dev/loop-control \
        -o -c /dev/null
}

@test "--memory, --cpus, --pids-limit: the cgroup's own files" {
    has_v1 memory
    start web --network none --memory 64m --cpus 0.5 --pids-limit 50 \
        -- sleep 100
    is "$(cgroup_of web memory memory.limit_in_bytes)" $((64 << 20))
    is "$(cgroup_of web cpu cpu.cfs_quota_us)" \
        $(($(cgroup_of web cpu cpu.cfs_period_us) / 2))
    is "$(cgroup_of web pids pids.max)" 50
    grep -x "$(pid web)" "/sys/fs/cgroup/pids$CGROUP/polypod-$(
        get web Id)/cgroup.procs"
    is "$(polypod inspect web | jq -c \
        '.[0].HostConfig | [.Memory, .NanoCpus, .PidsLimit]')" \
        "[67108864,500000000,50]"
    # and the limit of processes bites
    not inside --pids-limit 5 -- sh -c \
        'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait'
}

@test "--cgroup-parent: there while it runs, gone after" {
    has_v1 memory
    local where=/sys/fs/cgroup/memory$CGROUP-own
    start web --network none --cgroup-parent "$CGROUP-own" -- sleep 100
    grep -x "$(pid web)" "$where/polypod-$(get web Id)/cgroup.procs"
    polypod rm -f -t 0 web
    is "$(find "$where" -mindepth 1 -type d)" ""
}

@test "--ulimit: soft and hard" {
    start web --network none --ulimit nofile=100:200 --ulimit core=0 \
        -- sleep 100
    grep -E '^Max open files +100 +200 ' "/proc/$(pid web)/limits"
    grep -E '^Max core file size +0 +0 ' "/proc/$(pid web)/limits"
}

@test "--stop-signal, --stop-timeout" {
    start web --network none --stop-signal USR1 --stop-timeout 20 -- sh -c \
        'trap "exit 21" USR1; while :; do sleep 0.05; done'
    sleep 0.2
    SECONDS=0
    polypod stop web
    [ "$SECONDS" -lt 5 ]
    is "$(get web State.ExitCode)" 21
    start deaf --network none --stop-timeout 1 --stop-signal 15 -- sleep 100
    polypod stop deaf
    is "$(get deaf State.ExitCode)" 137
}

@test "--entrypoint: a word, a list" {
    is "$(inside --entrypoint echo -- a b)" "a b"
    is "$(inside --entrypoint '["echo", "one two"]' -- three)" \
        "one two three"
    is "$(polypod run --rm --network none --entrypoint '["echo", "x"]' \
        --rootfs "$ROOTFS")" x
}

@test "--log-driver none, --log-opt path and max-size" {
    start quiet --network none --log-driver none -- echo hello
    polypod wait quiet
    refused 125 polypod logs quiet
    is "$(find "$ROOT/containers" -name '*.log')" ""
    start loud --network none --log-opt "path=$F/own.log" -- echo hello
    polypod wait loud
    grep 'stdout F hello' "$F/own.log"
    is "$(polypod logs loud)" hello
    start much --network none --log-opt max-size=4096 -- \
        sh -c 'i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done'
    polypod wait much
    [ "$(stat -c %s "$(get much LogPath)")" -le 8192 ]
    polypod rm loud much quiet
    rm -f "$F/own.log"
}

@test "--conmon-pidfile, --cidfile" {
    start web --network none --conmon-pidfile "$F/conmon.pid" \
        --cidfile "$F/cid" -- sleep 100
    is "$(cat "/proc/$(<"$F/conmon.pid")/comm")" conmon
    is "$(get web State.ConmonPid)" "$(<"$F/conmon.pid")"
    is "$(<"$F/cid")" "$(get web Id)"
    polypod stop -t 0 --cidfile "$F/cid"
    is "$(get web State.Status)" exited
    polypod rm --cidfile "$F/cid"
    not test -e "$F/cid"
}

# hook FILE STAGE WHEN: it notes its stage and what it was told
hook() {
    printf '{"version":"1.0.0","hook":{"path":"%s/note","args":["note","%s"]},"when":%s,"stages":["%s"]}' \
        "$F" "$2" "$3" "$2" >"$F/hooks/$1"
}

@test "OCI hooks: at their stages, for whom they are; a bad one stops the start" {
    mkdir -p "$F/hooks"
    printf '#!/bin/sh\ncat >"%s/hook.$1"\n' "$F" >"$F/note"
    chmod +x "$F/note"
    hook 1.json prestart '{"always":true}'
    hook 2.json poststart '{"commands":["^sleep$"]}'
    hook 3.json poststop '{"always":true}'
    hook 4.json startContainer '{"hasBindMounts":true}'
    configure '[engine]' "hooks_dir = $F/hooks"
    start web -- sleep 100
    is "$(jq -r .id "$F/hook.prestart")" "$(get web Id)"
    is "$(jq -r .id "$F/hook.poststart")" "$(get web Id)"
    not test -e "$F/hook.poststop"
    not test -e "$F/hook.startContainer"
    polypod rm -f -t 0 web
    is "$(jq -r .status "$F/hook.poststop")" stopped
    rm "$F/hook.poststart"
    polypod run --rm --network none --rootfs "$ROOTFS" true
    not test -e "$F/hook.poststart"
    echo '{"version":"1.0.0"}' >"$F/hooks/5.json"
    refused 125 polypod run --rm --network none --rootfs "$ROOTFS" true
    says 5.json
    rm -r "$F/hooks"
    configure
}
