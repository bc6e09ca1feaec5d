/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/create.c - make a container that does not run yet
 *
 * Folders first, named by an ID that nobody knows yet; then the record, in
 * one transaction; then the file for the ID.  Who dies before the record
 * leaves folders without one, which the refresh after the next boot sweeps.
 *
 * A container to be run at once carries the intent "create" from its record's
 * first transaction until it runs: who dies in between leaves a container
 * that nobody was told of, and the next one to hold it erases it.
 */
#include <fcntl.h>
#include <string.h>

#include "core/util/file.h"
#include "core/util/str.h"
#include "core/util/versioned.h"
#include "engine/container/container.h"
#include "engine/container/request.h"
#include "engine/json.h"
#include "engine/lock/lock.h"

static int
make_folders(const ppc_bundle *b, pp_err *err)
{
    int rc = ppc_dir_make(b->dir, 0700, err);

    return rc < 0 ? rc : ppc_dir_make(b->run, 0700, err);
}

/* The file must not exist: nobody's ID is overwritten. */
static int
write_cidfile(const char *path, const char *id, pp_err *err)
{
    PP_AUTO_FD int fd = -1;
    int rc;

    if (!path)
        return 0;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return pp_fail(err, PP_E_EXISTS, 0,
                       "container ID file \"%s\" exists: remove it or choose "
                       "another --cidfile",
                       path);
    if (fd >= 0 && !ppc_write_all(fd, id, strlen(id)))
        return 0;
    rc = pp_fail(err, PP_E_IO, errno, "cannot write --cidfile \"%s\"", path);
    if (fd >= 0)
        unlink(path);
    return rc;
}

static int
store(pp_runtime *rt, ppc_held *h, const pp_json *request, bool run,
      pp_err *err)
{
    const char *id = h->ctr->config->id;
    int rc;

    h->ctr->state->state = PPC_CTR_CONFIGURED;
    if (run) {
        h->ctr->intent = strdup(PPC_INTENT_CREATE);
        if (!h->ctr->intent)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for a container");
    }
    h->lock = ppc_lock_take(rt->lock_dir, id, 0, h->ctr->config->name,
                            "engine.lock_timeout", err);
    if (h->lock < 0)
        return h->lock;
    rc = ppc_state_add_container(rt->state, h->ctr, request, err);
    if (rc < 0)
        ppc_lock_forget(rt->lock_dir, id);
    return rc;
}

/* Folders, record, file; a failure takes back what was made. */
static int
make(pp_runtime *rt, ppc_held *h, const pp_container_spec *spec,
     const pp_json *request, bool run, pp_err *err)
{
    int rc = make_folders(&h->bundle, err);

    if (rc >= 0)
        rc = store(rt, h, request, run, err);
    if (rc < 0) {
        ppc_dir_remove(h->bundle.run, NULL);
        ppc_dir_remove(h->bundle.dir, NULL);
        return rc;
    }
    rc = write_cidfile(spec->cidfile, h->ctr->config->id, err);
    if (rc < 0)
        ppc_held_erase(rt, h, NULL);
    return rc;
}

int
ppc_held_make(pp_runtime *rt, const pp_container_spec *spec, bool run,
              ppc_held *h, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *request = NULL;
    pp_container_spec own;
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = PPC_TAKE(pp_container_spec, reserved, &own, spec, err);
    if (rc < 0)
        return rc;
    h->ctr = ppc_ctr_new();
    if (!h->ctr)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a container");
    rc = ppc_request_json(&own, &request, err);
    if (rc >= 0)
        rc = ppc_request_config(rt, &own, h->ctr->config, err);
    if (rc >= 0)
        rc = ppc_bundle_init(rt, h->ctr->config->id, &h->bundle, err);
    if (rc >= 0)
        rc = make(rt, h, &own, request, run, err);
    return rc;
}

int
pp_container_create(pp_runtime *rt, const pp_container_spec *spec,
                    char id[PP_ID_MAX], pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    int rc = ppc_held_make(rt, spec, false, &h, err);

    if (rc >= 0)
        snprintf(id, PP_ID_MAX, "%s", h.ctr->config->id);
    return rc;
}
