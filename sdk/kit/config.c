/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/config.c - key=value arguments, read by the plugin's own key table
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *unit;
    int64_t size;
    int64_t duration;
} units[] = {
    {"k", 1 << 10, 0},
    {"kb", 1 << 10, 0},
    {"kib", 1 << 10, 0},
    {"m", 1 << 20, 60000000000},
    {"mb", 1 << 20, 0},
    {"mib", 1 << 20, 0},
    {"g", 1 << 30, 0},
    {"gb", 1 << 30, 0},
    {"gib", 1 << 30, 0},
    {"b", 1, 0},
    {"ns", 0, 1},
    {"us", 0, 1000},
    {"ms", 0, 1000000},
    {"s", 0, 1000000000},
    {"h", 0, 3600000000000},
};

static int64_t
number(uint32_t type, const char *text, int *ok)
{
    char *end = NULL;
    int64_t n;
    size_t i;

    errno = 0;
    n = strtoll(text, &end, 10);
    *ok = end != text && errno == 0;
    if (!*ok || *end == '\0')
        return n;
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        int64_t by = type == PP_KEY_SIZE ? units[i].size : units[i].duration;

        if (by && strcasecmp(end, units[i].unit) == 0)
            return n * by;
    }
    *ok = 0;
    return 0;
}

static int64_t
boolean(const char *text, int *ok)
{
    static const char *const no[] = {"no", "false", "off", "0"};
    static const char *const yes[] = {"yes", "true", "on", "1"};
    size_t i;

    *ok = 1;
    for (i = 0; i < 4; i++) {
        if (strcasecmp(text, yes[i]) == 0)
            return 1;
        if (strcasecmp(text, no[i]) == 0)
            return 0;
    }
    *ok = 0;
    return 0;
}

static int
in_range(const pp_key *key, int64_t v)
{
    char low[64];
    const char *dots = key->range ? strstr(key->range, "..") : NULL;
    int ok_low = 1, ok_high = 1;
    int64_t min, max;

    if (!dots || (size_t)(dots - key->range) >= sizeof(low))
        return 1;
    memcpy(low, key->range, (size_t)(dots - key->range));
    low[dots - key->range] = '\0';
    min = number(key->type, low, &ok_low);
    max = number(key->type, dots + 2, &ok_high);
    return (!ok_low || v >= min) && (!ok_high || v <= max);
}

static int
in_choice(const char *range, const char *text)
{
    size_t n = strlen(text);

    while (range && *range) {
        size_t m = strcspn(range, "|");

        if (m == n && strncmp(range, text, n) == 0)
            return 1;
        range += m + (range[m] == '|');
    }
    return 0;
}

int64_t
kit_value(const pp_key *key, const char *text, int *ok)
{
    int64_t v;

    *ok = 1;
    switch (key->type) {
    case PP_KEY_BOOL:
        return boolean(text, ok);
    case PP_KEY_INT:
    case PP_KEY_SIZE:
    case PP_KEY_DURATION:
        v = number(key->type, text, ok);
        *ok = *ok && in_range(key, v);
        return v;
    case PP_KEY_PATH:
        *ok = text[0] == '/' || text[0] == '\0';
        return 0;
    case PP_KEY_ENUM:
        *ok = in_choice(key->range, text);
        return 0;
    default:
        return 0;
    }
}

static const pp_key *
find_key(const pp_config *cfg, const char *name, size_t n)
{
    const pp_key *const *key;

    for (key = cfg->plugin->keys; key && *key; key++)
        if (strlen((*key)->name) == n && strncmp((*key)->name, name, n) == 0)
            return *key;
    return NULL;
}

const char *
kit_config_fault(const pp_config *cfg, const char **what)
{
    const pp_key *const *key;
    size_t i;

    for (i = 0; i < cfg->n; i++) {
        size_t n = strcspn(cfg->pairs[i], "=");
        const pp_key *found = find_key(cfg, cfg->pairs[i], n);
        int ok = 0;

        *what = cfg->pairs[i];
        if (!found)
            return "no such key";
        if (cfg->pairs[i][n] == '=')
            kit_value(found, cfg->pairs[i] + n + 1, &ok);
        if (!ok)
            return "value does not fit the key";
    }
    for (key = cfg->plugin->keys; key && *key; key++) {
        *what = (*key)->name;
        if (((*key)->flags & PP_KEY_REQUIRED) &&
            !kit_cfg_str(cfg, (*key)->name))
            return "required; give it as KEY=VALUE";
    }
    return NULL;
}

const char *
kit_cfg_next(const pp_config *cfg, const char *name, const char *prev)
{
    size_t n = strlen(name), i;
    const pp_key *key = find_key(cfg, name, n);
    int take = !prev, given = 0;

    for (i = 0; i < cfg->n; i++) {
        const char *value = cfg->pairs[i] + n + 1;

        if (strncmp(cfg->pairs[i], name, n) != 0 || cfg->pairs[i][n] != '=')
            continue;
        given = 1;
        if (take)
            return value;
        take = value == prev;
    }
    return given || prev || !key ? NULL : key->def;
}

const char *
kit_cfg_str(const pp_config *cfg, const char *name)
{
    return kit_cfg_next(cfg, name, NULL);
}

int64_t
kit_cfg_int(const pp_config *cfg, const char *name)
{
    const pp_key *key = find_key(cfg, name, strlen(name));
    const char *text = kit_cfg_str(cfg, name);
    int ok;

    return key && text ? kit_value(key, text, &ok) : 0;
}
