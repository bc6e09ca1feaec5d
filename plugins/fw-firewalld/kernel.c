/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/kernel.c - has the kernel what firewalld believes?
 *
 * firewalld does not notice when another program flushes the tables: it goes
 * on listing the rules, refuses to add them again, and fails to remove them.
 * It can run iptables for us, so we can look, and put a lost rule back for
 * the moment of its removal.
 */
#include "fwd.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define CHAIN_MAX 64

/* The chain in which firewalld's rule stands in the kernel. */
static void
kernel_chain(bool legacy, const char *chain, char *name)
{
    bool ours = !strncmp(chain, "POLYPOD_", 8);

    snprintf(name, CHAIN_MAX, "%.48s%s", chain,
             legacy && !ours ? "_direct" : "");
}

/* iptables -t TABLE VERB CHAIN, and the rule's arguments unless VERB is -N. */
static int
run_for(struct fwd_bus *b, bool legacy, const struct fwd_words *w,
        const char *verb, pp_err *err)
{
    const char *argv[FWD_WORDS_MAX + 5] = {"-t", w->v[1], verb};
    char chain[CHAIN_MAX];
    unsigned n = 4;

    kernel_chain(legacy, w->v[2], chain);
    argv[3] = chain;
    for (unsigned i = 4; strcmp(verb, "-N") && i < w->n; i++)
        argv[n++] = w->v[i];
    return fwd_iptables(b, w->v[0], argv, NULL, err);
}

/* How many rules of this table carry a comment out of TAGS? */
static int
count(struct fwd_bus *b, const char *ipv, const char *table,
      const struct fwd_list *tags, size_t *n, pp_err *err)
{
    const char *argv[] = {"-t", table, "-S", NULL};
    sd_bus_message *reply = NULL;
    const char *text = "";
    int rc = fwd_iptables(b, ipv, argv, &reply, err);

    *n = 0;
    if (rc != FWD_DONE)
        return rc < 0 ? rc : 0;
    rc = sd_bus_message_read(reply, "s", &text);
    while (rc >= 0 && (text = strstr(text, " --comment "))) {
        char tag[FWD_TAG_MAX] = "";
        size_t len = 0;

        text += strlen(" --comment ");
        text += *text == '"';
        len = strcspn(text, "\" \n");
        if (len < sizeof(tag))
            memcpy(tag, text, len);
        *n += fwd_list_has(tags, tag);
    }
    sd_bus_message_unref(reply);
    return rc < 0 ? fwd_bus_garbled(b, "passthrough", -rc, err) : 0;
}

static bool
is_in(const char *rule, const char *ipv, const char *table)
{
    char head[64];
    int n =
        snprintf(head, sizeof(head), "%s%c%s%c", ipv, FWD_SEP, table, FWD_SEP);

    return !strncmp(rule, head, (size_t)n);
}

/* Those of one table that the kernel does not have. */
static int
look_at_table(struct fwd_bus *b, const struct fwd_have *have, const char *ipv,
              const char *table, const struct fwd_list *rules,
              const struct fwd_list *tags, struct fwd_list *lost, pp_err *err)
{
    size_t wanted = 0;
    size_t found = 0;
    int rc = 0;

    for (size_t i = 0; i < rules->n; i++)
        wanted += is_in(rules->v[i], ipv, table);
    if (wanted == 0)
        return 0;
    rc = count(b, ipv, table, tags, &found, err);
    for (size_t i = 0; rc >= 0 && found < wanted && i < rules->n; i++) {
        struct fwd_words w;

        if (!is_in(rules->v[i], ipv, table))
            continue;
        if (fwd_words_split(&w, rules->v[i]) < 0)
            return FWD_OOM(b->fwd, err);
        rc = run_for(b, have->legacy, &w, "-C", err);
        if (rc == FWD_TOLERATED && fwd_list_add(lost, rules->v[i]) < 0)
            rc = FWD_OOM(b->fwd, err);
        fwd_words_clear(&w);
    }
    return rc < 0 ? rc : 0;
}

/* RULES are firewalld's; LOST gets those that the kernel does not have. */
int
fwd_kernel_lacks(struct fwd_bus *b, const struct fwd_have *have,
                 const struct fwd_list *rules, struct fwd_list *lost,
                 pp_err *err)
{
    static const char *const tables[] = {"filter", "mangle", "nat"};
    struct fwd_list tags = {0};
    char tag[FWD_TAG_MAX];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < rules->n; i++)
        if (fwd_rule_tag(rules->v[i], tag, sizeof(tag)) &&
            fwd_list_add(&tags, tag) < 0)
            rc = FWD_OOM(b->fwd, err);
    fwd_list_sort(&tags);
    for (int i = 0; rc == 0 && i < 6; i++)
        rc = look_at_table(b, have, i < 3 ? "ipv4" : "ipv6", tables[i % 3],
                           rules, &tags, lost, err);
    fwd_list_clear(&tags);
    if (rc == 0)
        fwd_list_sort(lost);
    return rc;
}

/* Into the kernel, past firewalld's books, with the chains it needs. */
static int
put_back(struct fwd_bus *b, bool legacy, const struct fwd_words *w, pp_err *err)
{
    const char *target = fwd_words_after(w, "-j");
    int rc = run_for(b, legacy, w, "-N", err);

    if (rc >= 0 && target && !strncmp(target, "POLYPOD_", 8)) {
        const char *argv[] = {"-t", w->v[1], "-N", target, NULL};

        rc = fwd_iptables(b, w->v[0], argv, NULL, err);
    }
    return rc < 0 ? rc : run_for(b, legacy, w, "-A", err);
}

/* Remove RULE from firewalld, also if the kernel has lost it. */
int
fwd_kernel_drop(struct fwd_bus *b, bool legacy, const char *rule, pp_err *err)
{
    struct fwd_words w;
    char text[FWD_TEXT_MAX];
    int rc = fwd_rule_put(b, rule, false, err);

    if (rc == FWD_TOLERATED)
        rc = fwd_rule_is_there(b, rule, err);
    if (rc <= 0)
        return rc;
    if (fwd_words_split(&w, rule) < 0)
        return FWD_OOM(b->fwd, err);
    rc = put_back(b, legacy, &w, err);
    fwd_words_clear(&w);
    if (rc >= 0)
        rc = fwd_rule_put(b, rule, false, err);
    if (rc != FWD_TOLERATED)
        return rc;
    fwd_rule_show(rule, text, sizeof(text));
    return pp_host_fail(b->fwd->host, err, PP_E_IO, 0,
                        "firewalld cannot remove its rule \"%s\"; firewall-cmd "
                        "--reload, then polypod firewall sync, makes all "
                        "anew",
                        text);
}
