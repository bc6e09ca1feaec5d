/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/slow/work.c - a scripted workload; see work.h */
#include "work.h"

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

enum verb {
    ADD_POD,   /* pod a */
    ADD,       /* container a, of its own */
    ADD_MATE,  /* container a to pod b, with a request */
    ADD_SHARE, /* the same, sharing the network of container 0 */
    ADD_NEED,  /* container a, which needs container b */
    SAVE,      /* container a, with up to b KiB */
    SAVE_POD,  /* pod a */
    FACT,      /* write a fact */
    FORGET,    /* delete it */
    REMOVE,    /* container a */
    LEAVE,     /* container a leaves pod b, and is gone */
    EMPTY,     /* remove the containers of pod a */
    REMOVE_POD /* pod a */
};

static const struct step {
    enum verb verb;
    unsigned a;
    unsigned b;
} script[] = {
    {ADD_POD, 0, 0},    {ADD_MATE, 0, 0}, {ADD_SHARE, 1, 0}, {SAVE, 1, 3},
    {FACT, 0, 0},       {ADD, 2, 0},      {SAVE, 0, 20},     {ADD_NEED, 3, 2},
    {SAVE, 2, 1},       {ADD_POD, 1, 0},  {ADD_MATE, 4, 1},  {SAVE_POD, 0, 0},
    {SAVE, 3, 40},      {REMOVE, 3, 0},   {FACT, 0, 0},      {SAVE, 4, 2},
    {SAVE, 0, 4},       {REMOVE, 2, 0},   {ADD, 5, 0},       {SAVE, 5, 60},
    {LEAVE, 4, 1},      {SAVE, 5, 1},     {EMPTY, 0, 0},     {REMOVE_POD, 1, 0},
    {REMOVE_POD, 0, 0}, {SAVE, 5, 8},     {REMOVE, 5, 0},    {FORGET, 0, 0},
};

const unsigned WORK_PERIOD = sizeof script / sizeof script[0];

static void
hold(bool on)
{
    if (memory_hold)
        memory_hold(on);
}

int
work_open(backend *b, ppc_state **st, pp_err *err)
{
    return ppc_state_open(b->ops, b->self, SLOW_WAIT_MS, NULL, st, err);
}

static void
mark_of(char out[8], unsigned who)
{
    snprintf(out, 8, "w%03u-", who);
}

void
work_id(char out[48], unsigned who, char letter, unsigned k, unsigned n)
{
    char mark[8];

    mark_of(mark, who);
    snprintf(out, 48, "%s%c%u-%08u", mark, letter, k, n / WORK_PERIOD);
}

static uint64_t
fnv(uint64_t h, const void *p, size_t n)
{
    const unsigned char *c = p;

    while (n--)
        h = (h ^ *c++) * FNV_PRIME;
    return h;
}

/* Text of a length and content that follow from n, and its sum. */
static pp_json *
bulk(unsigned who, unsigned n, unsigned kib)
{
    uint64_t seed = (uint64_t)(n + 1) * 0x9e3779b97f4a7c15u + who;
    size_t len = slow_below(&seed, (uint64_t)kib << 10) + 1, i;
    pp_json *v = pp_json_object(), *all = pp_json_object();
    char *text = malloc(len + 1);
    char sum[24];

    if (!text)
        abort();
    for (i = 0; i < len; i++)
        text[i] = (char)('!' + 2 + slow_random(&seed) % 50);
    text[len] = '\0';
    snprintf(sum, sizeof sum, "%016llx",
             (unsigned long long)fnv(FNV_BASIS, text, len));
    pp_json_put(v, "text", pp_json_string(text));
    pp_json_put(v, "sum", pp_json_string(sum));
    pp_json_put(v, "step", pp_json_int((int64_t)n));
    pp_json_put(all, "bulk", v);
    free(text);
    return all;
}

int
work_is_whole(const ppc_ctr *c)
{
    const pp_json *v = pp_json_get(c->state->exec_sessions, "bulk");
    const char *text = pp_json_get_str(v, "text");
    char sum[24];

    if (!v)
        return 1;
    snprintf(sum, sizeof sum, "%016llx",
             (unsigned long long)fnv(FNV_BASIS, text, strlen(text)));
    return !strcmp(sum, pp_json_get_str(v, "sum"));
}

