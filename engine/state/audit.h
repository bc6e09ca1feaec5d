/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/audit.h - does the store say one thing everywhere?
 *
 * The records of containers and pods are the truth; the indexes n/, d/, g/
 * and s/ follow from them.  An audit reads everything in one transaction and
 * lists what does not fit, with the changes that would make it fit.  It
 * changes nothing by itself; repair.c does.
 *
 * Ownership  a report owns its findings (ppc_report_clear).
 * See also   docs/design/state.md, "Check and repair"
 */
#ifndef ENGINE_STATE_AUDIT_H
#define ENGINE_STATE_AUDIT_H

#include "core/util/str.h"
#include "engine/state/objects.h"

/* Facts of the engine under m/fact/ */
#define PPC_FACT_CHECK "state-check" /* the last check, JSON */

/* What is wrong with one object, on one line. */
typedef struct ppc_finding {
    const char *kind;   /* "record", "index", "reference", "orphan", ...    */
    char *object;       /* "container ID", "name \"web\""                   */
    char *problem;      /* behind the object                                */
    const char *remedy; /* "put it back"; of no repair: what people can do  */
    bool repairable;
    bool repaired;
} ppc_finding;

typedef struct ppc_report {
    ppc_finding *v;
    size_t n;
    size_t cap;
    size_t records; /* all keys                                             */
    size_t containers;
    size_t pods;
    size_t running; /* containers that the store says are alive             */
    char **aside;   /* objects in quarantine: "ID: REASON (TIME)"           */
} ppc_report;

void ppc_report_clear(ppc_report *r);
/* Findings that are still there. */
size_t ppc_report_open(const ppc_report *r);
/* "OBJECT: PROBLEM; REMEDY" */
void ppc_finding_text(const ppc_finding *f, ppc_str *out);
/* Add a finding; object is taken over and may be NULL (out of memory). */
int ppc_report_add(ppc_report *r, const ppc_finding *f, pp_err *err);

/* What a repair does to one key. */
enum {
    PPC_CHANGE_PUT,   /* a: the value                                       */
    PPC_CHANGE_DEL,   /*                                                    */
    PPC_CHANGE_ASIDE, /* a: object, b: reason, label: which record          */
    PPC_CHANGE_DROP,  /* a: the member of the JSON record that goes         */
    PPC_CHANGE_ITEM   /* a: the list in it, b: its item that goes           */
};

typedef struct ppc_change {
    int what;
    ppc_key key;
    char *a;
    char *b;
    const char *label;
} ppc_change;

typedef struct ppc_changes {
    ppc_change *v;
    size_t n;
    size_t cap;
} ppc_changes;

void ppc_changes_clear(ppc_changes *c);
/* Copies a and b. */
int ppc_changes_add(ppc_changes *c, const ppc_change *change, pp_err *err);

/*
 * Read the whole store.  todo: the changes of what is repairable.
 *
 * returns  0, with or without findings | -PP_E_NOTSUP (of a newer version)
 */
int ppc_audit(ppc_txn *t, ppc_report *report, ppc_changes *todo, pp_err *err);

/* When something is set aside, and in which boot; taken before a transaction
 * begins. */
typedef struct ppc_moment {
    int64_t now;
    char boot[40]; /* the kernel's boot id; empty: not known */
} ppc_moment;

void ppc_moment_now(ppc_moment *m);

/* Audit, change, and audit again until there is nothing left to change. */
int ppc_repair(ppc_txn *t, const ppc_moment *when, ppc_report *report,
               pp_err *err);

/* Whole call: an audit that leaves no trace. */
int ppc_state_survey(ppc_state *st, ppc_report *out, pp_err *err);
/* Whole call: audit, or repair, and note in m/fact when it was. */
int ppc_state_audit(ppc_state *st, bool repair, ppc_report *out, pp_err *err);

/* IDs of every container of the store, whether readable or not, and of those
 * in quarantine: their folders are not anybody's to delete. Caller frees. */
int ppc_state_known_ids(ppc_state *st, char ***ids, pp_err *err);

#endif
