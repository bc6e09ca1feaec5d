/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/wish.c - what --network asks for; see network.h
 *
 * The options of a network are kept as {NET: {"ips": [..], "mac",
 * "interface_name", "aliases": [..]}}.
 */
#include <string.h>

#include "core/util/process.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/network/network.h"
#include "engine/network/subnet.h"

#define MAX_NETWORKS 64 /* of one container */

static int
fail_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for networks");
}

bool
ppc_ifname_ok(const char *name)
{
    const unsigned char *p = (const unsigned char *)name;

    if (!*name || strlen(name) > 15 || !strcmp(name, ".") ||
        !strcmp(name, "..") || !strcmp(name, "lo"))
        return false;
    for (; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("/:;,=%", *p))
            return false;
    return true;
}

static const pp_json *
options_of(const ppc_ctr_config *c, size_t i)
{
    return pp_json_get(c->network_options, c->networks[i]);
}

void
ppc_network_ifname(const ppc_ctr_config *c, size_t i, char out[16])
{
    const char *wanted = pp_json_get_str(options_of(c, i), "interface_name");

    if (*wanted)
        snprintf(out, 16, "%s", wanted);
    else
        snprintf(out, 16, "eth%u", (unsigned)(i % 1000));
}

/* Two interfaces of one container need two names. */
static int
check_ifnames(const ppc_ctr_config *c, pp_err *err)
{
    char a[16], b[16];
    size_t i, k;

    for (i = 0; c->networks && c->networks[i]; i++) {
        ppc_network_ifname(c, i, a);
        for (k = 0; k < i; k++) {
            ppc_network_ifname(c, k, b);
            if (!strcmp(a, b))
                return pp_fail(err, PP_E_INVAL, 0,
                               "networks %s and %s: two interfaces would be "
                               "called %s",
                               c->networks[k], c->networks[i], a);
        }
    }
    return 0;
}

/* "02:42:ac:11:00:02": no group address, not all zero */
static bool
is_mac(const char *text)
{
    unsigned b[6];
    char rest;

    return strlen(text) == 17 &&
           sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3],
                  &b[4], &b[5], &rest) == 6 &&
           strspn(text, "0123456789abcdefABCDEF:") == 17 && !(b[0] & 1) &&
           (b[0] | b[1] | b[2] | b[3] | b[4] | b[5]);
}

static int
add_string(pp_json *o, const char *key, const char *value)
{
    if (!pp_json_has(o, key) && pp_json_put(o, key, pp_json_array()))
        return -1;
    return pp_json_add(pp_json_get(o, key), pp_json_string(value));
}

static int
put_once(pp_json *o, const char *key, const char *value, pp_err *err)
{
    if (pp_json_has(o, key))
        return pp_fail(err, PP_E_INVAL, 0, "%s is given twice", key);
    return pp_json_put(o, key, pp_json_string(value)) ? fail_memory(err) : 0;
}

int
ppc_network_option(pp_json *o, const char *key, const char *value, pp_err *err)
{
    ppc_addr a;

    if (!strcmp(key, "ip") || !strcmp(key, "ip6")) {
        if (ppc_addr_parse(value, &a))
            return pp_fail(err, PP_E_INVAL, 0, "ip \"%s\" is no address",
                           value);
        return add_string(o, "ips", value) ? fail_memory(err) : 0;
    }
    if (!strcmp(key, "mac")) {
        if (!is_mac(value))
            return pp_fail(err, PP_E_INVAL, 0,
                           "mac \"%s\" is no address of an interface", value);
        return put_once(o, key, value, err);
    }
    if (!strcmp(key, "interface_name")) {
        if (!ppc_ifname_ok(value))
            return pp_fail(err, PP_E_INVAL, 0,
                           "interface_name \"%s\" is none: at most 15 "
                           "characters without \"/\", \":\" and blanks",
                           value);
        return put_once(o, key, value, err);
    }
    if (!strcmp(key, "alias"))
        return ppc_check_name(value, err) < 0    ? -PP_E_INVAL
               : add_string(o, "aliases", value) ? fail_memory(err)
                                                 : 0;
    return pp_fail(err, PP_E_INVAL, 0,
                   "unknown option \"%s\": known are ip, mac, "
                   "interface_name, alias",
                   key);
}

/* "ip=..,mac=.." into o */
static int
parse_options(const char *text, pp_json *o, pp_err *err)
{
    PP_AUTO_FREE char *copy = strdup(text);
    char *save = NULL;
    char *word;
    int rc = 0;

    if (!copy)
        return fail_memory(err);
    for (word = strtok_r(copy, ",", &save); word && rc >= 0;
         word = strtok_r(NULL, ",", &save)) {
        char *eq = strchr(word, '=');

        if (!eq || eq == word || !eq[1])
            return pp_fail(err, PP_E_INVAL, 0,
                           "option \"%s\" must be KEY=VALUE", word);
        *eq = '\0';
        rc = ppc_network_option(o, word, eq + 1, err);
    }
    return rc;
}

static int
put_options(const char *net, const char *options, ppc_ctr_config *c,
            pp_err *err)
{
    pp_json *o = pp_json_object();
    int rc = o ? parse_options(options, o, err) : fail_memory(err);

    if (rc < 0) {
        pp_json_unref(o);
        return rc;
    }
    if (!c->network_options)
        c->network_options = pp_json_object();
    return pp_json_put(c->network_options, net, o) ? fail_memory(err) : 0;
}

