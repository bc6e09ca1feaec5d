/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/plugin/fwdrive.c - drive one firewall plugin from a shell test
 *
 *   fwdrive [-v] [-d DIR] [-k KEY=VALUE]... FILE.so COMMAND [WORD...]
 *   fwdrive [-v] [-d DIR] [-k KEY=VALUE]... FILE.so -     (one per line)
 *
 *   caps | probe | status | list
 *   net_up net=NAME bridge=IF [subnet=CIDR]... [flags=masquerade,isolate,..]
 *   net_check (the words of net_up)
 *   net_down NAME
 *   apply owner=ID [addr=IP/CIDR@NET[@IF]]... [port=PROTO:HOST:CTR[@IP]]...
 *   check (the words of apply)
 *   remove ID
 *   sync FILE        lines of "net_up ..." and "apply ..."
 *   fill FROM TO     apply owners of invented addresses and ports
 *   bench COUNT      mean microseconds of apply, replace and remove
 *
 * HOST may be a range, 8000-8009, which leads to as many ports from CTR on.
 * addr=10.88.0.2/10.88.0.0/16@net@br0 has address, subnet, network, bridge.
 * The exit status is the PP_E_ code of the first command that fails.
 */
#include "fwhost.h"

#include <polypod/firewall.h>

#include <dlfcn.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_WORDS 64
#define MAX_ALL 20000

struct drive {
    pp_host host;
    pp_host_ctx ctx;
    pp_config config;
    const pp_plugin *plugin;
    const pp_fw_ops *ops;
    void *self;
};

/* The words of one line, turned into what crosses the ABI. */
struct rules {
    pp_fw_rules r;
    pp_fw_addr addrs[MAX_WORDS];
    pp_fw_port ports[MAX_WORDS];
    const pp_fw_addr *addrp[MAX_WORDS];
    const pp_fw_port *portp[MAX_WORDS];
};

struct net {
    pp_fw_net n;
    const char *subnets[MAX_WORDS];
};

__attribute__((noreturn)) static void
usage(const char *what, const char *arg)
{
    fprintf(stderr, "fwdrive: %s \"%s\"\n", what, arg);
    exit(64);
}

static bool
value_of(char *word, const char *key, char **value)
{
    size_t n = strlen(key);

    if (strncmp(word, key, n) != 0 || word[n] != '=')
        return false;
    *value = word + n + 1;
    return true;
}

static void
parse_addr(pp_fw_addr *a, char *text)
{
    char *slash = strchr(text, '/');
    char *at = slash ? strchr(slash, '@') : NULL;

    if (!at)
        usage("not IP/CIDR@NET[@IF]:", text);
    *slash = *at = '\0';
    *a = (pp_fw_addr){.struct_size = sizeof(*a),
                      .address = text,
                      .subnet = slash + 1,
                      .net = at + 1};
    at = strchr(at + 1, '@');
    if (!at)
        return;
    *at = '\0';
    a->bridge = at + 1;
}

static void
parse_port(pp_fw_port *p, char *text)
{
    char *at = strchr(text, '@');
    char proto[8] = "";
    unsigned h1 = 0, h2 = 0, c = 0;

    if (at)
        *at = '\0';
    if (sscanf(text, "%7[a-z]:%u-%u:%u", proto, &h1, &h2, &c) != 4) {
        if (sscanf(text, "%7[a-z]:%u:%u", proto, &h1, &c) != 3)
            usage("not PROTO:HOST:CTR[@IP]:", text);
        h2 = h1;
    }
    *p = (pp_fw_port){.struct_size = sizeof(*p),
                      .host_port = (uint16_t)h1,
                      .container_port = (uint16_t)c,
                      .count = (uint16_t)(h2 - h1 + 1),
                      .host_ip = at ? at + 1 : NULL};
    p->proto = !strcmp(proto, "udp")    ? IPPROTO_UDP
               : !strcmp(proto, "sctp") ? IPPROTO_SCTP
                                        : IPPROTO_TCP;
}

