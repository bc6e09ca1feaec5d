#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# fw-iptables: its rules as iptables-legacy sees them, its manners with what
# belongs to others, and its lock.  Everything runs in fresh namespaces.

setup() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    command -v iptables-legacy >/dev/null || skip "needs iptables-legacy"
    unshare -mn true || skip "needs namespaces"
    : "${POLYPOD_BUILD:?the build folder}"
    export DRIVE=$POLYPOD_BUILD/tests/plugin/fwdrive
    export SO=$POLYPOD_BUILD/plugins/fw-iptables.so
    [ -e "$SO" ] || skip "fw-iptables is not built"
    export T
    T=$(mktemp -d)
    export XTABLES_LOCKFILE=$T/lock
    export WEB="owner=web addr=10.88.0.2/10.88.0.0/16@n1@br0"
    export WEB6="addr=fd00::2/fd00::/64@n1@br0"
    export PORTS="port=tcp:8080:80 port=udp:5353:53@203.0.113.1"
    export NET="net=n1 bridge=br0 subnet=10.88.0.0/16 subnet=fd00::/64"
}

teardown() {
    if [ -n "${T:-}" ]; then rm -rf "$T"; fi
}

fw() {
    "$DRIVE" "$SO" "$@"
}

# Run the command, which must fail with this code; its words go to $T/out.
fails() {
    local want=$1 rc=0
    shift
    "$@" >"$T/out" 2>&1 || rc=$?
    [ "$rc" = "$want" ] || {
        echo "wanted exit $want, got $rc: $*"
        cat "$T/out"
        return 1
    }
}

# All rules of both tables of both families.
rules() {
    local t
    for t in filter nat; do
        iptables-legacy -t $t -S | sed "s/^/4 $t /"
        ip6tables-legacy -t $t -S | sed "s/^/6 $t /"
    done
}

has() {
    rules >"$T/rules"
    grep -qxF -- "$1" "$T/rules" || {
        echo "missing: $1"
        cat "$T/rules"
        return 1
    }
}

hasnt() {
    rules >"$T/rules"
    if grep -F -- "$1" "$T/rules"; then
        echo "unwanted: $1"
        return 1
    fi
}

# Which tables exist, without making one.
tables() {
    cat /proc/thread-self/net/ip_tables_names \
        /proc/thread-self/net/ip6_tables_names
}

export -f fw fails rules has hasnt tables

# Run a script in its own mount and network namespace.
inside() {
    unshare -mn bash -eu -o pipefail -c "ip link set lo up
ip link add br0 type bridge
$1"
}

@test "an owner's rules are what iptables-legacy would write" {
    inside '
    fw apply $WEB $WEB6 $PORTS port=sctp:9000-9009:100
    a="4 filter -A CNI-FORWARD"
    c="-m comment --comment \"polypod:web\""
    has "$a -d 10.88.0.2/32 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT $c -j ACCEPT"
    has "$a -s 10.88.0.2/32 $c -j ACCEPT"
    has "6 filter -A CNI-FORWARD -s fd00::2/128 $c -j ACCEPT"
    a="4 nat -A POLYPOD-DNAT"
    has "$a -p tcp -m tcp --dport 8080 $c -j DNAT --to-destination 10.88.0.2:80"
    has "$a -d 203.0.113.1/32 -p udp -m udp --dport 5353 $c -j DNAT --to-destination 10.88.0.2:53"
    has "$a -p sctp -m sctp --dport 9000:9009 $c -j DNAT --to-destination 10.88.0.2:100-109/9000"
    has "6 nat -A POLYPOD-DNAT -p tcp -m tcp --dport 8080 $c -j DNAT --to-destination [fd00::2]:80"
    hasnt "6 nat -A POLYPOD-DNAT -p udp"
    a="4 nat -A POLYPOD-MASQ"
    c="-m conntrack --ctstate DNAT -m comment --comment \"polypod-net:n1\""
    has "$a -s 10.88.0.0/16 -d 10.88.0.0/16 $c -j MASQUERADE"
    has "$a -s 127.0.0.0/8 -d 10.88.0.0/16 $c -j MASQUERADE"
    [ "$(cat /proc/sys/net/ipv4/conf/br0/route_localnet)" = 1 ]
    rules | grep "POLYPOD-LOCALNET -d 127.0.0.0/8 -i br0 .*-j DROP"
    fw check $WEB $WEB6 $PORTS port=sctp:9000-9009:100
    [ "$(fw list)" = web ]'
}

