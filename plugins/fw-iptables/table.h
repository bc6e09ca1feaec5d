/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/table.h - a private snapshot of one table, changed and committed
 *
 * fwi_table_replace is the one verb of this plugin: "of the rules with this
 * tag, the table holds exactly these".  A tag is the comment of a rule.
 *
 * Ownership  chain names in results are borrowed until fwi_table_close
 * Threads    a snapshot belongs to one thread
 */
#ifndef FWI_TABLE_H
#define FWI_TABLE_H

#include "fwi.h"

struct fwi_family;

struct fwi_table {
    const struct fwi *ctx;
    const struct fwi_family *fam;
    const char *name;
    struct xtc_handle *h;
    bool is_nat;
    bool dirty; /* differs from what was read */
};

/* Read the table; makes it exist, see names.h. */
int fwi_table_open(struct fwi_table *t, const struct fwi *ctx,
                   const struct fwi_family *fam, const char *name, pp_err *err);
void fwi_table_close(struct fwi_table *t);

/* Tell what errno means for table T; "cannot WHAT". */
int fwi_table_fail(const struct fwi_table *t, int sys, const char *what,
                   pp_err *err);

int fwi_table_append(struct fwi_table *t, const char *chain,
                     const struct fwi_rule *rule, pp_err *err);
int fwi_table_insert(struct fwi_table *t, const char *chain, unsigned int index,
                     const struct fwi_rule *rule, pp_err *err);

/* Is exactly this rule in CHAIN? */
bool fwi_table_has(struct fwi_table *t, const char *chain,
                   const struct fwi_rule *rule);

/* Append those rules of LIST that are missing. */
int fwi_table_ensure(struct fwi_table *t, const struct fwi_rules *list,
                     pp_err *err);

/* Is this the comment of an owner's or a network's rule? */
bool fwi_is_tag(const char *comment);

/*
 * Find the rules with the comment TAG (NULL: all that are ours) in every
 * chain, in the order of the table.
 */
int fwi_table_find(struct fwi_table *t, const char *tag,
                   struct fwi_rules *found, pp_err *err);

/*
 * Make the table hold, of the rules with the comment TAG (NULL: all that are
 * ours), exactly WANT.  What is so already stays, with its counters.
 *
 * The chains of WANT must exist (fwi_chains_ensure).
 */
int fwi_table_replace(struct fwi_table *t, const char *tag,
                      const struct fwi_rules *want, pp_err *err);

/*
 * The first difference between FOUND and WANT of one tag.
 *
 * returns  false: none | true, with *F or *W NULL for "nothing"
 */
bool fwi_rules_differ(struct fwi_rules *want, struct fwi_rules *found,
                      const struct fwi_placed **w, const struct fwi_placed **f);

#endif
