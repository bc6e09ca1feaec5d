/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/audit_objects.c - are containers and pods whole, and do they fit
 *
 * They are the truth, from which the indexes follow.
 */
#include <string.h>

#include "core/util/str.h"
#include "engine/state/auditor.h"

#define ASIDE "set it aside, so that nothing else fails because of it"

/* A damaged object: all of its records go where no command looks. */
static int
check_whole(ppc_auditor *a, const ppc_found *f, pp_err *err)
{
    const char *why = f->why;
    int rc;

    if (ppc_found_is_sound(f))
        return 0;
    if (!why)
        why = f->has_config ? "it has no state" : "it has no config";
    rc = ppc_audit_found(
        a,
        (ppc_finding){.kind = "record",
                      .object = ppc_audit_object(f->letter, f->id),
                      .remedy = ASIDE,
                      .repairable = true},
        err, "%s", why);
    if (!rc)
        rc =
            ppc_audit_aside(a, ppc_key_record(f->letter, f->id, PPC_REC_CONFIG),
                            f->id, "config", why, err);
    if (!rc)
        rc = ppc_audit_aside(a, ppc_key_record(f->letter, f->id, PPC_REC_STATE),
                             f->id, "state", why, err);
    if (rc || f->letter == PPC_KIND_POD)
        return rc;
    rc = ppc_audit_aside(a, ppc_key_record(f->letter, f->id, PPC_REC_NETNS),
                         f->id, "netns", why, err);
    if (!rc)
        rc =
            ppc_audit_aside(a, ppc_key_spec(f->id), f->id, "request", why, err);
    if (!rc)
        rc = ppc_audit_aside(a, ppc_key_intent(f->id), f->id, "intent", why,
                             err);
    return rc;
}

static int
want(ppc_auditor *a, ppc_key key, const char *val, pp_err *err)
{
    return ppc_entries_add(&a->wanted, key, val, strlen(val), err);
}

static int
want_name(ppc_auditor *a, const ppc_found *f, const char *name,
          const char *nspace, pp_err *err)
{
    char owner[PPC_ID_MAX + 2] = {f->letter};
    int rc;

    memcpy(owner + 1, f->id, strlen(f->id) + 1);
    rc = want(a, ppc_key_name(name), owner, err);
    if (!rc && !ppc_str_is_empty(nspace))
        rc = want(a, ppc_key_ns(nspace, f->letter, f->id), "", err);
    return rc;
}

/* The pod a container says it is in. */
static int
check_pod(ppc_auditor *a, const ppc_found *f, pp_err *err)
{
    const char *pod = f->ctr->pod;
    const ppc_change c = {PPC_CHANGE_DROP,
                          ppc_key_record(f->letter, f->id, PPC_REC_CONFIG),
                          ppc_unconst("pod"), NULL, NULL};
    int rc;

    if (ppc_str_is_empty(pod))
        return 0;
    if (ppc_model_find(&a->m.pods, pod))
        return want(a, ppc_key_member(pod, f->id), "", err);
    rc = ppc_audit_found(
        a,
        (ppc_finding){.kind = "reference",
                      .object = ppc_audit_object(f->letter, f->id),
                      .remedy = "take it out of the pod",
                      .repairable = true},
        err, "it is of pod %s, which is not there", pod);
    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

/* A generic dependency only says what starts first: it can be dropped. */
static int
check_dependency(ppc_auditor *a, const ppc_found *f, const char *id,
                 pp_err *err)
{
    const ppc_change c = {PPC_CHANGE_ITEM,
                          ppc_key_record(f->letter, f->id, PPC_REC_CONFIG),
                          ppc_unconst("Dependencies"), ppc_unconst(id), NULL};
    int rc;

    if (ppc_model_find(&a->m.ctrs, id))
        return want(a, ppc_key_dep(id, f->id), "", err);
    rc = ppc_audit_found(
        a,
        (ppc_finding){.kind = "reference",
                      .object = ppc_audit_object(f->letter, f->id),
                      .remedy = "drop the dependency",
                      .repairable = true},
        err, "it depends on container %s, which is not there", id);
    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

/* To drop the sharing of a namespace would start it with another one. */
static int
check_shared(ppc_auditor *a, const ppc_found *f, int which, pp_err *err)
{
    static const char *const names[PPC_NS_COUNT] = {
        "IPC", "mount", "network", "PID", "user", "UTS", "cgroup"};
    const char *id = f->ctr->ns_ctr[which];

    if (ppc_str_is_empty(id))
        return 0;
    if (ppc_model_find(&a->m.ctrs, id))
        return want(a, ppc_key_dep(id, f->id), "", err);
    return ppc_audit_found(
        a,
        (ppc_finding){.kind = "reference",
                      .object = ppc_audit_object(f->letter, f->id),
                      .remedy = "it cannot start: remove it with "
                                "polypod rm and create it again"},
        err,
        "it shares the %s namespace of container %s, which is not "
        "there",
        names[which], id);
}

static int
check_container(ppc_auditor *a, const ppc_found *f, pp_err *err)
{
    char *const *dep = f->ctr->dependencies;
    int rc = want_name(a, f, f->ctr->name, f->ctr->nspace, err);
    int i;

    if (!rc)
        rc = check_pod(a, f, err);
    for (i = 0; !rc && i < PPC_NS_COUNT; i++)
        rc = check_shared(a, f, i, err);
    for (; !rc && dep && *dep; dep++)
        rc = check_dependency(a, f, *dep, err);
    return rc;
}

static int
check_one_pod(ppc_auditor *a, const ppc_found *f, pp_err *err)
{
    const ppc_change c = {PPC_CHANGE_DROP,
                          ppc_key_record(f->letter, f->id, PPC_REC_STATE),
                          ppc_unconst("InfraContainerID"), NULL, NULL};
    int rc = want_name(a, f, f->pod->name, f->pod->nspace, err);

    if (!rc && ppc_model_find(&a->m.ctrs, f->id))
        rc = ppc_audit_found(
            a,
            (ppc_finding){.kind = "record",
                          .object = ppc_audit_object(f->letter, f->id),
                          .remedy = "remove one of the two"},
            err, "a container has the same ID");
    if (rc || ppc_str_is_empty(f->infra) ||
        ppc_model_find(&a->m.ctrs, f->infra))
        return rc;
    rc = ppc_audit_found(
        a,
        (ppc_finding){.kind = "reference",
                      .object = ppc_audit_object(f->letter, f->id),
                      .remedy = "forget the infra container",
                      .repairable = true},
        err, "its infra container %s is not there", f->infra);
    return rc < 0 ? rc : ppc_changes_add(a->todo, &c, err);
}

int
ppc_audit_objects(ppc_auditor *a, pp_err *err)
{
    const ppc_founds *lists[] = {&a->m.ctrs, &a->m.pods};
    const ppc_found *f;
    size_t i, k;
    int rc = 0;

    for (k = 0; k < 2; k++)
        for (i = 0; !rc && i < lists[k]->n; i++) {
            f = &lists[k]->v[i];
            rc = check_whole(a, f, err);
            if (!rc && ppc_found_is_sound(f))
                rc = f->ctr ? check_container(a, f, err)
                            : check_one_pod(a, f, err);
        }
    return rc;
}