static ppc_ctr *
make_ctr(unsigned who, unsigned k, unsigned n)
{
    ppc_ctr *c = ppc_ctr_new();
    char id[48];

    work_id(id, who, 'c', k, n);
    c->config->id = strdup(id);
    c->config->name = ppc_sprintf("name-of-%s", id);
    c->config->rootfs = strdup("/some/where");
    c->config->created = INT64_C(1540000000123456789) + n;
    c->config->stop_signal = 15;
    c->config->labels = pp_json_object();
    pp_json_put(c->config->labels, "a", pp_json_string("b"));
    ppc_strv_add(&c->config->command, "sleep");
    if (k % 2)
        c->config->nspace = strdup(id);
    c->state->state = PPC_CTR_CONFIGURED;
    return c;
}

static ppc_pod *
make_pod(unsigned who, unsigned k, unsigned n)
{
    ppc_pod *p = ppc_pod_new();
    char id[48];

    work_id(id, who, 'p', k, n);
    p->config->id = strdup(id);
    p->config->name = ppc_sprintf("name-of-%s", id);
    p->config->created = INT64_C(1540000000123456789) + n;
    return p;
}

static int
add_ctr(ppc_state *st, unsigned who, unsigned n, const struct step *s,
        pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    PP_AUTO(ppc_pod_free) ppc_pod *p = NULL;
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;
    char id[48];

    hold(true);
    c = make_ctr(who, s->a, n);
    free(pp_steal(&c->config->nspace));
    if (s->verb == ADD_NEED) {
        work_id(id, who, 'c', s->b, n);
        ppc_strv_add(&c->config->dependencies, id);
    }
    if (s->verb == ADD_SHARE) {
        work_id(id, who, 'c', 0, n);
        c->config->ns_ctr[PPC_NS_NET] = strdup(id);
        c->intent = strdup("create");
    }
    if (s->verb == ADD) {
        work_id(id, who, 's', 0, n);
        c->config->nspace = strdup(id);
    }
    if (s->verb == ADD_NEED) {
        work_id(id, who, 's', 0, n);
        c->config->nspace = strdup(id);
    }
    if (s->verb == ADD_MATE || s->verb == ADD_SHARE) {
        p = make_pod(who, s->b, n);
        c->config->pod = strdup(p->config->id);
        spec = bulk(who, n, 2);
    }
    hold(false);
    if (p)
        return ppc_state_add_container_to_pod(st, p, c, spec, err);
    return ppc_state_add_container(st, c, NULL, err);
}

static int
save_ctr(ppc_state *st, unsigned who, unsigned n, const struct step *s,
         pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    char id[48];
    int rc;

    work_id(id, who, 'c', s->a, n);
    rc = ppc_state_container(st, id, &c, err);
    if (rc < 0)
        return rc;
    hold(true);
    pp_json_unref(c->state->exec_sessions);
    c->state->exec_sessions = bulk(who, n, s->b);
    c->state->state = PPC_CTR_RUNNING;
    c->state->pid = n;
    free(c->netns);
    c->netns = n % 2 ? ppc_sprintf("/run/netns/%s", id) : NULL;
    free(c->intent);
    c->intent = n % 3 ? ppc_sprintf("start %u", n) : NULL;
    hold(false);
    return ppc_state_save_container(st, c, err);
}

static int
remove_ctr(ppc_state *st, unsigned who, unsigned n, const struct step *s,
           pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    PP_AUTO(ppc_pod_free) ppc_pod *p = NULL;
    char id[48];
    int rc;

    work_id(id, who, 'c', s->a, n);
    rc = ppc_state_container(st, id, &c, err);
    if (rc < 0)
        return rc;
    if (s->verb == REMOVE)
        return ppc_state_remove_container(st, c, err);
    work_id(id, who, 'p', s->b, n);
    rc = ppc_state_pod(st, id, &p, err);
    if (rc < 0)
        return rc;
    return ppc_state_remove_container_from_pod(st, p, c, err);
}

