/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/auditor.h - what the checks of an audit share
 */
#ifndef ENGINE_STATE_AUDITOR_H
#define ENGINE_STATE_AUDITOR_H

#include "engine/state/audit.h"
#include "engine/state/model.h"

typedef struct ppc_auditor {
    ppc_model m;
    ppc_entries wanted; /* what d/ g/ n/ s/ should be */
    ppc_report *report;
    ppc_changes *todo;
} ppc_auditor;

/* Objects, each for itself and beside the others; fills wanted. */
int ppc_audit_objects(ppc_auditor *a, pp_err *err);
/* The indexes against wanted. */
int ppc_audit_index(ppc_auditor *a, pp_err *err);

/*
 * Add a finding.
 *
 * f        its object is taken over, its problem is what is printed
 */
int ppc_audit_found(ppc_auditor *a, ppc_finding f, pp_err *err, const char *fmt,
                    ...) __attribute__((format(printf, 4, 5)));

/* Have a record set aside; object and why are copied. */
int ppc_audit_aside(ppc_auditor *a, ppc_key key, const char *object,
                    const char *label, const char *why, pp_err *err);

const char *ppc_audit_noun(char letter);
/* "container ID" or "pod ID"; caller frees */
char *ppc_audit_object(char letter, const char *id);
/* A key as people read it: / between the parts, no control characters. */
char *ppc_audit_key_text(const ppc_key *k);

#endif