@test "an address before every address, whatever the order asked" {
    inside '
    fw apply $WEB port=tcp:80:80 port=tcp:80:81@203.0.113.1
    iptables-legacy -t nat -S POLYPOD-DNAT | sed -n 2p | grep -- "--to.*:81"
    fw check $WEB port=tcp:80:80 port=tcp:80:81@203.0.113.1'
}

@test "a kernel that cannot shift ranges gets one rule for each port" {
    command -v strace >/dev/null || skip "needs strace"
    inside '
    old() {
        ASAN_OPTIONS=detect_leaks=0 strace -qqo /dev/null \
            -e inject=getsockopt:error=EPROTONOSUPPORT:when=1 \
            "$DRIVE" "$SO" "$@"
    }
    [ "$(old caps | grep -c ranges)" = 0 ]
    fw caps | grep ranges
    old apply $WEB $WEB6 port=tcp:8000-8003:80
    old check $WEB $WEB6 port=tcp:8000-8003:80
    [ "$(rules | grep -c "POLYPOD-DNAT.* --dport .*polypod:web")" = 8 ]
    hasnt 8000:8003
    fails 16 fw check $WEB $WEB6 port=tcp:8000-8003:80
    fw apply $WEB $WEB6 port=tcp:8000-8003:80
    [ "$(rules | grep -c "POLYPOD-DNAT.* --dport .*polypod:web")" = 2 ]'
}

@test "a network: masquerade, isolation, guard; and all gone with it" {
    inside '
    fw net_up $NET flags=masquerade,isolate
    c="-m comment --comment \"polypod-net:n1\""
    has "4 nat -A POLYPOD-MASQ -s 10.88.0.0/16 ! -d 10.88.0.0/16 $c -j MASQUERADE"
    has "6 nat -A POLYPOD-MASQ -s fd00::/64 ! -d fd00::/64 $c -j MASQUERADE"
    has "4 filter -A POLYPOD-ISOLATION-1 -i br0 ! -o br0 -m conntrack ! --ctstate DNAT $c -j POLYPOD-ISOLATION-2"
    has "4 filter -A POLYPOD-ISOLATION-2 -o br0 $c -j DROP"
    rules >$T/one
    fw net_up $NET flags=masquerade,isolate
    rules | cmp $T/one
    fw net_up $NET flags=internal
    hasnt "! -d 10.88.0.0/16"
    has "4 filter -A POLYPOD-ISOLATION-1 ! -i br0 -o br0 $c -j DROP"
    fw net_down n1
    hasnt polypod-net
    hasnt POLYPOD
    fw net_down n1'
}

@test "net_down closes the bridge to loopback again" {
    inside '
    fw net_up $NET flags=masquerade
    fw apply $WEB $PORTS
    [ "$(cat /proc/sys/net/ipv4/conf/br0/route_localnet)" = 1 ]
    fw remove web
    fw net_down n1
    [ "$(cat /proc/sys/net/ipv4/conf/br0/route_localnet)" = 0 ]'
}

@test "apply replaces, and what is so already keeps its counters" {
    inside '
    fw apply $WEB $WEB6 $PORTS
    iptables-legacy -D FORWARD 1
    iptables-legacy -I FORWARD -j CNI-FORWARD
    ip addr add 10.88.0.2/32 dev lo
    iptables-legacy -A OUTPUT -j CNI-FORWARD
    busybox ping -c 1 10.88.0.2 >/dev/null
    iptables-legacy -vnxL CNI-FORWARD | grep 10.88.0.2 >$T/before
    fw apply $WEB $WEB6 $PORTS
    iptables-legacy -vnxL CNI-FORWARD | grep 10.88.0.2 | cmp - $T/before
    grep -v " 0  *0 ACCEPT" $T/before
    fw apply $WEB port=tcp:9090:80
    hasnt 8080
    hasnt fd00::2
    rules | grep "dport 9090"
    fails 16 fw check $WEB $WEB6 $PORTS
    fw check $WEB port=tcp:9090:80'
}

@test "remove leaves no rule of the owner, and is quiet about nothing" {
    inside '
    fw apply $WEB $WEB6 $PORTS
    fw apply owner=other addr=10.88.0.3/10.88.0.0/16@n1@br0 port=tcp:81:80
    rules | grep -v polypod:web >$T/rest
    fw remove web
    hasnt polypod:web
    rules | grep -v "^6 nat -[AN] \|^6 nat.*POLYPOD" >$T/now
    grep -v "^6 nat -[AN] \|^6 nat.*POLYPOD" $T/rest | cmp - $T/now
    fw remove web
    iptables-legacy -t nat -F
    iptables-legacy -t nat -X
    iptables-legacy -F
    iptables-legacy -X
    fw remove other
    fw remove web'
}

