/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/scenario_verbs.c - what the steps of a scenario do */
#include <stdio.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/keys.h"
#include "scenario_int.h"

#define TIMEOUT_MS 10000

int
scenario_wrong(struct world *w, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->why, sizeof w->why, fmt, ap);
    va_end(ap);
    return 1;
}

static struct handle *
find(struct world *w, const char *name)
{
    size_t i;

    for (i = 0; i < w->n; i++)
        if (!strcmp(w->h[i].name, name))
            return &w->h[i];
    return NULL;
}

static bool
is_handle_name(const char *s)
{
    return strlen(s) == 2 && strchr("cpxy", s[0]) && s[1] >= '0' && s[1] <= '9';
}

static struct handle *
blank(struct world *w, const char *name)
{
    struct handle *h = &w->h[w->n++];

    if (w->n > MAX_HANDLES)
        abort();
    snprintf(h->name, sizeof h->name, "%s", name);
    return h;
}

/* The handle of that name, made if it is new. */
static struct handle *
handle(struct world *w, const char *name)
{
    struct handle *h = find(w, name);

    if (h)
        return h;
    h = blank(w, name);
    if (name[0] == 'p')
        h->p = fixture_pod(name[1]);
    else
        h->c = fixture_ctr(name[1]);
    return h;
}

static const char *
id_of(const struct handle *h)
{
    if (h->p)
        return h->p->config->id;
    return h->c->config ? h->c->config->id : NULL;
}

/* A word where an ID or text is meant; caller frees. */
static char *
text(struct world *w, const char *word)
{
    char *s, *p;

    if (!strcmp(word, "\"\""))
        return strdup("");
    s = strdup(is_handle_name(word) ? id_of(handle(w, word)) : word);
    for (p = s; *p; p++)
        if (*p == '~')
            *p = ' ';
    return s;
}

static void
set_text(char **field, char *value)
{
    free(*field);
    *field = value;
}

static char *
times(char c, size_t n)
{
    char *s = malloc(n + 1);

    if (!s)
        abort();
    memset(s, c, n);
    s[n] = '\0';
    return s;
}

static int
make_ctr(struct world *w, ppc_ctr *c, const char *key, const char *word)
{
    if (!strcmp(key, "id"))
        set_text(&c->config->id, text(w, word));
    else if (!strcmp(key, "idlen"))
        set_text(&c->config->id, times('e', (size_t)atol(word)));
    else if (!strcmp(key, "namelen"))
        set_text(&c->config->name, times('n', (size_t)atol(word)));
    else if (!strcmp(key, "name"))
        set_text(&c->config->name, text(w, word));
    else if (!strcmp(key, "pod"))
        set_text(&c->config->pod, text(w, word));
    else if (!strcmp(key, "ns"))
        set_text(&c->config->nspace, text(w, word));
    else if (!strcmp(key, "user"))
        set_text(&c->config->ns_ctr[PPC_NS_USER], text(w, word));
    else if (!strcmp(key, "ipc"))
        set_text(&c->config->ns_ctr[PPC_NS_IPC], text(w, word));
    else if (!strcmp(key, "need"))
        ppc_strv_take(&c->config->dependencies, text(w, word));
    else if (!strcmp(key, "state"))
        c->state->state = atoi(word);
    else if (!strcmp(key, "invalid"))
        c->valid = false;
    else if (!strcmp(key, "null")) {
        c->valid = false;
        ppc_ctr_config_free(pp_steal(&c->config));
    } else
        return scenario_wrong(w, "no field %s", key);
    return 0;
}

static int
make_pod(struct world *w, ppc_pod *p, const char *key, const char *word)
{
    if (!strcmp(key, "id"))
        set_text(&p->config->id, text(w, word));
    else if (!strcmp(key, "name"))
        set_text(&p->config->name, text(w, word));
    else if (!strcmp(key, "ns"))
        set_text(&p->config->nspace, text(w, word));
    else if (!strcmp(key, "invalid"))
        p->valid = false;
    else
        return scenario_wrong(w, "no field %s", key);
    return 0;
}

