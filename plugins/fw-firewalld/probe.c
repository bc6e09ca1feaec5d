/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/probe.c - does firewalld answer, and what does it say
 */
#include "fwd.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define SCORE 100
#define PATIENCE INT64_C(2000000000)

/* Stands in for the host's error, whose text we may not read. */
struct words {
    char text[400];
};

static int
keep_words(pp_err *err, int code, int sys, const char *fmt, va_list ap)
{
    struct words *w = (struct words *)(void *)err;
    size_t n = 0;

    if (!w)
        return -code;
    vsnprintf(w->text, sizeof(w->text), fmt, ap);
    n = strlen(w->text);
    if (sys != 0)
        snprintf(w->text + n, sizeof(w->text) - n, ": %s", strerror(sys));
    return -code;
}

/* What is known of a firewalld that answers. */
struct facts {
    char version[32];
    char state[32];
    char backend[32];
    char iptables[64]; /* empty: it has none for direct rules */
};

static int
ask_iptables(struct fwd_bus *b, struct facts *f, pp_err *err)
{
    static const char *const argv[] = {"-V", NULL};
    sd_bus_message *reply = NULL;
    const char *text = NULL;
    int rc = fwd_iptables(b, "ipv4", argv, &reply, err);

    if (rc != FWD_DONE)
        return rc;
    if (sd_bus_message_read(reply, "s", &text) > 0)
        snprintf(f->iptables, sizeof(f->iptables), "%.*s",
                 (int)strcspn(text, "\n"), text);
    sd_bus_message_unref(reply);
    return 0;
}

static int
ask_facts(struct fwd_bus *b, struct facts *f, pp_err *err)
{
    int rc = fwd_bus_property(b, "", "", "version", f->version,
                              sizeof(f->version), err);

    if (rc == 0)
        rc = fwd_bus_property(b, "", "", "state", f->state, sizeof(f->state),
                              err);
    if (rc == 0)
        rc = fwd_bus_property(b, "/config", ".config", "FirewallBackend",
                              f->backend, sizeof(f->backend), err);
    return rc;
}

/* returns  a score, and why */
static int
judge(const struct fwd *fwd, char *line, size_t size)
{
    struct facts f = {.version = ""};
    struct words words = {.text = ""};
    pp_err *err = (pp_err *)(void *)&words;
    struct fwd_bus b;
    int rc = fwd_bus_open(&b, fwd, err);

    if (rc == 0) {
        rc = ask_facts(&b, &f, err);
        if (rc == 0)
            rc = ask_iptables(&b, &f, err);
        fwd_bus_close(&b);
    }
    if (rc == 0 && strcmp(f.state, "RUNNING") != 0) {
        snprintf(line, size, "firewalld %s is not in order: its state is %s\n",
                 f.version, f.state);
        return 0;
    }
    if (rc < 0 || !f.iptables[0]) {
        snprintf(line, size, "%s\n",
                 words.text[0] ? words.text
                               : "firewalld cannot run iptables, which direct "
                                 "rules need");
        return 0;
    }
    snprintf(line, size,
             "firewalld %s answers; its backend is %s, its direct "
             "rules go to %s\n",
             f.version, f.backend, f.iptables);
    return SCORE;
}

int
fwd_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
          pp_err *err)
{
    pp_host own = {.struct_size = 0};
    struct words words = {.text = ""};
    struct fwd fwd = {.host = &own};
    char line[640];

    memcpy(&own, host,
           host->struct_size < sizeof(own) ? host->struct_size : sizeof(own));
    own.struct_size = sizeof(own);
    own.vfail = keep_words;
    probe->score = 0;
    if (fwd_configure(&fwd, &own, config, (pp_err *)(void *)&words) < 0)
        snprintf(line, sizeof(line), "%s\n", words.text);
    else {
        if (fwd.timeout > PATIENCE)
            fwd.timeout = PATIENCE;
        probe->score = judge(&fwd, line, sizeof(line));
    }
    if (probe->why && host->put(probe->why, line, strlen(line)) < 0)
        return pp_host_fail(host, err, PP_E_FULL, 0,
                            "no room for the reasons of the probe");
    return 0;
}

/* Append S as a JSON string. */
static int
put_string(const pp_host *host, pp_sink *json, const char *s)
{
    char out[512];
    size_t n = 0;

    out[n++] = '"';
    for (; *s && n + 8 < sizeof(out); s++) {
        unsigned char c = (unsigned char)*s;

        if (c < ' ')
            n += (size_t)snprintf(out + n, 7, "\\u%04x", c);
        else {
            if (c == '"' || c == '\\')
                out[n++] = '\\';
            out[n++] = (char)c;
        }
    }
    out[n++] = '"';
    return host->put(json, out, n);
}

static int
put_member(const pp_host *host, pp_sink *json, const char *key, const char *s)
{
    int rc = host->put(json, key, strlen(key));

    return rc < 0 ? rc : put_string(host, json, s);
}

int
fwd_status(void *self, pp_sink *json, pp_err *err)
{
    const struct fwd *fwd = self;
    const pp_host *host = fwd->host;
    struct facts f = {.version = ""};
    struct fwd_have have = {0};
    struct fwd_bus b;
    char tail[160];
    int rc = fwd_bus_open(&b, fwd, err);

    if (rc < 0)
        return rc;
    rc = ask_facts(&b, &f, err);
    if (rc == 0)
        rc = ask_iptables(&b, &f, err);
    if (rc >= 0)
        rc = fwd_have_read(&b, &have, err);
    fwd_bus_close(&b);
    snprintf(tail, sizeof(tail),
             ",\"rules\":%zu,\"chains\":%zu,\"zone_sources\":%zu,"
             "\"zone_exists\":%s}",
             have.rules.n, have.chains.n, have.sources.n,
             have.no_zone ? "false" : "true");
    fwd_have_clear(&have);
    if (rc == 0)
        rc = put_member(host, json,
                        "{\"driver\":\"firewalld\",\"version\":", FWD_VERSION);
    if (rc == 0)
        rc = put_member(host, json, ",\"bus\":", fwd->bus);
    if (rc == 0)
        rc = put_member(host, json, ",\"zone\":", fwd->zone);
    if (rc == 0)
        rc = put_member(host, json, ",\"firewalld\":", f.version);
    if (rc == 0)
        rc = put_member(host, json, ",\"state\":", f.state);
    if (rc == 0)
        rc = put_member(host, json, ",\"backend\":", f.backend);
    if (rc == 0)
        rc = put_member(host, json, ",\"iptables\":", f.iptables);
    return rc < 0 ? rc : host->put(json, tail, strlen(tail));
}
