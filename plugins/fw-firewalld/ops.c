/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/ops.c - the ops that change what firewalld holds
 */
#include "fwd.h"

#include <string.h>
#include <unistd.h>

/* The lock, the connection, and what is there. */
struct session {
    int lock;
    struct fwd_bus b;
    struct fwd_have have;
};

static void
session_end(struct session *s)
{
    fwd_have_clear(&s->have);
    fwd_bus_close(&s->b);
    if (s->lock >= 0)
        close(s->lock);
}

static int
session_begin(struct session *s, const struct fwd *fwd, pp_err *err)
{
    int rc = 0;

    *s = (struct session){.lock = fwd_lock(fwd, err)};
    if (s->lock < 0)
        return s->lock;
    rc = fwd_bus_open(&s->b, fwd, err);
    if (rc == 0)
        rc = fwd_have_read(&s->b, &s->have, err);
    if (rc < 0)
        session_end(s);
    return rc;
}

/*
 * A removal has nothing to do where no firewalld is: all that we put there
 * has ended with it.
 */
static int
nothing_to_remove(const struct fwd *fwd, const char *whose, int rc)
{
    if (rc != -PP_E_UNAVAIL)
        return rc;
    pp_host_log(fwd->host, PP_LOG_WARNING,
                "firewalld is not running at \"%s\": the rules of %s have "
                "ended with it",
                fwd->bus, whose);
    return 0;
}

/* Everything with this comment becomes PLAN's want. */
static int
replace(struct session *s, const char *tag, struct fwd_plan *plan, pp_err *err)
{
    if (fwd_list_pick(&plan->old, &s->have.rules, tag) < 0)
        return FWD_OOM(s->b.fwd, err);
    return fwd_plan_run(&s->b, &s->have, plan, err);
}

int
fwd_apply(void *self, const pp_fw_rules *r, pp_err *err)
{
    const struct fwd *fwd = self;
    const pp_fw_addr *local = NULL;
    struct fwd_plan plan = {0};
    struct session s;
    char tag[FWD_TAG_MAX];
    int rc = fwd_owner_check(fwd, r, err);

    if (rc < 0)
        return rc;
    if (r->n_addrs == 0)
        return fwd_remove(self, r->owner, err);
    fwd_owner_tag(r->owner, tag);
    rc = session_begin(&s, fwd, err);
    if (rc < 0)
        return rc;
    rc = fwd_owner_want(fwd, r, s.have.legacy, &plan.want, err);
    if (rc == 0)
        rc = fwd_ports_free(fwd, &s.have.rules, &plan.want, tag, err);
    if (rc == 0)
        rc = replace(&s, tag, &plan, err);
    fwd_plan_clear(&plan);
    session_end(&s);
    local = fwd_localnet_of(fwd, r);
    if (rc == 0 && local)
        fwd_localnet_set(fwd, local->bridge, true);
    return rc;
}

int
fwd_remove(void *self, const char *owner, pp_err *err)
{
    const struct fwd *fwd = self;
    struct fwd_plan plan = {0};
    struct session s;
    char tag[FWD_TAG_MAX];
    int rc = 0;

    if (!fwd_name_valid(owner, FWD_OWNER_MAX))
        return pp_host_fail(fwd->host, err, PP_E_INVAL, 0,
                            "owner \"%.80s\" is not 1 to %d of [A-Za-z0-9_.-]",
                            owner ? owner : "", FWD_OWNER_MAX);
    fwd_owner_tag(owner, tag);
    rc = session_begin(&s, fwd, err);
    if (rc < 0)
        return nothing_to_remove(fwd, owner, rc);
    rc = replace(&s, tag, &plan, err);
    fwd_plan_clear(&plan);
    session_end(&s);
    return rc;
}

int
fwd_net_up(void *self, const pp_fw_net *net, pp_err *err)
{
    const struct fwd *fwd = self;
    struct fwd_plan plan = {0};
    struct session s;
    char tag[FWD_TAG_MAX];
    int rc = fwd_net_check_args(fwd, net, err);

    if (rc < 0)
        return rc;
    fwd_net_tag(net->net, tag);
    rc = session_begin(&s, fwd, err);
    if (rc < 0)
        return rc;
    rc = fwd_net_want(fwd, net, &plan.want, err);
    if (rc == 0)
        rc = replace(&s, tag, &plan, err);
    fwd_plan_clear(&plan);
    session_end(&s);
    return rc;
}