static void
parse_rules(struct rules *x, char **words, unsigned n)
{
    char *v = NULL;

    memset(x, 0, sizeof(*x));
    x->r.struct_size = sizeof(x->r);
    x->r.addrs = x->addrp;
    x->r.ports = x->portp;
    for (unsigned i = 0; i < n; i++) {
        if (value_of(words[i], "owner", &v)) {
            x->r.owner = v;
        } else if (value_of(words[i], "addr", &v)) {
            parse_addr(&x->addrs[x->r.n_addrs], v);
            x->addrp[x->r.n_addrs] = &x->addrs[x->r.n_addrs];
            x->r.n_addrs++;
        } else if (value_of(words[i], "port", &v)) {
            parse_port(&x->ports[x->r.n_ports], v);
            x->portp[x->r.n_ports] = &x->ports[x->r.n_ports];
            x->r.n_ports++;
        } else {
            usage("unknown word", words[i]);
        }
    }
}

static void
parse_net(struct net *x, char **words, unsigned n)
{
    char *v = NULL;

    memset(x, 0, sizeof(*x));
    x->n.struct_size = sizeof(x->n);
    x->n.subnets = x->subnets;
    for (unsigned i = 0; i < n; i++) {
        if (value_of(words[i], "net", &v))
            x->n.net = v;
        else if (value_of(words[i], "bridge", &v))
            x->n.bridge = v;
        else if (value_of(words[i], "subnet", &v))
            x->subnets[x->n.n_subnets++] = v;
        else if (value_of(words[i], "flags", &v))
            x->n.flags = (strstr(v, "masquerade") ? PP_FW_MASQUERADE : 0) |
                         (strstr(v, "isolate") ? PP_FW_ISOLATE : 0) |
                         (strstr(v, "internal") ? PP_FW_INTERNAL : 0);
        else
            usage("unknown word", words[i]);
    }
}

static unsigned
split(char *line, char **words)
{
    unsigned n = 0;

    for (char *w = strtok_r(line, " \t\n", &line); w && n < MAX_WORDS;
         w = strtok_r(NULL, " \t\n", &line))
        words[n++] = w;
    return n;
}

static void *
must(void *p)
{
    if (!p)
        usage("out of memory", "");
    return p;
}

/* What one sync asks for, with the memory behind it. */
struct wanted {
    pp_fw_all all;
    const pp_fw_rules *rules[MAX_ALL];
    const pp_fw_net *nets[MAX_ALL];
    void *kept[3 * MAX_ALL];
    unsigned n_kept;
};

static void *
keep(struct wanted *w, void *p)
{
    if (w->n_kept == 3 * MAX_ALL)
        usage("too many lines", "");
    w->kept[w->n_kept++] = must(p);
    return p;
}

/* LINE is kept: the request points into it. */
static void
add_line(struct wanted *w, char *line)
{
    char *words[MAX_WORDS];
    unsigned n = split(line, words);

    if (n == 0 || w->all.n_nets == MAX_ALL || w->all.n_rules == MAX_ALL)
        return;
    if (!strcmp(words[0], "net_up")) {
        struct net *x = keep(w, malloc(sizeof(*x)));

        parse_net(x, words + 1, n - 1);
        w->nets[w->all.n_nets++] = &x->n;
    } else {
        struct rules *x = keep(w, malloc(sizeof(*x)));

        parse_rules(x, words + 1, n - 1);
        w->rules[w->all.n_rules++] = &x->r;
    }
}

static int
cmd_sync(struct drive *d, const char *path, pp_err *err)
{
    struct wanted *w = must(calloc(1, sizeof(*w)));
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    int rc = 0;

    if (!f)
        usage("cannot read", path);
    w->all.struct_size = sizeof(w->all);
    w->all.rules = w->rules;
    w->all.nets = w->nets;
    for (; getline(&line, &cap, f) > 0; line = NULL)
        add_line(w, keep(w, line));
    free(line);
    fclose(f);
    rc = d->ops->sync(d->self, &w->all, err);
    while (w->n_kept > 0)
        free(w->kept[--w->n_kept]);
    free(w);
    return rc;
}

