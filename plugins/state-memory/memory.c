/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-memory/memory.c - a state store that dies with its process
 *
 * For tests and for embedding.  One writer at a time, which makes the
 * read-write transactions serializable; a reader takes the committed version
 * of the tree and neither waits nor makes anybody wait.
 *
 * Threads   any number; the mutex guards the committed root and the writer's
 *           place, the versions themselves are shared without locks
 * See also  tree.h, polypod-state-memory(8)
 */
#include <polypod/state.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "tree.h"

#define MAX_KEY 4096u
#define MAX_VAL (64u << 20)

typedef struct memory {
    const pp_host *host;
    pthread_mutex_t lock;
    pthread_cond_t idle; /* the writer's place is free */
    int writing;
    uint64_t generation;
    tree *root;    /* the committed version */
    uint64_t seed; /* only the writer draws from it */
} memory;

typedef struct memory_txn {
    memory *self;
    tree *root;
    uint32_t flags;
    uint64_t writes; /* counts puts and dels: iterators notice them */
} memory_txn;

typedef struct memory_scan {
    memory_txn *txn;
    uint64_t writes;
    uint32_t flags;
    int started;
    const tree_item *at; /* given out last */
    size_t lo_n;
    size_t hi_n;
    unsigned char bounds[];
} memory_scan;

static uint32_t
draw(memory *self)
{
    uint64_t x = self->seed;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    self->seed = x;
    return (uint32_t)(x >> 32);
}

static int
no_memory(const memory *self, pp_err *err, const char *what)
{
    return pp_host_fail(self->host, err, PP_E_NOMEM, 0,
                        "memory store: no memory for %s", what);
}

static int
bad_flags(const memory *self, pp_err *err, const char *op, uint32_t flags)
{
    return pp_host_fail(self->host, err, PP_E_NOTSUP, 0,
                        "memory store: %s: unknown flags 0x%" PRIx32, op,
                        flags);
}

static int
memory_info(void *opaque, pp_state_info *info, pp_err *err)
{
    (void)opaque;
    (void)err;
    info->caps = PP_STATE_RO_CONCURRENT | PP_STATE_GENERATION;
    info->max_key = MAX_KEY;
    info->max_val = MAX_VAL;
    return 0;
}

/* Take the writer's place; the mutex is held.  ETIMEDOUT: it stayed taken. */
static int
take_place(memory *self, uint32_t timeout_ms)
{
    struct timespec at;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    while (self->writing && rc == 0)
        rc = pthread_cond_timedwait(&self->idle, &self->lock, &at);
    if (self->writing)
        return ETIMEDOUT;
    self->writing = 1;
    return 0;
}

static int
memory_begin(void *opaque, uint32_t flags, uint32_t timeout_ms, void **txn,
             pp_err *err)
{
    memory *self = opaque;
    memory_txn *t;
    int rc = 0;

    if (flags & ~PP_TXN_RW)
        return bad_flags(self, err, "begin", flags);
    t = calloc(1, sizeof(*t));
    if (!t)
        return no_memory(self, err, "a transaction");
    pthread_mutex_lock(&self->lock);
    if (flags & PP_TXN_RW)
        rc = take_place(self, timeout_ms);
    if (rc == 0)
        t->root = tree_ref(self->root);
    pthread_mutex_unlock(&self->lock);
    if (rc != 0) {
        free(t);
        return pp_host_fail(self->host, err, PP_E_BUSY, 0,
                            "memory store: another transaction of this "
                            "process has been writing for %" PRIu32 " ms",
                            timeout_ms);
    }
    t->self = self;
    t->flags = flags;
    *txn = t;
    return 0;
}

static int
memory_get(void *opaque, pp_slice key, pp_slice *val, pp_err *err)
{
    memory_txn *t = opaque;
    const tree_item *item = tree_find(t->root, key);

    (void)err;
    if (!item)
        return -PP_E_NOTFOUND;
    *val = tree_item_val(item);
    return 0;
}

