#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# wrong command lines: one line that says what, and the right exit code

load lib

@test "unknown flags" {
    fails 125 "Error: unknown flag: --fromat (did you mean --format?)" \
        "$POLYPOD" ps --fromat x
    [[ ${lines[1]} == "See 'polypod ps --help'" ]]
    fails 125 "unknown flag: --zzzzz" "$POLYPOD" --zzzzz ps
    fails 125 "unknown shorthand flag: 'z' in -az" "$POLYPOD" ps -az
}

@test "flags of the reference that are not there yet say so" {
    for f in interactive tty init restart pod security-opt device pull; do
        fails 125 "flag --$f is not implemented yet" "$POLYPOD" run "--$f" x
    done
    fails 125 "flag --interactive is not implemented yet" \
        "$POLYPOD" run -it --rootfs /
    fails 125 "flag --tty is not implemented yet" "$POLYPOD" create -t x
    fails 125 "flag --interactive is not implemented yet" \
        "$POLYPOD" start -i x
    fails 125 "flag --watch is not implemented yet" "$POLYPOD" ps -w 2
}

@test "images are not supported yet" {
    fails 125 'images are not supported yet' polypod run alpine true
    [[ $output == *"--rootfs DIR"* ]]
    fails 125 'images are not supported yet' polypod create alpine
    fails 125 "requires at least 1 arg" polypod run
}

@test "wrong values" {
    fails 125 'invalid argument "x" for "-m, --memory" flag' \
        polypod run -m x --rootfs /
    fails 125 '--cpus "many"' polypod run --cpus many --rootfs /
    fails 125 '--stop-signal "FOO"' polypod run --stop-signal FOO --rootfs /
    fails 125 '--pids-limit' polypod run --pids-limit=-2 --rootfs /
    fails 125 'invalid environment variable: "=x"' \
        polypod run -e =x --rootfs /
    fails 125 'cannot open environment file' \
        polypod run --env-file "$T/none" --rootfs /
    fails 125 'flag needs an argument: --name' polypod run --name
    fails 125 'invalid label' polypod run -l =x --rootfs /
    fails 125 'item 2 of the array is no string' \
        polypod run --entrypoint '["a",1]' --rootfs /
}

@test "wrong numbers of arguments" {
    fails 125 'takes no arguments, received "x"' polypod ps x
    fails 125 'at most 1 arg' polypod config default a b
    for c in start stop kill rm wait inspect logs; do
        fails 125 "you must provide at least one name or id" polypod "$c"
    done
    fails 125 "no arguments are needed with --all" polypod stop -a x
    fails 125 "cannot be used together" polypod rm -a -l
}

@test "templates and filters are looked at before the engine" {
    fails 125 'template: 1:3: function "nope" not defined' \
        polypod ps --format '{{nope}}'
    fails 125 'invalid filter "nmae" (did you mean "name"?)' \
        polypod ps -f nmae=x
    fails 125 'not of the form KEY=VALUE' polypod ps -f name
    fails 125 'mutually exclusive' polypod ps -l -n 2
    fails 125 '--signal "NOPE"' polypod kill -s NOPE x
    fails 125 '--time: must not be negative' polypod stop -t -1 x
    fails 125 '--since "soon"' polypod logs --since soon x
    fails 125 '--type "image" is not supported yet' \
        polypod inspect --type image x
    fails 125 'log level "loud"' polypod --log-level loud ps
}

@test "the state driver memory keeps nothing for later" {
    fails 125 'cannot run a detached container' \
        polypod --state memory run -d --rootfs / true
    fails 125 'cannot keep a created container' \
        polypod --state memory create --rootfs / true
    fails 125 'cannot start a container' polypod --state memory start x
}
