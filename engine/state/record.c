/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/record.c - the field tables of the records; see record.h */
#include "engine/state/record.h"

#include <stddef.h>

#include "engine/state/codec.h"

/* clang-format off */
#define ALWAYS 1
#define C(type, field, key) {key, offsetof(ppc_ctr_config, field), type, 0}
#define CA(type, field, key)                                                   \
    {key, offsetof(ppc_ctr_config, field), type, ALWAYS}
#define S(type, field, key) {key, offsetof(ppc_ctr_state, field), type, 0}
#define SA(type, field, key)                                                   \
    {key, offsetof(ppc_ctr_state, field), type, ALWAYS}
#define P(type, field, key) {key, offsetof(ppc_pod_config, field), type, 0}
#define PA(type, field, key)                                                   \
    {key, offsetof(ppc_pod_config, field), type, ALWAYS}
#define Q(type, field, key)                                                    \
    {key, offsetof(ppc_pod_state, field), type, ALWAYS}
#define END {NULL, 0, 0, 0}

static const ppc_field ctr_config[] = {
    CA(PPC_F_STR, id, "id"),
    CA(PPC_F_STR, name, "name"),
    C(PPC_F_STR, pod, "pod"),
    C(PPC_F_STR, nspace, "namespace"),
    C(PPC_F_STR, rootfs_image_id, "rootfsImageID"),
    C(PPC_F_STR, rootfs_image_name, "rootfsImageName"),
    C(PPC_F_STR, rootfs, "rootfs"),
    CA(PPC_F_STR, static_dir, "staticDir"),
    C(PPC_F_STR, shm_dir, "ShmDir"),
    CA(PPC_F_I64, shm_size, "shmSize"),
    C(PPC_F_STRV, mounts, "mounts"),
    CA(PPC_F_BOOL, privileged, "privileged"),
    C(PPC_F_STR, process_label, "ProcessLabel"),
    C(PPC_F_STR, mount_label, "MountLabel"),
    C(PPC_F_STR, user, "user"),
    C(PPC_F_STRV, groups, "groups"),
    C(PPC_F_STR, ns_ctr[PPC_NS_IPC], "ipcNsCtr"),
    C(PPC_F_STR, ns_ctr[PPC_NS_MNT], "mountNsCtr"),
    C(PPC_F_STR, ns_ctr[PPC_NS_NET], "netNsCtr"),
    C(PPC_F_STR, ns_ctr[PPC_NS_PID], "pidNsCtr"),
    C(PPC_F_STR, ns_ctr[PPC_NS_USER], "userNsCtr"),
    C(PPC_F_STR, ns_ctr[PPC_NS_UTS], "utsNsCtr"),
    C(PPC_F_STR, ns_ctr[PPC_NS_CGROUP], "cgroupNsCtr"),
    CA(PPC_F_STRV, dependencies, "Dependencies"),
    CA(PPC_F_BOOL, create_net_ns, "createNetNS"),
    C(PPC_F_STR, net_mode, "netMode"),
    C(PPC_F_ARR, port_mappings, "portMappings"),
    C(PPC_F_STRV, dns_server, "dnsServer"),
    C(PPC_F_STRV, dns_search, "dnsSearch"),
    C(PPC_F_STRV, dns_option, "dnsOption"),
    C(PPC_F_STRV, hosts_add, "hostsAdd"),
    C(PPC_F_STRV, networks, "networks"),
    C(PPC_F_OBJ, network_options, "networkOptions"),
    C(PPC_F_STRV, user_volumes, "userVolumes"),
    C(PPC_F_STRV, entrypoint, "entrypoint"),
    C(PPC_F_STRV, command, "command"),
    C(PPC_F_BOOL, stdin_open, "stdin"),
    C(PPC_F_BOOL, terminal, "terminal"),
    C(PPC_F_BOOL, auto_remove, "autoRemove"),
    C(PPC_F_OBJ, labels, "labels"),
    C(PPC_F_U32, stop_signal, "stopSignal"),
    C(PPC_F_I64, stop_timeout, "stopTimeout"),
    CA(PPC_F_TIME, created, "createdTime"),
    CA(PPC_F_STR, cgroup_parent, "cgroupParent"),
    C(PPC_F_STR, log_driver, "logDriver"),
    CA(PPC_F_STR, log_path, "logPath"),
    C(PPC_F_I64, log_size_max, "logSizeMax"),
    C(PPC_F_STR, conmon_pid_file, "conmonPidFile"),
    C(PPC_F_STRV, exit_command, "exitCommand"),
    CA(PPC_F_BOOL, is_infra, "pause"),
    C(PPC_F_STR, cid_file, "cidFile"),
    END
};