@test "an owner without addresses is removed by apply" {
    inside '
    fw apply $WEB $PORTS
    fw apply owner=web
    hasnt polypod:web'
}

@test "the admin chain comes first and is never touched" {
    inside '
    iptables-legacy -N CNI-ADMIN
    iptables-legacy -A CNI-ADMIN -s 10.88.0.2 -d 192.0.2.1 -j DROP
    iptables-legacy -S CNI-ADMIN >$T/admin
    fw net_up $NET flags=masquerade,isolate
    fw apply $WEB $PORTS
    iptables-legacy -S CNI-FORWARD | sed -n 2p | grep -- "-j CNI-ADMIN"
    iptables-legacy -S CNI-FORWARD | sed -n 3p | grep -- "-j POLYPOD-ISO"
    iptables-legacy -S FORWARD | sed -n 2p | grep -- "-j CNI-FORWARD"
    iptables-legacy -S CNI-ADMIN | cmp - $T/admin
    fw remove web
    fw net_down n1
    : >$T/none
    fw sync $T/none
    iptables-legacy -S CNI-ADMIN | cmp - $T/admin
    iptables-legacy -S CNI-FORWARD | grep -e "-j CNI-ADMIN"'
}

@test "names of chains can be chosen" {
    inside '
    k="-k forward_chain=FWD -k admin_chain=ADM -k chain_prefix=PP"
    "$DRIVE" $k "$SO" apply $WEB $PORTS
    has "4 filter -A FORWARD -m comment --comment \"CNI firewall plugin rules\" -j FWD"
    rules | grep "^4 nat -A PP-DNAT"
    hasnt CNI-FORWARD
    fails 2 "$DRIVE" -k forward_chain=ACCEPT "$SO" list
    fails 2 "$DRIVE" -k chain_prefix=much-too-long-for-it "$SO" list
    fails 2 "$DRIVE" -k admin_chain=CNI-FORWARD "$SO" list'
}

@test "rules of others stay byte for byte" {
    inside '
    i=iptables-legacy
    $i -A FORWARD -p tcp -m multiport --dports 1,2,3 -j ACCEPT
    $i -A FORWARD -m limit --limit 3/min -j LOG --log-prefix polypod:x
    $i -A INPUT -m comment --comment "polypod is not the owner" -j ACCEPT
    $i -t nat -A POSTROUTING -s 192.0.2.0/24 -j SNAT --to-source 198.51.100.1
    $i -t nat -A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 80
    rules >$T/before
    fw net_up $NET flags=masquerade,isolate
    fw apply $WEB $WEB6 $PORTS
    rules | grep -v "polypod\|POLYPOD\|CNI-" >$T/during
    grep -v "polypod\|POLYPOD\|CNI-" $T/before | cmp - $T/during
    fw remove web
    fw net_down n1
    rules | grep -v "CNI-" | cmp - $T/before'
}

@test "looking makes no table exist, nor does removing nothing" {
    inside '
    rm -f "$XTABLES_LOCKFILE"
    fw probe
    fw caps
    fw status
    fw list
    fw remove web
    fw net_down n1
    fails 16 fw check $WEB $PORTS
    grep "does not exist" $T/out
    [ -z "$(tables)" ]
    [ ! -e "$XTABLES_LOCKFILE" ]
    fw apply $WEB
    [ "$(tables)" = filter ]'
}

@test "check names the rule, what is wanted and what is there" {
    inside '
    fw apply $WEB $PORTS
    iptables-legacy -D CNI-FORWARD -s 10.88.0.2 -m comment --comment polypod:web -j ACCEPT
    fails 16 fw check $WEB $PORTS
    grep "chain \"CNI-FORWARD\": wanted \"-s 10.88.0.2/32 -j ACCEPT\", found nothing" $T/out
    fw apply $WEB $PORTS
    fw check $WEB $PORTS
    iptables-legacy -t nat -R POLYPOD-DNAT 2 -p tcp --dport 8080 -m comment --comment polypod:web -j DNAT --to 10.88.0.9:80
    fails 16 fw check $WEB $PORTS
    grep "10.88.0.2:80\", found \".*10.88.0.9:80\"" $T/out
    fw apply $WEB $PORTS
    iptables-legacy -t nat -D PREROUTING 1
    fails 16 fw check $WEB $PORTS
    grep "chain \"PREROUTING\"" $T/out
    fw apply $WEB $PORTS
    fw check $WEB $PORTS
    iptables-legacy -A CNI-FORWARD -m comment --comment polypod:web -j DROP
    fails 16 fw check $WEB $PORTS
    grep "wanted nothing, found \"-j DROP\"" $T/out
    fw apply $WEB $PORTS
    iptables-legacy -F POLYPOD-LOCALNET
    fails 16 fw check $WEB $PORTS
    grep "POLYPOD-LOCALNET\": wanted" $T/out
    fw apply $WEB $PORTS
    echo 0 >/proc/sys/net/ipv4/conf/br0/route_localnet
    fails 16 fw check $WEB $PORTS
    grep route_localnet $T/out
    fw apply $WEB $PORTS
    fw check $WEB $PORTS'
}

