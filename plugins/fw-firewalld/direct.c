/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/direct.c - the requests to firewalld, one by one
 *
 * Each is one transaction of firewalld's.  Asking for what is there already,
 * or the removal of what is not, is no failure.
 */
#include "fwd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define DIRECT "direct"
#define ZONE "zone"
#define RULE_MAX 4096

/* WORDS of a list, as one text; false if they are too long to be ours. */
static bool
append_word(char *text, size_t size, size_t *n, const char *word)
{
    size_t len = strlen(word);

    if (*n + len + 2 > size)
        return false;
    if (*n > 0)
        text[(*n)++] = FWD_SEP;
    memcpy(text + *n, word, len + 1);
    *n += len;
    return true;
}

static bool
is_ours(const char *rule)
{
    char tag[FWD_TAG_MAX];
    size_t n = strlen(FWD_TAG);

    return fwd_rule_tag(rule, tag, sizeof(tag)) && !strncmp(tag, FWD_TAG, n) &&
           (!tag[n] || tag[n] == ':' ||
            !strncmp(tag, FWD_NET_TAG, strlen(FWD_NET_TAG)));
}

/* One (sssias) into OUT, if it has a comment of ours.  returns  1 | 0 | -errno
 */
static int
read_rule(sd_bus_message *m, struct fwd_list *out)
{
    const char *part[3] = {NULL, NULL, NULL};
    const char *word = NULL;
    char text[RULE_MAX] = "";
    char number[16];
    int32_t priority = 0;
    bool fits = true;
    size_t n = 0;
    int rc = sd_bus_message_enter_container(m, 'r', "sssias");

    if (rc <= 0)
        return rc;
    rc =
        sd_bus_message_read(m, "sssi", &part[0], &part[1], &part[2], &priority);
    if (rc < 0)
        return rc;
    snprintf(number, sizeof(number), "%d", priority);
    for (int i = 0; i < 3; i++)
        fits = fits && append_word(text, sizeof(text), &n, part[i]);
    fits = fits && append_word(text, sizeof(text), &n, number);
    rc = sd_bus_message_enter_container(m, 'a', "s");
    while (rc > 0 && (rc = sd_bus_message_read(m, "s", &word)) > 0)
        fits = fits && append_word(text, sizeof(text), &n, word);
    if (rc >= 0)
        rc = sd_bus_message_exit_container(m);
    if (rc >= 0)
        rc = sd_bus_message_exit_container(m);
    if (rc >= 0 && fits && is_ours(text) && fwd_list_add(out, text) < 0)
        return -ENOMEM;
    return rc < 0 ? rc : 1;
}

/* An array whose items READ takes one by one. */
static int
read_array(struct fwd_bus *b, sd_bus_message *reply, const char *type,
           int (*read)(sd_bus_message *, struct fwd_list *),
           struct fwd_list *out, pp_err *err)
{
    int rc = sd_bus_message_enter_container(reply, 'a', type);

    while (rc > 0)
        rc = read(reply, out);
    sd_bus_message_unref(reply);
    if (rc < 0)
        return fwd_bus_garbled(b, type, -rc, err);
    fwd_list_sort(out);
    return 0;
}

/* All direct rules with a comment of ours, sorted. */
int
fwd_rules_get(struct fwd_bus *b, struct fwd_list *out, pp_err *err)
{
    sd_bus_message *m = NULL;
    sd_bus_message *reply = NULL;
    int rc = fwd_bus_new(b, DIRECT, "getAllRules", &m, err);

    if (rc == 0)
        rc = fwd_bus_ask(b, m, NULL, &reply, err);
    if (rc < 0)
        return rc;
    return read_array(b, reply, "(sssias)", read_rule, out, err);
}

/* One (sss) into OUT, if it is a chain of ours. */
static int
read_chain(sd_bus_message *m, struct fwd_list *out)
{
    static const char *const ours[] = {FWD_DNAT,  FWD_MASQ,    FWD_FORWARD,
                                       FWD_GUARD, FWD_ISOLATE, FWD_ISOLATED};
    const char *part[3] = {NULL, NULL, NULL};
    char text[RULE_MAX] = "";
    size_t n = 0;
    int rc = sd_bus_message_read(m, "(sss)", &part[0], &part[1], &part[2]);

    if (rc <= 0)
        return rc;
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (!strcmp(part[2], ours[i]) &&
            append_word(text, sizeof(text), &n, part[0]) &&
            append_word(text, sizeof(text), &n, part[1]) &&
            append_word(text, sizeof(text), &n, part[2]) &&
            fwd_list_add(out, text) < 0)
            return -ENOMEM;
    return 1;
}

