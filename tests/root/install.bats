#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# An installed tree, images that lack plugins, the other OCI runtime.

load common

@test "an installed tree runs from its prefix, wherever that is" {
    local P=$F/tree
    cmake --install "$POLYPOD_BUILD" --prefix "$P" >/dev/null
    export POLYPOD=$P/bin/polypod
    # its own plugins, not those of the build
    installed() {
        "$POLYPOD" --root "$ROOT" --runroot "$RUN" --config "$CONF" "$@"
    }
    installed plugin ls >"$F/plugins"
    grep state-bdb "$F/plugins"
    installed run -d --name web -p 8080:80 --cgroup-parent "$CGROUP" \
        --rootfs "$ROOTFS" sleep 100
    has "$(ldd "$POLYPOD" | grep libpolypod)" "$P/"
    not grep "$POLYPOD_BUILD" "/proc/$(get web State.ConmonPid)/cmdline"
    # its end is cleaned up by the command that conmon calls
    kill -9 "$(pid web)"
    eventually sh -c "[ -z \"\$(ls $RUN/netns)\" ]"
    installed rm web
    nothing_left
}

@test "without a plugin: the package is named, the others work" {
    export PLUGINS=$F/few
    mkdir -p "$PLUGINS"
    cp "$POLYPOD_BUILD"/plugins/{state-bdb,net-cni,fw-nftables}.so "$PLUGINS"
    FW=iptables refused 125 polypod run --rm --rootfs "$ROOTFS" true
    says "polypod-fw-iptables"
    nothing_left
    FW=nftables inside --network bridge -- true
    inside --network bridge -- true # auto takes what is there
    rm "$PLUGINS/fw-nftables.so"
    refused 125 polypod run --rm --rootfs "$ROOTFS" true
    says "firewall.driver"
    nothing_left
    inside --network none -- true # needs no firewall
    rm "$PLUGINS/net-cni.so"
    refused 125 polypod run --rm --rootfs "$ROOTFS" true
    says "polypod-net-cni"
    inside --network none -- true
    rm "$PLUGINS/state-bdb.so"
    refused 125 polypod ps
    says "polypod-state-bdb"
    unset PLUGINS
    rm -r "$F/few"
}

@test "a plugin that is not ours is not loaded" {
    export PLUGINS=$F/odd
    mkdir -p "$PLUGINS"
    cp "$POLYPOD_BUILD"/plugins/*.so "$PLUGINS"
    chmod 666 "$PLUGINS/state-bdb.so"
    refused 125 polypod ps
    says "$PLUGINS/state-bdb.so"
    chmod 644 "$PLUGINS/state-bdb.so"
    chown nobody "$PLUGINS/state-bdb.so"
    refused 125 polypod ps
    echo text >"$PLUGINS/state-bdb.so"
    chown root "$PLUGINS/state-bdb.so"
    refused 125 polypod ps
    unset PLUGINS
    rm -r "$F/odd"
}

@test "a build that leaves one plugin out" {
    cmake -S "$POLYPOD_SOURCE" -B "$F/build" -G Ninja \
        -DPOLYPOD_BUILD_TESTS=OFF -DPOLYPOD_PLUGIN_FW_IPTABLES=OFF \
        >"$F/log" 2>&1 || { cat "$F/log"; false; }
    # the list of what would be built is enough for the others
    ninja -C "$F/build" -t targets all >"$F/targets"
    not grep fw-iptables.so "$F/targets"
    grep fw-nftables.so "$F/targets"
    timeout 60 ninja -C "$F/build" plugins/fw-nftables.so >"$F/log" 2>&1 ||
        { cat "$F/log"; false; }
    rm -rf "$F/build"
}

# crun refuses the mixed hierarchy; without the second half of it, it works.
crun_wrapper() {
    command -v crun >/dev/null || skip "crun is not installed"
    cat >"$F/crun" <<'SH'
#!/bin/sh
exec unshare -m --propagation private sh -c '
    ! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
    exec crun "$@"' crun "$@"
SH
    chmod +x "$F/crun"
    printf '{"ociVersion":"1.0.2","process":{"args":["/bin/true"],"cwd":"/"},
        "root":{"path":"%s"},"mounts":[],"linux":{"cgroupsPath":"%s/probe","namespaces":
        [{"type":"mount"},{"type":"pid"}]}}' "$ROOTFS" "$CGROUP" \
        >"$F/config.json"
    (cd "$F" && ./crun run probe) >"$F/log" 2>&1 ||
        skip "crun cannot run here: $(<"$F/log")"
}

@test "crun in place of runc" {
    crun_wrapper
    CRUN=$F/crun
    is "$(polypod --runtime "$CRUN" run --rm --rootfs "$ROOTFS" \
        echo hello)" hello
    polypod --runtime "$CRUN" run -d --name web -p 8080:80 --memory 64m \
        --rootfs "$ROOTFS" sleep 100
    is "$(get web State.Status)" running
    is "$(cat "/sys/fs/cgroup/memory$CGROUP/polypod-$(get web Id
        )/memory.limit_in_bytes")" $((64 << 20))
    polypod --runtime "$CRUN" stop -t 1 web
    is "$(get web State.ExitCode)" 137
    polypod --runtime "$CRUN" rm web
    code=0
    polypod --runtime "$CRUN" run --rm --network none --rootfs "$ROOTFS" \
        nosuchcommand || code=$?
    is "$code" 127
    nothing_left
}
