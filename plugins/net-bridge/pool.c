/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/pool.c - which addresses an attachment gets */
#include "bridge.h"

#include <string.h>

#define MAX_WANTED 64

/* A place in a set of ranges. */
typedef struct cursor {
    size_t range;
    br_ip ip;
} cursor;

typedef struct picker {
    const br_def *def;
    const br_store *store;
    const char *id;
    const char *ifname;
    br_ip wanted[MAX_WANTED];
    bool given[MAX_WANTED];
    size_t n_wanted;
} picker;

/* Around the ranges of a set, for ever. */
static void
advance(const br_def *def, cursor *c)
{
    unsigned set = def->range[c->range].set;

    if (br_ip_cmp(&c->ip, &def->range[c->range].last) < 0) {
        br_ip_step(&c->ip, 1);
        return;
    }
    do
        c->range = (c->range + 1) % def->n_ranges;
    while (def->range[c->range].set != set);
    c->ip = def->range[c->range].first;
}

/* The range of SET that leases IP, or NULL. */
static const br_range *
range_of(const br_def *def, unsigned set, const br_ip *ip)
{
    for (size_t i = 0; i < def->n_ranges; i++) {
        const br_range *r = &def->range[i];

        if (r->set == set && r->first.len == ip->len &&
            br_ip_cmp(&r->first, ip) <= 0 && br_ip_cmp(ip, &r->last) <= 0)
            return r;
    }
    return NULL;
}

static cursor
start_of(const picker *p, unsigned set)
{
    const br_def *def = p->def;
    cursor c = {.range = 0};
    br_ip last;
    const br_range *r = NULL;

    while (def->range[c.range].set != set)
        c.range++;
    c.ip = def->range[c.range].first;
    if (br_store_noted(p->store, set, &last))
        r = range_of(def, set, &last);
    if (!r)
        return c;
    c.range = (size_t)(r - def->range);
    c.ip = last;
    advance(def, &c);
    return c;
}

static void
give(br_leases *out, const br_range *r, const br_ip *ip)
{
    out->v[out->n++] = (br_lease){
        .address = {.ip = *ip, .bits = r->subnet.bits},
        .gateway = r->gateway,
    };
}

static int
say_full(const picker *p, unsigned set, cni_why *why)
{
    char first[BR_IP_TEXT];
    char last[BR_IP_TEXT];
    const br_range *r = p->def->range;

    while (r->set != set)
        r++;
    return cni_say(why, PP_E_FULL, 0,
                   "network %s: no address is free from %s to %s, each has a "
                   "lease in \"%s\"",
                   p->def->name, br_ip_text(&r->first, first),
                   br_ip_text(&r->last, last), p->store->path);
}

static int
take_any(const picker *p, unsigned set, br_leases *out, cni_why *why)
{
    cursor start = start_of(p, set);
    cursor c = start;

    do {
        const br_range *r = &p->def->range[c.range];
        int rc = br_ip_same(&c.ip, &r->gateway)
                     ? 0
                     : br_store_take(p->store, &c.ip, p->id, p->ifname, why);

        if (rc < 0)
            return rc;
        if (rc > 0) {
            br_store_note(p->store, set, &c.ip);
            give(out, r, &c.ip);
            return 0;
        }
        advance(p->def, &c);
    } while (c.range != start.range || !br_ip_same(&c.ip, &start.ip));
    return say_full(p, set, why);
}

static int
take_wanted(const picker *p, const br_range *r, const br_ip *ip, br_leases *out,
            cni_why *why)
{
    char text[BR_IP_TEXT];
    char owner[BR_OWNER_MAX] = "";

    br_ip_text(ip, text);
    if (br_ip_same(ip, &r->gateway))
        return cni_say(why, PP_E_INVAL, 0,
                       "network %s: the wanted address %s is the gateway's",
                       p->def->name, text);
    int rc = br_store_take(p->store, ip, p->id, p->ifname, why);

    if (rc > 0)
        give(out, r, ip);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    br_store_owner(p->store, ip, owner);
    owner[strcspn(owner, "\r\n")] = '\0';
    cni_text_clean(owner);
    return cni_say(why, PP_E_EXISTS, 0,
                   "network %s: the wanted address %s is leased to container "
                   "%.64s",
                   p->def->name, text, owner);
}

