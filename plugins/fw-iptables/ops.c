/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/ops.c - the ops that change the kernel
 */
#include "ops.h"

#include <string.h>

#include "addr.h"
#include "change.h"
#include "family.h"
#include "names.h"
#include "net.h"
#include "owner.h"

int
fwi_op_caps(void *self, uint64_t *caps, pp_err *err)
{
    const struct fwi *ctx = self;
    uint64_t all = PP_FW_CAP_FILTER | PP_FW_CAP_MASQUERADE | PP_FW_CAP_PORTS |
                   PP_FW_CAP_ISOLATE;

    (void)err;
    *caps = 0;
    if (fwi_family_usable(&fwi_ipv4) != 0)
        return 0;
    *caps = all;
    if (fwi_family_usable(&fwi_ipv6) == 0)
        *caps |= PP_FW_CAP_IPV6;
    if (!ctx->single_nat)
        *caps |= PP_FW_CAP_PORT_RANGES;
    return 0;
}

static int
want_owner(const struct fwi *ctx, struct fwi_change *c,
           const pp_fw_rules *rules, pp_err *err)
{
    int rc = 0;

    for (const struct fwi_family *const *f = fwi_families; rc == 0 && *f; f++) {
        struct fwi_rules *want = c->want[FWI_IS_V6(*f)];

        rc = fwi_owner_rules(ctx, *f, true, rules, &want[FWI_NAT], err);
        if (rc == 0)
            rc = fwi_owner_rules(ctx, *f, false, rules, &want[FWI_FILTER], err);
    }
    return rc;
}

static int
want_share(const struct fwi *ctx, struct fwi_change *c,
           const pp_fw_rules *rules, pp_err *err)
{
    int rc = 0;

    for (const struct fwi_family *const *f = fwi_families; rc == 0 && *f; f++) {
        struct fwi_rules *share = c->share[FWI_IS_V6(*f)];

        rc = fwi_net_share(ctx, *f, true, rules, &share[FWI_NAT], err);
        if (rc == 0)
            rc = fwi_net_share(ctx, *f, false, rules, &share[FWI_FILTER], err);
    }
    return rc;
}

static int
want_net(const struct fwi *ctx, struct fwi_change *c, const pp_fw_net *net,
         pp_err *err)
{
    int rc = 0;

    for (const struct fwi_family *const *f = fwi_families; rc == 0 && *f; f++) {
        struct fwi_rules *want = c->want[FWI_IS_V6(*f)];

        rc = fwi_net_rules(ctx, *f, true, net, &want[FWI_NAT], err);
        if (rc == 0)
            rc = fwi_net_rules(ctx, *f, false, net, &want[FWI_FILTER], err);
    }
    return rc;
}

int
fwi_op_net_up(void *self, const pp_fw_net *net, pp_err *err)
{
    const struct fwi *ctx = self;
    char tag[FWI_COMMENT_MAX];
    struct fwi_change c = {.tag = tag, .filter_first = true};
    int rc = fwi_net_validate(ctx, net, err);

    if (rc < 0)
        return rc;
    fwi_net_tag(net->net, tag);
    rc = want_net(ctx, &c, net, err);
    if (rc == 0)
        rc = fwi_change_run(ctx, &c, err);
    fwi_change_clear(&c);
    return rc;
}

int
fwi_op_net_down(void *self, const char *net, pp_err *err)
{
    const struct fwi *ctx = self;
    char tag[FWI_COMMENT_MAX];
    struct fwi_change c = {.tag = tag, .close_localnet = true};

    if (!fwi_name_valid(net, FWI_NET_MAX))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "\"%s\" is not a network's name", net ? net : "");
    fwi_net_tag(net, tag);
    return fwi_change_run(ctx, &c, err);
}

int
fwi_op_remove(void *self, const char *owner, pp_err *err)
{
    const struct fwi *ctx = self;
    char tag[FWI_COMMENT_MAX];
    struct fwi_change c = {.tag = tag};

    if (!fwi_name_valid(owner, FWI_NAME_MAX))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "\"%s\" is not an owner's name", owner ? owner : "");
    fwi_owner_tag(owner, tag);
    return fwi_change_run(ctx, &c, err);
}

