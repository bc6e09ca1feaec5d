/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-memory/tree.h - an ordered map whose versions share nodes
 *
 * A treap with reference counts.  Taking a version is one count; changing
 * one copies the nodes on the path that somebody else can still see, so a
 * reader's version never moves under it.
 *
 * Ownership  a root is a counted reference: tree_ref and tree_unref
 * Threads    a root belongs to one thread; shared nodes are never written
 */
#ifndef STATE_MEMORY_TREE_H
#define STATE_MEMORY_TREE_H

#include <polypod/plugin.h>

typedef struct tree tree;

/* One key and its value; immutable, lives as long as a version holds it. */
typedef struct tree_item {
    unsigned refs;
    uint32_t weight;
    size_t key_n;
    size_t val_n;
    unsigned char bytes[];
} tree_item;

tree *tree_ref(tree *root);
void tree_unref(tree *root);

/* A copy of both, with one reference; NULL: out of memory. */
tree_item *tree_item_new(pp_slice key, pp_slice val, uint32_t weight);
void tree_item_unref(tree_item *item);

static inline pp_slice
tree_item_key(const tree_item *item)
{
    return pp_slice_of(item->bytes, item->key_n);
}

static inline pp_slice
tree_item_val(const tree_item *item)
{
    return pp_slice_of(item->bytes + item->key_n, item->val_n);
}

/* As memcmp, a shorter key before a longer one that starts with it. */
int tree_cmp(pp_slice a, pp_slice b);

tree_item *tree_find(const tree *root, pp_slice key);

/* The least item >= key (> if past), or the greatest < key; NULL: none. */
tree_item *tree_least(const tree *root, pp_slice key, int past);
tree_item *tree_greatest_below(const tree *root, pp_slice key, int unbounded);

/*
 * Put takes over the caller's reference to item when it succeeds.
 * returns  0, or -1 out of memory: the contents are unchanged
 */
int tree_put(tree **root, tree_item *item);
int tree_del(tree **root, pp_slice key);

/* Count the items; -1 if the order or the weights are wrong anywhere. */
int tree_count(const tree *root, size_t *count);

#endif
