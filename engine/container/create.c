/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/create.c - make a container that does not run yet
 *
 * Record and intent come first, in one transaction; then the folders; then
 * the intent is cleared.  Who dies in between leaves a record whose intent
 * says what is owed, and the next one to hold it pays.
 */
#include <fcntl.h>
#include <string.h>

#include "core/util/file.h"
#include "core/util/str.h"
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

    if (!path)
        return 0;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return pp_fail(err, PP_E_EXISTS, 0,
                       "container ID file \"%s\" exists: remove it or choose "
                       "another --cidfile",
                       path);
    if (fd < 0 || ppc_write_all(fd, id, strlen(id)))
        return pp_fail(err, PP_E_IO, errno, "cannot write --cidfile \"%s\"",
                       path);
    return 0;
}

static int
store(pp_runtime *rt, ppc_held *h, const pp_json *request, pp_err *err)
{
    int rc;

    h->ctr->state->state = PPC_CTR_CONFIGURED;
    h->ctr->intent = strdup(PPC_INTENT_CREATE);
    if (!h->ctr->intent)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a container");
    h->lock = ppc_lock_take(rt->lock_dir, h->ctr->config->id, 0,
                            h->ctr->config->name, "engine.lock_timeout", err);
    if (h->lock < 0)
        return h->lock;
    rc = ppc_state_add_container(rt->state, h->ctr, request, err);
    if (rc < 0)
        ppc_lock_forget(rt->lock_dir, h->ctr->config->id);
    return rc;
}

/* The steps after the record; a failure erases all of it. */
static int
complete(pp_runtime *rt, ppc_held *h, const pp_container_spec *spec,
         pp_err *err)
{
    const char *id = h->ctr->config->id;
    bool wrote_cid = false;
    int rc;

    rc = make_folders(&h->bundle, err);
    if (rc >= 0) {
        rc = write_cidfile(spec->cidfile, id, err);
        wrote_cid = rc >= 0;
    }
    if (rc >= 0) {
        free(pp_steal(&h->ctr->intent));
        rc = ppc_state_save_container(rt->state, h->ctr, err);
    }
    if (rc >= 0)
        return 0;
    if (!wrote_cid)
        free(pp_steal(&h->ctr->config->cid_file)); /* not ours to remove */
    ppc_held_erase(rt, h, NULL);
    return rc;
}

int
pp_container_create(pp_runtime *rt, const pp_container_spec *spec,
                    char id[PP_ID_MAX], pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    PP_AUTO(pp_json_unref) pp_json *request = NULL;
    int rc = ppc_runtime_check(rt, err);

    if (rc < 0)
        return rc;
    if (spec->struct_size != sizeof *spec)
        return pp_fail(err, PP_E_INVAL, 0,
                       "pp_container_spec has %u bytes, not %zu: build "
                       "against the library's own header",
                       spec->struct_size, sizeof *spec);
    h.ctr = ppc_ctr_new();
    if (!h.ctr)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a container");
    rc = ppc_request_json(spec, &request, err);
    if (rc >= 0)
        rc = ppc_request_config(rt, spec, h.ctr->config, err);
    if (rc >= 0)
        rc = ppc_bundle_init(rt, h.ctr->config->id, &h.bundle, err);
    if (rc >= 0)
        rc = store(rt, &h, request, err);
    if (rc >= 0)
        rc = complete(rt, &h, spec, err);
    if (rc >= 0)
        snprintf(id, PP_ID_MAX, "%s", h.ctr->config->id);
    return rc;
}
