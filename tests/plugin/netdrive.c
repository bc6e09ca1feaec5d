/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/plugin/netdrive.c - run one op of one network plugin
 *
 * netdrive FILE.so OP [WORD...]
 *   ops    caps probe list info setup teardown check gc status
 *   words  dir=FOLDER (volatile)  debug=1  cookie=FILE (written by setup)
 *          took=FILE (the op's microseconds are appended)
 *          id= name= net= ifname= netns= ms=TIMEOUT mac=
 *          ip=, alias=, arg=K=V, port=[IP@]HOST:CONTAINER[+COUNT]/PROTO,
 *          alive=ID:IFNAME, any number; KEY=VALUE of the plugin
 *
 * Prints results a line each; "error CODE: text" and status 1 on failure.
 */
#include "nethost.h"

#include <polypod/network.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_MANY 16

struct drive {
    pp_host host;
    pp_host_ctx ctx;
    pp_config config;
    pp_net_request req;
    pp_net_port port[MAX_MANY];
    const pp_net_port *ports[MAX_MANY];
    pp_net_attachment alive[MAX_MANY];
    const pp_net_attachment *alives[MAX_MANY];
    uint32_t n_alive;
    const char *ips[MAX_MANY];
    const char *aliases[MAX_MANY];
    const char *args[MAX_MANY];
    const char *cookie_file;
    const char *took_file;
    pp_err err;
};

static int
usage(const char *why)
{
    fprintf(stderr, "netdrive: %s\n", why);
    return 2;
}

static bool
many(const char **list, const char *value)
{
    size_t n = 0;

    while (list[n])
        n++;
    if (n + 1 >= MAX_MANY)
        return false;
    list[n] = value;
    return true;
}

static bool
add_port(struct drive *d, char *v)
{
    pp_net_port *p = &d->port[d->req.n_ports];
    char *at = strchr(v, '@');
    char *slash = strchr(v, '/');
    unsigned host = 0;
    unsigned cont = 0;
    unsigned count = 1;

    if (d->req.n_ports == MAX_MANY || !slash)
        return false;
    *p = (pp_net_port){.struct_size = sizeof(*p)};
    if (at) {
        *at = '\0';
        p->host_ip = v;
        v = at + 1;
    }
    if (sscanf(v, "%u:%u+%u", &host, &cont, &count) < 2)
        return false;
    p->host_port = (uint16_t)host;
    p->container_port = (uint16_t)cont;
    p->count = (uint16_t)count;
    p->proto = !strcmp(slash, "/tcp")    ? IPPROTO_TCP
               : !strcmp(slash, "/udp")  ? IPPROTO_UDP
               : !strcmp(slash, "/sctp") ? IPPROTO_SCTP
                                         : IPPROTO_ICMP;
    d->ports[d->req.n_ports++] = p;
    return true;
}

static bool
add_alive(struct drive *d, char *v)
{
    char *colon = strchr(v, ':');

    if (!colon || d->n_alive == MAX_MANY)
        return false;
    *colon = '\0';
    d->alive[d->n_alive] = (pp_net_attachment){
        .struct_size = sizeof(d->alive[0]), .id = v, .ifname = colon + 1};
    d->alives[d->n_alive] = &d->alive[d->n_alive];
    d->n_alive++;
    return true;
}

static bool
take_list(struct drive *d, const char *key, char *v)
{
    if (!strcmp(key, "ip"))
        return many(d->ips, v);
    if (!strcmp(key, "alias"))
        return many(d->aliases, v);
    if (!strcmp(key, "arg"))
        return many(d->args, v);
    if (!strcmp(key, "port"))
        return add_port(d, v);
    return !strcmp(key, "alive") && add_alive(d, v);
}

static bool
take(struct drive *d, char *word)
{
    const struct {
        const char *key;
        const char **to;
    } texts[] = {
        {"id", &d->req.id},      {"name", &d->req.name},
        {"net", &d->req.net},    {"ifname", &d->req.ifname},
        {"mac", &d->req.mac},    {"netns", &d->req.netns_path},
        {"dir", &d->ctx.dir},    {"cookie", &d->cookie_file},
        {"took", &d->took_file},
    };
    char *eq = strchr(word, '=');
    char *v = eq ? eq + 1 : NULL;

    if (!eq)
        return false;
    if (host_set(&d->config, word))
        return true;
    *eq = '\0';
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!strcmp(word, texts[i].key)) {
            *texts[i].to = v;
            return true;
        }
    if (!strcmp(word, "ms")) {
        d->req.timeout_ms = (uint32_t)strtoul(v, NULL, 10);
        return true;
    }
    if (!strcmp(word, "debug")) {
        d->ctx.level = PP_LOG_DEBUG;
        return true;
    }
    return take_list(d, word, v);
}

static const char *
or_none(const char *s)
{
    return s ? s : "-";
}

static int
got_iface(void *ctx, const pp_net_iface *i)
{
    (void)ctx;
    printf("iface %s mac=%s sandbox=%s mtu=%u\n", i->name, or_none(i->mac),
           or_none(i->sandbox), i->mtu);
    return 0;
}

static int
got_address(void *ctx, const pp_net_address *a)
{
    (void)ctx;
    printf("address %s %s gw=%s\n", a->ifname, a->address, or_none(a->gateway));
    return 0;
}

static int
got_route(void *ctx, const pp_net_route *r)
{
    (void)ctx;
    printf("route %s gw=%s\n", r->dst, or_none(r->gw));
    return 0;
}

static int
got_dns(void *ctx, uint32_t what, const char *value)
{
    (void)ctx;
    printf("dns %u %s\n", what, value);
    return 0;
}

