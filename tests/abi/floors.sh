#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# floors.sh ROOT - no #include runs up or sideways between the floors
#
# Floors, highest first: cli, engine, core, plugins/NAME, sdk.  A file may
# include from its own floor's folder or a floor below; a plugin only the
# SDK's headers and its own folder, a network plugin <netconf/...> besides.
set -u
cd "$1" || exit 2
bad=0

complain() {
    echo "$file:$line: $1"
    bad=1
}

# The folder that <polypod/X> is found in: public, sdk or none.
owner_of() {
    if [ -e "include/$1" ]; then
        echo public
    elif [ -e "sdk/include/$1" ]; then
        echo sdk
    else
        echo none
    fi
}

# "X" in a file that may only name its own folder.
own_folder_only() {
    case $2 in
    ../* | */../*) complain "\"$2\" leaves its folder" ;;
    *) [ -e "$(dirname "$1")/$2" ] || [ -e "$3/$2" ] ||
        complain "\"$2\" is not in $3" ;;
    esac
}

check_quoted() {
    case $file in
    cli/*)
        case $1 in
        cli/*) ;;
        *) own_folder_only "$file" "$1" cli ;;
        esac ;;
    engine/*)
        case $1 in
        engine/* | core/*) ;;
        *) complain "\"$1\" is not below core or engine" ;;
        esac ;;
    core/util/*)
        case $1 in
        core/util/*) ;;
        *) complain "\"$1\": core/util uses core/util only" ;;
        esac ;;
    core/*)
        case $1 in
        core/*) ;;
        *) complain "\"$1\" is not below core" ;;
        esac ;;
    plugins/*/*) own_folder_only "$file" "$1" \
        "$(echo "$file" | cut -d/ -f1,2)" ;;
    sdk/include/* | include/*) complain "\"$1\": write <polypod/...>" ;;
    sdk/*) own_folder_only "$file" "$1" "$(echo "$file" | cut -d/ -f1,2)" ;;
    esac
}

check_public() {
    owner=$(owner_of "$1")
    [ "$owner" != none ] || complain "<$1> does not exist"
    case $file in
    cli/*) [ "$owner" = public ] || complain "<$1> is not of include/polypod" ;;
    plugins/* | sdk/*) [ "$owner" = sdk ] || complain "<$1> is not of the SDK" ;;
    esac
}

# Libraries that one room only knows.
check_library() {
    case $1 in
    netconf/*)
        case $file in
        plugins/net-*) ;;
        *) complain "<$1> is for network plugins" ;;
        esac ;;
    state-*/* | fw-*/* | net-*/*)
        complain "<$1>: a plugin uses no other one's folder" ;;
    esac
    case $file in
    plugins/*) return ;;
    esac
    case $1 in
    ltdl.h | libltdl/*) [ "$file" = core/plugin/dl.c ] ||
        complain "<$1> belongs to core/plugin/dl.c" ;;
    json-c/* | json.h) [ "$file" = engine/json.c ] ||
        complain "<$1> belongs to engine/json.c" ;;
    ini.h | inih/*)
        case $file in
        core/config/*) ;;
        *) complain "<$1> belongs to core/config" ;;
        esac ;;
    esac
}

list=$(mktemp) || exit 2
trap 'rm -f "$list"' EXIT
for dir in cli engine core plugins sdk include; do
    [ -d "$dir" ] || continue
    find "$dir" -name '*.[ch]' -exec grep -Hn '^[[:space:]]*#[[:space:]]*include' {} +
done >"$list"
[ -s "$list" ] || { echo "no #include found below $1"; exit 1; }
while IFS= read -r row; do
    file=${row%%:*}
    rest=${row#*:}
    line=${rest%%:*}
    case $rest in
    *include*\"*)
        name=${rest#*\"}
        check_quoted "${name%%\"*}" ;;
    *include*\<*)
        name=${rest#*<}
        name=${name%%>*}
        case $name in
        polypod/*) check_public "$name" ;;
        *) check_library "$name" ;;
        esac ;;
    esac
done <"$list"
exit $bad
