/* SPDX-License-Identifier: MIT */
/*
 * example.c - a state plugin to start from: a sorted array in memory
 *
 * It is complete and correct, and it forgets everything at close: put the
 * real store where the versions are.
 *
 * A version is an array of items sorted by key.  Readers hold the version
 * they began with; a writer works on a copy, which commit publishes.  Items
 * are shared between versions and counted.
 *
 * There is no lock in here: threads is PER_INSTANCE, so the host lets one
 * thread in at a time, and keeps the others out while a transaction is open.
 */
#include <polypod/state.h>

#include <stdlib.h>
#include <string.h>

enum { MAX_KEY = 480, MAX_VAL = 16 << 20 };

typedef struct item {
    size_t refs;
    size_t key_n;
    size_t val_n;
    unsigned char bytes[]; /* key, then value */
} item;

typedef struct version {
    size_t refs;
    size_t n;
    item *items[];
} version;

typedef struct store {
    const pp_host *host;
    size_t max_items;
    version *current;
    uint64_t generation;
    int writing;
} store;

typedef struct txn {
    store *s;
    version *v;      /* a writer's own */
    uint32_t flags;  /* PP_TXN_* */
    uint64_t writes; /* an iterator ends with the next one */
} txn;

typedef struct iter {
    txn *t;
    uint64_t writes;
    size_t from; /* what is left is [from, to) */
    size_t to;
    uint32_t flags; /* PP_SCAN_* */
} iter;

static int
no_memory(const store *s, pp_err *err)
{
    return pp_host_fail(s->host, err, PP_E_NOMEM, 0,
                        "example store: no memory");
}

static int
bad_flags(const store *s, pp_err *err, const char *op, uint32_t flags)
{
    return pp_host_fail(s->host, err, PP_E_NOTSUP, 0,
                        "example store: %s: unknown flags 0x%x", op, flags);
}

/* Items and versions */

static item *
item_new(pp_slice key, pp_slice val)
{
    item *i = malloc(sizeof *i + key.n + val.n);

    if (!i)
        return NULL;
    i->refs = 1;
    i->key_n = key.n;
    i->val_n = val.n;
    if (key.n)
        memcpy(i->bytes, key.p, key.n);
    if (val.n)
        memcpy(i->bytes + key.n, val.p, val.n);
    return i;
}

static void
item_unref(item *i)
{
    if (!--i->refs)
        free(i);
}

static int
compare(const item *i, pp_slice key)
{
    size_t n = i->key_n < key.n ? i->key_n : key.n;
    int c = n ? memcmp(i->bytes, key.p, n) : 0;

    if (c)
        return c;
    return (i->key_n > key.n) - (i->key_n < key.n);
}

