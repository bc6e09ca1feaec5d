/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/change.c - from what firewalld holds to what it should
 *
 * firewalld changes one rule at a time.  What is new comes first, and is
 * taken back if it fails; what is old goes last.  A process that dies between
 * leaves too much, never too little, and all of it still says whose it is.
 */
#include "fwd.h"

#include <stdio.h>
#include <string.h>

/* What is to be done, each list sorted. */
struct steps {
    struct fwd_list chains;
    struct fwd_list add;
    struct fwd_list del;
    struct fwd_list source_add;
    struct fwd_list source_del;
    struct fwd_list sources; /* that we have put somewhere before */
    struct fwd_list chain_del;
};

/* How far we got. */
struct done {
    size_t rules;
    size_t sources;
};

static void
steps_clear(struct steps *s)
{
    fwd_list_clear(&s->chains);
    fwd_list_clear(&s->add);
    fwd_list_clear(&s->del);
    fwd_list_clear(&s->source_add);
    fwd_list_clear(&s->source_del);
    fwd_list_clear(&s->sources);
    fwd_list_clear(&s->chain_del);
}

void
fwd_plan_clear(struct fwd_plan *plan)
{
    fwd_list_clear(&plan->want);
    fwd_list_clear(&plan->old);
}

/* The chains of ours in which the rules stand, sorted. */
static int
chains_of(const struct fwd_list *rules, struct fwd_list *out)
{
    for (size_t i = 0; i < rules->n; i++) {
        char text[128];
        struct fwd_words w;
        int rc = 0;

        if (fwd_words_split(&w, rules->v[i]) < 0)
            return -1;
        if (w.n > 3 && !strncmp(w.v[2], "POLYPOD_", 8)) {
            snprintf(text, sizeof(text), "%s%c%s%c%s", w.v[0], FWD_SEP, w.v[1],
                     FWD_SEP, w.v[2]);
            rc = fwd_list_add(out, text);
        }
        fwd_words_clear(&w);
        if (rc < 0)
            return -1;
    }
    fwd_list_sort(out);
    return 0;
}

/* Sources, and chains that nothing uses any more. */
static int
plan_rest(const struct fwd_have *have, const struct fwd_plan *plan,
          struct steps *s)
{
    struct fwd_list rest = {0};
    struct fwd_list kept = {0};
    struct fwd_list gone = {0};
    struct fwd_list used = {0};
    int rc = fwd_list_minus(&rest, &have->rules, &s->del);

    if (rc == 0)
        rc = fwd_list_copy(&rest, &plan->want);
    if (rc == 0)
        rc = fwd_sources_of(&rest, &kept);
    if (rc == 0)
        rc = fwd_sources_of(&s->del, &gone);
    if (rc == 0)
        rc = fwd_list_minus(&s->source_del, &gone, &kept);
    if (rc == 0 && plan->chains)
        rc = chains_of(&rest, &used);
    if (rc == 0 && plan->chains)
        rc = fwd_list_minus(&s->chain_del, &have->chains, &used);
    fwd_list_clear(&rest);
    fwd_list_clear(&kept);
    fwd_list_clear(&gone);
    fwd_list_clear(&used);
    return rc;
}

static int
plan_steps(const struct fwd_have *have, const struct fwd_plan *plan,
           struct steps *s)
{
    struct fwd_list chains = {0};
    struct fwd_list sources = {0};
    int rc = fwd_list_minus(&s->add, &plan->want, &have->rules);

    if (rc == 0)
        rc = fwd_list_minus(&s->del, &plan->old, &plan->want);
    if (rc == 0)
        rc = chains_of(&plan->want, &chains);
    if (rc == 0)
        rc = fwd_list_minus(&s->chains, &chains, &have->chains);
    if (rc == 0)
        rc = fwd_sources_of(&plan->want, &sources);
    if (rc == 0)
        rc = fwd_list_minus(&s->source_add, &sources, &have->sources);
    if (rc == 0)
        rc = fwd_sources_of(&have->rules, &s->sources);
    fwd_list_clear(&chains);
    fwd_list_clear(&sources);
    return rc < 0 ? rc : plan_rest(have, plan, s);
}

