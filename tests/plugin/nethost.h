/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/plugin/nethost.h - a small host for one network plugin
 *
 * Serves configuration from the descriptor's defaults and from KEY=VALUE
 * words, logs to standard error and really runs helpers.
 */
#ifndef NETHOST_H
#define NETHOST_H

#include <polypod/plugin.h>

#include <stdbool.h>

struct pp_err {
    int code;
    char text[1016];
};

struct pp_sink {
    char *p;
    size_t n;
    size_t max;
};

#define HOST_MAX_SET 32

struct pp_config {
    const pp_plugin *plugin;
    const char *set[HOST_MAX_SET]; /* KEY=VALUE, borrowed */
    unsigned n_set;
};

struct pp_host_ctx {
    const char *dir;
    uint32_t level; /* log up to this one */
};

void host_init(pp_host *host, pp_host_ctx *ctx);

/* False when the plugin has no key of that name or the table is full. */
bool host_set(pp_config *config, const char *word);

/* A sink of 16 MiB; exits without memory. */
pp_sink *host_sink(void);
void host_sink_free(pp_sink *sink);

#endif
