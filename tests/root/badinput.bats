#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What goes wrong: one clear line, the right exit code, nothing left.

load common

# run and create refuse alike.
both() {
    refused 125 polypod run -d "$@"
    refused 125 polypod create "$@"
    is "$(polypod ps -a -q)" ""
}

@test "the root file system is missing, a file, no name at all" {
    both --rootfs "$F/nowhere" true
    says "$F/nowhere"
    says "No such file"
    echo text >"$F/file"
    both --rootfs "$F/file" true
    says "not a folder"
    both --rootfs "" true
    both --rootfs "$ROOTFS"
    says "no command"
}

@test "a command that is missing or no program leaves nothing" {
    refused 127 polypod run --rm --rootfs "$ROOTFS" nosuchcommand
    is "$(polypod ps -a -q)" ""
    nothing_left
    refused 126 polypod run --rm --rootfs "$ROOTFS" /etc/passwd
    nothing_left
    # nor without --rm: nobody was told of it
    refused 127 polypod run -d --name odd -p 8080:80 \
        --rootfs "$ROOTFS" nosuchcommand
    says "starting container odd"
    is "$(find "$RUN/netns" -mindepth 1)" ""
    is "$(ss -Hltn 'sport = :8080')" ""
    nothing_left
    # what was created by itself stays as it was
    polypod create --name odd --rootfs "$ROOTFS" nosuchcommand
    refused 127 polypod start odd
    is "$(get odd State.Status)" created
    polypod rm odd
    nothing_left
}

@test "a name that is taken, a name that is none" {
    start web --network none -- sleep 100
    refused 125 polypod run -d --name web --rootfs "$ROOTFS" sleep 100
    says web
    is "$(polypod ps -a -q | wc -l)" 1
    polypod rm -f -t 0 web
    local name
    for name in "" "a b" "-a" "a/b" "../a" "a:b" "é" "$(printf 'a\nb')" \
        "$(printf 'a%.0s' {1..300})"; do
        both --name "$name" --rootfs "$ROOTFS" true
    done
}

@test "an unknown container" {
    refused 1 polypod rm nobody
    says nobody
    refused 125 polypod inspect nobody
    says nobody
    refused 125 polypod start nobody
    refused 125 polypod stop nobody
    refused 125 polypod kill nobody
    refused 125 polypod logs nobody
    refused 125 polypod wait nobody
    polypod rm -f nobody
    polypod container cleanup nobody
    refused 125 polypod rm ""
    refused 125 polypod inspect ""
}

@test "a prefix that fits more than one" {
    local i
    # 17 IDs in hexadecimal: two begin alike
    for ((i = 0; i < 17; i++)); do
        polypod create --network none --rootfs "$ROOTFS" true >>"$F/ids"
    done
    prefix=$(cut -c1 "$F/ids" | sort | uniq -d | head -n 1)
    refused 125 polypod inspect "$prefix"
    says "$prefix"
    refused 125 polypod rm "$prefix"
    is "$(polypod ps -a -q | wc -l)" 17
    polypod inspect "$(head -n 1 "$F/ids" | cut -c1-12)" >/dev/null
    polypod rm -a >/dev/null
}

@test "rm refuses what runs, and says how" {
    start web --network none -- sleep 100
    refused 2 polypod rm web
    says "force"
    is "$(get web State.Status)" running
}

@test "a port that another program has" {
    background socat TCP-LISTEN:8080,reuseaddr,fork PIPE
    local other=${helpers[0]}
    eventually sh -c 'ss -Hltn | grep -q :8080'
    refused 125 polypod run --rm -p 8080:80 --rootfs "$ROOTFS" true
    says 8080
    says "in use"
    nothing_left
    # another address of the host is free... not while it listens on all
    refused 125 polypod run --rm -p 127.0.0.1:8080:80 --rootfs "$ROOTFS" true
    # UDP is something else
    polypod run --rm -p 8080:80/udp --rootfs "$ROOTFS" true
    kill "$other"
    wait "$other" || true
    polypod run --rm -p 8080:80 --rootfs "$ROOTFS" true
}

port_of_another_container() {
    start first -p 8080:80 -- sleep 100
    refused 125 polypod run --rm -p 8080:80 --rootfs "$ROOTFS" true
    says 8080
    says first
    refused 125 polypod run --rm -p 8070-8090:70-90 --rootfs "$ROOTFS" true
    says first
    is "$(polypod ps -a --format '{{.Names}}')" first
    polypod stop -t 0 first
    polypod run --rm -p 8080:80 --rootfs "$ROOTFS" true
    polypod rm first
}

@test "a port that another container has, nftables" {
    export FW=nftables
    port_of_another_container
}

@test "a port that another container has, iptables" {
    export FW=iptables
    port_of_another_container
}

@test "a port that another container has, without reservation" {
    configure '[engine]' 'enable_port_reservation = no'
    FW=nftables port_of_another_container
    nothing_left
    FW=iptables port_of_another_container
    configure
}

