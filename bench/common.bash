# SPDX-License-Identifier: LGPL-2.1-or-later
# common.bash - what all measurements share
#
# bench_begin "$@"        build, and run the script again in namespaces of
#                         its own; returns inside, with $work and the tools
# sample KEY LABEL VALUE  note one measured value; tools print the same form
# took KEY LABEL CMD...   note the microseconds of a command
# turns KEY RUNS WORD...  bench-timeit into the samples
# table KEY UNIT TITLE [FLOORS [more | above]]
#                         medians of the values of KEY, a row a label, with
#                         the ratio to each of the first FLOORS (1) labels;
#                         more: more is better, so the ratio is floor to row;
#                         above: also the difference to the first
# grid KEY UNIT TITLE     the same of labels "ROW|COLUMN", the ratio is the
#                         last column to the first
# podman_create COUNT     so many containers of it
# bench_podman            sets $pod to a podman of our own, or to nothing
#
# The environment may have BENCH_CMAKE and BENCH_JOBS, more words for cmake's
# two calls, and BENCH_TMP, a folder on the file system to measure (/var/tmp).
#
# All inside runs in mount, network and process namespaces of its own and in
# one folder, which is removed in the end.
set -euo pipefail
bench_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

bench_build() {
    local build=$bench_source/build/release
    "$bench_source/scripts/packages" build run test
    cmake -S "$bench_source" --preset release -G Ninja \
        -DPOLYPOD_BUILD_BENCH=ON ${BENCH_CMAKE-} >/dev/null
    cmake --build "$build" ${BENCH_JOBS-} | tail -n 1 >&2
    cmake --build "$build" ${BENCH_JOBS-} --target bench | tail -n 1 >&2
    cmake --install "$build" --prefix "$work/usr" >/dev/null
    # beside the library, where the loader looks for plugins first
    work_lib=$(dirname "$(find "$work/usr" -name libpolypod.so)")
    find "$build/bench" -maxdepth 1 -name 'bench-*' -type f -perm -100 \
        -exec cp {} "$work_lib/" \;
}

