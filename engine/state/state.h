/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/state.h - the meaning of the state store, the same on every
 * back end
 *
 * Containers, pods, names unique over both and over all namespaces,
 * dependencies, membership, look-up, refresh: all written once over the
 * byte store of polypod/state.h.  Every call is one transaction (or one
 * retry loop around one); none is open when a call returns.
 *
 * Not a cache: every read is a read of the store.
 * Handles    retrieval gives config and state of one committed moment.
 *            Update brings the state up to date; save writes it whole: the
 *            caller holds the object's lock between the two.
 * Validity   a handle's valid flag is cleared when its object is found to
 *            be gone, also though the call fails.
 * Limits     an ID has at most 128 bytes, a name and a namespace 255, a
 *            record 4 MiB: more is -PP_E_INVAL.
 * Errors     any call may be -PP_E_DBCLOSED, -PP_E_BUSY, -PP_E_IO, ...
 * See also   docs/design/state.md
 */
#ifndef ENGINE_STATE_STATE_H
#define ENGINE_STATE_STATE_H

#include <polypod/error.h>
#include <polypod/json.h>
#include <polypod/state.h>

#include "engine/state/record.h"

typedef struct ppc_state ppc_state;

/* The values a store was made with; empty and NULL are the same. */
typedef struct ppc_state_paths {
    const char *os;
    const char *static_dir;
    const char *tmp_dir;
    const char *run_root;
    const char *graph_root;
    const char *graph_driver;
} ppc_state_paths;

/*
 * Wrap an opened state plugin: schema check and migration, path check.
 *
 * ops, self   borrowed for the life of the result
 * timeout_ms  bound of every transaction's wait, retries included
 * paths       compared with the stored ones, resolved; stored when absent;
 *             NULL: no check
 * returns     0 | -PP_E_DBBADCONFIG (both values and the key to change) |
 *             -PP_E_NOTSUP (the store is of a newer version)
 */
int ppc_state_open(const pp_state_ops *ops, void *self, uint32_t timeout_ms,
                   const ppc_state_paths *paths, ppc_state **out,
                   pp_err *err);
/* The same without looking at schema or paths: for those who check, copy or
 * replace a store that may not be sound. NULL when out of memory. */
ppc_state *ppc_state_new(const pp_state_ops *ops, void *self,
                         uint32_t timeout_ms);
/* Every later call is -PP_E_DBCLOSED; closing twice is fine. */
void ppc_state_close(ppc_state *st);
void ppc_state_free(ppc_state *st);
PP_DEFINE_CLEANUP(ppc_state *, ppc_state_free);

/* Current namespace; "" or NULL: all. Never fails but for memory. */
int ppc_state_set_namespace(ppc_state *st, const char *ns);

/* After a reboot: every container that had run becomes exited, the others
 * configured; pids, mounts, network are forgotten.  Ignores the namespace. A
 * record that cannot be read is logged and skipped. */
int ppc_state_refresh(ppc_state *st, pp_err *err);

/* Containers.  Retrieved handles are the caller's. */
int ppc_state_container(ppc_state *st, const char *id, ppc_ctr **out,
                        pp_err *err);
int ppc_state_lookup_container(ppc_state *st, const char *ref, ppc_ctr **out,
                               pp_err *err);
int ppc_state_has_container(ppc_state *st, const char *id, bool *has,
                            pp_err *err);
/* spec: the creation request, stored beside the config; may be NULL */
int ppc_state_add_container(ppc_state *st, ppc_ctr *c, const pp_json *spec,
                            pp_err *err);
int ppc_state_remove_container(ppc_state *st, ppc_ctr *c, pp_err *err);
int ppc_state_update_container(ppc_state *st, ppc_ctr *c, pp_err *err);
/* Writes state, netns and intent. */
int ppc_state_save_container(ppc_state *st, ppc_ctr *c, pp_err *err);
/*
 * The same, and the config with it, which is immutable otherwise: what a
 * container that exists can be given.  What the store has indexes of must be
 * as it is: ID, name, pod, namespace, dependencies.
 *
 * returns  0 | -PP_E_INTERNAL (such a field differs) | ...
 */
int ppc_state_rewrite_container(ppc_state *st, ppc_ctr *c, pp_err *err);
/* The creation request; caller unrefs. -PP_E_NOTFOUND if there was none. */
int ppc_state_container_spec(ppc_state *st, const ppc_ctr *c, pp_json **out,
                             pp_err *err);
/* IDs of direct dependents, sorted; never NULL on success; caller frees
 * with ppc_strv_free. */
int ppc_state_container_in_use(ppc_state *st, ppc_ctr *c, char ***ids,
                               pp_err *err);
/* Sorted by ID; undecodable ones are logged and left out. */
int ppc_state_all_containers(ppc_state *st, ppc_ctr ***out, pp_err *err);
/* The same, of all namespaces. */
int ppc_state_every_container(ppc_state *st, ppc_ctr ***out, pp_err *err);
/* Forget a container that cannot be read, whatever depends on it: the last
 * resort.  ref: full ID or name, of any namespace.  id: what it was, for the
 * clean-up of its files; may be NULL, the caller frees. */
int ppc_state_evict_container(ppc_state *st, const char *ref, char **id,
                              pp_err *err);
/* IDs of containers with an intent, of all namespaces. */
int ppc_state_intents(ppc_state *st, char ***ids, pp_err *err);

/* Pods. */
int ppc_state_pod(ppc_state *st, const char *id, ppc_pod **out, pp_err *err);
int ppc_state_lookup_pod(ppc_state *st, const char *ref, ppc_pod **out,
                         pp_err *err);
int ppc_state_has_pod(ppc_state *st, const char *id, bool *has, pp_err *err);
int ppc_state_pod_has_container(ppc_state *st, ppc_pod *p, const char *id,
                                bool *has, pp_err *err);
int ppc_state_pod_containers_by_id(ppc_state *st, ppc_pod *p, char ***ids,
                                   pp_err *err);
int ppc_state_pod_containers(ppc_state *st, ppc_pod *p, ppc_ctr ***out,
                             pp_err *err);
int ppc_state_add_pod(ppc_state *st, ppc_pod *p, pp_err *err);
int ppc_state_remove_pod(ppc_state *st, ppc_pod *p, pp_err *err);
int ppc_state_remove_pod_containers(ppc_state *st, ppc_pod *p, pp_err *err);
int ppc_state_add_container_to_pod(ppc_state *st, ppc_pod *p, ppc_ctr *c,
                                   const pp_json *spec, pp_err *err);
int ppc_state_remove_container_from_pod(ppc_state *st, ppc_pod *p,
                                        ppc_ctr *c, pp_err *err);
int ppc_state_update_pod(ppc_state *st, ppc_pod *p, pp_err *err);
int ppc_state_save_pod(ppc_state *st, ppc_pod *p, pp_err *err);
int ppc_state_all_pods(ppc_state *st, ppc_pod ***out, pp_err *err);

/* Is the name, or an ID, taken by anything in any namespace? */
int ppc_state_name_taken(ppc_state *st, const char *name, bool *taken,
                         pp_err *err);

/* Small facts of the engine itself, under m/: "firewall", ...  A missing
 * one gives NULL.  Caller frees. */
int ppc_state_meta_get(ppc_state *st, const char *name, char **value,
                       pp_err *err);
/* value NULL deletes */
int ppc_state_meta_put(ppc_state *st, const char *name, const char *value,
                       pp_err *err);

#endif
