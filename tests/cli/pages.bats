#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# manual pages written by hand: against the plugins they describe, against the
# headers, and against each other

load lib

# The pages, those made at build time too.
pages() {
    find "$POLYPOD_SOURCE" -path "$POLYPOD_SOURCE/build" -prune -o \
        -name 'polypod*.[1-8]' -print
    find "$POLYPOD_DOCS" -name 'polypod*.[1-8]'
}

@test "pages written by hand are clean" {
    [ -n "$MANDOC" ] || skip "mandoc is not installed"
    pages | xargs "$MANDOC" -T lint -W warning
}

# section PAGE NAME: what stands under that heading
section() {
    awk -v name="$2" '/^\.Sh / { on = ($0 == ".Sh " name) } on' "$1"
}

# The keys as a page has them: the rows of its table.
documented_keys() {
    section "$1" CONFIGURATION |
        sed -n 's/^\.It \([a-z_]*\) Ta \(.*\) Ta \(.*\) Ta \(.*\)$/\1 \2 \3 \4/p'
}

# The keys as the plugin has them, as a page should.
declared_keys() {
    "$POLYPOD" --plugin-dir "$POLYPOD_PLUGINS" plugin inspect "$1" |
        jq -r '.Keys[]? | [.Name, .Type,
            (if .Default == "" then "none"
             elif .Type == "list" then "see below" else .Default end),
            (if .Range == "" then "-" else .Range end)] | join(" ")'
}

# Each key has a text, and each entry of a default list is in one.
described() {
    local plugin=$1 page=$2
    diff <(declared_keys "$plugin" | cut -d' ' -f1) \
        <(section "$page" CONFIGURATION | sed -n 's/^\.It Cm \(.*\)$/\1/p')
    "$POLYPOD" --plugin-dir "$POLYPOD_PLUGINS" plugin inspect "$plugin" |
        jq -r '.Keys[]? | select(.Type == "list") | .Default' |
        while read -r entry; do
            section "$page" CONFIGURATION | grep -qF -- "$entry"
        done
}

@test "the page of each plugin has its keys, and no others" {
    local seen=0 plugin page
    for page in "$POLYPOD_SOURCE"/plugins/*/polypod-*.8; do
        plugin=$(basename "$page" .8)
        plugin=${plugin#polypod-}
        [ -e "$POLYPOD_PLUGINS/$plugin.so" ] || continue
        echo "$plugin"
        diff <(declared_keys "$plugin") <(documented_keys "$page")
        described "$plugin" "$page"
        if [ -z "$(declared_keys "$plugin")" ]; then
            section "$page" CONFIGURATION | grep -qx 'The plugin has no keys\.'
        else
            section "$page" CONFIGURATION | grep -q "^\.Bq $(
                echo "$plugin" | sed 's/^fw-/firewall./; s/^net-/network./
                    s/^state-/state./') :$"
        fi
        seen=$((seen + 1))
    done
    [ "$seen" -gt 0 ]
}

@test "each plugin has a page" {
    local plugin
    for plugin in "$POLYPOD_PLUGINS"/*.so; do
        plugin=$(basename "$plugin" .so)
        [ -e "$POLYPOD_SOURCE/plugins/$plugin/polypod-$plugin.8" ]
    done
}
