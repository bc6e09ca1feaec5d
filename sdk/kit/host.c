/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/host.c - the mock host: services as the engine gives them, folders
 * below a temporary one
 */
#include "kit.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SINK_MAX ((size_t)16 << 20)

static void
host_vlog(pp_host_ctx *ctx, uint32_t level, const char *fmt, va_list ap)
{
    char text[1024];

    vsnprintf(text, sizeof(text), fmt, ap);
    if (ctx->verbose)
        fprintf(stderr, "plugin: %u: %s\n", level, text);
}

static int
host_vfail(pp_err *err, int code, int sys_errno, const char *fmt, va_list ap)
{
    if (err) {
        size_t n;

        err->code = code;
        err->sys_errno = sys_errno;
        vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
        n = strlen(err->msg);
        if (sys_errno && n < sizeof(err->msg) - 3)
            snprintf(err->msg + n, sizeof(err->msg) - n, ": %s",
                     strerror(sys_errno));
    }
    return -code;
}

static const char *
host_dir(pp_host_ctx *ctx, uint32_t which)
{
    if (which < PP_DIR_STATE || which > PP_DIR_HELPER)
        return NULL;
    return ctx->dir[which];
}

static int
host_put(pp_sink *sink, const void *p, size_t n)
{
    size_t max = sink->max ? sink->max : SINK_MAX;
    char *grown;

    if (n > max || sink->n > max - n)
        return -PP_E_FULL;
    grown = realloc(sink->p, sink->n + n + 1);
    if (!grown)
        return -PP_E_NOMEM;
    if (n)
        memcpy(grown + sink->n, p, n);
    sink->p = grown;
    sink->n += n;
    sink->p[sink->n] = '\0';
    return 0;
}

void
kit_sink_clear(pp_sink *sink)
{
    free(sink->p);
    sink->p = NULL;
    sink->n = 0;
}

static pp_sink *
host_sink_new(pp_host_ctx *ctx, size_t max)
{
    pp_sink *sink = calloc(1, sizeof(*sink));

    (void)ctx;
    if (sink)
        sink->max = max < SINK_MAX ? max : SINK_MAX;
    return sink;
}

static pp_slice
host_sink_data(const pp_sink *sink)
{
    return pp_slice_of(sink->p, sink->n);
}

static void
host_sink_free(pp_sink *sink)
{
    if (sink)
        kit_sink_clear(sink);
    free(sink);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    return ftw->level > 0 ? remove(path) : 0;
}

static int
empty_folder(const char *path)
{
    return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Empty folders, as on a machine that never saw the plugin. */
int
kit_fresh(kit *k)
{
    static const char *const names[] = {"", "state", "run", "conf", "helper"};
    uint32_t i;

    if (empty_folder(k->ctx.root) < 0)
        return KIT_FAIL("cannot empty %s: %s", k->ctx.root, strerror(errno));
    for (i = PP_DIR_STATE; i <= PP_DIR_HELPER; i++) {
        snprintf(k->ctx.dir[i], sizeof(k->ctx.dir[i]), "%s/%s", k->ctx.root,
                 names[i]);
        if (mkdir(k->ctx.dir[i], 0700) < 0)
            return KIT_FAIL("cannot make %s: %s", k->ctx.dir[i],
                            strerror(errno));
    }
    return 0;
}

int
kit_host_init(kit *k, const char *parent)
{
    int n = snprintf(k->ctx.root, sizeof(k->ctx.root), "%s/plugin-test.XXXXXX",
                     parent);

    if (n < 0 || n >= (int)sizeof(k->ctx.root) - 16 || !mkdtemp(k->ctx.root)) {
        fprintf(stderr, "cannot make a folder in %s: %s\n", parent,
                strerror(errno));
        k->ctx.root[0] = '\0';
        return -1;
    }
    k->host.struct_size = sizeof(k->host);
    k->host.abi_major = PP_ABI_MAJOR;
    k->host.abi_minor = PP_ABI_MINOR;
    k->host.core_version = "polypod-plugin-test";
    k->host.ctx = &k->ctx;
    k->host.vlog = host_vlog;
    k->host.vfail = host_vfail;
    k->host.cfg_str = kit_cfg_str;
    k->host.cfg_int = kit_cfg_int;
    k->host.cfg_next = kit_cfg_next;
    k->host.dir = host_dir;
    k->host.put = host_put;
    k->host.run = kit_host_run;
    k->host.sink_new = host_sink_new;
    k->host.sink_data = host_sink_data;
    k->host.sink_free = host_sink_free;
    return kit_fresh(k);
}

void
kit_host_clear(kit *k)
{
    if (!k->ctx.root[0])
        return;
    empty_folder(k->ctx.root);
    rmdir(k->ctx.root);
}

int
kit_open(kit *k, void **self, pp_err *err)
{
    memset(err, 0, sizeof(*err));
    return k->plugin->open(&k->host, &k->config, self, err);
}
