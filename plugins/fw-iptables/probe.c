/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/probe.c - is this plugin of use here, and how is it
 */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "family.h"
#include "lock.h"
#include "names.h"

/* nftables is the better neighbour wherever both work: well below 100. */
#define SCORE_USABLE 50
#define SCORE_LOADABLE 10

struct text {
    const pp_host *host;
    pp_sink *sink;
    int rc;
};

__attribute__((format(printf, 2, 3))) static void
say(struct text *t, const char *fmt, ...)
{
    char line[FWI_WARNING_MAX];
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (t->rc < 0 || n < 0)
        return;
    if ((size_t)n >= sizeof line)
        n = sizeof line - 1;
    t->rc = t->host->put(t->sink, line, (size_t)n);
}

static int
score_of(const struct fwi_family *fam, struct text *why)
{
    int sys = fwi_family_usable(fam);

    if (sys == 0) {
        say(why, "legacy %s tables are in the running kernel\n", fam->name);
        return SCORE_USABLE;
    }
    if (sys == EACCES || sys == EPERM) {
        say(why, "legacy %s tables may not be read: not root\n", fam->name);
        return 0;
    }
    if (fwi_module_on_disk(fam->module)) {
        say(why,
            "legacy %s tables are not loaded; module %s is on disk, load it "
            "with modprobe\n",
            fam->name, fam->module);
        return SCORE_LOADABLE;
    }
    say(why, "this kernel has no legacy %s tables (no %s)\n", fam->name,
        fam->module);
    return 0;
}

int
fwi_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
          pp_err *err)
{
    struct text why = {host, probe->why, 0};
    char warning[FWI_WARNING_MAX];

    (void)config;
    int score = score_of(&fwi_ipv4, &why);
    unsigned neighbours = 0;

    score_of(&fwi_ipv6, &why);
    if (score > 0)
        neighbours = fwi_nft_neighbours();
    if (neighbours & FWI_NFT_FIREWALLD)
        say(&why, "warning: firewalld runs here and rejects what none of its "
                  "zones accepts, whatever is accepted here; \"polypod "
                  "firewall switch firewalld\" moves the rules into it\n");
    if (neighbours & FWI_NFT_IPTABLES)
        say(&why, "note: iptables-nft has tables here too; a packet must "
                  "pass both, and neither tool shows the other's rules: "
                  "iptables-nft-save shows those\n");
    if (score > 0 && fwi_foreign_warning(warning, sizeof warning))
        say(&why, "%s", warning);
    if (why.rc < 0)
        return pp_host_fail(host, err, PP_E_FULL, 0,
                            "no room for the reasons of the probe");
    probe->score = score;
    return 0;
}

static void
say_string(struct text *t, const char *s)
{
    say(t, "\"");
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\')
            say(t, "\\%c", c);
        else if (c < 0x20)
            say(t, "\\u%04x", c);
        else
            say(t, "%c", c);
    }
    say(t, "\"");
}

static void
say_family(struct text *t, const char *key, const struct fwi_family *fam)
{
    const char *sep = "";

    say(t, ",\"%s\":{\"usable\":%s,\"tables\":[", key,
        fwi_family_usable(fam) == 0 ? "true" : "false");
    for (int i = 0; i < FWI_TABLES; i++) {
        if (!fwi_table_exists(fam, fwi_table_names[i]))
            continue;
        say(t, "%s\"%s\"", sep, fwi_table_names[i]);
        sep = ",";
    }
    say(t, "]}");
}

int
fwi_status(void *self, pp_sink *json, pp_err *err)
{
    const struct fwi *ctx = self;
    struct text t = {ctx->host, json, 0};

    say(&t,
        "{\"version\":\"%s\",\"backend\":\"legacy\",\"lock\":", FWI_VERSION);
    say_string(&t, fwi_lock_path());
    say(&t, ",\"forward_chain\":");
    say_string(&t, ctx->forward);
    say(&t, ",\"admin_chain\":");
    say_string(&t, ctx->admin);
    say(&t, ",\"port_ranges\":\"%s\"", ctx->single_nat ? "single" : "shifted");
    say_family(&t, "ipv4", &fwi_ipv4);
    say_family(&t, "ipv6", &fwi_ipv6);
    say(&t, ",\"iptables_nft\":%s}",
        fwi_nft_neighbours() & FWI_NFT_IPTABLES ? "true" : "false");
    if (t.rc < 0)
        return fwi_fail(ctx, err, PP_E_FULL, 0, "no room for the status");
    return 0;
}
