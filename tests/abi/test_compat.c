/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/abi/test_compat.c - older and newer plugins, and where reading ends */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/config/settings.h"
#include "core/plugin/internal.h"

static const char *const dirs[] = {TEST_MOCKS, NULL};

/* Load, open, one transaction of everything, close. */
static void
use(const char *name)
{
    pp_settings *settings = pp_settings_new();
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    ppc_plugin *p = NULL;
    ppc_instance *i = NULL;
    const pp_state_ops *ops;
    pp_slice key = pp_slice_of("k", 1);
    pp_slice val = {NULL, 0};
    pp_err err = {0};
    void *txn = NULL;
    void *it = NULL;

    if (ppc_plugin_load(PP_KIND_STATE, name, dirs, &p, &err) ||
        ppc_plugin_open(p, settings, NULL, &i, &err))
        fail_msg("%s", err.msg);
    ops = ppc_instance_ops(i);
    assert_int_equal(
        ops->begin(ppc_instance_self(i), PP_TXN_RW, 1000, &txn, &err), 0);
    assert_int_equal(ops->put(txn, key, key, 0, &err), 0);
    assert_int_equal(ops->get(txn, key, &val, &err), -PP_E_NOTFOUND);
    assert_int_equal(ops->scan(txn, key, val, 0, &it, &err), 0);
    assert_int_equal(ops->next(it, &key, &val, &err), 0);
    ops->end(it);
    assert_int_equal(ops->commit(txn, 0, &err), 0);
    assert_null(ops->backup);
    assert_int_equal(ppc_instance_status(i, &text, &err), 0);
    assert_string_equal(ppc_str_get(&text), "{hello }");
    ppc_instance_close(i);
    pp_settings_free(settings);
}

static void
test_compat__a_plugin_of_the_released_headers_works(void **state)
{
    (void)state;
    use("old");
}

/* It says more than we know: what we know is taken, the rest not looked at. */
static void
test_compat__a_plugin_of_a_later_minor_works(void **state)
{
    (void)state;
    use("future");
}

/* SIZE bytes whose next byte cannot be touched; before them, poison. */
static void *
at_the_edge(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(map, MAP_FAILED);
    memset(map, 0xAA, page);
    assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
    return map + page - size;
}

static int
never_open(const pp_host *host, const pp_config *config, void **self,
           pp_err *err)
{
    (void)host;
    (void)config;
    (void)self;
    (void)err;
    return -PP_E_INTERNAL;
}

static void
never_close(void *self)
{
    (void)self;
}

/* The sizes of 1.0 as they are on LP64 and ILP32, for ever. */
#define SIZE_1_0(lp64, ilp32) (sizeof(void *) == 8 ? (size_t)(lp64) : (ilp32))

static void
test_compat__nothing_behind_a_struct_is_read(void **state)
{
    const size_t size = SIZE_1_0(104, 68);
    const size_t ops_size = SIZE_1_0(120, 64);
    const size_t key_size = SIZE_1_0(48, 32);
    pp_plugin *d = at_the_edge(size);
    char *ops = at_the_edge(ops_size);
    pp_key *key = at_the_edge(key_size);
    const pp_key **keys = at_the_edge(2 * sizeof *keys);
    const uint32_t ops_size32 = (uint32_t)ops_size;
    char path[] = "/edge/state-edge.so";
    struct ppc_plugin p = {.path = path};
    ppc_module m = {.desc = d, .size = 0};
    pp_err err = {0};

    (void)state;
    /* Every op is there (0xAA...), none is called. */
    memcpy(ops, &ops_size32, sizeof ops_size32);
    memset(d, 0, size);
    d->magic = PP_PLUGIN_MAGIC;
    d->struct_size = (uint32_t)size;
    d->abi_major = 1;
    d->kind = PP_KIND_STATE;
    d->name = "edge";
    d->version = d->summary = d->license = "1";
    d->ops = ops;
    d->open = never_open;
    d->close = never_close;
    memset(key, 0, key_size);
    key->struct_size = (uint32_t)key_size;
    key->type = PP_KEY_STRING;
    key->name = "k";
    key->help = "a key";
    keys[0] = key;
    keys[1] = NULL;
    d->keys = keys;
    if (ppc_plugin_validate(&m, PP_KIND_STATE, "edge", &p, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(p.full, "state-edge");

    /* Frozen part only, and less: refused without a look behind it. */
    m.desc = memcpy(at_the_edge(32), d, 32);
    ((pp_plugin *)(uintptr_t)m.desc)->struct_size = 32;
    assert_int_equal(ppc_plugin_validate(&m, PP_KIND_STATE, "edge", &p, &err),
                     -PP_E_PLUGINABI);
    m.desc = at_the_edge(8);
    m.size = 8;
    assert_int_equal(ppc_plugin_validate(&m, PP_KIND_STATE, "edge", &p, &err),
                     -PP_E_PLUGINABI);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compat__a_plugin_of_the_released_headers_works),
        cmocka_unit_test(test_compat__a_plugin_of_a_later_minor_works),
        cmocka_unit_test(test_compat__nothing_behind_a_struct_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
