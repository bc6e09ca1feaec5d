/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/change.c - one change of up to four tables, under the lock
 */
#include "change.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "chains.h"
#include "family.h"
#include "lock.h"
#include "names.h"
#include "net.h"
#include "owner.h"

#define TABLES_MAX 4
#define TRIES_MAX 100

enum { RETRY = 1 };

struct batch {
    struct fwi_table tables[TABLES_MAX];
    size_t n;
};

static struct fwi_rules *
want_of(struct fwi_change *c, const struct fwi_family *fam, bool is_nat)
{
    return &c->want[FWI_IS_V6(fam)][is_nat ? FWI_NAT : FWI_FILTER];
}

static struct fwi_rules *
share_of(struct fwi_change *c, const struct fwi_family *fam, bool is_nat)
{
    return &c->share[FWI_IS_V6(fam)][is_nat ? FWI_NAT : FWI_FILTER];
}

static int
edit(struct fwi_change *c, struct fwi_table *t, pp_err *err)
{
    struct fwi_rules *want = want_of(c, t->fam, t->is_nat);
    struct fwi_rules *share = share_of(c, t->fam, t->is_nat);
    int rc = 0;

    if (t->is_nat && c->check_ports)
        rc = fwi_ports_check_free(t, c->tag, want, err);
    if (!t->is_nat && !FWI_IS_V6(t->fam) && c->close_localnet)
        fwi_localnet_close(t, c->tag);
    if (rc == 0)
        rc = fwi_chains_ensure(t, want, err);
    if (rc == 0)
        rc = fwi_chains_ensure(t, share, err);
    if (rc == 0)
        rc = fwi_table_replace(t, c->tag, want, err);
    if (rc == 0)
        rc = fwi_table_ensure(t, share, err);
    if (rc == 0)
        rc = fwi_chains_prune(t, err);
    return rc;
}

static bool
is_touched(struct fwi_change *c, const struct fwi_family *fam, int table)
{
    return c->want[FWI_IS_V6(fam)][table].n > 0 ||
           fwi_table_exists(fam, fwi_table_names[table]);
}

static bool
is_nothing(struct fwi_change *c)
{
    for (const struct fwi_family *const *f = fwi_families; *f; f++) {
        for (int i = 0; i < FWI_TABLES; i++) {
            if (is_touched(c, *f, i))
                return false;
        }
    }
    return true;
}

static int
read_and_edit(const struct fwi *ctx, struct fwi_change *c, struct batch *b,
              pp_err *err)
{
    int first = c->filter_first ? FWI_FILTER : FWI_NAT;

    for (int i = 0; i < FWI_TABLES; i++) {
        int table = i == 0 ? first : !first;

        for (const struct fwi_family *const *f = fwi_families; *f; f++) {
            if (!is_touched(c, *f, table))
                continue;
            struct fwi_table *t = &b->tables[b->n];
            int rc = fwi_table_open(t, ctx, *f, fwi_table_names[table], err);

            if (rc < 0)
                return rc;
            b->n++;
            rc = edit(c, t, err);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

/*
 * EAGAIN: somebody without the lock changed the table since we read it.
 * EINVAL: either the kernel refuses a rule, or such a somebody came between
 * the replacement and the restoring of counters, and our change is in force.
 * A second look tells which: what is in force needs no further commit.
 */
static int
commit(struct fwi_change *c, struct batch *b, bool last_try, pp_err *err)
{
    for (size_t i = 0; i < b->n; i++) {
        struct fwi_table *t = &b->tables[i];

        if (!t->dirty)
            continue;
        if (PP_FAULT("iptables.commit"))
            return fwi_table_fail(t, EIO, "replace", err);
        if (t->fam->commit(t->h)) {
            c->committed++;
            if (PP_FAULT("iptables.committed"))
                return fwi_table_fail(t, EIO, "replace", err);
            continue;
        }
        if (!last_try && (errno == EAGAIN || errno == EINVAL))
            return RETRY;
        if (errno == EINVAL)
            return fwi_fail(t->ctx, err, PP_E_NOTSUP, errno,
                            "the kernel refuses legacy %s table \"%s\": a "
                            "match or target is missing, see the kernel log",
                            t->fam->name, t->name);
        return fwi_table_fail(t, errno, "replace", err);
    }
    return 0;
}

static int
run_once(const struct fwi *ctx, struct fwi_change *c, bool last_try,
         pp_err *err)
{
    struct batch b;

    memset(&b, 0, sizeof b);
    int rc = read_and_edit(ctx, c, &b, err);
    int refused = 0;

    if (rc == 0) {
        rc = commit(c, &b, last_try, err);
        refused = errno;
    }
    for (size_t i = 0; i < b.n; i++)
        fwi_table_close(&b.tables[i]);
    errno = refused;
    return rc;
}

int
fwi_change_run(const struct fwi *ctx, struct fwi_change *change, pp_err *err)
{
    int invalid = 0;
    int rc = RETRY;

    if (is_nothing(change))
        return 0;
    int lock = fwi_lock(ctx, err);

    if (lock < 0)
        return lock;
    for (int tries = 1; rc == RETRY; tries++) {
        rc = run_once(ctx, change, tries == TRIES_MAX || invalid > 1, err);
        if (rc == RETRY && errno == EINVAL)
            invalid++;
    }
    close(lock);
    return rc;
}

void
fwi_change_clear(struct fwi_change *change)
{
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            fwi_rules_clear(&change->want[i][j]);
            fwi_rules_clear(&change->share[i][j]);
        }
    }
}
