/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/abi/mock/mock.c - a sound state plugin, or one with one defect
 *
 * Compiled once for each defect: every MOCK_* below is what a sound plugin
 * has, unless the build says otherwise.  Its store forgets everything, but
 * notices when two threads are inside at once.
 */
#include <polypod/state.h>

#include <stdatomic.h>
#include <stdlib.h>

#ifdef MOCK_WRONG_NAME
#undef MOCK_NAME
#define MOCK_NAME "Wrongname"
#endif
#ifndef MOCK_MAGIC
#define MOCK_MAGIC PP_PLUGIN_MAGIC
#endif
#ifndef MOCK_SIZE
#define MOCK_SIZE sizeof(pp_plugin)
#endif
#ifndef MOCK_MAJOR
#define MOCK_MAJOR PP_ABI_MAJOR
#endif
#ifndef MOCK_HOST_MIN
#define MOCK_HOST_MIN 0
#endif
#ifndef MOCK_KIND
#define MOCK_KIND PP_KIND_STATE
#endif
#ifndef MOCK_THREADS
#define MOCK_THREADS PP_THREADS_PARALLEL
#endif
#ifndef MOCK_FLAGS
#define MOCK_FLAGS 0
#endif
#ifndef MOCK_OPEN
#define MOCK_OPEN mock_open
#endif
#ifndef MOCK_CLOSE
#define MOCK_CLOSE mock_close
#endif
#ifndef MOCK_OPS
#define MOCK_OPS &ops
#endif
#ifndef MOCK_OPS_SIZE
#define MOCK_OPS_SIZE sizeof(pp_state_ops)
#endif
#ifndef MOCK_GET
#define MOCK_GET mock_get
#endif
#ifndef MOCK_KEY_SIZE
#define MOCK_KEY_SIZE sizeof(pp_key)
#endif
#ifndef MOCK_KEY_TYPE
#define MOCK_KEY_TYPE PP_KEY_STRING
#endif
#ifndef MOCK_KEY_FLAGS
#define MOCK_KEY_FLAGS 0
#endif
#ifndef MOCK_KEY_NAME
#define MOCK_KEY_NAME "greeting"
#endif
#ifndef MOCK_KEY_TWO
#define MOCK_KEY_TWO "folders"
#endif

/* How many calls are inside, and how many were never alone. */
struct mock {
    const pp_host *host;
    const pp_config *config;
    atomic_int inside;
    atomic_int crowded;
    int txns;
};

struct mock_txn {
    struct mock *m;
};

static void
visit(struct mock *m)
{
    volatile int spin;

    if (atomic_fetch_add(&m->inside, 1))
        atomic_fetch_add(&m->crowded, 1);
    for (spin = 0; spin < 2000; spin++)
        ;
    atomic_fetch_sub(&m->inside, 1);
}

static int
mock_info(void *self, pp_state_info *info, pp_err *err)
{
    struct mock *m = self;

    (void)err;
    visit(m);
    info->caps = 0;
    info->max_key = 480;
    info->max_val = 16u << 20;
    return 0;
}

static int
mock_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
           pp_err *err)
{
    struct mock *m = self;
    struct mock_txn *t;

    (void)timeout_ms;
    if (flags & ~PP_TXN_RW)
        return pp_host_fail(m->host, err, PP_E_NOTSUP, 0, "unknown flags");
    visit(m);
    t = malloc(sizeof *t);
    if (!t)
        return pp_host_fail(m->host, err, PP_E_NOMEM, 0, "no memory");
    t->m = m;
    m->txns++; /* no lock: the sanitizer for threads must be content */
    *txn = t;
    return 0;
}

static int
mock_get(void *txn, pp_slice key, pp_slice *val, pp_err *err)
{
    struct mock_txn *t = txn;

    (void)key;
    (void)val;
    (void)err;
    visit(t->m);
    return -PP_E_NOTFOUND;
}