bench_begin() {
    if [ -z "${BENCH_WORK-}" ]; then
        [ "$(id -u)" = 0 ] || { echo "$0: needs root" >&2; exit 1; }
        work=$(mktemp -d "${BENCH_TMP:-/var/tmp}/polypod-bench.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        bench_build
        local code=0
        BENCH_WORK=$work unshare --mount --net --pid --fork --kill-child \
            --mount-proc --propagation private bash "$0" "$@" || code=$?
        exit $code
    fi
    work=$BENCH_WORK
    mount -t tmpfs -o mode=755 run /run
    mkdir -p /run/lock /run/netns /var/lib/cni
    mount -t tmpfs cni /var/lib/cni
    # podman's locks are one segment for the machine, of 2,048: a fresh one
    mount -t tmpfs shm /dev/shm
    ip link set lo up
    work_lib=$(dirname "$(find "$work/usr" -name libpolypod.so)")
    export PATH=$work/usr/bin:$work_lib:/usr/sbin:/sbin:$PATH
    export XTABLES_LOCKFILE=$work/xtables.lock TMPDIR=$work/tmp
    mkdir -p "$TMPDIR" "$work/cni"
    samples=$work/samples
    : >"$samples"
    printf '%s\n' "[network.cni]" "cni_config_dir = $work/cni" \
        >"$work/polypod.conf"
    bench_header
}

bench_header() {
    echo "# $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)," \
        "kernel $(uname -r), $(stat -f -c %T "$work"), $(date +%F)"
}

# What polypod stores is below DIR.
polypod_at() { # DIR
    echo "polypod --config $work/polypod.conf --root $1/root --runroot $1/run"
}

bench_podman() {
    local limits='["nofile=1024:1024", "nproc=1024:1024"]'
    pod=
    command -v podman >/dev/null || { echo "# no podman here"; return 0; }
    export CONTAINERS_CONF=$work/pod/containers.conf
    mkdir -p "$work/pod"
    # root without CAP_SYS_RESOURCE cannot give the limits it would give
    printf '[containers]\ndefault_ulimits = %s\n[network]\n' "$limits" \
        >"$CONTAINERS_CONF"
    printf 'network_backend = "cni"\nnetwork_config_dir = "%s"\n' \
        "$work/pod/net.d" >>"$CONTAINERS_CONF"
    pod="podman --runtime runc --cgroup-manager cgroupfs
        --events-backend file --root $work/pod/root --runroot $work/pod/run
        --storage-driver vfs --tmpdir $work/pod/tmp"
    pod=$(echo $pod)
    $pod info >/dev/null 2>&1 || { echo "# podman does not work"; pod=; }
    [ -z "$pod" ] || echo "# $($pod --version), runc, limits of 1024"
}

podman_create() { # COUNT
    [ -n "$pod" ] && [ "$1" -gt 0 ] || return 0
    local create="$pod create --network none --rootfs $work/rootfs true"
    seq "$1" | xargs -P "$(nproc)" -I{} \
        sh -c "$create >/dev/null 2>>$work/podman.log" && return
    echo "podman create failed: $(tail -n 1 "$work/podman.log")" >&2
    return 1
}

sample() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$samples"; }

took() { # KEY LABEL COMMAND...
    local key=$1 label=$2 start end
    shift 2
    start=${EPOCHREALTIME/./}
    "$@"
    end=${EPOCHREALTIME/./}
    sample "$key" "$label" $((end - start))
}

turns() { # KEY RUNS [-a] WORD...
    bench-timeit -k "$1" -n "$2" "${@:3}" >>"$samples"
}

# The one place where medians and ratios are made.
bench_awk='
function human(x) {
    if (x >= 1000) return sprintf("%.0f", x)
    if (x >= 100) return sprintf("%.1f", x)
    if (x >= 0.1) return sprintf("%.2f", x)
    return sprintf("%.2g", x)
}
function median(label,    n, i, k, t) {
    n = count[label]
    for (i = 2; i <= n; i++) {
        t = value[label, i]
        for (k = i - 1; k > 0 && value[label, k] > t; k--)
            value[label, k + 1] = value[label, k]
        value[label, k + 1] = t
    }
    if (!n) return 0
    k = int((n + 1) / 2)
    return n % 2 ? value[label, k] : (value[label, k] + value[label, k + 1]) / 2
}
function ratio(a, b) { return b ? human(a / b) : "-" }
BEGIN { FS = "\t" }
$1 == key {
    if (!($2 in count)) order[++labels] = $2
    value[$2, ++count[$2]] = $3
}
$1 == key ".kb" { kb[$2] = int($3); memory = 1 }
'

table() { # KEY UNIT TITLE [FLOORS [more | above]]
    printf '\n%s\n\n' "$3"
    awk -v key="$1" -v unit="$2" -v floors="${4:-1}" -v how="${5-}" \
        "$bench_awk"'
    END {
        printf "| %-38s | %12s | %21s |", "what", unit, "least to most"
        for (i = 1; i <= floors; i++) printf " %8s |", "to " i "."
        if (how == "above") printf " %9s |", "above 1."
        if (memory) printf " %8s |", "KB"
        printf "\n|---|---|---|"
        for (i = 0; i < floors + memory + (how == "above"); i++) printf "---|"
        print ""
        for (l = 1; l <= labels; l++) {
            name = order[l]
            m[l] = median(name)
            printf "| %-38s | %12s | %21s |", name, human(m[l]),
                human(value[name, 1]) " to " human(value[name, count[name]])
            for (i = 1; i <= floors; i++) {
                r = how == "more" ? ratio(m[i], m[l]) : ratio(m[l], m[i])
                printf " %8s |", (i > l) ? "" : r
            }
            if (how == "above") printf " %9.2f |", m[l] - m[1]
            if (memory) printf " %8s |", kb[name]
            print ""
        }
    }' "$samples"
}

grid() { # KEY UNIT TITLE
    printf '\n%s\n\n' "$3"
    awk -v key="$1" -v unit="$2" "$bench_awk"'
    END {
        for (l = 1; l <= labels; l++) {
            split(order[l], part, "|")
            if (!seen_row[part[1]]++) row[++rows] = part[1]
            if (!seen_col[part[2]]++) col[++cols] = part[2]
        }
        printf "| %-24s |", unit
        for (c = 1; c <= cols; c++) printf " %10s |", col[c]
        printf " last/first |\n|---|---|"
        for (c = 1; c <= cols; c++) printf "---|"
        print ""
        for (r = 1; r <= rows; r++) {
            printf "| %-24s |", row[r]
            for (c = 1; c <= cols; c++) {
                m = median(row[r] "|" col[c])
                if (c == 1) first = m
                printf " %10s |", count[row[r] "|" col[c]] ? human(m) : ""
            }
            printf " %10s |\n", ratio(m, first)
        }
    }' "$samples"
}
