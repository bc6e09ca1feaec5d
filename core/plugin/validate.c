/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/plugin/validate.c - is this descriptor one that we understand?
 *
 * Nothing of the plugin runs here.  The first 32 bytes are read as they will
 * be for ever; everything behind them only as far as the plugin says it goes
 * and as far as we know, into zeroed memory.
 */
#include "core/plugin/internal.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/util/str.h"

/* Sizes of version 1.0, for ever: a plugin may not be older than that. */
#define END_OF(type, member)                                                   \
    (offsetof(type, member) + sizeof(((type *)0)->member))
#define FROZEN END_OF(pp_plugin, version)
#define PLUGIN_1_0 END_OF(pp_plugin, status)
#define KEY_1_0 END_OF(pp_key, help)
#define STATE_1_0 END_OF(pp_state_ops, backup)
#define FW_1_0 END_OF(pp_fw_ops, sync)
#define NET_1_0 END_OF(pp_net_ops, status)

/* Bounds that no honest plugin meets. */
enum { MAX_STRUCT = 4096, MAX_KEYS = 256, MAX_TEXT = 256 };

#define OP(type, member)                                                       \
    {                                                                          \
#member, offsetof(type, member)                                        \
    }

struct op {
    const char *name;
    size_t offset;
};

static const struct op state_ops[] = {
    OP(pp_state_ops, info),  OP(pp_state_ops, begin), OP(pp_state_ops, get),
    OP(pp_state_ops, put),   OP(pp_state_ops, del),   OP(pp_state_ops, scan),
    OP(pp_state_ops, next),  OP(pp_state_ops, end),   OP(pp_state_ops, commit),
    OP(pp_state_ops, abort),
};
static const struct op fw_ops[] = {
    OP(pp_fw_ops, caps),  OP(pp_fw_ops, net_up), OP(pp_fw_ops, net_down),
    OP(pp_fw_ops, apply), OP(pp_fw_ops, remove), OP(pp_fw_ops, check),
    OP(pp_fw_ops, list),  OP(pp_fw_ops, sync),
};
static const struct op net_ops[] = {
    OP(pp_net_ops, caps),  OP(pp_net_ops, list),     OP(pp_net_ops, info),
    OP(pp_net_ops, setup), OP(pp_net_ops, teardown),
};

static const struct kind {
    const char *prefix;
    const char *section;
    const struct op *ops;
    size_t n_ops;
    size_t size_1_0;
    size_t size;
} kinds[] = {
    [PP_KIND_STATE] = {"state", "state", state_ops,
                       sizeof state_ops / sizeof *state_ops, STATE_1_0,
                       sizeof(pp_state_ops)},
    [PP_KIND_FW] = {"fw", "firewall", fw_ops, sizeof fw_ops / sizeof *fw_ops,
                    FW_1_0, sizeof(pp_fw_ops)},
    [PP_KIND_NET] = {"net", "network", net_ops,
                     sizeof net_ops / sizeof *net_ops, NET_1_0,
                     sizeof(pp_net_ops)},
};

static const struct kind *
kind_of(int kind)
{
    if (kind < PP_KIND_STATE || kind > PP_KIND_NET)
        return NULL;
    return &kinds[kind];
}

const char *
ppc_kind_prefix(int kind)
{
    const struct kind *k = kind_of(kind);

    return k ? k->prefix : NULL;
}

const char *
ppc_kind_section(int kind)
{
    const struct kind *k = kind_of(kind);

    return k ? k->section : NULL;
}

/* Lower-case letters, digits and one more character; bounded. */
static bool
word_ok(const char *s, char also, bool digit_first, size_t max)
{
    size_t i;

    for (i = 0; s[i]; i++) {
        bool alpha = s[i] >= 'a' && s[i] <= 'z';
        bool digit = s[i] >= '0' && s[i] <= '9';

        if (i >= max)
            return false;
        if (alpha || (digit && (i || digit_first)) || (i && s[i] == also))
            continue;
        return false;
    }
    return i > 0;
}

