/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_full.c - a full disk; runs with -f, on a file system of its
 * own that is small
 *
 * Whatever happens, what was committed can be read; a commit that failed
 * left nothing; and once there is space again, everything works.
 */
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS 512
#define VALUE_MAX 60000
#define OTHER ((size_t)1 << 20) /* somebody else's, removed to make space */

typedef struct full {
    unsigned val[KEYS]; /* 0: absent; else seed of the value */
    unsigned refused;
    unsigned removed; /* while the disk was full */
} full;

static size_t
value_of(unsigned v, char *out)
{
    size_t n = v * 2654435761u % VALUE_MAX;

    memset(out, (int)(v % 251), n);
    return n;
}

static int
verify_all(store *s, const full *f)
{
    static char want[VALUE_MAX];
    char key[16];
    pp_slice got;
    unsigned i;
    void *t;

    STORE_OK(s, store_begin(s, 0, &t));
    for (i = 0; i < KEYS; i++) {
        size_t n = value_of(f->val[i], want);
        int rc;

        snprintf(key, sizeof(key), "k%u", i);
        rc = s->ops->get(t, store_slice(key), &got, &s->err);
        if (rc != (f->val[i] ? 0 : -PP_E_NOTFOUND))
            return KIT_FAIL("%s: get gives %d: %s", key, rc, s->err.msg);
        if (rc == 0 && (got.n != n || memcmp(got.p, want, n) != 0))
            return KIT_FAIL("%s: another value", key);
    }
    s->ops->abort(t);
    return 0;
}

/* Change a few keys in one transaction; all of it happens or nothing. */
static int
change_some(store *s, full *f, kit_rng *r, int del)
{
    static char val[VALUE_MAX];
    unsigned n = 1 + kit_rng_below(r, 4);
    full now = *f;
    void *t;
    int rc;

    STORE_OK(s, store_begin(s, PP_TXN_RW, &t));
    while (n-- > 0) {
        unsigned i = kit_rng_below(r, KEYS);
        char key[16];

        snprintf(key, sizeof(key), "k%u", i);
        now.val[i] = del ? 0 : 1 + kit_rng_below(r, 1000000);
        if (del)
            STORE_OK(s, store_del(s, t, key));
        else
            STORE_OK(s, s->ops->put(t, store_slice(key),
                                    pp_slice_of(val, value_of(now.val[i], val)),
                                    0, &s->err));
    }
    rc = store_commit(s, t);
    if (rc == 0)
        *f = now;
    else if (rc != -PP_E_FULL)
        return KIT_FAIL("commit gives %d: %s", rc, s->err.msg);
    return rc;
}

static int
until_full(store *s, full *f, kit_rng *r)
{
    unsigned i;
    int rc = 0;

    for (i = 0; i < 20000 && rc == 0; i++)
        rc = change_some(s, f, r, 0);
    if (rc == 0)
        return KIT_FAIL("the disk is not full after %u commits; give -d a "
                        "small file system",
                        i);
    f->refused++;
    return rc == -PP_E_FULL ? 0 : -1;
}

/* Write a file of this size, or until nothing more fits. */
static int
occupy(const kit *k, const char *name, size_t n, char *path, size_t max)
{
    static char block[4096];
    int fd;

    snprintf(path, max, "%s/%s", k->ctx.root, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    KIT_CHECK(fd >= 0);
    while (n > 0 && write(fd, block, sizeof(block)) > 0)
        n -= sizeof(block);
    close(fd);
    return 0;
}

static int
one_round(store *s, full *f, kit_rng *r)
{
    char other[PATH_MAX + 32], filler[PATH_MAX + 32];
    int i, rc;

    if (occupy(s->k, "other", OTHER, other, sizeof(other)) < 0 ||
        until_full(s, f, r) < 0 || verify_all(s, f) < 0 ||
        occupy(s->k, "filler", (size_t)-4096, filler, sizeof(filler)) < 0)
        return -1;
    for (i = 0; i < 4; i++) {
        rc = change_some(s, f, r, i % 2);
        if (rc == -1)
            return -1;
        f->removed += rc == 0 && i % 2;
        if (verify_all(s, f) < 0)
            return -1;
    }
    store_close(s);
    if (store_open(s, s->k) < 0 || verify_all(s, f) < 0)
        return -1;
    unlink(filler);
    unlink(other);
    for (i = 0; i < KEYS / 3; i++) {
        rc = change_some(s, f, r, 1);
        if (rc != 0)
            return KIT_FAIL("with space again: %d: %s", rc, s->err.msg);
    }
    if (s->ops->compact) { /* may need more space than there is */
        rc = s->ops->compact(s->self, 0, &s->err);
        if (rc != 0 && rc != -PP_E_FULL)
            return KIT_FAIL("compact: %d: %s", rc, s->err.msg);
    }
    return verify_all(s, f);
}

static int
a_full_disk_is_survived(kit *k)
{
    kit_rng r = kit_rng_of(k->seed);
    pp_sink report = {0};
    full *f = calloc(1, sizeof(*f));
    store s;
    int i;

    KIT_CHECK(f != NULL);
    if (store_open(&s, k) < 0)
        return -1;
    for (i = 0; i < 6; i++)
        if (one_round(&s, f, &r) < 0)
            return -1;
    if (s.ops->check)
        STORE_OK(&s, s.ops->check(s.self, 0, &report, &s.err));
    printf("# %u commits refused, %u removals on the full disk\n", f->refused,
           f->removed);
    kit_sink_clear(&report);
    store_close(&s);
    free(f);
    return 0;
}

const kit_case kit_full_cases[] = {
    {"a full disk is survived", a_full_disk_is_survived, 240},
    {NULL, NULL, 0},
};
