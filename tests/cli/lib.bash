# SPDX-License-Identifier: LGPL-2.1-or-later
# lib.bash - a polypod that touches nothing but a folder of its own

setup() {
    : "${POLYPOD:?the command to test}"
    T=$(mktemp -d "${BATS_TMPDIR:-/tmp}/polypod-cli.XXXXXX")
    : >"$T/polypod.conf"
}

teardown() {
    rm -rf -- "$T"
}

# polypod ARG...: with its own configuration and folders
polypod() {
    "$POLYPOD" --config "$T/polypod.conf" --root "$T/root" \
        --runroot "$T/run" --tmpdir "$T/tmp" --firewall none \
        --plugin-dir "$POLYPOD_PLUGINS" "$@"
}

# fails CODE TEXT COMMAND...: that exit code, TEXT somewhere in the output
fails() {
    local code=$1 text=$2
    shift 2
    run "$@"
    [ "$status" -eq "$code" ] && [[ $output == *"$text"* ]] && return
    printf 'exit %s, wanted %s with "%s":\n%s\n' "$status" "$code" "$text" \
        "$output"
    return 1
}
