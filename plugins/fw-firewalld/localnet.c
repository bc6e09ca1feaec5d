/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/localnet.c - route_localnet of a bridge
 *
 * Without it the kernel drops what goes from 127.0.0.1 into a bridge, before
 * masquerading can change the source.  With it, containers could reach the
 * host's loopback; our chain at INPUT keeps that closed and stands first.
 */
#include "fwd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The address to which a port on 127.0.0.1 leads, if that needs anything. */
const pp_fw_addr *
fwd_localnet_of(const struct fwd *fwd, const pp_fw_rules *r)
{
    const pp_fw_addr *a = fwd_owner_target(r, false);

    if (!fwd->localnet || !a || !a->bridge || !a->net ||
        !fwd_owner_publishes(r, false))
        return NULL;
    return a;
}

/* -1 if there is no such interface, or no IPv4. */
static int
open_file(const char *bridge, int flags)
{
    char path[80];

    snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%.15s/route_localnet",
             bridge);
    return open(path, flags | O_CLOEXEC);
}

/* '0', '1', or '?' for one that cannot be read. */
static char
read_value(const char *bridge)
{
    int fd = open_file(bridge, O_RDONLY);
    char c = '?';

    if (fd < 0)
        return c;
    if (read(fd, &c, 1) != 1)
        c = '?';
    close(fd);
    return c;
}

bool
fwd_localnet_is_off(const char *bridge)
{
    return read_value(bridge) == '0';
}

void
fwd_localnet_set(const struct fwd *fwd, const char *bridge, bool on)
{
    char want = on ? '1' : '0';
    char was = read_value(bridge);
    int fd = -1;
    bool ok = false;
    int sys = 0;

    if (was == want || was == '?')
        return;
    fd = open_file(bridge, O_WRONLY);
    ok = fd >= 0 && write(fd, &want, 1) == 1;
    sys = errno;
    if (fd >= 0)
        close(fd);
    if (!ok)
        pp_host_log(fwd->host, PP_LOG_WARNING,
                    "cannot set route_localnet of %s to %c: %s%s", bridge, want,
                    strerror(sys),
                    on ? "; published ports do not answer on 127.0.0.1" : "");
}

/* Bridges that were guarded by one of HAVE and by none of LEFT any more. */
void
fwd_localnet_close(const struct fwd *fwd, const struct fwd_list *have,
                   const struct fwd_list *left)
{
    for (size_t i = 0; i < have->n; i++) {
        struct fwd_words w;
        const char *bridge = NULL;

        if (fwd_list_has(left, have->v[i]) ||
            fwd_words_split(&w, have->v[i]) < 0)
            continue;
        bridge = fwd_words_after(&w, "-i");
        if (!strcmp(w.v[2], FWD_GUARD) && bridge && fwd_iface_valid(bridge))
            fwd_localnet_set(fwd, bridge, false);
        fwd_words_clear(&w);
    }
}
