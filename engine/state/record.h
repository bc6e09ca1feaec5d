/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/record.h - containers and pods as they are stored
 *
 * An object is an immutable config and a mutable state.  One table per
 * struct (record.c) maps fields to JSON keys, in both directions; unknown
 * keys are skipped, missing ones leave zero.  The JSON keys are those of the
 * reference where it has the field.
 *
 * Ownership  a record owns everything it points to.  Lists of strings are
 *            NULL-terminated or NULL.
 */
#ifndef ENGINE_STATE_RECORD_H
#define ENGINE_STATE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include <polypod/json.h>

#include "core/util/cleanup.h"

/* The numbers are stored: they never change. */
enum {
    PPC_CTR_UNKNOWN = 0,
    PPC_CTR_CONFIGURED = 1,
    PPC_CTR_CREATED = 2,
    PPC_CTR_RUNNING = 3,
    PPC_CTR_STOPPED = 4, /* shown as "exited" */
    PPC_CTR_PAUSED = 5,
    PPC_CTR_EXITED = 6,  /* stopped, and deleted from the OCI runtime */
    PPC_CTR_REMOVING = 7
};

/* "configured", "running", "exited", ...; "bad state" for other numbers */
const char *ppc_ctr_state_name(int32_t state);

/* Kernel namespaces a container may share with another: index of ns_ctr. */
enum {
    PPC_NS_IPC = 0,
    PPC_NS_MNT,
    PPC_NS_NET,
    PPC_NS_PID,
    PPC_NS_USER,
    PPC_NS_UTS,
    PPC_NS_CGROUP,
    PPC_NS_COUNT
};

typedef struct ppc_ctr_config {
    char *id;
    char *name;
    char *pod;    /* full pod ID, or NULL                                   */
    char *nspace; /* engine namespace, or NULL                              */
    char *rootfs_image_id;
    char *rootfs_image_name;
    char *rootfs; /* a folder                                               */
    char *static_dir;
    char *shm_dir;
    int64_t shm_size;
    char **mounts; /* to undo before the root file system                   */
    bool privileged;
    char *process_label;
    char *mount_label;
    char *user;
    char **groups;
    char *ns_ctr[PPC_NS_COUNT]; /* full IDs of the containers shared with   */
    char **dependencies;        /* generic, full IDs                        */
    bool create_net_ns;
    char *net_mode;         /* "bridge", "none", "host", "ns:PATH"          */
    pp_json *port_mappings; /* [{hostPort,containerPort,protocol,hostIP,
                                 range}]                                    */
    char **dns_server;
    char **dns_search;
    char **dns_option;
    char **hosts_add; /* "name:address"                                     */
    char **networks;
    pp_json *network_options; /* {NET: {"ips":[..],"mac":..,...}}           */
    char **user_volumes;
    char **entrypoint;
    char **command;
    bool stdin_open;
    bool terminal;
    bool auto_remove;
    pp_json *labels; /* {K: V}                                              */
    uint32_t stop_signal;
    int64_t stop_timeout; /* seconds                                        */
    int64_t created;      /* ns since the epoch                             */
    char *cgroup_parent;
    char *log_driver;
    char *log_path;
    int64_t log_size_max; /* -1: no limit                                   */
    char *conmon_pid_file;
    char **exit_command;
    bool is_infra;
    char *cid_file;
} ppc_ctr_config;

typedef struct ppc_ctr_state {
    int32_t state;
    char *config_path; /* the written OCI spec                              */
    char *run_dir;
    bool mounted;
    char *mount_point;
    int64_t started;  /* ns since the epoch; 0: never                       */
    int64_t finished; /* ns since the epoch; 0: never                       */
    int32_t exit_code;
    bool exited;
    bool oom_killed;
    int64_t pid;
    int64_t pid_start; /* start time of /proc/PID/stat, against reuse       */
    int64_t conmon_pid;
    int64_t conmon_start;
    pp_json *exec_sessions;  /* {ID: {id,command,pid}}                      */
    pp_json *network_status; /* [{network,ifname,result,cookie,...}]        */
    pp_json *bind_mounts;    /* {path in container: path on host}           */
    char *firewall;          /* driver whose rules are in force             */
    char *net_driver;        /* network plugin that made the attachments    */
} ppc_ctr_state;

typedef struct ppc_pod_config {
    char *id;
    char *name;
    char *nspace;
    pp_json *labels;
    char *cgroup_parent;
    bool shares_cgroup;
    bool shares_pid;
    bool shares_ipc;
    bool shares_net;
    bool shares_mnt;
    bool shares_user;
    bool shares_uts;
    bool has_infra;
    int64_t created;
} ppc_pod_config;

typedef struct ppc_pod_state {
    char *cgroup_path;
    char *infra_id;
} ppc_pod_state;

/*
 * A handle.  valid belongs to the handle, not to the stored object: the
 * store clears it when it finds that the object is gone.
 */
typedef struct ppc_ctr {
    bool valid;
    ppc_ctr_config *config; /* NULL only in a handle that was never stored  */
    ppc_ctr_state *state;
    char *netns;  /* path of its network namespace, or NULL; own key        */
    char *intent; /* operation in flight, or NULL; own key                  */
} ppc_ctr;

typedef struct ppc_pod {
    bool valid;
    ppc_pod_config *config;
    ppc_pod_state *state;
} ppc_pod;

/* An empty, valid handle with config and state; NULL when out of memory. */
ppc_ctr *ppc_ctr_new(void);
void ppc_ctr_free(ppc_ctr *c);
void ppc_ctrs_free(ppc_ctr **list); /* NULL-terminated */
ppc_pod *ppc_pod_new(void);
void ppc_pod_free(ppc_pod *p);
void ppc_pods_free(ppc_pod **list);

PP_DEFINE_CLEANUP(ppc_ctr *, ppc_ctr_free);
PP_DEFINE_CLEANUP(ppc_ctr **, ppc_ctrs_free);
PP_DEFINE_CLEANUP(ppc_pod *, ppc_pod_free);
PP_DEFINE_CLEANUP(ppc_pod **, ppc_pods_free);

/* Codec.  The caller unrefs, or frees, the result. */
pp_json *ppc_ctr_config_encode(const ppc_ctr_config *c);
pp_json *ppc_ctr_state_encode(const ppc_ctr_state *s);
pp_json *ppc_pod_config_encode(const ppc_pod_config *c);
pp_json *ppc_pod_state_encode(const ppc_pod_state *s);
int ppc_ctr_config_decode(const pp_json *v, ppc_ctr_config **out,
                          pp_err *err);
int ppc_ctr_state_decode(const pp_json *v, ppc_ctr_state **out, pp_err *err);
int ppc_pod_config_decode(const pp_json *v, ppc_pod_config **out,
                          pp_err *err);
int ppc_pod_state_decode(const pp_json *v, ppc_pod_state **out, pp_err *err);
void ppc_ctr_config_free(ppc_ctr_config *c);
void ppc_ctr_state_free(ppc_ctr_state *s);
void ppc_pod_config_free(ppc_pod_config *c);
void ppc_pod_state_free(ppc_pod_state *s);

PP_DEFINE_CLEANUP(ppc_ctr_config *, ppc_ctr_config_free);
PP_DEFINE_CLEANUP(ppc_ctr_state *, ppc_ctr_state_free);
PP_DEFINE_CLEANUP(ppc_pod_config *, ppc_pod_config_free);
PP_DEFINE_CLEANUP(ppc_pod_state *, ppc_pod_state_free);

#endif
