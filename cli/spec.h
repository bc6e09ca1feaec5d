/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/spec.h - the flags of run and create as a pp_container_spec
 */
#ifndef CLI_SPEC_H
#define CLI_SPEC_H

#include "cmd.h"

typedef struct cli_spec_values {
    bool rootfs;
    bool privileged;
    bool read_only;
    bool remove;
    char *name;
    char *nspace;
    char *hostname;
    char *workdir;
    char *user;
    char *ip;
    char *ip6;
    char *mac;
    char *entrypoint;
    char *cgroup_parent;
    char *log_driver;
    char *conmon_pidfile;
    char *cidfile;
    char *cpus;
    char *stop_signal;
    int64_t memory;
    int64_t pids_limit;
    int64_t stop_timeout;
    cli_list env;
    cli_list env_files;
    cli_list labels;
    cli_list volumes;
    cli_list tmpfs;
    cli_list networks;
    cli_list aliases;
    cli_list publish;
    cli_list dns;
    cli_list add_host;
    cli_list cap_add;
    cli_list cap_drop;
    cli_list ulimits;
    cli_list log_opts;
} cli_spec_values;

#define CLI_SPEC_ROW(name, letter, kind, field, arg, help)                     \
    {                                                                          \
        name, letter, kind, offsetof(cli_spec_values, field), arg, NULL, help  \
    }

