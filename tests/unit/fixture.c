/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/fixture.c - containers and pods to store; a check of the store */
#include <stdio.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/keys.h"
#include "scenario.h"

static char *
id_of(char digit)
{
    char *id = malloc(33);

    if (!id)
        abort();
    memset(id, digit, 32);
    id[32] = '\0';
    return id;
}

static pp_json *
parse(const char *text)
{
    pp_json *v = NULL;

    if (pp_json_parse(text, strlen(text), "a fixture", &v, NULL))
        abort();
    return v;
}

ppc_ctr *
fixture_ctr(char digit)
{
    ppc_ctr *c = ppc_ctr_new();

    if (!c)
        abort();
    c->config->id = id_of(digit);
    c->config->name = ppc_sprintf("test%c", digit);
    c->config->labels = parse("{\"a\":\"b\",\"test\":\"\\u00e4\"}");
    c->config->port_mappings =
        parse("[{\"hostPort\":80,\"containerPort\":90,\"protocol\":\"tcp\","
              "\"hostIP\":\"192.168.3.3\"},{\"hostPort\":100,"
              "\"containerPort\":110,\"protocol\":\"udp\"}]");
    ppc_strv_add(&c->config->dns_server, "192.168.1.1");
    ppc_strv_add(&c->config->dns_server, "2001:db8::2020");
    ppc_strv_add(&c->config->mounts, "/test/mnt");
    ppc_strv_add(&c->config->command, "");
    c->config->created = INT64_C(1540000000123456789);
    c->config->stop_signal = 15;
    c->config->stop_timeout = 10;
    c->config->log_size_max = -1;
    c->state->state = PPC_CTR_RUNNING;
    c->state->pid = 1234;
    c->state->started = INT64_C(1540000001000000000);
    c->state->exec_sessions =
        parse("{\"abcd\":{\"id\":\"1\",\"command\":[\"2\",\"3\"],"
              "\"pid\":9876},\"ef01\":{\"id\":\"5\",\"command\":[\"h\"],"
              "\"pid\":46765}}");
    c->state->bind_mounts = parse("{\"/1/2/3\":\"/4/5/6\",\"/a\":\"/b\"}");
    return c;
}

ppc_pod *
fixture_pod(char digit)
{
    ppc_pod *p = ppc_pod_new();

    if (!p)
        abort();
    p->config->id = id_of(digit);
    p->config->name = ppc_sprintf("test%c", digit);
    p->config->labels = parse("{\"c\":\"d\"}");
    p->config->cgroup_parent = strdup("/hello/world/cgroup/parent");
    p->config->created = INT64_C(1540000000000000001);
    p->config->has_infra = true;
    p->state->cgroup_path = strdup("/path/to/cgroups/hello/");
    p->state->infra_id = id_of('9');
    return p;
}

struct sound {
    char **lines; /* what should be there; found ones are emptied */
    int bad;
};

static void
want(struct sound *s, ppc_key k, const char *val)
{
    ppc_str line = PPC_STR_INIT;
    size_t i;

    for (i = 0; i < k.n; i++)
        ppc_str_putc(&line, k.b[i] ? (char)k.b[i] : '/');
    if (val)
        ppc_str_printf(&line, "=%s", val);
    ppc_strv_take(&s->lines, ppc_str_steal(&line));
}

static void
want_name(struct sound *s, char letter, const char *name, const char *id)
{
    PP_AUTO_FREE char *owner = ppc_sprintf("%c%s", letter, id);

    want(s, ppc_key_name(name), owner);
}