int
fwd_chains_get(struct fwd_bus *b, struct fwd_list *out, pp_err *err)
{
    sd_bus_message *m = NULL;
    sd_bus_message *reply = NULL;
    int rc = fwd_bus_new(b, DIRECT, "getAllChains", &m, err);

    if (rc == 0)
        rc = fwd_bus_ask(b, m, NULL, &reply, err);
    if (rc < 0)
        return rc;
    return read_array(b, reply, "(sss)", read_chain, out, err);
}

static int
append_words(sd_bus_message *m, const char *const *v)
{
    int rc = sd_bus_message_open_container(m, 'a', "s");

    for (; rc >= 0 && *v; v++)
        rc = sd_bus_message_append(m, "s", *v);
    return rc < 0 ? rc : sd_bus_message_close_container(m);
}

/* A request about one rule. */
static int
about_rule(struct fwd_bus *b, const char *member, const char *rule,
           sd_bus_message **m, pp_err *err)
{
    struct fwd_words w;
    int rc = 0;

    if (fwd_words_split(&w, rule) < 0)
        return fwd_bus_garbled(b, member, E2BIG, err);
    rc = fwd_bus_new(b, DIRECT, member, m, err);
    if (rc == 0 && w.n < 5)
        rc = fwd_bus_garbled(b, member, EINVAL, err);
    if (rc == 0) {
        rc = sd_bus_message_append(*m, "sssi", w.v[0], w.v[1], w.v[2],
                                   (int32_t)strtol(w.v[3], NULL, 10));
        if (rc >= 0)
            rc = append_words(*m, w.v + 4);
        rc = rc < 0 ? fwd_bus_garbled(b, member, -rc, err) : 0;
    }
    if (rc < 0)
        *m = sd_bus_message_unref(*m);
    fwd_words_clear(&w);
    return rc;
}

/*
 * returns  FWD_DONE | FWD_TOLERATED: it was so already, or, of a removal
 *          only, the kernel had no such rule; see kernel.c | -PP_E_*
 */
int
fwd_rule_put(struct fwd_bus *b, const char *rule, bool add, pp_err *err)
{
    sd_bus_message *m = NULL;
    int rc = about_rule(b, add ? "addRule" : "removeRule", rule, &m, err);

    if (rc < 0)
        return rc;
    return fwd_bus_ask(b, m,
                       add ? "ALREADY_ENABLED" : "NOT_ENABLED COMMAND_FAILED",
                       NULL, err);
}

/* returns  1 | 0 | -PP_E_* */
int
fwd_rule_is_there(struct fwd_bus *b, const char *rule, pp_err *err)
{
    sd_bus_message *m = NULL;
    sd_bus_message *reply = NULL;
    int there = 0;
    int rc = about_rule(b, "queryRule", rule, &m, err);

    if (rc == 0)
        rc = fwd_bus_ask(b, m, NULL, &reply, err);
    if (rc < 0)
        return rc;
    rc = sd_bus_message_read(reply, "b", &there);
    sd_bus_message_unref(reply);
    return rc < 0 ? fwd_bus_garbled(b, "queryRule", -rc, err) : there != 0;
}

int
fwd_chain_put(struct fwd_bus *b, const char *chain, bool add, pp_err *err)
{
    const char *member = add ? "addChain" : "removeChain";
    sd_bus_message *m = NULL;
    struct fwd_words w;
    int rc = 0;

    if (fwd_words_split(&w, chain) < 0)
        return FWD_OOM(b->fwd, err);
    rc = fwd_bus_new(b, DIRECT, member, &m, err);
    if (rc == 0) {
        rc = sd_bus_message_append(m, "sss", w.v[0], w.v[1], w.v[2]);
        if (rc < 0) {
            sd_bus_message_unref(m);
            rc = fwd_bus_garbled(b, member, -rc, err);
        }
    }
    fwd_words_clear(&w);
    if (rc < 0)
        return rc;
    return fwd_bus_ask(b, m,
                       add ? "ALREADY_ENABLED" : "NOT_ENABLED COMMAND_FAILED",
                       NULL, err);
}

