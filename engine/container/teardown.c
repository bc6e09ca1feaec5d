/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/teardown.c - the one undo; see container.h */
#include <string.h>

#include "core/util/clock.h"
#include "core/util/fault.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/container/container.h"
#include "engine/firewall/firewall.h"
#include "engine/json.h"
#include "engine/lock/lock.h"
#include "engine/network/network.h"

#define DELETE_TRIES 10
#define DELETE_WAIT (300 * PPC_MS)

/* Remember the first failure, log the others. */
static void
note(int rc, int *first, const pp_err *local, pp_err *err)
{
    if (rc >= 0)
        return;
    if (*first) {
        ppc_log(PP_LOG_WARNING, "%s", local->msg);
        return;
    }
    *first = rc;
    if (err)
        *err = *local;
}

void
ppc_run_files_remove(const ppc_bundle *b)
{
    static const char *const leftovers[] = {"attach", "ctl", "winsz", "oom"};
    size_t i;

    for (i = 0; i < sizeof leftovers / sizeof leftovers[0]; i++) {
        PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", b->dir, leftovers[i]);

        if (path)
            unlink(path);
    }
    unlink(b->socket);
    unlink(b->exitfile);
    unlink(b->pidfile);
    unlink(b->conmon);
    unlink(b->oci_log);
}

/*
 * Have the OCI runtime forget the container, whatever conmon is doing: one
 * whose engine was killed may still be creating it, so that the first delete
 * finds nothing; and one whose container was just killed writes the exit
 * file a moment later, into a folder that is to be swept.
 */
static int
delete_for_good(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    const ppc_ctr_state *s = h->ctr->state;
    int64_t finished;
    int code;
    int i;
    int rc = 0;

    for (i = 0; i < DELETE_TRIES; i++) {
        rc = ppc_oci_delete(rt, h->ctr->config->id, err);
        if (!s->conmon_pid ||
            ppc_exitfile_wait(h->bundle.exitfile, s->conmon_pid,
                              s->conmon_start, DELETE_WAIT, &code,
                              &finished) != -PP_E_TIMEOUT)
            break;
    }
    return rc;
}

/* All steps but the save. */
static int
undo_all(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    ppc_ctr *c = h->ctr;
    ppc_ctr_state *s = c->state;
    pp_err local = {0};
    int first = 0;

    /* with an intent there may be a process that nobody recorded */
    if (s->state != PPC_CTR_EXITED || c->netns || c->intent)
        note(delete_for_good(rt, h, &local), &first, &local, err);
    note(ppc_fault("teardown.deleted", &local), &first, &local, err);
    note(ppc_firewall_remove(rt, c, &local), &first, &local, err);
    note(ppc_fault("teardown.unruled", &local), &first, &local, err);
    note(ppc_network_detach(rt, c, &local), &first, &local, err);
    note(ppc_fault("teardown.detached", &local), &first, &local, err);
    if (c->netns && !first) {
        note(ppc_netns_remove(c->netns, &local), &first, &local, err);
        if (!first)
            free(pp_steal(&c->netns));
        note(ppc_fault("teardown.namespace", &local), &first, &local, err);
    }
    if (!first && s->state == PPC_CTR_STOPPED)
        s->state = PPC_CTR_EXITED;
    if (!first && s->state == PPC_CTR_CREATED)
        s->state = PPC_CTR_CONFIGURED;
    s->conmon_pid = 0;
    s->conmon_start = 0;
    return first;
}

int
ppc_held_teardown(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    int rc = undo_all(rt, h, err);
    pp_err local = {0};
    int saved;

    if (rc >= 0)
        free(pp_steal(&h->ctr->intent)); /* else it is owed still */
    saved = ppc_state_save_container(rt->state, h->ctr, &local);
    if (saved >= 0)
        saved = ppc_fault("teardown.saved", &local);
    if (saved >= 0)
        ppc_run_files_remove(&h->bundle); /* the exit code is in the record now */
    note(saved, &rc, &local, err);
    return rc;
}

int
ppc_held_end(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    int rc = 0;

    if (h->ctr->config->auto_remove && h->ctr->state->exited) {
        /* no save between: who dies here leaves a dead process on record,
         * and whoever finds it does this again */
        if (h->ctr->state->state == PPC_CTR_STOPPED)
            rc = undo_all(rt, h, err);
        return rc < 0 ? rc : ppc_held_erase(rt, h, err);
    }
    if (h->ctr->state->state == PPC_CTR_STOPPED)
        rc = ppc_held_teardown(rt, h, err);
    return rc;
}

int
ppc_held_discard(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    int rc = undo_all(rt, h, err);

    /* no save between: the intent stays until the record goes */
    return rc < 0 ? rc : ppc_held_erase(rt, h, err);
}

/* The container ID file, if it is this container's. */
static void
remove_cidfile(const ppc_ctr_config *c)
{
    PP_AUTO_FREE char *text = NULL;

    if (!c->cid_file ||
        ppc_file_read(c->cid_file, PP_ID_MAX, &text, NULL, NULL) < 0)
        return;
    text[strcspn(text, "\n")] = '\0';
    if (!strcmp(text, c->id))
        unlink(c->cid_file);
}

int
ppc_held_erase(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    PP_AUTO_FREE char *foreground = NULL;
    pp_err local = {0};
    int first = 0;

    note(ppc_dir_remove(h->bundle.run, &local), &first, &local, err);
    note(ppc_dir_remove(h->bundle.dir, &local), &first, &local, err);
    note(ppc_fault("erase.folders", &local), &first, &local, err);
    if (first)
        return first; /* the record stays, so that a later rm finds the rest */
    first = ppc_state_remove_container(rt->state, h->ctr, err);
    if (first >= 0)
        first = ppc_fault("erase.record", err);
    if (first < 0)
        return first;
    ppc_run_files_remove(&h->bundle);
    remove_cidfile(h->ctr->config);
    /* of one who was killed in the foreground */
    foreground = ppc_foreground_lock(h->ctr->config->id);
    if (foreground)
        ppc_lock_forget(rt->lock_dir, foreground);
    ppc_lock_forget(rt->lock_dir, h->ctr->config->id);
    h->ctr->valid = false;
    return 0;
}