/* The first position whose key is not below KEY. */
static size_t
find(const version *v, pp_slice key, int *exact)
{
    size_t lo = 0;
    size_t hi = v->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (compare(v->items[mid], key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *exact = lo < v->n && !compare(v->items[lo], key);
    return lo;
}

static version *
version_copy(const version *from)
{
    version *v = malloc(sizeof *v + from->n * sizeof *v->items);
    size_t i;

    if (!v)
        return NULL;
    v->refs = 1;
    v->n = from->n;
    for (i = 0; i < v->n; i++) {
        v->items[i] = from->items[i];
        v->items[i]->refs++;
    }
    return v;
}

static void
version_unref(version *v)
{
    size_t i;

    if (--v->refs)
        return;
    for (i = 0; i < v->n; i++)
        item_unref(v->items[i]);
    free(v);
}

/* Transactions */

static int
example_info(void *self, pp_state_info *info, pp_err *err)
{
    (void)self;
    (void)err;
    info->caps = PP_STATE_GENERATION; /* not durable, one process only */
    info->max_key = MAX_KEY;
    info->max_val = MAX_VAL;
    return 0;
}

static int
example_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **out,
              pp_err *err)
{
    store *s = self;
    txn *t;

    (void)timeout_ms; /* the host has waited for other threads already */
    if (flags & ~PP_TXN_RW)
        return bad_flags(s, err, "begin", flags);
    if ((flags & PP_TXN_RW) && s->writing)
        return pp_host_fail(s->host, err, PP_E_BUSY, 0,
                            "example store: this thread is writing already");
    t = calloc(1, sizeof *t);
    if (!t)
        return no_memory(s, err);
    t->s = s;
    t->flags = flags;
    t->v = s->current;
    if (flags & PP_TXN_RW)
        t->v = version_copy(s->current);
    else
        t->v->refs++;
    if (!t->v) {
        free(t);
        return no_memory(s, err);
    }
    s->writing += !!(flags & PP_TXN_RW);
    *out = t;
    return 0;
}

static int
example_get(void *self, pp_slice key, pp_slice *val, pp_err *err)
{
    txn *t = self;
    int exact;
    size_t at = find(t->v, key, &exact);

    (void)err;
    if (!exact)
        return -PP_E_NOTFOUND;
    *val = pp_slice_of(t->v->items[at]->bytes + key.n, t->v->items[at]->val_n);
    return 0;
}

static int
check_write(const txn *t, pp_slice key, size_t val_n, pp_err *err)
{
    if (!(t->flags & PP_TXN_RW))
        return pp_host_fail(t->s->host, err, PP_E_INVAL, 0,
                            "example store: the transaction is read-only");
    if (key.n > MAX_KEY || val_n > MAX_VAL)
        return pp_host_fail(t->s->host, err, PP_E_INVAL, 0,
                            "example store: a key of %zu bytes with a value "
                            "of %zu is too large",
                            key.n, val_n);
    return 0;
}

static int
insert(txn *t, size_t at, item *i, pp_err *err)
{
    version *v = t->v;

    if (v->n >= t->s->max_items)
        return pp_host_fail(t->s->host, err, PP_E_FULL, 0,
                            "example store: %zu items are stored already: "
                            "raise max_items in [state.example]",
                            v->n);
    v = realloc(v, sizeof *v + (v->n + 1) * sizeof *v->items);
    if (!v)
        return no_memory(t->s, err);
    t->v = v;
    memmove(&v->items[at + 1], &v->items[at], (v->n - at) * sizeof *v->items);
    v->items[at] = i;
    v->n++;
    return 0;
}

static int
example_put(void *self, pp_slice key, pp_slice val, uint32_t flags, pp_err *err)
{
    txn *t = self;
    int rc = check_write(t, key, val.n, err);
    int exact;
    size_t at;
    item *i;

    if (rc < 0)
        return rc;
    if (flags & ~PP_PUT_NEW)
        return bad_flags(t->s, err, "put", flags);
    at = find(t->v, key, &exact);
    if (exact && (flags & PP_PUT_NEW))
        return pp_host_fail(t->s->host, err, PP_E_EXISTS, 0,
                            "example store: the key exists");
    i = item_new(key, val);
    if (!i)
        return no_memory(t->s, err);
    if (exact) {
        item_unref(t->v->items[at]);
        t->v->items[at] = i;
    } else {
        rc = insert(t, at, i, err);
        if (rc < 0) {
            item_unref(i);
            return rc;
        }
    }
    t->writes++;
    return 0;
}

static int
example_del(void *self, pp_slice key, pp_err *err)
{
    txn *t = self;
    int rc = check_write(t, key, 0, err);
    version *v = t->v;
    int exact;
    size_t at;

    if (rc < 0)
        return rc;
    t->writes++;
    at = find(v, key, &exact);
    if (!exact)
        return 0;
    item_unref(v->items[at]);
    v->n--;
    memmove(&v->items[at], &v->items[at + 1], (v->n - at) * sizeof *v->items);
    return 0;
}

static int
example_scan(void *self, pp_slice lo, pp_slice hi, uint32_t flags, void **out,
             pp_err *err)
{
    txn *t = self;
    int exact;
    iter *i;

    if (flags & ~PP_SCAN_REVERSE)
        return bad_flags(t->s, err, "scan", flags);
    i = calloc(1, sizeof *i);
    if (!i)
        return no_memory(t->s, err);
    i->t = t;
    i->writes = t->writes;
    i->flags = flags;
    i->from = find(t->v, lo, &exact);
    i->to = hi.n ? find(t->v, hi, &exact) : t->v->n;
    *out = i;
    return 0;
}

static int
example_next(void *self, pp_slice *key, pp_slice *val, pp_err *err)
{
    iter *i = self;
    const item *it;

    if (i->writes != i->t->writes)
        return pp_host_fail(i->t->s->host, err, PP_E_INVAL, 0,
                            "example store: a write ended the iterator");
    if (i->from >= i->to)
        return 0;
    it = i->t->v->items[i->flags & PP_SCAN_REVERSE ? --i->to : i->from++];
    *key = pp_slice_of(it->bytes, it->key_n);
    *val = pp_slice_of(it->bytes + it->key_n, it->val_n);
    return 1;
}

static void
example_end(void *self)
{
    free(self);
}

static void
example_abort(void *self)
{
    txn *t = self;

    t->s->writing -= !!(t->flags & PP_TXN_RW);
    version_unref(t->v);
    free(t);
}

static int
example_commit(void *self, uint32_t flags, pp_err *err)
{
    txn *t = self;
    store *s = t->s;
    version *old = s->current;

    if (flags & ~PP_COMMIT_NOSYNC) {
        example_abort(t); /* commit consumes it, whatever it returns */
        return bad_flags(s, err, "commit", flags);
    }
    if (t->writes) {
        s->current = t->v;
        s->generation++;
        t->v = old;
    }
    example_abort(t);
    return 0;
}

static int
example_generation(void *self, uint64_t *gen, pp_err *err)
{
    store *s = self;

    (void)err;
    *gen = s->generation;
    return 0;
}

/* The plugin */

static int
example_open(const pp_host *host, const pp_config *config, void **out,
             pp_err *err)
{
    store *s = calloc(1, sizeof *s);

    if (s)
        s->current = calloc(1, sizeof *s->current);
    if (!s || !s->current) {
        free(s);
        return pp_host_fail(host, err, PP_E_NOMEM, 0,
                            "example store: no memory");
    }
    s->current->refs = 1;
    s->host = host; /* lives until close has returned */
    s->max_items = (size_t)host->cfg_int(config, "max_items");
    pp_host_log(host, PP_LOG_DEBUG, "for up to %zu items", s->max_items);
    *out = s;
    return 0;
}

static void
example_close(void *self)
{
    store *s = self;

    version_unref(s->current);
    free(s);
}

static const pp_key max_items = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_INT,
    .name = "max_items",
    .def = "100000",
    .range = "1..1000000000",
    .help = "items that the store takes",
};
static const pp_key *const keys[] = {&max_items, NULL};

static const pp_state_ops ops = {
    .struct_size = sizeof(pp_state_ops),
    .info = example_info,
    .begin = example_begin,
    .get = example_get,
    .put = example_put,
    .del = example_del,
    .scan = example_scan,
    .next = example_next,
    .end = example_end,
    .commit = example_commit,
    .abort = example_abort,
    .generation = example_generation,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .host_minor_min = 0,
    .kind = PP_KIND_STATE,
    .name = "example",
    .version = "0.1.0",
    .summary = "keeps state in a sorted array, to start from",
    .license = "MIT",
    .threads = PP_THREADS_PER_INSTANCE,
    .keys = keys,
    .ops = &ops,
    .open = example_open,
    .close = example_close,
};
