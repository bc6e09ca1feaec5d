/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/plugin/host.c - the host table, and plugins that are open */
#include "core/plugin/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/settings.h"
#include "core/util/cleanup.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/run.h"

enum { N_DIRS = PP_DIR_HELPER + 1 };

/* What the plugin's opaque context is. */
struct pp_host_ctx {
    char prefix[PPC_PLUGIN_NAME];
    char *dirs[N_DIRS];
    pthread_mutex_t lock; /* made */
    bool made[N_DIRS];
};

struct ppc_instance {
    ppc_plugin *p;
    struct pp_host_ctx ctx;
    pp_host host;
    void *plugin_self;
    ppc_guard guard;
    pthread_mutex_t own; /* PP_THREADS_PER_INSTANCE */
    union ppc_ops ops;   /* what the engine calls */
};

static void
host_vlog(pp_host_ctx *ctx, uint32_t level, const char *fmt, va_list ap)
{
    ppc_vlog(level, ctx->prefix, fmt, ap);
}

/* Only what the plugin itself may write below is made. */
static const char *
host_dir(pp_host_ctx *ctx, uint32_t which)
{
    const char *path;
    pp_err err;
    int rc = 0;

    if (which >= N_DIRS || !ctx->dirs[which])
        return NULL;
    path = ctx->dirs[which];
    if (which != PP_DIR_STATE && which != PP_DIR_RUN)
        return path;
    pthread_mutex_lock(&ctx->lock);
    if (!ctx->made[which]) {
        rc = ppc_dir_make(path, 0700, &err);
        ctx->made[which] = rc == 0;
    }
    pthread_mutex_unlock(&ctx->lock);
    if (rc < 0)
        ppc_log(PP_LOG_ERROR, "%s: %s", ctx->prefix, err.msg);
    return rc < 0 ? NULL : path;
}

static int
host_put(pp_sink *sink, const void *p, size_t n)
{
    if (!sink || (!p && n))
        return -PP_E_INVAL;
    return ppc_sink_put(sink, p, n);
}

static int
host_run(pp_host_ctx *ctx, const pp_run *r, int *status, pp_err *err)
{
    (void)ctx;
    return ppc_run(r, status, err);
}

static int
take_dir(struct pp_host_ctx *ctx, uint32_t which, const char *path, pp_err *err)
{
    size_t n;

    if (!path)
        return 0;
    if (path[0] != '/')
        return pp_fail(err, PP_E_INVAL, 0,
                       "%s: the folder \"%s\" is not an absolute path",
                       ctx->prefix, path);
    n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    ctx->dirs[which] = strndup(path, n);
    if (!ctx->dirs[which])
        return pp_fail(err, PP_E_NOMEM, 0, "%s: no memory", ctx->prefix);
    return 0;
}

static pp_sink *
host_sink_new(struct pp_host_ctx *ctx, size_t max)
{
    pp_sink *sink = calloc(1, sizeof *sink);

    (void)ctx;
    if (sink)
        sink->max = max;
    return sink;
}

static pp_slice
host_sink_data(const pp_sink *sink)
{
    return pp_slice_of(sink->s.n ? sink->s.p : "", sink->s.n);
}

static void
host_sink_free(pp_sink *sink)
{
    if (!sink)
        return;
    ppc_sink_clear(sink);
    free(sink);
}

static void
ctx_clear(struct pp_host_ctx *ctx)
{
    size_t i;

    for (i = 0; i < N_DIRS; i++)
        free(ctx->dirs[i]);
    pthread_mutex_destroy(&ctx->lock);
}

static int
ctx_init(struct pp_host_ctx *ctx, const ppc_plugin *p,
         const ppc_plugin_dirs *dirs, pp_err *err)
{
    int rc;

    memset(ctx, 0, sizeof *ctx);
    pthread_mutex_init(&ctx->lock, NULL);
    memcpy(ctx->prefix, p->full, sizeof ctx->prefix);
    if (!dirs)
        return 0;
    rc = take_dir(ctx, PP_DIR_STATE, dirs->state, err);
    if (rc == 0)
        rc = take_dir(ctx, PP_DIR_RUN, dirs->run, err);
    if (rc == 0)
        rc = take_dir(ctx, PP_DIR_CONF, dirs->conf, err);
    if (rc == 0)
        rc = take_dir(ctx, PP_DIR_HELPER, dirs->helper, err);
    if (rc < 0)
        ctx_clear(ctx);
    return rc;
}