static int
on_pod(ppc_state *st, unsigned who, unsigned n, const struct step *s,
       pp_err *err)
{
    PP_AUTO(ppc_pod_free) ppc_pod *p = NULL;
    char id[48];
    int rc;

    if (s->verb == ADD_POD) {
        hold(true);
        p = make_pod(who, s->a, n);
        hold(false);
        return ppc_state_add_pod(st, p, err);
    }
    work_id(id, who, 'p', s->a, n);
    rc = ppc_state_pod(st, id, &p, err);
    if (rc < 0)
        return rc;
    if (s->verb == EMPTY)
        return ppc_state_remove_pod_containers(st, p, err);
    if (s->verb == REMOVE_POD)
        return ppc_state_remove_pod(st, p, err);
    hold(true);
    free(p->state->cgroup_path);
    p->state->cgroup_path = ppc_sprintf("/cgroup/%u", n);
    hold(false);
    return ppc_state_save_pod(st, p, err);
}

int
work_step(ppc_state *st, unsigned who, unsigned n, pp_err *err)
{
    const struct step *s = &script[n % WORK_PERIOD];
    char fact[16], value[16];

    mark_of(fact, who);
    snprintf(value, sizeof value, "%u", n);
    switch (s->verb) {
    case ADD:
    case ADD_MATE:
    case ADD_SHARE:
    case ADD_NEED:
        return add_ctr(st, who, n, s, err);
    case SAVE:
        return save_ctr(st, who, n, s, err);
    case FACT:
        return ppc_state_meta_put(st, fact, value, err);
    case FORGET:
        return ppc_state_meta_put(st, fact, NULL, err);
    case REMOVE:
    case LEAVE:
        return remove_ctr(st, who, n, s, err);
    case ADD_POD:
    case SAVE_POD:
    case EMPTY:
    case REMOVE_POD:
        return on_pod(st, who, n, s, err);
    }
    abort();
}

uint64_t
work_nothing(void)
{
    return FNV_BASIS;
}

static uint64_t
add_item(uint64_t h, pp_slice key, pp_slice val)
{
    uint64_t n[2] = {key.n, val.n};

    h = fnv(h, n, sizeof n);
    h = fnv(h, key.p, key.n);
    return fnv(h, val.p, val.n);
}

int
work_digest(const backend *b, unsigned who, uint64_t *digest, pp_err *err)
{
    uint64_t h = FNV_BASIS;
    pp_slice key, val;
    void *txn = NULL, *it = NULL;
    char mark[8];
    int rc;

    mark_of(mark, who);
    rc = b->ops->begin(b->self, 0, SLOW_WAIT_MS, &txn, err);
    if (rc < 0)
        return rc;
    rc = b->ops->scan(txn, pp_slice_of("", 1), pp_slice_of(NULL, 0), 0, &it,
                      err);
    if (rc < 0) {
        b->ops->abort(txn);
        return rc;
    }
    while ((rc = b->ops->next(it, &key, &val, err)) > 0)
        if (who == WORK_ALL || memmem(key.p, key.n, mark, strlen(mark)))
            h = add_item(h, key, val);
    b->ops->end(it);
    b->ops->abort(txn);
    if (rc == 0)
        *digest = h;
    return rc;
}

uint64_t *
work_table(unsigned who, unsigned scope, unsigned first, unsigned n)
{
    uint64_t *table = calloc(n + 1, sizeof *table);
    ppc_state *st = NULL;
    pp_err err = {0, 0, ""};
    backend map;
    unsigned i;

    hold(true);
    backend_open(&map, "map");
    if (!table || work_open(&map, &st, &err) < 0)
        abort();
    for (i = 0; i <= n; i++) {
        if (i && work_step(st, who, first + i - 1, &err) < 0) {
            fprintf(stderr, "step %u: %s\n", i - 1, err.msg);
            abort();
        }
        hold(true);
        if (work_digest(&map, scope, &table[i], &err) < 0)
            abort();
    }
    ppc_state_free(st);
    backend_close(&map);
    hold(false);
    return table;
}
