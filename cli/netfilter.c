/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cli/netfilter.c - filters of networks; see netfilter.h */
#include "netfilter.h"

#include <regex.h>
#include <string.h>
#include <time.h>

#include "value.h"

#define SECOND INT64_C(1000000000)

static bool
match_name(const pp_json *net, const char *value)
{
    regex_t re;
    bool hit;

    if (regcomp(&re, value, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    hit = regexec(&re, pp_json_get_str(net, "name"), 0, NULL, 0) == 0;
    regfree(&re);
    return hit;
}

static bool
match_driver(const pp_json *net, const char *value)
{
    return strcmp(pp_json_get_str(net, "driver"), value) == 0;
}

static bool
match_id(const pp_json *net, const char *value)
{
    return strncmp(pp_json_get_str(net, "id"), value, strlen(value)) == 0;
}

/* "KEY" or "KEY=VALUE" */
static bool
match_label(const pp_json *net, const char *value)
{
    const pp_json *labels = pp_json_get(net, "labels");
    size_t n = strcspn(value, "=");
    CLI_AUTO_FREE char *key = cli_dup_n(value, n);

    return pp_json_has(labels, key) &&
           (!value[n] ||
            strcmp(pp_json_get_str(labels, key), value + n + 1) == 0);
}

static bool
match_no_label(const pp_json *net, const char *value)
{
    return !match_label(net, value);
}

static int64_t
now_ns(void)
{
    struct timespec t = {0, 0};

    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

/* Made before then?  The built-in network was not made at any time. */
static bool
match_until(const pp_json *net, const char *value)
{
    int64_t now = now_ns();
    int64_t until;
    int64_t made;

    return cli_value_time(value, now, &until, NULL) == 0 &&
           cli_value_time(pp_json_get_str(net, "created"), now, &made, NULL) ==
               0 &&
           made < until;
}

static const struct {
    const char *name;
    bool (*match)(const pp_json *net, const char *value);
    bool prunes; /* is a key of prune, too */
    bool every;  /* of several all must hold */
} keys[] = {{"name", match_name, false, false},
            {"driver", match_driver, false, false},
            {"id", match_id, false, false},
            {"label", match_label, true, true},
            {"label!", match_no_label, true, true},
            {"until", match_until, true, false}};

#define N_KEYS (sizeof(keys) / sizeof(*keys))

/* Its row of keys; *value points behind the "=". N_KEYS: there is none. */
static size_t
find_key(const char *filter, const char **value)
{
    size_t n = strcspn(filter, "=");
    size_t i;

    *value = filter[n] ? filter + n + 1 : "";
    for (i = 0; i < N_KEYS && filter[n]; i++)
        if (strlen(keys[i].name) == n && strncmp(keys[i].name, filter, n) == 0)
            return i;
    return N_KEYS;
}

static int
check_value(size_t key, const char *value, pp_err *err)
{
    int64_t ignored;
    regex_t re;

    if (keys[key].match == match_until)
        return cli_value_time(value, now_ns(), &ignored, err);
    if (keys[key].match != match_name)
        return 0;
    if (regcomp(&re, value, REG_EXTENDED | REG_NOSUB) != 0)
        return pp_fail(err, PP_E_INVAL, 0, "it is no regular expression");
    regfree(&re);
    return 0;
}

int
cli_net_filter_check(const cli_list *filters, cli_net_verb verb, pp_err *err)
{
    const char *value;

    for (size_t i = 0; i < filters->n; i++) {
        size_t k = find_key(filters->v[i], &value);
        int rc;

        if (k == N_KEYS || (verb == CLI_NET_PRUNE && !keys[k].prunes))
            return pp_fail(err, PP_E_INVAL, 0,
                           "--filter \"%s\" must be KEY=VALUE, KEY one of: "
                           "%slabel, label!, until",
                           filters->v[i],
                           verb == CLI_NET_PRUNE ? "" : "name, driver, id, ");
        rc = check_value(k, value, err);
        if (rc < 0)
            return pp_wrap(err, rc, "--filter \"%s\"", filters->v[i]);
    }
    return 0;
}

bool
cli_net_filter_keeps(const cli_list *filters, const pp_json *net)
{
    bool asked[N_KEYS] = {false};
    bool hit[N_KEYS] = {false};

    for (size_t i = 0; i < filters->n; i++) {
        const char *value;
        size_t k = find_key(filters->v[i], &value);
        bool m = k < N_KEYS && keys[k].match(net, value);

        if (k == N_KEYS)
            return false;
        if (asked[k])
            m = keys[k].every ? m && hit[k] : m || hit[k];
        hit[k] = m;
        asked[k] = true;
    }
    for (size_t k = 0; k < N_KEYS; k++)
        if (asked[k] && !hit[k])
            return false;
    return true;
}
