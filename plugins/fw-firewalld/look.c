/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/look.c - what firewalld holds, and whose it is
 */
#include "fwd.h"

#include <string.h>

void
fwd_have_clear(struct fwd_have *have)
{
    fwd_list_clear(&have->rules);
    fwd_list_clear(&have->chains);
    fwd_list_clear(&have->sources);
}

int
fwd_have_read(struct fwd_bus *b, struct fwd_have *have, pp_err *err)
{
    char backend[32] = "";
    int rc = fwd_bus_property(b, "/config", ".config", "FirewallBackend",
                              backend, sizeof(backend), err);

    have->legacy = !strcmp(backend, "iptables");
    if (rc == 0)
        rc = fwd_rules_get(b, &have->rules, err);
    if (rc == 0)
        rc = fwd_chains_get(b, &have->chains, err);
    if (rc == 0)
        rc = fwd_sources_get(b, &have->sources, &have->no_zone, err);
    return rc;
}

/* The addresses that these rules put into the zone, sorted. */
int
fwd_sources_of(const struct fwd_list *rules, struct fwd_list *out)
{
    char address[FWD_ADDR_MAX];

    for (size_t i = 0; i < rules->n; i++)
        if (fwd_rule_source(rules->v[i], address, sizeof(address)) &&
            fwd_list_add(out, address) < 0)
            return -1;
    fwd_list_sort(out);
    return 0;
}

/* The owners, each followed by a NUL. */
int
fwd_owners(void *self, pp_sink *owners, pp_err *err)
{
    const struct fwd *fwd = self;
    struct fwd_list rules = {0};
    struct fwd_list names = {0};
    char tag[FWD_TAG_MAX];
    struct fwd_bus b;
    int rc = fwd_bus_open(&b, fwd, err);

    if (rc < 0)
        return rc;
    rc = fwd_rules_get(&b, &rules, err);
    fwd_bus_close(&b);
    for (size_t i = 0; rc == 0 && i < rules.n; i++)
        if (fwd_rule_tag(rules.v[i], tag, sizeof(tag)) &&
            !strncmp(tag, FWD_OWNER_TAG, strlen(FWD_OWNER_TAG)) &&
            fwd_list_add(&names, tag + strlen(FWD_OWNER_TAG)) < 0)
            rc = FWD_OOM(fwd, err);
    fwd_list_sort(&names);
    for (size_t i = 0; rc == 0 && i < names.n; i++)
        rc = fwd->host->put(owners, names.v[i], strlen(names.v[i]) + 1);
    fwd_list_clear(&rules);
    fwd_list_clear(&names);
    return rc;
}
