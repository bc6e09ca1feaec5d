/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/firewall/driver.c - choose, open and probe drivers; see driver.h */
#include "engine/firewall/driver.h"

#include <string.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "engine/lock/lock.h"

#define FACT_DRIVER "firewall"
#define FACT_SWITCH "firewall-switch"
#define WARNING "warning: "

int
ppc_firewall_lock(pp_runtime *rt, pp_err *err)
{
    return ppc_lock_take(rt->lock_dir, "networks",
                         pp_settings_i64(rt->settings, "engine.lock_timeout"),
                         "the firewall's networks", "engine.lock_timeout", err);
}

int
ppc_firewall_open(pp_runtime *rt, const char *driver, ppc_instance **out,
                  pp_err *err)
{
    size_t i;
    int rc;

    for (i = 0; i < PPC_FW_MAX && rt->firewalls[i]; i++) {
        const ppc_plugin *p = ppc_instance_plugin(rt->firewalls[i]);

        if (!strcmp(ppc_plugin_desc(p)->name, driver)) {
            *out = rt->firewalls[i];
            return 0;
        }
    }
    if (i == PPC_FW_MAX)
        return pp_fail(err, PP_E_FULL, 0,
                       "more than %d firewall drivers in use", PPC_FW_MAX);
    rc = ppc_runtime_plugin(rt, PP_KIND_FW, driver, &rt->firewalls[i], err);
    if (rc >= 0)
        *out = rt->firewalls[i];
    return rc;
}

void
ppc_firewall_facts_clear(ppc_firewall_facts *f)
{
    free(pp_steal(&f->driver));
    free(pp_steal(&f->from));
    free(pp_steal(&f->to));
}

int
ppc_firewall_facts_read(pp_runtime *rt, ppc_firewall_facts *out, pp_err *err)
{
    PP_AUTO_FREE char *text = NULL;
    PP_AUTO_FREE char *driver = NULL;
    char *blank;
    int rc;

    rc = ppc_state_meta_get(rt->state, FACT_DRIVER, &driver, err);
    if (rc >= 0)
        rc = ppc_state_meta_get(rt->state, FACT_SWITCH, &text, err);
    if (rc < 0)
        return rc;
    blank = text ? strchr(text, ' ') : NULL;
    if (blank) {
        out->from = strndup(text, (size_t)(blank - text));
        out->to = strdup(blank + 1);
        if (!out->from || !out->to) {
            ppc_firewall_facts_clear(out);
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for a driver");
        }
    }
    out->driver = pp_steal(&driver);
    return 0;
}

int
ppc_firewall_intend(pp_runtime *rt, const char *from, const char *to,
                    pp_err *err)
{
    PP_AUTO_FREE char *text = NULL;

    if (!to)
        return ppc_state_meta_put(rt->state, FACT_SWITCH, NULL, err);
    text = ppc_sprintf("%s %s", from, to);
    if (!text)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a driver");
    return ppc_state_meta_put(rt->state, FACT_SWITCH, text, err);
}

int
ppc_firewall_enact(pp_runtime *rt, const char *driver, pp_err *err)
{
    return ppc_state_meta_put(rt->state, FACT_DRIVER, driver, err);
}

/* What a probe says; 0 for a plugin that is not there. */
static int
probe(pp_runtime *rt, const char *driver, ppc_str *text, pp_err *err)
{
    PP_AUTO(ppc_plugin_free) ppc_plugin *p = NULL;
    ppc_plugin_dirs dirs = {0};
    char name[48];
    int score = 0;
    int rc;

    snprintf(name, sizeof name, "fw-%s", driver);
    rc = ppc_plugin_load(PP_KIND_FW, driver,
                         pp_settings_list(rt->settings, "engine.plugin_dirs"),
                         &p, err);
    if (rc >= 0)
        rc = ppc_runtime_plugin_dirs(rt, name, &dirs, err);
    if (rc >= 0)
        rc = ppc_plugin_probe(p, rt->settings, &dirs, &score, text, err);
    ppc_runtime_plugin_dirs_free(&dirs);
    return rc < 0 ? rc : score;
}

/* Add the probe's words to a text of one line; returns the score. */
static int
explain(pp_runtime *rt, const char *driver, ppc_str *why)
{
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    pp_err err = {0};
    int score = probe(rt, driver, &text, &err);

    while (text.n && text.p[text.n - 1] == '\n')
        text.p[--text.n] = '\0';
    ppc_str_printf(why, "%s%s: %s", why->n ? "; " : "", driver,
                   score < 0 ? err.msg
                   : text.n  ? ppc_str_get(&text)
                             : "usable");
    return score < 0 ? 0 : score;
}

int
ppc_firewall_try(pp_runtime *rt, const char *driver, pp_err *err)
{
    PP_AUTO_STR ppc_str why = PPC_STR_INIT;

    if (explain(rt, driver, &why) > 0)
        return 0;
    return pp_fail(err, PP_E_UNAVAIL, 0, "%s", ppc_str_get(&why));
}

