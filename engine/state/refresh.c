/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/refresh.c - what a reboot does to the stored objects
 *
 * Done in small transactions: an object's new state follows from its old one
 * alone, and doing it twice is the same as once, so a crash in between only
 * means that the next start does it again.
 */
#include <stdlib.h>

#include <polypod/plugin.h>

#include "core/util/log.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/objects.h"

#define BATCH 64 /* objects in one transaction */

static int32_t
state_after_reboot(int32_t state)
{
    switch (state) {
    case PPC_CTR_RUNNING:
    case PPC_CTR_PAUSED:
    case PPC_CTR_STOPPED:
    case PPC_CTR_EXITED:
        return PPC_CTR_EXITED;
    case PPC_CTR_REMOVING:
        return PPC_CTR_REMOVING;
    default:
        return PPC_CTR_CONFIGURED;
    }
}

/* Forget what lived in memory only: processes, mounts, the network. */
static void
reset_ctr(ppc_ctr_state *s)
{
    s->state = state_after_reboot(s->state);
    s->mounted = false;
    free(pp_steal(&s->mount_point));
    s->pid = s->pid_start = 0;
    s->conmon_pid = s->conmon_start = 0;
    pp_json_unref(pp_steal(&s->exec_sessions));
    pp_json_unref(pp_steal(&s->network_status));
    pp_json_unref(pp_steal(&s->bind_mounts));
    free(pp_steal(&s->firewall));
    free(pp_steal(&s->net_driver));
}

static int
refresh_ctr(ppc_txn *t, const char *id, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    PP_AUTO(ppc_ctr_state_free) ppc_ctr_state *s = NULL;
    ppc_key key = ppc_key_record(PPC_KIND_CTR, id, PPC_REC_STATE);
    int rc = ppc_txn_get_json(t, key, "the state", &v, err);

    if (!rc)
        rc = ppc_ctr_state_decode(v, &s, err);
    if (rc < 0)
        return rc;
    reset_ctr(s);
    rc = ppc_txn_put_json(t, key, ppc_ctr_state_encode(s), "a container state",
                          err);
    if (rc < 0)
        return rc;
    return ppc_txn_del(t, ppc_key_record(PPC_KIND_CTR, id, PPC_REC_NETNS), err);
}

static int
refresh_pod(ppc_txn *t, const char *id, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    PP_AUTO(ppc_pod_state_free) ppc_pod_state *s = NULL;
    ppc_key key = ppc_key_record(PPC_KIND_POD, id, PPC_REC_STATE);
    int rc = ppc_txn_get_json(t, key, "the state", &v, err);

    if (!rc)
        rc = ppc_pod_state_decode(v, &s, err);
    if (rc < 0)
        return rc;
    free(pp_steal(&s->cgroup_path));
    return ppc_txn_put_json(t, key, ppc_pod_state_encode(s), "a pod state",
                            err);
}

int
ppc_refresh_record(ppc_txn *t, char letter, const char *id, pp_err *err)
{
    return letter == PPC_KIND_POD ? refresh_pod(t, id, err)
                                  : refresh_ctr(t, id, err);
}

struct batch {
    const ppc_kind *kind;
    char **ids; /* of all objects                     */
    size_t at;  /* the batch begins here ...          */
    size_t n;   /* ... and has so many, or ends sooner */
};

/* Is it a fault of this one record, so that the others can go on? */
static bool
is_local(int rc)
{
    return rc == -PP_E_CORRUPT || rc == -PP_E_NOTFOUND;
}

static int
refresh_batch(ppc_txn *t, void *arg, pp_err *err)
{
    struct batch *b = arg;
    pp_err why;
    size_t i;
    int rc;

    for (i = b->at; i < b->at + b->n && b->ids[i]; i++) {
        why.code = 0;
        why.msg[0] = '\0';
        rc = ppc_refresh_record(t, b->kind->letter, b->ids[i], &why);
        if (is_local(rc)) {
            ppc_log(PP_LOG_ERROR, "%s %s is left as it is: %s", b->kind->noun,
                    b->ids[i], why.msg[0] ? why.msg : "it has no state");
        } else if (rc < 0) {
            if (err)
                *err = why;
            return pp_wrap(err, rc, "%s %s", b->kind->noun, b->ids[i]);
        }
    }
    return 0;
}

static int
collect_id(ppc_raw *raw, void *arg, pp_err *err)
{
    if (!ppc_strv_add(arg, raw->id))
        return 0;
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for a list of IDs");
}

static int
collect(ppc_txn *t, void *arg, pp_err *err)
{
    struct batch *b = arg;
    ppc_range r = ppc_range_letter(b->kind->letter);

    ppc_strv_free(pp_steal(&b->ids));
    return ppc_load_range(t, &r, collect_id, &b->ids, err);
}

static int
refresh_kind(ppc_state *st, const ppc_kind *kind, pp_err *err)
{
    struct batch b = {kind, NULL, 0, BATCH};
    int rc = ppc_store_view(&st->store, collect, &b, err);
    size_t n = ppc_strv_len(ppc_strv_c(b.ids));

    for (; !rc && b.at < n; b.at += b.n)
        rc = ppc_store_update(&st->store, refresh_batch, &b, err);
    ppc_strv_free(b.ids);
    return rc < 0 ? pp_wrap(err, rc, "refreshing the %ss", kind->noun) : 0;
}

int
ppc_state_refresh(ppc_state *st, pp_err *err)
{
    int rc = refresh_kind(st, &ppc_kind_ctr, err);

    return rc < 0 ? rc : refresh_kind(st, &ppc_kind_pod, err);
}