/* Owner I with an address, a port of each protocol but the last, a range. */
static int
apply_nth(struct drive *d, unsigned i, unsigned shift, pp_err *err)
{
    struct rules x;
    char words[3][128];
    char *w[3] = {words[0], words[1], words[2]};

    snprintf(words[0], sizeof(words[0]), "owner=fill%060u", i);
    snprintf(words[1], sizeof(words[1]),
             "addr=10.99.%u.%u/10.99.0.0/16@fill@br-fill", i / 256 % 256,
             i % 256);
    snprintf(words[2], sizeof(words[2]), "port=%s:%u:%u", i % 2 ? "tcp" : "udp",
             1024 + i / 2 % 60000, 80 + shift);
    parse_rules(&x, w, 3);
    return d->ops->apply(d->self, &x.r, err);
}

static int
cmd_fill(struct drive *d, unsigned from, unsigned to, pp_err *err)
{
    int rc = 0;

    for (unsigned i = from; i < to && rc == 0; i++)
        rc = apply_nth(d, i, 0, err);
    return rc;
}

static double
now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
cmd_bench(struct drive *d, unsigned count, pp_err *err)
{
    const unsigned base = 60000;
    double t[4];
    int rc = 0;

    t[0] = now_us();
    rc = cmd_fill(d, base, base + count, err);
    t[1] = now_us();
    for (unsigned i = base; i < base + count && rc == 0; i++)
        rc = apply_nth(d, i, 1, err);
    t[2] = now_us();
    for (unsigned i = base; i < base + count && rc == 0; i++) {
        char owner[80];

        snprintf(owner, sizeof(owner), "fill%060u", i);
        rc = d->ops->remove(d->self, owner, err);
    }
    t[3] = now_us();
    if (rc == 0)
        printf("apply %.1f us, replace %.1f us, remove %.1f us\n",
               (t[1] - t[0]) / count, (t[2] - t[1]) / count,
               (t[3] - t[2]) / count);
    return rc;
}

static int
cmd_list(struct drive *d, pp_err *err)
{
    pp_sink sink = {0};
    int rc = d->ops->list(d->self, &sink, err);

    for (size_t i = 0; rc == 0 && i < sink.n; i += strlen(sink.p + i) + 1)
        puts(sink.p + i);
    sink_clear(&sink);
    return rc;
}

static int
cmd_caps(struct drive *d, pp_err *err)
{
    static const char *const names[] = {"filter",  "masquerade", "ports",
                                        "isolate", "ipv6",       "ranges"};
    uint64_t caps = 0;
    int rc = d->ops->caps(d->self, &caps, err);

    for (unsigned i = 0; rc == 0 && i < 6; i++)
        if (caps & (1u << i))
            puts(names[i]);
    return rc;
}

static int
cmd_probe(struct drive *d, pp_err *err)
{
    pp_sink why = {0};
    pp_probe probe = {.struct_size = sizeof(probe), .why = &why};
    int rc = d->plugin->probe(&d->host, &d->config, &probe, err);

    if (rc == 0)
        printf("score %d\n%s", probe.score, why.n ? why.p : "");
    sink_clear(&why);
    return rc;
}

static int
cmd_status(struct drive *d, pp_err *err)
{
    pp_sink json = {0};
    int rc = d->plugin->status(d->self, &json, err);

    if (rc == 0)
        printf("%s\n", json.n ? json.p : "");
    sink_clear(&json);
    return rc;
}

static int
cmd_rules(struct drive *d, bool check, char **words, unsigned n, pp_err *err)
{
    struct rules x;

    parse_rules(&x, words, n);
    if (check)
        return d->ops->check(d->self, &x.r, err);
    return d->ops->apply(d->self, &x.r, err);
}