static int
do_make(struct world *w)
{
    struct handle *h = handle(w, w->w[1]);
    size_t i;
    int rc = 0;

    for (i = 2; !rc && i < w->words; i++) {
        char *key = w->w[i];
        char *eq = strchr(key, '=');

        if (eq)
            *eq++ = '\0';
        rc = h->p ? make_pod(w, h->p, key, eq) : make_ctr(w, h->c, key, eq);
    }
    return rc;
}

/* Everything about an object as text; caller frees. */
static char *
as_text(bool valid, pp_json *config, pp_json *state, const char *netns,
        const char *intent)
{
    PP_AUTO_FREE char *c = pp_json_text(config, 0);
    PP_AUTO_FREE char *s = pp_json_text(state, 0);
    char *all = ppc_sprintf("%d %s %s %s %s", valid, c, s, netns ? netns : "-",
                            intent ? intent : "-");

    pp_json_unref(config);
    pp_json_unref(state);
    return all;
}

static char *
ctr_text(const ppc_ctr *c)
{
    return as_text(c->valid, ppc_ctr_config_encode(c->config),
                   ppc_ctr_state_encode(c->state), c->netns, c->intent);
}

static char *
pod_text(const ppc_pod *p)
{
    return as_text(p->valid, ppc_pod_config_encode(p->config),
                   ppc_pod_state_encode(p->state), NULL, NULL);
}

static int
equal(struct world *w, char *got, char *want)
{
    int rc = 0;

    if (strcmp(got, want))
        rc = scenario_wrong(w, "got %s, not %s", got, want);
    free(got);
    free(want);
    return rc;
}

static int
do_same(struct world *w)
{
    struct handle *a = handle(w, w->w[1]);
    struct handle *b = handle(w, w->w[2]);

    if (a->p)
        return equal(w, pod_text(a->p), pod_text(b->p));
    return equal(w, ctr_text(a->c), ctr_text(b->c));
}

/* What a call returned, as the step wants it: the verb's own result. */
#define CALL(expr)                                                             \
    do {                                                                       \
        int rc_ = (expr);                                                      \
        if (rc_ < 0)                                                           \
            return rc_;                                                        \
    } while (0)

static int
do_copy(struct world *w)
{
    struct handle *from = handle(w, w->w[2]);
    struct handle *to = blank(w, w->w[1]);
    int rc;

    if (from->p)
        rc = ppc_state_pod(w->st, id_of(from), &to->p, &w->err);
    else
        rc = ppc_state_container(w->st, id_of(from), &to->c, &w->err);
    if (rc < 0)
        w->n--;
    return rc;
}

static int
fetch(struct world *w, bool lookup)
{
    PP_AUTO_FREE char *ref = text(w, w->w[1]);
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    PP_AUTO(ppc_pod_free) ppc_pod *p = NULL;
    const char *want = w->w[2];

    if (*want == 'p') {
        if (lookup)
            CALL(ppc_state_lookup_pod(w->st, ref, &p, &w->err));
        else
            CALL(ppc_state_pod(w->st, ref, &p, &w->err));
        if (!want[1])
            return 0;
        return equal(w, pod_text(p), pod_text(handle(w, want)->p));
    }
    if (lookup)
        CALL(ppc_state_lookup_container(w->st, ref, &c, &w->err));
    else
        CALL(ppc_state_container(w->st, ref, &c, &w->err));
    if (!want[1])
        return 0;
    return equal(w, ctr_text(c), ctr_text(handle(w, want)->c));
}

static int
do_get(struct world *w)
{
    return fetch(w, false);
}

static int
do_look(struct world *w)
{
    return fetch(w, true);
}

static int
answer(struct world *w, bool got, const char *want)
{
    if (got == !strcmp(want, "yes"))
        return 0;
    return scenario_wrong(w, "the answer is %s", got ? "yes" : "no");
}

