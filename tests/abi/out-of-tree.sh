#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# out-of-tree.sh SOURCE BUILD ABI-LOAD - a plugin is built from the installed
# SDK alone, by CMake and by pkg-config, and the engine takes it
set -eu
source=$1
build=$2
load=$3
umask 022
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
prefix=$tmp/prefix

fail() {
    echo "$*"
    exit 1
}

option() { # NAME: its value in the build's cache
    sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"
}

cmake --install "$build" --prefix "$prefix" >/dev/null
libdir=$prefix/$(option CMAKE_INSTALL_LIBDIR)
plugins=$libdir/polypod/plugins

# A copy: the SDK's own tree is not in reach, only what was installed.
copy() {
    cp -r "$prefix/share/polypod/template" "$tmp/$1"
    cd "$tmp/$1"
}

check() { # WHAT FILE
    got=$(nm -D --defined-only "$2" | awk '{ print $NF }' | grep -v '^__odr')
    [ "$got" = pp_plugin_v1 ] || fail "$1: exports $got"
    readelf -d "$2" | grep NEEDED | grep -i -e polypod -e ltdl &&
        fail "$1: links to the engine"
    out=$("$load" state-example "$(dirname "$2")") || fail "$1: not loaded"
    [ "$out" = "$2" ] || fail "$1: loaded $out"
}

# CMake, into the folder that the package names
copy with-cmake
cmake -B build -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_INSTALL_PREFIX="$prefix" \
    >log 2>&1 || fail "cmake: $(cat log)"
cmake --build build >log 2>&1 || fail "cmake --build: $(cat log)"
grep -i warning log && fail "cmake: warnings"
(PATH=$prefix/bin:$PATH ctest --test-dir build --output-on-failure) >log 2>&1 ||
    fail "cmake: conformance: $(cat log)"
cmake --install build >log 2>&1 || fail "cmake --install: $(cat log)"
check cmake "$plugins/state-example.so"
rm "$plugins/state-example.so"

# pkg-config and make, under a DESTDIR
copy with-make
export PKG_CONFIG_PATH=$libdir/pkgconfig
[ -z "$(pkg-config --libs polypod-plugin)" ] || fail "pkg-config: has Libs"
[ "$(pkg-config --variable=abi_major polypod-plugin)" = 1 ] ||
    fail "pkg-config: abi_major"
pkg-config --variable=abi_minor polypod-plugin | grep -q '^[0-9][0-9]*$' ||
    fail "pkg-config: abi_minor"
dir=$(pkg-config --variable=plugindir polypod-plugin)
[ "$(realpath -m "$dir")" = "$plugins" ] || fail "pkg-config: plugindir $dir"
make >log 2>&1 || fail "make: $(cat log)"
grep -i warning log && fail "make: warnings"
make install DESTDIR="$tmp/dest" >log 2>&1 || fail "make install: $(cat log)"
check make "$(realpath -m "$tmp/dest/$dir")/state-example.so"

# The engine finds the plugins beside itself, wherever it was installed to.
# abi-load holds the loader, so its own place stands for the library's.
cp "$load" "$libdir/abi-load"
cp "$tmp/with-make/state-example.so" "$plugins/"
out=$("$libdir/abi-load" state-example) || fail "relocated: not loaded"
[ "$out" = "$plugins/state-example.so" ] || fail "relocated: loaded $out"

# What is not installed is named with its package and where it was sought.
out=$("$libdir/abi-load" state-absent 2>&1) && fail "absent: loaded"
case $out in
*polypod-state-absent*"$plugins"*) ;;
*) fail "absent: $out" ;;
esac