static int
check_write(const memory_txn *t, pp_slice key, size_t val_n, pp_err *err)
{
    const pp_host *host = t->self->host;

    if (!(t->flags & PP_TXN_RW))
        return pp_host_fail(host, err, PP_E_INVAL, 0,
                            "memory store: the transaction is read-only");
    if (key.n > MAX_KEY || val_n > MAX_VAL)
        return pp_host_fail(host, err, PP_E_INVAL, 0,
                            "memory store: a key of %zu bytes with a value "
                            "of %zu is too large",
                            key.n, val_n);
    return 0;
}

static int
memory_put(void *opaque, pp_slice key, pp_slice val, uint32_t flags,
           pp_err *err)
{
    memory_txn *t = opaque;
    tree_item *item;
    int rc;

    if (flags & ~PP_PUT_NEW)
        return bad_flags(t->self, err, "put", flags);
    rc = check_write(t, key, val.n, err);
    if (rc < 0)
        return rc;
    if ((flags & PP_PUT_NEW) && tree_find(t->root, key))
        return pp_host_fail(t->self->host, err, PP_E_EXISTS, 0,
                            "memory store: the key exists");
    item = tree_item_new(key, val, draw(t->self));
    if (!item)
        return no_memory(t->self, err, "a value");
    t->writes++;
    if (tree_put(&t->root, item) < 0) {
        tree_item_unref(item);
        return no_memory(t->self, err, "a value");
    }
    return 0;
}

static int
memory_del(void *opaque, pp_slice key, pp_err *err)
{
    memory_txn *t = opaque;
    int rc = check_write(t, key, 0, err);

    if (rc < 0)
        return rc;
    t->writes++;
    if (tree_del(&t->root, key) < 0)
        return no_memory(t->self, err, "a removal");
    return 0;
}

static int
memory_scan_new(void *opaque, pp_slice lo, pp_slice hi, uint32_t flags,
                void **it, pp_err *err)
{
    memory_txn *t = opaque;
    memory_scan *s;

    if (flags & ~PP_SCAN_REVERSE)
        return bad_flags(t->self, err, "scan", flags);
    s = calloc(1, sizeof(*s) + lo.n + hi.n);
    if (!s)
        return no_memory(t->self, err, "an iterator");
    s->txn = t;
    s->writes = t->writes;
    s->flags = flags;
    s->lo_n = lo.n;
    s->hi_n = hi.n;
    if (lo.n)
        memcpy(s->bounds, lo.p, lo.n);
    if (hi.n)
        memcpy(s->bounds + lo.n, hi.p, hi.n);
    *it = s;
    return 0;
}

static const tree_item *
step(const memory_scan *s, pp_slice lo, pp_slice hi)
{
    const tree *root = s->txn->root;

    if (s->flags & PP_SCAN_REVERSE)
        return s->started ? tree_greatest_below(root, tree_item_key(s->at), 0)
                          : tree_greatest_below(root, hi, hi.n == 0);
    return s->started ? tree_least(root, tree_item_key(s->at), 1)
                      : tree_least(root, lo, 0);
}

static int
memory_next(void *opaque, pp_slice *key, pp_slice *val, pp_err *err)
{
    memory_scan *s = opaque;
    pp_slice lo = pp_slice_of(s->bounds, s->lo_n);
    pp_slice hi = pp_slice_of(s->bounds + s->lo_n, s->hi_n);
    const tree_item *item;

    if (s->writes != s->txn->writes)
        return pp_host_fail(s->txn->self->host, err, PP_E_INVAL, 0,
                            "memory store: the iterator ended with the "
                            "write that followed it");
    if (s->started && !s->at)
        return 0;
    item = step(s, lo, hi);
    if (item && tree_cmp(tree_item_key(item), lo) < 0)
        item = NULL;
    if (item && hi.n && tree_cmp(tree_item_key(item), hi) >= 0)
        item = NULL;
    s->started = 1;
    s->at = item;
    if (!item)
        return 0;
    *key = tree_item_key(item);
    *val = tree_item_val(item);
    return 1;
}

