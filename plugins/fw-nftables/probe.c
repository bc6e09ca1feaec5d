/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/probe.c - can we work here, and what may defeat us
 *
 * Asks only: nothing is created.
 */
#include "nft.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#define PROBE_TIMEOUT INT64_C(5000000000)

static const char firewalld_warning[] =
    "warning: firewalld runs here and rejects what none of its zones accepts, "
    "whatever is accepted here; \"polypod firewall switch firewalld\" moves "
    "the rules into it\n";

#define MAX_DROPPERS 16

struct dropper {
    uint16_t family;
    char table[64];
    char chain[64];
};

struct look {
    const struct nft *nft;
    bool firewalld;
    size_t n;
    struct dropper v[MAX_DROPPERS];
};

static void
say(const struct nft *nft, pp_sink *why, const char *text)
{
    if (why)
        (void)nft->host->put(why, text, strlen(text));
}

static const char *
family_name(uint32_t family)
{
    return family == NFPROTO_IPV4   ? "ip"
           : family == NFPROTO_IPV6 ? "ip6"
                                    : "inet";
}

/* Its chains have the policy accept, and end in a reject. */
static bool
is_firewalld(const struct nftnl_chain *c)
{
    return nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY) == NFPROTO_INET &&
           !strcmp(nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE), "firewalld");
}

static void
keep(struct look *look, uint16_t family, const struct nftnl_chain *c)
{
    struct dropper *d = &look->v[look->n];

    if (look->n == MAX_DROPPERS)
        return;
    look->n++;
    d->family = family;
    snprintf(d->table, sizeof(d->table), "%s",
             nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE));
    snprintf(d->chain, sizeof(d->chain), "%s",
             nftnl_chain_get_str(c, NFTNL_CHAIN_NAME));
}

/* A foreign base chain that drops what it does not accept? */
static int
look_at_chain(const struct nlmsghdr *nlh, void *arg)
{
    struct look *look = arg;
    struct nftnl_chain *c = nftnl_chain_alloc();
    uint32_t family = 0;

    if (!c || nftnl_chain_nlmsg_parse(nlh, c) < 0) {
        errno = c ? EBADMSG : ENOMEM;
        if (c)
            nftnl_chain_free(c);
        return MNL_CB_ERROR;
    }
    family = nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY);
    if ((family == NFPROTO_IPV4 || family == NFPROTO_IPV6 ||
         family == NFPROTO_INET) &&
        nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM) &&
        nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM) == NF_INET_FORWARD &&
        (is_firewalld(c) ||
         nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_DROP) &&
        strcmp(nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE), look->nft->table)) {
        if (is_firewalld(c))
            look->firewalld = true;
        else
            keep(look, (uint16_t)family, c);
    }
    if (c)
        nftnl_chain_free(c);
    return MNL_CB_OK;
}

/* Those that do not let our bridges through. */
static void
tell_droppers(struct nft_nl *nl, const struct look *look,
              struct nft_foreign *foreign)
{
    struct nft_elems bridges = {0};
    int rc = look->n ? nft_dump_set(nl, SET_BRIDGES, NULL, &bridges) : 0;

    for (size_t i = 0; i < look->n; i++) {
        const struct dropper *d = &look->v[i];

        if (rc < 0 ||
            !nft_foreign_is_cured(nl, d->family, d->table, d->chain, &bridges))
            nft_foreign_add(foreign, family_name(d->family), d->table,
                            d->chain);
    }
    nft_elems_clear(&bridges);
}

static int
probe_kernel(struct nft_nl *nl, struct nft_foreign *foreign)
{
    char buf[256];
    struct look look = {.nft = nl->nft};
    int rc = nft_nl_read_gen(nl);

    if (rc < 0)
        return rc;
    do {
        look.n = 0;
        look.firewalld = false;
        rc = nft_nl_query(nl,
                          nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETCHAIN,
                                                AF_UNSPEC, NLM_F_DUMP, 0),
                          look_at_chain, &look);
    } while (rc < 0 && nft_nl_again(nl, rc));
    foreign->firewalld = look.firewalld;
    if (rc == 0)
        tell_droppers(nl, &look, foreign);
    return rc;
}

int
nft_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
          pp_err *err)
{
    struct nft nft = {.host = host, .timeout = PROBE_TIMEOUT};
    struct nft_foreign foreign = {0};
    struct nft_nl nl;
    char line[256];
    int rc = 0;

    nft.table = config ? host->cfg_str(config, "table") : NULL;
    if (!nft.table)
        nft.table = "polypod";
    probe->score = 0;
    rc = nft_nl_open(&nl, &nft, err);
    if (rc == 0) {
        rc = probe_kernel(&nl, &foreign);
        nft_nl_close(&nl);
        if (rc == -EPERM)
            snprintf(line, sizeof(line), "CAP_NET_ADMIN is missing\n");
        else if (rc < 0)
            snprintf(line, sizeof(line),
                     "the kernel has no nf_tables (module nf_tables): %s\n",
                     strerror(-rc));
    } else {
        snprintf(line, sizeof(line), "no netlink socket to netfilter\n");
    }
    if (rc < 0) {
        say(&nft, probe->why, line);
        return 0;
    }
    probe->score = 100;
    say(&nft, probe->why, "nf_tables answers\n");
    if (nft_foreign_legacy(&foreign))
        say(&nft, probe->why,
            "note: tables of legacy iptables exist here, too; what they drop "
            "stays dropped, iptables-legacy-save shows it\n");
    if (foreign.firewalld)
        say(&nft, probe->why, firewalld_warning);
    nft_foreign_say(&foreign, host, probe->why);
    return 0;
}