static void
host_init(pp_host *host, struct pp_host_ctx *ctx)
{
    *host = (pp_host){
        .struct_size = sizeof *host,
        .abi_major = PP_ABI_MAJOR,
        .abi_minor = PP_ABI_MINOR,
        .core_version = POLYPOD_VERSION,
        .ctx = ctx,
        .vlog = host_vlog,
        .vfail = pp_vfail,
        .cfg_str = ppc_view_str,
        .cfg_int = ppc_view_int,
        .cfg_next = ppc_view_next,
        .dir = host_dir,
        .put = host_put,
        .run = host_run,
        .sink_new = host_sink_new,
        .sink_data = host_sink_data,
        .sink_free = host_sink_free,
    };
}

static int
bind_section(const ppc_plugin *p, pp_settings *settings, const pp_config **view,
             pp_err *err)
{
    char section[PPC_PLUGIN_NAME + 16];

    snprintf(section, sizeof section, "%s.%s", ppc_kind_section(p->desc.kind),
             p->desc.name);
    return ppc_settings_bind(settings, section, p->desc.keys, view, err);
}

/* Serial plugins: one call at a time in the process, open and close too. */
static pthread_mutex_t *
process_lock(const ppc_plugin *p)
{
    return p->desc.threads == PP_THREADS_SERIAL ? &p->module->serial : NULL;
}

static void
lock_if(pthread_mutex_t *lock)
{
    if (lock)
        pthread_mutex_lock(lock);
}

static void
unlock_if(pthread_mutex_t *lock)
{
    if (lock)
        pthread_mutex_unlock(lock);
}

/* These the engine knows how to answer; anything else is "cannot open". */
static bool
keeps_its_code(int code)
{
    return code == PP_E_CORRUPT || code == PP_E_RECOVER || code == PP_E_BUSY ||
           code == PP_E_FULL || code == PP_E_IO || code == PP_E_PERM ||
           code == PP_E_UNAVAIL;
}

static int
open_failed(const ppc_plugin *p, int rc, pp_err *err)
{
    int code = keeps_its_code(-rc) ? -rc : PP_E_PLUGINOPEN;

    if (!err)
        return -code;
    if (!err->msg[0])
        pp_fail(err, code, 0, "the plugin gives no reason: %s",
                pp_error_kind(rc));
    err->code = code;
    return pp_wrap(err, -code, "cannot open %s", p->full);
}

static int
call_open(ppc_instance *i, const pp_config *view, pp_err *err)
{
    pthread_mutex_t *lock = process_lock(i->p);
    pp_err local;
    int rc;

    if (!err)
        err = &local;
    memset(err, 0, sizeof *err);
    lock_if(lock);
    rc = i->p->desc.open(&i->host, view, &i->plugin_self, err);
    unlock_if(lock);
    if (rc < 0)
        return open_failed(i->p, rc, err);
    if (!i->plugin_self)
        return pp_fail(err, PP_E_PLUGINOPEN, 0,
                       "cannot open %s: open() succeeded without an instance",
                       i->p->full);
    return 0;
}

/* Which ops the engine gets: the plugin's own, or guarded ones. */
static void
set_ops(ppc_instance *i)
{
    i->guard.ops = &i->p->ops;
    i->guard.self = i->plugin_self;
    i->guard.lock = process_lock(i->p);
    if (i->p->desc.threads == PP_THREADS_PER_INSTANCE)
        i->guard.lock = &i->own;
    if (i->guard.lock)
        ppc_guard_ops(i->p->desc.kind, &i->guard, &i->ops);
    else
        i->ops = i->p->ops;
}

static void
instance_free(ppc_instance *i)
{
    ctx_clear(&i->ctx);
    pthread_mutex_destroy(&i->own);
    free(i);
}

