/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/container.h - what the operations on a container share
 *
 * An operation holds the container (lock, record, files), does its steps and
 * lets go.  Steps that leave something outside the store are announced by an
 * intent in the record first; ppc_held_teardown undoes all of them, however
 * far they came, and is the only undo there is.
 */
#ifndef ENGINE_CONTAINER_CONTAINER_H
#define ENGINE_CONTAINER_CONTAINER_H

#include <polypod/container.h>

#include "engine/oci/oci.h"

/* Intents: the operation in flight. */
#define PPC_INTENT_CREATE "create"
#define PPC_INTENT_START "start"

typedef struct ppc_held {
    ppc_ctr *ctr;
    ppc_bundle bundle;
    int lock;
} ppc_held;

#define PPC_HELD_INIT                                                          \
    {                                                                          \
        NULL, {0}, -1                                                          \
    }
#define PP_AUTO_HELD __attribute__((cleanup(ppc_held_release)))

/*
 * Look up, lock, read again, and note what became of its process: in memory
 * only, since the exit file says it as long as no teardown was saved.
 *
 * An operation whose process died half-way is undone first; when that fails,
 * so does the take, and the next one tries again.
 *
 * returns  0 | -PP_E_NOSUCHCTR | -PP_E_BUSY (names the holder) | ...
 */
int ppc_held_take(pp_runtime *rt, const char *ref, ppc_held *h, pp_err *err);
/* The same without undoing: for who is about to undo everything. */
int ppc_held_lock(pp_runtime *rt, const char *ref, ppc_held *h, pp_err *err);
void ppc_held_release(ppc_held *h);

/*
 * Make a container and hold it; see create.c.
 *
 * run      it is started at once: its record carries the intent "create"
 * returns  as pp_container_create
 */
int ppc_held_make(pp_runtime *rt, const pp_container_spec *spec, bool run,
                  ppc_held *h, pp_err *err);

/* The lock that a process in the foreground of a container holds. Caller
 * frees the name. */
char *ppc_foreground_lock(const char *id);

/* Is a process of ours in the container's foreground, to do the clean-up? */
bool ppc_foreground_is_held(pp_runtime *rt, const char *id);

/* Does the store say that there is a process? */
bool ppc_ctr_has_process(const ppc_ctr_state *s);

/*
 * Has the container's process ended?  Then record how, in memory.
 *
 * Whose exit code conmon has yet to tell has not ended, unless conmon does
 * not tell it within wait.  With wait 0, as long as conmon lives.
 */
bool ppc_ctr_sync(const ppc_bundle *b, ppc_ctr *c, int64_t wait);

/*
 * The same for whoever only looks, without the lock.
 *
 * The record may be older than the end: who recorded that has removed the
 * exit file.  So no exit code is only believed when the record, read again,
 * has none either.
 */
bool ppc_ctr_look(pp_runtime *rt, const ppc_bundle *b, ppc_ctr *c);

/*
 * Undo everything of a container that does not run: OCI runtime's record,
 * rules, network, namespace, mounts; then save.  Goes on after failures; the
 * first is returned, and what is left is tried again next time: an intent
 * stays until all is undone.
 */
int ppc_held_teardown(pp_runtime *rt, ppc_held *h, pp_err *err);

/* A container that has ended: tear it down, and erase it when it was to be
 * removed at its end. */
int ppc_held_end(pp_runtime *rt, ppc_held *h, pp_err *err);

/* A container that nobody was told of: undo it, and erase it. */
int ppc_held_discard(pp_runtime *rt, ppc_held *h, pp_err *err);

/* Remove record, folders, lock of a container that was torn down. */
int ppc_held_erase(pp_runtime *rt, ppc_held *h, pp_err *err);

/* What conmon left of a container that is no more. */
void ppc_run_files_remove(const ppc_bundle *b);

/* Stop a running container; its end is noted in memory. */
int ppc_held_stop(pp_runtime *rt, ppc_held *h, int64_t timeout, pp_err *err);

/* resolv.conf, hosts, hostname, .containerenv in the run folder, as
 * {path in container: path on host}. Caller unrefs.
 *
 * other  whose network it shares, and so its resolv.conf and hosts; or NULL */
int ppc_ctr_files(const ppc_held *h, const pp_json *request,
                  const ppc_ctr *other, pp_json **bind_mounts, pp_err *err);

/* /etc/hosts of a container that runs, after it left the attachment gone (or
 * NULL) or came to a new one: its own addresses only, whatever else it has
 * written there stays. */
int ppc_ctr_hosts_follow(const ppc_held *h, const pp_json *gone, pp_err *err);

/* The command that conmon runs when the container has ended. Caller frees
 * with ppc_strv_free. */
int ppc_ctr_exit_command(pp_runtime *rt, const char *id, char ***out,
                         pp_err *err);

#endif
