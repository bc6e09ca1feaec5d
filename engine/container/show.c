/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/show.c - state in words; see show.h */
#include "engine/container/show.h"

#include "core/util/clock.h"
#include "core/util/str.h"

const char *
ppc_show_state(int32_t state)
{
    if (state == PPC_CTR_CONFIGURED || state == PPC_CTR_CREATED)
        return "created";
    if (state == PPC_CTR_STOPPED || state == PPC_CTR_EXITED)
        return "exited";
    return ppc_ctr_state_name(state);
}

/* A span in its largest whole unit: "5 minutes". Caller frees. */
static char *
human_span(int64_t ns)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{31536000, "year"}, {2592000, "month"}, {604800, "week"},
                 {86400, "day"},     {3600, "hour"},     {60, "minute"},
                 {1, "second"}};
    int64_t s = ns > 0 ? ns / PPC_SEC : 0;
    int64_t n;
    size_t i;

    if (s < 1)
        return strdup("Less than a second");
    for (i = 0; i < sizeof units / sizeof units[0]; i++) {
        n = s / units[i].seconds;
        if (n)
            return ppc_sprintf("%lld %s%s", (long long)n, units[i].unit,
                               n == 1 ? "" : "s");
    }
    return NULL;
}

char *
ppc_show_status(const ppc_ctr_state *s)
{
    int64_t now = ppc_now();
    PP_AUTO_FREE char *span = NULL;

    switch (s->state) {
    case PPC_CTR_RUNNING:
        span = human_span(now - s->started);
        return span ? ppc_sprintf("Up %s", span) : NULL;
    case PPC_CTR_PAUSED:
        return strdup("Paused");
    case PPC_CTR_STOPPED:
    case PPC_CTR_EXITED:
        if (!s->finished) /* nobody saw it: the machine went down */
            return ppc_sprintf("Exited (%d)", s->exit_code);
        span = human_span(now - s->finished);
        return span ? ppc_sprintf("Exited (%d) %s ago", s->exit_code, span)
                    : NULL;
    case PPC_CTR_CONFIGURED:
    case PPC_CTR_CREATED:
        return strdup("Created");
    default:
        return strdup(ppc_ctr_state_name(s->state));
    }
}

pp_json *
ppc_show_ports(const ppc_ctr_config *c)
{
    pp_json *list = pp_json_array();
    size_t i;

    for (i = 0; i < pp_json_len(c->port_mappings); i++) {
        const pp_json *m = pp_json_at(c->port_mappings, i);
        pp_json *v = pp_json_object();

        if (pp_json_put(v, "host_ip",
                        pp_json_string(pp_json_get_str(m, "hostIP"))) ||
            pp_json_put(v, "container_port",
                        pp_json_int(pp_json_get_i64(m, "containerPort"))) ||
            pp_json_put(v, "host_port",
                        pp_json_int(pp_json_get_i64(m, "hostPort"))) ||
            pp_json_put(v, "range",
                        pp_json_int(pp_json_get_i64(m, "range"))) ||
            pp_json_put(v, "protocol",
                        pp_json_string(pp_json_get_str(m, "protocol"))) ||
            pp_json_add(list, pp_json_ref(v))) {
            pp_json_unref(v);
            pp_json_unref(list);
            return NULL;
        }
        pp_json_unref(v);
    }
    return list;
}