@test "ports, networks and addresses that are none" {
    local p
    for p in 0:80 70000:80 x:80 80:x 1.2.3:80:80 80-90:80 80:80/xyz "" ::: \
        90-80:90-80; do
        both -p "$p" --rootfs "$ROOTFS" true
    done
    both -p 80:80 -p 80:81 --rootfs "$ROOTFS" true
    both -p 80:80 --network none --rootfs "$ROOTFS" true
    both --network nowhere --rootfs "$ROOTFS" true
    says nowhere
    both --network none --network bridge --rootfs "$ROOTFS" true
    both --ip 10.88.0 --rootfs "$ROOTFS" true
    # free of form, but not on this network
    refused 125 polypod run --rm --ip 192.0.2.7 --rootfs "$ROOTFS" true
    nothing_left
    start web -- sleep 100
    refused 125 polypod run --rm --ip "$(address web)" --rootfs "$ROOTFS" true
    is "$(polypod ps -a --format '{{.Names}}')" web
}

@test "values of other flags that are none" {
    both --memory 1x --rootfs "$ROOTFS" true
    both --cpus -1 --rootfs "$ROOTFS" true
    both --user a:b:c --cpus nan --rootfs "$ROOTFS" true
    both --ulimit nofile=x --rootfs "$ROOTFS" true
    both --ulimit nosuch=1 --rootfs "$ROOTFS" true
    both --cap-add NOSUCH --rootfs "$ROOTFS" true
    both --cap-drop NOSUCH --rootfs "$ROOTFS" true
    both --stop-signal NOSUCH --rootfs "$ROOTFS" true
    both -w relative --rootfs "$ROOTFS" true
    both -v relative --rootfs "$ROOTFS" true
    both -v /a:relative --rootfs "$ROOTFS" true
    both -v /tmp:/a:nosuch --rootfs "$ROOTFS" true
    both --tmpfs relative --rootfs "$ROOTFS" true
    both --dns nowhere --rootfs "$ROOTFS" true
    both --add-host nothing --rootfs "$ROOTFS" true
    both --label =x --rootfs "$ROOTFS" true
    both --env-file "$F/nowhere" --rootfs "$ROOTFS" true
    both --log-driver nosuch --rootfs "$ROOTFS" true
    both --log-opt nosuch=1 --rootfs "$ROOTFS" true
    both --cgroup-parent x.slice --rootfs "$ROOTFS" true
    # known only when it starts
    refused 125 polypod run --rm -v "$F/nowhere:/a" --rootfs "$ROOTFS" true
    says "$F/nowhere"
    refused 125 polypod run --rm --user nosuch --rootfs "$ROOTFS" true
    says nosuch
    nothing_left
}

@test "a container ID file that exists is not overwritten" {
    echo mine >"$F/cid"
    refused 125 polypod run --rm --cidfile "$F/cid" --rootfs "$ROOTFS" true
    says "$F/cid"
    is "$(<"$F/cid")" mine
    rm "$F/cid"
}

@test "conmon or the OCI runtime is missing or of no use" {
    refused 125 polypod --conmon /nowhere run --rm --rootfs "$ROOTFS" true
    says /nowhere
    refused 125 polypod --runtime /nowhere run --rm --rootfs "$ROOTFS" true
    says /nowhere
    refused 125 polypod --conmon /bin/false run --rm --rootfs "$ROOTFS" true
    says /bin/false
    nothing_left
    refused 125 polypod --runtime /bin/false run --rm --rootfs "$ROOTFS" true
    nothing_left
    refused 125 polypod --conmon /bin/true run --rm --rootfs "$ROOTFS" true
    nothing_left
    refused 125 polypod --conmon /etc/passwd run --rm --rootfs "$ROOTFS" true
    nothing_left
}

@test "drivers that are not there" {
    local kind
    for kind in state firewall network-driver; do
        refused 125 polypod --$kind nosuch run --rm --rootfs "$ROOTFS" true
        says nosuch
        refused 125 polypod --$kind ../x run --rm --rootfs "$ROOTFS" true
    done
}

@test "a state folder that is read-only or full" {
    mkdir -p "$F/small"
    mount -t tmpfs -o ro small "$F/small"
    ROOT=$F/small/state refused 125 polypod run --rm --rootfs "$ROOTFS" true
    says "Read-only"
    RUN=$F/small/run refused 125 polypod run --rm --rootfs "$ROOTFS" true
    says "Read-only"
    umount "$F/small"
    local kb
    for kb in 16 64 256 1024; do
        mount -t tmpfs -o size=${kb}k small "$F/small"
        ROOT=$F/small/state
        if polypod run --rm --rootfs "$ROOTFS" true; then
            dd if=/dev/zero of="$F/small/fill" bs=1k 2>/dev/null || true
            refused 125 polypod run --rm --rootfs "$ROOTFS" true
        else
            refused 125 polypod run --rm --rootfs "$ROOTFS" true
        fi
        rm -f "$F/small/fill"
        nothing_left
        umount "$F/small"
    done
    ROOT=$F/$BATS_TEST_NUMBER/state
}

@test "the disk fills up: what runs can be stopped and removed" {
    mkdir -p "$F/filling"
    configure '[state]' 'driver = bdb'
    mount -t tmpfs -o size=24m filling "$F/filling"
    ROOT=$F/filling/state
    start web -p 8080:80 -- sleep 100
    start db -- sleep 100
    dd if=/dev/zero of="$F/filling/fill" bs=4k 2>/dev/null || true
    refused 125 polypod run -d --rootfs "$ROOTFS" sleep 100
    polypod stop -t 0 web
    is "$(get web State.Status)" exited
    polypod rm web
    polypod rm -f -t 0 db
    nothing_left
    umount "$F/filling"
    ROOT=$F/$BATS_TEST_NUMBER/state
    configure
}
