/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/plugin.c - the descriptor, the keys, open and close
 */
#include "fwd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_BUS "unix:path=/run/dbus/system_bus_socket"
#define DEFAULT_TIMEOUT INT64_C(10000000000)

static const pp_key key_zone = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_STRING,
    .name = "zone",
    .def = "trusted",
    .help = "zone of firewalld that the addresses of containers belong to",
};

static const pp_key key_bus = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_STRING,
    .name = "bus",
    .def = DEFAULT_BUS,
    .help = "address of the D-Bus on which firewalld is",
};

static const pp_key key_timeout = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_DURATION,
    .name = "timeout",
    .def = "10s",
    .range = "100ms..10m",
    .help = "how long firewalld may take for one answer",
};

static const pp_key key_priority = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_INT,
    .name = "priority",
    .def = "100",
    .range = "-10000..10000",
    .help = "of our jumps; direct rules with a lower one come first",
};

static const pp_key key_localnet = {
    .struct_size = sizeof(pp_key),
    .type = PP_KEY_BOOL,
    .name = "route_localnet",
    .def = "yes",
    .help = "let published ports answer on 127.0.0.1",
};

static const pp_key *const keys[] = {&key_zone,     &key_bus,      &key_timeout,
                                     &key_priority, &key_localnet, NULL};

/* Sockets only: an address could also name a program to run. */
static bool
is_socket(const char *bus)
{
    return (!strncmp(bus, "unix:path=/", 11) ||
            !strncmp(bus, "unix:abstract=", 14)) &&
           !strchr(bus, ';');
}

/* CONFIG may be NULL, as for a probe. */
int
fwd_configure(struct fwd *fwd, const pp_host *host, const pp_config *config,
              pp_err *err)
{
    const char *zone = config ? host->cfg_str(config, "zone") : NULL;
    const char *bus = config ? host->cfg_str(config, "bus") : NULL;

    fwd->host = host;
    fwd->zone = zone ? zone : "trusted";
    fwd->bus = bus ? bus : DEFAULT_BUS;
    fwd->timeout = config ? host->cfg_int(config, "timeout") : DEFAULT_TIMEOUT;
    fwd->priority = 100;
    fwd->localnet = true;
    if (config) {
        fwd->priority = (int32_t)host->cfg_int(config, "priority");
        fwd->localnet = host->cfg_int(config, "route_localnet") != 0;
    }
    if (!fwd_name_valid(fwd->zone, 64))
        return pp_host_fail(host, err, PP_E_INVAL, 0,
                            "[firewall.firewalld] zone: \"%.80s\" is not a "
                            "zone's name",
                            fwd->zone);
    if (!is_socket(fwd->bus))
        return pp_host_fail(host, err, PP_E_INVAL, 0,
                            "[firewall.firewalld] bus: \"%.200s\" is not "
                            "unix:path=/PATH or unix:abstract=NAME",
                            fwd->bus);
    return 0;
}

static int
fwd_open(const pp_host *host, const pp_config *config, void **self, pp_err *err)
{
    const char *dir = host->dir(host->ctx, PP_DIR_RUN);
    size_t n = (dir ? strlen(dir) : 0) + sizeof("/firewalld.lock");
    struct fwd *fwd = NULL;
    char *lock = NULL;
    int rc = 0;

    if (!dir)
        return pp_host_fail(host, err, PP_E_IO, 0,
                            "the host gives no folder for the lock");
    fwd = calloc(1, sizeof(*fwd) + n);
    if (!fwd)
        return pp_host_fail(host, err, PP_E_NOMEM, 0, "out of memory");
    rc = fwd_configure(fwd, host, config, err);
    if (rc < 0) {
        free(fwd);
        return rc;
    }
    lock = (char *)(fwd + 1);
    snprintf(lock, n, "%s/firewalld.lock", dir);
    fwd->lock = lock;
    *self = fwd;
    return 0;
}

static void
fwd_close(void *self)
{
    free(self);
}

int
fwd_caps(void *self, uint64_t *caps, pp_err *err)
{
    (void)self;
    (void)err;
    *caps = PP_FW_CAP_FILTER | PP_FW_CAP_MASQUERADE | PP_FW_CAP_PORTS |
            PP_FW_CAP_ISOLATE | PP_FW_CAP_PORT_RANGES;
    if (access("/proc/net/if_inet6", F_OK) == 0)
        *caps |= PP_FW_CAP_IPV6;
    return 0;
}

static const pp_fw_ops ops = {
    .struct_size = sizeof(pp_fw_ops),
    .caps = fwd_caps,
    .net_up = fwd_net_up,
    .net_down = fwd_net_down,
    .apply = fwd_apply,
    .remove = fwd_remove,
    .check = fwd_check,
    .list = fwd_owners,
    .sync = fwd_sync,
    .net_check = fwd_net_check,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_FW,
    .name = "firewalld",
    .version = FWD_VERSION,
    .summary = "firewalld over D-Bus: zone sources and direct rules",
    .license = "GPL-2.0-or-later",
    .threads = PP_THREADS_PER_INSTANCE,
    .keys = keys,
    .ops = &ops,
    .probe = fwd_probe,
    .open = fwd_open,
    .close = fwd_close,
    .status = fwd_status,
};
