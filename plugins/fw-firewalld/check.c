/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/check.c - what differs from what is wanted
 */
#include "fwd.h"

#include <stdio.h>
#include <string.h>

/* Differences so far; what does not fit is counted. */
struct text {
    char p[900];
    size_t n;
    unsigned left_out;
};

PP_PRINTF(2, 3)
static void
say(struct text *t, const char *fmt, ...)
{
    char piece[FWD_TEXT_MAX];
    va_list ap;
    int n = 0;

    va_start(ap, fmt);
    n = vsnprintf(piece, sizeof(piece), fmt, ap);
    va_end(ap);
    if (n < 0 || t->n + (size_t)n + 32 > sizeof(t->p)) {
        t->left_out++;
        return;
    }
    t->n += (size_t)snprintf(t->p + t->n, sizeof(t->p) - t->n, "%s%s",
                             t->n > 0 ? "; " : "", piece);
}

static void
say_rules(struct text *t, const char *what, const struct fwd_list *rules)
{
    char shown[FWD_TEXT_MAX];

    for (size_t i = 0; i < rules->n; i++) {
        fwd_rule_show(rules->v[i], shown, sizeof(shown));
        say(t, "%s: %s", what, shown);
    }
}

static int
verdict(const struct fwd *fwd, const char *whose, struct text *t, pp_err *err)
{
    if (t->left_out > 0)
        snprintf(t->p + t->n, sizeof(t->p) - t->n, "%sand %u more",
                 t->n > 0 ? "; " : "", t->left_out);
    if (t->n == 0 && t->left_out == 0)
        return 0;
    return pp_host_fail(fwd->host, err, PP_E_DRIFT, 0, "%s: %s", whose, t->p);
}

/* Is each wanted address in the zone? */
static int
compare_sources(struct fwd_bus *b, const struct fwd_have *have,
                const struct fwd_list *want, struct text *t, pp_err *err)
{
    struct fwd_list sources = {0};
    int rc = fwd_sources_of(want, &sources) < 0 ? FWD_OOM(b->fwd, err) : 0;

    for (size_t i = 0; rc == 0 && i < sources.n; i++) {
        char zone[80] = "";

        if (fwd_list_has(&have->sources, sources.v[i]))
            continue;
        rc = fwd_source_zone(b, sources.v[i], zone, sizeof(zone), err);
        if (rc == 0)
            say(t, "source %s: wanted zone %s, found %s%s", sources.v[i],
                b->fwd->zone, *zone ? "zone " : "nothing", zone);
    }
    fwd_list_clear(&sources);
    return rc;
}

/* WANT against what is there; what has the comment TAG may not be more. */
static int
compare(struct fwd_bus *b, const struct fwd_have *have,
        const struct fwd_list *want, const char *tag, struct text *t,
        pp_err *err)
{
    struct fwd_list missing = {0};
    struct fwd_list mine = {0};
    struct fwd_list extra = {0};
    struct fwd_list there = {0};
    struct fwd_list lost = {0};
    int rc = fwd_list_minus(&missing, want, &have->rules);

    if (rc == 0)
        rc = fwd_list_pick(&mine, &have->rules, tag);
    if (rc == 0)
        rc = fwd_list_minus(&extra, &mine, want);
    if (rc == 0)
        rc = fwd_list_minus(&there, want, &missing);
    if (rc < 0)
        rc = FWD_OOM(b->fwd, err);
    if (rc == 0)
        rc = fwd_kernel_lacks(b, have, &there, &lost, err);
    if (rc == 0) {
        say_rules(t, "missing", &missing);
        say_rules(t, "missing", &lost);
        say_rules(t, "extra", &extra);
        rc = compare_sources(b, have, want, t, err);
    }
    fwd_list_clear(&missing);
    fwd_list_clear(&mine);
    fwd_list_clear(&extra);
    fwd_list_clear(&there);
    fwd_list_clear(&lost);
    return rc;
}

/* An owner's rules or a network, one of them NULL. */
struct subject {
    const pp_fw_rules *rules;
    const pp_fw_net *net;
    char tag[FWD_TAG_MAX];
};

static int
want_subject(const struct fwd *fwd, const struct subject *s, bool legacy,
             struct fwd_list *want, pp_err *err)
{
    int rc = s->rules ? fwd_owner_want(fwd, s->rules, legacy, want, err)
                      : fwd_net_want(fwd, s->net, want, err);

    if (rc == 0)
        rc = fwd_base_want(fwd, want, err);
    fwd_list_sort(want);
    return rc;
}

static int
check_subject(const struct fwd *fwd, const struct subject *s, struct text *t,
              pp_err *err)
{
    struct fwd_have have = {.no_zone = false};
    struct fwd_list want = {0};
    struct fwd_bus b;
    int rc = fwd_bus_open(&b, fwd, err);

    if (rc < 0)
        return rc;
    rc = fwd_have_read(&b, &have, err);
    if (rc == 0)
        rc = want_subject(fwd, s, have.legacy, &want, err);
    if (rc == 0)
        rc = compare(&b, &have, &want, s->tag, t, err);
    fwd_bus_close(&b);
    fwd_have_clear(&have);
    fwd_list_clear(&want);
    return rc;
}

int
fwd_check(void *self, const pp_fw_rules *r, pp_err *err)
{
    const struct fwd *fwd = self;
    const pp_fw_addr *local = NULL;
    struct subject s = {.rules = r};
    struct text t = {.n = 0};
    char whose[FWD_OWNER_MAX + 16];
    int rc = fwd_owner_check(fwd, r, err);

    if (rc < 0)
        return rc;
    fwd_owner_tag(r->owner, s.tag);
    rc = check_subject(fwd, &s, &t, err);
    if (rc < 0)
        return rc;
    local = fwd_localnet_of(fwd, r);
    if (local && fwd_localnet_is_off(local->bridge))
        say(&t, "route_localnet of %s: wanted 1, found 0", local->bridge);
    snprintf(whose, sizeof(whose), "owner %s", r->owner);
    return verdict(fwd, whose, &t, err);
}

int
fwd_net_check(void *self, const pp_fw_net *net, pp_err *err)
{
    const struct fwd *fwd = self;
    struct subject s = {.net = net};
    struct text t = {.n = 0};
    char whose[FWD_NET_MAX + 16];
    int rc = fwd_net_check_args(fwd, net, err);

    if (rc < 0)
        return rc;
    fwd_net_tag(net->net, s.tag);
    rc = check_subject(fwd, &s, &t, err);
    if (rc < 0)
        return rc;
    snprintf(whose, sizeof(whose), "network %s", net->net);
    return verdict(fwd, whose, &t, err);
}
