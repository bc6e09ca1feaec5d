/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/gc.c - operations on a network, not an attachment */
#include "bridge.h"

#include <stdio.h>
#include <string.h>

/* The owners that are alive, as leases name them, in order. */
typedef struct living {
    const char *net;
    char **v;
    size_t n;
    br_nl *nl;
    br_batch *batch;
    size_t n_dead;
} living;

static void
living_clear(living *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
living_make(const pp_net_attachment *const *alive, uint32_t n, living *out)
{
    out->v = calloc((size_t)n + 1, sizeof(*out->v));
    if (!out->v)
        return -PP_E_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        if (asprintf(&out->v[i], "%s\r\n%s", alive[i]->id, alive[i]->ifname) <
            0)
            return -PP_E_NOMEM;
        out->n++;
    }
    qsort(out->v, out->n, sizeof(*out->v), by_text);
    return 0;
}

/* An owner that is an ID alone lives if any of its interfaces does. */
static bool
lives(const char *owner, void *arg)
{
    const living *l = arg;
    size_t len = strlen(owner);

    if (strchr(owner, '\r'))
        return bsearch(&owner, l->v, l->n, sizeof(*l->v), by_text) != NULL;
    for (size_t i = 0; i < l->n; i++)
        if (!strncmp(l->v[i], owner, len) && l->v[i][len] == '\r')
            return true;
    return false;
}

/* "polypod:NETWORK:ID:IFNAME" of this network, as the owner of a lease. */
static bool
owner_of(const char *alias, const char *net, char out[BR_OWNER_MAX])
{
    const size_t prefix = strlen(BR_ALIAS_PREFIX);
    size_t n = strlen(net);

    if (strncmp(alias, BR_ALIAS_PREFIX, prefix) != 0)
        return false;
    alias += prefix;
    if (strncmp(alias, net, n) != 0 || alias[n] != ':')
        return false;
    alias += n + 1;
    n = strcspn(alias, ":");
    if (!alias[n])
        return false;
    return snprintf(out, BR_OWNER_MAX, "%.*s\r\n%s", (int)n, alias,
                    alias + n + 1) < BR_OWNER_MAX;
}

/* Half a batch at most, then another one. */
static int
collect(const br_link *link, void *arg)
{
    living *l = arg;
    char owner[BR_OWNER_MAX];

    if (strcmp(link->kind, "veth") != 0 ||
        strncmp(link->name, BR_VETH_PREFIX, strlen(BR_VETH_PREFIX)) != 0 ||
        !owner_of(link->alias, l->net, owner) || lives(owner, l))
        return 0;
    l->n_dead++;
    if (l->batch->n_steps < BR_MAX_STEPS)
        br_link_delete(l->batch, link->index, link->name);
    return 0;
}

static int
remove_dead(living *l, cni_why *why)
{
    int rc = 0;

    do {
        FREE_AUTO br_batch *batch = br_batch_new(why);

        if (!batch)
            return -PP_E_NOMEM;
        l->batch = batch;
        l->n_dead = 0;
        rc = br_link_each(l->nl, collect, l, why);
        if (rc == 0 && l->n_dead > 0)
            rc = br_batch_run(batch, l->nl, why);
    } while (rc == 0 && l->n_dead > BR_MAX_STEPS);
    return rc;
}

static int
sweep(const char *folder, living *l, int64_t deadline, cni_why *why)
{
    STORE_AUTO br_store store = {-1, -1, NULL};
    int rc = br_store_open(folder, false, deadline, &store, why);

    if (rc < 0 || store.dir < 0)
        return rc;
    return br_store_sweep(&store, lives, l, why);
}

/* The interfaces of the dead go before their addresses. */
static int
collect_net(const cni_list *list, living *l, int64_t deadline, cni_why *why)
{
    FREE_AUTO char *folder = NULL;
    NL_AUTO br_nl nl = {.sock = NULL};
    int rc = br_def_folder(list, &folder, why);

    l->net = list->name;
    l->nl = &nl;
    if (rc == 0)
        rc = br_nl_open(&nl, deadline, why);
    if (rc == 0)
        rc = remove_dead(l, why);
    if (rc == 0 && folder)
        rc = sweep(folder, l, deadline, why);
    return rc;
}

int
br_gc(const br *self, const char *net, const pp_net_attachment *const *alive,
      uint32_t n, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    __attribute__((cleanup(living_clear))) living l = {.v = NULL};
    const cni_list *list = NULL;
    int64_t deadline = cni_now_ms() + self->conf.timeout_ms;
    int rc = cni_lists_load(&self->conf, &all, why);

    if (rc == 0)
        rc = cni_lists_find(&self->conf, &all, net, &list, why);
    if (rc < 0)
        return rc;
    if (living_make(alive, n, &l) < 0)
        return cni_say(why, PP_E_NOMEM, 0, "no memory for %u attachments",
                       (unsigned)n);
    LOCK_AUTO int lock = br_lock(self, true, deadline, why);

    return lock < 0 ? lock : collect_net(list, &l, deadline, why);
}

/* Whatever is wrong with it makes it unavailable; the text says what. */
static int
look(const br_def *def, int64_t deadline, cni_why *why)
{
    NL_AUTO br_nl nl = {.sock = NULL};
    br_link link;
    int rc = br_nl_open(&nl, deadline, why);

    if (rc == 0)
        rc = br_link_find(&nl, def->bridge, &link, why);
    if (rc > 0 && strcmp(link.kind, "bridge") != 0)
        return cni_say(why, PP_E_UNAVAIL, 0,
                       "network %s: interface %s is there, but no bridge",
                       def->name, def->bridge);
    return rc < 0 ? rc : 0;
}

/* returns  0 | -PP_E_UNAVAIL with the reason | -PP_E_NOTFOUND */
int
br_status(const br *self, const char *net, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    DEF_AUTO br_def def = {.folder = NULL};
    const cni_list *list = NULL;
    int rc = cni_lists_load(&self->conf, &all, why);

    if (rc == 0)
        rc = cni_lists_find(&self->conf, &all, net, &list, why);
    if (rc < 0)
        return rc;
    rc = br_def_make(list, &def, why);
    if (rc == 0)
        rc = look(&def, cni_now_ms() + self->conf.timeout_ms, why);
    return rc < 0 && rc != -PP_E_NOMEM ? -PP_E_UNAVAIL : rc;
}