static int
mock_put(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *err)
{
    struct mock_txn *t = txn;

    (void)key;
    (void)val;
    (void)flags;
    (void)err;
    visit(t->m);
    return 0;
}

static int
mock_del(void *txn, pp_slice key, pp_err *err)
{
    return mock_put(txn, key, key, 0, err);
}

static int
mock_scan(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it,
          pp_err *err)
{
    (void)lo;
    (void)hi;
    (void)flags;
    (void)err;
    *it = txn;
    return 0;
}

static int
mock_next(void *it, pp_slice *key, pp_slice *val, pp_err *err)
{
    return mock_get(it, *key, val, err) < 0 ? 0 : 1;
}

static void
mock_end(void *it)
{
    struct mock_txn *t = it;

    visit(t->m);
}

static void
mock_abort(void *txn)
{
    struct mock_txn *t = txn;

    visit(t->m);
    free(t);
}

static int
mock_commit(void *txn, uint32_t flags, pp_err *err)
{
    (void)flags;
    (void)err;
    mock_abort(txn);
    return 0;
}

/* The times that a call was not alone. */
static int
mock_generation(void *self, uint64_t *gen, pp_err *err)
{
    struct mock *m = self;

    (void)err;
    *gen = (uint64_t)atomic_load(&m->crowded);
    return 0;
}

static const pp_state_ops ops = {
    .struct_size = MOCK_OPS_SIZE,
    .info = mock_info,
    .begin = mock_begin,
    .get = MOCK_GET,
    .put = mock_put,
    .del = mock_del,
    .scan = mock_scan,
    .next = mock_next,
    .end = mock_end,
    .commit = mock_commit,
    .abort = mock_abort,
    .generation = mock_generation,
};

static const pp_key key_one = {MOCK_KEY_SIZE,  MOCK_KEY_TYPE, MOCK_KEY_FLAGS,
                               0,              MOCK_KEY_NAME, "hello",
                               NULL,           "what to say"};
static const pp_key key_two = {sizeof(pp_key), PP_KEY_LIST,  0,    0,
                               MOCK_KEY_TWO,   NULL,         NULL,
                               "where to look"};
static const pp_key *const keys[] = {&key_one, &key_two, NULL};

static int
mock_open(const pp_host *host, const pp_config *config, void **self,
          pp_err *err)
{
    struct mock *m = calloc(1, sizeof *m);

    if (!m)
        return pp_host_fail(host, err, PP_E_NOMEM, 0, "no memory");
    m->host = host;
    m->config = config;
    *self = m;
    return 0;
}

static void
mock_close(void *self)
{
    free(self);
}

static int
mock_status(void *self, pp_sink *json, pp_err *err)
{
    struct mock *m = self;
    const char *text = m->host->cfg_str(m->config, "greeting");
    const char *one = NULL;
    const char *dir = m->host->dir(m->host->ctx, PP_DIR_STATE);
    size_t n;

    (void)err;
    m->host->put(json, "{", 1);
    for (n = 0; text && text[n]; n++)
        ;
    m->host->put(json, text, n);
    while ((one = m->host->cfg_next(m->config, "folders", one))) {
        for (n = 0; one[n]; n++)
            ;
        m->host->put(json, " ", 1);
        m->host->put(json, one, n);
    }
    for (n = 0; dir && dir[n]; n++)
        ;
    m->host->put(json, " ", 1);
    m->host->put(json, dir, n);
    return m->host->put(json, "}", 1);
}

static int
mock_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
           pp_err *err)
{
    (void)config;
    (void)err;
#ifdef MOCK_PROBE_CRASH
    abort();
#endif
#ifdef MOCK_PROBE_FAIL
    return pp_host_fail(host, err, PP_E_UNAVAIL, 2, "no mock device");
#endif
    probe->score = 42;
    return host->put(probe->why, "looks good", 10);
}

/* Ways to fail */

