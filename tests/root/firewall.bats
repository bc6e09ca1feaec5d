#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The rules of running containers: compared, restored after somebody else
# flushed them, and moved to another driver under way.

load common

with_firewall() {
    for driver in "$@"; do
        [ -e "${PLUGINS:-$POLYPOD_BUILD/plugins}/fw-$driver.so" ] ||
            skip "the plugin fw-$driver is not built"
    done
    # what the test before left of its own rules
    flush
    export FW=$1
}

fw() { polypod firewall "$@"; }

# echo NAME [FLAGS...]: gives back each line it is sent
echo_server() {
    start "$@" -- sh -c 'exec nc -ll -p 7 -e cat'
    eventually listens "$1"
}

listens() { [ -n "$(nsenter -t "$(pid "$1")" -n ss -Hltn 'sport = :7')" ]; }

# answers NETNS|- ADDRESS PORT
answers() {
    local from=()
    [ "$1" = - ] || from=(ip netns exec "$1")
    [ "$(echo "hello $3" | timeout 4 "${from[@]}" \
        socat -t1 - "TCP:$2:$3,connect-timeout=2" 2>/dev/null)" = "hello $3" ]
}

# everything that a published port promises
is_published() { # PORT
    answers outside "$HOST_SIDE" "$1"
    answers - 127.0.0.1 "$1"
    answers - "$HOST_SIDE" "$1"
}

# (who holds the port while nobody translates it accepts, and says nothing)
is_not_published() { not answers outside "$HOST_SIDE" "$1"; }

# the packet gets out under the host's address
gets_out() { nsenter -t "$(pid "$1")" -n busybox ping -c 1 -W 2 "$OUTSIDE"; }

