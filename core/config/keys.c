/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/keys.c - questions to the key table; see keys.h */
#include "core/config/keys.h"

#include <string.h>

#include "core/config/table.h"
#include "core/util/nearest.h"

static const char *const kinds[] = {"state", "firewall", "network"};

/* The names of libpod (2018) that stand elsewhere here. */
static const struct {
    const char *old;
    const char *now;
} moved[] = {
    {"pause_image", "[engine] infra_image"},
    {"pause_command", "[engine] infra_command"},
    {"cni_config_dir", "[network.cni] cni_config_dir"},
    {"cni_plugin_dir", "[network.cni] cni_plugin_dir"},
    {"cni_default_network", "[network.cni] cni_default_network"},
};

size_t
ppc_key_count(void)
{
    return ppc_key_table_len;
}

const ppc_key *
ppc_key_at(size_t row)
{
    return row < ppc_key_table_len ? &ppc_key_table[row] : NULL;
}

const pp_setting_key *
pp_settings_key(size_t i)
{
    return i < ppc_key_table_len ? &ppc_key_table[i].pub : NULL;
}

int
ppc_key_find(const char *section, const char *name)
{
    size_t i;

    for (i = 0; i < ppc_key_table_len; i++)
        if (!strcmp(ppc_key_table[i].pub.name, name) &&
            !strcmp(ppc_key_table[i].pub.section, section))
            return (int)i;
    return -1;
}

bool
ppc_key_has_section(const char *section)
{
    size_t i;

    for (i = 0; i < ppc_key_table_len; i++)
        if (!strcmp(ppc_key_table[i].pub.section, section))
            return true;
    return false;
}

bool
ppc_name_is_plugin(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return n && n <= 31 && !name[n] && *name != '-';
}

bool
ppc_name_is_key(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n && n <= 63 && !name[n] && *name >= 'a' && *name <= 'z';
}

bool
ppc_section_is_plugin(const char *section)
{
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i]);

        if (!strncmp(section, kinds[i], n) && section[n] == '.')
            return ppc_name_is_plugin(section + n + 1);
    }
    return false;
}

ppc_key
ppc_key_of_plugin(const char *section, const pp_key *key)
{
    ppc_key k = {.pub = {.section = section}};
    pp_key own = {0};
    size_t n = key->struct_size;

    memcpy(&own, key, n < sizeof own ? n : sizeof own);
    k.pub.name = own.name ? own.name : "";
    k.pub.type = own.type;
    k.pub.flags = own.flags;
    k.pub.def = own.def;
    k.pub.range = own.range;
    k.pub.help = own.help;
    if (own.flags & PP_KEY_SECRET)
        k.rules = PPC_RULE_SECRET;
    return k;
}

int
ppc_key_check(const ppc_key *key, const char *text, int64_t *num, ppc_why *why)
{
    int rc = ppc_value_plain(text, why);

    *num = 0;
    if (!rc && !*text && (key->rules & PPC_RULE_EMPTY))
        return 0;
    if (!rc && !*text && (key->rules & PPC_RULE_NONEMPTY)) {
        ppc_why_set(why, "must not be empty");
        return -PP_E_INVAL;
    }
    if (!rc && (key->rules & PPC_RULE_NAME) && !ppc_name_is_plugin(text)) {
        ppc_why_set(why, "\"%.80s\" is not a plugin's name", text);
        return -PP_E_INVAL;
    }
    if (!rc)
        rc = ppc_value_check(key->pub.type, key->pub.range, text, num, why);
    if (rc && (key->rules & PPC_RULE_SECRET))
        ppc_why_set(why, "has a wrong value");
    return rc;
}

static void
mean(ppc_why *hint, const char *word)
{
    ppc_why_set(hint, " (did you mean \"%s\"?)", word);
}

void
ppc_key_hint(const char *section, const char *name, ppc_why *hint)
{
    ppc_nearest near = ppc_nearest_start(name);
    size_t i;

    hint->text[0] = '\0';
    for (i = 0; i < sizeof moved / sizeof moved[0]; i++)
        if (!strcmp(moved[i].old, name)) {
            mean(hint, moved[i].now);
            return;
        }
    for (i = 0; i < ppc_key_table_len; i++)
        if (!strcmp(ppc_key_table[i].pub.section, section))
            ppc_nearest_offer(&near, ppc_key_table[i].pub.name);
    if (near.best) {
        mean(hint, near.best);
        return;
    }
    for (i = 0; i < ppc_key_table_len; i++)
        if (!strcmp(ppc_key_table[i].pub.name, name)) {
            ppc_why_set(hint, " (did you mean \"[%s] %s\"?)",
                        ppc_key_table[i].pub.section, name);
            return;
        }
}

void
ppc_section_hint(const char *section, ppc_why *hint)
{
    const char *dot = strchr(section, '.');
    char head[64] = "";
    ppc_nearest near;
    size_t i;

    hint->text[0] = '\0';
    if (dot && (size_t)(dot - section) < sizeof head) {
        memcpy(head, section, (size_t)(dot - section));
        near = ppc_nearest_start(head);
        for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            ppc_nearest_offer(&near, kinds[i]);
        if (near.best && ppc_name_is_plugin(dot + 1))
            ppc_why_set(hint, " (did you mean \"%s%s\"?)", near.best, dot);
        return;
    }
    near = ppc_nearest_start(section);
    for (i = 0; i < ppc_key_table_len; i++)
        ppc_nearest_offer(&near, ppc_key_table[i].pub.section);
    if (near.best)
        mean(hint, near.best);
}
