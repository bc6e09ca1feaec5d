/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-bridge/plugin.c - the descriptor, open and the ops */
#include "bridge.h"

#include <stdio.h>
#include <string.h>

CNI_KEY(cni_config_dir, PP_KEY_PATH, "/etc/cni/net.d/", NULL,
        "folder of the network configurations");
CNI_KEY(cni_default_network, PP_KEY_STRING, NULL, NULL,
        "network of containers that name none; unset: that of the first file");
CNI_KEY(ipam_dir, PP_KEY_PATH, NULL, NULL,
        "folder of the leases of the built-in network; unset: that of net-cni");
CNI_KEY(timeout, PP_KEY_DURATION, "10s", NULL,
        "longest time for attaching or detaching one container");

static const pp_key *const keys[] = {
    &key_cni_config_dir,
    &key_cni_default_network,
    &key_ipam_dir,
    &key_timeout,
    NULL,
};

#define MIN(a, b) ((a) < (b) ? (a) : (b))

static void
bridge_close(void *self)
{
    br *b = self;

    free(b->shared_dir);
    free(b->run_dir);
    free(b->made_dir);
    free(b->conf.ipam_dir);
    free(b->conf.lock_file);
    free(b);
}

/*
 * The volatile folder of net-cni is beside ours: with its lock and the
 * leases of its built-in network, either plugin sees what the other did.
 */
static int
make_paths(br *b, const char *run, const char *ipam)
{
    const char *slash = strrchr(run, '/');
    int parent = (int)(slash - run);

    if (asprintf(&b->shared_dir, "%.*s/net-cni", parent, run) < 0) {
        b->shared_dir = NULL;
        return -PP_E_NOMEM;
    }
    b->run_dir = strdup(run);
    if (!b->run_dir || asprintf(&b->made_dir, "%s/made", run) < 0) {
        b->made_dir = NULL;
        return -PP_E_NOMEM;
    }
    if (asprintf(&b->conf.lock_file, "%s/net-cni.lock", b->shared_dir) < 0) {
        b->conf.lock_file = NULL;
        return -PP_E_NOMEM;
    }
    if (ipam && *ipam)
        b->conf.ipam_dir = strdup(ipam);
    else if (asprintf(&b->conf.ipam_dir, "%s/ipam", b->shared_dir) < 0)
        b->conf.ipam_dir = NULL;
    return b->conf.ipam_dir ? 0 : -PP_E_NOMEM;
}

static int
bridge_open(const pp_host *host, const pp_config *config, void **self,
            pp_err *err)
{
    br *b = calloc(1, sizeof(*b));

    if (!b)
        return pp_host_fail(host, err, PP_E_NOMEM, 0,
                            "no memory for net-bridge");
    const char *run = host->dir(host->ctx, PP_DIR_RUN);
    const char *net = host->cfg_str(config, "cni_default_network");
    int64_t ms = host->cfg_int(config, "timeout") / 1000000;
    int rc = 0;

    b->conf.host = host;
    b->conf.conf_dir = host->cfg_str(config, "cni_config_dir");
    b->conf.default_net = net && *net ? net : NULL;
    b->conf.timeout_ms = (uint32_t)MIN(ms, 3600000);
    if (!run || *run != '/' || !b->conf.conf_dir)
        rc = pp_host_fail(
            host, err, PP_E_INVAL, 0,
            "net-bridge needs a volatile folder and cni_config_dir");
    else if (ms <= 0)
        rc = pp_host_fail(host, err, PP_E_INVAL, 0,
                          "timeout must be 1ms or more");
    else if (make_paths(b, run, host->cfg_str(config, "ipam_dir")) < 0)
        rc = pp_host_fail(host, err, PP_E_NOMEM, 0, "no memory for net-bridge");
    if (rc < 0) {
        bridge_close(b);
        return rc;
    }
    *self = b;
    return 0;
}

