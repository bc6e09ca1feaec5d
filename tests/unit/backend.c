/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/backend.c - a state back end under test; see backend.h */
#include "backend.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <polypod/error.h>

#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/run.h"
#include "core/util/str.h"

#define TIMEOUT_MS 10000

struct pp_host_ctx {
    backend *b;
};

static void
die(const backend *b, const char *what, const pp_err *err)
{
    fprintf(stderr, "%s: %s: %s\n", b->name, what, err ? err->msg : "");
    abort();
}

static void
host_vlog(pp_host_ctx *ctx, uint32_t level, const char *fmt, va_list ap)
{
    ppc_vlog(level, ((backend *)(void *)ctx)->name, fmt, ap);
}

static const pp_key *
find_key(const pp_config *cfg, const char *name)
{
    const backend *b = (const backend *)(const void *)cfg;
    const pp_key *const *k;

    for (k = b->plugin->keys; k && *k; k++)
        if (!strcmp((*k)->name, name))
            return *k;
    return NULL;
}

/* Every key has its default. */
static const char *
host_cfg_str(const pp_config *cfg, const char *name)
{
    const pp_key *k = find_key(cfg, name);

    return k ? k->def : NULL;
}

static int64_t
host_cfg_int(const pp_config *cfg, const char *name)
{
    static const struct {
        const char *unit;
        int64_t n;
    } units[] = {
        {"ms", 1000000},           {"s", 1000000000},
        {"m", 60000000000},        {"k", 1 << 10},
        {"KiB", 1 << 10},          {"MiB", 1 << 20},
        {"GiB", INT64_C(1) << 30}, {"g", INT64_C(1) << 30},
    };
    const pp_key *k = find_key(cfg, name);
    char *end = NULL;
    int64_t n;
    size_t i;

    if (!k || !k->def)
        return 0;
    if (k->type == PP_KEY_BOOL)
        return strchr("yto1", k->def[0]) && strcmp(k->def, "off");
    n = strtoll(k->def, &end, 10);
    if (k->type == PP_KEY_SIZE && !strcmp(end, "m"))
        return n << 20;
    for (i = 0; i < sizeof units / sizeof units[0]; i++)
        if (!strcmp(end, units[i].unit))
            return n * units[i].n;
    return n;
}

static const char *
host_cfg_next(const pp_config *cfg, const char *name, const char *prev)
{
    return prev ? NULL : host_cfg_str(cfg, name);
}

static const char *
host_dir(pp_host_ctx *ctx, uint32_t which)
{
    (void)which;
    return ((backend *)(void *)ctx)->dir;
}

static int
host_put(pp_sink *sink, const void *p, size_t n)
{
    (void)sink;
    (void)p;
    (void)n;
    return 0;
}

static int
host_run(pp_host_ctx *ctx, const pp_run *r, int *status, pp_err *err)
{
    (void)ctx;
    (void)r;
    (void)status;
    return pp_fail(err, PP_E_NOTSUP, 0, "this test runs no programs");
}

int
backend_start(backend *b, pp_err *err)
{
    pp_state_info info = {.struct_size = sizeof info};
    int rc = 0;

    if (b->map)
        b->self = b->map;
    else
        rc = b->plugin->open(&b->host, (const pp_config *)(const void *)b,
                             &b->self, err);
    if (rc < 0)
        return rc;
    rc = b->ops->info(b->self, &info, err);
    b->caps = info.caps;
    return rc;
}

void
backend_stop(backend *b)
{
    b->plugin->close(b->self);
    b->self = NULL;
}

static void
open_instance(backend *b)
{
    pp_err err = {0, 0, ""};

    if (backend_start(b, &err) < 0)
        die(b, "open", &err);
}

static void
load_plugin(backend *b)
{
    char path[4096];
    void *dl;

    snprintf(path, sizeof path, "%s/%s.so", TEST_PLUGINS, b->name);
    dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    b->plugin = dl ? dlsym(dl, "pp_plugin_v1") : NULL;
    if (!b->plugin) {
        fprintf(stderr, "%s\n", dlerror());
        die(b, "no plugin", NULL);
    }
    b->ops = b->plugin->ops;
    b->host = (pp_host){
        .struct_size = sizeof b->host,
        .abi_major = PP_ABI_MAJOR,
        .abi_minor = PP_ABI_MINOR,
        .core_version = "test",
        .ctx = (pp_host_ctx *)(void *)b,
        .vlog = host_vlog,
        .vfail = pp_vfail,
        .cfg_str = host_cfg_str,
        .cfg_int = host_cfg_int,
        .cfg_next = host_cfg_next,
        .dir = host_dir,
        .put = host_put,
        .run = host_run,
    };
}

