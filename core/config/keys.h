/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/keys.h - the one table of the engine's keys, for the core
 *
 * A plugin's keys are in its own descriptor; ppc_key_of_plugin makes a row of
 * the same form, so that there is one way to check a value.
 */
#ifndef CORE_CONFIG_KEYS_H
#define CORE_CONFIG_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include <polypod/config.h>
#include <polypod/plugin.h>

#include "core/config/value.h"

/* ppc_key.rules, beyond type and range */
enum {
    PPC_RULE_NONEMPTY = 1,     /* never ""                                  */
    PPC_RULE_OPT_NONEMPTY = 2, /* "" in a file, not as an option            */
    PPC_RULE_EMPTY = 4,        /* "" is fine and means none                 */
    PPC_RULE_NAME = 8,         /* a plugin's name                           */
    PPC_RULE_SECRET = 16       /* the value is in no message                */
};

typedef struct ppc_key {
    pp_setting_key pub;
    uint32_t rules;
} ppc_key;

size_t ppc_key_count(void);
const ppc_key *ppc_key_at(size_t row);
/* The row of a key, or -1. */
int ppc_key_find(const char *section, const char *name);
bool ppc_key_has_section(const char *section);
/* state.NAME, firewall.NAME, network.NAME: what a plugin owns. */
bool ppc_section_is_plugin(const char *section);
/* [a-z0-9][a-z0-9-]{0,30} */
bool ppc_name_is_plugin(const char *name);
/* [a-z][a-z0-9_]* */
bool ppc_name_is_key(const char *name);

/* A row for a plugin's key; borrows its strings. */
ppc_key ppc_key_of_plugin(const char *section, const pp_key *key);

/* Check one value (one entry of a list) of a key. 0 | -PP_E_INVAL */
int ppc_key_check(const ppc_key *key, const char *text, int64_t *num,
                  ppc_why *why);

/* " (did you mean \"X\"?)" or "" for a section or key that is none. */
void ppc_key_hint(const char *section, const char *name, ppc_why *hint);
void ppc_section_hint(const char *section, ppc_why *hint);

#endif