static int
command(struct drive *d, char **w, unsigned n, pp_err *err)
{
    struct net net;

    if (!strcmp(w[0], "apply") || !strcmp(w[0], "check"))
        return cmd_rules(d, w[0][0] == 'c', w + 1, n - 1, err);
    if (!strcmp(w[0], "list"))
        return cmd_list(d, err);
    if (!strcmp(w[0], "caps"))
        return cmd_caps(d, err);
    if (!strcmp(w[0], "probe"))
        return cmd_probe(d, err);
    if (!strcmp(w[0], "status"))
        return cmd_status(d, err);
    if (!strcmp(w[0], "net_up") || !strcmp(w[0], "net_check")) {
        parse_net(&net, w + 1, n - 1);
        return w[0][4] == 'u' ? d->ops->net_up(d->self, &net.n, err)
                              : d->ops->net_check(d->self, &net.n, err);
    }
    if (n < 2)
        usage("unknown command, or a word is missing:", w[0]);
    if (!strcmp(w[0], "remove"))
        return d->ops->remove(d->self, w[1], err);
    if (!strcmp(w[0], "net_down"))
        return d->ops->net_down(d->self, w[1], err);
    if (!strcmp(w[0], "sync"))
        return cmd_sync(d, w[1], err);
    if (!strcmp(w[0], "bench"))
        return cmd_bench(d, (unsigned)atoi(w[1]), err);
    if (!strcmp(w[0], "fill") && n > 2)
        return cmd_fill(d, (unsigned)atoi(w[1]), (unsigned)atoi(w[2]), err);
    usage("unknown command", w[0]);
}

static int
report(int rc, const pp_err *err)
{
    if (rc < 0)
        fprintf(stderr, "error %d: %s%s%s\n", -rc, err->text,
                err->sys ? ": " : "", err->sys ? strerror(err->sys) : "");
    return rc;
}

static int
lines(struct drive *d, pp_err *err)
{
    char *line = NULL;
    size_t cap = 0;
    int first = 0;

    while (getline(&line, &cap, stdin) > 0) {
        char *words[MAX_WORDS];
        unsigned n = split(line, words);
        int rc = n > 0 ? report(command(d, words, n, err), err) : 0;

        if (first == 0)
            first = rc;
    }
    free(line);
    return first;
}

static void
load(struct drive *d, const char *path)
{
    void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (!so)
        usage("cannot load:", dlerror());
    d->plugin = dlsym(so, "pp_plugin_v1");
    if (!d->plugin || d->plugin->kind != PP_KIND_FW)
        usage("not a firewall plugin:", path);
    d->ops = d->plugin->ops;
    d->config.plugin = d->plugin;
    host_init(&d->host, &d->ctx);
}

int
main(int argc, char **argv)
{
    struct drive d = {.ctx = {.dir = "/tmp", .level = PP_LOG_WARNING}};
    const char *set[HOST_MAX_SET];
    unsigned n_set = 0;
    pp_err err = {0};
    int rc = 0;

    for (int c; (c = getopt(argc, argv, "+vd:k:")) != -1;) {
        if (c == 'v')
            d.ctx.level = PP_LOG_DEBUG;
        else if (c == 'd')
            d.ctx.dir = optarg;
        else if (c == 'k' && n_set < HOST_MAX_SET)
            set[n_set++] = optarg;
        else
            usage("bad option of", argv[0]);
    }
    if (argc - optind < 2)
        usage("FILE.so and COMMAND are missing:", argv[0]);
    load(&d, argv[optind++]);
    for (unsigned i = 0; i < n_set; i++)
        if (!host_set(&d.config, set[i]))
            usage("no such key:", set[i]);
    if (!strcmp(argv[optind], "probe"))
        return -report(cmd_probe(&d, &err), &err);
    rc = report(d.plugin->open(&d.host, &d.config, &d.self, &err), &err);
    if (rc < 0)
        return -rc;
    if (!strcmp(argv[optind], "-"))
        rc = lines(&d, &err);
    else
        rc = report(command(&d, argv + optind, (unsigned)(argc - optind), &err),
                    &err);
    d.plugin->close(d.self);
    return -rc;
}
