/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/sysctl.c - route_localnet of a bridge
 *
 * Without it the kernel drops what goes from 127.0.0.1 into a bridge, before
 * masquerading can change the source.  The chain "guard" keeps the reverse
 * way closed.
 */
#include "nft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* -1 if there is no such interface, or no IPv4. */
static int
open_file(const char *bridge, int flags)
{
    char path[128];

    if (!strcmp(bridge, ".") || !strcmp(bridge, "..") || strchr(bridge, '/'))
        return -1;
    snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%.15s/route_localnet",
             bridge);
    return open(path, flags | O_CLOEXEC);
}

static int
read_value(const char *bridge)
{
    int fd = open_file(bridge, O_RDONLY);
    char c = '\0';
    ssize_t n = 0;

    if (fd < 0)
        return -1;
    n = read(fd, &c, 1);
    close(fd);
    return n == 1 ? c - '0' : -1;
}

void
nft_localnet_set_bridge(const struct nft *nft, const char *bridge)
{
    int fd = -1;

    if (!nft->localnet || !bridge || read_value(bridge) != 0)
        return;
    fd = open_file(bridge, O_WRONLY);
    if (fd < 0 || write(fd, "1", 1) != 1)
        pp_host_log(nft->host, PP_LOG_WARNING,
                    "cannot set route_localnet of %s: %s; published ports "
                    "will not answer on 127.0.0.1",
                    bridge, strerror(errno));
    if (fd >= 0)
        close(fd);
}

void
nft_localnet_set(const struct nft *nft, const pp_fw_rules *r)
{
    for (uint32_t i = 0; r->n_ports > 0 && i < r->n_addrs; i++)
        nft_localnet_set_bridge(nft, r->addrs[i]->bridge);
}

/* *BRIDGE is one of the owner's whose value is 0. */
bool
nft_localnet_is_off(const struct nft *nft, const pp_fw_rules *r,
                    const char **bridge)
{
    for (uint32_t i = 0; r->n_ports > 0 && i < r->n_addrs; i++) {
        *bridge = r->addrs[i]->bridge;
        if (nft->localnet && *bridge && read_value(*bridge) == 0)
            return true;
    }
    return false;
}
