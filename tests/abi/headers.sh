#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# headers.sh ROOT CC - each SDK header alone, in every language and data model
# it promises; the layout of every release; no two headers that clash
set -u
root=$1
cc=$2
sdk=$root/sdk/include
strict="-pedantic -Wall -Wextra -Wpadded -Wundef -Werror -ffreestanding"
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
bad=0

# try WHAT COMMAND...
try() {
    what=$1
    shift
    if ! "$@" >"$tmp/out" 2>&1; then
        echo "$what:"
        cat "$tmp/out"
        bad=1
    fi
}

models=
for m in -m64 -m32; do
    echo '#include <stdint.h>' >"$tmp/m.c"
    $cc $m -ffreestanding -c "$tmp/m.c" -o "$tmp/m.o" 2>/dev/null &&
        models="$models $m"
done
[ -n "$models" ] || models=-O0 # neither switch is known: what there is
cxx=
command -v c++ >/dev/null && cxx=c++
echo "data models:$models; C++: ${cxx:-none}"

for h in "$sdk"/polypod/*.h; do
    name=polypod/$(basename "$h")
    printf '#include <%s>\n#include <%s>\nint only = 1;\n' "$name" "$name" \
        >"$tmp/one.c"
    cp "$tmp/one.c" "$tmp/one.cc"
    for m in $models; do
        for std in c99 c11; do
            try "$name as $std $m" $cc $m -std=$std $strict -I"$sdk" \
                -c "$tmp/one.c" -o "$tmp/one.o"
        done
        [ -z "$cxx" ] || try "$name as c++11 $m" $cxx $m -std=c++11 $strict \
            -I"$sdk" -c "$tmp/one.cc" -o "$tmp/one.o"
    done
done

# The header brings no macro outside its own name space.
cat "$sdk"/polypod/*.h | sed -n 's/^ *# *define  *\([A-Za-z_0-9]*\).*/\1/p' |
    grep -v -e '^PP_' -e '^POLYPOD_' >"$tmp/macros"
if [ -s "$tmp/macros" ]; then
    echo "macros outside PP_ and POLYPOD_:"
    cat "$tmp/macros"
    bad=1
fi

# What a release promised, today's headers keep.
for layout in "$root"/tests/abi/layout-*.h; do
    minor=$(basename "$layout" .h)
    minor=${minor#layout-}
    for m in $models; do
        try "today's headers against $minor $m" $cc $m -std=gnu11 \
            -ffreestanding -Werror -I"$sdk" -include "$layout" \
            -c "$root/tests/abi/layout.c" -o "$tmp/l.o"
        try "headers of $minor against $minor $m" $cc $m -std=gnu11 \
            -ffreestanding -Werror -I"$root/tests/abi/include-$minor" \
            -include "$layout" -c "$root/tests/abi/layout.c" -o "$tmp/l.o"
    done
done
exit $bad
