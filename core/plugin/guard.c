/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/plugin/guard.c - locks in front of plugins that threads may not share
 *
 * A plugin declares how it may be called; the engine need not know.  The
 * ops of a serial or per-instance plugin are replaced by these, which take
 * the lock and pass on.
 *
 * A state transaction holds the lock from begin to commit or abort: were it
 * held by the call only, a second thread could wait inside the plugin for
 * what the first one's transaction holds, and the first could not get in to
 * commit.  A transaction stays on its thread, so the thread that unlocks is
 * the one that locked.
 */
#include "core/plugin/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

int
ppc_guard_lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attr;
    int e = pthread_mutexattr_init(&attr);

    if (e)
        return e;
    /* A thread may have a second transaction. */
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    e = pthread_mutex_init(lock, &attr);
    pthread_mutexattr_destroy(&attr);
    return e;
}

static ppc_guard *
enter(void *self)
{
    ppc_guard *g = self;

    pthread_mutex_lock(g->lock);
    return g;
}

static int
leave(ppc_guard *g, int rc)
{
    pthread_mutex_unlock(g->lock);
    return rc;
}

/* State: transactions and iterators are wrapped, to find the lock again. */

struct txn {
    ppc_guard *g;
    void *txn; /* the plugin's */
};

struct iter {
    const pp_state_ops *ops;
    void *it; /* the plugin's */
};

static const pp_state_ops *
ops_of(const struct txn *t)
{
    return &t->g->ops->state;
}

static int
state_info(void *self, pp_state_info *info, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->state.info(g->self, info, err));
}

static int
lock_within(pthread_mutex_t *lock, uint32_t ms)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_nsec -= 1000000000;
        at.tv_sec++;
    }
    return pthread_mutex_timedlock(lock, &at);
}

static int
state_begin(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
            pp_err *err)
{
    ppc_guard *g = self;
    struct txn *t = calloc(1, sizeof *t);
    int rc;

    if (!t)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a transaction");
    if (lock_within(g->lock, timeout_ms)) {
        free(t);
        return pp_fail(err, PP_E_BUSY, 0,
                       "another thread's transaction is open for more than "
                       "%u ms",
                       timeout_ms);
    }
    t->g = g;
    rc = g->ops->state.begin(g->self, flags, timeout_ms, &t->txn, err);
    if (rc < 0) {
        free(t);
        return leave(g, rc);
    }
    *txn = t;
    return rc;
}

static int
state_get(void *txn, pp_slice key, pp_slice *val, pp_err *err)
{
    struct txn *t = txn;

    return ops_of(t)->get(t->txn, key, val, err);
}

static int
state_put(void *txn, pp_slice key, pp_slice val, uint32_t flags, pp_err *err)
{
    struct txn *t = txn;

    return ops_of(t)->put(t->txn, key, val, flags, err);
}

static int
state_del(void *txn, pp_slice key, pp_err *err)
{
    struct txn *t = txn;

    return ops_of(t)->del(t->txn, key, err);
}

static int
state_scan(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it,
           pp_err *err)
{
    struct txn *t = txn;
    struct iter *i = calloc(1, sizeof *i);
    int rc;

    if (!i)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for an iterator");
    i->ops = ops_of(t);
    rc = i->ops->scan(t->txn, lo, hi, flags, &i->it, err);
    if (rc < 0) {
        free(i);
        return rc;
    }
    *it = i;
    return rc;
}

static int
state_next(void *it, pp_slice *key, pp_slice *val, pp_err *err)
{
    struct iter *i = it;

    return i->ops->next(i->it, key, val, err);
}

static void
state_end(void *it)
{
    struct iter *i = it;

    i->ops->end(i->it);
    free(i);
}

static int
state_commit(void *txn, uint32_t flags, pp_err *err)
{
    struct txn *t = txn;
    ppc_guard *g = t->g;
    int rc = ops_of(t)->commit(t->txn, flags, err);

    free(t);
    return leave(g, rc);
}

static void
state_abort(void *txn)
{
    struct txn *t = txn;
    ppc_guard *g = t->g;

    ops_of(t)->abort(t->txn);
    free(t);
    leave(g, 0);
}

static int
state_generation(void *self, uint64_t *gen, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->state.generation(g->self, gen, err));
}

