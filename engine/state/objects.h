/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/objects.h - what containers and pods have in common in the
 * store, and the state's own insides
 *
 * Functions that take a ppc_txn run inside a transaction and may run again;
 * the others are whole calls.
 */
#ifndef ENGINE_STATE_OBJECTS_H
#define ENGINE_STATE_OBJECTS_H

#include "engine/state/state.h"
#include "engine/state/store.h"

struct ppc_state {
    ppc_store store;
    char *nspace; /* current namespace; NULL: all */
};

/* One object as its records lie in the store. */
typedef struct ppc_raw {
    char id[PPC_ID_MAX + 1];
    pp_json *config;
    pp_json *state;
    char *netns;
    int rc;     /* negative: a record cannot be read ... */
    pp_err err; /* ... because of this                   */
} ppc_raw;

/* Where containers and pods differ. */
typedef struct ppc_kind {
    char letter;
    const char *noun;
    int nosuch;
    int exists;
    int (*build)(ppc_raw *raw, void **out, pp_err *err);
    void (*drop)(void *object);
    const char *(*nspace)(const void *object);
} ppc_kind;

extern const ppc_kind ppc_kind_ctr;
extern const ppc_kind ppc_kind_pod;

/* A growing NULL-terminated list of objects. */
typedef struct ppc_list {
    const ppc_kind *kind;
    void **v;
    size_t n;
    size_t cap;
} ppc_list;

int ppc_list_add(ppc_list *l, void *object, pp_err *err); /* takes it */
void ppc_list_clear(ppc_list *l);
/* The list, never NULL on success; the list is empty after it. */
int ppc_list_steal(ppc_list *l, void ***out, pp_err *err);

/* check.c: may this call go on?  Each fails with the kind that says why. */
int ppc_check_open(const ppc_state *st, pp_err *err);
int ppc_check_ctr(const ppc_state *st, const ppc_ctr *c, pp_err *err);
int ppc_check_pod(const ppc_state *st, const ppc_pod *p, pp_err *err);
int ppc_check_pod_call(const ppc_state *st, const ppc_pod *p, pp_err *err);
int ppc_check_ns(const ppc_state *st, const char *noun, const char *id,
                 const char *nspace, pp_err *err);
/* Is it stored?  If not, its handle is made invalid. */
int ppc_need_ctr(ppc_txn *t, ppc_ctr *c, pp_err *err);
int ppc_need_pod(ppc_txn *t, ppc_pod *p, pp_err *err);

/* load.c: one object; -PP_E_NOTFOUND without text. */
int ppc_load(ppc_txn *t, const ppc_kind *kind, const char *id, void **out,
             pp_err *err);
int ppc_load_ctr_config(ppc_txn *t, const char *id, ppc_ctr_config **out,
                        pp_err *err);
int ppc_load_pod_config(ppc_txn *t, const char *id, ppc_pod_config **out,
                        pp_err *err);
/* Call fn for each object of a range; it makes no call on t. */
typedef int (*ppc_raw_fn)(ppc_raw *raw, void *arg, pp_err *err);
int ppc_load_range(ppc_txn *t, const ppc_range *r, ppc_raw_fn fn, void *arg,
                   pp_err *err);
/* The last parts, as IDs, of all keys that begin with head. Replaces *ids,
 * which is never NULL on success. */
int ppc_load_ids(ppc_txn *t, ppc_key head, char ***ids, pp_err *err);

/* lookup.c: whole calls, the same for both kinds. */
int ppc_get_object(ppc_state *st, const ppc_kind *kind, const char *id,
                   void **out, pp_err *err);
int ppc_lookup_object(ppc_state *st, const ppc_kind *kind, const char *ref,
                      void **out, pp_err *err);
int ppc_has_object(ppc_state *st, const ppc_kind *kind, const char *id,
                   bool *has, pp_err *err);
int ppc_all_objects(ppc_state *st, const ppc_kind *kind, void ***out,
                    pp_err *err);

/* names.c: ID and name must be free, then they are taken. */
int ppc_claim(ppc_txn *t, const ppc_kind *kind, const char *id,
              const char *name, pp_err *err);
int ppc_release(ppc_txn *t, const char *name, pp_err *err);
/* Kind letter and ID of a name's owner; -PP_E_NOTFOUND without text. */
int ppc_name_owner(ppc_txn *t, const char *name, char *letter,
                   char id[PPC_ID_MAX + 1], pp_err *err);

/* deps.c */
int ppc_deps_add(ppc_txn *t, const ppc_ctr_config *c, pp_err *err);
int ppc_deps_del(ppc_txn *t, const ppc_ctr_config *c, pp_err *err);
int ppc_dependents(ppc_txn *t, const char *id, char ***ids, pp_err *err);
/* Fails with -PP_E_CTREXISTS if any container but the listed ones needs it. */
int ppc_deps_free(ppc_txn *t, const char *id, const char *const *but,
                  pp_err *err);

/* containers.c: all records and index entries of a container. */
int ppc_ctr_insert(ppc_txn *t, const ppc_ctr *c, const pp_json *spec,
                   pp_err *err);
int ppc_ctr_erase(ppc_txn *t, const ppc_ctr_config *config, pp_err *err);
/* The same, by what the store says and not the handle, if it is readable. */
int ppc_ctr_erase_stored(ppc_txn *t, const ppc_ctr_config *handle, pp_err *err);

/* members.c: IDs of a pod's containers, as ppc_load_ids. */
int ppc_members(ppc_txn *t, const char *pod, char ***ids, pp_err *err);

/* The namespace index of an object; a NULL or empty namespace has none. */
int ppc_ns_put(ppc_txn *t, char letter, const char *ns, const char *id,
               pp_err *err);
int ppc_ns_del(ppc_txn *t, char letter, const char *ns, const char *id,
               pp_err *err);

/* refresh.c: what a reboot does to one readable object. */
int ppc_refresh_record(ppc_txn *t, char letter, const char *id, pp_err *err);

/* schema.c, paths.c: parts of ppc_state_open */
typedef struct ppc_schema_step {
    const char *what; /* "move ..."; NULL ends the table */
    ppc_txn_fn run;
} ppc_schema_step;
/* Step i brings version i+1 to i+2; the version is the number of steps plus
 * one. */
extern const ppc_schema_step ppc_schema_steps[];
/* The version this polypod writes. */
int64_t ppc_schema_current(void);
/* The store's version, 0: it is empty. -PP_E_NOTSUP (a newer one) |
 * -PP_E_CORRUPT (unreadable, or data without one) */
int ppc_schema_read(ppc_txn *t, int64_t *version, pp_err *err);
/* Bring a store whose version can be read to the current one. */
int ppc_schema_bring(ppc_txn *t, pp_err *err);
int ppc_schema_open(ppc_store *s, const ppc_schema_step *steps, pp_err *err);
int ppc_paths_open(ppc_store *s, const ppc_state_paths *paths, pp_err *err);
/* Does a stored m/path/NAME fit? An unknown name fits. */
int ppc_paths_fit(const ppc_state_paths *paths, const char *name,
                  const char *stored, pp_err *err);

#endif
