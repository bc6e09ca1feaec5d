/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-cni/plugin.c - the descriptor, open and the ops */
#include "cni.h"

#include <stdio.h>
#include <string.h>

CNI_KEY(cni_config_dir, PP_KEY_PATH, "/etc/cni/net.d/", NULL,
        "folder of the network configurations");
CNI_KEY(cni_plugin_dir, PP_KEY_LIST,
        "/usr/libexec/cni\n/usr/lib/cni\n/opt/cni/bin", "path",
        "folders of the CNI plugins, searched in order");
CNI_KEY(cni_default_network, PP_KEY_STRING, NULL, NULL,
        "network of containers that name none; unset: the first one");
CNI_KEY(timeout, PP_KEY_DURATION, "60s", NULL,
        "longest time for attaching or detaching one container");

static const pp_key *const keys[] = {
    &key_cni_config_dir,
    &key_cni_plugin_dir,
    &key_cni_default_network,
    &key_timeout,
    NULL,
};

#define MIN(a, b) ((a) < (b) ? (a) : (b))

static void
cni_close(void *self)
{
    cni *c = self;

    for (char **d = c->plugin_dirs; d && *d; d++)
        free(*d);
    free(c->plugin_dirs);
    free(c->path);
    free(c->conf.ipam_dir);
    free(c->conf.lock_file);
    free(c);
}

/* The folders as a vector and, for CNI_PATH, joined. */
static int
read_dirs(cni *c, const pp_config *config)
{
    const pp_host *h = c->conf.host;
    size_t n = 0;
    size_t size = 1;
    const char *d = NULL;

    while ((d = h->cfg_next(config, "cni_plugin_dir", d))) {
        n++;
        size += strlen(d) + 1;
    }
    c->plugin_dirs = calloc(n + 1, sizeof(*c->plugin_dirs));
    c->path = calloc(1, size);
    if (!c->plugin_dirs || !c->path)
        return -PP_E_NOMEM;
    char *end = c->path;

    for (size_t i = 0; (d = h->cfg_next(config, "cni_plugin_dir", d)); i++) {
        c->plugin_dirs[i] = strdup(d);
        if (!c->plugin_dirs[i])
            return -PP_E_NOMEM;
        end += sprintf(end, "%s%s", i ? ":" : "", d);
    }
    return 0;
}

static int
check_dirs(const cni *c, pp_err *err)
{
    if (!c->plugin_dirs[0])
        return pp_host_fail(c->conf.host, err, PP_E_INVAL, 0,
                            "cni_plugin_dir is empty");
    for (char *const *d = c->plugin_dirs; *d; d++)
        if (**d != '/' || strchr(*d, ':'))
            return pp_host_fail(c->conf.host, err, PP_E_INVAL, 0,
                                "cni_plugin_dir: \"%s\" must be an absolute "
                                "path without \":\"",
                                *d);
    return 0;
}

static int
cni_open(const pp_host *host, const pp_config *config, void **self, pp_err *err)
{
    if (!PP_HOST_HAS(host, sink_free))
        return pp_host_fail(host, err, PP_E_NOTSUP, 0,
                            "this engine cannot hand the output of a helper "
                            "to a plugin, a newer one is needed");
    cni *c = calloc(1, sizeof(*c));

    if (!c)
        return pp_host_fail(host, err, PP_E_NOMEM, 0, "no memory for net-cni");
    const char *run = host->dir(host->ctx, PP_DIR_RUN);
    const char *net = host->cfg_str(config, "cni_default_network");
    int64_t ms = host->cfg_int(config, "timeout") / 1000000;
    int rc = 0;

    c->conf.host = host;
    c->conf.conf_dir = host->cfg_str(config, "cni_config_dir");
    c->conf.default_net = net && *net ? net : NULL;
    c->conf.timeout_ms = (uint32_t)MIN(ms, 3600000);
    if (!run || !c->conf.conf_dir)
        rc = pp_host_fail(host, err, PP_E_INVAL, 0,
                          "net-cni needs a volatile folder and cni_config_dir");
    else if (ms <= 0)
        rc = pp_host_fail(host, err, PP_E_INVAL, 0,
                          "timeout must be 1ms or more");
    else if (read_dirs(c, config) < 0 ||
             asprintf(&c->conf.ipam_dir, "%s/ipam", run) < 0 ||
             asprintf(&c->conf.lock_file, "%s/net-cni.lock", run) < 0)
        rc = pp_host_fail(host, err, PP_E_NOMEM, 0, "no memory for net-cni");
    else
        rc = check_dirs(c, err);
    if (rc < 0) {
        cni_close(c);
        return rc;
    }
    *self = c;
    return 0;
}