/* That the kernel has bridges is found out by making one, so not here. */
static int
bridge_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
             pp_err *err)
{
    NL_AUTO br_nl nl = {.sock = NULL};
    cni_why why = {.err = NULL};
    br_link lo;
    const char *text = "rtnetlink answers\n";

    (void)config;
    (void)err;
    int rc = br_nl_open(&nl, cni_now_ms() + 1000, &why);

    if (rc == 0)
        rc = br_link_find(&nl, "lo", &lo, &why);
    if (rc < 0)
        text = "rtnetlink does not answer\n";
    probe->score = rc < 0 ? 0 : 90;
    if (probe->why)
        host->put(probe->why, text, strlen(text));
    return 0;
}

static int
bridge_caps(void *self, uint64_t *caps, pp_err *err)
{
    (void)self;
    (void)err;
    *caps = PP_NET_CAP_GC | PP_NET_CAP_STATUS | PP_NET_CAP_STATIC_IP |
            PP_NET_CAP_MAC | PP_NET_CAP_GC_SPARES;
    return 0;
}

static int
publish(const br *b, const cni_why *why, int rc, pp_err *err)
{
    return rc < 0 ? cni_why_publish(&b->conf, why, rc, err) : 0;
}

static int
bridge_list(void *self, pp_sink *names, pp_err *err)
{
    const br *b = self;

    return cni_op_list(&b->conf, names, err);
}

/* it makes no rules itself, but says what the engine's are to be */
static uint32_t
bridge_flags(const cni_list *list)
{
    return (br_def_isolate(list) ? PP_NET_ISOLATE : 0) |
           (cni_list_flags(list) & (PP_NET_INTERNAL | PP_NET_ISOLATE));
}

static int
bridge_info(void *self, const char *net, pp_net_info *info, pp_err *err)
{
    const br *b = self;

    return cni_op_info(&b->conf, net, bridge_flags, info, err);
}

static int
bridge_setup(void *self, const pp_net_request *request, pp_net_result *result,
             pp_err *err)
{
    cni_why why = {.err = err};
    pp_net_request req;
    pp_net_result out;

    COPY_IN(&req, request);
    COPY_IN(&out, result);
    return publish(self, &why, br_attach(self, &req, &out, &why), err);
}

static int
bridge_teardown(void *self, const pp_net_request *request, pp_slice cookie,
                pp_err *err)
{
    cni_why why = {.err = err};
    pp_net_request req;

    COPY_IN(&req, request);
    return publish(self, &why, br_detach(self, &req, cookie, &why), err);
}

static int
bridge_check(void *self, const pp_net_request *request, pp_slice cookie,
             pp_err *err)
{
    cni_why why = {.err = err};
    pp_net_request req;

    COPY_IN(&req, request);
    return publish(self, &why, br_check(self, &req, cookie, &why), err);
}

static int
bridge_gc(void *self, const char *net, const pp_net_attachment *const *alive,
          uint32_t n, pp_err *err)
{
    cni_why why = {.err = err};

    return publish(self, &why, br_gc(self, net, alive, n, &why), err);
}

static int
bridge_status(void *self, const char *net, pp_err *err)
{
    cni_why why = {.err = err};

    return publish(self, &why, br_status(self, net, &why), err);
}

static const pp_net_ops ops = {
    .struct_size = sizeof(ops),
    .caps = bridge_caps,
    .list = bridge_list,
    .info = bridge_info,
    .setup = bridge_setup,
    .teardown = bridge_teardown,
    .check = bridge_check,
    .gc = bridge_gc,
    .status = bridge_status,
};

PP_PLUGIN = {
    .magic = PP_PLUGIN_MAGIC,
    .struct_size = sizeof(pp_plugin),
    .abi_major = PP_ABI_MAJOR,
    .abi_minor = PP_ABI_MINOR,
    .kind = PP_KIND_NET,
    .name = "bridge",
    .version = "1.0",
    .summary = "bridge networks made over rtnetlink",
    .license = "LGPL-2.1-or-later",
    .threads = PP_THREADS_PARALLEL,
    .keys = keys,
    .ops = &ops,
    .probe = bridge_probe,
    .open = bridge_open,
    .close = bridge_close,
};