int
fwd_net_down(void *self, const char *net, pp_err *err)
{
    const struct fwd *fwd = self;
    struct fwd_plan plan = {0};
    struct session s;
    char tag[FWD_TAG_MAX];
    int rc = 0;

    if (!fwd_name_valid(net, FWD_NET_MAX))
        return pp_host_fail(fwd->host, err, PP_E_INVAL, 0,
                            "\"%.80s\" is not a network's name",
                            net ? net : "");
    fwd_net_tag(net, tag);
    rc = session_begin(&s, fwd, err);
    if (rc < 0)
        return nothing_to_remove(fwd, net, rc);
    rc = replace(&s, tag, &plan, err);
    if (rc == 0)
        fwd_localnet_close(fwd, &plan.old, &plan.want);
    fwd_plan_clear(&plan);
    session_end(&s);
    return rc;
}

/* Everything that ALL wants, checked. */
static int
want_all(const struct fwd *fwd, const pp_fw_all *all, bool legacy,
         struct fwd_list *want, pp_err *err)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < all->n_nets; i++) {
        rc = fwd_net_check_args(fwd, all->nets[i], err);
        if (rc == 0)
            rc = fwd_net_want(fwd, all->nets[i], want, err);
    }
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++) {
        rc = fwd_owner_check(fwd, all->rules[i], err);
        if (rc == 0)
            rc = fwd_owner_want(fwd, all->rules[i], legacy, want, err);
    }
    return rc;
}

/*
 * Rules and chains that the kernel has lost leave firewalld's books, so that
 * they can be made again.
 */
static int
mend(struct session *s, pp_err *err)
{
    struct fwd_list lost = {0};
    int rc = fwd_kernel_lacks(&s->b, &s->have, &s->have.rules, &lost, err);

    for (size_t i = 0; rc == 0 && i < lost.n; i++)
        rc = fwd_kernel_drop(&s->b, s->have.legacy, lost.v[i], err);
    for (size_t i = 0; rc >= 0 && lost.n > 0 && i < s->have.chains.n; i++) {
        struct fwd_words w;

        if (fwd_words_split(&w, s->have.chains.v[i]) < 0) {
            rc = FWD_OOM(s->b.fwd, err);
            break;
        }
        const char *argv[] = {"-t", w.v[1], "-N", w.v[2], NULL};

        rc = fwd_iptables(&s->b, w.v[0], argv, NULL, err);
        fwd_words_clear(&w);
    }
    if (rc >= 0 && lost.n > 0) {
        pp_host_log(s->b.fwd->host, PP_LOG_WARNING,
                    "%zu rules of firewalld were missing in the kernel and "
                    "are made again; if another program flushed its tables, "
                    "firewall-cmd --reload restores the rest of firewalld's",
                    lost.n);
        fwd_have_clear(&s->have);
        rc = fwd_have_read(&s->b, &s->have, err);
    }
    fwd_list_clear(&lost);
    return rc < 0 ? rc : 0;
}

int
fwd_sync(void *self, const pp_fw_all *all, pp_err *err)
{
    const struct fwd *fwd = self;
    struct fwd_plan plan = {.chains = true};
    struct session s;
    int rc = session_begin(&s, fwd, err);

    if (rc < 0)
        return all->n_nets + all->n_rules == 0
                   ? nothing_to_remove(fwd, "all", rc)
                   : rc;
    rc = want_all(fwd, all, s.have.legacy, &plan.want, err);
    if (rc == 0)
        rc = mend(&s, err);
    if (rc == 0)
        rc = replace(&s, NULL, &plan, err);
    if (rc == 0)
        fwd_localnet_close(fwd, &plan.old, &plan.want);
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++) {
        const pp_fw_addr *local = fwd_localnet_of(fwd, all->rules[i]);

        if (local)
            fwd_localnet_set(fwd, local->bridge, true);
    }
    fwd_plan_clear(&plan);
    session_end(&s);
    return rc;
}
