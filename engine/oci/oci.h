/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/oci/oci.h - the OCI runtime, and conmon, which watches over it
 *
 * conmon runs "create" and stays with the container until it ends; start,
 * kill, delete and state are called directly.  Only conmon.c knows conmon's
 * argv, only runtime.c the OCI runtime's.
 */
#ifndef ENGINE_OCI_OCI_H
#define ENGINE_OCI_OCI_H

#include <stdbool.h>
#include <stdint.h>

#include <polypod/container.h>

#include "engine/runtime/runtime.h"

/* Where the files of one container are. */
typedef struct ppc_bundle {
    char *dir;      /* <ctr_dir>/ID: config.json, log, attach               */
    char *run;      /* <ctr_run>/ID: pidfile, resolv.conf, hosts            */
    char *config;   /* dir/config.json                                      */
    char *pidfile;  /* run/pidfile                                          */
    char *conmon;   /* run/conmon.pid                                       */
    char *oci_log;  /* run/oci-log                                          */
    char *exitfile; /* <exit_dir>/ID                                        */
    char *socket;   /* <sock_dir>/ID                                        */
} ppc_bundle;

int ppc_bundle_init(const pp_runtime *rt, const char *id, ppc_bundle *b,
                    pp_err *err);
void ppc_bundle_clear(ppc_bundle *b);
#define PP_AUTO_BUNDLE __attribute__((cleanup(ppc_bundle_clear)))

/* Descriptors below this one are conmon's own; kept ones are from here. */
#define PPC_CONMON_FIRST_FD 5

/* What conmon needs beside the bundle. */
typedef struct ppc_conmon {
    const char *id;
    const ppc_bundle *bundle;
    const char *log_driver;
    const char *log_path;
    int64_t log_size_max;           /* -1: no limit                         */
    const char *pid_file;           /* the user's own, or NULL              */
    const char *const *exit_command; /* NULL-terminated, or NULL            */
    const int *keep_fds;            /* sockets that reserve host ports      */
    size_t n_keep_fds;
    bool terminal;
    bool stdin_open;
} ppc_conmon;

/*
 * Start conmon, which has the OCI runtime create the container.
 *
 * pid         of the container's first process
 * conmon_pid  of the monitor
 * returns     0 | -PP_E_CMDNOTFOUND | -PP_E_CMDNOTEXEC | -PP_E_TIMEOUT |
 *             -PP_E_INTERNAL with the OCI runtime's own words; then the
 *             OCI runtime has forgotten the container again
 */
int ppc_conmon_create(pp_runtime *rt, const ppc_conmon *c, int64_t *pid,
                      int64_t *conmon_pid, pp_err *err);

/* The pid that conmon left in its file, or in the user's own; 0: none. */
int64_t ppc_conmon_pid(const ppc_bundle *b, const char *pid_file);

/* A conmon of the container that has written no file yet, found by its
 * command line; 0: none. Looks at every process: for repairs only. */
int64_t ppc_conmon_find(const char *id);

int ppc_oci_start(pp_runtime *rt, const char *id, pp_err *err);
/* all: every process of the container */
int ppc_oci_kill(pp_runtime *rt, const char *id, int signal, bool all,
                 pp_err *err);
/* An unknown container is no error. */
int ppc_oci_delete(pp_runtime *rt, const char *id, pp_err *err);
/* "created", "running", "paused", "stopped", or "" when unknown. */
int ppc_oci_state(pp_runtime *rt, const char *id, char **status, int64_t *pid,
                  pp_err *err);

/*
 * The exit file that conmon leaves.
 *
 * Waits at most wait ns, and not at all once conmon is dead.
 *
 * finished  time of the file
 * returns   0 | -PP_E_NOTFOUND (conmon died without one) | -PP_E_TIMEOUT
 *           (conmon lives)
 */
int ppc_exitfile_wait(const char *path, int64_t conmon_pid,
                      int64_t conmon_start, int64_t wait, int *code,
                      int64_t *finished);

/*
 * Connect to the attach socket of a bundle, whatever its length.
 *
 * returns  a descriptor | -PP_E_IO
 */
int ppc_attach_connect(const ppc_bundle *b, pp_err *err);

/*
 * Copy streams until the container closes them; signals that signal_fd
 * yields go to the container.  The store may have been left when it returns:
 * ppc_runtime_find_store.
 *
 * fd       of ppc_attach_connect; stays the caller's
 * returns  0 | -PP_E_IO
 */
int ppc_attach_pump(pp_runtime *rt, const char *id, int fd,
                    const pp_attach *a, pp_err *err);

#endif
