/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-sqlite/plugin.c - descriptor, open and close
 */
#include "lite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
lite_info(void *self, pp_state_info *info, pp_err *err)
{
    (void)self;
    (void)err;
    info->caps = PP_STATE_DURABLE | PP_STATE_MULTIPROCESS |
                 PP_STATE_RO_CONCURRENT | PP_STATE_GENERATION | PP_STATE_BACKUP;
    info->max_key = LITE_MAX_KEY;
    info->max_val = LITE_MAX_VAL;
    return 0;
}

static void
lite_close(void *self)
{
    lite *s = self;

    while (s->idle) {
        lite_conn *c = s->idle;

        s->idle = c->next;
        lite_conn_free(c);
    }
    lite_vfs_unregister(s);
    if (s->witness >= 0)
        close(s->witness);
    free(s->path);
    free(s->wal);
    free(s->shm);
    free(s->commits);
    free(s);
}

static char *
in_folder(const char *dir, const char *name)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *path = malloc(n);

    if (path)
        snprintf(path, n, "%s/%s", dir, name);
    return path;
}

/* SQLite is told to follow no links, so there must be none in the path. */
static int
set_paths(lite *s, pp_err *err)
{
    const char *dir = s->host->dir(s->host->ctx, PP_DIR_STATE);
    char *real = dir ? realpath(dir, NULL) : NULL;

    if (!dir)
        return pp_host_fail(s->host, err, PP_E_UNAVAIL, 0,
                            "state store: there is no folder to keep it in");
    if (!real)
        return pp_host_fail(s->host, err, PP_E_IO, errno,
                            "cannot open folder \"%s\"", dir);
    s->path = in_folder(real, "state.db");
    s->wal = in_folder(real, "state.db-wal");
    s->shm = in_folder(real, "state.db-shm");
    s->commits = in_folder(real, "state.commits");
    free(real);
    if (!s->path || !s->wal || !s->shm || !s->commits)
        return pp_host_fail(s->host, err, PP_E_NOMEM, 0,
                            "state store \"%s\": no memory to open it", dir);
    return 0;
}

static int
set_up(lite *s, const pp_config *cfg, pp_err *err)
{
    lite_conn *c;
    int rc;

    s->lock_timeout =
        (uint32_t)(s->host->cfg_int(cfg, "lock_timeout") / 1000000);
    s->wal_size = (int)s->host->cfg_int(cfg, "wal_size");
    rc = set_paths(s, err);
    if (rc == 0)
        rc = lite_vfs_register(s, err);
    if (rc == 0)
        lite_witness_open(s);
    if (rc == 0)
        rc = lite_file_make(s, err);
    if (rc == 0)
        rc = lite_conn_take(s, s->lock_timeout, &c, err);
    if (rc == 0)
        lite_conn_give(c);
    return rc;
}

static int
lite_open(const pp_host *host, const pp_config *cfg, void **self, pp_err *err)
{
    lite *s = calloc(1, sizeof(*s));
    int rc;

    if (!s)
        return pp_host_fail(host, err, PP_E_NOMEM, 0,
                            "state store: no memory to open it");
    s->host = host;
    s->witness = -1;
    rc = set_up(s, cfg, err);
    if (rc < 0) {
        lite_close(s);
        return rc;
    }
    *self = s;
    return 0;
}

static int
lite_status(void *self, pp_sink *json, pp_err *err)
{
    lite *s = self;
    char text[256];
    uint64_t gen;
    int n, rc;

    rc = lite_generation(s, &gen, err);
    if (rc < 0)
        return rc;
    n = snprintf(text, sizeof(text),
                 "{\"library\":\"SQLite %s\",\"generation\":%" PRIu64
                 ",\"readOnly\":%s}",
                 sqlite3_libversion(), gen, s->read_only ? "true" : "false");
    return s->host->put(json, text, (size_t)n);
}

static const pp_key key_lock_timeout = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_DURATION,
    .name = "lock_timeout",
    .def = "10s",
    .range = "0s..1h",
    .help = "longest wait for other processes when opening, checking, "
            "compacting or copying the store",
};

static const pp_key key_wal_size = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_SIZE,
    .name = "wal_size",
    .def = "512KiB",
    .range = "64KiB..256MiB",
    .help = "size from which a commit moves the write-ahead log into the "
            "store",
};

static const pp_key *const lite_keys[] = {
    &key_lock_timeout,
    &key_wal_size,
    NULL,
};

static const pp_state_ops lite_ops = {
    .struct_size = sizeof(pp_state_ops),
    .info = lite_info,
    .begin = lite_begin,
    .get = lite_get,
    .put = lite_put,
    .del = lite_del,
    .scan = lite_scan,
    .next = lite_next,
    .end = lite_end,
    .commit = lite_commit,
    .abort = lite_abort,
    .generation = lite_generation,
    .check = lite_check,
    .compact = lite_compact,
    .backup = lite_backup,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_STATE,
    .name = "sqlite",
    .version = "0.1.0",
    .summary = "keeps state in an SQLite database",
    .license = "LGPL-2.1-or-later",
    .threads = PP_THREADS_PER_INSTANCE,
    .keys = lite_keys,
    .ops = &lite_ops,
    .open = lite_open,
    .close = lite_close,
    .status = lite_status,
};
