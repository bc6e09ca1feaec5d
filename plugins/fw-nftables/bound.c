/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/bound.c - a port on all addresses or on single ones
 *
 * As with bind(2), a port may be published on several host addresses, or on
 * every address, but not both.  The two kinds live in two maps, so a third
 * counts for each port on how many single addresses it is published; that
 * makes the question one lookup instead of a walk.
 */
#include "bound.h"

#include <errno.h>
#include <string.h>

uint32_t
nft_bound_get(const struct nft_elem *e)
{
    uint32_t n = 0;

    if (e)
        memcpy(&n, e->data, sizeof(n));
    return n;
}

static unsigned
bound_set(unsigned set)
{
    return set == SET_PORT4 || set == SET_HOSTPORT4 ? SET_BOUND4 : SET_BOUND6;
}

/* The element of SET with the protocol and port of E. */
struct nft_elem
nft_bound_like(const struct nft_elem *e, unsigned set)
{
    struct nft_elem like = {.set = (uint8_t)set};

    memcpy(like.key, e->key + nft_set_klen(e->set) - 8, 8);
    return like;
}

static bool
is_single(const struct nft_elem *e)
{
    return e->set == SET_HOSTPORT4 || e->set == SET_HOSTPORT6;
}

static bool
is_every(const struct nft_elem *e)
{
    return e->set == SET_PORT4 || e->set == SET_PORT6;
}

/* Count single addresses for each port of V, sorted; -ENOMEM. */
int
nft_bound_count(const struct nft_elems *v, struct nft_elems *bound)
{
    size_t n = 0;

    for (size_t i = 0; i < v->n; i++) {
        struct nft_elem *e = NULL;
        uint32_t one = 1;

        if (!is_single(&v->v[i]))
            continue;
        e = nft_elems_add(bound, bound_set(v->v[i].set), "");
        if (!e)
            return -ENOMEM;
        *e = nft_bound_like(&v->v[i], e->set);
        memcpy(e->data, &one, sizeof(one));
    }
    nft_elems_sort(bound);
    for (size_t i = 0; i < bound->n; i++) {
        struct nft_elem *last = n > 0 ? &bound->v[n - 1] : NULL;
        uint32_t sum = nft_bound_get(last) + 1;

        if (last && nft_elem_order(last, &bound->v[i]) == 0)
            memcpy(last->data, &sum, sizeof(sum));
        else
            memmove(&bound->v[n++], &bound->v[i], sizeof(*bound->v));
    }
    bound->n = n;
    return 0;
}

/* How many the kernel has now; 0 if there is no such element. */
static int
ask(struct nft_nl *nl, struct nft_elem e, uint32_t *count)
{
    int rc = nft_dump_one(nl, &e, NULL);

    *count = rc == 0 ? nft_bound_get(&e) : 0;
    return rc == -ENOENT ? 0 : rc;
}

/* Replace the count of KEY by what UP and DOWN make of it. */
static int
plan_one(struct nft_nl *nl, const struct nft_elem *key, uint32_t up,
         uint32_t down, struct nft_bound *plan)
{
    struct nft_elem *e = NULL;
    uint32_t count = 0;
    uint32_t after = 0;
    int rc = 0;

    if (up == down)
        return 0;
    rc = ask(nl, *key, &count);
    if (rc < 0)
        return rc;
    after = count + up > down ? count + up - down : 0;
    if (count > 0) {
        e = nft_elems_add(&plan->del, key->set, "");
        if (!e)
            return -ENOMEM;
        *e = *key;
    }
    if (after > 0) {
        e = nft_elems_add(&plan->add, key->set, "");
        if (!e)
            return -ENOMEM;
        *e = *key;
        memcpy(e->data, &after, sizeof(after));
    }
    return 0;
}

static int
plan_counts(struct nft_nl *nl, const struct nft_elems *up,
            const struct nft_elems *down, struct nft_bound *plan)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < up->n; i++)
        rc = plan_one(nl, &up->v[i], nft_bound_get(&up->v[i]),
                      nft_bound_get(nft_elems_find(down, &up->v[i])), plan);
    for (size_t i = 0; rc == 0 && i < down->n; i++)
        if (!nft_elems_find(up, &down->v[i]))
            rc = plan_one(nl, &down->v[i], 0, nft_bound_get(&down->v[i]), plan);
    nft_elems_sort(&plan->del);
    nft_elems_sort(&plan->add);
    return rc;
}

/* -EEXIST if somebody else has the other kind of what E wants. */
static int
refuse(struct nft_nl *nl, const struct nft_elem *e,
       const struct nft_elems *down)
{
    struct nft_elem other;
    uint32_t count = 0;
    int rc = 0;

    if (is_every(e)) {
        other = nft_bound_like(e, bound_set(e->set));
        rc = ask(nl, other, &count);
        if (rc < 0)
            return rc;
        return count > nft_bound_get(nft_elems_find(down, &other)) ? -EEXIST
                                                                   : 0;
    }
    if (!is_single(e))
        return 0;
    other = nft_bound_like(e, e->set == SET_HOSTPORT4 ? SET_PORT4 : SET_PORT6);
    rc = nft_dump_one(nl, &other, NULL);
    if (rc < 0)
        return rc == -ENOENT ? 0 : rc;
    return strcmp(other.comment, e->comment) != 0 ? -EEXIST : 0;
}

/* What to do to the counts when OLD gives way to WANT; both are sorted. */
int
nft_bound_plan(struct nft_nl *nl, const struct nft_elems *want,
               const struct nft_elems *old, struct nft_bound *plan)
{
    struct nft_elems up = {0};
    struct nft_elems down = {0};
    int rc = nft_bound_count(want, &up);

    if (rc == 0)
        rc = nft_bound_count(old, &down);
    for (size_t i = 0; rc == 0 && i < want->n; i++)
        rc = refuse(nl, &want->v[i], &down);
    if (rc == 0)
        rc = plan_counts(nl, &up, &down, plan);
    nft_elems_clear(&up);
    nft_elems_clear(&down);
    return rc;
}

void
nft_bound_clear(struct nft_bound *plan)
{
    nft_elems_clear(&plan->del);
    nft_elems_clear(&plan->add);
}
