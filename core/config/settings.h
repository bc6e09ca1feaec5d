/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/settings.h - what the engine itself needs of its settings
 *
 * A plugin's section, [KIND.NAME] (state.bdb, firewall.nftables,
 * network.cni), is kept raw with its file and line until the plugin is
 * loaded; then it is bound to the plugin's own key table and checked before
 * open() sees it.
 */
#ifndef CORE_CONFIG_SETTINGS_H
#define CORE_CONFIG_SETTINGS_H

#include <polypod/config.h>
#include <polypod/plugin.h>

#include "core/util/cleanup.h"

PP_DEFINE_CLEANUP(pp_settings *, pp_settings_free);

/*
 * Bind a section to a plugin's keys: validate it and give a view that the
 * cfg_* host functions read.  The view lives until the settings are freed.
 *
 * section  "state.bdb"
 * keys     may be NULL: the plugin has none
 * returns  0 | -PP_E_CONFIG (FILE:LINE: [section] key: ...)
 */
int ppc_settings_bind(pp_settings *s, const char *section,
                      const pp_key *const *keys, const pp_config **view,
                      pp_err *err);

/* The cfg_* functions of the host table. */
const char *ppc_view_str(const pp_config *view, const char *key);
int64_t ppc_view_int(const pp_config *view, const char *key);
const char *ppc_view_next(const pp_config *view, const char *key,
                          const char *prev);

#endif
