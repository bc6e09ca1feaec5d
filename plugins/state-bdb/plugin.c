/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/plugin.c - descriptor, open and close, libdb's errors
 */
#include "bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

DBT
bdb_dbt(pp_slice s)
{
    DBT d;

    memset(&d, 0, sizeof(d));
    memcpy(&d.data, &s.p, sizeof(d.data)); /* libdb does not write to it */
    d.size = (uint32_t)s.n;
    return d;
}

void
bdb_log_db(const DB_ENV *env, const char *prefix, const char *text)
{
    const bdb *s = env->app_private;

    (void)prefix;
    if (s)
        pp_host_log(s->host, PP_LOG_DEBUG, "libdb: %s", text);
}

/* What a failure is called outside: libdb's codes are negative, the others
 * are errno. */
int
bdb_code(int rc)
{
    if (rc == ENOSPC || rc == EDQUOT)
        return PP_E_FULL;
    if (rc == ENOMEM)
        return PP_E_NOMEM;
    if (rc == EACCES || rc == EPERM || rc == EROFS)
        return PP_E_PERM;
    if (rc == DB_LOCK_DEADLOCK)
        return PP_E_CONFLICT;
    if (rc < 0 || rc == EINVAL || rc == ENOENT)
        return PP_E_CORRUPT;
    return PP_E_IO;
}

int
bdb_fail_db(const bdb *s, pp_err *err, int rc, const char *what)
{
    int code = bdb_code(rc);

    if (code == PP_E_CORRUPT)
        return pp_host_fail(s->host, err, code, 0,
                            "%s \"%s/" BDB_FILE "\": it is damaged or absent "
                            "(%s); restore a backup as described in "
                            "polypod-state-bdb(8)",
                            what, s->dir, db_strerror(rc));
    return pp_host_fail(s->host, err, code, rc > 0 ? rc : 0,
                        "%s \"%s/" BDB_FILE "\"", what, s->dir);
}

static int
bdb_info(void *self, pp_state_info *info, pp_err *err)
{
    (void)self;
    (void)err;
    info->caps = PP_STATE_DURABLE | PP_STATE_MULTIPROCESS |
                 PP_STATE_RO_CONCURRENT | PP_STATE_GENERATION | PP_STATE_BACKUP;
    info->max_key = BDB_MAX_KEY;
    info->max_val = BDB_MAX_VAL;
    return 0;
}

/* Open "lock", making it in a new store; note whether we may write. */
static int
lock_make(bdb *s, pp_err *err)
{
    int fd = openat(s->dir_fd, "lock",
                    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0) {
        close(fd);
        return 0;
    }
    if (errno != EROFS && errno != EACCES && errno != EPERM)
        return pp_host_fail(s->host, err, PP_E_IO, errno,
                            "cannot open \"%s/lock\"", s->dir);
    s->read_only = 1;
    return 0;
}

/* Recover now rather than in the first transaction. */
static int
first_look(bdb *s, pp_err *err)
{
    bdb_head head;
    int fd = -1, rc;

    rc = bdb_lock_open(s, &fd, err);
    if (rc < 0)
        return rc;
    rc = bdb_enter_read(s, fd, bdb_deadline(s->lock_timeout), &head, err);
    if (rc == 0)
        rc = bdb_look(s, &head, err);
    close(fd);
    return rc;
}

static void
bdb_close(void *self)
{
    bdb *s = self;

    bdb_forget(s);
    bdb_redo_close(s);
    if (s->dir_fd >= 0)
        close(s->dir_fd);
    free(s->dir);
    free(s);
}

