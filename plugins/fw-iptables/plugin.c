/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/plugin.c - the descriptor, the keys, open and close
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "family.h"
#include "ops.h"
#include "probe.h"

static const pp_key key_lock_timeout = {
    sizeof(pp_key),
    PP_KEY_DURATION,
    0,
    0,
    "lock_timeout",
    "5s",
    NULL,
    "how long to wait for the xtables lock"};
static const pp_key key_forward_chain = {
    sizeof(pp_key),
    PP_KEY_STRING,
    0,
    0,
    "forward_chain",
    "CNI-FORWARD",
    NULL,
    "chain of table filter with the owners' rules, shared with CNI plugins"};
static const pp_key key_admin_chain = {
    sizeof(pp_key),
    PP_KEY_STRING,
    0,
    0,
    "admin_chain",
    "CNI-ADMIN",
    NULL,
    "the administrator's chain, evaluated first and never changed"};
static const pp_key key_chain_prefix = {
    sizeof(pp_key),
    PP_KEY_STRING,
    0,
    0,
    "chain_prefix",
    "POLYPOD",
    NULL,
    "how the names of all other chains begin"};
static const pp_key key_localnet = {sizeof(pp_key),
                                    PP_KEY_BOOL,
                                    0,
                                    0,
                                    "route_localnet",
                                    "yes",
                                    NULL,
                                    "let published ports answer on 127.0.0.1"};

static const pp_key *const keys[] = {&key_lock_timeout, &key_forward_chain,
                                     &key_admin_chain,  &key_chain_prefix,
                                     &key_localnet,     NULL};

/* A chain's name must not be a target of the kernel's or hide an option. */
static int
check_chain(const struct fwi *ctx, const char *key, const char *name,
            size_t max, pp_err *err)
{
    static const char *const taken[] = {
        "INPUT",  "FORWARD",     "OUTPUT", "PREROUTING", "ACCEPT", "DROP",
        "RETURN", "POSTROUTING", "DNAT",   "MASQUERADE", "ERROR",  "QUEUE"};

    if (!fwi_name_valid(name, max) || name[0] == '-')
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "%s: \"%s\" is not 1 to %zu of A-Z a-z 0-9 _ . -", key,
                        name ? name : "", max);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(name, taken[i]) == 0)
            return fwi_fail(ctx, err, PP_E_INVAL, 0,
                            "%s: \"%s\" is the kernel's", key, name);
    }
    return 0;
}

static void
set_chains(struct fwi *ctx, const char *prefix)
{
    const int n = FWI_PREFIX_MAX;

    snprintf(ctx->dnat, sizeof ctx->dnat, "%.*s-DNAT", n, prefix);
    snprintf(ctx->masq, sizeof ctx->masq, "%.*s-MASQ", n, prefix);
    snprintf(ctx->iso1, sizeof ctx->iso1, "%.*s-ISOLATION-1", n, prefix);
    snprintf(ctx->iso2, sizeof ctx->iso2, "%.*s-ISOLATION-2", n, prefix);
    snprintf(ctx->localnet, sizeof ctx->localnet, "%.*s-LOCALNET", n, prefix);
}

static int
configure(struct fwi *ctx, const pp_config *config, pp_err *err)
{
    const pp_host *host = ctx->host;
    const size_t max = 28; /* the kernel's, without the NUL */
    const char *prefix = host->cfg_str(config, "chain_prefix");

    ctx->forward = host->cfg_str(config, "forward_chain");
    ctx->admin = host->cfg_str(config, "admin_chain");
    ctx->lock_timeout = host->cfg_int(config, "lock_timeout");
    int rc = check_chain(ctx, "forward_chain", ctx->forward, max, err);

    if (rc == 0)
        rc = check_chain(ctx, "admin_chain", ctx->admin, max, err);
    if (rc == 0)
        rc = check_chain(ctx, "chain_prefix", prefix, FWI_PREFIX_MAX, err);
    if (rc < 0)
        return rc;
    if (strcmp(ctx->forward, ctx->admin) == 0)
        return fwi_fail(ctx, err, PP_E_INVAL, 0,
                        "forward_chain and admin_chain are both \"%s\"",
                        ctx->admin);
    if (ctx->lock_timeout < 0)
        ctx->lock_timeout = 0;
    set_chains(ctx, prefix);
    ctx->localnet_on = host->cfg_int(config, "route_localnet") != 0;
    ctx->single_nat = fwi_ipv4.lacks_dnat(2);
    return 0;
}

static int
open_instance(const pp_host *host, const pp_config *config, void **self,
              pp_err *err)
{
    struct fwi *ctx = calloc(1, sizeof *ctx);

    if (!ctx)
        return pp_host_fail(host, err, PP_E_NOMEM, 0, "out of memory");
    ctx->host = host;
    int rc = configure(ctx, config, err);

    if (rc < 0) {
        free(ctx);
        return rc;
    }
    *self = ctx;
    return 0;
}

static void
close_instance(void *self)
{
    free(self);
}

static const pp_fw_ops ops = {
    .struct_size = sizeof(pp_fw_ops),
    .caps = fwi_op_caps,
    .net_up = fwi_op_net_up,
    .net_down = fwi_op_net_down,
    .apply = fwi_op_apply,
    .remove = fwi_op_remove,
    .check = fwi_op_check,
    .list = fwi_op_list,
    .sync = fwi_op_sync,
    .net_check = fwi_op_net_check,
};

/* libiptc keeps the name of its last call in a static variable: serial. */
PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_FW,
    .name = "iptables",
    .version = FWI_VERSION,
    .summary = "legacy iptables tables through libiptc",
    .license = "GPL-2.0-or-later",
    .threads = PP_THREADS_SERIAL,
    .keys = keys,
    .ops = &ops,
    .probe = fwi_probe,
    .open = open_instance,
    .close = close_instance,
    .status = fwi_status,
};
