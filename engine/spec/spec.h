/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/spec/spec.h - the OCI config.json of a container
 *
 * Made anew at each start from the record and the creation request, never
 * stored: what changes between two starts (namespace paths, limits of this
 * process, profiles on disk) is always current.
 *
 * The creation request is one JSON object:
 * {"env": [K=V], "workdir", "hostname", "mounts": [{destination, type,
 *  source, options}], "read_only", "cap_add": [], "cap_drop": [],
 *  "ulimits": [{type, soft, hard}], "memory", "pids_limit", "cpus_milli"}
 *
 * Sources: OCI runtime specification 1.0.2; capabilities(7); the default
 * lists are the reference's.
 */
#ifndef ENGINE_SPEC_SPEC_H
#define ENGINE_SPEC_SPEC_H

#include "engine/runtime/runtime.h"

/* Everything that config.json is made from. */
typedef struct ppc_spec_in {
    pp_runtime *rt;
    const ppc_ctr *ctr;
    const pp_json *request;
    const pp_json *bind_mounts; /* {path in container: path on host}        */
    const char *netns; /* to join; NULL: one of its own, made by the runtime */
} ppc_spec_in;

/* The whole document. Caller unrefs. */
int ppc_spec_make(const ppc_spec_in *in, pp_json **out, pp_err *err);

/* Parts, each a file of its own; every one adds to the objects it is given
 * and returns 0 or the failure. */

/* capabilities */
int ppc_caps_check(const char *const *names, const char *flag, pp_err *err);
int ppc_caps_make(const ppc_spec_in *in, bool is_root, pp_json *process,
                  char ***bounding, pp_err *err);
/* This process may raise limits: it has CAP_SYS_RESOURCE to use. */
bool ppc_can_raise_limits(void);

/* rlimits and oom_score_adj, cut down to what this process may set */
int ppc_ulimit_parse(const char *text, pp_json *list, pp_err *err);
int ppc_limits_make(const ppc_spec_in *in, pp_json *process, pp_err *err);
/* memory, pids, cpus */
int ppc_resources_make(const ppc_spec_in *in, pp_json *linux_, pp_err *err);

/* mounts; parse SRC:DST[:OPTIONS] and DST[:OPTIONS] */
int ppc_volume_parse(const char *text, pp_json *mounts, pp_err *err);
int ppc_tmpfs_parse(const char *text, pp_json *mounts, pp_err *err);
int ppc_mounts_make(const ppc_spec_in *in, pp_json *spec, pp_err *err);

/* seccomp: the profile on disk, flattened for this machine */
int ppc_seccomp_make(const ppc_spec_in *in, const char *const *bounding,
                     pp_json *linux_, pp_err *err);
/* The same from a profile's text, for tests: arch as Go names it. */
int ppc_seccomp_flatten(const pp_json *profile, const char *arch,
                        const char *const *bounding, pp_json **out,
                        pp_err *err);

/* hooks: those of [engine] hooks_dir whose conditions hold; after process,
 * annotations and mounts are there */
int ppc_hooks_make(const ppc_spec_in *in, pp_json *spec, pp_err *err);

/* USER[:GROUP] looked up inside the root file system */
typedef struct ppc_user {
    int64_t uid;
    int64_t gid;
    char *home;
    int64_t *groups;
    size_t n_groups;
} ppc_user;
int ppc_user_resolve(const char *rootfs, const char *text, ppc_user *out,
                     pp_err *err);
void ppc_user_clear(ppc_user *u);

#endif
