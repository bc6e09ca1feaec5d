#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# verify.sh UNIT PROGRAM - systemd understands all of the unit, and the
# program all of its commands.
set -eu
command -v systemd-analyze >/dev/null || { echo "no systemd-analyze"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# the program where it is before it is installed; services that are not here
# are no fault of ours
sed "s|^\(Exec[A-Za-z]*=\)[^ ]*/polypod |\1$2 |" "$1" >"$dir/${1##*/}"
SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no --recursive-errors=no \
    "$dir/${1##*/}" 2>&1 | grep -F "${1##*/}" | tee "$dir/faults" || true
[ ! -s "$dir/faults" ]
sed -n 's/^Exec[A-Za-z]*=[^ ]* //p' "$1" | sort -u | while read -r words; do
    # shellcheck disable=SC2086
    "$2" $words --help >/dev/null
done
