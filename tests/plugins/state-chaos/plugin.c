/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin.c - the descriptor of state-chaos, and how it opens another plugin
 */
#include "chaos.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Load the file and judge what it says of itself. */
static int
load(chaos *c, const char *path, pp_err *err)
{
    void *dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const pp_state_ops *ops;
    size_t n;

    if (!dl)
        return pp_host_fail(c->host, err, PP_E_UNAVAIL, 0, "chaos: inner: %s",
                            dlerror());
    c->plugin = dlsym(dl, "pp_plugin_v1");
    if (!c->plugin || c->plugin->magic != PP_PLUGIN_MAGIC ||
        !PP_HAS(pp_plugin, c->plugin, close) ||
        c->plugin->abi_major != PP_ABI_MAJOR ||
        c->plugin->kind != PP_KIND_STATE)
        return pp_host_fail(c->host, err, PP_E_UNAVAIL, 0,
                            "chaos: inner: \"%s\" is no state plugin of ABI %d",
                            path, PP_ABI_MAJOR);
    ops = c->plugin->ops;
    if (!PP_HAS(pp_state_ops, ops, abort))
        return pp_host_fail(c->host, err, PP_E_UNAVAIL, 0,
                            "chaos: inner: \"%s\" lacks mandatory ops", path);
    n = ops->struct_size < sizeof(c->ops) ? ops->struct_size : sizeof(c->ops);
    memcpy(&c->ops, ops, n);
    return 0;
}

/* The inner plugin reads its keys from the list "inner_options". */
static int
configure(chaos *c, pp_err *err)
{
    const char *what = NULL, *why, *pair = NULL;
    pp_config *cfg = &c->inner_cfg;

    cfg->plugin = c->plugin;
    while ((pair = c->host->cfg_next(c->cfg, "inner_options", pair))) {
        if (cfg->n == KIT_MAX_PAIRS)
            return pp_host_fail(c->host, err, PP_E_INVAL, 0,
                                "chaos: inner_options: more than %d",
                                KIT_MAX_PAIRS);
        cfg->pairs[cfg->n++] = pair;
    }
    why = kit_config_fault(cfg, &what);
    if (why)
        return pp_host_fail(c->host, err, PP_E_INVAL, 0,
                            "chaos: inner_options: %s: %s", what, why);
    memcpy(&c->inner_host, c->host,
           c->host->struct_size < sizeof(c->inner_host)
               ? c->host->struct_size
               : sizeof(c->inner_host));
    c->inner_host.cfg_str = kit_cfg_str;
    c->inner_host.cfg_int = kit_cfg_int;
    c->inner_host.cfg_next = kit_cfg_next;
    return 0;
}

static int
open_inner(chaos *c, pp_err *err)
{
    int rc = chaos_check_lists(c->host, c->cfg, err);

    if (rc == 0)
        rc = load(c, c->host->cfg_str(c->cfg, "inner"), err);
    if (rc == 0)
        rc = configure(c, err);
    if (rc == 0)
        rc = c->plugin->open(&c->inner_host, &c->inner_cfg, &c->inner, err);
    return rc;
}

/* A seed, or one that is told so that a run can be repeated. */
static void
seed(chaos *c)
{
    uint64_t given = (uint64_t)c->host->cfg_int(c->cfg, "seed");
    uint32_t drawn = 1;
    int i;

    if (!given && c->host->cfg_int(c->cfg, "rate")) {
        if (getrandom(&drawn, sizeof(drawn), GRND_NONBLOCK) < 0 || !drawn)
            drawn = 1;
        given = drawn;
        pp_host_log(c->host, PP_LOG_DEBUG, "seed %" PRIu64, given);
    }
    c->dice = UINT64_C(0x9e3779b97f4a7c15);
    for (i = 0; i < 8; i++, given >>= 8)
        c->dice = (c->dice ^ (given & 0xff)) * UINT64_C(0x100000001b3);
    c->dice |= 1;
}

static int
chaos_open(const pp_host *host, const pp_config *cfg, void **out, pp_err *err)
{
    chaos *c = calloc(1, sizeof(*c));
    int rc;

    if (!c)
        return pp_host_fail(host, err, PP_E_NOMEM, 0,
                            "chaos: no memory for the store");
    c->host = host;
    c->cfg = cfg;
    rc = open_inner(c, err);
    if (rc < 0) {
        free(c);
        return rc;
    }
    seed(c);
    *out = c;
    return 0;
}

static void
chaos_close(void *self)
{
    chaos *c = self;

    c->plugin->close(c->inner);
    free(c);
}

/* {"chosen":N,"struck":N,"broken":N,"open":N,"calls":{"OP":N,...},
 * "inner":"NAME"} */
static int
chaos_status(void *self, pp_sink *json, pp_err *err)
{
    chaos *c = self;
    char line[1024];
    size_t i;
    int n;

    (void)err;
    n = snprintf(line, sizeof(line),
                 "{\"chosen\":%" PRIu64 ",\"struck\":%" PRIu64
                 ",\"broken\":%" PRIu64 ",\"open\":%" PRIu64 ",\"calls\":{",
                 c->chosen, c->struck, c->broken, c->open);
    for (i = 0; i < OP_COUNT; i++)
        n += snprintf(line + n, sizeof(line) - (size_t)n, "%s\"%s\":%" PRIu64,
                      i ? "," : "", chaos_op_names[i], c->calls[i]);
    n += snprintf(line + n, sizeof(line) - (size_t)n, "},\"inner\":\"%s\"}",
                  c->plugin->name);
    return c->host->put(json, line, (size_t)n);
}

#define KEY(id, t, f, d, r, h)                                                 \
    static const pp_key key_##id = {sizeof(pp_key), t, f, 0, #id, d, r, h}

KEY(inner, PP_KEY_PATH, PP_KEY_REQUIRED, NULL, NULL,
    "file of the state plugin that keeps the data");
KEY(inner_options, PP_KEY_LIST, 0, NULL, NULL,
    "keys of the inner plugin, as KEY=VALUE");
KEY(ops, PP_KEY_LIST, 0, NULL, NULL,
    "ops that may fail; without it, each op of a transaction");
KEY(codes, PP_KEY_LIST, 0, "conflict", NULL,
    "how a call fails: conflict, busy, io and others, one of which is drawn");
KEY(at, PP_KEY_INT, 0, "0", "0..1000000000000",
    "the call that fails, counted from 1; 0 for none");
KEY(repeat, PP_KEY_INT, 0, "1", "1..1000000000000",
    "how many calls in a row fail, from that one on");
KEY(rate, PP_KEY_INT, 0, "0", "0..1000", "calls of a thousand that fail");
KEY(seed, PP_KEY_INT, 0, "0", "0..1000000000000",
    "where the drawing starts; 0 for another place each time");
KEY(delay, PP_KEY_DURATION, 0, "10ms", "0ms..1h",
    "how late a call is that is to fail by delay");
KEY(applied, PP_KEY_BOOL, 0, "no", NULL,
    "whether a commit that fails has happened all the same");

static const pp_key *const chaos_keys[] = {
    &key_inner, &key_inner_options, &key_ops,  &key_codes,
    &key_at,    &key_repeat,        &key_rate, &key_seed,
    &key_delay, &key_applied,       NULL,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_STATE,
    .name = "chaos",
    .version = "0.1.0",
    .summary = "passes on to another state plugin, and fails where told to",
    .license = "LGPL-2.1-or-later",
    .threads = PP_THREADS_SERIAL,
    .keys = chaos_keys,
    .ops = &chaos_ops,
    .open = chaos_open,
    .close = chaos_close,
    .status = chaos_status,
};