@test "a port that is taken is refused, names its owner, changes nothing" {
    inside '
    fw apply $WEB port=tcp:8080:80 port=tcp:9000:90@203.0.113.1 port=udp:700-709:700
    rules >$T/before
    b="owner=b addr=10.88.0.3/10.88.0.0/16@n1@br0 addr=fd00::3/fd00::/64@n1@br0"
    for p in tcp:8080:1 tcp:8000-8100:1 tcp:8080:1@192.0.2.1 tcp:9000:1 udp:709:1; do
        fails 6 fw apply $b port=tcp:1:1 port=$p
        grep "\"web\"" $T/out
        rules | grep -v "^6" >$T/now
        grep -v "^6" $T/before | cmp - $T/now
    done
    fails 2 fw apply $b port=tcp:5:1 port=tcp:1-9:10
    fw apply $b port=udp:8080:1 port=tcp:9000:1@192.0.2.1 port=udp:710:1 port=tcp:8081:1
    fw apply $WEB port=tcp:8080:81'
}

@test "sync makes the kernel hold exactly what it is given" {
    inside '
    printf "net_up %s flags=masquerade,isolate\napply %s\napply %s\n" "$NET" \
        "$WEB $WEB6 $PORTS" "owner=b addr=10.88.0.3/10.88.0.0/16@n1@br0" >$T/all
    fw sync $T/all
    rules >$T/good
    fw check $WEB $WEB6 $PORTS
    fw sync $T/all
    rules | cmp - $T/good
    fw apply owner=stale addr=10.88.0.9/10.88.0.0/16@n1@br0 port=tcp:99:9
    fw net_up net=old bridge=br9 subnet=10.99.0.0/16 flags=masquerade,isolate
    fw remove b
    iptables-legacy -t nat -D POLYPOD-DNAT 1
    fw sync $T/all
    rules | sort >$T/now
    sort $T/good | cmp - $T/now
    for f in "" 6; do for t in filter nat; do
        ip${f}tables-legacy -t $t -F
        ip${f}tables-legacy -t $t -X
    done; done
    fw sync $T/all
    rules | sort | cmp - $T/now
    : >$T/none
    fw sync $T/none
    hasnt polypod:
    hasnt POLYPOD'
}

@test "the lock of another is waited for, then its holder named" {
    inside '
    : >"$XTABLES_LOCKFILE"
    exec 7<"$XTABLES_LOCKFILE"
    flock 7
    # the shell holds it now, through the flock program that has ended
    sleep 0.8 7<&7 &
    exec 7<&-
    SECONDS=0
    fw apply $WEB
    wait
    perl -e "use Fcntl q(:flock); open F, q(<), shift; flock F, LOCK_EX; sleep 20" "$XTABLES_LOCKFILE" &
    p=$!
    sleep 0.3
    fails 8 "$DRIVE" -k lock_timeout=200ms "$SO" remove web
    kill $p
    grep "held by process $p (perl)" $T/out
    fw list | grep web
    wait || true
    fw remove web
    [ "$(stat -c %a "$XTABLES_LOCKFILE")" != 777 ]'
}

@test "the lock file is made 0600" {
    inside '
    umask 0
    rm -f "$XTABLES_LOCKFILE"
    fw apply $WEB
    [ "$(stat -c %a "$XTABLES_LOCKFILE")" = 600 ]'
}

