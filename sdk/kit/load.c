/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/load.c - load the file and question its descriptor
 */
#include "kit.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {NULL, "state", "fw", "net"};

int
kit_load(kit *k)
{
    k->handle = dlopen(k->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!k->handle) {
        fprintf(stderr, "%s\n", dlerror());
        return -1;
    }
    k->plugin = dlsym(k->handle, "pp_plugin_v1");
    if (!k->plugin) {
        fprintf(stderr, "%s: exports no pp_plugin_v1\n", k->file);
        return -1;
    }
    if (k->plugin->magic != PP_PLUGIN_MAGIC ||
        k->plugin->abi_major != PP_ABI_MAJOR ||
        k->plugin->struct_size < sizeof(pp_plugin)) {
        fprintf(stderr, "%s: not a descriptor of ABI %d\n", k->file,
                PP_ABI_MAJOR);
        return -1;
    }
    k->config.plugin = k->plugin;
    return 0;
}

static int
descriptor_is_in_the_file(kit *k)
{
    char path[PATH_MAX], real[PATH_MAX];
    Dl_info info;

    KIT_CHECK(dladdr(k->plugin, &info) != 0);
    KIT_CHECK(realpath(k->file, path) != NULL);
    KIT_CHECK(realpath(info.dli_fname, real) != NULL);
    if (strcmp(path, real) != 0)
        return KIT_FAIL("the descriptor lies in %s", real);
    return 0;
}

static int
name_is_plain(const char *name)
{
    size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

    return n > 0 && n <= 31 && name[n] == '\0' && name[0] != '-';
}

static int
name_is_the_files(kit *k)
{
    const char *base = strrchr(k->file, '/');
    char want[64];

    KIT_CHECK(k->plugin->kind >= PP_KIND_STATE);
    KIT_CHECK(k->plugin->kind <= PP_KIND_NET);
    KIT_CHECK(name_is_plain(k->plugin->name));
    snprintf(want, sizeof(want), "%s-%s.so", kinds[k->plugin->kind],
             k->plugin->name);
    base = base ? base + 1 : k->file;
    if (strcmp(base, want) != 0)
        return KIT_FAIL("the file is %s, its descriptor says %s", base, want);
    return 0;
}

static int
descriptor_is_complete(kit *k)
{
    const pp_plugin *p = k->plugin;

    KIT_CHECK(p->version && p->version[0]);
    KIT_CHECK(p->summary && p->summary[0] && !strchr(p->summary, '\n'));
    KIT_CHECK(p->license && p->license[0]);
    KIT_CHECK(p->threads <= PP_THREADS_PARALLEL);
    KIT_CHECK(p->flags == 0);
    KIT_CHECK(p->host_minor_min <= PP_ABI_MINOR);
    KIT_CHECK(p->ops != NULL);
    KIT_CHECK(p->open != NULL);
    KIT_CHECK(p->close != NULL);
    return 0;
}

static int
check_key(const pp_key *key)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyz0123456789_";
    int ok;

    KIT_CHECK(key->struct_size >= sizeof(pp_key));
    KIT_CHECK(key->name && key->name[0] >= 'a' && key->name[0] <= 'z');
    KIT_CHECK(key->name[strspn(key->name, plain)] == '\0');
    if (key->type < PP_KEY_STRING || key->type > PP_KEY_ENUM)
        return KIT_FAIL("key %s: unknown type %u", key->name, key->type);
    if (key->flags & ~7u)
        return KIT_FAIL("key %s: unknown flags", key->name);
    if (!key->help || !key->help[0] || key->help[strlen(key->help) - 1] == '.')
        return KIT_FAIL("key %s: help is one sentence without a full stop",
                        key->name);
    if (key->type == PP_KEY_ENUM && !key->range)
        return KIT_FAIL("key %s: a choice without choices", key->name);
    if (!key->def)
        return 0;
    kit_value(key, key->def, &ok);
    if (!ok)
        return KIT_FAIL("key %s: its default \"%s\" does not fit it", key->name,
                        key->def);
    return 0;
}

static int
keys_are_valid(kit *k)
{
    const pp_key *const *key, *const *other;

    for (key = k->plugin->keys; key && *key; key++) {
        if (check_key(*key) < 0)
            return -1;
        for (other = k->plugin->keys; other != key; other++)
            if (strcmp((*other)->name, (*key)->name) == 0)
                return KIT_FAIL("key %s: declared twice", (*key)->name);
    }
    return 0;
}

const kit_case kit_load_cases[] = {
    {"descriptor lies in the file", descriptor_is_in_the_file, 0},
    {"name is the file's", name_is_the_files, 0},
    {"descriptor is complete", descriptor_is_complete, 0},
    {"keys are valid", keys_are_valid, 0},
    {NULL, NULL, 0},
};
