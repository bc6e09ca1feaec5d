# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/plugin/firewalld.bash - a bus and a firewalld of the test's own
#
# For mount, network and process namespaces of the test's own, where it ends
# with them.  The real ones are not to be seen: the folder of their sockets is
# empty here, and /etc/firewalld is a copy.

firewalld_can() {
    command -v firewalld >/dev/null && command -v dbus-daemon >/dev/null
}

firewalld_up() { # FOLDER; its backend is $FWD_BACKEND
    local i
    FWD=$1
    mkdir -p "$FWD/etc"
    cp -r /etc/firewalld/. "$FWD/etc"
    sed -i "s/^FirewallBackend=.*/FirewallBackend=${FWD_BACKEND:-nftables}/" \
        "$FWD/etc/firewalld.conf"
    mount --bind "$FWD/etc" /etc/firewalld
    [ ! -d /run/dbus ] || mount -t tmpfs none /run/dbus
    cat >"$FWD/bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=$FWD/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
END
    dbus-daemon --config-file="$FWD/bus.conf" --nofork --nopidfile \
        2>"$FWD/bus.log" 3>&- &
    BUS_PID=$!
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$FWD/bus
    for i in $(seq 100); do
        [ ! -S "$FWD/bus" ] || break
        sleep 0.05
    done
    firewalld_start
}

firewalld_start() {
    local i
    firewalld --nofork --nopid --system-config "$FWD/etc" \
        --log-target file --log-file "$FWD/log" 3>&- &
    FWD_PID=$!
    for i in $(seq 200); do
        ! firewall-cmd -q --state 2>/dev/null || return 0
        sleep 0.05
    done
    echo "firewalld does not come up"
    cat "$FWD/log" "$FWD/bus.log"
    return 1
}

firewalld_stop() { # [SIGNAL]
    kill "-${1:-TERM}" "$FWD_PID"
    wait "$FWD_PID" 2>/dev/null || true
}
