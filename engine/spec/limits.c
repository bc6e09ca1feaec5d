/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/spec/limits.c - rlimits, oom_score_adj, cgroup resources
 *
 * Without CAP_SYS_RESOURCE the OCI runtime can neither raise a hard limit
 * above ours nor lower oom_score_adj, and a spec that asks for it fails the
 * whole create.  So both are cut down to what this process may set.
 */
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include <polypod/plugin.h>

#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/spec/spec.h"

#define DEFAULT_LIMIT 1048576
#define CPU_PERIOD 100000

static const struct {
    const char *name;
    int number;
} limits[] = {
    {"AS", RLIMIT_AS},           {"CORE", RLIMIT_CORE},
    {"CPU", RLIMIT_CPU},         {"DATA", RLIMIT_DATA},
    {"FSIZE", RLIMIT_FSIZE},     {"LOCKS", RLIMIT_LOCKS},
    {"MEMLOCK", RLIMIT_MEMLOCK}, {"MSGQUEUE", RLIMIT_MSGQUEUE},
    {"NICE", RLIMIT_NICE},       {"NOFILE", RLIMIT_NOFILE},
    {"NPROC", RLIMIT_NPROC},     {"RSS", RLIMIT_RSS},
    {"RTPRIO", RLIMIT_RTPRIO},   {"RTTIME", RLIMIT_RTTIME},
    {"SIGPENDING", RLIMIT_SIGPENDING}, {"STACK", RLIMIT_STACK},
};

#define N_LIMITS (sizeof limits / sizeof limits[0])

static int
limit_index(const char *name)
{
    size_t i;

    if (!strncasecmp(name, "RLIMIT_", 7))
        name += 7;
    for (i = 0; i < N_LIMITS; i++)
        if (!strcasecmp(limits[i].name, name))
            return (int)i;
    return -1;
}

static int
parse_value(const char *text, int64_t *v)
{
    if (!strcmp(text, "-1") || !strcmp(text, "unlimited")) {
        *v = -1;
        return 0;
    }
    return ppc_parse_i64(text, 0, INT64_MAX, v);
}

/* In the creation request -1 is unlimited, in the OCI spec it is 2^64-1. */
static pp_json *
oci_number(int64_t v)
{
    return v < 0 ? ppc_json_u64(UINT64_MAX) : pp_json_int(v);
}

static int
add_limit(pp_json *list, int index, pp_json *soft, pp_json *hard)
{
    pp_json *v = pp_json_object();
    char name[32];

    snprintf(name, sizeof name, "RLIMIT_%s", limits[index].name);
    /* each takes its value, also when another one fails */
    if (pp_json_put(v, "hard", hard) | pp_json_put(v, "soft", soft) |
        pp_json_put(v, "type", pp_json_string(name))) {
        pp_json_unref(v);
        return -1;
    }
    return pp_json_add(list, v);
}

static bool
has_limit(const pp_json *list, int index)
{
    size_t i;

    for (i = 0; i < pp_json_len(list); i++)
        if (limit_index(pp_json_get_str(pp_json_at(list, i), "type")) == index)
            return true;
    return false;
}

int
ppc_ulimit_parse(const char *text, pp_json *list, pp_err *err)
{
    PP_AUTO_FREE char *copy = strdup(text);
    char *value = copy ? strchr(copy, '=') : NULL;
    char *colon;
    int64_t soft, hard;
    int index;

    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for --ulimit");
    if (value)
        *value++ = '\0';
    colon = value ? strchr(value, ':') : NULL;
    if (colon)
        *colon++ = '\0';
    index = limit_index(copy);
    if (index < 0)
        return pp_fail(err, PP_E_INVAL, 0,
                       "--ulimit \"%s\": \"%s\" is no limit: see "
                       "getrlimit(2)",
                       text, copy);
    if (!value || parse_value(value, &soft) ||
        parse_value(colon ? colon : value, &hard))
        return pp_fail(err, PP_E_INVAL, 0,
                       "--ulimit \"%s\" must be NAME=SOFT[:HARD]", text);
    if (hard >= 0 && (soft < 0 || soft > hard))
        return pp_fail(err, PP_E_INVAL, 0,
                       "--ulimit \"%s\": the soft limit is above the hard one",
                       text);
    if (has_limit(list, index))
        return pp_fail(err, PP_E_INVAL, 0, "--ulimit \"%s\" is given twice",
                       copy);
    if (add_limit(list, index, pp_json_int(soft), pp_json_int(hard)))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for --ulimit");
    return 0;
}

/* -1 is unlimited: larger than any number */
static bool
is_above(int64_t a, int64_t b)
{
    return b >= 0 && (a < 0 || a > b);
}

