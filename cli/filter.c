/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/filter.c - which containers "ps --filter KEY=VALUE" keeps
 */
#include "filter.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "row.h"
#include "value.h"

typedef struct match_arg {
    const char *value;
    const pp_json *container;
    const pp_json *all;
} match_arg;

typedef struct filter_key {
    const char *name;
    bool (*match)(const match_arg *m);
    bool regex;
} filter_key;

static bool
matches(const char *pattern, const char *text)
{
    regex_t re;
    bool hit;

    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    hit = regexec(&re, text, 0, NULL, 0) == 0;
    regfree(&re);
    return hit;
}

static bool
array_has(const pp_json *array, const char *text)
{
    for (size_t i = 0; i < pp_json_len(array); i++) {
        if (strcmp(pp_json_str(pp_json_at(array, i)), text) == 0)
            return true;
    }
    return false;
}

static bool
match_id(const match_arg *m)
{
    const char *id = pp_json_get_str(m->container, "Id");

    return strncmp(id, m->value, strlen(m->value)) == 0 ||
           matches(m->value, id);
}

static bool
match_name(const match_arg *m)
{
    const pp_json *names = pp_json_get(m->container, "Names");

    for (size_t i = 0; i < pp_json_len(names); i++) {
        if (matches(m->value, pp_json_str(pp_json_at(names, i))))
            return true;
    }
    return false;
}

static bool
match_status(const match_arg *m)
{
    const char *state = pp_json_get_str(m->container, "State");

    if (strcmp(m->value, "stopped") == 0)
        return strcmp(state, "exited") == 0 || strcmp(state, "stopped") == 0;
    if (strcmp(m->value, "created") == 0 && strcmp(state, "configured") == 0)
        return true;
    return strcmp(m->value, state) == 0;
}

/* "KEY" or "KEY=VALUE" */
static bool
match_label(const match_arg *m)
{
    const pp_json *labels = pp_json_get(m->container, "Labels");
    size_t n = strcspn(m->value, "=");
    CLI_AUTO_FREE char *key = cli_dup_n(m->value, n);

    if (!pp_json_has(labels, key))
        return false;
    return !m->value[n] ||
           strcmp(pp_json_get_str(labels, key), m->value + n + 1) == 0;
}

static bool
match_exited(const match_arg *m)
{
    const char *state = pp_json_get_str(m->container, "State");
    int64_t code;

    return cli_value_int(m->value, &code, NULL) == 0 &&
           (strcmp(state, "exited") == 0 || strcmp(state, "stopped") == 0) &&
           pp_json_get_i64(m->container, "ExitCode") == code;
}

static bool
match_network(const match_arg *m)
{
    return array_has(pp_json_get(m->container, "Networks"), m->value);
}

static bool
match_volume(const match_arg *m)
{
    return array_has(pp_json_get(m->container, "Mounts"), m->value);
}

static bool
match_ancestor(const match_arg *m)
{
    return strstr(pp_json_get_str(m->container, "Image"), m->value) != NULL;
}

static bool
match_pod(const match_arg *m)
{
    const char *pod = pp_json_get_str(m->container, "Pod");

    return *pod && strncmp(pod, m->value, strlen(m->value)) == 0;
}

/* When the container named in the value was made; -1: there is none. */
static int64_t
created_of(const match_arg *m)
{
    for (size_t i = 0; i < pp_json_len(m->all); i++) {
        const pp_json *c = pp_json_at(m->all, i);

        if (strncmp(pp_json_get_str(c, "Id"), m->value, strlen(m->value)) ==
                0 ||
            array_has(pp_json_get(c, "Names"), m->value))
            return cli_row_time(c, "Created");
    }
    return -1;
}

static bool
match_before(const match_arg *m)
{
    int64_t other = created_of(m);

    return other >= 0 && cli_row_time(m->container, "Created") < other;
}

static bool
match_since(const match_arg *m)
{
    int64_t other = created_of(m);

    return other >= 0 && cli_row_time(m->container, "Created") > other;
}