void
backend_open(backend *b, const char *name)
{
    memset(b, 0, sizeof *b);
    b->name = name;
    if (!strcmp(name, "map")) {
        b->map = mapstore_new();
        b->ops = &mapstore_ops;
        open_instance(b);
        return;
    }
    snprintf(b->dir, sizeof b->dir, "/tmp/polypod-test.XXXXXX");
    if (!mkdtemp(b->dir))
        die(b, "mkdtemp", NULL);
    load_plugin(b);
    open_instance(b);
}

void
backend_load(backend *b, const char *name, const char *dir)
{
    memset(b, 0, sizeof *b);
    b->name = name;
    snprintf(b->dir, sizeof b->dir, "%s", dir);
    b->shared = true;
    load_plugin(b);
}

void
backend_share(const backend *b, backend *out)
{
    backend_load(out, b->name, b->dir);
    open_instance(out);
}

void
backend_reopen(backend *b)
{
    if (!b->map)
        b->plugin->close(b->self);
    open_instance(b);
}

void
backend_close(backend *b)
{
    pp_err err = {0, 0, ""};

    if (b->map) {
        mapstore_free(b->map);
        return;
    }
    b->plugin->close(b->self);
    if (b->shared)
        return;
    if (ppc_dir_remove(b->dir, &err) < 0)
        die(b, "clean up", &err);
}

static void *
begin(backend *b, uint32_t flags)
{
    pp_err err = {0, 0, ""};
    void *txn = NULL;

    if (b->ops->begin(b->self, flags, TIMEOUT_MS, &txn, &err) < 0)
        die(b, "begin", &err);
    return txn;
}

void
backend_each(backend *b, backend_item_fn fn, void *arg)
{
    void *txn = begin(b, 0);
    pp_slice key, val;
    pp_err err = {0, 0, ""};
    void *it = NULL;
    int rc;

    if (b->ops->scan(txn, pp_slice_of("", 1), pp_slice_of(NULL, 0), 0, &it,
                     &err) < 0)
        die(b, "scan", &err);
    while ((rc = b->ops->next(it, &key, &val, &err)) > 0)
        fn(key, val, arg);
    if (rc < 0)
        die(b, "next", &err);
    b->ops->end(it);
    b->ops->abort(txn);
}

static void
write_one(backend *b, const void *key, size_t n, const char *val)
{
    void *txn = begin(b, PP_TXN_RW);
    pp_slice k = pp_slice_of(key, n);
    pp_err err = {0, 0, ""};
    int rc;

    if (val)
        rc = b->ops->put(txn, k, pp_slice_of(val, strlen(val)), 0, &err);
    else
        rc = b->ops->del(txn, k, &err);
    if (rc < 0 || b->ops->commit(txn, 0, &err) < 0)
        die(b, "write", &err);
}

void
backend_put(backend *b, const void *key, size_t n, const char *val)
{
    write_one(b, key, n, val);
}

void
backend_del(backend *b, const void *key, size_t n)
{
    write_one(b, key, n, NULL);
}

struct keys {
    struct {
        unsigned char b[480];
        size_t n;
    } * v;
    size_t n;
};

static void
note_key(pp_slice key, pp_slice val, void *arg)
{
    struct keys *k = arg;

    (void)val;
    k->v = realloc(k->v, (k->n + 1) * sizeof *k->v);
    if (!k->v || key.n > sizeof k->v->b)
        abort();
    memcpy(k->v[k->n].b, key.p, key.n);
    k->v[k->n++].n = key.n;
}

void
backend_wipe(backend *b)
{
    struct keys keys = {NULL, 0};
    pp_err err = {0, 0, ""};
    void *txn;
    size_t i;

    backend_each(b, note_key, &keys);
    txn = begin(b, PP_TXN_RW);
    for (i = 0; i < keys.n; i++)
        if (b->ops->del(txn, pp_slice_of(keys.v[i].b, keys.v[i].n), &err) < 0)
            die(b, "del", &err);
    if (b->ops->commit(txn, PP_COMMIT_NOSYNC, &err) < 0)
        die(b, "commit", &err);
    free(keys.v);
}

static void
dump_item(pp_slice key, pp_slice val, void *arg)
{
    const char *p = key.p;
    size_t i;

    for (i = 0; i < key.n; i++)
        ppc_str_putc(arg, p[i] ? p[i] : '/');
    ppc_str_puts(arg, " = ");
    ppc_str_add(arg, val.p, val.n);
    ppc_str_putc(arg, '\n');
}

char *
backend_dump(backend *b)
{
    ppc_str s = PPC_STR_INIT;

    backend_each(b, dump_item, &s);
    ppc_str_putc(&s, '\n');
    return ppc_str_steal(&s);
}