static int
state_check(void *self, uint32_t flags, pp_sink *report, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->state.check(g->self, flags, report, err));
}

static int
state_compact(void *self, uint32_t flags, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->state.compact(g->self, flags, err));
}

static int
state_backup(void *self, int32_t out_fd, uint32_t flags, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->state.backup(g->self, out_fd, flags, err));
}

static void
state_guarded(const pp_state_ops *has, pp_state_ops *out)
{
    *out = (pp_state_ops){
        .struct_size = sizeof *out,
        .info = state_info,
        .begin = state_begin,
        .get = state_get,
        .put = state_put,
        .del = state_del,
        .scan = state_scan,
        .next = state_next,
        .end = state_end,
        .commit = state_commit,
        .abort = state_abort,
        .generation = has->generation ? state_generation : NULL,
        .check = has->check ? state_check : NULL,
        .compact = has->compact ? state_compact : NULL,
        .backup = has->backup ? state_backup : NULL,
    };
}

/* Firewall */

static int
fw_caps(void *self, uint64_t *caps, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.caps(g->self, caps, err));
}

static int
fw_net_up(void *self, const pp_fw_net *net, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.net_up(g->self, net, err));
}

static int
fw_net_down(void *self, const char *net, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.net_down(g->self, net, err));
}

static int
fw_apply(void *self, const pp_fw_rules *rules, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.apply(g->self, rules, err));
}

static int
fw_remove(void *self, const char *owner, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.remove(g->self, owner, err));
}

static int
fw_check(void *self, const pp_fw_rules *rules, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.check(g->self, rules, err));
}

static int
fw_list(void *self, pp_sink *owners, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.list(g->self, owners, err));
}

static int
fw_sync(void *self, const pp_fw_all *all, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.sync(g->self, all, err));
}

static int
fw_net_check(void *self, const pp_fw_net *net, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->fw.net_check(g->self, net, err));
}

static void
fw_guarded(const pp_fw_ops *has, pp_fw_ops *out)
{
    *out = (pp_fw_ops){
        .struct_size = sizeof *out,
        .caps = fw_caps,
        .net_up = fw_net_up,
        .net_down = fw_net_down,
        .apply = fw_apply,
        .remove = fw_remove,
        .check = fw_check,
        .list = fw_list,
        .sync = fw_sync,
        .net_check = has->net_check ? fw_net_check : NULL,
    };
}

/* Network */

static int
net_caps(void *self, uint64_t *caps, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->net.caps(g->self, caps, err));
}

static int
net_list(void *self, pp_sink *names, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->net.list(g->self, names, err));
}

static int
net_info(void *self, const char *net, pp_net_info *info, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->net.info(g->self, net, info, err));
}

static int
net_setup(void *self, const pp_net_request *r, pp_net_result *result,
          pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->net.setup(g->self, r, result, err));
}

static int
net_teardown(void *self, const pp_net_request *r, pp_slice cookie, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->net.teardown(g->self, r, cookie, err));
}

static int
net_check(void *self, const pp_net_request *r, pp_slice cookie, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->net.check(g->self, r, cookie, err));
}

static int
net_gc(void *self, const char *net, const pp_net_attachment *const *alive,
       uint32_t n, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->net.gc(g->self, net, alive, n, err));
}

static int
net_status(void *self, const char *net, pp_err *err)
{
    ppc_guard *g = enter(self);

    return leave(g, g->ops->net.status(g->self, net, err));
}

static void
net_guarded(const pp_net_ops *has, pp_net_ops *out)
{
    *out = (pp_net_ops){
        .struct_size = sizeof *out,
        .caps = net_caps,
        .list = net_list,
        .info = net_info,
        .setup = net_setup,
        .teardown = net_teardown,
        .check = has->check ? net_check : NULL,
        .gc = has->gc ? net_gc : NULL,
        .status = has->status ? net_status : NULL,
    };
}

void
ppc_guard_ops(int kind, const ppc_guard *g, union ppc_ops *out)
{
    if (kind == PP_KIND_STATE)
        state_guarded(&g->ops->state, &out->state);
    else if (kind == PP_KIND_FW)
        fw_guarded(&g->ops->fw, &out->fw);
    else
        net_guarded(&g->ops->net, &out->net);
}