bool
ppc_plugin_name_ok(const char *name)
{
    return name && word_ok(name, '-', true, 31);
}

static int bad(const struct ppc_plugin *p, pp_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
bad(const struct ppc_plugin *p, pp_err *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    pp_vfail(err, PP_E_PLUGINABI, 0, fmt, ap);
    va_end(ap);
    return pp_wrap(err, -PP_E_PLUGINABI, "\"%s\"", p->path);
}

/* A text of the plugin's: there, bounded, for one line. */
static bool
text_ok(const char *s)
{
    return s && strnlen(s, MAX_TEXT) < MAX_TEXT && !strpbrk(s, "\n\r\033");
}

static int
check_frozen(const struct ppc_plugin *p, const ppc_module *m, pp_err *err)
{
    const pp_plugin *d = &p->desc;

    if (d->magic != PP_PLUGIN_MAGIC)
        return bad(p, err, "the descriptor's magic is 0x%08x, not 0x%08x",
                   d->magic, PP_PLUGIN_MAGIC);
    if (d->abi_major != PP_ABI_MAJOR)
        return bad(p, err, "made for plugin ABI %u.%u; this engine has %d.%d",
                   d->abi_major, d->abi_minor, PP_ABI_MAJOR, PP_ABI_MINOR);
    if (d->host_minor_min > PP_ABI_MINOR)
        return bad(p, err,
                   "needs an engine with plugin ABI %d.%u or newer; this one "
                   "(%s) has %d.%d: install a newer polypod",
                   PP_ABI_MAJOR, d->host_minor_min, POLYPOD_VERSION,
                   PP_ABI_MAJOR, PP_ABI_MINOR);
    if (d->struct_size < PLUGIN_1_0 || d->struct_size > MAX_STRUCT)
        return bad(p, err,
                   "the descriptor's struct_size is %u; from %zu to %d is "
                   "possible",
                   d->struct_size, PLUGIN_1_0, MAX_STRUCT);
    if (m->size && d->struct_size > m->size)
        return bad(p, err,
                   "the descriptor's struct_size is %u, but the symbol has "
                   "only %zu bytes",
                   d->struct_size, m->size);
    return 0;
}

static int
check_names(const struct ppc_plugin *p, int kind, const char *name, pp_err *err)
{
    const pp_plugin *d = &p->desc;
    const char *prefix = ppc_kind_prefix(d->kind);

    if (d->kind != kind)
        return bad(p, err,
                   "the descriptor says kind %u (%s), the file's name says %s",
                   d->kind, prefix ? prefix : "unknown", ppc_kind_prefix(kind));
    if (!text_ok(d->name) || strcmp(d->name, name) != 0)
        return bad(p, err,
                   "the descriptor says name \"%.31s\", the file's name says "
                   "\"%s\"",
                   text_ok(d->name) ? d->name : "", name);
    if (!text_ok(d->version))
        return bad(p, err, "the descriptor has no usable version");
    if (!text_ok(d->summary))
        return bad(p, err, "the descriptor has no usable summary");
    if (!text_ok(d->license))
        return bad(p, err, "the descriptor has no usable license");
    return 0;
}

static int
check_calls(const struct ppc_plugin *p, pp_err *err)
{
    const pp_plugin *d = &p->desc;

    if (d->threads > PP_THREADS_PARALLEL)
        return bad(p, err, "the descriptor's threads is %u, which is unknown",
                   d->threads);
    if (d->flags)
        return bad(p, err, "the descriptor has unknown flags 0x%x", d->flags);
    if (!d->open)
        return bad(p, err, "the descriptor has no open function");
    if (!d->close)
        return bad(p, err, "the descriptor has no close function");
    return 0;
}

static int
check_key(const struct ppc_plugin *p, size_t i, pp_err *err)
{
    const uint32_t known = PP_KEY_REQUIRED | PP_KEY_SECRET | PP_KEY_DEPRECATED;
    const pp_key *k = p->desc.keys[i];
    size_t j;

    if (k->struct_size < KEY_1_0 || k->struct_size > MAX_STRUCT)
        return bad(p, err, "key number %zu has struct_size %u", i + 1,
                   k->struct_size);
    if (!text_ok(k->name) || !word_ok(k->name, '_', false, 63))
        return bad(p, err, "key number %zu has no usable name", i + 1);
    if (k->type < PP_KEY_STRING || k->type > PP_KEY_ENUM)
        return bad(p, err, "key \"%s\" has the unknown type %u", k->name,
                   k->type);
    if (k->flags & ~known)
        return bad(p, err, "key \"%s\" has unknown flags 0x%x", k->name,
                   k->flags & ~known);
    if (k->type == PP_KEY_ENUM && ppc_str_is_empty(k->range))
        return bad(p, err, "key \"%s\" is an enum without a range", k->name);
    if (ppc_str_is_empty(k->help))
        return bad(p, err, "key \"%s\" has no help", k->name);
    for (j = 0; j < i; j++)
        if (!strcmp(p->desc.keys[j]->name, k->name))
            return bad(p, err, "key \"%s\" is there twice", k->name);
    return 0;
}

static int
check_keys(const struct ppc_plugin *p, pp_err *err)
{
    size_t i;
    int rc;

    for (i = 0; p->desc.keys && p->desc.keys[i]; i++) {
        if (i >= MAX_KEYS)
            return bad(p, err, "the key table has more than %d keys", MAX_KEYS);
        rc = check_key(p, i, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static bool
op_is_missing(const union ppc_ops *ops, size_t offset)
{
    void (*fn)(void) = NULL;

    memcpy(&fn, (const char *)ops + offset, sizeof fn);
    return !fn;
}

static int
take_ops(struct ppc_plugin *p, const struct kind *k, pp_err *err)
{
    uint32_t size;
    size_t i;

    if (!p->desc.ops)
        return bad(p, err, "the descriptor has no ops");
    memcpy(&size, p->desc.ops, sizeof size);
    if (size < k->size_1_0 || size > MAX_STRUCT)
        return bad(p, err,
                   "the ops' struct_size is %u; from %zu to %d is possible",
                   size, k->size_1_0, MAX_STRUCT);
    memset(&p->ops, 0, sizeof p->ops);
    memcpy(&p->ops, p->desc.ops, size < k->size ? size : k->size);
    for (i = 0; i < k->n_ops; i++)
        if (op_is_missing(&p->ops, k->ops[i].offset))
            return bad(p, err, "the mandatory op \"%s\" is missing",
                       k->ops[i].name);
    p->desc.ops = &p->ops;
    return 0;
}

int
ppc_plugin_validate(ppc_module *module, int kind, const char *name,
                    struct ppc_plugin *p, pp_err *err)
{
    const struct kind *k = kind_of(kind);
    size_t n;
    int rc;

    memset(&p->desc, 0, sizeof p->desc);
    if (!k)
        return bad(p, err, "plugins of kind %d are unknown", kind);
    if (module->size && module->size < FROZEN)
        return bad(p, err, "the descriptor has only %zu bytes", module->size);
    memcpy(&p->desc, module->desc, FROZEN);
    rc = check_frozen(p, module, err);
    if (rc < 0)
        return rc;
    n = p->desc.struct_size;
    memcpy(&p->desc, module->desc, n < sizeof p->desc ? n : sizeof p->desc);
    rc = check_names(p, kind, name, err);
    if (rc == 0)
        rc = check_calls(p, err);
    if (rc == 0)
        rc = check_keys(p, err);
    if (rc == 0)
        rc = take_ops(p, k, err);
    if (rc < 0)
        return rc;
    p->module = module;
    snprintf(p->full, sizeof p->full, "%s-%s", k->prefix, name);
    return 0;
}
