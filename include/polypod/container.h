/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polypod/container.h - containers: create, run, look at, remove
 *
 * A container is named by its full ID, its name, or a unique prefix of its
 * ID ("ref" below).  An exact ID wins over an exact name, and that over a
 * prefix.
 *
 * Errors     -PP_E_NOSUCHCTR, -PP_E_AMBIGUOUS and -PP_E_RUNTIMESTOPPED are
 *            possible wherever a ref is taken.
 */
#ifndef POLYPOD_CONTAINER_H
#define POLYPOD_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include <polypod/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PP_ID_MAX 65 /* 64 hex digits and a NUL */

/* pp_container_spec.flags */
#define PP_SPEC_PRIVILEGED 0x1u
#define PP_SPEC_READ_ONLY 0x2u   /* root file system                        */
#define PP_SPEC_AUTO_REMOVE 0x4u /* --rm                                    */
#define PP_SPEC_STDIN 0x8u       /* keep standard input open                */
#define PP_SPEC_TERMINAL 0x10u

/*
 * What to create.  Zero and NULL mean "default"; lists are NULL-terminated.
 * Text forms are those of the flags of polypod-run(1), so that a message can
 * name what the user typed.  struct_size is sizeof (pp_container_spec).
 */
typedef struct pp_container_spec {
    uint32_t struct_size;
    uint32_t flags;
    const char *rootfs;              /* --rootfs, a folder                  */
    const char *const *command;      /* words after the root file system    */
    const char *const *entrypoint;   /* --entrypoint                        */
    const char *name;                /* --name; NULL: generated             */
    const char *nspace;              /* --namespace                         */
    const char *hostname;            /* --hostname                          */
    const char *workdir;             /* --workdir                           */
    const char *user;                /* --user NAME|UID[:GROUP|GID]         */
    const char *const *env;          /* K=V, last one wins                  */
    const char *const *labels;       /* K=V                                 */
    const char *const *volumes;      /* SRC:DST[:OPTIONS]                   */
    const char *const *tmpfs;        /* DST[:OPTIONS]                       */
    const char *const *networks;     /* --network: bridge (empty), none,
                                        host, ns:PATH, container:REF,
                                        NAME[,NAME...], NAME:OPTIONS        */
    const char *ip;                  /* --ip                                */
    const char *ip6;                 /* --ip6                               */
    const char *mac;                 /* --mac-address                       */
    const char *const *aliases;      /* --network-alias                     */
    const char *const *publish;      /* [[IP:]HOST:]CTR[/PROTO], ranges     */
    const char *const *dns;          /* --dns                               */
    const char *const *add_host;     /* NAME:IP                             */
    const char *const *cap_add;
    const char *const *cap_drop;
    const char *const *ulimits;      /* NAME=SOFT[:HARD]                    */
    const char *cgroup_parent;
    const char *log_driver;          /* k8s-file (default), none            */
    const char *const *log_opts;     /* K=V: path, max-size                 */
    const char *conmon_pidfile;
    const char *cidfile;             /* must not exist; written last        */
    int64_t memory;                  /* bytes; 0: no limit                  */
    int64_t pids_limit;              /* 0: default, -1: none                */
    int64_t cpus_milli;              /* thousandths of a processor          */
    int64_t stop_timeout;            /* seconds; -1: default (10)           */
    int32_t stop_signal;             /* 0: SIGTERM                          */
    uint32_t reserved;
} pp_container_spec;

/*
 * Make a container; it does not run yet.
 *
 * Record and intent are written in one transaction; a failure leaves no
 * record, mount, namespace, rule or lease behind.
 *
 * id       receives the full ID
 * returns  0 | -PP_E_INVAL | -PP_E_CTREXISTS | -PP_E_NOTFOUND (rootfs,
 *          network) | -PP_E_FULL | ...
 * since    1.0
 */
PP_API int pp_container_create(pp_runtime *rt, const pp_container_spec *spec,
                               char id[PP_ID_MAX], pp_err *err);

/* Where a foreground container's streams go. Descriptors stay the caller's. */
typedef struct pp_attach {
    uint32_t struct_size;
    int32_t in_fd;     /* -1: none                                          */
    int32_t out_fd;    /* -1: none                                          */
    int32_t err_fd;    /* -1: none                                          */
    int32_t signal_fd; /* signalfd(2): what it yields goes to the container */
    uint32_t reserved;
} pp_attach;

/*
 * Start a created or exited container.
 *
 * attach     NULL: return when it runs; else stream until it ends
 * exit_code  with attach: the container's; may be NULL
 * returns    0 | -PP_E_CTRSTATE | -PP_E_CMDNOTFOUND | -PP_E_CMDNOTEXEC |
 *            -PP_E_PORTINUSE | ...
 * since      1.0
 */
PP_API int pp_container_start(pp_runtime *rt, const char *ref,
                              const pp_attach *attach, int *exit_code,
                              pp_err *err);