# As careless services do it at their restart; chains stay where they can
flush() {
    nft flush ruleset
    local t f
    for f in ip ip6; do
        for t in $(cat "/proc/net/${f}_tables_names"); do
            "${f}tables-legacy" -w -t "$t" -F
        done
    done
    for f in /proc/sys/net/ipv4/conf/*/route_localnet; do
        echo 0 >"$f"
    done
} 2>/dev/null

# has_rules DRIVER: of containers, in the kernel
has_rules() {
    case $1 in
    nftables) nft list ruleset | grep -q 'elements =' ;;
    iptables) iptables-legacy-save | grep -q -e '-j DNAT' -e '^-A.*10\.88\.' ;;
    esac
}

other() { [ "$1" = nftables ] && echo iptables || echo nftables; }

flushed_and_restored() {
    echo_server web -p 8080:7
    echo_server db
    is_published 8080
    is "$(fw check | sort)" "container db: ok
container web: ok
network podman: ok"
    is "$(fw diff)" ""

    flush
    is_not_published 8080
    not gets_out web
    run -1 --separate-stderr polypod firewall check
    has "$output" "container web: "
    [[ $output == *"missing: "* || $output == *"found nothing"* ]]
    has "$stderr" "polypod firewall sync"
    run -1 polypod firewall diff
    has "$output" "--- container web"
    has "$output" 10.88.
    is "$(fw list --noheading --format '{{.Status}}' | sort -u)" missing
    fw check --format json | jq -e '.Clean == false and .Driver == env.FW and
        (.Containers | length) == 2 and
        ([.Containers[].Status] | unique) == ["drift"]'

    is "$(fw sync --format json | jq -c '[.Driver, .Containers, .Networks]')" \
        "[\"$FW\",2,1]"
    is_published 8080
    gets_out web
    gets_out db
    fw check
    is "$(fw list --noheading --format '{{.Name}} {{.Status}} {{.Ports}}' |
        sort)" "db present 
web present 0.0.0.0:8080->7/tcp"
    # again changes nothing
    fw sync
    fw check
}

@test "nftables: one sync restores all rules after a flush" {
    with_firewall nftables
    flushed_and_restored
}

@test "iptables: one sync restores all rules after a flush" {
    with_firewall iptables
    flushed_and_restored
}

@test "nobody's rules are found, and removed by sync" {
    with_firewall nftables
    echo_server web -p 8080:7
    echo_server gone -p 8081:7
    local id
    id=$(get gone Id)
    # a record that vanishes without its rules: the state of another time
    cp -a "$ROOT" "$F/before"
    nft -s list table inet polypod >"$F/rules"
    polypod rm -f -t 0 gone >/dev/null
    fw check
    nft delete table inet polypod
    nft -f "$F/rules"
    run -1 polypod firewall check
    has "$output" "left over in nftables: rules of $id"
    run -1 polypod firewall diff
    has "$output" "+owner $id"
    is "$(fw list --no-trunc --noheading --format '{{.Id}} {{.Status}}' |
        grep dead)" "$id dead"
    is "$(fw sync --format json | jq -r '.Removed[]')" "$id"
    fw check
    is_published 8080
    is_not_published 8081
    rm -rf "$F/before"
}

# what a network needs beside the rules of its containers
network_is_told() { # COMMAND...: damages it
    echo_server web
    gets_out web
    "$@"
    not gets_out web
    run -1 polypod firewall check
    has "$output" "container web: ok"
    has "$output" "network podman: "
    run -1 polypod firewall diff
    has "$output" "--- network podman"
    has "$output" 10.88.0.0
    fw sync
    gets_out web
    fw check
}

@test "nftables: a network without masquerade is told and mended" {
    with_firewall nftables
    network_is_told nft flush set inet polypod masq4
}

unmask() {
    local rule
    rule=$(iptables-legacy -t nat -S | grep -m 1 -e '-j MASQUERADE')
    eval "iptables-legacy -t nat -D ${rule#-A }"
}

@test "iptables: a network without masquerade is told and mended" {
    with_firewall iptables
    network_is_told unmask
}

# A connection through a published port, kept open on two descriptors.
connect() { # FROM ADDRESS PORT
    local from=()
    [ "$1" = - ] || from=(ip netns exec "$1")
    mkfifo "$F/to" "$F/fro"
    "${from[@]}" socat "TCP:$2:$3" STDIO <"$F/to" >"$F/fro" &
    client=$!
    exec 8>"$F/to" 9<"$F/fro"
    rm "$F/to" "$F/fro"
}

# say WORD: it comes back
say() {
    local line=
    echo "$1" >&8
    read -r -t 10 line <&9 || true
    is "$line" "$1"
}

disconnect() {
    exec 8>&- 9<&-
    wait "$client" || true
}

moved_there_and_back() { # FROM-NETNS ADDRESS
    echo_server web -p 8080:7
    connect "$1" "$2" 8080
    say before
    for to in "$(other "$FW")" "$FW" "$(other "$FW")" "$FW"; do
        run -0 --separate-stderr polypod firewall switch "$to"
        is "$output" "$to"
        is "$(polypod inspect --format '{{.FirewallDriver}}' web)" "$to"
        has_rules "$to"
        not has_rules "$(other "$to")"
        fw check
        is "$(fw list --noheading --format '{{.Driver}}')" "$to"
        say "after the switch to $to"
        is_published 8080
        gets_out web
    done
    disconnect
}

@test "a connection from outside survives a switch there and back" {
    with_firewall nftables iptables
    moved_there_and_back outside "$HOST_SIDE"
}

@test "a connection through loopback survives a switch there and back" {
    with_firewall iptables nftables
    moved_there_and_back - 127.0.0.1
}

@test "no new connection is lost while rules move" {
    with_firewall nftables iptables
    echo_server web -p 8080:7
    (while [ ! -e "$F/stop" ]; do
        answers outside "$HOST_SIDE" 8080 || echo lost
        echo asked
    done) >"$F/asked" 2>&1 3>&- &
    local asker=$!
    for to in iptables nftables iptables nftables iptables nftables; do
        polypod firewall switch "$to" 2>/dev/null
    done
    touch "$F/stop"
    wait "$asker"
    rm "$F/stop"
    [ "$(grep -c asked "$F/asked")" -ge 3 ]
    not grep lost "$F/asked"
}

@test "a switch that cannot succeed leaves everything as it was" {
    with_firewall nftables iptables
    echo_server web -p 8080:7
    refused 125 polypod firewall switch none
    says "nftables stays in force"
    refused 125 polypod firewall switch nosuch
    fw check
    is_published 8080
    iptables-legacy -t nat -S >/dev/null
    # somebody else works on the tables that the new driver needs
    flock -o "$XTABLES_LOCKFILE" sleep 30 3>&- &
    local holder=$!
    printf '[firewall.iptables]\nlock_timeout = 200ms\n' >>"$CONF"
    refused 125 polypod firewall switch iptables
    kill "$holder" && wait "$holder" || true
    sed -i '/firewall.iptables/,$d' "$CONF"
    says "nftables stays in force"
    is_published 8080
    # what could not be undone either is known, and undone later
    run -1 polypod firewall check
    has "$output" "unfinished: a switch from nftables to iptables"
    fw sync
    fw check
    is_published 8080
    not has_rules iptables
    is "$(polypod inspect --format '{{.FirewallDriver}}' web)" nftables
}

@test "the driver in force stays when only the wish changes" {
    with_firewall nftables iptables
    echo_server web -p 8080:7
    FW=iptables run -0 --separate-stderr polypod run -d --name db \
        --rootfs "$ROOTFS" sleep 100
    has "$stderr" "firewall.driver is iptables"
    has "$stderr" "polypod firewall switch iptables"
    is "$(polypod inspect --format '{{.FirewallDriver}}' db)" nftables
    not has_rules iptables
    run -0 --separate-stderr polypod firewall switch iptables
    has "$stderr" "driver = iptables"
    start third -p 8081:7 -- sleep 100
    is "$(polypod inspect --format '{{.FirewallDriver}}' third)" iptables
    not has_rules nftables
}

# Everything right, by one driver only.
is_whole() {
    local driver
    driver=$(polypod inspect --format '{{.FirewallDriver}}' web)
    fw check
    is "$(fw check --format '{{.Driver}} {{.Unfinished}}')" "$driver "
    has_rules "$driver"
    not has_rules "$(other "$driver")"
    is_published 8080
}

@test "a switch killed anywhere leaves one driver after a sync" {
    with_firewall nftables iptables
    echo_server web -p 8080:7
    echo_server db
    local to=iptables switch i
    for i in $(seq 0 24); do
        polypod firewall switch "$to" >/dev/null 2>&1 3>&- &
        switch=$!
        sleep "0.0$(printf %02d $((i * 3)))"
        kill -9 "$switch" 2>/dev/null || true
        wait "$switch" || true
        # at every moment the port is served by one of them
        answers outside "$HOST_SIDE" 8080
        polypod firewall sync 2>/dev/null
        is_whole
        driver=$(polypod inspect --format '{{.FirewallDriver}}' web)
        to=$(other "$driver")
    done
}

@test "the next start completes or undoes a switch that was killed" {
    with_firewall nftables iptables
    echo_server web -p 8080:7
    local to=iptables i n=0
    # at each of the writes to the store: after the intent, after the fact
    for i in $(seq 1 12); do
        strace -f -qq -o /dev/null -e trace=fdatasync \
            -e inject=fdatasync:signal=SIGKILL:when="$i" \
            "${POLYPOD:-$POLYPOD_BUILD/polypod}" --root "$ROOT" \
            --runroot "$RUN" --config "$CONF" \
            --plugin-dir "${PLUGINS:-$POLYPOD_BUILD/plugins}" \
            firewall switch "$to" >/dev/null 2>&1 3>&- && break
        inside --network bridge -- true 2>"$F/words"
        grep -q "did not finish" "$F/words" && n=$((n + 1))
        is_whole
        to=$(other "$(polypod inspect --format '{{.FirewallDriver}}' web)")
    done
    [ "$n" -ge 2 ]
}

@test "containers that start and stop while rules move lose nothing" {
    with_firewall nftables iptables
    echo_server web -p 8080:7
    (for i in 1 2 3 4 5 6; do
        polypod run -d --name "c$i" -p "810$i:7" --rootfs "$ROOTFS" \
            nc -ll -p 7 -e cat || echo "c$i does not start"
        [ $((i % 2)) = 0 ] || polypod rm -f -t 0 "c$i"
    done) >"$F/log" 2>"$F/errors" 3>&- &
    local starter=$!
    while kill -0 "$starter" 2>/dev/null; do
        for to in iptables nftables; do
            polypod firewall switch "$to" >/dev/null 2>&1 || true
        done
    done
    wait "$starter"
    not grep "does not start" "$F/log"
    # records that were busy are noted by the next
    polypod firewall sync
    is_whole
    for i in 2 4 6; do
        is_published "810$i"
    done
    is "$(fw list --noheading --format '{{.Status}}' | sort | uniq -c |
        tr -s ' ')" " 4 present"
    polypod rm -f -t 0 -a >/dev/null
    not has_rules nftables
    not has_rules iptables
}

lost_and_reloaded() {
    echo_server web -p 8080:7
    local a mac
    a=$(address web)
    mac=$(get web NetworkSettings.MacAddress)

    # nothing is lost: the interface is left alone
    is "$(polypod network reload web)" "$(get web Id)"
    has "$(nsenter -t "$(pid web)" -n ip -br link show eth0)" "$mac"

    flush
    is_not_published 8080
    polypod network reload --all
    is_published 8080
    gets_out web

    # the address goes, and comes back
    nsenter -t "$(pid web)" -n ip addr flush dev eth0
    not answers - "$a" 7
    is "$(polypod network reload web)" "$(get web Id)"
    is "$(address web)" "$a"
    eventually answers - "$a" 7
    is_published 8080
    gets_out web

    # the whole interface
    nsenter -t "$(pid web)" -n ip link del eth0
    polypod network reload web
    is "$(address web)" "$a"
    eventually answers - "$a" 7
    is_published 8080
    fw check
    polypod stop -t 0 web
}

@test "nftables: network reload brings rules, address and interface back" {
    with_firewall nftables
    lost_and_reloaded
}

@test "iptables: network reload brings rules, address and interface back" {
    with_firewall iptables
    lost_and_reloaded
}

@test "network reload refuses what has no network of its own" {
    with_firewall nftables
    start alone --network none -- sleep 100
    polypod create --name never --rootfs "$ROOTFS" true >/dev/null
    refused 125 polypod network reload never
    says "never"
    refused 125 polypod network reload
    echo_server web
    is "$(polypod network reload --all | grep -c "$(get web Id)")" 1
}

# warned FIRST-WORDS: a start says so once, so does check, and what they say
# to run works
warned() {
    run -0 --separate-stderr polypod run -d --name web -p 8080:7 \
        --rootfs "$ROOTFS" nc -ll -p 7 -e cat
    is "$(grep -c warning: <<<"$stderr")" 1
    has "$stderr" "$1"
    eventually answers - "$(address web)" 7
    is_not_published 8080
    run -0 polypod firewall check
    is "$(grep -c '^warning: ' <<<"$output")" 1
    has "$output" "$1"
    has "$(polypod firewall check --format '{{.Warning}}')" "$1"
    sed -n 's/.*; to let them through: //p' <<<"$stderr" >"$F/cure"
    grep -q cni-podman0 "$F/cure"
    bash -eu "$F/cure"
    is_published 8080
    gets_out web
    # what is cured is not told again, where that can be seen
    [[ $FW = iptables || $1 == *legacy* ]] ||
        is "$(polypod firewall check --format '{{.Warning}}')" ""
    polypod rm -f -t 0 web
}

@test "a start warns once of what drops its packets, and how to cure it" {
    with_firewall nftables
    iptables-nft -P FORWARD DROP
    warned "chain ip filter FORWARD drops"
    nft delete table ip filter
    nft add table inet theirs
    nft add chain inet theirs forw \
        '{ type filter hook forward priority 0; policy drop; }'
    warned "chain inet theirs forw drops"
    nft delete table inet theirs
    iptables-legacy -P FORWARD DROP
    warned "chain FORWARD of iptables-legacy drops"
    iptables-legacy -F FORWARD
    iptables-legacy -P FORWARD ACCEPT
    # nothing drops: nothing is said
    run -0 --separate-stderr polypod run -d --name web \
        --rootfs "$ROOTFS" sleep 100
    is "$stderr" ""
    is "$(polypod firewall check --format '{{.Warning}}')" ""
}

@test "iptables: a start warns of what drops in nf_tables" {
    with_firewall iptables
    iptables-nft -P FORWARD DROP
    warned "chain ip filter FORWARD drops"
    nft delete table ip filter
}

# What the client hears from port PORT of its own: one flow for ever, which
# it does not give up after one packet.
udp_hello() {
    local i got=
    for ((i = 0; i < 4 && ${#got} == 0; i++)); do
        got=$(echo hello | timeout 2 ip netns exec outside socat -t 0.4 - \
            "UDP4:$HOST_SIDE:5353,sourceport=$1,reuseaddr" 2>/dev/null) || true
    done
    echo "$got"
}

udp_server() { # NAME [FLAGS...]
    start "$@" -- sleep 100
    background nsenter -t "$(pid "$1")" -n socat \
        UDP4-RECVFROM:7,fork SYSTEM:"cat; echo $1"
    eventually udp_listens "$1"
}
udp_listens() { [ -n "$(nsenter -t "$(pid "$1")" -n ss -Hlun 'sport = :7')" ]; }
hears() { is "$(udp_hello "$1" | tail -n 1)" "$2"; }

flow_follows() {
    local a
    # flows are tracked as soon as there is a table with rules for them
    start first -p 5355:7/udp -- sleep 100
    hears 4000 ""
    udp_server one -p 5353:7/udp
    hears 4000 one
    a=$(address one)
    polypod rm -f -t 0 one
    hears 4000 ""
    # another address
    udp_server two -p 5353:7/udp
    not test "$(address two)" = "$a"
    hears 4000 two
    # what leads to it is not forgotten by what others do
    start other -p 5354:7/udp -- sleep 100
    polypod firewall sync
    hears 4000 two
    # the address without the port: nobody's any more
    a=$(address two)
    polypod rm -f -t 0 two
    udp_server three --network podman:ip="$a"
    hears 4000 ""
    polypod rm -f -t 0 three
    # begun while somebody else had flushed the rules
    udp_server four -p "$HOST_SIDE:5353:7/udp"
    nft flush ruleset
    iptables-legacy -t nat -F 2>/dev/null || true
    nft add table ip track
    nft add chain ip track in '{ type filter hook input priority 0; }'
    nft add rule ip track in ct state new counter
    hears 4001 ""
    polypod firewall sync
    hears 4001 four
    nft delete table ip track
    polypod rm -f -t 0 first four other
}

@test "nftables: a UDP client that keeps sending follows the port" {
    with_firewall nftables
    flow_follows
}

@test "iptables: a UDP client that keeps sending follows the port" {
    with_firewall iptables
    flow_follows
}
