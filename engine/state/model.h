/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/model.h - the whole store in memory, for an audit
 *
 * Everything is sorted as the store is: objects by ID, entries by key.
 */
#ifndef ENGINE_STATE_MODEL_H
#define ENGINE_STATE_MODEL_H

#include "engine/state/objects.h"

/* The records of one container or pod. */
typedef struct ppc_found {
    char letter;
    char id[PPC_ID_MAX + 1];
    bool has_config;
    bool has_state;
    ppc_ctr_config *ctr; /* NULL: unreadable, or a pod       */
    ppc_pod_config *pod; /* NULL: unreadable, or a container */
    char *infra;         /* a pod's, or NULL                 */
    int32_t status;      /* a container's PPC_CTR_*          */
    char *why;           /* not NULL: a record is damaged    */
} ppc_found;

typedef struct ppc_founds {
    ppc_found *v;
    size_t n;
    size_t cap;
} ppc_founds;

/* A key, and a value that is short in a sound store. */
typedef struct ppc_entry {
    ppc_key key;
    char *val;
    size_t n;
} ppc_entry;

typedef struct ppc_entries {
    ppc_entry *v;
    size_t n;
    size_t cap;
} ppc_entries;

typedef struct ppc_model {
    size_t records;
    ppc_founds ctrs;
    ppc_founds pods;
    ppc_entries index;    /* d/ g/ n/ s/                             */
    ppc_entries attached; /* i/ x/; the value says: damaged or empty */
    ppc_entries aside;    /* q/.../why                               */
    ppc_entries unknown;
    size_t too_long; /* keys that are no ppc_key                */
} ppc_model;

int ppc_model_read(ppc_txn *t, ppc_model *m, pp_err *err);
void ppc_model_clear(ppc_model *m);

/* The readable object of that ID, or NULL. */
const ppc_found *ppc_model_find(const ppc_founds *list, const char *id);
/* The same, readable or not. */
const ppc_found *ppc_model_find_any(const ppc_founds *list, const char *id);
bool ppc_found_is_sound(const ppc_found *f);

int ppc_entries_add(ppc_entries *l, ppc_key key, const void *val, size_t n,
                    pp_err *err);
void ppc_entries_clear(ppc_entries *l);

/* As memcmp, a shorter key first. */
int ppc_key_compare(const ppc_key *a, const ppc_key *b);

#endif
