/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/plugin/fwhost.h - a small host for one plugin, without the engine
 *
 * Serves configuration from the descriptor's defaults and from KEY=VALUE
 * words, logs to standard error, collects sinks in memory and runs helpers.
 */
#ifndef FWHOST_H
#define FWHOST_H

#include <polypod/plugin.h>

#include <stdbool.h>

struct pp_err {
    int code;
    int sys;
    char text[2048];
};

struct pp_sink {
    char *p;
    size_t n;
    size_t cap;
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

/* Fill HOST so that its services work on CTX; neither is copied. */
void host_init(pp_host *host, pp_host_ctx *ctx);

/* False when the plugin has no key of that name or the table is full. */
bool host_set(pp_config *config, const char *word);

void sink_clear(pp_sink *sink);

#endif
