#!/bin/sh
# SPDX-License-Identifier: MIT
# conformance.sh FILE.so - what every plugin of this kind must do
command -v polypod-plugin-test >/dev/null || {
    echo "polypod-plugin-test is not installed"
    exit 77
}
exec polypod-plugin-test "$1"