static int
cni_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
          pp_err *err)
{
    static const char *const wanted[] = {"bridge", "host-local"};
    cni c = {.conf = {.host = host}};
    int found = 0;
    char text[512];

    (void)err;
    if (read_dirs(&c, config) == 0)
        for (size_t i = 0; i < 2; i++) {
            cni_why why = {.err = NULL};
            FREE_AUTO char *path = NULL;

            found += cni_exec_find(&c, "any", wanted[i], &path, &why) == 0;
        }
    snprintf(text, sizeof(text),
             "%s of the CNI plugins bridge and host-local "
             "in %.300s\n",
             found == 2   ? "both"
             : found == 1 ? "one"
                          : "none",
             c.path ? c.path : "");
    probe->score = found == 2 ? 100 : found * 10;
    if (probe->why)
        host->put(probe->why, text, strlen(text));
    for (char **d = c.plugin_dirs; d && *d; d++)
        free(*d);
    free(c.plugin_dirs);
    free(c.path);
    return 0;
}

static int
cni_caps(void *self, uint64_t *caps, pp_err *err)
{
    (void)self;
    (void)err;
    *caps = PP_NET_CAP_GC | PP_NET_CAP_STATUS | PP_NET_CAP_STATIC_IP |
            PP_NET_CAP_MAC | PP_NET_CAP_GC_SPARES;
    return 0;
}

static int
publish(const cni *c, const cni_why *why, int rc, pp_err *err)
{
    return rc < 0 ? cni_why_publish(&c->conf, why, rc, err) : 0;
}

static int
cni_list_names(void *self, pp_sink *names, pp_err *err)
{
    const cni *c = self;

    return cni_op_list(&c->conf, names, err);
}

static int
cni_info(void *self, const char *net, pp_net_info *info, pp_err *err)
{
    const cni *c = self;

    return cni_op_info(&c->conf, net, cni_list_flags, info, err);
}

static int
cni_setup(void *self, const pp_net_request *request, pp_net_result *result,
          pp_err *err)
{
    cni_why why = {.err = err};
    pp_net_request req;
    pp_net_result out;

    COPY_IN(&req, request);
    COPY_IN(&out, result);
    int rc = cni_attach_setup(self, &req, &out, &why);

    return publish(self, &why, rc, err);
}

static int
cni_teardown(void *self, const pp_net_request *request, pp_slice cookie,
             pp_err *err)
{
    cni_why why = {.err = err};
    pp_net_request req;

    COPY_IN(&req, request);
    int rc = cni_attach_teardown(self, &req, cookie, &why);

    return publish(self, &why, rc, err);
}

static int
cni_check(void *self, const pp_net_request *request, pp_slice cookie,
          pp_err *err)
{
    cni_why why = {.err = err};
    pp_net_request req;

    COPY_IN(&req, request);
    int rc = cni_attach_check(self, &req, cookie, &why);

    return publish(self, &why, rc, err);
}

static int
cni_gc(void *self, const char *net, const pp_net_attachment *const *alive,
       uint32_t n, pp_err *err)
{
    cni_why why = {.err = err};
    int rc = cni_net_gc(self, net, alive, n, &why);

    return publish(self, &why, rc, err);
}

static int
cni_net_state(void *self, const char *net, pp_err *err)
{
    cni_why why = {.err = err};
    int rc = cni_net_status(self, net, &why);

    return publish(self, &why, rc, err);
}

static const pp_net_ops ops = {
    .struct_size = sizeof(ops),
    .caps = cni_caps,
    .list = cni_list_names,
    .info = cni_info,
    .setup = cni_setup,
    .teardown = cni_teardown,
    .check = cni_check,
    .gc = cni_gc,
    .status = cni_net_state,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_NET,
    .name = "cni",
    .version = "1.0",
    .summary = "networks made by CNI plugins",
    .license = "LGPL-2.1-or-later",
    .threads = PP_THREADS_PARALLEL,
    .keys = keys,
    .ops = &ops,
    .probe = cni_probe,
    .open = cni_open,
    .close = cni_close,
};