static void
want_ctr(struct sound *s, const pp_json *v)
{
    ppc_ctr_config *c = NULL;
    size_t i;

    if (ppc_ctr_config_decode(v, &c, NULL) < 0) {
        s->bad = 1;
        return;
    }
    want(s, ppc_key_record('c', c->id, "config"), NULL);
    want(s, ppc_key_record('c', c->id, "state"), NULL);
    want_name(s, 'c', c->name, c->id);
    if (c->nspace)
        want(s, ppc_key_ns(c->nspace, 'c', c->id), NULL);
    if (c->pod)
        want(s, ppc_key_member(c->pod, c->id), NULL);
    for (i = 0; i < PPC_NS_COUNT; i++)
        if (c->ns_ctr[i])
            want(s, ppc_key_dep(c->ns_ctr[i], c->id), NULL);
    for (i = 0; c->dependencies && c->dependencies[i]; i++)
        want(s, ppc_key_dep(c->dependencies[i], c->id), NULL);
    ppc_ctr_config_free(c);
}

static void
want_pod(struct sound *s, const pp_json *v)
{
    ppc_pod_config *p = NULL;

    if (ppc_pod_config_decode(v, &p, NULL) < 0) {
        s->bad = 1;
        return;
    }
    want(s, ppc_key_record('p', p->id, "config"), NULL);
    want(s, ppc_key_record('p', p->id, "state"), NULL);
    want_name(s, 'p', p->name, p->id);
    if (p->nspace)
        want(s, ppc_key_ns(p->nspace, 'p', p->id), NULL);
    ppc_pod_config_free(p);
}

static void
from_config(pp_slice key, pp_slice val, void *arg)
{
    struct sound *s = arg;
    pp_json *v = NULL;
    char id[PPC_ID_MAX + 1];
    pp_slice rest;
    char letter = *(const char *)key.p;

    if (!strchr("cp", letter) || !ppc_key_split(key, 2, id, &rest) ||
        !ppc_slice_is(rest, "config"))
        return;
    if (pp_json_parse(val.p, val.n, "a config", &v, NULL) < 0)
        s->bad = 1;
    else if (letter == 'c')
        want_ctr(s, v);
    else
        want_pod(s, v);
    pp_json_unref(v);
}

/* Is this key, of a container, optional? */
static bool
is_optional(pp_slice key)
{
    char id[PPC_ID_MAX + 1];
    pp_slice rest;
    char letter = *(const char *)key.p;

    if (strchr("mxi", letter))
        return true;
    return letter == 'c' && ppc_key_split(key, 2, id, &rest) &&
           ppc_slice_is(rest, "netns");
}

static void
check_key(pp_slice key, pp_slice val, void *arg)
{
    struct sound *s = arg;
    struct sound one = {.lines = NULL};
    char owner[PPC_ID_MAX + 2] = "";
    ppc_key k = {key.n, {0}};
    size_t i;

    if (is_optional(key))
        return;
    memcpy(k.b, key.p, key.n);
    memcpy(owner, val.p, val.n < sizeof owner ? val.n : 0);
    want(&one, k, k.b[0] == 'n' ? owner : NULL);
    for (i = 0; s->lines && s->lines[i]; i++)
        if (!strcmp(s->lines[i], one.lines[0]))
            break;
    if (s->lines && s->lines[i]) {
        s->lines[i][0] = '\0';
        ppc_strv_free(one.lines);
        return;
    }
    fprintf(stderr, "  left over in the store: %s\n", one.lines[0]);
    ppc_strv_free(one.lines);
    s->bad = 1;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int
store_is_sound(backend *b)
{
    struct sound s = {.lines = NULL};
    size_t i, n;

    backend_each(b, from_config, &s);
    n = ppc_strv_len(ppc_strv_c(s.lines));
    if (n)
        qsort(s.lines, n, sizeof *s.lines, compare);
    for (i = 1; i < n; i++) /* one key, though a need is told twice */
        if (!strcmp(s.lines[i], s.lines[i - 1]))
            s.lines[i - 1][0] = '\0';
    backend_each(b, check_key, &s);
    for (i = 0; i < n; i++)
        if (s.lines[i][0]) {
            fprintf(stderr, "  missing in the store: %s\n", s.lines[i]);
            s.bad = 1;
        }
    ppc_strv_free(s.lines);
    return !s.bad;
}
