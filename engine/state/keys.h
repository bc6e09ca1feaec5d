/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/keys.h - the layout of keys; nothing else knows it
 *
 * A key is one letter, '/', and parts divided by the byte 0, the one byte
 * that no ID, name or namespace can hold: no escaping, nothing to forge, and
 * IDs sort as they sort by themselves (written / below):
 *
 *   m/schema            version of this layout
 *   m/path/FIELD        a path the store was made with
 *   m/fact/NAME         small facts of the engine
 *   c/ID/config         container: its config, then ...
 *   c/ID/netns          ... the path of its network namespace, if any, then
 *   c/ID/state          ... its state; the three lie side by side
 *   x/ID                container: the request it was created from
 *   i/ID                container: operation in flight
 *   p/ID/config         pod
 *   p/ID/state
 *   n/NAME              owner of a name: KIND ID ("c" or "p", then the ID)
 *   d/ID/DEPENDENT      DEPENDENT needs container ID
 *   g/POD/CONTAINER     membership
 *   q/ID/TIME/REC/data  what was record REC of ID, set aside as damaged ...
 *   q/ID/TIME/REC/why   ... and where it was and why (JSON)
 *   s/NS/KIND/ID        object ID is in namespace NS; none for ""
 *
 * A key that would be too long, or have an empty part, is a key of length 0:
 * it is in no store, and cannot be put into one.
 */
#ifndef ENGINE_STATE_KEYS_H
#define ENGINE_STATE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <polypod/plugin.h>

#define PPC_ID_MAX 128   /* d/ID/DEPENDENT has two of them              */
#define PPC_NAME_MAX 255 /* also of a namespace                         */
#define PPC_KEY_MAX 480  /* every back end takes this much              */

/* Kinds of object, as they stand in keys and values. */
#define PPC_KIND_CTR 'c'
#define PPC_KIND_POD 'p'

#define PPC_REC_CONFIG "config"
#define PPC_REC_NETNS "netns"
#define PPC_REC_STATE "state"

typedef struct ppc_key {
    size_t n;
    unsigned char b[PPC_KEY_MAX];
} ppc_key;

typedef struct ppc_range {
    ppc_key lo;
    ppc_key hi; /* empty: no upper bound */
} ppc_range;

static inline pp_slice
ppc_key_slice(const ppc_key *k)
{
    return pp_slice_of(k->b, k->n);
}

/* "L/", for a letter. */
static inline ppc_key
ppc_key_head(char letter)
{
    ppc_key k = {2, {(unsigned char)letter, '/'}};

    return k;
}

/* Append bytes as they are; too many empty the key. */
static inline void
ppc_key_add(ppc_key *k, const void *p, size_t n)
{
    if (!k->n || n > sizeof k->b - k->n) {
        k->n = 0;
        return;
    }
    memcpy(k->b + k->n, p, n);
    k->n += n;
}

/* Append a part of 1 to max bytes. */
static inline void
ppc_key_part(ppc_key *k, const char *part, size_t max)
{
    size_t n = part ? strlen(part) : 0;

    if (!n || n > max)
        k->n = 0;
    ppc_key_add(k, part, k->n ? n : 0);
}

static inline void
ppc_key_sep(ppc_key *k)
{
    ppc_key_add(k, "", 1);
}

/* L/ID */
static inline ppc_key
ppc_key_id(char letter, const char *id)
{
    ppc_key k = ppc_key_head(letter);

    ppc_key_part(&k, id, PPC_ID_MAX);
    return k;
}

/* L/ID/TAIL */
static inline ppc_key
ppc_key_id2(char letter, const char *id, const char *tail)
{
    ppc_key k = ppc_key_id(letter, id);

    ppc_key_sep(&k);
    ppc_key_part(&k, tail, PPC_ID_MAX);
    return k;
}

/* A record of a container or a pod. */
static inline ppc_key
ppc_key_record(char kind, const char *id, const char *record)
{
    return ppc_key_id2(kind, id, record);
}

static inline ppc_key
ppc_key_spec(const char *id)
{
    return ppc_key_id('x', id);
}