@test "four processes and iptables-legacy at once: nothing is lost" {
    inside '
    many() {
        for i in $(seq 50); do
            echo "apply owner=p$1-$i addr=10.88.$1.$i/10.88.0.0/16@n1@br0 port=tcp:$(($1 * 1000 + i)):80"
        done | fw -
    }
    pids=
    for p in 1 2 3 4; do many $p & pids="$pids $!"; done
    for i in $(seq 50); do
        iptables-legacy -w -A INPUT -s 192.0.2.$i -j DROP
    done
    for p in $pids; do wait $p; done
    [ "$(fw list | wc -l)" = 200 ]
    [ "$(iptables-legacy -S CNI-FORWARD | grep -c polypod:p)" = 400 ]
    [ "$(iptables-legacy -t nat -S POLYPOD-DNAT | grep -c polypod:p)" = 200 ]
    [ "$(iptables-legacy -S INPUT | grep -c 192.0.2)" = 50 ]
    pids=
    for p in 1 2 3 4; do
        for i in $(seq 50); do echo "remove p$p-$i"; done | fw - &
        pids="$pids $!"
    done
    for p in $pids; do wait $p; done
    [ -z "$(fw list)" ]'
}

@test "killed at any step, apply again makes it whole" {
    command -v strace >/dev/null || skip "needs strace"
    inside '
    fw apply owner=b addr=10.88.0.3/10.88.0.0/16@n1@br0 port=tcp:81:80
    for n in $(seq 1 12); do
        fw apply $WEB $WEB6 $PORTS
        rc=0
        ASAN_OPTIONS=detect_leaks=0 strace -o /dev/null -e trace=setsockopt \
            -e inject=setsockopt:signal=KILL:when=$n \
            "$DRIVE" "$SO" apply $WEB $WEB6 port=tcp:$((9000 + n)):80 || rc=$?
        [ $rc = 0 ] || [ $rc = 137 ]
        echo "$n $rc" >>$T/kills
        fw check owner=b addr=10.88.0.3/10.88.0.0/16@n1@br0 port=tcp:81:80
        fw apply $WEB $WEB6 port=tcp:$((9000 + n)):80
        fw check $WEB $WEB6 port=tcp:$((9000 + n)):80
        hasnt 8080
    done
    grep " 137" $T/kills
    for n in $(seq 1 12); do
        fw apply $WEB $WEB6 $PORTS
        ASAN_OPTIONS=detect_leaks=0 strace -o /dev/null -e trace=setsockopt \
            -e inject=setsockopt:signal=KILL:when=$n \
            "$DRIVE" "$SO" remove web || true
        fw remove web
        hasnt polypod:web
    done'
}

@test "an owner whose second table is refused ends without rules" {
    command -v strace >/dev/null || skip "needs strace"
    inside '
    fw apply owner=b addr=10.88.0.3/10.88.0.0/16@n1@br0 port=tcp:81:80
    fw apply $WEB $PORTS
    export ASAN_OPTIONS=detect_leaks=0
    fails 4 strace -qqo /dev/null \
        -e inject=setsockopt:error=EINVAL:when=3..5 \
        "$DRIVE" "$SO" apply owner=web addr=10.88.0.7/10.88.0.0/16@n1@br0 port=tcp:9:9
    grep "the kernel refuses legacy IPv4 table \"filter\"" $T/out
    hasnt polypod:web
    fw check owner=b addr=10.88.0.3/10.88.0.0/16@n1@br0 port=tcp:81:80
    fw apply $WEB $PORTS
    # once refused, then not: as after a change without the lock
    strace -qqo /dev/null -e inject=setsockopt:error=EAGAIN:when=3 \
        "$DRIVE" "$SO" apply $WEB port=tcp:9:9
    fw check $WEB port=tcp:9:9'
}

@test "what makes no sense is refused before anything happens" {
    inside '
    for w in "owner=a/b" "owner=" "owner=x addr=10.88.0.300/10.88.0.0/16@n" \
        "owner=x addr=10.88.0.2/10.88.0.0/33@n" \
        "owner=x addr=10.88.0.2/fd00::/64@n" \
        "owner=x addr=0.0.0.0/10.88.0.0/16@n" \
        "owner=x addr=10.88.0.2/10.88.0.0/16@n@../../x" \
        "owner=x addr=10.88.0.2/10.88.0.0/16@n@br+" \
        "owner=x addr=10.88.0.2/10.88.0.0/16@n@a234567890123456" \
        "owner=x port=tcp:80:80" "$WEB port=tcp:0:80" "$WEB port=tcp:65530-65540:80" \
        "$WEB port=tcp:80:80@localhost" "$WEB port=tcp:80:65535 port=tcp:80:1"; do
        fails 2 fw apply $w
    done
    fails 2 fw net_up net=n bridge=br0 subnet=banana flags=masquerade
    fails 2 fw net_up net=n subnet=10.0.0.0/8 flags=isolate
    fails 2 fw remove "a b"
    [ -z "$(tables)" ]'
}
