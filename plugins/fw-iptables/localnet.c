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
#include "owner.h"

#define SWITCH_PATH 64

const pp_fw_addr *
fwi_localnet_of(const struct fwi *ctx, const pp_fw_rules *rules)
{
    const pp_fw_addr *addr = fwi_owner_port_addr(rules, &fwi_ipv4);

    if (!ctx->localnet_on || !addr || !addr->bridge || !addr->net ||
        !fwi_owner_has_ports(rules, &fwi_ipv4))
        return NULL;
    return addr;
}

int
fwi_localnet_guard(const struct fwi *ctx, const char *bridge, const char *tag,
                   struct fwi_rules *out)
{
    struct fwi_rule *rule = fwi_rules_add_to(out, ctx->localnet, "DROP", tag);

    if (!rule)
        return -1;
    memcpy(rule->in, bridge, strnlen(bridge, sizeof rule->in - 1));
    rule->dst[0] = 127;
    rule->dst_bits = 8;
    rule->ctstate = FWI_CT_RELATED | FWI_CT_ESTABLISHED;
    rule->inv = FWI_NOT_CTSTATE;
    return 0;
}

static int
open_switch(const char *bridge, int flags, char *path, size_t size)
{
    snprintf(path, size, "/proc/sys/net/ipv4/conf/%.15s/route_localnet",
             bridge);
    return open(path, flags | O_CLOEXEC);
}

/* returns  '0' or '1' | '?': it cannot be read, errno says why */
static char
read_switch(const char *bridge)
{
    char path[SWITCH_PATH];
    char was = '?';
    int fd = open_switch(bridge, O_RDONLY, path, sizeof path);

    if (fd < 0)
        return was;
    if (read(fd, &was, 1) != 1)
        was = '?';
    close(fd);
    return was;
}

int
fwi_localnet_check(const struct fwi *ctx, const char *bridge, pp_err *err)
{
    if (read_switch(bridge) != '0')
        return 0;
    return fwi_fail(ctx, err, PP_E_DRIFT, 0,
                    "route_localnet of \"%s\": wanted 1, found 0", bridge);
}

void
fwi_localnet_set(const struct fwi *ctx, const char *bridge, bool on)
{
    char path[SWITCH_PATH];
    const char want = on ? '1' : '0';

    if (read_switch(bridge) == want)
        return;
    int fd = open_switch(bridge, O_WRONLY, path, sizeof path);
    bool ok = fd >= 0 && write(fd, &want, 1) == 1;
    int sys = errno;

    if (fd >= 0)
        close(fd);
    if (ok || (!on && sys == ENOENT))
        return; /* or the bridge has gone, and its switch with it */
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