static const ppc_field ctr_state[] = {
    SA(PPC_F_I32, state, "state"),
    S(PPC_F_STR, config_path, "configPath"),
    S(PPC_F_STR, run_dir, "runDir"),
    S(PPC_F_BOOL, mounted, "mounted"),
    S(PPC_F_STR, mount_point, "mountPoint"),
    SA(PPC_F_TIME, started, "startedTime"),
    SA(PPC_F_TIME, finished, "finishedTime"),
    S(PPC_F_I32, exit_code, "exitCode"),
    S(PPC_F_BOOL, exited, "exited"),
    S(PPC_F_BOOL, oom_killed, "oomKilled"),
    S(PPC_F_I64, pid, "pid"),
    S(PPC_F_I64, pid_start, "pidStart"),
    S(PPC_F_I64, conmon_pid, "conmonPid"),
    S(PPC_F_I64, conmon_start, "conmonStart"),
    S(PPC_F_OBJ, exec_sessions, "execSessions"),
    S(PPC_F_ARR, network_status, "networkResults"),
    S(PPC_F_OBJ, bind_mounts, "bindMounts"),
    S(PPC_F_STR, firewall, "firewall"),
    S(PPC_F_STR, net_driver, "netDriver"),
    END
};

static const ppc_field pod_config[] = {
    PA(PPC_F_STR, id, "id"),
    PA(PPC_F_STR, name, "name"),
    P(PPC_F_STR, nspace, "namespace"),
    PA(PPC_F_OBJ, labels, "labels"),
    PA(PPC_F_STR, cgroup_parent, "cgroupParent"),
    P(PPC_F_BOOL, shares_cgroup, "sharesCgroup"),
    P(PPC_F_BOOL, shares_pid, "sharesPid"),
    P(PPC_F_BOOL, shares_ipc, "sharesIpc"),
    P(PPC_F_BOOL, shares_net, "sharesNet"),
    P(PPC_F_BOOL, shares_mnt, "sharesMnt"),
    P(PPC_F_BOOL, shares_user, "sharesUser"),
    P(PPC_F_BOOL, shares_uts, "sharesUts"),
    PA(PPC_F_BOOL, has_infra, "infraConfig.makeInfraContainer"),
    PA(PPC_F_TIME, created, "created"),
    END
};

static const ppc_field pod_state[] = {
    Q(PPC_F_STR, cgroup_path, "cgroupPath"),
    Q(PPC_F_STR, infra_id, "InfraContainerID"),
    END
};
/* clang-format on */

/* encode, decode and free of one struct are the same but for its table */
#define DEFINE_CODEC(name, table)                                              \
    pp_json *name##_encode(const name *v)                                      \
    {                                                                          \
        return ppc_fields_encode(table, v);                                    \
    }                                                                          \
                                                                               \
    void name##_free(name *v)                                                  \
    {                                                                          \
        if (v)                                                                 \
            ppc_fields_clear(table, v);                                        \
        free(v);                                                               \
    }                                                                          \
                                                                               \
    int name##_decode(const pp_json *json, name **out, pp_err *err)            \
    {                                                                          \
        name *v = calloc(1, sizeof *v);                                        \
        int rc;                                                                \
                                                                               \
        if (!v)                                                                \
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for a record");      \
        rc = ppc_fields_decode(table, json, v, err);                           \
        if (rc < 0) {                                                          \
            name##_free(v);                                                    \
            return rc;                                                         \
        }                                                                      \
        *out = v;                                                              \
        return 0;                                                              \
    }                                                                          \
    struct ppc_need_semicolon_##name

DEFINE_CODEC(ppc_ctr_config, ctr_config);
DEFINE_CODEC(ppc_ctr_state, ctr_state);
DEFINE_CODEC(ppc_pod_config, pod_config);
DEFINE_CODEC(ppc_pod_state, pod_state);

const char *
ppc_ctr_state_name(int32_t state)
{
    switch (state) {
    case PPC_CTR_UNKNOWN:
        return "unknown";
    case PPC_CTR_CONFIGURED:
        return "configured";
    case PPC_CTR_CREATED:
        return "created";
    case PPC_CTR_RUNNING:
        return "running";
    case PPC_CTR_PAUSED:
        return "paused";
    case PPC_CTR_STOPPED:
    case PPC_CTR_EXITED:
        return "exited";
    case PPC_CTR_REMOVING:
        return "removing";
    default:
        return "bad state";
    }
}

ppc_ctr *
ppc_ctr_new(void)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->valid = true;
    c->config = calloc(1, sizeof *c->config);
    c->state = calloc(1, sizeof *c->state);
    if (!c->config || !c->state)
        return NULL;
    return pp_steal(&c);
}

void
ppc_ctr_free(ppc_ctr *c)
{
    if (!c)
        return;
    ppc_ctr_config_free(c->config);
    ppc_ctr_state_free(c->state);
    free(c->netns);
    free(c->intent);
    free(c);
}

void
ppc_ctrs_free(ppc_ctr **list)
{
    size_t i;

    for (i = 0; list && list[i]; i++)
        ppc_ctr_free(list[i]);
    free(list);
}

ppc_pod *
ppc_pod_new(void)
{
    PP_AUTO(ppc_pod_free) ppc_pod *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->valid = true;
    p->config = calloc(1, sizeof *p->config);
    p->state = calloc(1, sizeof *p->state);
    if (!p->config || !p->state)
        return NULL;
    return pp_steal(&p);
}

void
ppc_pod_free(ppc_pod *p)
{
    if (!p)
        return;
    ppc_pod_config_free(p->config);
    ppc_pod_state_free(p->state);
    free(p);
}

void
ppc_pods_free(ppc_pod **list)
{
    size_t i;

    for (i = 0; list && list[i]; i++)
        ppc_pod_free(list[i]);
    free(list);
}