static int
set_up(bdb *s, const pp_config *cfg, pp_err *err)
{
    const char *dir = s->host->dir(s->host->ctx, PP_DIR_STATE);
    int rc;

    if (!dir)
        return pp_host_fail(s->host, err, PP_E_UNAVAIL, 0,
                            "state store: there is no folder to keep it in");
    s->cache_size = (uint32_t)s->host->cfg_int(cfg, "cache_size");
    s->log_size = (uint32_t)s->host->cfg_int(cfg, "log_size");
    s->redo_size = (uint32_t)s->host->cfg_int(cfg, "redo_size");
    s->lock_timeout =
        (uint32_t)(s->host->cfg_int(cfg, "lock_timeout") / 1000000);
    s->dir = strdup(dir);
    if (!s->dir)
        return pp_host_fail(s->host, err, PP_E_NOMEM, 0,
                            "state store \"%s\": no memory to open it", dir);
    s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir_fd < 0)
        return pp_host_fail(s->host, err, PP_E_IO, errno,
                            "cannot open folder \"%s\"", dir);
    rc = bdb_boot_id(s, err);
    if (rc == 0)
        rc = lock_make(s, err);
    return rc < 0 ? rc : first_look(s, err);
}

static int
bdb_open(const pp_host *host, const pp_config *cfg, void **self, pp_err *err)
{
    bdb *s = calloc(1, sizeof(*s));
    int rc;

    if (!s)
        return pp_host_fail(host, err, PP_E_NOMEM, 0,
                            "state store: no memory to open it");
    bdb_files_init();
    s->host = host;
    s->dir_fd = -1;
    s->redo.fd = -1;
    rc = set_up(s, cfg, err);
    if (rc < 0) {
        bdb_close(s);
        return rc;
    }
    *self = s;
    return 0;
}

static int
bdb_status(void *self, pp_sink *json, pp_err *err)
{
    bdb *s = self;
    char text[256];
    uint64_t gen;
    int major, minor, patch, n, rc;

    rc = bdb_generation(s, &gen, err);
    if (rc < 0)
        return rc;
    db_version(&major, &minor, &patch);
    n = snprintf(text, sizeof(text),
                 "{\"library\":\"Berkeley DB %d.%d.%d\",\"generation\":"
                 "%" PRIu64 ",\"readOnly\":%s}",
                 major, minor, patch, gen, s->read_only ? "true" : "false");
    return s->host->put(json, text, (size_t)n);
}

static const pp_key key_cache_size = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_SIZE,
    .name = "cache_size",
    .def = "1MiB",
    .range = "256KiB..1GiB",
    .help = "memory for pages of the store, in each process",
};

static const pp_key key_lock_timeout = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_DURATION,
    .name = "lock_timeout",
    .def = "10s",
    .range = "0s..1h",
    .help = "longest wait for other processes when opening, checking, "
            "compacting or copying the store",
};

static const pp_key key_log_size = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_SIZE,
    .name = "log_size",
    .def = "1MiB",
    .range = "32KiB..64MiB",
    .help = "size at which a new log file is begun",
};

static const pp_key key_redo_size = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_SIZE,
    .name = "redo_size",
    .def = "1MiB",
    .range = "32KiB..64MiB",
    .help = "size of the file that takes the commits",
};

static const pp_key *const bdb_keys[] = {
    &key_cache_size, &key_lock_timeout, &key_log_size, &key_redo_size, NULL,
};

static const pp_state_ops bdb_ops = {
    .struct_size = sizeof(pp_state_ops),
    .info = bdb_info,
    .begin = bdb_begin,
    .get = bdb_get,
    .put = bdb_put,
    .del = bdb_del,
    .scan = bdb_scan,
    .next = bdb_next,
    .end = bdb_end,
    .commit = bdb_commit,
    .abort = bdb_abort,
    .generation = bdb_generation,
    .check = bdb_check,
    .compact = bdb_compact,
    .backup = bdb_backup,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_STATE,
    .name = "bdb",
    .version = "0.1.0",
    .summary = "keeps state in a Berkeley DB 5.3 btree",
    .license = "LGPL-2.1-or-later",
    .threads = PP_THREADS_PER_INSTANCE,
    .keys = bdb_keys,
    .ops = &bdb_ops,
    .open = bdb_open,
    .close = bdb_close,
    .status = bdb_status,
};