static int
make_new(struct fwd_bus *b, const struct steps *s, struct done *done,
         pp_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc >= 0 && i < s->chains.n; i++)
        rc = fwd_chain_put(b, s->chains.v[i], true, err);
    for (; rc >= 0 && done->rules < s->add.n; done->rules += rc >= 0)
        rc = fwd_rule_put(b, s->add.v[done->rules], true, err);
    for (; rc >= 0 && done->sources < s->source_add.n;
         done->sources += rc >= 0) {
        const char *address = s->source_add.v[done->sources];

        rc =
            fwd_source_add(b, address, fwd_list_has(&s->sources, address), err);
    }
    return rc < 0 ? rc : 0;
}

/* As far as it goes: the failure that brought us here is the one to tell. */
static void
take_back(struct fwd_bus *b, const struct steps *s, const struct done *done)
{
    int rc = 0;

    for (size_t i = done->sources; rc >= 0 && i-- > 0;)
        if (!fwd_list_has(&s->sources, s->source_add.v[i]))
            rc = fwd_source_remove(b, s->source_add.v[i], NULL);
    for (size_t i = done->rules; rc >= 0 && i-- > 0;)
        rc = fwd_rule_put(b, s->add.v[i], false, NULL);
}

static int
drop_chain(struct fwd_bus *b, const char *chain, pp_err *err)
{
    struct fwd_words w;
    int rc = fwd_chain_put(b, chain, false, err);

    if (rc != FWD_TOLERATED)
        return rc;
    /* the kernel has lost it, perhaps */
    if (fwd_words_split(&w, chain) < 0)
        return FWD_OOM(b->fwd, err);
    const char *argv[] = {"-t", w.v[1], "-N", w.v[2], NULL};

    rc = fwd_iptables(b, w.v[0], argv, NULL, err);
    fwd_words_clear(&w);
    return rc < 0 ? rc : fwd_chain_put(b, chain, false, err);
}

/* Backwards, so that the note of whose an address is goes last. */
static int
remove_old(struct fwd_bus *b, bool legacy, const struct steps *s, pp_err *err)
{
    int rc = 0;

    for (size_t i = s->source_del.n; rc >= 0 && i-- > 0;)
        rc = fwd_source_remove(b, s->source_del.v[i], err);
    for (size_t i = s->del.n; rc >= 0 && i-- > 0;)
        rc = fwd_kernel_drop(b, legacy, s->del.v[i], err);
    for (size_t i = 0; rc >= 0 && i < s->chain_del.n; i++)
        rc = drop_chain(b, s->chain_del.v[i], err);
    return rc < 0 ? rc : 0;
}

/* PLAN's lists get sorted, and its want the jumps that it needs. */
int
fwd_plan_run(struct fwd_bus *b, const struct fwd_have *have,
             struct fwd_plan *plan, pp_err *err)
{
    struct steps s = {0};
    struct done done = {0};
    int rc = fwd_base_want(b->fwd, &plan->want, err);

    if (rc < 0)
        return rc;
    fwd_list_sort(&plan->want);
    fwd_list_sort(&plan->old);
    if (plan_steps(have, plan, &s) < 0)
        rc = FWD_OOM(b->fwd, err);
    if (rc == 0 && have->no_zone && s.source_add.n > 0)
        rc =
            pp_host_fail(b->fwd->host, err, PP_E_INVAL, 0,
                         "[firewall.firewalld] zone: firewalld has no zone "
                         "\"%.80s\"; firewall-cmd --permanent --new-zone=%.80s "
                         "and --reload make one",
                         b->fwd->zone, b->fwd->zone);
    if (rc == 0) {
        rc = make_new(b, &s, &done, err);
        if (rc < 0 && rc != -PP_E_TIMEOUT && rc != -PP_E_UNAVAIL)
            take_back(b, &s, &done);
    }
    if (rc == 0)
        rc = remove_old(b, have->legacy, &s, err);
    steps_clear(&s);
    return rc;
}
