/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-none/none.c - a firewall that does nothing, and says so
 *
 * For hosts whose rules somebody else makes, and for containers without a
 * network of their own.  What it cannot do it refuses instead of pretending:
 * a published port, or a network that must be closed.
 */
#include <polypod/firewall.h>

/* One instance serves: it holds nothing but the host it talks to. */
static int
none_open(const pp_host *host, const pp_config *config, void **self,
          pp_err *err)
{
    (void)config;
    (void)err;
    *self = (void *)(uintptr_t)host;
    return 0;
}

static void
none_close(void *self)
{
    (void)self;
}

static int
none_caps(void *self, uint64_t *caps, pp_err *err)
{
    (void)self;
    (void)err;
    *caps = 0;
    return 0;
}

/* Isolation that is asked for and not given would be a hole. */
static int
none_net_up(void *self, const pp_fw_net *net, pp_err *err)
{
    if (net->flags & (PP_FW_ISOLATE | PP_FW_INTERNAL))
        return pp_host_fail(self, err, PP_E_NOTSUP, 0,
                            "network %s can't be isolated or internal with "
                            "the firewall driver none; set driver in "
                            "[firewall] to nftables or iptables",
                            net->net);
    return 0;
}

static int
none_named(void *self, const char *name, pp_err *err)
{
    (void)self;
    (void)name;
    (void)err;
    return 0;
}

static int
none_apply(void *self, const pp_fw_rules *rules, pp_err *err)
{
    if (rules->n_ports > 0)
        return pp_host_fail(self, err, PP_E_NOTSUP, 0,
                            "owner %s: ports can't be published with the "
                            "firewall driver none; set driver in [firewall] "
                            "to nftables or iptables",
                            rules->owner);
    return 0;
}

static int
none_list(void *self, pp_sink *owners, pp_err *err)
{
    (void)self;
    (void)owners;
    (void)err;
    return 0;
}

static int
none_sync(void *self, const pp_fw_all *all, pp_err *err)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < all->n_nets; i++)
        rc = none_net_up(self, all->nets[i], err);
    for (uint32_t i = 0; rc == 0 && i < all->n_rules; i++)
        rc = none_apply(self, all->rules[i], err);
    return rc;
}

static int
none_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
           pp_err *err)
{
    static const char why[] = "does nothing; only if asked for by name\n";

    (void)config;
    (void)err;
    probe->score = 1;
    return probe->why ? host->put(probe->why, why, sizeof(why) - 1) : 0;
}

static int
none_status(void *self, pp_sink *json, pp_err *err)
{
    static const char text[] = "{\"driver\":\"none\",\"does\":\"nothing\"}";
    const pp_host *host = self;

    (void)err;
    return host->put(json, text, sizeof(text) - 1);
}

static const pp_fw_ops ops = {
    .struct_size = sizeof(pp_fw_ops),
    .caps = none_caps,
    .net_up = none_net_up,
    .net_down = none_named,
    .apply = none_apply,
    .remove = none_named,
    .check = none_apply,
    .list = none_list,
    .sync = none_sync,
    .net_check = none_net_up,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_FW,
    .name = "none",
    .version = "0.1.0",
    .summary = "no firewall: makes no rules and publishes no ports",
    .license = "GPL-2.0-or-later",
    .threads = PP_THREADS_PARALLEL,
    .ops = &ops,
    .probe = none_probe,
    .open = none_open,
    .close = none_close,
    .status = none_status,
};