int
ppc_network_add(pp_runtime *rt, const char *net, const char *options,
                ppc_ctr_config *c, pp_err *err)
{
    char *real = NULL;
    int rc = ppc_network_exists(rt, net, &real, err);

    if (rc < 0)
        return rc;
    if (ppc_strv_has(ppc_strv_c(c->networks), real)) {
        rc = pp_fail(err, PP_E_EXISTS, 0, "network %s is given twice", real);
        free(real);
        return rc;
    }
    if (ppc_strv_len(ppc_strv_c(c->networks)) >= MAX_NETWORKS)
        rc = pp_fail(err, PP_E_FULL, 0, "more than %d networks", MAX_NETWORKS);
    if (rc >= 0 && options && *options)
        rc = put_options(real, options, c, err);
    if (rc < 0) {
        free(real);
        return rc;
    }
    if (ppc_strv_take(&c->networks, real))
        return fail_memory(err);
    return check_ifnames(c, err);
}

/* "bridge" and its other names stand for the default network. */
static const char *
plain_name(const char *name)
{
    return !strcmp(name, "bridge") || !strcmp(name, "default") ||
                   !strcmp(name, "private")
               ? ""
               : name;
}

/* NAME[,NAME...] or NAME:OPTIONS */
static int
parse_word(pp_runtime *rt, const char *word, ppc_ctr_config *c, pp_err *err)
{
    PP_AUTO_FREE char *copy = strdup(word);
    char *colon = copy ? strchr(copy, ':') : NULL;
    char *name = copy;
    char *comma;
    int rc = copy ? 0 : fail_memory(err);

    if (colon) {
        *colon = '\0';
        return ppc_network_add(rt, plain_name(copy), colon + 1, c, err);
    }
    while (rc >= 0 && name) {
        comma = strchr(name, ',');
        if (comma)
            *comma = '\0';
        if (!*name)
            return pp_fail(err, PP_E_INVAL, 0, "it names no network");
        rc = ppc_network_add(rt, plain_name(name), NULL, c, err);
        name = comma ? comma + 1 : NULL;
    }
    return rc;
}

/* Another container's: it is a dependency. */
static int
parse_container(pp_runtime *rt, const char *ref, ppc_ctr_config *c, pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *other = NULL;
    int rc = ppc_state_lookup_container(rt->state, ref, &other, err);

    if (rc < 0)
        return rc;
    c->ns_ctr[PPC_NS_NET] = strdup(other->config->id);
    c->net_mode = ppc_sprintf("container:%s", other->config->id);
    return c->ns_ctr[PPC_NS_NET] && c->net_mode ? 0 : fail_memory(err);
}

static bool
is_mode(const char *word)
{
    return !strcmp(word, "host") || !strcmp(word, "none") ||
           ppc_str_has_prefix(word, "ns:") ||
           ppc_str_has_prefix(word, "container:");
}

static int
parse_mode(pp_runtime *rt, const char *word, ppc_ctr_config *c, pp_err *err)
{
    if (ppc_str_has_prefix(word, "container:"))
        return parse_container(rt, word + strlen("container:"), c, err);
    if (ppc_str_has_prefix(word, "ns:") && word[3] != '/')
        return pp_fail(err, PP_E_INVAL, 0, "the path must be absolute");
    c->net_mode = strdup(word);
    return c->net_mode ? 0 : fail_memory(err);
}

int
ppc_networks_parse(pp_runtime *rt, const char *const *words, ppc_ctr_config *c,
                   pp_err *err)
{
    static const char *const one_default[] = {"bridge", NULL};
    const char *const *w = words && *words ? words : one_default;
    int rc = 0;

    if (is_mode(*w) && !w[1]) {
        rc = parse_mode(rt, *w, c, err);
        return rc < 0 ? pp_wrap(err, rc, "--network %s", *w) : 0;
    }
    for (; *w; w++) {
        if (is_mode(*w))
            return pp_fail(err, PP_E_INVAL, 0,
                           "--network %s cannot be combined", *w);
        rc = parse_word(rt, *w, c, err);
        if (rc < 0)
            return pp_wrap(err, rc, "--network %s", *w);
    }
    c->create_net_ns = true;
    c->net_mode = strdup("bridge");
    return c->net_mode ? 0 : fail_memory(err);
}

int
ppc_network_shared(pp_runtime *rt, const ppc_ctr *c, ppc_ctr **other,
                   char **path, pp_err *err)
{
    const char *id = c->config->ns_ctr[PPC_NS_NET];
    PP_AUTO(ppc_ctr_free) ppc_ctr *o = NULL;
    int rc;

    if (!id)
        return 0;
    rc = ppc_state_container(rt->state, id, &o, err);
    if (rc < 0)
        return pp_wrap(err, rc, "container %s shares a network namespace",
                       c->config->name);
    if (o->state->state != PPC_CTR_RUNNING ||
        !ppc_process_is_alive(o->state->pid, o->state->pid_start))
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "container %s has the network namespace and does not "
                       "run: start it first",
                       o->config->name);
    *path = o->netns
                ? strdup(o->netns)
                : ppc_sprintf("/proc/%lld/ns/net", (long long)o->state->pid);
    if (!*path)
        return fail_memory(err);
    *other = pp_steal(&o);
    return 0;
}
