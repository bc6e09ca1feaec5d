#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# help, version, manual pages and completion come from one table

load lib

commands='config container create firewall info inspect kill logs network plugin
ps rm run start stop version wait'

@test "without a command: help, and 125" {
    fails 125 "Error: missing command" "$POLYPOD"
    [[ $output == *"Usage:"* ]]
}

@test "--help shows every command and succeeds" {
    fails 0 "Usage:" "$POLYPOD" --help
    for c in $commands; do
        [[ $output == *"  $c "* ]]
    done
}

@test "every command has help, said three ways" {
    for c in $commands; do
        fails 0 "polypod $c" "$POLYPOD" "$c" --help
        long=$output
        fails 0 "Usage:" "$POLYPOD" help "$c"
        [ "$long" = "$output" ]
        [ "$c" = run ] || [ "$c" = create ] ||
            fails 0 "Usage:" "$POLYPOD" "$c" -h
    done
}

@test "help lines fit 80 columns where they have no flags" {
    "$POLYPOD" --help | awk 'length > 80 { print; bad = 1 } END { exit bad }'
}

@test "groups have help for their commands" {
    fails 0 "polypod container cleanup" "$POLYPOD" container cleanup --help
    fails 0 "Usage:" "$POLYPOD" help plugin inspect
    fails 125 "missing command" "$POLYPOD" config
    fails 0 "polypod state quarantine restore" \
        "$POLYPOD" help state quarantine restore
    fails 0 "restore" "$POLYPOD" state quarantine --help
    fails 125 "missing command 'polypod state quarantine" \
        "$POLYPOD" state quarantine
    fails 125 'did you mean "restore"' "$POLYPOD" state quarantine restor
}

@test "help goes to standard output, errors to standard error" {
    [ -z "$("$POLYPOD" ps --help 2>&1 >/dev/null)" ]
    [ -z "$("$POLYPOD" ps --nope 2>/dev/null)" ]
}

@test "an unknown command names the nearest" {
    fails 125 'unrecognized command "polypod inspekt" (did you mean "inspect"?)' \
        "$POLYPOD" inspekt
    fails 125 'unrecognized command "polypod zzz"' "$POLYPOD" help zzz
    fails 125 'did you mean "cleanup"' "$POLYPOD" container claenup
}

@test "version" {
    fails 0 "polypod version " "$POLYPOD" --version
    v=${output#polypod version }
    fails 0 "$v" "$POLYPOD" version --format '{{.Client.Version}}'
    [ "$output" = "$v" ]
    fails 0 "Client:       Polypod Engine" "$POLYPOD" version
    "$POLYPOD" version -f json | jq -e .Client.OsArch
}

@test "a full output device is a failure" {
    run sh -c '"$1" version >/dev/full' sh "$POLYPOD"
    [ "$status" -eq 125 ]
}

@test "no output has a colour" {
    "$POLYPOD" --help >"$T/out" 2>&1
    "$POLYPOD" ps --nope >>"$T/out" 2>&1 || true
    ! grep -q $'\033' "$T/out"
}

@test "each command has a manual page that names each of its flags" {
    for c in $commands; do
        page=$POLYPOD_DOCS/polypod-$c.1
        [ -s "$page" ]
        for f in $("$POLYPOD" "$c" --help | grep -o -- ' --[a-z-]*' |
            tr -d ' -' | sort -u); do
            tr -d '\\-' <"$page" | grep -q -- "$f"
        done
    done
}

@test "manual pages are clean" {
    [ -n "$MANDOC" ] || skip "mandoc is not installed"
    "$MANDOC" -T lint -W warning "$POLYPOD_DOCS"/*.1
}

complete_words() {
    bash -c '
        . "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _polypod
        printf "%s\n" "${COMPREPLY[@]}"' bash "$POLYPOD_COMPLETION" "$@"
}

@test "completion knows commands, flags and their values" {
    bash -n "$POLYPOD_COMPLETION"
    [ "$(complete_words polypod inf)" = info ]
    [ "$(complete_words polypod --root x con)" = "$(printf 'config\ncontainer')" ]
    [ "$(complete_words polypod ps --no-t)" = --no-trunc ]
    [ "$(complete_words polypod --state bdb container cle)" = cleanup ]
    [ "$(complete_words polypod container rm --fo)" = --force ]
    [ "$(complete_words polypod state quarantine re)" = restore ]
}
