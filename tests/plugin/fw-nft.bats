#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/plugin/fw-nft.bats - what is particular to fw-nftables

FW=fw-nftables
source "$BATS_TEST_DIRNAME/fw-lab.bash"


constant() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    local one many
    one=$(nft list table inet polypod | grep -Ec 'drop|accept|jump|return|dnat|masq')
    fw fill 0 200
    many=$(nft list table inet polypod |
        grep -Ec 'drop|accept|jump|return|dnat|masq')
    [ "$one" = "$many" ]
    [ "$(fw list | wc -l)" = 201 ]
}

@test "201 owners have as many rules as one" {
    lab constant
}

admin() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    serve c1 TCP4-LISTEN:80
    answers out TCP4:203.0.113.1:8080 c1
    nft add rule inet polypod admin ip saddr 203.0.113.2 drop
    silent out TCP4:203.0.113.1:8080
    fw apply owner=one $A1 port=tcp:8080:80
    fw remove one
    fw net_down net0
    echo "net_up $NET0 flags=masquerade" >"$LAB/all"
    echo "apply owner=one $A1 port=tcp:8080:80" >>"$LAB/all"
    nft delete rule inet polypod forward handle "$(nft -a list chain inet \
        polypod forward | sed -n 's/.*jump isolation.*handle //p')"
    fw sync "$LAB/all"
    nft list chain inet polypod admin | grep -q 'ip saddr 203.0.113.2 drop'
    silent out TCP4:203.0.113.1:8080
    nft flush chain inet polypod admin
    answers out TCP4:203.0.113.1:8080 c1
    [[ $(nft list chain inet polypod forward | sed -n 4p) == *"jump admin"* ]]
}

@test "the administrator's chain comes first and is left alone" {
    lab admin
}

others() {
    nft -f - <<'END'
table ip mine {
    set s { type ipv4_addr; elements = { 192.0.2.1 }; }
    chain c { type filter hook forward priority 5; ip saddr @s drop; }
}
END
    local before
    before=$(nft list table ip mine)
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    : >"$LAB/none"
    fw sync "$LAB/none"
    fw remove one
    [ "$before" = "$(nft list table ip mine)" ]
    [ "$(nft list tables | wc -l)" = 2 ]
}

@test "other tables are not touched" {
    lab others
}

drift() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    local want="owner=one $A1 port=tcp:8080:80"
    fw check $want
    nft delete element inet polypod port4 '{ tcp . 8080 }'
    fails 16 "missing: port4 { tcp . 8080 : 10.88.0.2 . 80 }" fw check $want
    fw apply $want
    fw check $want
    nft add element inet polypod addr4 '{ 10.88.9.9 comment "one" }'
    fails 16 "extra: addr4 { 10.88.9.9 }" fw check $want
    fw apply $want
    nft delete element inet polypod addr4 '{ 10.88.9.9 }' || true
    nft add rule inet polypod forward drop
    fails 16 "rule 8 of chain forward is not ours" fw check $want
    echo "net_up $NET0 flags=masquerade" >"$LAB/all"
    echo "apply $want" >>"$LAB/all"
    fw sync "$LAB/all"
    fw check $want
    nft flush chain inet polypod isolation
    fails 16 "a rule of chain isolation is missing" fw check $want
    fw sync "$LAB/all"
    fw check $want
    nft flush chain inet polypod postrouting
    nft delete chain inet polypod postrouting
    nft add chain inet polypod postrouting \
        '{ type filter hook postrouting priority 7; }'
    fails 16 "chain postrouting has another type" fw check $want
    fw sync "$LAB/all"
    fw check $want
    nft flush set inet polypod owners
    fails 16 "missing: owners { one }" fw check $want
    [ "$(fw list)" = one ]
    fw remove one
    [ -z "$(fw list)" ]
}

@test "check names what was changed by hand, and sync repairs it" {
    lab drift
}

quiet_sync() {
    local gen
    echo "net_up $NET0 flags=masquerade,isolate" >"$LAB/all"
    echo "apply owner=one $A1 port=tcp:8080:80 port=tcp:9:9@1.2.3.4" \
        >>"$LAB/all"
    fw sync "$LAB/all"
    gen=$(fw status | jq .generation)
    fw sync "$LAB/all"
    fw net_up $NET0 flags=masquerade,isolate
    [ "$gen" = "$(fw status | jq .generation)" ]
    [ "$(fw status | jq -c '[.present,.intact,.owners,.addresses,.ports]')" \
        = '[true,true,1,2,3]' ]
}