static int
do_has(struct world *w)
{
    PP_AUTO_FREE char *id = text(w, w->w[1]);
    bool has = false;

    if (w->w[2][0] == 'p')
        CALL(ppc_state_has_pod(w->st, id, &has, &w->err));
    else
        CALL(ppc_state_has_container(w->st, id, &has, &w->err));
    return w->words > 3 ? answer(w, has, w->w[3]) : 0;
}

static int
do_taken(struct world *w)
{
    PP_AUTO_FREE char *name = text(w, w->w[1]);
    bool taken = false;

    CALL(ppc_state_name_taken(w->st, name, &taken, &w->err));
    return w->words > 2 ? answer(w, taken, w->w[2]) : 0;
}

static int
do_add(struct world *w)
{
    struct handle *h = handle(w, w->w[1]);

    if (w->words > 2)
        return ppc_state_add_container_to_pod(w->st, handle(w, w->w[2])->p,
                                              h->c, NULL, &w->err);
    if (h->p)
        return ppc_state_add_pod(w->st, h->p, &w->err);
    return ppc_state_add_container(w->st, h->c, NULL, &w->err);
}

static int
do_rm(struct world *w)
{
    struct handle *h = handle(w, w->w[1]);

    if (w->words > 2)
        return ppc_state_remove_container_from_pod(w->st, handle(w, w->w[2])->p,
                                                   h->c, &w->err);
    if (h->p)
        return ppc_state_remove_pod(w->st, h->p, &w->err);
    return ppc_state_remove_container(w->st, h->c, &w->err);
}

static int
do_rmall(struct world *w)
{
    return ppc_state_remove_pod_containers(w->st, handle(w, w->w[1])->p,
                                           &w->err);
}

static int
do_upd(struct world *w)
{
    struct handle *h = handle(w, w->w[1]);

    if (h->p)
        return ppc_state_update_pod(w->st, h->p, &w->err);
    return ppc_state_update_container(w->st, h->c, &w->err);
}

static int
do_save(struct world *w)
{
    struct handle *h = handle(w, w->w[1]);

    if (h->p)
        return ppc_state_save_pod(w->st, h->p, &w->err);
    return ppc_state_save_container(w->st, h->c, &w->err);
}

static int
do_set(struct world *w)
{
    struct handle *h = handle(w, w->w[1]);

    if (h->p) {
        set_text(&h->p->state->cgroup_path, strdup("/new/path"));
        return 0;
    }
    h->c->state->state = PPC_CTR_STOPPED;
    h->c->state->exit_code = 127;
    h->c->state->exited = true;
    h->c->state->finished = INT64_C(1540000099000000007);
    return 0;
}

static char *
word_or_null(struct world *w, const char *word)
{
    return strcmp(word, "-") ? text(w, word) : NULL;
}

static int
do_netns(struct world *w)
{
    set_text(&handle(w, w->w[1])->c->netns, word_or_null(w, w->w[2]));
    return 0;
}

static int
do_intent(struct world *w)
{
    set_text(&handle(w, w->w[1])->c->intent, word_or_null(w, w->w[2]));
    return 0;
}

static int
do_valid(struct world *w)
{
    struct handle *h = handle(w, w->w[1]);

    return answer(w, h->p ? h->p->valid : h->c->valid, w->w[2]);
}

static int
do_is(struct world *w)
{
    const char *name = ppc_ctr_state_name(handle(w, w->w[1])->c->state->state);

    if (!strcmp(name, w->w[2]))
        return 0;
    return scenario_wrong(w, "it is %s", name);
}

/* IDs against the words from the at-th on: their number, then who. */
static int
expect_ids(struct world *w, size_t at, const char *const *ids)
{
    size_t i, n = ppc_strv_len(ids);

    if (n != (size_t)atol(w->w[at]))
        return scenario_wrong(w, "there are %zu", n);
    for (i = 0; at + 1 + i < w->words; i++) {
        PP_AUTO_FREE char *want = text(w, w->w[at + 1 + i]);

        if (i >= n || strcmp(ids[i], want))
            return scenario_wrong(w, "number %zu is %s", i,
                                  i < n ? ids[i] : "none");
    }
    return 0;
}