/* The lines of a probe that are warnings, as one. */
static void
collect_warnings(const char *line, ppc_str *all)
{
    size_t n;

    for (; *line; line += n + (line[n] == '\n')) {
        n = strcspn(line, "\n");
        if (ppc_str_has_prefix(line, WARNING))
            ppc_str_printf(all, "%s%.*s", all->n ? "; " : "",
                           (int)(n - strlen(WARNING)), line + strlen(WARNING));
    }
}

int
ppc_firewall_warnings(pp_runtime *rt, const char *driver, ppc_str *out)
{
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    int rc = probe(rt, driver, &text, NULL);

    if (rc > 0)
        collect_warnings(ppc_str_get(&text) ? ppc_str_get(&text) : "", out);
    return rc;
}

/* The name of the one bridge in place of the word that stands for it. */
static void
name_bridge(const char *text, const char *bridge, ppc_str *out)
{
    static const char word[] = "BRIDGE";
    const char *hit;

    while (*bridge && !strchr(bridge, ',') && (hit = strstr(text, word))) {
        ppc_str_add(out, text, (size_t)(hit - text));
        ppc_str_puts(out, bridge);
        text = hit + strlen(word);
    }
    ppc_str_puts(out, text);
}

void
ppc_firewall_warn(pp_runtime *rt, const ppc_ctr *c)
{
    const pp_json *status = c->state->network_status;
    PP_AUTO_STR ppc_str bridges = PPC_STR_INIT;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    PP_AUTO_STR ppc_str all = PPC_STR_INIT;
    size_t i;

    for (i = 0; i < pp_json_len(status); i++) {
        const char *bridge = pp_json_get_str(pp_json_at(status, i), "bridge");

        ppc_str_printf(&bridges, "%s%s", *bridge && bridges.n ? ", " : "",
                       bridge);
    }
    if (!bridges.n || ppc_firewall_warnings(rt, c->state->firewall, &text) <= 0)
        return;
    name_bridge(ppc_str_get(&text) ? ppc_str_get(&text) : "",
                ppc_str_get(&bridges), &all);
    if (all.n && !all.nomem)
        ppc_log(PP_LOG_WARNING, "container %s (bridge %s), firewall %s: %s",
                c->config->name, ppc_str_get(&bridges), c->state->firewall,
                ppc_str_get(&all));
}

/* firewalld where it runs, for it rejects what it does not accept itself;
 * nftables before iptables; never none: a container that seems protected and
 * is not would be the worst answer. */
static int
choose_auto(pp_runtime *rt, char **driver, pp_err *err)
{
    static const char *const candidates[] = {"firewalld", "nftables",
                                             "iptables"};
    PP_AUTO_STR ppc_str why = PPC_STR_INIT;
    size_t i;

    if (geteuid()) {
        *driver = strdup("none");
        return *driver ? 0 : -PP_E_NOMEM;
    }
    for (i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        if (explain(rt, candidates[i], &why) <= 0)
            continue;
        *driver = strdup(candidates[i]);
        return *driver ? 0 : -PP_E_NOMEM;
    }
    return pp_fail(err, PP_E_UNAVAIL, 0,
                   "firewall.driver is auto, and no driver is usable here: "
                   "%s. Install one, or set firewall.driver = none",
                   ppc_str_get(&why));
}

/* Has any container rules, whosoever? */
static int
has_owners(pp_runtime *rt, bool *has, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    int rc = ppc_state_every_container(rt->state, &list, err);
    size_t i;

    *has = false;
    for (i = 0; rc >= 0 && list[i] && !*has; i++)
        *has = list[i]->state->firewall;
    return rc;
}

static void
warn_sticky(pp_runtime *rt, const char *wanted, const char *stored)
{
    if (strcmp(wanted, "auto"))
        ppc_log(PP_LOG_WARNING,
                "firewall.driver is %s (%s), but containers that run have "
                "rules of %s, which stays in force until they have stopped; "
                "\"polypod firewall switch %s\" moves them",
                wanted, pp_settings_origin(rt->settings, "firewall.driver"),
                stored, wanted);
}

int
ppc_firewall_choose(pp_runtime *rt, char **driver, pp_err *err)
{
    const char *wanted = pp_settings_str(rt->settings, "firewall.driver");
    PP_AUTO_FREE char *stored = NULL;
    bool sticky = false;
    int rc;

    rc = ppc_state_meta_get(rt->state, FACT_DRIVER, &stored, err);
    if (rc >= 0 && stored && strcmp(stored, wanted))
        rc = has_owners(rt, &sticky, err);
    if (rc < 0)
        return rc;
    if (sticky)
        warn_sticky(rt, wanted, stored);
    if (stored && (sticky || !strcmp(stored, wanted))) {
        *driver = pp_steal(&stored);
        return 0;
    }
    if (strcmp(wanted, "auto")) {
        *driver = strdup(wanted);
        rc = *driver ? 0 : -PP_E_NOMEM;
    } else {
        rc = choose_auto(rt, driver, err);
    }
    if (rc < 0)
        return rc;
    if (!ppc_str_eq(stored, *driver))
        rc = ppc_firewall_enact(rt, *driver, err);
    if (rc < 0)
        free(pp_steal(driver));
    return rc;
}
