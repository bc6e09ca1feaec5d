/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/plugin.c - the descriptor, instances, and status
 */
#include "nft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.1.0"

static const pp_key key_table = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_STRING,
    .name = "table",
    .def = "polypod",
    .help = "name of the table of family inet that holds everything",
};

static const pp_key key_admin = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_STRING,
    .name = "admin_chain",
    .def = "admin",
    .help = "chain for the administrator's own rules, evaluated first",
};

static const pp_key key_localnet = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_BOOL,
    .name = "route_localnet",
    .def = "yes",
    .help = "let published ports answer on 127.0.0.1",
};

static const pp_key key_timeout = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_DURATION,
    .name = "timeout",
    .def = "10s",
    .range = "100ms..10m",
    .help = "how long a change is tried again while others change rules",
};

static const pp_key *const keys[] = {&key_table, &key_admin, &key_localnet,
                                     &key_timeout, NULL};

/* A name that nft(8) reads back without quotes. */
static bool
is_name(const char *s)
{
    static const char more[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t n = s ? strspn(s, more) : 0;

    return n > 0 && n < 64 && s[n] == '\0' && strspn(s, more + 52) == 0;
}

static int
nft_open(const pp_host *host, const pp_config *config, void **self, pp_err *err)
{
    const char *table = host->cfg_str(config, "table");
    const char *admin = host->cfg_str(config, "admin_chain");
    struct nft *nft = NULL;

    if (!is_name(table))
        return pp_host_fail(host, err, PP_E_INVAL, 0,
                            "[firewall.nftables] table: \"%.80s\" is not a "
                            "name of letters, digits, _ and -",
                            table ? table : "");
    if (!is_name(admin) || nft_chain_is_ours(admin))
        return pp_host_fail(host, err, PP_E_INVAL, 0,
                            "[firewall.nftables] admin_chain: \"%.80s\" is "
                            "not a name, or is one of our own chains",
                            admin ? admin : "");
    nft = calloc(1, sizeof(*nft) + sizeof(*nft->kept));
    if (!nft)
        return pp_host_fail(host, err, PP_E_NOMEM, 0, "out of memory");
    nft->kept = (struct nft_socket *)(nft + 1);
    nft->host = host;
    nft->table = table;
    nft->admin = admin;
    nft->localnet = host->cfg_int(config, "route_localnet") != 0;
    nft->timeout = host->cfg_int(config, "timeout");
    if (nft->timeout < 1000000)
        nft->timeout = INT64_C(10000000000);
    *self = nft;
    return 0;
}

static void
nft_close(void *self)
{
    struct nft *nft = self;

    nft_nl_drop(nft->kept);
    free(nft);
}

static int
nft_caps(void *self, uint64_t *caps, pp_err *err)
{
    (void)self;
    (void)err;
    *caps = PP_FW_CAP_FILTER | PP_FW_CAP_MASQUERADE | PP_FW_CAP_PORTS |
            PP_FW_CAP_ISOLATE;
    if (access("/proc/net/if_inet6", F_OK) == 0)
        *caps |= PP_FW_CAP_IPV6;
    return 0;
}

/* {"driver":"nftables",...}; names were checked by open() and need no escape */
int
nft_status(void *self, pp_sink *json, pp_err *err)
{
    const struct nft *nft = self;
    struct nft_skeleton k;
    struct nft_elems all = {0};
    size_t count[SET_COUNT] = {0};
    char drift[256] = "";
    char out[1024];
    struct nft_nl nl;
    int rc = nft_nl_open(&nl, nft, err);

    if (rc < 0)
        return rc;
    do {
        nft_elems_clear(&all);
        drift[0] = '\0';
        rc = nft_nl_read_gen(&nl);
        if (rc == 0)
            rc = nft_table_inspect(&nl, &k, drift, sizeof(drift));
        if (rc == 0)
            rc = nft_dump_all(&nl, 0, SET_COUNT - 1, NULL, &all);
    } while (rc < 0 && nft_nl_again(&nl, rc));
    if (rc < 0)
        rc = nft_nl_fail(&nl, rc, "reading", "status", err);
    nft_nl_close(&nl);
    for (size_t i = 0; i < all.n; i++)
        count[all.v[i].set]++;
    nft_elems_clear(&all);
    if (rc < 0)
        return rc;
    snprintf(out, sizeof(out),
             "{\"driver\":\"nftables\",\"version\":\"%s\",\"table\":\"inet "
             "%s\",\"admin_chain\":\"%s\",\"present\":%s,\"intact\":%s,"
             "\"generation\":%u,\"chains\":%u,\"sets\":%u,\"rules\":%u,"
             "\"owners\":%zu,\"addresses\":%zu,\"ports\":%zu,"
             "\"bridges\":%zu}",
             VERSION, nft->table, nft->admin, k.table ? "true" : "false",
             drift[0] ? "false" : "true", nl.gen, nft_chain_count(),
             (unsigned)SET_COUNT, nft_rule_count(), count[SET_OWNERS],
             count[SET_ADDR4] + count[SET_ADDR6],
             count[SET_PORT4] + count[SET_PORT6] + count[SET_HOSTPORT4] +
                 count[SET_HOSTPORT6],
             count[SET_BRIDGES]);
    return nft->host->put(json, out, strlen(out));
}

static const pp_fw_ops ops = {
    .struct_size = sizeof(pp_fw_ops),
    .caps = nft_caps,
    .net_up = nft_net_up,
    .net_down = nft_net_down,
    .apply = nft_apply,
    .remove = nft_remove,
    .check = nft_check,
    .list = nft_list,
    .sync = nft_sync,
    .net_check = nft_net_check,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_FW,
    .name = "nftables",
    .version = VERSION,
    .summary = "firewall by nf_tables: constant rules over sets and maps",
    .license = "GPL-2.0-or-later",
    .threads = PP_THREADS_PER_INSTANCE,
    .keys = keys,
    .ops = &ops,
    .probe = nft_probe,
    .open = nft_open,
    .close = nft_close,
    .status = nft_status,
};