static inline ppc_key
ppc_key_intent(const char *id)
{
    return ppc_key_id('i', id);
}

static inline ppc_key
ppc_key_name(const char *name)
{
    ppc_key k = ppc_key_head('n');

    ppc_key_part(&k, name, PPC_NAME_MAX);
    return k;
}

static inline ppc_key
ppc_key_dep(const char *id, const char *dependent)
{
    return ppc_key_id2('d', id, dependent);
}

static inline ppc_key
ppc_key_member(const char *pod, const char *ctr)
{
    return ppc_key_id2('g', pod, ctr);
}

/* s/NS/KIND/, without the ID */
static inline ppc_key
ppc_key_ns_kind(const char *ns, char kind)
{
    ppc_key k = ppc_key_head('s');

    ppc_key_part(&k, ns, PPC_NAME_MAX);
    ppc_key_sep(&k);
    ppc_key_add(&k, &kind, 1);
    ppc_key_sep(&k);
    return k;
}

static inline ppc_key
ppc_key_ns(const char *ns, char kind, const char *id)
{
    ppc_key k = ppc_key_ns_kind(ns, kind);

    ppc_key_part(&k, id, PPC_ID_MAX);
    return k;
}

/* q/ID/TIME/REC/PART, PART "data" or "why" */
static inline ppc_key
ppc_key_aside(const char *id, const char *time, const char *rec,
              const char *part)
{
    ppc_key k = ppc_key_id2('q', id, time);

    ppc_key_sep(&k);
    ppc_key_part(&k, rec, PPC_ID_MAX);
    ppc_key_sep(&k);
    ppc_key_part(&k, part, PPC_ID_MAX);
    return k;
}

static inline ppc_key
ppc_key_schema(void)
{
    ppc_key k = ppc_key_head('m');

    ppc_key_part(&k, "schema", PPC_NAME_MAX);
    return k;
}

/* m/CLASS/NAME, CLASS "path" or "fact" */
static inline ppc_key
ppc_key_meta(const char *class, const char *name)
{
    ppc_key k = ppc_key_head('m');

    ppc_key_part(&k, class, PPC_NAME_MAX);
    ppc_key_sep(&k);
    ppc_key_part(&k, name, PPC_NAME_MAX - 32);
    return k;
}

/* A key found in the store; one that is too long is of length 0. */
static inline ppc_key
ppc_key_of(pp_slice found)
{
    ppc_key k = {0, {0}};

    if (found.n && found.n <= sizeof k.b) {
        memcpy(k.b, found.p, found.n);
        k.n = found.n;
    }
    return k;
}

/* Every key that begins with k. */
static inline ppc_range
ppc_range_of(const ppc_key *k)
{
    ppc_range r = {*k, *k};

    while (r.hi.n && r.hi.b[r.hi.n - 1] == 0xff)
        r.hi.n--;
    if (r.hi.n)
        r.hi.b[r.hi.n - 1]++;
    return r;
}

/* Every key that begins with "L/". */
static inline ppc_range
ppc_range_letter(char letter)
{
    ppc_key k = ppc_key_head(letter);

    return ppc_range_of(&k);
}

/* Every key that begins with "L/ID/". */
static inline ppc_range
ppc_range_below(char letter, const char *id)
{
    ppc_key k = ppc_key_id(letter, id);

    ppc_key_sep(&k);
    return ppc_range_of(&k);
}

/* Does a found key have an ID of legal length after its head of n bytes?
 * Gives the ID; and what follows the byte 0 after it, empty if nothing. */
static inline bool
ppc_key_split(pp_slice key, size_t head, char id[PPC_ID_MAX + 1],
              pp_slice *rest)
{
    const char *p = (const char *)key.p + head;
    size_t max = key.n > head ? key.n - head : 0;
    size_t n = max ? strnlen(p, max) : 0;

    if (!n || n > PPC_ID_MAX)
        return false;
    memcpy(id, p, n);
    id[n] = '\0';
    if (n < max)
        n++;
    *rest = pp_slice_of(p + n, max - n);
    return true;
}

static inline bool
ppc_slice_is(pp_slice s, const char *text)
{
    return s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

#endif
