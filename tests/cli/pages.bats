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

# ops HEADER: "name type,type,..." of each op of the header's struct of ops
ops() {
    tr '\n' ' ' <"$1" | sed 's/.*typedef struct pp_[a-z]*_ops {//; s/} pp_[a-z]*_ops;.*//' |
        grep -o '(\*[a-z_]*)([^)]*)' |
        sed 's/^(\*\([a-z_]*\))(\(.*\))$/\1 \2/; s/  */ /g' | types
}

# documented_ops PAGE: the same, from its list of ops
documented_ops() {
    section "$1" OPS | sed -n 's/^\.It Fn \([a-z_]*\) "\(.*\)"$/\1 \2/p' |
        sed 's/" "/, /g' | types
}

# Parameters without their names.
types() {
    awk '{
        name = $1
        sub(/^[a-z_]* /, "")
        n = split($0, arg, /, */)
        for (i = 1; i <= n; i++) {
            if (arg[i] ~ /[* ][a-z_]+$/)
                sub(/[a-z_]+$/, "", arg[i])
            gsub(/ +$/, "", arg[i])
            name = name (i > 1 ? "," : " ") arg[i]
        }
        print name
    }'
}

each_kind() {
    local kind
    for kind in state firewall network; do
        echo "$kind"
        "$@" "$POLYPOD_SOURCE/sdk/include/polypod/$kind.h" \
            "$POLYPOD_SOURCE/docs/man/polypod-plugin-$kind.3"
    done
}

same_ops() {
    [ "$(ops "$1" | wc -l)" -ge 8 ]
    diff <(ops "$1") <(documented_ops "$2")
}

@test "each op of a header is in its page, as it is" {
    each_kind same_ops
}

# Constants, and members of structs other than that of the ops.
words() {
    grep -o '\bPP_[A-Z0-9_]*' "$1" | grep -v '^PP_OK$\|_$\|^PP_SLICE'
    awk '/^typedef struct/ { on = !/_ops \{/ } /^}/ { on = 0 } on' "$1" |
        sed 's,/\*.*,,' | tr '\n' ' ' | grep -o '[(*]*[a-z_]*)*[^;{}]*;' |
        sed 's/^ *(\*\([a-z_]*\))(.*/\1/; s/.*(\*\([a-z_]*\))(.*/\1/
            s/.*[* ]\([a-z_]*\);$/\1/' | grep -v '^struct_size$\|^reserved$'
}

same_words() {
    local word
    for word in $(words "$1" | sort -u); do
        grep -qw -- "$word" "$2" || { echo "no word of $word"; return 1; }
    done
}

@test "each constant and member of a header is in its page" {
    each_kind same_words
}

# The code of a page, made whole where it uses a library of nobody.
example() {
    {
        echo '#include <stddef.h>'
        printf '%s\n' 'typedef struct mydb_txn mydb_txn;' \
            'enum { MYDB_ABSENT = 1, MYDB_DEADLOCK };' \
            'void mydb_free(void *);' \
            'int mydb_get(mydb_txn *, const void *, size_t, void **, size_t *);'
        section "$2" EXAMPLES | awk '/^\.Bd -literal/ { on = 1; next }
            /^\.Ed/ { on = 0 } on' | sed 's/\\e/\\/g; /<mydb.h>/d'
    } >"$T/example.c"
    grep -q "include <polypod/" "$T/example.c"
    cc -std=c99 -pedantic -Wall -Wextra -Werror -Wno-unused-function \
        -fsyntax-only -I "$POLYPOD_SOURCE/sdk/include" "$T/example.c"
}

@test "the code in the pages compiles" {
    command -v cc >/dev/null || skip "there is no compiler"
    each_kind example
}

# refers TEXT...: is there a page for each "name section" on standard input?
all_there() {
    local name section bad=0
    while read -r name section; do
        pages | grep -q "/$name\.$section$" && continue
        echo "no page $name($section)"
        bad=1
    done
    return "$bad"
}

@test "every page of ours that any page or text names is there" {
    pages | xargs sed -n 's/^\.Xr \(polypod[a-z.-]*\) \([1-8]\).*/\1 \2/p' |
        sort -u >"$T/refs"
    [ "$(wc -l <"$T/refs")" -gt 10 ]
    git -C "$POLYPOD_SOURCE" ls-files >"$T/files" 2>/dev/null ||
        (cd "$POLYPOD_SOURCE" && find . -path ./build -prune -o -type f -print) \
            >"$T/files"
    (cd "$POLYPOD_SOURCE" && xargs grep -hoE 'polypod[a-z.-]*\([1-8]\)') \
        <"$T/files" | tr '()' '  ' | sort -u >>"$T/refs"
    all_there <"$T/refs"
}