static char **
ctr_ids(ppc_ctr **list)
{
    char **ids = NULL;
    size_t i;

    for (i = 0; list[i]; i++)
        ppc_strv_add(&ids, list[i]->config->id);
    return ids;
}

static int
list_pods(struct world *w)
{
    PP_AUTO(ppc_pods_free) ppc_pod **list = NULL;
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    size_t i;

    CALL(ppc_state_all_pods(w->st, &list, &w->err));
    for (i = 0; list[i]; i++)
        ppc_strv_add(&ids, list[i]->config->id);
    return w->words > 2 ? expect_ids(w, 2, ppc_strv_c(ids)) : 0;
}

static int
do_every(struct world *w)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    PP_AUTO(ppc_strv_free) char **ids = NULL;

    CALL(ppc_state_every_container(w->st, &list, &w->err));
    ids = ctr_ids(list);
    return w->words > 1 ? expect_ids(w, 1, ppc_strv_c(ids)) : 0;
}

static int
do_list(struct world *w)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    size_t i;
    int rc = 0;

    if (w->w[1][0] == 'p')
        return list_pods(w);
    CALL(ppc_state_all_containers(w->st, &list, &w->err));
    ids = ctr_ids(list);
    for (i = 0; !rc && list[i]; i++) {
        PP_AUTO(ppc_ctr_free) ppc_ctr *one = NULL;

        CALL(ppc_state_container(w->st, ids[i], &one, &w->err));
        rc = equal(w, ctr_text(list[i]), ctr_text(one));
    }
    return rc || w->words < 3 ? rc : expect_ids(w, 2, ppc_strv_c(ids));
}

static int
do_uses(struct world *w)
{
    PP_AUTO(ppc_strv_free) char **ids = NULL;

    CALL(ppc_state_container_in_use(w->st, handle(w, w->w[1])->c, &ids,
                                    &w->err));
    if (!ids)
        return scenario_wrong(w, "the list is NULL");
    return w->words > 2 ? expect_ids(w, 2, ppc_strv_c(ids)) : 0;
}

static int
do_kids(struct world *w)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    PP_AUTO(ppc_strv_free) char **same = NULL;
    ppc_pod *p = handle(w, w->w[1])->p;
    bool has = false;
    size_t i;
    int rc;

    CALL(ppc_state_pod_containers_by_id(w->st, p, &ids, &w->err));
    CALL(ppc_state_pod_containers(w->st, p, &list, &w->err));
    same = ctr_ids(list);
    for (i = 0; ids[i]; i++) {
        CALL(ppc_state_pod_has_container(w->st, p, ids[i], &has, &w->err));
        if (!has)
            return scenario_wrong(w, "%s is listed but not a member", ids[i]);
    }
    rc = w->words > 2 ? expect_ids(w, 2, ppc_strv_c(ids)) : 0;
    return rc || w->words < 3 ? rc : expect_ids(w, 2, ppc_strv_c(same));
}

static int
do_ids(struct world *w)
{
    PP_AUTO(ppc_strv_free) char **ids = NULL;

    CALL(ppc_state_pod_containers_by_id(w->st, handle(w, w->w[1])->p, &ids,
                                        &w->err));
    return w->words > 2 ? expect_ids(w, 2, ppc_strv_c(ids)) : 0;
}

static int
do_kid(struct world *w)
{
    PP_AUTO_FREE char *id = text(w, w->w[2]);
    bool has = false;

    CALL(ppc_state_pod_has_container(w->st, handle(w, w->w[1])->p, id, &has,
                                     &w->err));
    return w->words > 3 ? answer(w, has, w->w[3]) : 0;
}

static int
do_intents(struct world *w)
{
    PP_AUTO(ppc_strv_free) char **ids = NULL;

    CALL(ppc_state_intents(w->st, &ids, &w->err));
    return w->words > 1 ? expect_ids(w, 1, ppc_strv_c(ids)) : 0;
}