static int
take_one(picker *p, unsigned set, br_leases *out, cni_why *why)
{
    for (size_t i = 0; i < p->n_wanted; i++) {
        const br_range *r =
            p->given[i] ? NULL : range_of(p->def, set, &p->wanted[i]);

        if (!r)
            continue;
        p->given[i] = true;
        return take_wanted(p, r, &p->wanted[i], out, why);
    }
    return take_any(p, set, out, why);
}

static int
read_wanted(picker *p, const pp_net_request *req, cni_why *why)
{
    for (const char *const *ip = req->ips; ip && *ip; ip++) {
        char host[BR_IP_TEXT];
        size_t n = strcspn(*ip, "/");
        bool fits = n < sizeof(host) && p->n_wanted < MAX_WANTED &&
                    cni_address_valid(*ip, (*ip)[n] == '/');

        memcpy(host, *ip, fits ? n : 0);
        host[fits ? n : 0] = '\0';
        if (!fits || !br_ip_parse(host, &p->wanted[p->n_wanted]))
            return cni_say(why, PP_E_INVAL, 0,
                           "wanted address \"%.64s\" is not an IP address",
                           *ip);
        p->n_wanted++;
    }
    return 0;
}

/* One that no set can give is an error before anything is leased. */
static int
check_wanted(const picker *p, cni_why *why)
{
    for (size_t i = 0; i < p->n_wanted; i++) {
        char text[BR_IP_TEXT];
        bool found = false;

        for (unsigned s = 0; s < p->def->n_sets; s++)
            found = found || range_of(p->def, s, &p->wanted[i]);
        if (!found)
            return cni_say(why, PP_E_INVAL, 0,
                           "network %s: the wanted address %s is in no range "
                           "of it",
                           p->def->name, br_ip_text(&p->wanted[i], text));
    }
    return 0;
}

static int
check_given(const picker *p, cni_why *why)
{
    char text[BR_IP_TEXT];

    for (size_t i = 0; i < p->n_wanted; i++)
        if (!p->given[i])
            return cni_say(why, PP_E_NOTSUP, 0,
                           "network %s: one address of each set of ranges is "
                           "given, the wanted %s is one more",
                           p->def->name, br_ip_text(&p->wanted[i], text));
    return 0;
}

static bool
is_other(const char *owner, void *arg)
{
    const char *const *who = arg;

    return !br_owner_is(owner, who[0], who[1]);
}

/*
 * Lease one address of each set.  What this attachment still had from a
 * process that died is released first.
 *
 * out      what is leased, also on failure: nothing then
 */
int
br_pool_take(const br_def *def, const pp_net_request *req, int64_t deadline,
             br_leases *out, cni_why *why)
{
    STORE_AUTO br_store store = {-1, -1, NULL};
    const char *who[2] = {req->id, req->ifname};
    picker p = {
        .def = def, .store = &store, .id = req->id, .ifname = req->ifname};
    int rc = read_wanted(&p, req, why);

    if (rc == 0)
        rc = check_wanted(&p, why);
    if (rc == 0)
        rc = br_store_open(def->folder, true, deadline, &store, why);
    if (rc == 0)
        rc = br_store_sweep(&store, is_other, who, why);
    for (unsigned set = 0; rc == 0 && set < def->n_sets; set++)
        rc = take_one(&p, set, out, why);
    if (rc == 0)
        rc = check_given(&p, why);
    if (rc == 0)
        return 0;
    while (out->n > 0) {
        cni_why undo = {.err = NULL};

        out->n--;
        br_store_release(&store, &out->v[out->n].address.ip, req->id,
                         req->ifname, &undo);
    }
    return rc;
}

/* Exactly the leases that an attachment was given. */
int
br_pool_release(const br_att *att, int64_t deadline, cni_why *why)
{
    STORE_AUTO br_store store = {-1, -1, NULL};
    int rc = br_store_open(att->folder, false, deadline, &store, why);

    if (store.dir < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < att->leases.n; i++)
        rc = br_store_release(&store, &att->leases.v[i].address.ip, att->id,
                              att->ifname, why);
    return rc;
}

/* Whatever an attachment has, found by looking at all leases. */
int
br_pool_sweep(const char *folder, const char *id, const char *ifname,
              int64_t deadline, cni_why *why)
{
    STORE_AUTO br_store store = {-1, -1, NULL};
    const char *who[2] = {id, ifname};
    int rc = br_store_open(folder, false, deadline, &store, why);

    if (rc < 0 || store.dir < 0)
        return rc;
    return br_store_sweep(&store, is_other, who, why);
}