/* Add a limit, not above what this process may set. */
static int
add_clamped(pp_json *list, int index, int64_t soft, int64_t hard)
{
    struct rlimit own;
    int64_t max;

    if (!ppc_can_raise_limits() &&
        !getrlimit((__rlimit_resource_t)limits[index].number, &own)) {
        max = own.rlim_max == RLIM_INFINITY ? -1 : (int64_t)own.rlim_max;
        if (is_above(hard, max) || is_above(soft, max))
            ppc_log(PP_LOG_DEBUG,
                    "RLIMIT_%s cut down to %lld: no CAP_SYS_RESOURCE",
                    limits[index].name, (long long)max);
        if (is_above(hard, max))
            hard = max;
        if (is_above(soft, max))
            soft = max;
    }
    return add_limit(list, index, oci_number(soft), oci_number(hard));
}

static int64_t
own_oom_score_adj(void)
{
    PP_AUTO_FREE char *text = NULL;
    int64_t v = 0;

    if (ppc_file_read("/proc/self/oom_score_adj", 32, &text, NULL, NULL) < 0)
        return 0;
    text[strcspn(text, "\n")] = '\0';
    return ppc_parse_i64(text, -1000, 1000, &v) ? 0 : v;
}

int
ppc_limits_make(const ppc_spec_in *in, pp_json *process, pp_err *err)
{
    const pp_json *wanted = pp_json_get(in->request, "ulimits");
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    const int always[] = {limit_index("NOFILE"), limit_index("NPROC")};
    int64_t score = own_oom_score_adj();
    int bad = !list;
    size_t i;

    for (i = 0; i < pp_json_len(wanted) && !bad; i++) {
        const pp_json *u = pp_json_at(wanted, i);
        int index = limit_index(pp_json_get_str(u, "type"));

        if (index >= 0)
            bad = add_clamped(list, index, pp_json_get_i64(u, "soft"),
                              pp_json_get_i64(u, "hard"));
    }
    for (i = 0; i < sizeof always / sizeof always[0] && !bad; i++)
        if (!has_limit(wanted, always[i]))
            bad = add_clamped(list, always[i], DEFAULT_LIMIT, DEFAULT_LIMIT);
    if (score > 0 && !ppc_can_raise_limits())
        ppc_log(PP_LOG_DEBUG,
                "oom_score_adj stays %lld: no CAP_SYS_RESOURCE",
                (long long)score);
    else if (score < 0 || ppc_can_raise_limits())
        score = 0;
    if (bad || pp_json_put(process, "rlimits", pp_steal(&list)) ||
        pp_json_put(process, "oomScoreAdj", pp_json_int(score)))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for limits");
    return 0;
}

static int
put_memory(pp_json *resources, int64_t limit)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "limit", pp_json_int(limit)) ||
        pp_json_put(v, "swap", pp_json_int(limit * 2))) {
        pp_json_unref(v);
        return -1;
    }
    return pp_json_put(resources, "memory", v);
}

static int
put_cpu(pp_json *resources, int64_t milli)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "quota", pp_json_int(milli * (CPU_PERIOD / 1000))) ||
        pp_json_put(v, "period", pp_json_int(CPU_PERIOD))) {
        pp_json_unref(v);
        return -1;
    }
    return pp_json_put(resources, "cpu", v);
}

static int
put_pids(pp_json *resources, int64_t limit)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "limit", pp_json_int(limit))) {
        pp_json_unref(v);
        return -1;
    }
    return pp_json_put(resources, "pids", v);
}

/* Nothing but the runtime's own standard devices; all when privileged. */
static int
put_devices(pp_json *resources, bool privileged)
{
    pp_json *list = pp_json_array();
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "allow", pp_json_bool(privileged)) ||
        pp_json_put(v, "access", pp_json_string("rwm")) ||
        pp_json_add(list, pp_json_ref(v))) {
        pp_json_unref(v);
        pp_json_unref(list);
        return -1;
    }
    pp_json_unref(v);
    return pp_json_put(resources, "devices", list);
}

int
ppc_resources_make(const ppc_spec_in *in, pp_json *linux_, pp_err *err)
{
    const int64_t memory = pp_json_get_i64(in->request, "memory");
    const int64_t cpus = pp_json_get_i64(in->request, "cpus_milli");
    const int64_t pids = pp_json_get_i64(in->request, "pids_limit");
    PP_AUTO(pp_json_unref) pp_json *r = pp_json_object();

    if (!r || put_devices(r, in->ctr->config->privileged) ||
        (memory > 0 && put_memory(r, memory)) ||
        (cpus > 0 && put_cpu(r, cpus)) || (pids > 0 && put_pids(r, pids)) ||
        pp_json_put(linux_, "resources", pp_steal(&r)))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for resources");
    return 0;
}
