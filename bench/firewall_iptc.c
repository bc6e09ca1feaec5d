/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench/firewall_iptc.c - the floor of the legacy tables: libiptc alone
 *
 * The entries are read back once from what fw-iptables made, then appended as
 * they are, and deleted by their number; nothing is searched and no lock is
 * taken.  The
 * kernel gives and takes whole tables in any case.
 */
#include <net/if.h>

#include <libiptc/libiptc.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firewall_int.h"
#include "sample.h"

#define MAX_ENTRIES 32

struct floor {
    struct {
        const char *table;
        char chain[32];
        unsigned others; /* rules of the chain in front of ours */
        struct ipt_entry *entry;
    } v[MAX_ENTRIES];
    unsigned n;
};

static const char *const tables[] = {"nat", "filter"};

static struct xtc_handle *
open_table(const char *table)
{
    struct xtc_handle *h = iptc_init(table);

    if (!h)
        bench_die("%s: %s", table, iptc_strerror(errno));
    return h;
}

static void
keep(struct floor *f, const char *table, const char *chain,
     const struct ipt_entry *e, struct xtc_handle *h)
{
    struct ipt_entry *copy = bench_alloc(e->next_offset);
    struct xt_entry_target *t;

    if (f->n == MAX_ENTRIES)
        bench_die("an owner with more than %d rules", MAX_ENTRIES);
    memcpy(copy, e, e->next_offset);
    /* libiptc wants a name where it gave a verdict */
    t = ipt_get_target(copy);
    snprintf(t->u.user.name, sizeof t->u.user.name, "%s",
             iptc_get_target(e, h));
    f->v[f->n].table = table;
    snprintf(f->v[f->n].chain, sizeof f->v[f->n].chain, "%s", chain);
    f->v[f->n++].entry = copy;
}

static void
capture_table(struct floor *f, const char *table)
{
    struct xtc_handle *h = open_table(table);
    const struct ipt_entry *e;
    const char *chain;
    unsigned others, i;

    for (chain = iptc_first_chain(h); chain; chain = iptc_next_chain(h)) {
        others = 0;
        i = f->n;
        for (e = iptc_first_rule(chain, h); e; e = iptc_next_rule(e, h))
            if (memmem(e, e->next_offset, OWNER, strlen(OWNER)))
                keep(f, table, chain, e, h);
            else
                others++;
        for (; i < f->n; i++)
            f->v[i].others = others;
    }
    iptc_free(h);
}

void
iptc_capture(way *w)
{
    struct floor *f = bench_alloc(sizeof *f);

    capture_table(f, tables[0]);
    capture_table(f, tables[1]);
    if (!f->n)
        bench_die("fw-iptables made no rules for " OWNER);
    w->floor = f;
}

static void
change_one(struct floor *f, unsigned i, bool add, struct xtc_handle *h)
{
    const char *chain = f->v[i].chain;

    if (add ? iptc_append_entry(chain, f->v[i].entry, h)
            : iptc_delete_num_entry(chain, f->v[i].others, h))
        return;
    bench_die("%s: %s", chain, iptc_strerror(errno));
}

void
iptc_change(way *w, bool add)
{
    struct floor *f = w->floor;
    struct xtc_handle *h;
    unsigned t, i;

    for (t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        h = open_table(tables[t]);
        for (i = 0; i < f->n; i++)
            if (f->v[i].table == tables[t])
                change_one(f, i, add, h);
        if (!iptc_commit(h))
            bench_die("%s: %s", tables[t], iptc_strerror(errno));
        iptc_free(h);
    }
}

void
iptc_forget(way *w)
{
    struct floor *f = w->floor;

    while (f->n > 0)
        free(f->v[--f->n].entry);
    free(f);
}