/*
 * Create and start in one go: until it runs it is not finished, so a start
 * that fails, or a caller that dies, leaves no container behind.
 *
 * id         receives the full ID before it starts
 * attach     as for pp_container_start
 * exit_code  as for pp_container_start
 * returns    as pp_container_create and pp_container_start
 * since      1.0
 */
PP_API int pp_container_run(pp_runtime *rt, const pp_container_spec *spec,
                            const pp_attach *attach, char id[PP_ID_MAX],
                            int *exit_code, pp_err *err);

/*
 * Stop signal, then after the timeout SIGKILL.
 *
 * timeout  seconds; -1: the container's own; 0: SIGKILL at once
 * returns  0 (also when it was not running) | -PP_E_CTRSTATE (paused)
 * since    1.0
 */
PP_API int pp_container_stop(pp_runtime *rt, const char *ref, int64_t timeout,
                             pp_err *err);

/*
 * Send a signal to the container's first process.
 *
 * returns  0 | -PP_E_CTRSTATE (not running)
 * since    1.0
 */
PP_API int pp_container_kill(pp_runtime *rt, const char *ref, int signal,
                             pp_err *err);

/* pp_container_remove flags */
#define PP_REMOVE_FORCE 0x1u /* stop it first; go on past failures */

/*
 * Remove a container with everything it has.
 *
 * timeout  seconds for the stop of PP_REMOVE_FORCE; -1: its own
 * returns  0 | -PP_E_CTRSTATE (running, without force) | -PP_E_CTREXISTS
 *          (others depend on it)
 * since    1.0
 */
PP_API int pp_container_remove(pp_runtime *rt, const char *ref,
                               uint32_t flags, int64_t timeout, pp_err *err);

/*
 * Wait until a container is in a state.
 *
 * condition  "stopped" (default, NULL), "running", "created", "exited", ...
 * interval   nanoseconds between looks; 0: 250 ms
 * returns    0
 * since      1.0
 */
PP_API int pp_container_wait(pp_runtime *rt, const char *ref,
                             const char *condition, int64_t interval,
                             int *exit_code, pp_err *err);

/*
 * Undo network, firewall and mounts of a container that has ended; with
 * --rm, remove it.  Called by conmon when it exits.  Idempotent; an unknown
 * or running container is no error.
 *
 * returns  0
 * since    1.0
 */
PP_API int pp_container_cleanup(pp_runtime *rt, const char *ref, pp_err *err);

/* pp_container_list flags */
#define PP_LIST_ALL 0x1u /* not only those that run */

/*
 * Containers, newest first, with the fields of "ps --format json".
 *
 * out      caller unrefs: [{"Id","Names":[..],"Image","Command":[..],
 *          "Created","CreatedAt","State","Status","ExitCode","Exited",
 *          "ExitedAt","StartedAt","Pid","Labels":{..},"Ports":[{"host_ip",
 *          "container_port","host_port","range","protocol"}],"Networks":[..],
 *          "Mounts":[..],"Pod","IsInfra","AutoRemove","Namespace"}]
 * returns  0
 * since    1.0
 */
PP_API int pp_container_list(pp_runtime *rt, uint32_t flags, pp_json **out,
                             pp_err *err);

/*
 * Everything about one container, with the fields of "inspect".
 *
 * out      caller unrefs
 * returns  0
 * since    1.0
 */
PP_API int pp_container_inspect(pp_runtime *rt, const char *ref,
                                pp_json **out, pp_err *err);

/*
 * The full ID behind a ref.
 *
 * returns  0
 * since    1.0
 */
PP_API int pp_container_lookup(pp_runtime *rt, const char *ref,
                               char id[PP_ID_MAX], pp_err *err);

/* One piece of log: bytes of a line, without its newline unless partial is
 * false, in which case the line is complete. */
typedef struct pp_log_line {
    int64_t time;      /* nanoseconds since the epoch                       */
    const char *text;  /* borrowed for the call                             */
    uint64_t n;
    int32_t stream;    /* 1 stdout, 2 stderr                                */
    uint32_t partial;  /* 1: the line goes on in the next piece             */
} pp_log_line;

typedef struct pp_logs_options {
    uint32_t struct_size;
    uint32_t follow; /* 1: until the container has ended                    */
    int64_t tail;    /* lines; -1: all                                      */
    int64_t since;   /* nanoseconds since the epoch; 0: all                 */
    int64_t until;   /* nanoseconds since the epoch; 0: all                 */
    int (*line)(void *arg, const pp_log_line *); /* not 0: stop             */
    void *arg;
} pp_logs_options;

/*
 * Read a container's log.
 *
 * returns  0 | -PP_E_NOTSUP (log driver none) | -PP_E_IO
 * since    1.0
 */
PP_API int pp_container_logs(pp_runtime *rt, const char *ref,
                             const pp_logs_options *options, pp_err *err);

#ifdef __cplusplus
}
#endif

#endif
