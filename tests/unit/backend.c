/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/backend.c - a state back end under test; see backend.h */
#include "backend.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <polypod/error.h>

#include "core/util/cleanup.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/run.h"
#include "core/util/sink.h"
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

static bool
is_chaos(const backend *b)
{
    return strchr(b->name, '/');
}

static void
host_vlog(pp_host_ctx *ctx, uint32_t level, const char *fmt, va_list ap)
{
    ppc_vlog(level, ((backend *)(void *)ctx)->name, fmt, ap);
}

static const char *
host_dir(pp_host_ctx *ctx, uint32_t which)
{
    (void)which;
    return ((backend *)(void *)ctx)->dir;
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
        rc = b->plugin->open(&b->host, &b->cfg, &b->self, err);
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

/* The keys of chaos, which asks for them at each call. */
static void
set_fault(backend *b, int rate, long at, long repeat)
{
    static const struct {
        const char *name;
        int code;
    } codes[] = {
        {"conflict", PP_E_CONFLICT}, {"busy", PP_E_BUSY},   {"io", PP_E_IO},
        {"full", PP_E_FULL},         {"nomem", PP_E_NOMEM},
    };
    size_t i, n = sizeof codes / sizeof codes[0];

    for (i = 0; i + 1 < n && codes[i].code != b->fault.code; i++)
        ;
    snprintf(b->pairs[1], sizeof b->pairs[1], "codes=%s", codes[i].name);
    snprintf(b->pairs[2], sizeof b->pairs[2], "at=%ld", at);
    snprintf(b->pairs[3], sizeof b->pairs[3], "repeat=%ld", repeat);
    snprintf(b->pairs[4], sizeof b->pairs[4], "rate=%d", rate);
    snprintf(b->pairs[5], sizeof b->pairs[5], "applied=%s",
             b->fault.applied ? "yes" : "no");
    snprintf(b->pairs[6], sizeof b->pairs[6], "seed=1");
    b->cfg.n = 7;
}

/* A number that chaos counts. */
static long
count(backend *b, const char *name)
{
    PP_AUTO_FREE char *member = ppc_sprintf("\"%s\":", name);
    pp_sink sink = {PPC_STR_INIT, 0};
    const char *at;
    long n;

    if (b->plugin->status(b->self, &sink, NULL) < 0)
        die(b, "status", NULL);
    at = strstr(sink.s.p, member);
    if (!at)
        die(b, "status says nothing of", &(pp_err){0, 0, "a member"});
    n = atol(at + strlen(member));
    ppc_sink_clear(&sink);
    return n;
}

void
backend_fail(backend *b, long n, int code, long repeat, bool applied)
{
    b->fault.n = n;
    b->fault.code = code;
    b->fault.repeat = repeat;
    b->fault.applied = applied;
    b->fault.calls = count(b, "chosen");
    b->fault.struck = count(b, "struck");
    set_fault(b, 0, code ? b->fault.calls + n + 1 : 0, repeat ? repeat : 1);
}

void
backend_jostle(backend *b, int rate)
{
    backend_fail(b, 0, PP_E_CONFLICT, 1, false);
    set_fault(b, rate, 0, 1);
}

long
backend_calls(backend *b)
{
    return count(b, "chosen") - b->fault.calls;
}

long
backend_struck(backend *b)
{
    return count(b, "struck") - b->fault.struck;
}

long
backend_begun(backend *b)
{
    return count(b, "begin");
}

long
backend_busy(backend *b)
{
    return count(b, "open");
}

long
backend_broken(backend *b)
{
    return count(b, "broken");
}

static void
open_instance(backend *b)
{
    pp_err err = {0, 0, ""};

    if (backend_start(b, &err) < 0)
        die(b, "open", &err);
}

/* Where the file is; of chaos, what is in it too. */
static void
find_plugin(backend *b, char *path, size_t size)
{
    const char *slash = strchr(b->name, '/');
    const char *key = getenv("TEST_KEY");
    size_t i;

    if (!slash) {
        snprintf(path, size, "%s/%s.so", TEST_PLUGINS, b->name);
        snprintf(b->pairs[0], sizeof b->pairs[0], "%s", key ? key : "");
        b->cfg.pairs[0] = b->pairs[0];
        b->cfg.n = key ? 1 : 0;
        return;
    }
    snprintf(path, size, "%s-test/%.*s.so", TEST_PLUGINS,
             (int)(slash - b->name), b->name);
    snprintf(b->pairs[0], sizeof b->pairs[0], "inner=%s/%s.so", TEST_PLUGINS,
             slash + 1);
    for (i = 0; i < sizeof b->pairs / sizeof b->pairs[0]; i++)
        b->cfg.pairs[i] = b->pairs[i];
    set_fault(b, 0, 0, 1);
}

static void
load_plugin(backend *b)
{
    char path[4096];
    void *dl;

    find_plugin(b, path, sizeof path);
    dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    b->plugin = dl ? dlsym(dl, "pp_plugin_v1") : NULL;
    if (!b->plugin) {
        fprintf(stderr, "%s\n", dlerror());
        die(b, "no plugin", NULL);
    }
    b->ops = b->plugin->ops;
    b->cfg.plugin = b->plugin;
    b->host = (pp_host){
        .struct_size = sizeof b->host,
        .abi_major = PP_ABI_MAJOR,
        .abi_minor = PP_ABI_MINOR,
        .core_version = "test",
        .ctx = (pp_host_ctx *)(void *)b,
        .vlog = host_vlog,
        .vfail = pp_vfail,
        .cfg_str = kit_cfg_str,
        .cfg_int = kit_cfg_int,
        .cfg_next = kit_cfg_next,
        .dir = host_dir,
        .put = ppc_sink_put,
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
    long calls = 0, struck = 0;

    if (is_chaos(b)) {
        calls = backend_calls(b);
        struck = backend_struck(b);
    }
    if (!b->map)
        b->plugin->close(b->self);
    open_instance(b);
    if (!is_chaos(b))
        return;
    /* Chaos counts from 0 again, the fault goes on. */
    b->fault.calls = -calls;
    b->fault.struck = -struck;
    if (b->fault.code && b->fault.n >= calls)
        set_fault(b, 0, b->fault.n - calls + 1, b->fault.repeat);
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
