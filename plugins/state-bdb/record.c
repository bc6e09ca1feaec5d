/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/state-bdb/record.c - one commit as bytes in redo
 *
 * A head, then the changes, then zeros to the end of the page: a record has
 * its pages for itself, so a write that is torn cannot touch another.  The
 * sum covers the head and the changes, and the head names the file and the
 * place: bytes that look like a record but were put elsewhere are none.
 */
#include "bdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ABSENT UINT32_MAX /* instead of the length of a value */

typedef struct record {
    uint64_t sum; /* of all that follows */
    uint64_t redo;
    uint64_t seq;
    uint64_t at;
    uint64_t bytes; /* of the changes; a multiple of 8 */
    uint64_t count;
} record;

typedef struct item {
    uint32_t key_n;
    uint32_t val_n;
} item;

static uint64_t
up(uint64_t n, uint64_t to)
{
    return (n + to - 1) / to * to;
}

/*
 * n is a multiple of 8.  Each step maps sums to sums one to one, and words
 * too: no change that is within one word goes unnoticed, and others do with
 * a chance of one in 2^64.
 */
uint64_t
bdb_sum(const void *p, size_t n, uint64_t seed)
{
    const unsigned char *c = p;
    uint64_t h = seed ^ (n * UINT64_C(0x9e3779b97f4a7c15)), w;

    for (; n >= sizeof(w); n -= sizeof(w), c += sizeof(w)) {
        memcpy(&w, c, sizeof(w));
        h = (h ^ w) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    return h;
}

static uint64_t
bytes_of(const bdb_changes *changes)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < changes->n; i++)
        if (changes->v[i]->own)
            n += sizeof(item) + changes->v[i]->key_n + changes->v[i]->val_n;
    return up(n, 8);
}

/* Whole pages, for the transaction's own changes. */
uint64_t
bdb_record_size(const bdb_changes *changes)
{
    return up(sizeof(record) + bytes_of(changes), BDB_PAGE);
}

static unsigned char *
put_item(unsigned char *p, const bdb_change *c)
{
    item i = {(uint32_t)c->key_n, c->del ? ABSENT : (uint32_t)c->val_n};

    memcpy(p, &i, sizeof(i));
    memcpy(p + sizeof(i), c->bytes, c->key_n + c->val_n);
    return p + sizeof(i) + c->key_n + c->val_n;
}

/* NULL: out of memory.  The caller frees. */
unsigned char *
bdb_record_make(const bdb_changes *changes, uint64_t redo, uint64_t seq,
                uint64_t at)
{
    record r = {.redo = redo,
                .seq = seq,
                .at = at,
                .bytes = bytes_of(changes),
                .count = changes->own};
    unsigned char *p = calloc(1, bdb_record_size(changes)), *end;
    size_t i;

    if (!p)
        return NULL;
    end = p + sizeof(r);
    for (i = 0; i < changes->n; i++)
        if (changes->v[i]->own)
            end = put_item(end, changes->v[i]);
    memcpy(p, &r, sizeof(r));
    r.sum = bdb_sum(p + sizeof(r.sum),
                    sizeof(r) - sizeof(r.sum) + (size_t)r.bytes, redo);
    memcpy(p, &r.sum, sizeof(r.sum));
    return p;
}

/*
 * Is there a record of this file and place?  Its length in pages' bytes, or
 * 0.  n: how many bytes there are.
 */
uint64_t
bdb_record_look(const unsigned char *p, uint64_t n, uint64_t redo, uint64_t at,
                uint64_t *seq)
{
    record r;

    if (n < sizeof(r))
        return 0;
    memcpy(&r, p, sizeof(r));
    if (r.redo != redo || r.at != at || r.bytes % 8 ||
        r.bytes > n - sizeof(r) || up(sizeof(r) + r.bytes, BDB_PAGE) > n)
        return 0;
    if (r.sum != bdb_sum(p + sizeof(r.sum),
                         sizeof(r) - sizeof(r.sum) + (size_t)r.bytes, redo))
        return 0;
    *seq = r.seq;
    return up(sizeof(r) + r.bytes, BDB_PAGE);
}

/* One that was looked at.  0, ENOMEM, or BDB_REDO_BAD: to has a part. */
int
bdb_record_apply(const unsigned char *p, bdb_changes *to)
{
    record r;
    uint64_t left;

    memcpy(&r, p, sizeof(r));
    p += sizeof(r);
    for (left = r.bytes; r.count > 0; r.count--) {
        pp_slice key, val;
        item i;

        if (left < sizeof(i))
            return BDB_REDO_BAD;
        memcpy(&i, p, sizeof(i));
        p += sizeof(i);
        left -= sizeof(i);
        key = pp_slice_of(p, i.key_n);
        val = pp_slice_of(p + i.key_n, i.val_n == ABSENT ? 0 : i.val_n);
        if (key.n == 0 || key.n > BDB_MAX_KEY || key.n > left ||
            val.n > left - key.n)
            return BDB_REDO_BAD;
        if (bdb_changes_set(to, key, i.val_n == ABSENT ? NULL : &val, 0) < 0)
            return ENOMEM;
        p += key.n + val.n;
        left -= key.n + val.n;
    }
    return left < 8 ? 0 : BDB_REDO_BAD;
}