static int
do_setup(struct drive *d, void *self, const pp_net_ops *ops)
{
    pp_sink *cookie = host_sink();
    pp_net_result out = {
        .struct_size = sizeof(out),
        .iface = got_iface,
        .address = got_address,
        .route = got_route,
        .dns = got_dns,
        .cookie = cookie,
    };
    int rc = ops->setup(self, &d->req, &out, &d->err);

    if (rc == 0 && d->cookie_file) {
        FILE *f = fopen(d->cookie_file, "we");

        if (!f || fwrite(cookie->p, 1, cookie->n, f) != cookie->n)
            rc = -PP_E_IO;
        if (f)
            fclose(f);
    }
    host_sink_free(cookie);
    return rc;
}

static int
with_cookie(struct drive *d, void *self,
            int (*op)(void *, const pp_net_request *, pp_slice, pp_err *))
{
    pp_sink *cookie = host_sink();
    FILE *f = d->cookie_file ? fopen(d->cookie_file, "re") : NULL;
    char buf[65536];

    for (size_t n = 1; f && n > 0;) {
        n = fread(buf, 1, sizeof(buf), f);
        d->host.put(cookie, buf, n);
    }
    if (f)
        fclose(f);
    int rc = op(self, &d->req, pp_slice_of(cookie->p, cookie->n), &d->err);

    host_sink_free(cookie);
    return rc;
}

static int
do_list(struct drive *d, void *self, const pp_net_ops *ops)
{
    pp_sink *names = host_sink();
    int rc = ops->list(self, names, &d->err);

    for (size_t i = 0; rc == 0 && i < names->n; i += strlen(names->p + i) + 1)
        puts(names->p + i);
    host_sink_free(names);
    return rc;
}

static int
do_info(struct drive *d, void *self, const pp_net_ops *ops)
{
    pp_net_info info = {
        .struct_size = sizeof(info),
        .name = host_sink(),
        .bridge = host_sink(),
        .json = host_sink(),
    };
    int rc = ops->info(self, d->req.net, &info, &d->err);

    if (rc == 0)
        printf("name %s\nflags 0x%x\nbridge %s\njson %s\n", info.name->p,
               info.flags, or_none(info.bridge->p), info.json->p);
    host_sink_free(info.name);
    host_sink_free(info.bridge);
    host_sink_free(info.json);
    return rc;
}

static int
do_probe(struct drive *d, const pp_plugin *plugin)
{
    pp_probe probe = {.struct_size = sizeof(probe), .why = host_sink()};
    int rc = plugin->probe(&d->host, &d->config, &probe, &d->err);

    if (rc == 0)
        printf("score %d\n%s", probe.score, or_none(probe.why->p));
    host_sink_free(probe.why);
    return rc;
}

static int
do_op(struct drive *d, const char *op, void *self, const pp_net_ops *ops)
{
    uint64_t caps = 0;

    if (!strcmp(op, "caps")) {
        int rc = ops->caps(self, &caps, &d->err);

        printf("caps 0x%" PRIx64 "\n", caps);
        return rc;
    }
    if (!strcmp(op, "list"))
        return do_list(d, self, ops);
    if (!strcmp(op, "info"))
        return do_info(d, self, ops);
    if (!strcmp(op, "setup"))
        return do_setup(d, self, ops);
    if (!strcmp(op, "teardown"))
        return with_cookie(d, self, ops->teardown);
    if (!strcmp(op, "check"))
        return with_cookie(d, self, ops->check);
    if (!strcmp(op, "gc"))
        return ops->gc(self, d->req.net, d->alives, d->n_alive, &d->err);
    if (!strcmp(op, "status"))
        return ops->status(self, d->req.net, &d->err);
    exit(usage("no such op"));
}

static int64_t
now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int
do_timed(struct drive *d, const char *op, void *self, const pp_net_ops *ops)
{
    int64_t start = now_us();
    int rc = do_op(d, op, self, ops);
    int64_t end = now_us();
    FILE *f = d->took_file ? fopen(d->took_file, "ae") : NULL;

    if (f) {
        fprintf(f, "%" PRId64 "\n", end - start);
        fclose(f);
    }
    return rc;
}

int
main(int argc, char **argv)
{
    static struct drive d;
    void *self = NULL;
    void *file = argc > 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;

    if (!file)
        return usage(argc > 2 ? dlerror() : "FILE.so OP [WORD...]");
    const pp_plugin *plugin = dlsym(file, "pp_plugin_v1");

    if (!plugin || plugin->kind != PP_KIND_NET)
        return usage("not a network plugin");
    d.config.plugin = plugin;
    d.ctx = (pp_host_ctx){.dir = "/nonexistent", .level = PP_LOG_WARNING};
    d.req = (pp_net_request){.struct_size = sizeof(d.req),
                             .netns_fd = -1,
                             .ips = d.ips,
                             .aliases = d.aliases,
                             .args = d.args,
                             .ports = d.ports};
    for (int i = 3; i < argc; i++)
        if (!take(&d, argv[i]))
            return usage(argv[i]);
    host_init(&d.host, &d.ctx);
    if (d.req.netns_path)
        d.req.netns_fd = open(d.req.netns_path, O_RDONLY | O_CLOEXEC);
    int rc = 0;

    if (!strcmp(argv[2], "probe"))
        rc = do_probe(&d, plugin);
    else
        rc = plugin->open(&d.host, &d.config, &self, &d.err);
    if (self) {
        rc = do_timed(&d, argv[2], self, plugin->ops);
        plugin->close(self);
    }
    if (d.req.netns_fd >= 0)
        close(d.req.netns_fd);
    if (rc < 0)
        fprintf(stderr, "error %d: %s\n", -rc, d.err.text);
    return rc < 0 ? 1 : 0;
}
