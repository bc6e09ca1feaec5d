#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# floors-bites.sh DIR - DIR/floors.sh finds each kind of wrong arrow
set -u
dir=$1
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp"/cli "$tmp"/engine/x "$tmp"/core/util "$tmp"/core/plugin \
    "$tmp"/plugins/fw-a "$tmp"/plugins/fw-b "$tmp"/include/polypod \
    "$tmp"/sdk/include/polypod
for f in cli/t.h engine/x/t.h engine/json.h core/util/s.h core/plugin/p.h \
    plugins/fw-a/a.h plugins/fw-b/b.h include/polypod/pub.h \
    sdk/include/polypod/sdk.h; do
    : >"$tmp/$f"
done
bad=0

# want STATUS FILE INCLUDE
want() {
    echo "#include $3" >"$tmp/$2"
    "$dir/floors.sh" "$tmp" >"$tmp/out" 2>&1
    got=$?
    if [ $got -ne "$1" ]; then
        echo "$2 with $3: wanted $1, got $got"
        cat "$tmp/out"
        bad=1
    fi
    rm -f "$tmp/$2"
}

want 0 cli/a.c '"t.h"'
want 0 cli/a.c '<polypod/pub.h>'
want 1 cli/a.c '<polypod/sdk.h>'
want 1 cli/a.c '"engine/x/t.h"'
want 1 cli/a.c '"core/util/s.h"'
want 1 cli/a.c '"../core/util/s.h"'
want 1 cli/a.c '<json-c/json.h>'
want 0 engine/a.c '"core/plugin/p.h"'
want 0 engine/x/a.c '"engine/x/t.h"'
want 1 engine/a.c '"cli/t.h"'
want 1 engine/a.c '<json-c/json.h>'
want 0 engine/json.c '<json-c/json.h>'
want 0 core/plugin/a.c '"core/util/s.h"'
want 1 core/plugin/a.c '"engine/json.h"'
want 1 core/plugin/a.c '<json-c/json.h>'
want 1 core/plugin/a.c '<ltdl.h>'
want 0 core/plugin/dl.c '<ltdl.h>'
want 1 core/util/a.c '"core/plugin/p.h"'
want 0 plugins/fw-a/a.c '"a.h"'
want 0 plugins/fw-a/a.c '<polypod/sdk.h>'
want 1 plugins/fw-a/a.c '<fw-b/b.h>'
want 1 plugins/fw-a/a.c '<netconf/netconf.h>'
want 1 engine/a.c '<netconf/netconf.h>'
want 0 plugins/fw-a/a.c '<stdio.h>'
want 1 plugins/fw-a/a.c '<polypod/pub.h>'
want 1 plugins/fw-a/a.c '"../fw-b/b.h"'
want 1 plugins/fw-a/a.c '"core/util/s.h"'
want 1 sdk/include/polypod/x.h '<polypod/pub.h>'
want 1 cli/a.c '<polypod/none.h>'
exit $bad