/* Rows for a struct whose first member is a cli_spec_values. */
/* clang-format off */
#define CLI_SPEC_FLAGS                                                         \
    CLI_SPEC_ROW("add-host", 0, CLI_CSV, add_host, "NAME:IP",                  \
                 "Add a line to /etc/hosts"),                                  \
    CLI_SPEC_ROW("cap-add", 0, CLI_CSV, cap_add, "CAP",                        \
                 "Add a capability, or ALL"),                                  \
    CLI_SPEC_ROW("cap-drop", 0, CLI_CSV, cap_drop, "CAP",                      \
                 "Drop a capability, or ALL"),                                 \
    CLI_SPEC_ROW("cgroup-parent", 0, CLI_STR, cgroup_parent, "PATH",           \
                 "Make the cgroup under this one"),                            \
    CLI_SPEC_ROW("cidfile", 0, CLI_STR, cidfile, "FILE",                       \
                 "Write the ID to a new file"),                                \
    CLI_SPEC_ROW("conmon-pidfile", 0, CLI_STR, conmon_pidfile, "FILE",         \
                 "Where conmon writes its process ID"),                        \
    CLI_SPEC_ROW("cpus", 0, CLI_STR, cpus, "N",                                \
                 "Processors it may use, such as 1.5"),                        \
    CLI_SPEC_ROW("dns", 0, CLI_CSV, dns, "IP",                                 \
                 "Name server; none: no resolv.conf"),                         \
    CLI_SPEC_ROW("entrypoint", 0, CLI_STR, entrypoint, "COMMAND",              \
                 "Words before the command: text or a JSON array"),            \
    CLI_SPEC_ROW("env", 'e', CLI_LIST, env, "NAME[=VALUE]",                    \
                 "Environment variable; without = taken from here"),           \
    CLI_SPEC_ROW("env-file", 0, CLI_LIST, env_files, "FILE",                   \
                 "Environment variables, one a line"),                         \
    CLI_SPEC_ROW("hostname", 'h', CLI_STR, hostname, "NAME",                   \
                 "Host name inside"),                                          \
    CLI_SPEC_ROW("ip", 0, CLI_STR, ip, "ADDRESS",                              \
                 "IPv4 address on its network"),                               \
    CLI_SPEC_ROW("ip6", 0, CLI_STR, ip6, "ADDRESS",                            \
                 "IPv6 address on its network"),                               \
    CLI_SPEC_ROW("mac-address", 0, CLI_STR, mac, "ADDRESS",                    \
                 "MAC address on its network"),                                \
    CLI_SPEC_ROW("label", 'l', CLI_LIST, labels, "KEY=VALUE",                  \
                 "Label to find it by"),                                       \
    CLI_SPEC_ROW("log-driver", 0, CLI_STR, log_driver, "NAME",                 \
                 "k8s-file or none"),                                          \
    CLI_SPEC_ROW("log-opt", 0, CLI_LIST, log_opts, "KEY=VALUE",                \
                 "path=FILE or max-size=SIZE"),                                \
    CLI_SPEC_ROW("memory", 'm', CLI_SIZE, memory, "SIZE",                      \
                 "Memory limit, such as 512m; 0: none"),                       \
    CLI_SPEC_ROW("name", 0, CLI_STR, name, "NAME",                             \
                 "Name; made up if not given"),                                \
    CLI_SPEC_ROW("namespace", 0, CLI_STR, nspace, "NAME",                      \
                 "Namespace the container belongs to"),                        \
    CLI_SPEC_ROW("network", 0, CLI_LIST, networks, "NETWORK",                  \
                 "bridge, none, host, container:NAME, ns:PATH or a network "   \
                 "with :ip=,mac=,interface_name=,alias= (may be repeated)"),   \
    CLI_SPEC_ROW("network-alias", 0, CLI_CSV, aliases, "NAME",                 \
                 "Another name on its networks"),                              \
    CLI_SPEC_ROW("pids-limit", 0, CLI_INT, pids_limit, "N",                    \
                 "Processes it may have; -1 or 0: no limit"),                  \
    CLI_SPEC_ROW("privileged", 0, CLI_BOOL, privileged, NULL,                  \
                 "All capabilities and devices, no confinement"),              \
    CLI_SPEC_ROW("publish", 'p', CLI_CSV, publish, "[[IP:]HOST:]PORT[/PROTO]", \
                 "Make a port reachable from the host"),                       \
    CLI_SPEC_ROW("read-only", 0, CLI_BOOL, read_only, NULL,                    \
                 "Root file system is read-only"),                             \
    CLI_SPEC_ROW("rm", 0, CLI_BOOL, remove, NULL,                              \
                 "Remove the container when it ends"),                         \
    CLI_SPEC_ROW("rootfs", 0, CLI_BOOL, rootfs, NULL,                          \
                 "The first argument is a root file system"),                  \
    CLI_SPEC_ROW("stop-signal", 0, CLI_STR, stop_signal, "SIGNAL",             \
                 "Signal that stops it: a name or number"),                    \
    CLI_SPEC_ROW("stop-timeout", 0, CLI_INT, stop_timeout, "SECONDS",          \
                 "Time between that signal and SIGKILL"),                      \
    CLI_SPEC_ROW("tmpfs", 0, CLI_LIST, tmpfs, "DIR[:OPTIONS]",                 \
                 "Mount an empty file system in memory"),                      \
    CLI_SPEC_ROW("ulimit", 0, CLI_CSV, ulimits, "NAME=SOFT[:HARD]",            \
                 "Resource limit"),                                            \
    CLI_SPEC_ROW("user", 'u', CLI_STR, user, "USER[:GROUP]",                   \
                 "User and group, names or numbers"),                          \
    CLI_SPEC_ROW("volume", 'v', CLI_LIST, volumes, "SRC:DST[:OPTIONS]",        \
                 "Mount a folder or file of the host"),                        \
    CLI_SPEC_ROW("workdir", 'w', CLI_STR, workdir, "DIR",                      \
                 "Working directory inside")
/* clang-format on */

/* Flags of the reference's run and create that are not there yet. */
extern const cli_todo cli_spec_todo[];

/* A spec with what it owns; the rest is borrowed from values and args. */
typedef struct cli_spec {
    pp_container_spec spec;
    cli_list env;
    cli_list labels;
    cli_list volumes;
    cli_list entrypoint;
    cli_list log_opts;
    char *rootfs;
    char *conmon_pidfile;
} cli_spec;

/*
 * returns  0 | -PP_E_INVAL | -PP_E_IO (--env-file)
 */
int cli_spec_build(const cli_spec_values *values, const cli_args *args,
                   cli_spec *out, pp_err *err);
void cli_spec_clear(cli_spec *spec);

#endif