@test "a sync without a difference writes nothing" {
    lab quiet_sync
}

saved() {
    local want="owner=one $A1 port=tcp:8080:80 port=udp:9:9@1.2.3.4"
    fw net_up $NET0 flags=masquerade,isolate
    fw apply $want
    nft list ruleset >"$LAB/saved"
    nft flush ruleset
    nft -f "$LAB/saved"
    fw check $want
    [ "$(fw status | jq .intact)" = true ]
    fw apply owner=one $A1
    lacks elements nft list map inet polypod port4
    lacks elements nft list map inet polypod bound4
}

@test "a table saved and loaded by nft is as good as ours" {
    lab saved
}

guard() {
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    serve host TCP4-LISTEN:7777,bind=127.0.0.1
    ip -n c2 route add 127.0.0.1 via 10.88.0.1 table 9
    ip -n c2 rule add pref 0 to 127.0.0.1 table 9
    ip -n c2 rule del pref 0 table local 2>/dev/null || true
    ip -n c2 rule add pref 1 table local
    at c2 sysctl -qw net.ipv4.conf.all.route_localnet=1
    silent c2 TCP4:127.0.0.1:7777
    # the same without the guard: so it is the guard that keeps it shut
    nft flush chain inet polypod guard
    answers c2 TCP4:127.0.0.1:7777 host
}

@test "a container can not reach the host's loopback" {
    lab guard
}

probing() {
    local out
    out=$(fw probe)
    [[ $out == "score 100"* ]]
    [[ $out != *warning* ]]
    [ -z "$(nft list tables)" ]
    nft add table ip filter
    nft add chain ip filter FORWARD \
        '{ type filter hook forward priority 0; policy drop; }'
    [[ $(fw probe) == *"chain ip filter FORWARD drops"* ]]
    [[ $(setpriv --bounding-set -net_admin --inh-caps -net_admin \
        "$DRIVE" "$PLUGIN" probe) == "score 0"*CAP_NET_ADMIN* ]]
}

@test "probe creates nothing, warns of a foreign drop, needs the capability" {
    lab probing
}

# The one warning of a probe, and what is to be run against it
warning() {
    fw probe >"$LAB/probe"
    [ "$(grep -c '^warning: ' "$LAB/probe")" = 1 ]
    grep -qF -- "$1" "$LAB/probe"
    sed -n 's/^warning: .*; to let them through: //p' "$LAB/probe" |
        sed 's/BRIDGE/br0/g' >"$LAB/cure"
}

passes() {
    answers out TCP4:203.0.113.1:8080 c1
    answers c1 TCP4:203.0.113.2:90 out
}

blocked() {
    silent out TCP4:203.0.113.1:8080
    silent c1 TCP4:203.0.113.2:90
}

# PLACE: it blocks, is warned of, and its cure works
cured() {
    blocked
    warning "$1"
    bash -eu "$LAB/cure"
    passes
    # what is cured is not told again, and half a cure is none
    case $1 in
    *legacy*) ;;
    *)
        lacks warning: fw probe
        fw net_up $NET1
        warning "$1"
        fw net_down net1
        lacks warning: fw probe
        ;;
    esac
    ! grep -q 'ct status' "$LAB/cure" || [ "${2-}" = nft ]
}

served() {
    serve c1 TCP4-LISTEN:80
    serve out TCP4-LISTEN:90
    fw net_up $NET0 flags=masquerade
    fw apply owner=one $A1 port=tcp:8080:80
    passes
}

foreign() {
    served
    # what docker does, in either iptables
    iptables-nft -P FORWARD DROP
    cured "chain ip filter FORWARD drops"
    # and docker can still read its own table
    iptables-nft -S FORWARD | grep -e '-A FORWARD -o br0'
    iptables-nft -F FORWARD
    iptables-nft -P FORWARD ACCEPT
    lacks warning: fw probe
    nft add table inet theirs
    nft add chain inet theirs forw \
        '{ type filter hook forward priority 10; policy drop; }'
    cured "chain inet theirs forw drops" nft
    nft delete table inet theirs
    passes
}