int
fwi_op_apply(void *self, const pp_fw_rules *rules, pp_err *err)
{
    const struct fwi *ctx = self;
    char tag[FWI_COMMENT_MAX];
    struct fwi_change c = {.tag = tag, .check_ports = true};
    int rc = fwi_owner_validate(ctx, rules, err);

    if (rc < 0)
        return rc;
    fwi_owner_tag(rules->owner, tag);
    rc = want_owner(ctx, &c, rules, err);
    if (rc == 0)
        rc = want_share(ctx, &c, rules, err);
    if (rc == 0)
        rc = fwi_change_run(ctx, &c, err);
    fwi_change_clear(&c);
    const pp_fw_addr *local = fwi_localnet_of(ctx, rules);

    if (rc == 0 && local)
        fwi_localnet_set(ctx, local->bridge, true);
    if (rc < 0 && c.committed > 0) {
        pp_host_log(ctx->host, PP_LOG_WARNING,
                    "owner \"%s\": one table refused its rules, so they are "
                    "removed from the others",
                    rules->owner);
        fwi_op_remove(self, rules->owner, NULL);
    }
    return rc;
}

static int
validate_all(const struct fwi *ctx, const pp_fw_all *all, pp_err *err)
{
    int rc = 0;

    if (!all || !PP_HAS(pp_fw_all, all, n_rules))
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "the set to sync is missing or too short");
    if (all->flags != 0)
        return fwi_fail(ctx, err, PP_E_NOTSUP, 0, "unknown flags 0x%x",
                        all->flags);
    for (uint32_t i = 0; rc == 0 && i < all->n_nets; i++)
        rc = fwi_net_validate(ctx, all->nets[i], err);
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++)
        rc = fwi_owner_validate(ctx, all->rules[i], err);
    return rc;
}

/* Move each rule of SHARE to WANT unless one like it is there. */
static int
merge_share(const struct fwi *ctx, struct fwi_rules *want,
            struct fwi_rules *share, pp_err *err)
{
    for (size_t i = 0; i < share->n; i++) {
        const struct fwi_placed *p = &share->v[i];
        size_t j = 0;

        while (j < want->n && !fwi_rule_equal(&want->v[j].rule, &p->rule))
            j++;
        if (j < want->n)
            continue;
        struct fwi_rule *rule = fwi_rules_add(want, p->chain);

        if (!rule)
            return fwi_oom(ctx, err);
        *rule = p->rule;
    }
    share->n = 0;
    return 0;
}

/* Owners come last: there are few rules to look through until then. */
static int
want_all(const struct fwi *ctx, struct fwi_change *c, const pp_fw_all *all,
         pp_err *err)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < all->n_nets; i++)
        rc = want_net(ctx, c, all->nets[i], err);
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++) {
        rc = want_share(ctx, c, all->rules[i], err);
        for (int j = 0; rc == 0 && j < 4; j++)
            rc = merge_share(ctx, &c->want[j / 2][j % 2],
                             &c->share[j / 2][j % 2], err);
    }
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++)
        rc = want_owner(ctx, c, all->rules[i], err);
    return rc;
}

int
fwi_op_sync(void *self, const pp_fw_all *all, pp_err *err)
{
    const struct fwi *ctx = self;
    struct fwi_change c = {.tag = NULL};
    int rc = validate_all(ctx, all, err);

    if (rc < 0)
        return rc;
    rc = want_all(ctx, &c, all, err);
    if (rc == 0)
        rc = fwi_change_run(ctx, &c, err);
    fwi_change_clear(&c);
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++) {
        const pp_fw_addr *addr = fwi_localnet_of(ctx, all->rules[i]);

        if (addr)
            fwi_localnet_set(ctx, addr->bridge, true);
    }
    return rc;
}
