/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/config.h - a plugin's configuration, made of key=value texts
 *
 * What the engine reads from a file, for those who load a plugin without the
 * engine.  Texts are borrowed: they outlive the plugin's instance.
 */
#ifndef POLYPOD_KIT_CONFIG_H
#define POLYPOD_KIT_CONFIG_H

#include <polypod/plugin.h>

#define KIT_MAX_PAIRS 64

struct pp_config {
    const pp_plugin *plugin;
    const char *pairs[KIT_MAX_PAIRS]; /* key=value */
    size_t n;
};

/* Every text names a key and fits it, required keys are given: NULL.
 * Otherwise why not; *what is the text or the name of the key. */
const char *kit_config_fault(const pp_config *cfg, const char **what);

/* The number behind a text; *ok is 0 if the text does not fit the key. */
int64_t kit_value(const pp_key *key, const char *text, int *ok);

/* As in pp_host. */
const char *kit_cfg_str(const pp_config *cfg, const char *key);
int64_t kit_cfg_int(const pp_config *cfg, const char *key);
const char *kit_cfg_next(const pp_config *cfg, const char *key,
                         const char *prev);

#endif
