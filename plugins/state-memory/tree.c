/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-memory/tree.c - a treap with path copying
 *
 * Expected depth is logarithmic whatever the keys are, because an item's
 * weight is drawn at random; recursion follows the depth.
 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

struct tree {
    unsigned refs;
    tree *side[2]; /* smaller, greater */
    tree_item *item;
};

static void
count_up(unsigned *refs)
{
    __atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
}

/* Whether the last reference went. */
static int
count_down(unsigned *refs)
{
    return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0;
}

tree *
tree_ref(tree *root)
{
    if (root)
        count_up(&root->refs);
    return root;
}

void
tree_item_unref(tree_item *item)
{
    if (item && count_down(&item->refs))
        free(item);
}

void
tree_unref(tree *root)
{
    if (!root || !count_down(&root->refs))
        return;
    tree_unref(root->side[0]);
    tree_unref(root->side[1]);
    tree_item_unref(root->item);
    free(root);
}

tree_item *
tree_item_new(pp_slice key, pp_slice val, uint32_t weight)
{
    tree_item *item = malloc(sizeof(*item) + key.n + val.n);

    if (!item)
        return NULL;
    item->refs = 1;
    item->weight = weight;
    item->key_n = key.n;
    item->val_n = val.n;
    if (key.n)
        memcpy(item->bytes, key.p, key.n);
    if (val.n)
        memcpy(item->bytes + key.n, val.p, val.n);
    return item;
}

int
tree_cmp(pp_slice a, pp_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;

    return c ? c : (a.n > b.n) - (a.n < b.n);
}

tree_item *
tree_find(const tree *root, pp_slice key)
{
    while (root) {
        int c = tree_cmp(key, tree_item_key(root->item));

        if (c == 0)
            return root->item;
        root = root->side[c > 0];
    }
    return NULL;
}

tree_item *
tree_least(const tree *root, pp_slice key, int past)
{
    tree_item *best = NULL;

    while (root) {
        int c = tree_cmp(tree_item_key(root->item), key);
        int fits = past ? c > 0 : c >= 0;

        if (fits)
            best = root->item;
        root = root->side[!fits];
    }
    return best;
}

tree_item *
tree_greatest_below(const tree *root, pp_slice key, int unbounded)
{
    tree_item *best = NULL;

    while (root) {
        int fits = unbounded || tree_cmp(tree_item_key(root->item), key) < 0;

        if (fits)
            best = root->item;
        root = root->side[fits];
    }
    return best;
}

/* Make *slot a node that only this version sees. */
static int
own(tree **slot)
{
    tree *old = *slot, *copy;

    if (__atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) == 1)
        return 0;
    copy = malloc(sizeof(*copy));
    if (!copy)
        return -1;
    copy->refs = 1;
    copy->side[0] = tree_ref(old->side[0]);
    copy->side[1] = tree_ref(old->side[1]);
    copy->item = old->item;
    count_up(&copy->item->refs);
    *slot = copy;
    tree_unref(old);
    return 0;
}

/* The child on this side takes its parent's place; both are owned. */
static void
lift(tree **slot, int side)
{
    tree *parent = *slot, *child = parent->side[side];

    parent->side[side] = child->side[!side];
    child->side[!side] = parent;
    *slot = child;
}

static int
put_at(tree **slot, tree_item *item)
{
    tree *node = *slot;
    int c, side, rc;

    if (!node) {
        node = calloc(1, sizeof(*node));
        if (!node)
            return -1;
        node->refs = 1;
        node->item = item;
        *slot = node;
        return 0;
    }
    if (own(slot) < 0)
        return -1;
    node = *slot;
    c = tree_cmp(tree_item_key(item), tree_item_key(node->item));
    if (c == 0) {
        item->weight = node->item->weight; /* the shape stays valid */
        tree_item_unref(node->item);
        node->item = item;
        return 0;
    }
    side = c > 0;
    rc = put_at(&node->side[side], item);
    if (rc == 0 && node->side[side]->item->weight > node->item->weight)
        lift(slot, side);
    return rc;
}

int
tree_put(tree **root, tree_item *item)
{
    return put_at(root, item);
}

/* Own the path on which the doomed node sinks, before anything moves. */
static int
own_for_sinking(tree *node)
{
    tree **less = &node->side[0], **more = &node->side[1];

    while (*less && *more) {
        int side = (*more)->item->weight > (*less)->item->weight;
        tree **next = side ? more : less;

        if (own(next) < 0)
            return -1;
        if (side)
            more = &(*next)->side[0];
        else
            less = &(*next)->side[1];
    }
    return 0;
}

int
tree_del(tree **root, pp_slice key)
{
    tree **slot = root, *doomed;

    if (!tree_find(*root, key))
        return 0;
    for (;;) {
        int c;

        if (own(slot) < 0)
            return -1;
        c = tree_cmp(key, tree_item_key((*slot)->item));
        if (c == 0)
            break;
        slot = &(*slot)->side[c > 0];
    }
    if (own_for_sinking(*slot) < 0)
        return -1;
    doomed = *slot;
    while (doomed->side[0] && doomed->side[1]) {
        int side =
            doomed->side[1]->item->weight > doomed->side[0]->item->weight;

        lift(slot, side);
        slot = &(*slot)->side[!side];
    }
    *slot = doomed->side[doomed->side[0] ? 0 : 1];
    doomed->side[0] = doomed->side[1] = NULL;
    tree_unref(doomed);
    return 0;
}

int
tree_count(const tree *root, size_t *count)
{
    int side;

    if (!root)
        return 0;
    for (side = 0; side < 2; side++) {
        const tree *child = root->side[side];
        int c;

        if (!child)
            continue;
        c = tree_cmp(tree_item_key(child->item), tree_item_key(root->item));
        if (c == 0 || (c > 0) != side ||
            child->item->weight > root->item->weight)
            return -1;
        if (tree_count(child, count) < 0)
            return -1;
    }
    ++*count;
    return 0;
}
