/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/table.c - every key of the engine: type, default, range, help
 *
 * Validation, origins, the default file, "config explain", completion and
 * polypod.conf(5) follow this table; a test holds the page against it.
 * Defaults are written as they would stand in a file, a list's with one
 * entry to a line.
 */
#include "core/config/table.h"

#define HOOKS "/usr/share/containers/oci/hooks.d\n/etc/containers/oci/hooks.d"

#define RUNTIMES                                                               \
    "/usr/sbin/runc\n/usr/bin/runc\n/sbin/runc\n/bin/runc\n"                   \
    "/usr/lib/cri-o-runc/sbin/runc\n/usr/bin/crun\n/usr/local/bin/crun"

#define CONMONS                                                                \
    "/usr/bin/conmon\n/usr/libexec/podman/conmon\n"                            \
    "/usr/libexec/crio/conmon\n/usr/local/libexec/crio/conmon\n"               \
    "/usr/sbin/conmon\n/usr/lib/podman/bin/conmon\n"                           \
    "/usr/lib/crio/bin/conmon"

#define PATH_ENV                                                               \
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define ROW(sec, key, ty, dflt, lim, opt, rule, text)                          \
    {                                                                          \
        .pub = {.section = sec,                                                \
                .name = key,                                                   \
                .type = PP_KEY_##ty,                                           \
                .def = dflt,                                                   \
                .range = lim,                                                  \
                .help = text,                                                  \
                .option = opt},                                                \
        .rules = rule                                                          \
    }

/* clang-format off */
const ppc_key ppc_key_table[] = {
    ROW("engine", "runtime_path", LIST, RUNTIMES, "path", "WithOCIRuntime", 0,
        "OCI runtimes to look for; the first that is there is used"),
    ROW("engine", "conmon_path", LIST, CONMONS, "path", "WithConmonPath", 0,
        "container monitors to look for; the first that is there is used"),
    ROW("engine", "conmon_env_vars", LIST, PATH_ENV, "env", "WithConmonEnv", 0,
        "the whole environment of the monitor, NAME=VALUE"),
    {.pub = {.section = "engine", .name = "cgroup_manager",
             .type = PP_KEY_ENUM, .def_rootless = "cgroupfs",
             .range = "cgroupfs|systemd", .option = "WithCgroupManager",
             .help = "who makes control groups; by default systemd where it "
                     "is running, else cgroupfs"},
     .rules = PPC_RULE_NONEMPTY},
    ROW("engine", "static_dir", PATH, NULL, NULL, "WithStaticDir",
        PPC_RULE_NONEMPTY,
        "folder of the state store; by default static below graph_root"),
    ROW("engine", "tmp_dir", PATH, NULL, NULL, "WithTmpDir",
        PPC_RULE_NONEMPTY,
        "folder that a reboot must empty, for locks and sockets; by default "
        "tmp below run_root"),
    ROW("engine", "max_log_size", SIZE, "-1", "-1..", "WithMaxLogSize", 0,
        "bytes to keep of a container's log; -1 is no limit"),
    ROW("engine", "no_pivot_root", BOOL, "no", NULL, "WithNoPivotRoot", 0,
        "have the OCI runtime enter the root folder without pivot_root"),
    ROW("engine", "hooks_dir", LIST, HOOKS, "path", "WithHooksDir", 0,
        "folders of OCI hooks, in rising precedence"),
    ROW("engine", "hooks_dir_not_exist_fatal", BOOL, "no", NULL, NULL, 0,
        "refuse to start a container when a folder of hooks_dir is missing"),
    ROW("engine", "default_mounts_file", PATH, "", NULL,
        "WithDefaultMountsFile", PPC_RULE_EMPTY | PPC_RULE_OPT_NONEMPTY,
        "file that lists mounts every container gets"),
    ROW("engine", "image_default_transport", STRING, "docker://", NULL,
        "WithDefaultTransport", 0,
        "transport put before an image name that has none"),
    ROW("engine", "signature_policy_path", PATH, "", NULL,
        "WithSignaturePolicy", PPC_RULE_EMPTY,
        "image signature policy; empty is the image tools' own"),
    ROW("engine", "namespace", STRING, "", NULL, "WithNamespace", 0,
        "name scope of containers and pods this engine sees; empty is all"),
    ROW("engine", "infra_image", STRING, "k8s.gcr.io/pause:3.1", NULL,
        "WithDefaultInfraImage", 0,
        "image of the container that holds a pod's namespaces"),
    ROW("engine", "infra_command", STRING, "/pause", NULL,
        "WithDefaultInfraCommand", 0,
        "command of that container, one word"),
    ROW("engine", "enable_port_reservation", BOOL, "yes", NULL, NULL, 0,
        "hold a container's host ports open so that nothing else takes them"),
    ROW("engine", "label", BOOL, "yes", NULL, NULL, 0,
        "label containers for SELinux"),
    ROW("engine", "plugin_dirs", LIST, "", "path", NULL, 0,
        "folders of plugins besides the built-in one, which comes first"),
    ROW("engine", "lock_timeout", DURATION, "30s", "0..24h", NULL, 0,
        "how long to wait for a container's lock or for the store"),
    ROW("storage", "driver", STRING, "", NULL, "WithStorageConfig", 0,
        "storage driver; empty is chosen by what the host can do"),
    {.pub = {.section = "storage", .name = "graph_root", .type = PP_KEY_PATH,
             .def = "/var/lib/polypod",
             .def_rootless = "$XDG_DATA_HOME/polypod",
             .option = "WithStorageConfig",
             .help = "folder of images and containers"},
     .rules = PPC_RULE_NONEMPTY},
    {.pub = {.section = "storage", .name = "run_root", .type = PP_KEY_PATH,
             .def = "/run/polypod",
             .def_rootless = "$XDG_RUNTIME_DIR/polypod",
             .option = "WithStorageConfig",
             .help = "folder of what a reboot may lose"},
     .rules = PPC_RULE_NONEMPTY},
    ROW("storage", "options", LIST, "", NULL, "WithStorageConfig", 0,
        "options of the storage driver, DRIVER.NAME=VALUE"),
    ROW("state", "driver", STRING, "bdb", NULL, "WithStateType",
        PPC_RULE_NAME,
        "plugin that keeps containers and pods: state-NAME"),
    ROW("state", "timeout", DURATION, "10s", "0..1h", NULL, 0,
        "how long one operation may wait for the state store"),
    ROW("firewall", "driver", STRING, "auto", NULL, NULL, PPC_RULE_NAME,
        "plugin that makes firewall rules: fw-NAME; auto probes for the "
        "best"),
    ROW("network", "driver", STRING, "cni", NULL, NULL, PPC_RULE_NAME,
        "plugin that connects containers: net-NAME"),
};
/* clang-format on */

const size_t ppc_key_table_len = sizeof ppc_key_table / sizeof ppc_key_table[0];