/* iptables or ip6tables, run by firewalld; a failure of theirs is tolerated. */
int
fwd_iptables(struct fwd_bus *b, const char *ipv, const char *const *words,
             sd_bus_message **reply, pp_err *err)
{
    sd_bus_message *m = NULL;
    int rc = fwd_bus_new(b, DIRECT, "passthrough", &m, err);

    if (rc < 0)
        return rc;
    rc = sd_bus_message_append(m, "s", ipv);
    if (rc >= 0)
        rc = append_words(m, words);
    if (rc < 0) {
        sd_bus_message_unref(m);
        return fwd_bus_garbled(b, "passthrough", -rc, err);
    }
    return fwd_bus_ask(b, m, "COMMAND_FAILED", reply, err);
}

static int
read_string(sd_bus_message *m, struct fwd_list *out)
{
    const char *text = NULL;
    int rc = sd_bus_message_read(m, "s", &text);

    if (rc > 0 && fwd_list_add(out, text) < 0)
        return -ENOMEM;
    return rc;
}

/* A request about a zone and, unless it is NULL, a source. */
static int
ask_zone(struct fwd_bus *b, const char *member, const char *zone,
         const char *source, const char *tolerate, sd_bus_message **reply,
         pp_err *err)
{
    sd_bus_message *m = NULL;
    int rc = fwd_bus_new(b, ZONE, member, &m, err);

    if (rc < 0)
        return rc;
    rc = zone ? sd_bus_message_append(m, "s", zone) : 0;
    if (rc >= 0 && source)
        rc = sd_bus_message_append(m, "s", source);
    if (rc < 0) {
        sd_bus_message_unref(m);
        return fwd_bus_garbled(b, member, -rc, err);
    }
    return fwd_bus_ask(b, m, tolerate, reply, err);
}

/* All sources of the zone; a zone that does not exist has none. */
int
fwd_sources_get(struct fwd_bus *b, struct fwd_list *out, bool *no_zone,
                pp_err *err)
{
    sd_bus_message *reply = NULL;
    int rc = ask_zone(b, "getSources", b->fwd->zone, NULL, "INVALID_ZONE",
                      &reply, err);

    *no_zone = rc == FWD_TOLERATED;
    if (rc != FWD_DONE)
        return rc < 0 ? rc : 0;
    return read_array(b, reply, "s", read_string, out, err);
}

/* The zone that has the source; empty if none has. */
int
fwd_source_zone(struct fwd_bus *b, const char *address, char *zone, size_t size,
                pp_err *err)
{
    sd_bus_message *reply = NULL;
    const char *text = NULL;
    int rc = ask_zone(b, "getZoneOfSource", NULL, address, NULL, &reply, err);

    if (rc < 0)
        return rc;
    rc = sd_bus_message_read(reply, "s", &text);
    if (rc >= 0)
        snprintf(zone, size, "%s", text);
    sd_bus_message_unref(reply);
    return rc < 0 ? fwd_bus_garbled(b, "getZoneOfSource", -rc, err) : 0;
}

/* OURS: we have put it somewhere ourselves, so it may be moved. */
int
fwd_source_add(struct fwd_bus *b, const char *address, bool ours, pp_err *err)
{
    char zone[80] = "";
    int rc = ask_zone(
        b, ours ? "changeZoneOfSource" : "addSource", b->fwd->zone, address,
        "ZONE_ALREADY_SET ALREADY_ENABLED ZONE_CONFLICT", NULL, err);

    if (rc != FWD_TOLERATED)
        return rc;
    rc = fwd_source_zone(b, address, zone, sizeof(zone), err);
    if (rc < 0 || !strcmp(zone, b->fwd->zone))
        return rc;
    return pp_host_fail(b->fwd->host, err, PP_E_EXISTS, 0,
                        "address %s is in firewalld's zone %s, not in %s: "
                        "firewall-cmd --zone=%s --remove-source=%s frees it",
                        address, zone, b->fwd->zone, zone, address);
}

int
fwd_source_remove(struct fwd_bus *b, const char *address, pp_err *err)
{
    return ask_zone(b, "removeSource", "", address,
                    "UNKNOWN_SOURCE NOT_ENABLED", NULL, err);
}