@test "a foreign chain that drops: one warning, and its cure works" {
    command -v iptables-nft >/dev/null || skip "needs iptables-nft"
    export -f warning passes blocked cured served
    lab foreign
}

legacy() {
    served
    # looking creates nothing
    fw probe
    [ ! -s /proc/net/ip_tables_names ]
    iptables-legacy -P FORWARD ACCEPT
    lacks warning: fw probe
    fw probe | grep -q '^note: tables of legacy iptables'
    iptables-legacy -P FORWARD DROP
    cured "FORWARD of iptables-legacy drops"
    # all of it at once is one warning, and one set of commands
    iptables-legacy -F FORWARD
    ip6tables-legacy -P FORWARD DROP
    iptables-nft -P FORWARD DROP
    nft add table inet theirs
    nft add chain inet theirs forw \
        '{ type filter hook forward priority 10; policy drop; }'
    cured "chains ip filter FORWARD, inet theirs forw, FORWARD of \
iptables-legacy, FORWARD of ip6tables-legacy drop" nft
}

@test "the FORWARD of legacy iptables, alone and with others" {
    command -v iptables-legacy >/dev/null || skip "needs iptables-legacy"
    command -v iptables-nft >/dev/null || skip "needs iptables-nft"
    export -f warning passes blocked cured served
    lab legacy
}

# At which open does a probe ask for the names of legacy tables?
nth_open() {
    strace -qqq -e trace=openat "$DRIVE" "$PLUGIN" probe 2>&1 >/dev/null |
        grep -n ip_tables_names | head -n 1 | cut -d: -f1
}

lacking() {
    local out traced="strace -f -qqq -o /dev/null"
    export ASAN_OPTIONS=detect_leaks=0
    out=$($traced -e inject=socket:error=EPROTONOSUPPORT "$DRIVE" "$PLUGIN" probe)
    [[ $out == "score 0"*"no netlink socket to netfilter"* ]]
    out=$($traced -e inject=sendto:error=EINVAL "$DRIVE" "$PLUGIN" probe)
    [[ $out == "score 0"*"the kernel has no nf_tables (module nf_tables)"* ]]
    # and without legacy tables nothing is missed
    out=$($traced -e inject=openat:error=ENOENT:when=$(nth_open)+ \
        "$DRIVE" "$PLUGIN" probe)
    [[ $out == "score 100"* ]]
    [[ $out != *legacy* ]]
}

@test "kernels that lack nf_tables or legacy tables" {
    command -v strace >/dev/null || skip "needs strace"
    export -f nth_open
    lab lacking
}

names() {
    FW_KEYS="-k table=a;b" fails 2 table fw list
    FW_KEYS="-k admin_chain=forward" fails 2 admin_chain fw list
    FW_KEYS="-k table=other -k admin_chain=mine" fw apply owner=one $A1
    nft list chain inet other mine >/dev/null
    [ "$(nft list tables)" = "table inet other" ]
}

@test "table and admin chain have the configured names" {
    lab names
}

overlap() {
    fw net_up $NET0 flags=masquerade
    fails 6 net:net0 fw net_up net=x bridge=br9 subnet=10.88.4.0/24 \
        flags=masquerade
    fails 6 net:net0 fw net_up net=x bridge=br0 subnet=10.77.4.0/24
    fw net_up net=x bridge=br9 subnet=10.77.4.0/24 subnet=10.77.5.0/24 \
        flags=masquerade
    nft list set inet polypod masq4 | grep -q '10.77.6.0-10.255'  ||
        nft list set inet polypod masq4 | grep -q '10.77.6.0-'
}

@test "two networks can not have one subnet or one bridge" {
    lab overlap
}

big() {
    fw net_up $NET0 flags=masquerade
    # more than the index can hold: the sets are asked
    local ports="" i
    for i in $(seq 40); do ports+=" port=tcp:$((i * 2)):80"; done
    fw apply owner=big $A1 $ports
    fw check owner=big $A1 $ports
    fw apply owner=big $A1 port=tcp:2:80 port=tcp:1000-60000:1000
    fw check owner=big $A1 port=tcp:2:80 port=tcp:1000-60000:1000
    fw remove big
    lacks big nft list table inet polypod
}

@test "an owner with very many ports is replaced and removed whole" {
    lab big
}