static int
open_io(const pp_host *host, const pp_config *config, void **self, pp_err *err)
{
    (void)config;
    (void)self;
    return pp_host_fail(host, err, PP_E_IO, 5, "the mock disk is gone");
}

static int
open_inval(const pp_host *host, const pp_config *config, void **self,
           pp_err *err)
{
    (void)config;
    (void)self;
    return pp_host_fail(host, err, PP_E_INVAL, 0, "the mock is not amused");
}

static int
open_silent(const pp_host *host, const pp_config *config, void **self,
            pp_err *err)
{
    (void)host;
    (void)config;
    (void)self;
    (void)err;
    return -PP_E_NOTSUP;
}

static int
open_null(const pp_host *host, const pp_config *config, void **self,
          pp_err *err)
{
    (void)host;
    (void)config;
    (void)self;
    (void)err;
    return 0;
}

#ifdef MOCK_UNDEFINED
extern int mock_nowhere(void);
__attribute__((constructor)) static void
use_undefined(void)
{
    mock_nowhere();
}
#endif

#ifdef MOCK_NEEDS_DEP
extern int mock_dep(void);
__attribute__((constructor)) static void
use_dep(void)
{
    mock_dep();
}
#endif

#ifdef MOCK_CTOR_CRASH
__attribute__((constructor)) static void
crash(void)
{
    abort();
}
#endif

#ifdef MOCK_CTOR_EXIT
__attribute__((constructor)) static void
leave(void)
{
    exit(0);
}
#endif

#ifdef MOCK_CTOR_HANG
#include <unistd.h>
__attribute__((constructor)) static void
hang(void)
{
    for (;;)
        pause();
}
#endif

#if defined(MOCK_NO_SYMBOL)
extern PP_EXPORT const pp_plugin pp_plugin_v9;
const pp_plugin pp_plugin_v9
#elif defined(MOCK_FUNCTION)
extern PP_EXPORT const pp_plugin *pp_plugin_v1(void);
PP_EXPORT const pp_plugin *
pp_plugin_v1(void)
{
    return NULL;
}
static const pp_plugin unused __attribute__((used))
#elif defined(MOCK_FUTURE)
/* What a plugin of a later minor looks like to us. */
struct future {
    pp_plugin p;
    void *unknown[6];
};
extern PP_EXPORT const struct future pp_plugin_v1;
static const struct {
    pp_state_ops o;
    void (*unknown[4])(void);
} future_ops = {.o = {.struct_size = sizeof future_ops,
                      .info = mock_info,
                      .begin = mock_begin,
                      .get = mock_get,
                      .put = mock_put,
                      .del = mock_del,
                      .scan = mock_scan,
                      .next = mock_next,
                      .end = mock_end,
                      .commit = mock_commit,
                      .abort = mock_abort},
                .unknown = {abort, abort, abort, abort}};
#undef MOCK_OPS
#define MOCK_OPS &future_ops
#undef MOCK_SIZE
#define MOCK_SIZE sizeof(struct future)
const struct future pp_plugin_v1 = {.unknown = {(void *)1, (void *)2},
                                    .p
#else
PP_PLUGIN
#endif
    = {
        .magic = MOCK_MAGIC,
        .struct_size = (uint32_t)(MOCK_SIZE),
        .abi_major = MOCK_MAJOR,
#ifdef MOCK_FUTURE
        .abi_minor = 7,
#else
        .abi_minor = PP_ABI_MINOR,
#endif
        .host_minor_min = MOCK_HOST_MIN,
        .kind = MOCK_KIND,
        .name = MOCK_NAME,
        .version = "3.1",
        .summary = "forgets everything",
        .license = "LGPL-2.1-or-later",
        .threads = MOCK_THREADS,
        .flags = MOCK_FLAGS,
        .keys = keys,
        .ops = MOCK_OPS,
        .probe = mock_probe,
        .open = MOCK_OPEN,
        .close = MOCK_CLOSE,
        .status = mock_status,
}
#ifdef MOCK_FUTURE
}
#endif
;