static int
do_meta(struct world *w)
{
    PP_AUTO_FREE char *got = NULL;

    CALL(ppc_state_meta_put(w->st, w->w[1], "value", &w->err));
    CALL(ppc_state_meta_get(w->st, w->w[1], &got, &w->err));
    return ppc_str_eq(got, "value") ? 0 : scenario_wrong(w, "it is %s", got);
}

static int
do_evict(struct world *w)
{
    PP_AUTO_FREE char *ref = text(w, w->w[1]);
    PP_AUTO_FREE char *id = NULL;

    CALL(ppc_state_evict_container(w->st, ref, &id, &w->err));
    return ppc_str_is_empty(id) ? scenario_wrong(w, "no ID is told") : 0;
}

static int
do_sound(struct world *w)
{
    return store_is_sound(w->b) ? 0 : scenario_wrong(w, "the store is unsound");
}

static int
do_ns(struct world *w)
{
    return ppc_state_set_namespace(w->st, strcmp(w->w[1], "-") ? w->w[1] : "");
}

static int
do_refresh(struct world *w)
{
    return ppc_state_refresh(w->st, &w->err);
}

static int
do_close(struct world *w)
{
    ppc_state_close(w->st);
    return 0;
}

int
scenario_open(struct world *w)
{
    const ppc_state_paths paths = {.os = "linux", .static_dir = "/a/b"};

    return ppc_state_open(w->b->ops, w->b->self, TIMEOUT_MS, &paths, &w->st,
                          &w->err);
}

static int
do_reopen(struct world *w)
{
    if (!(w->b->caps & PP_STATE_DURABLE))
        return 0;
    ppc_state_free(pp_steal(&w->st));
    backend_reopen(w->b);
    return scenario_open(w);
}

static ppc_key
key_to_hurt(struct world *w, const char *how)
{
    struct handle *h = handle(w, w->w[1]);
    char letter = h->p ? PPC_KIND_POD : PPC_KIND_CTR;
    bool config = !strcmp(how, "config") || !strcmp(how, "lost");

    return ppc_key_record(letter, id_of(h), config ? "config" : "state");
}

static int
do_hurt(struct world *w)
{
    const char *how = w->w[2];
    ppc_key k = key_to_hurt(w, how);

    if (!strcmp(how, "gone") || !strcmp(how, "lost"))
        backend_del(w->b, k.b, k.n);
    else
        backend_put(w->b, k.b, k.n, "[1]");
    return 0;
}

const verb scenario_verbs[] = {
    {"make", do_make, 2, WHOLE},
    {"copy", do_copy, 3, WHOLE},
    {"add", do_add, 2, WHOLE},
    {"rm", do_rm, 2, WHOLE},
    {"rmall", do_rmall, 2, WHOLE},
    {"get", do_get, 3, WHOLE},
    {"look", do_look, 3, WHOLE},
    {"has", do_has, 3, WHOLE},
    {"taken", do_taken, 2, WHOLE},
    {"upd", do_upd, 2, WHOLE},
    {"save", do_save, 2, WHOLE},
    {"set", do_set, 2, WHOLE},
    {"netns", do_netns, 3, WHOLE},
    {"intent", do_intent, 3, WHOLE},
    {"same", do_same, 3, WHOLE},
    {"valid", do_valid, 3, WHOLE},
    {"is", do_is, 3, WHOLE},
    {"list", do_list, 2, WHOLE},
    {"uses", do_uses, 2, WHOLE},
    {"kids", do_kids, 2, WHOLE},
    {"ids", do_ids, 2, WHOLE},
    {"kid", do_kid, 3, WHOLE},
    {"intents", do_intents, 1, WHOLE},
    {"meta", do_meta, 2, PARTS},
    {"ns", do_ns, 2, WHOLE},
    {"refresh", do_refresh, 1, PARTS},
    {"close", do_close, 1, WHOLE},
    {"reopen", do_reopen, 1, WHOLE},
    {"hurt", do_hurt, 3, UNDER},
    {"evict", do_evict, 2, WHOLE},
    {"sound", do_sound, 1, UNDER},
    {"every", do_every, 1, WHOLE},
    {NULL, NULL, 0, WHOLE},
};