int
ppc_plugin_open(ppc_plugin *p, pp_settings *settings,
                const ppc_plugin_dirs *dirs, ppc_instance **out, pp_err *err)
{
    ppc_instance *i = calloc(1, sizeof *i);
    const pp_config *view = NULL;
    int rc;

    if (!i || ppc_guard_lock_init(&i->own)) {
        free(i);
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to open %s", p->full);
    }
    i->p = p;
    rc = ctx_init(&i->ctx, p, dirs, err);
    if (rc < 0) {
        pthread_mutex_destroy(&i->own);
        free(i);
        return rc;
    }
    host_init(&i->host, &i->ctx);
    rc = bind_section(p, settings, &view, err);
    if (rc == 0)
        rc = call_open(i, view, err);
    if (rc < 0) {
        instance_free(i);
        return rc;
    }
    set_ops(i);
    *out = i;
    return 0;
}

void
ppc_instance_close(ppc_instance *i)
{
    if (!i)
        return;
    lock_if(i->guard.lock);
    i->p->desc.close(i->plugin_self);
    unlock_if(i->guard.lock);
    ppc_plugin_free(i->p);
    instance_free(i);
}

const ppc_plugin *
ppc_instance_plugin(const ppc_instance *i)
{
    return i->p;
}

void *
ppc_instance_self(const ppc_instance *i)
{
    if (i->guard.lock)
        return (void *)(uintptr_t)&i->guard;
    return i->plugin_self;
}

const void *
ppc_instance_ops(const ppc_instance *i)
{
    return &i->ops;
}

int
ppc_instance_status(ppc_instance *i, ppc_str *out, pp_err *err)
{
    pp_sink sink = {PPC_STR_INIT, 0};
    int rc = 0;

    if (!i->p->desc.status) {
        ppc_str_puts(out, "{}");
        return 0;
    }
    lock_if(i->guard.lock);
    rc = i->p->desc.status(i->plugin_self, &sink, err);
    unlock_if(i->guard.lock);
    if (rc >= 0)
        ppc_str_add(out, ppc_str_get(&sink.s), sink.s.n);
    ppc_sink_clear(&sink);
    return rc < 0 ? pp_wrap(err, rc, "%s", i->p->full) : 0;
}

struct probe_call {
    const ppc_plugin *p;
    const pp_host *host;
    const pp_config *view;
};

/* In the child. The answer is the score, then the text. */
static int
probe_in_child(void *arg, pp_sink *out, pp_err *err)
{
    const struct probe_call *c = arg;
    pp_sink why = {PPC_STR_INIT, 65536};
    pp_probe probe = {sizeof probe, 0, &why};
    int rc = c->p->desc.probe(c->host, c->view, &probe, err);

    if (rc < 0)
        return rc;
    ppc_sink_put(out, &probe.score, sizeof probe.score);
    return ppc_sink_put(out, ppc_str_get(&why.s), why.s.n);
}

static int
call_probe(struct probe_call *c, int *score, ppc_str *why, pp_err *err)
{
    PP_AUTO_STR ppc_str answer = PPC_STR_INIT;
    int32_t n;
    int rc = ppc_child_call(c->p->path, probe_in_child, c, &answer, err);

    if (rc < 0)
        return pp_wrap(err, rc, "probing %s", c->p->full);
    if (answer.n < sizeof n)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to probe %s", c->p->full);
    memcpy(&n, answer.p, sizeof n);
    *score = n > 0 ? n : 0;
    ppc_str_add(why, answer.p + sizeof n, answer.n - sizeof n);
    return 0;
}

int
ppc_plugin_probe(ppc_plugin *p, pp_settings *settings,
                 const ppc_plugin_dirs *dirs, int *score, ppc_str *why,
                 pp_err *err)
{
    struct probe_call c = {p, NULL, NULL};
    struct pp_host_ctx ctx;
    pp_host host;
    int rc = bind_section(p, settings, &c.view, err);

    if (rc < 0)
        return rc;
    if (!p->desc.probe) {
        *score = 1;
        return 0;
    }
    rc = ctx_init(&ctx, p, dirs, err);
    if (rc < 0)
        return rc;
    host_init(&host, &ctx);
    c.host = &host;
    rc = call_probe(&c, score, why, err);
    ctx_clear(&ctx);
    return rc;
}
