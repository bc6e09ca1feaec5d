/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/localnet.c - published ports on 127.0.0.1, without the price
 *
 * A connection from 127.0.0.1 can only leave through a bridge that has
 * route_localnet; but then the bridge also lets containers in to whatever
 * listens on the host's loopback.  So each such bridge gets a guard in front
 * of INPUT first, and the switch is turned after it stands.
 */
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "family.h"

void
fwi_localnet_guard(const char *net, const char *bridge, struct fwi_rule *rule)
{
    char tag[FWI_COMMENT_MAX];

    memset(rule, 0, sizeof *rule);
    fwi_net_tag(net, tag);
    fwi_rule_set_comment(rule, tag);
    fwi_rule_set_target(rule, "DROP");
    memcpy(rule->in, bridge, strnlen(bridge, sizeof rule->in - 1));
    rule->dst[0] = 127;
    rule->dst_bits = 8;
    rule->ctstate = FWI_CT_RELATED | FWI_CT_ESTABLISHED;
    rule->inv = FWI_NOT_CTSTATE;
}

int
fwi_localnet_add(const struct fwi *ctx, const pp_fw_addr *addr,
                 struct fwi_rules *out, pp_err *err)
{
    struct fwi_rule guard;

    fwi_localnet_guard(addr->net, addr->bridge, &guard);
    for (size_t i = 0; i < out->n; i++) {
        if (fwi_rule_equal(&out->v[i].rule, &guard))
            return 0;
    }
    struct fwi_rule *rule = fwi_rules_add(out, ctx->localnet);

    if (!rule)
        return fwi_oom(ctx, err);
    *rule = guard;
    return 0;
}

int
fwi_localnet_ensure(struct fwi_table *t, const pp_fw_addr *addr, pp_err *err)
{
    const struct fwi_family *fam = t->fam;
    struct fwi_rule guard;
    struct fwi_rule rule;

    fwi_localnet_guard(addr->net, addr->bridge, &guard);
    for (const void *e = fam->first_rule(t->ctx->localnet, t->h); e;
         e = fam->next_rule(e, t->h)) {
        fwi_rule_decode(e, fam, t->h, &rule);
        if (fwi_rule_equal(&rule, &guard))
            return 0;
    }
    return fwi_table_append(t, t->ctx->localnet, &guard, err);
}

void
fwi_localnet_set(const struct fwi *ctx, const char *bridge, bool on)
{
    char path[64];
    char was = '?';
    const char want = on ? '1' : '0';

    snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%.15s/route_localnet",
             bridge);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        ssize_t n = read(fd, &was, 1);

        close(fd);
        if (n == 1 && was == want)
            return;
        fd = open(path, O_WRONLY | O_CLOEXEC);
    }
    int sys = errno;

    if (fd >= 0) {
        bool ok = write(fd, &want, 1) == 1;

        sys = errno;
        close(fd);
        if (ok)
            return;
    }
    if (!on && sys == ENOENT)
        return; /* the bridge has gone, and its switch with it */
    pp_host_log(ctx->host, PP_LOG_WARNING, "cannot set %s to %c: %s%s", path,
                want, strerror(sys),
                on ? "; published ports do not answer on 127.0.0.1" : "");
}

void
fwi_localnet_close(struct fwi_table *t, const char *tag)
{
    const struct fwi_family *fam = t->fam;
    struct fwi_rule rule;

    for (const void *e = fam->first_rule(t->ctx->localnet, t->h); e;
         e = fam->next_rule(e, t->h)) {
        const char *comment = fwi_entry_comment(e, fam);

        if (!comment || strcmp(comment, tag) != 0)
            continue;
        fwi_rule_decode(e, fam, t->h, &rule);
        if (!rule.foreign && rule.in[0] && fwi_iface_valid(rule.in))
            fwi_localnet_set(t->ctx, rule.in, false);
    }
}
