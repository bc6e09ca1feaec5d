#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# exports.sh BUILD - what our shared objects export: a plugin pp_plugin_v1 and
# nothing else, libpolypod pp_* and nothing else
set -u
build=$1
bad=0

exports() {
    nm -D --defined-only "$1" | awk '{ sub(/@.*/, "", $NF); print $NF }' |
        grep -v -e '^_init$' -e '^_fini$' -e '^__odr_asan' -e '^__asan' -e '^__sanitizer'
}

for so in "$build"/plugins/*.so "$build"/plugins-test/*.so; do
    [ -e "$so" ] || continue
    got=$(exports "$so" | tr '\n' ' ')
    if [ "$got" != "pp_plugin_v1 " ]; then
        echo "$so exports: $got"
        bad=1
    fi
done
lib=$build/engine/libpolypod.so
[ -e "$lib" ] || { echo "no $lib"; exit 1; }
got=$(exports "$lib" | grep -v -e '^pp_[a-z]' -e '^POLYPOD_1$' | tr '\n' ' ')
if [ -n "$got" ]; then
    echo "$lib exports: $got"
    bad=1
fi
exports "$lib" | grep -q '^pp_fail$' || { echo "$lib lacks pp_fail"; bad=1; }
exit $bad