static const filter_key keys[] = {
    {"ancestor", match_ancestor, false}, {"before", match_before, false},
    {"exited", match_exited, false},     {"id", match_id, true},
    {"label", match_label, false},       {"name", match_name, true},
    {"network", match_network, false},   {"pod", match_pod, false},
    {"since", match_since, false},       {"status", match_status, false},
    {"volume", match_volume, false}};

#define N_KEYS (sizeof(keys) / sizeof(*keys))

/* The key "KEY=VALUE" begins with, or NULL. */
static const filter_key *
key_of(const char *filter)
{
    size_t n = strcspn(filter, "=");

    for (size_t i = 0; i < N_KEYS; i++) {
        if (strlen(keys[i].name) == n && memcmp(filter, keys[i].name, n) == 0)
            return &keys[i];
    }
    return NULL;
}

static const char *
value_of(const char *filter)
{
    return filter + strcspn(filter, "=") + 1;
}

static int
refuse_key(const char *filter, pp_err *err)
{
    CLI_AUTO_FREE char *name = cli_dup_n(filter, strcspn(filter, "="));
    cli_near near = cli_near_init(name);

    for (size_t i = 0; i < N_KEYS; i++)
        cli_near_try(&near, keys[i].name);
    if (near.best)
        return pp_fail(err, PP_E_INVAL, 0,
                       "invalid filter \"%s\" (did you mean \"%s\"?)", name,
                       near.best);
    return pp_fail(err, PP_E_INVAL, 0, "invalid filter \"%s\"", name);
}

static int
check_status(const char *value, pp_err *err)
{
    static const char *const states[] = {"created",  "configured", "running",
                                         "exited",   "stopped",    "paused",
                                         "removing", "unknown"};

    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
        if (strcmp(states[i], value) == 0)
            return 0;
    }
    return pp_fail(err, PP_E_INVAL, 0,
                   "filter status: \"%s\" is no state of a container", value);
}

static int
check_one(const char *filter, pp_err *err)
{
    const filter_key *key = key_of(filter);
    pp_err why = {0};
    int64_t number;
    regex_t re;

    if (!strchr(filter, '='))
        return pp_fail(err, PP_E_INVAL, 0,
                       "filter \"%s\" is not of the form KEY=VALUE", filter);
    if (!key)
        return refuse_key(filter, err);
    if (key->match == match_status)
        return check_status(value_of(filter), err);
    if (key->match == match_exited &&
        cli_value_int(value_of(filter), &number, &why) < 0)
        return pp_fail(err, PP_E_INVAL, 0, "filter %s: %s", filter, why.msg);
    if (!key->regex)
        return 0;
    if (regcomp(&re, value_of(filter), REG_EXTENDED | REG_NOSUB) != 0)
        return pp_fail(err, PP_E_INVAL, 0,
                       "filter %s: not a regular expression", filter);
    regfree(&re);
    return 0;
}

int
cli_filter_check(const cli_list *filters, pp_err *err)
{
    for (size_t i = 0; i < filters->n; i++) {
        int rc = check_one(filters->v[i], err);

        if (rc < 0)
            return rc;
    }
    return 0;
}

bool
cli_filter_wants_all(const cli_list *filters)
{
    for (size_t i = 0; i < filters->n; i++) {
        const filter_key *key = key_of(filters->v[i]);

        if (key && (key->match == match_status || key->match == match_exited))
            return true;
    }
    return false;
}

/* Whether the filters of one key hold. */
static bool
key_holds(const filter_key *key, const cli_list *filters, match_arg *m)
{
    bool every = key->match == match_label;
    bool given = false;

    for (size_t i = 0; i < filters->n; i++) {
        bool hit;

        if (key_of(filters->v[i]) != key)
            continue;
        given = true;
        m->value = value_of(filters->v[i]);
        hit = key->match(m);
        if (hit != every)
            return hit;
    }
    return !given || every;
}

bool
cli_filter_keeps(const cli_list *filters, const pp_json *container,
                 const pp_json *all)
{
    match_arg m = {NULL, container, all};

    for (size_t i = 0; i < N_KEYS; i++) {
        if (!key_holds(&keys[i], filters, &m))
            return false;
    }
    return true;
}