static void
memory_end(void *opaque)
{
    free(opaque);
}

/* Publish the transaction's version, or drop it. */
static void
finish(memory_txn *t, int publish)
{
    memory *self = t->self;
    tree *old = t->root;

    pthread_mutex_lock(&self->lock);
    if (publish) {
        old = self->root;
        self->root = t->root;
        self->generation++;
    }
    if (t->flags & PP_TXN_RW) {
        self->writing = 0;
        pthread_cond_signal(&self->idle);
    }
    pthread_mutex_unlock(&self->lock);
    tree_unref(old);
    free(t);
}

static int
memory_commit(void *opaque, uint32_t flags, pp_err *err)
{
    memory_txn *t = opaque;
    memory *self = t->self;

    if (flags & ~PP_COMMIT_NOSYNC) {
        finish(t, 0);
        return bad_flags(self, err, "commit", flags);
    }
    finish(t, t->writes != 0);
    return 0;
}

static void
memory_abort(void *opaque)
{
    finish(opaque, 0);
}

static int
memory_generation(void *opaque, uint64_t *gen, pp_err *err)
{
    memory *self = opaque;

    (void)err;
    pthread_mutex_lock(&self->lock);
    *gen = self->generation;
    pthread_mutex_unlock(&self->lock);
    return 0;
}

static int
memory_check(void *opaque, uint32_t flags, pp_sink *report, pp_err *err)
{
    memory *self = opaque;
    char line[64];
    size_t n = 0;
    tree *root;
    int rc;

    if (flags & ~PP_CHECK_QUICK)
        return bad_flags(self, err, "check", flags);
    pthread_mutex_lock(&self->lock);
    root = tree_ref(self->root);
    pthread_mutex_unlock(&self->lock);
    rc = tree_count(root, &n);
    tree_unref(root);
    if (rc < 0)
        return pp_host_fail(self->host, err, PP_E_CORRUPT, 0,
                            "memory store: the tree is out of order: memory "
                            "of this process was overwritten");
    rc = snprintf(line, sizeof(line), "%zu keys, in order\n", n);
    return self->host->put(report, line, (size_t)rc);
}

static int
memory_open(const pp_host *host, const pp_config *cfg, void **out, pp_err *err)
{
    memory *self = calloc(1, sizeof(*self));
    pthread_condattr_t attr;

    (void)cfg;
    if (!self)
        return pp_host_fail(host, err, PP_E_NOMEM, 0,
                            "memory store: no memory for the store");
    self->host = host;
    if (getrandom(&self->seed, sizeof(self->seed), GRND_NONBLOCK) !=
        (ssize_t)sizeof(self->seed))
        self->seed = (uint64_t)time(NULL);
    self->seed |= 1;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&self->idle, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&self->lock, NULL);
    *out = self;
    return 0;
}

static void
memory_close(void *opaque)
{
    memory *self = opaque;

    tree_unref(self->root);
    pthread_cond_destroy(&self->idle);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static const pp_key *const memory_keys[] = {NULL};

static const pp_state_ops memory_ops = {
    .struct_size = sizeof(pp_state_ops),
    .info = memory_info,
    .begin = memory_begin,
    .get = memory_get,
    .put = memory_put,
    .del = memory_del,
    .scan = memory_scan_new,
    .next = memory_next,
    .end = memory_end,
    .commit = memory_commit,
    .abort = memory_abort,
    .generation = memory_generation,
    .check = memory_check,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_STATE,
    .name = "memory",
    .version = "0.1.0",
    .summary = "keeps state in the memory of one process",
    .license = "LGPL-2.1-or-later",
    .threads = PP_THREADS_PARALLEL,
    .keys = memory_keys,
    .ops = &memory_ops,
    .open = memory_open,
    .close = memory_close,
};
